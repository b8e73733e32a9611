"""TTFS as every wire's own client measures it: from its last voiced sample to the words, and as it is recorded here."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient

from voicegw_desktop.core.events import EndOfStream, Final, RequestFirstByte, RequestStarted, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import SttOptions, Target
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.wyoming import WyomingServer

pytestmark = pytest.mark.socket

VOICED_S, ROUNDS, FRAME_S = 0.6, 2, 0.02
WORK_S = 0.12
"""Seconds that the target takes for its words after the endpoint."""


class Ear:
    """A target that finds voices by their loudness, and is slow."""

    async def open_stt(self, target: Target, options: SttOptions) -> _Hearing:
        return _Hearing(options)


class _Hearing:
    interims = True

    def __init__(self, options: SttOptions) -> None:
        self._rate, self._silence = options.rate, (options.endpointing_ms or 300) / 1000
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self._samples = self._quiet = 0
        self._talking = False

    async def push(self, pcm: bytes) -> None:
        samples = array("h", pcm)
        self._samples += len(samples)
        if max(samples) - min(samples) > 2000:
            self._quiet = 0
            if not self._talking:
                self._talking = True
                self._events.put_nowait(SpeechStarted(self._samples / self._rate))
            return
        self._quiet += len(samples)
        if self._talking and self._quiet >= self._silence * self._rate:
            await self.commit()

    async def commit(self) -> None:
        if self._talking:
            self._talking = False
            self._events.put_nowait(SpeechEnded(self._samples / self._rate))
            asyncio.get_running_loop().call_later(WORK_S, self._events.put_nowait, Final("hello there"))

    async def end(self) -> None:
        owed = self._talking
        await self.commit()
        last = EndOfStream(self._samples / self._rate)
        asyncio.get_running_loop().call_later(WORK_S + 0.001 if owed else 0.0, self._events.put_nowait, last)

    async def cancel(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            yield (event := await self._events.get())
            if isinstance(event, EndOfStream):
                return


class Stopwatch:
    """Speaks in the time of the loop, and takes the time from the last voiced sample to the words."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._time = asyncio.get_running_loop().time
        self.waits: list[float] = []
        self._voice_ended = math.inf
        self._words = asyncio.Event()

    def stop(self) -> None:
        """Note that the words have come."""
        self.waits.append((self._time() - self._voice_ended) * 1000)
        self._words.set()

    async def speak(
        self, send: Callable[[bytes], Awaitable[Any]], *, until_s: float | None = None, rounds: int = ROUNDS
    ) -> None:
        """`until_s`: seconds of silence after which this client sends no more; None: until the words are here."""
        size = round(FRAME_S * self.rate)
        began, sent = self._time(), 0

        async def frame(samples: array[int]) -> None:
            nonlocal sent
            sent += size
            await asyncio.sleep(max(0.0, began + sent / self.rate - self._time()))
            await send(samples.tobytes())

        tone = array("h", (round(9000 * math.sin(2 * math.pi * 210 * n / self.rate)) for n in range(size)))
        for _ in range(rounds):
            self._words.clear()
            for _ in range(round(VOICED_S / FRAME_S)):
                await frame(tone)
            self._voice_ended = self._time()
            quiet = 0.0
            while not self._words.is_set() and (until_s is None or quiet < until_s):
                await frame(array("h", bytes(2 * size)))
                quiet += FRAME_S


async def _by_socket(
    http: aiohttp.ClientSession, path: str, rate: int, first: Any, frame: Callable[[bytes], Any], done: str
) -> list[float]:
    watch = Stopwatch(rate)
    async with http.ws_connect(path) as ws:
        if first is not None:
            await ws.send_json(first)

        async def listen() -> None:
            async for message in ws:
                text = json.loads(message.data)
                if text.get("type", text.get("message_type")) == done and (done != "Results" or text["speech_final"]):
                    watch.stop()

        async def send(pcm: bytes) -> None:
            made = frame(pcm)
            await (ws.send_bytes(made) if isinstance(made, bytes) else ws.send_json(made))

        listening = asyncio.ensure_future(listen())
        await watch.speak(send)
        listening.cancel()
    return watch.waits


async def _by_wyoming(port: int) -> list[float]:
    watch = Stopwatch(16_000)
    async with AsyncClient.from_uri(f"tcp://127.0.0.1:{port}") as client:
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(16_000, 2, 1).event())
        await watch.speak(lambda pcm: client.write_event(AudioChunk(16_000, 2, 1, pcm).event()), until_s=0.2, rounds=1)
        await client.write_event(AudioStop().event())
        while (event := await client.read_event()) is not None and event.type != "transcript":
            pass
        watch.stop()
    return watch.waits


def _base64(key: str, **rest: Any) -> Callable[[bytes], dict[str, Any]]:
    return lambda pcm: {**rest, key: base64.b64encode(pcm).decode()}


@pytest.fixture
def recorded(real: tuple[Server, aiohttp.ClientSession]) -> Iterator[dict[str, list[RequestFirstByte]]]:
    """What was measured here, by wire."""
    gateway: Gateway = real[0].gateway
    gateway.backends.register("whisper", stt=Ear())
    wires: dict[str, str] = {}
    found: dict[str, list[RequestFirstByte]] = {}

    def note(event: Any) -> None:
        if isinstance(event, RequestStarted):
            wires[event.id] = event.wire
        else:
            found.setdefault(wires[event.id], []).append(event)

    leave = gateway.bus.subscribe(note, RequestStarted, RequestFirstByte)
    yield found
    leave()


@pytest.mark.usefixtures("paced")
async def test_every_wire_is_measured_from_the_last_voiced_sample(
    real: tuple[Server, aiohttp.ClientSession], recorded: dict[str, list[RequestFirstByte]], tmp_path: Path
) -> None:
    server, http = real
    wyoming = WyomingServer(server.gateway, port=0)
    await wyoming.start()
    model = "whisper/tiny.en"
    watches = {
        "livekit": _by_socket(
            http,
            f"/v1/stt?model={model}",
            16_000,
            {"type": "session.create", "model": model, "settings": {"sample_rate": "16000"}},
            _base64("audio", type="input_audio"),
            "final_transcript",
        ),
        "realtime": _by_socket(
            http,
            "/v1/realtime?intent=transcription",
            24_000,
            {
                "type": "session.update",
                "session": {
                    "type": "transcription",
                    "audio": {
                        "input": {"transcription": {"model": model}, "turn_detection": {"type": "server_vad"}},
                    },
                },
            },
            _base64("audio", type="input_audio_buffer.append"),
            "conversation.item.input_audio_transcription.completed",
        ),
        "deepgram": _by_socket(
            http,
            f"/v1/listen?model={model}&encoding=linear16&sample_rate=16000&endpointing=250",
            16_000,
            None,
            lambda pcm: pcm,
            "Results",
        ),
        "elevenlabs": _by_socket(
            http,
            f"/v1/speech-to-text/realtime?model_id={model}&commit_strategy=vad&vad_silence_threshold_secs=0.3",
            16_000,
            None,
            _base64("audio_base_64", message_type="input_audio_chunk", commit=False, sample_rate=16_000),
            "committed_transcript",
        ),
        "wyoming": _by_wyoming(wyoming.port or 0),
    }
    try:
        async with asyncio.timeout(60):
            measured = dict(zip(watches, await asyncio.gather(*watches.values()), strict=True))
    finally:
        await wyoming.stop()
    for wire, waits in measured.items():
        here = recorded[wire]
        assert len(here) == len(waits) == (1 if wire == "wyoming" else ROUNDS), (wire, here, waits)
        for event, stopped in zip(here, waits, strict=True):
            assert abs(event.ttfb_ms - stopped) <= max(10, 0.03 * stopped), (wire, here, waits)
            assert not event.recorded
