"""The speaking loop that every local TTS worker shares: text in, clauses synthesised, joined audio out."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from voicegw_desktop.config.units import parse_size
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.harness import Connection, Job
from voicegw_desktop.workers.tts.audio import FloatArray, fade, resample, silence, to_int16, trim
from voicegw_desktop.workers.tts.boundaries import End
from voicegw_desktop.workers.tts.cache import PhraseCache
from voicegw_desktop.workers.tts.chunker import PAUSES_S, Chunk, Chunker, Pace
from voicegw_desktop.workers.tts.markup import TAG
from voicegw_desktop.workers.tts.normalise import spoken
from voicegw_desktop.workers.tts.onnx import Stop, Stopped, Turns
from voicegw_desktop.workers.tts.scripts import readable

FRAME_S = 0.04
"""Audio in one event."""
RUN_AHEAD_S = 30.0
"""How far synthesis may be ahead of playing when the text comes in pieces, as in a conversation that may be cut off.

`extra.run_ahead_s` overrides; 0 is no bound, as `engines/client.py` asks for whole texts: a client that asks for a
recording wants it as soon as it can be had, and only the socket holds it back."""
STALL_S = 0.25
"""When the text pauses this long after a full stop, what is held back is spoken."""
LAST_PAUSE_S = 0.05
DEFAULT_CACHE = 64 * 1024 * 1024
"""Bytes of phrases kept for one model, when a cache folder is given."""
RATES = (8_000, 96_000)
NEWEST = 0.3
"""Share of the newest clause in the measured pace."""
PACE_STEP = 0.1
"""Paces are told apart this finely: the same text is then mostly cut alike, and found in the phrase cache."""
SLOWEST = 0.7
"""Planning for a slower engine would cut speech to pieces and still not keep up."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One way of speaking, resolved: what the engine needs to synthesise."""

    key: str
    """Names the voice in the cache; two voices that sound different have different keys."""
    language: str
    """BCP-47, as in `en-us`."""
    handle: Any = None


class Engine(Protocol):
    """What a TTS model offers to the loop. All but `synthesise` is called from the event loop."""

    rate: int
    """Samples per second of what `synthesise` returns."""
    first_words: int
    """Words that can be synthesised soon enough to be first."""
    pace: Pace
    """What synthesis costs on a quiet machine; the loop measures what it costs now."""
    speeds: tuple[float, float]
    version: str
    """Engine and model; changes when the same text would sound different."""

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        """Raises NotFound `voice_not_found` with the nearest names, BadRequest for a mix that makes no sense."""
        ...

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> FloatArray:
        """Float samples of one clause, -1..1, silence around it allowed. Called in the synthesis thread."""
        ...


@dataclass(slots=True)
class Request:
    """What was asked for."""

    voice: Voice
    speed: float
    rate: int
    alignment: bool
    run_ahead_s: float
    first_words: int
    pace: Pace


@dataclass(slots=True)
class _Progress:
    """How far one utterance has come."""

    started: float | None = None
    """Monotonic seconds of the first audio."""
    sent_s: float = 0.0
    characters: int = 0
    pause_s: float = 0.0
    """Silence owed before the next speech."""
    said: bool = False
    noted: bool = False
    """Whether the client was told that words are left out."""


class Speaker:
    """Serves streams of one engine, for a worker's `handle`."""

    def __init__(
        self, engine: Engine, cache: PhraseCache | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._cache = cache
        self._turns = Turns()
        self._now = now
        self._rtf = engine.pace.rtf

    def work(self) -> tuple[int, int]:
        """(clauses synthesised, clauses that are synthesised or wait)."""
        return self._turns.done, self._turns.held

    async def handle(self, first: Event, conn: Connection) -> None:
        """Speak what one connection asks for: `synthesize`, or `synthesize-start`, `-chunk`…, `-stop`."""
        whole = first.type == "synthesize"
        if not whole and first.type != "synthesize-start":
            raise BadRequest(
                f'This engine speaks: open the stream with "synthesize" or "synthesize-start", not "{first.type}".',
                code="unexpected_event",
            )
        request = self._request(first.data, RUN_AHEAD_S if not whole else 0.0)
        texts: asyncio.Queue[str | None] = asyncio.Queue()
        if whole:
            texts.put_nowait(str(first.data.get("text") or ""))
            texts.put_nowait(None)
            await self._speak(request, texts, conn)
            return
        if first.data.get("text"):
            texts.put_nowait(str(first.data["text"]))
        listening = asyncio.create_task(_listen(conn, texts))
        try:
            await self._speak(request, texts, conn)
        finally:
            listening.cancel()

    def _request(self, data: Mapping[str, Any], run_ahead_s: float) -> Request:
        voice = data.get("voice") or {}
        if isinstance(voice, str):
            voice = {"name": voice}
        extra = data.get("extra") or {}
        speed = _number(data.get("speed"), "speed", 1.0)
        slowest, fastest = self._engine.speeds
        if not slowest <= speed <= fastest:
            raise BadRequest(
                f"speed {speed:g} is out of range: this engine speaks at {slowest:g} to {fastest:g}.",
                code="invalid_speed",
                param="speed",
            )
        rate = int(_number(data.get("rate"), "rate", self._engine.rate))
        if not RATES[0] <= rate <= RATES[1]:
            raise BadRequest(
                f"rate {rate} is out of range: {RATES[0]} to {RATES[1]} Hz.", code="invalid_rate", param="rate"
            )
        speaker = voice.get("speaker")
        return Request(
            voice=self._engine.voice(
                voice.get("name") or None,
                None if speaker in (None, "") else str(speaker),
                voice.get("language") or data.get("language") or None,
            ),
            speed=speed,
            rate=rate,
            alignment=bool(extra.get("alignment")),
            run_ahead_s=max(0.0, _number(extra.get("run_ahead_s"), "run_ahead_s", run_ahead_s)),
            first_words=max(1, int(_number(extra.get("first_words"), "first_words", self._engine.first_words))),
            pace=self._pace(),
        )

    def _pace(self) -> Pace:
        """What synthesis costs now, rounded up."""
        rtf = math.ceil(round(self._rtf / PACE_STEP, 3)) * PACE_STEP
        return replace(self._engine.pace, rtf=min(SLOWEST, max(PACE_STEP, rtf)))

    def _note(self, took_s: float, speech_s: float) -> None:
        """Update the pace from one clause; waiting for other streams counts, since it delays the next clause too."""
        rtf = took_s / (speech_s + self._engine.pace.overhead_s)
        self._rtf += NEWEST * (min(rtf, 2 * SLOWEST) - self._rtf)

    # -- the loop --------------------------------------------------------------------------------------------------

    async def _speak(self, request: Request, texts: asyncio.Queue[str | None], conn: Connection) -> None:
        progress = _Progress()
        await conn.write(Event("audio-start", {"rate": request.rate, "width": 2, "channels": 1}))
        async for chunk in _chunks(request, texts, progress):
            await self._say(chunk, request, progress, conn)
        if progress.said or progress.pause_s > PAUSES_S[End.PARAGRAPH]:
            # a break asked for at the very end is kept, a full stop's pause is not
            tail = progress.pause_s if progress.pause_s > PAUSES_S[End.PARAGRAPH] else LAST_PAUSE_S
            await _send(silence(tail, request.rate), request, progress, conn)
        await conn.write(Event("audio-stop", {}))
        done = {"characters": progress.characters, "audio_s": round(progress.sent_s, 4)}
        await conn.write(Event("synthesize-stopped", done))

    async def _say(self, chunk: Chunk, request: Request, progress: _Progress, conn: Connection) -> None:
        written, left_out = readable(chunk.text, request.voice.language)
        if left_out and not progress.noted:
            progress.noted = True
            await conn.write(
                Event(
                    "note",
                    {"text": f"words in writing that a voice of {request.voice.language} cannot read are left out"},
                )
            )
        text = _closed(spoken(written, request.voice.language), chunk.end) if written else ""
        if text:
            pcm = await self._phrase(text, request, progress)
            if pcm:
                if progress.pause_s:
                    await _send(silence(progress.pause_s, request.rate), request, progress, conn)
                    progress.pause_s = 0.0
                if request.alignment:
                    length = len(pcm) / 2 / request.rate
                    words = align(chunk.text, request.voice.language, progress.sent_s, length)
                    if words:
                        await conn.write(Event("alignment", {"words": words, "estimated": True}))
                await _send(pcm, request, progress, conn)
                progress.said = True
        pause = PAUSES_S[chunk.end] / request.speed if progress.said else 0.0
        progress.pause_s = max(progress.pause_s, pause) + chunk.break_s

    async def _phrase(self, text: str, request: Request, progress: _Progress) -> bytes:
        cache = self._cache
        key = cache.key(text, request.voice.key, request.speed, request.rate) if cache else ""
        if cache and (kept := await asyncio.to_thread(cache.get, key)) is not None:
            return kept
        stop = Stop()

        def work() -> bytes:
            raw = self._engine.synthesise(text, request.voice, request.speed, stop)
            if stop.set:
                raise Stopped
            clean = fade(trim(raw, self._engine.rate), self._engine.rate)
            pcm = to_int16(fade(resample(clean, self._engine.rate, request.rate), request.rate))
            if cache:
                cache.put(key, pcm)
            return pcm

        began = self._now()
        pcm = await self._turns.run(_ahead(progress), stop, work)
        if pcm:
            self._note(self._now() - began, len(pcm) / 2 / request.rate)
        return pcm


def _closed(text: str, end: End) -> str:
    """`text` with the punctuation its end lacks: these models swallow the last sounds of a word that just stops."""
    if not text or not text[-1].isalnum():
        return text
    return text + ("." if end in (End.SENTENCE, End.PARAGRAPH) else ",")


def _number(value: Any, name: str, default: float) -> float:
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if number != number or number in (float("inf"), float("-inf")):
        raise BadRequest(f"{name} must be a number, not {value!r}.", code="invalid_value", param=name)
    return number


async def _listen(conn: Connection, texts: asyncio.Queue[str | None]) -> None:
    while (event := await conn.read()) is not None:
        if event.type == "synthesize-chunk":
            texts.put_nowait(str(event.data.get("text") or ""))
        elif event.type == "synthesize-stop":
            texts.put_nowait(None)
            return
        elif event.type == "ping":
            await conn.write(Event("pong", dict(event.data)))


async def _chunks(request: Request, texts: asyncio.Queue[str | None], progress: _Progress) -> AsyncIterator[Chunk]:
    """Chunks as they become certain."""
    chunker = Chunker(request.first_words, pace=request.pace)
    while True:
        try:
            async with asyncio.timeout(STALL_S):
                text = await texts.get()
        except TimeoutError:
            for chunk in chunker.flush_sentence():
                yield chunk
            text = await texts.get()
        if text is None:
            break
        progress.characters += len(text)
        for chunk in chunker.feed(text):
            yield chunk
    for chunk in chunker.finish():
        yield chunk


def _ahead(progress: _Progress) -> float:
    if progress.started is None:
        return 0.0
    return progress.sent_s - (time.monotonic() - progress.started)


async def _send(pcm: bytes, request: Request, progress: _Progress, conn: Connection) -> None:
    """Send in frames, waiting while too much is ahead of playing."""
    size = round(request.rate * FRAME_S) * 2
    data = {"rate": request.rate, "width": 2, "channels": 1}
    for start in range(0, len(pcm), size):
        frame = pcm[start : start + size]
        if progress.started is None:
            progress.started = time.monotonic()
        elif request.run_ahead_s and (over := _ahead(progress) - request.run_ahead_s) > 0:
            await asyncio.sleep(over)
        await conn.write(Event("audio-chunk", data, frame))
        progress.sent_s += len(frame) / 2 / request.rate


def align(text: str, language: str, start_s: float, length_s: float) -> list[dict[str, Any]]:
    """The words as written, with times by how long each is when spoken: an estimate, as these models do not tell."""
    words, weights = [], []
    for word in TAG.sub(" ", text).split():
        if said := spoken(word, language):
            words.append(word)
            weights.append(len(said) + 2 + (3 if word[-1] in ",;:." else 0))
    total = sum(weights) or 1
    out, at = [], start_s
    for word, weight in zip(words, weights, strict=True):
        end = at + length_s * weight / total
        out.append({"text": word, "start_s": round(at, 3), "end_s": round(end, 3)})
        at = end
    return out


def cache_folder(job: Job, kind: str) -> Path | None:
    """This model's own folder for what can be made again, where `options.cache_dir` says that there is a place."""
    folder = job.options.get("cache_dir")
    return Path(folder) / kind / job.engine / job.model.replace("/", "_") if folder else None


def open_cache(job: Job, version: str) -> PhraseCache | None:
    """The phrase cache that `options.cache_dir` and `options.phrase_cache` (a size, 0: off) ask for."""
    folder = cache_folder(job, "phrases")
    limit = parse_size(job.options.get("phrase_cache", DEFAULT_CACHE))
    return PhraseCache(folder, limit, version) if folder and limit else None


class SpeechWorker:
    """What the harness runs for an engine that speaks; `load` of a subclass sets `_speaker`."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._speaker: Speaker | None = None

    def work(self) -> tuple[int, int]:
        """(clauses synthesised, clauses that are synthesised or wait)."""
        return self._speaker.work() if self._speaker else (0, 0)

    async def handle(self, first: Event, conn: Connection) -> None:
        """Speak one stream."""
        assert self._speaker is not None
        await self._speaker.handle(first, conn)
