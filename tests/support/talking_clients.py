"""Clients of three wires that talk through a served gateway with one provider and one scripted engine."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.cloud import Cloud, cloud
from voicegw_desktop.cli.serve import serving
from voicegw_desktop.core.events import (
    EndOfStream,
    Final,
    Interim,
    Notice,
    RequestFinished,
    SpeechEnded,
    SpeechStarted,
)
from voicegw_desktop.core.ports import SttOptions, Target
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.corridor.resample import Resampler
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing import FakeDeepgram
from voicegw_desktop.testing.sound import Ear, pieces

RATE = 16_000
UNHURRIED = Patience(stall_s=120.0)
AT_ONCE = 0.004  # s between pieces of a tenth of a second
DEEPGRAM, HERE = "deepgram/nova-3", "whisper/base"
SAID_THERE, SAID_HERE = "hello from the fake", "and this was said here"


class HereStream:
    """What an engine here is given, and its answer to each utterance."""

    interims = True

    def __init__(self, options: SttOptions) -> None:
        self.pcm = bytearray()
        self.rate = options.rate
        self._ear = Ear(options.rate)
        self._events: asyncio.Queue[Any] = asyncio.Queue()

    async def push(self, pcm: bytes) -> None:
        self.pcm += pcm
        for piece in pieces(pcm, self.rate, 0.1):
            self._hear(self._ear.hear(piece))

    async def commit(self) -> None:
        self._hear(self._ear.end())

    async def end(self) -> None:
        self._hear(self._ear.end())
        self._events.put_nowait(EndOfStream(self._ear.heard_s))

    async def cancel(self) -> None:
        return None

    def _hear(self, heard: str | None) -> None:
        if heard == "start":
            self._events.put_nowait(SpeechStarted(self._ear.start_s))
        elif heard == "still":
            self._events.put_nowait(Interim(" ".join(SAID_HERE.split()[: self._ear.words]), start_s=self._ear.start_s))
        elif heard == "end":
            self._events.put_nowait(SpeechEnded(self._ear.heard_s))
            self._events.put_nowait(Final(SAID_HERE, "en", self._ear.start_s, self._ear.heard_s))

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, EndOfStream):
                return


@dataclass
class Here:
    """An engine here, from a script."""

    streams: list[HereStream] = field(default_factory=list)

    async def open_stt(self, target: Target, options: SttOptions) -> HereStream:
        self.streams.append(HereStream(options))
        return self.streams[-1]


@dataclass
class Line:
    """A client that talks, whatever its wire."""

    send: Callable[[bytes], Awaitable[None]]
    end: Callable[[], Awaitable[None]]
    interim: asyncio.Queue[str]
    finals: asyncio.Queue[str]
    rate: int = RATE
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Close the client: no more audio is sent."""
    sent: bytearray = field(default_factory=bytearray)

    async def say(self, pcm: bytes, pace: float = AT_ONCE) -> None:
        """Audio as it comes from a microphone, only faster."""
        for piece in pieces(pcm if self.rate == RATE else Resampler(RATE, self.rate).feed(pcm), self.rate, 0.1):
            self.sent += piece
            await self.send(piece)
            await asyncio.sleep(pace)


@dataclass
class Scene:
    """The served gateway, its one provider, and what happened."""

    sky: Cloud
    server: Server
    here: Here
    key_id: str
    bearer: str
    secret: str
    notices: asyncio.Queue[Notice]
    records: asyncio.Queue[Any]

    @property
    def deepgram(self) -> FakeDeepgram:
        fake = self.sky["deepgram"]
        assert isinstance(fake, FakeDeepgram)
        return fake


@asynccontextmanager
async def stage(folder: Path, *, here: Here | None, **more: Any) -> AsyncIterator[Scene]:
    config = {"fallbacks": {"stt": [HERE]}, "serve": {"port": 0, "wyoming_port": 0}, **more}
    async with cloud(folder, "deepgram", more=config) as sky, sky.gateway as gateway, serving(gateway) as server:
        if here is not None:
            gateway.backends.register("whisper", stt=here)
        gateway.corridor.context.patience = UNHURRIED
        notices: asyncio.Queue[Notice] = asyncio.Queue()
        records: asyncio.Queue[Any] = asyncio.Queue()
        gateway.bus.subscribe(lambda e: notices.put_nowait(e) if e.code == "fallback" else None, Notice)
        gateway.bus.subscribe(lambda e: records.put_nowait(e.record), RequestFinished)
        key_id = await gateway.first_key()
        bearer, secret = await gateway.keys.bearer(key_id), await gateway.keys.livekit_secret(key_id) or ""
        yield Scene(sky, server, here or Here(), key_id, bearer, secret, notices, records)


@asynccontextmanager
async def livekit(scene: Scene) -> AsyncIterator[Line]:
    """LiveKit's own inference client, as an agent uses it."""
    from livekit import rtc
    from livekit.agents import inference, stt, utils

    interim: asyncio.Queue[str] = asyncio.Queue()
    finals: asyncio.Queue[str] = asyncio.Queue()

    async def listen() -> None:
        async for event in stream:
            if event.type is stt.SpeechEventType.INTERIM_TRANSCRIPT:
                interim.put_nowait(event.alternatives[0].text)
            elif event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                finals.put_nowait(event.alternatives[0].text)
        line.over.set()

    async def send(pcm: bytes) -> None:
        stream.push_frame(rtc.AudioFrame(pcm, RATE, 1, len(pcm) // 2))

    async def end() -> None:
        stream.end_input()

    async with utils.http_context.open():
        client = inference.STT(
            "deepgram/nova-3", base_url=f"{scene.server.url}/v1", api_key=scene.key_id, api_secret=scene.secret
        )
        stream = client.stream()
        line = Line(send, end, interim, finals)
        listening = asyncio.ensure_future(listen())
        try:
            yield line
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await stream.aclose()
            await client.aclose()


@asynccontextmanager
async def _socket(
    scene: Scene, path: str, hear: Callable[[dict[str, Any]], None]
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    headers = {"Authorization": f"Bearer {scene.bearer}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(f"{scene.server.url}{path}") as ws:

        async def listen() -> None:
            async for message in ws:
                hear(json.loads(message.data))

        listening = asyncio.ensure_future(listen())
        try:
            yield ws
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def deepgram_door(scene: Scene) -> AsyncIterator[Line]:
    """GET /v1/listen, as Deepgram's SDK asks."""
    interim: asyncio.Queue[str] = asyncio.Queue()
    finals: asyncio.Queue[str] = asyncio.Queue()

    def hear(message: dict[str, Any]) -> None:
        if message["type"] == "Results" and (text := message["channel"]["alternatives"][0]["transcript"]):
            (finals if message["is_final"] else interim).put_nowait(text)

    query = f"model={DEEPGRAM}&encoding=linear16&sample_rate={RATE}&interim_results=true"
    async with _socket(scene, f"/v1/listen?{query}", hear) as ws:
        yield Line(ws.send_bytes, lambda: ws.send_json({"type": "CloseStream"}), interim, finals)


@asynccontextmanager
async def realtime(scene: Scene) -> AsyncIterator[Line]:
    """OpenAI's Realtime, whose server finds the turns."""
    interim: asyncio.Queue[str] = asyncio.Queue()
    finals: asyncio.Queue[str] = asyncio.Queue()
    ready = asyncio.Event()
    before = "conversation.item.input_audio_transcription."

    def hear(message: dict[str, Any]) -> None:
        if message["type"] == "session.updated":
            ready.set()
        elif message["type"] in ("input_audio_buffer.speech_started", f"{before}delta"):
            interim.put_nowait(message.get("delta", ""))
        elif message["type"] == f"{before}completed":
            finals.put_nowait(message["transcript"])

    async with _socket(scene, "/v1/realtime?model=gpt-realtime", hear) as ws:

        async def send(pcm: bytes) -> None:
            await ws.send_json({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()})

        async def end() -> None:
            await ws.close()

        turns = {"type": "server_vad", "create_response": False}
        ears = {"transcription": {"model": DEEPGRAM}, "turn_detection": turns}
        await ws.send_json({"type": "session.update", "session": {"type": "realtime", "audio": {"input": ears}}})
        await ready.wait()
        yield Line(send, end, interim, finals, rate=24_000)
