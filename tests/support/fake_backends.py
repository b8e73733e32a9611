"""Scriptable speech and chat targets whose samples carry numbers, so that a lost or repeated one is seen."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.errors import EngineCrashed, EngineUnavailable, ModelNotInstalled, UpstreamError
from voicegw_desktop.core.events import (
    Alignment,
    Audio,
    EndOfStream,
    Final,
    Interim,
    SpeechEnded,
    SpeechStarted,
    UtteranceDone,
    Word,
)
from voicegw_desktop.core.ports import (
    NO_OPTIONS,
    ChatOptions,
    ChatReply,
    LlmBackend,
    Sent,
    SttBackend,
    SttOptions,
    SttStream,
    Target,
    TtsBackend,
    TtsOptions,
    TtsStream,
)

RATE = 16_000
FRAME = 160  # samples; every sample of a frame carries the frame's number
SILENCE = 0
TALK = 3  # frames that are plainly talk
LETTER = 40  # samples of sound for each character


def frame(number: int) -> bytes:
    """10 ms of audio that says `number`; 0 is silence."""
    return array("h", [number] * FRAME).tobytes()


@dataclass
class Fault:
    """What goes wrong, and after how much."""

    kind: str = ""
    """`refuse`, `missing` (its files), `crash`, `error`, `stall`, `close`, `deaf` (stops taking input), `mute` (takes a
    chat and gives not even a status), `late` (with each transcript, its first sound or its first chunk), `slow` (to
    open), `` (nothing)"""
    after: int = 0
    """Milliseconds late or slow, frames heard (STT), samples spoken (TTS) or chunks sent (chat) before it."""


@dataclass
class Script:
    """Faults by target name, one for each opening in turn; afterwards all is well."""

    faults: dict[str, list[Fault]] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    options: list[Any] = field(default_factory=list)
    live: int = 0
    most_live: int = 0
    streams: list[Any] = field(default_factory=list)

    def next(self, target: Target, options: Any) -> Fault:
        self.opened.append(target.name)
        self.options.append(options)
        waiting = self.faults.get(target.name)
        fault = waiting.pop(0) if waiting else Fault()
        if fault.kind == "refuse":
            raise EngineUnavailable(f"{target.name} refuses.")
        if fault.kind == "missing":
            raise ModelNotInstalled(f"{target.name} is not installed.")
        self.live += 1
        self.most_live = max(self.most_live, self.live)
        return fault

    async def opening(self, fault: Fault) -> Fault:
        """The time that it takes to open a target, and what goes wrong afterwards."""
        if fault.kind != "slow":
            return fault
        try:
            await asyncio.sleep(fault.after / 1000)
        except asyncio.CancelledError:
            self.live -= 1
            raise
        return Fault()


class NumberEar:
    """An `Ear` for which a number is talk; plain after a few frames of it."""

    def __init__(self, rate: int) -> None:
        self.forget()

    def forget(self) -> None:
        self.heard, self.plain = 0, False

    def hear(self, pcm: bytes) -> None:
        self.heard += sum(1 for sample in array("h", pcm) if sample != SILENCE)
        self.plain = self.heard >= TALK * FRAME


async def _never() -> None:
    await asyncio.get_running_loop().create_future()


def _raise(kind: str, who: str) -> None:
    if kind == "crash":
        raise EngineCrashed(f"{who} crashed.")
    raise UpstreamError(f"{who} failed.")


class FakeStt(SttBackend):
    """Hears frames: silence ends an utterance, whose Final lists every sample run it heard, in order."""

    def __init__(self, script: Script, silence_frames: int = 3, interims: bool = True) -> None:
        self.script, self.silence_frames, self.interims = script, silence_frames, interims

    async def open_stt(self, target: Target, options: SttOptions) -> FakeSttStream:
        stream = FakeSttStream(self, target, await self.script.opening(self.script.next(target, options)))
        self.script.streams.append(stream)
        return stream


class FakeSttStream(SttStream):
    """One stream; `heard` is every frame number in it that has begun, with how many of its samples came."""

    def __init__(self, backend: FakeStt, target: Target, fault: Fault) -> None:
        self.backend, self.target, self.fault = backend, target, fault
        self.interims = backend.interims
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.samples = 0
        self.frames = 0
        self.words: list[int] = []
        self.quiet = 0
        self.began = self.voiced = 0
        self.talking = False
        self.cancelled = False
        self.rest = array("h")
        self.free_at = 0.0

    async def push(self, pcm: bytes) -> None:
        if self.fault.kind == "deaf" and self.frames >= self.fault.after:
            await _never()
        self.rest.frombytes(pcm)
        while self.rest:
            value = self.rest[0]
            run = 0
            while run < len(self.rest) and self.rest[run] == value:
                run += 1
            take = min(run, FRAME)
            if take < FRAME and run == len(self.rest):
                return
            del self.rest[:take]
            self._hear(value, take)

    def _hear(self, value: int, count: int) -> None:
        if self.fault.kind in ("crash", "error", "close", "stall") and self.frames >= self.fault.after:
            self.queue.put_nowait(self.fault.kind)
            self.fault = Fault("silent")
        if self.fault.kind == "silent":
            return
        start = self.samples
        self.samples += count
        self.frames += 1
        if value == SILENCE:
            self.quiet += 1
            if self.talking and self.quiet >= self.backend.silence_frames:
                self._say(SpeechEnded(self.samples / RATE))
                self._final()
            return
        self.quiet = 0
        if not self.talking:
            self.talking, self.began = True, start
            self._say(SpeechStarted(start / RATE))
        self.words.append(value)
        if not self.interims:
            self.voiced = self.samples
            return
        said = " ".join(map(str, self.words))
        self._say(Interim(said, " ".join(map(str, self.words[:-1])), start_s=self.began / RATE))
        self.voiced = self.samples

    def _final(self) -> None:
        said = " ".join(map(str, self.words))
        self._say(Final(said, "en", self.began / RATE, self.voiced / RATE))
        self.words, self.talking = [], False

    def _say(self, event: Any) -> None:
        """In order: events after a late transcript are held back until it was sent."""
        loop = asyncio.get_running_loop()
        if self.fault.kind == "late" and isinstance(event, Final):
            self.free_at = max(self.free_at, loop.time() + self.fault.after / 1000)
        if self.free_at > loop.time():
            # a loop's timers of the same moment have no order
            self.free_at += 1e-6
            loop.call_at(self.free_at, self.queue.put_nowait, event)
        else:
            self.queue.put_nowait(event)

    async def commit(self) -> None:
        if self.talking and self.fault.kind != "silent":
            self._final()

    async def end(self) -> None:
        if self.fault.kind == "silent":
            return
        if self.fault.kind in ("crash", "error", "close", "stall"):
            self.queue.put_nowait(self.fault.kind)
            self.fault = Fault("silent")
            return
        await self.commit()
        self._say(EndOfStream(self.samples / RATE))

    async def cancel(self) -> None:
        if not self.cancelled:
            self.cancelled = True
            self.backend.script.live -= 1

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            event = await self.queue.get()
            if event == "stall":
                await _never()
            if event == "close":
                return
            if isinstance(event, str):
                _raise(event, self.target.name)
            yield event
            if isinstance(event, EndOfStream):
                return


class FakeTts(TtsBackend):
    """Speaks: each character is LETTER samples that carry the character's code."""

    def __init__(self, script: Script, rate: int = RATE, align: bool = False, piece: int = 100) -> None:
        self.script, self.rate, self.align, self.piece = script, rate, align, piece
        self.pace_s = 0.0
        """Seconds before each piece of audio."""

    async def open_tts(self, target: Target, options: TtsOptions) -> FakeTtsStream:
        stream = FakeTtsStream(self, target, await self.script.opening(self.script.next(target, options)))
        self.script.streams.append(stream)
        return stream


class FakeTtsStream(TtsStream):
    """One utterance."""

    def __init__(self, backend: FakeTts, target: Target, fault: Fault) -> None:
        self.backend, self.target, self.fault = backend, target, fault
        self.text: asyncio.Queue[str | None] = asyncio.Queue()
        self.given = ""
        self.spoken = 0
        self.cancelled = False

    async def push(self, text: str) -> None:
        if self.fault.kind == "deaf":
            await _never()
        self.given += text
        self.text.put_nowait(text)

    async def end(self) -> None:
        self.text.put_nowait(None)

    async def cancel(self) -> None:
        if not self.cancelled:
            self.cancelled = True
            self.backend.script.live -= 1

    async def __aiter__(self) -> AsyncIterator[Any]:
        characters, backend = 0, self.backend
        if self.fault.kind == "late":
            await asyncio.sleep(self.fault.after / 1000)
            self.fault = Fault()
        while (text := await self.text.get()) is not None:
            if backend.align:
                words, at = [], 0
                for word in text.split(" "):
                    start = characters + at
                    if word:
                        end = start + len(word)
                        words.append(Word(word, start * LETTER / backend.rate, end * LETTER / backend.rate))
                    at += len(word) + 1
                yield Alignment(tuple(words))
            characters += len(text)
            samples = array("h", [min(ord(c), 32_767) for c in text for _ in range(LETTER)])
            for start in range(0, len(samples), backend.piece):
                piece = samples[start : start + backend.piece]
                if backend.pace_s:
                    await asyncio.sleep(backend.pace_s)
                if self.fault.kind and self.spoken + len(piece) > self.fault.after:
                    piece = piece[: max(0, self.fault.after - self.spoken)]
                    if piece:
                        yield Audio(piece.tobytes(), backend.rate)
                    if self.fault.kind == "stall":
                        await _never()
                    if self.fault.kind == "close":
                        return
                    _raise(self.fault.kind, self.target.name)
                self.spoken += len(piece)
                yield Audio(piece.tobytes(), backend.rate)
        if self.fault.kind == "stall":
            await _never()
        yield UtteranceDone(characters, characters * LETTER / backend.rate)


def sse(*events: Any) -> list[bytes]:
    """Chunks of a chat stream."""
    return [b"data: " + json.dumps(e).encode() + b"\n\n" for e in events] + [b"data: [DONE]\n\n"]


def answer(words: list[str], usage: bool = True) -> list[bytes]:
    """A streamed answer in OpenAI's form."""
    events: list[Any] = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}]
    events += [{"choices": [{"index": 0, "delta": {"content": w}}]} for w in words]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    if usage:
        events.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(words)}})
    return sse(*events)


class FakeLlm(LlmBackend):
    """Answers with chunks; faults by target as for speech, and `gate` holds the first chunk back while it is unset."""

    def __init__(self, script: Script, words: list[str] | None = None, status: dict[str, int] | None = None) -> None:
        self.script, self.words, self.status = script, words or ["one", " two"], status or {}
        self.bodies: list[Mapping[str, Any]] = []
        self.chunks: list[bytes] | None = None

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> FakeReply:
        fault = self.script.next(target, options)
        self.bodies.append(body)
        if sent is not None:
            sent(len(json.dumps(body)))
        fault = await self.script.opening(fault)
        if fault.kind == "mute":
            try:
                await _never()
            finally:
                self.script.live -= 1
        reply = FakeReply(self, target, fault, self.status.get(target.name, 200))
        self.script.streams.append(reply)
        return reply


class FakeReply(ChatReply):
    """An HTTP answer."""

    def __init__(self, backend: FakeLlm, target: Target, fault: Fault, status: int) -> None:
        self.backend, self.target, self.fault, self.status = backend, target, fault, status
        self.headers: Mapping[str, str] = {"content-type": "text/event-stream"}
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.status >= 400:
            yield b'{"error":{"message":"no","type":"x","code":null,"param":null}}'
            return
        if self.fault.kind == "late":
            await asyncio.sleep(self.fault.after / 1000)
            self.fault = Fault()
        chunks = self.backend.chunks if self.backend.chunks is not None else answer(self.backend.words)
        for number, chunk in enumerate(chunks):
            if self.fault.kind and number >= self.fault.after:
                if self.fault.kind == "stall":
                    await _never()
                if self.fault.kind == "close":
                    return
                _raise(self.fault.kind, self.target.name)
            yield chunk

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self])

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.backend.script.live -= 1
