"""A provider that falls silent while somebody talks, behind clients of three wires: another one goes on at once."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

import aiohttp

from tests.support.cloud import Cloud, cloud
from tests.support.speech import WORDS, word_errors
from tests.support.stt import clip, silence
from tests.support.weights import linked_store
from voicegw_desktop.cli.serve import serving
from voicegw_desktop.core.events import (
    EndOfStream,
    Final,
    Interim,
    Notice,
    Progress,
    RequestFinished,
    SpeechEnded,
    SpeechStarted,
)
from voicegw_desktop.core.ports import SttOptions, Target, Zone
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.corridor.resample import Resampler
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing import FakeDeepgram
from voicegw_desktop.testing.sound import Ear, pieces
from voicegw_desktop.workers.cloud_answers import Noticed

pytestmark = [pytest.mark.socket, pytest.mark.timeout(300)]

RATE = 16_000
FIRST = clip("austen-0880.wav")
SECOND = clip("jfk.wav")
UNHURRIED = Patience(stall_s=120.0)
IMPATIENT = Patience(stall_s=0.5)
WAY_OUT = 200.0  # s, on a machine that is busy with other things
BEGINNING = 0.8  # s of the second utterance, less than is plainly talk
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
    """Nothing more will be heard."""
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
        key_id = gateway.first_key_id or ""
        bearer, secret = await gateway.keys.bearer(key_id), await gateway.keys.livekit_secret(key_id) or ""
        yield Scene(sky, server, here or Here(), key_id, bearer, secret, notices, records)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with stage(tmp_path, here=Here()) as it:
        yield it


# -- three wires ------------------------------------------------------------------------------------------------------


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


# -- the tests --------------------------------------------------------------------------------------------------------


async def first_utterance(scene: Scene, line: Line) -> None:
    await line.say(FIRST + silence(0.8))
    assert await line.finals.get() == SAID_THERE
    assert scene.sky.gateway.corridor.runs[0].served.name == DEEPGRAM


async def falls_silent(scene: Scene, line: Line) -> None:
    """The provider hears the second utterance begin, says so, and then nothing."""
    while not line.interim.empty():
        line.interim.get_nowait()
    await line.say(SECOND[: int(BEGINNING * RATE) * 2])
    await line.interim.get()
    scene.deepgram.fault("stall_mid_stream", after=0)
    scene.sky.gateway.corridor.context.patience = IMPATIENT


async def switched(scene: Scene) -> Notice:
    """Until another one serves; that one may be slow."""
    notice = await scene.notices.get()
    scene.sky.gateway.corridor.context.patience = UNHURRIED
    return notice


@pytest.mark.parametrize("wire", [livekit, deepgram_door, realtime])
async def test_another_one_goes_on_and_the_client_hears_each_word_once(wire: Any, scene: Scene) -> None:
    async with asyncio.timeout(WAY_OUT), AsyncExitStack() as stack:
        line = await stack.enter_async_context(wire(scene))
        await first_utterance(scene, line)
        await falls_silent(scene, line)
        await line.say(SECOND[int(BEGINNING * RATE) * 2 :])
        notice = await switched(scene)
        assert notice.message == f"{HERE} took over from {DEEPGRAM}: {DEEPGRAM} sent no response to speech for 0.5 s."
        (run,) = scene.sky.gateway.corridor.runs
        assert run.gateway_headers()["X-VoiceGW-Served-By"] == HERE
        # the stalled one is closed before the client has said all, and nobody else was paid
        await scene.deepgram.until(lambda: not scene.deepgram.connections, WAY_OUT)
        await line.say(silence(1.0))
        assert await line.finals.get() == SAID_HERE
        # and the session goes on
        await line.say(FIRST + silence(1.0))
        assert await line.finals.get() == SAID_HERE
        await line.end()
        record = await scene.records.get()
        assert line.finals.empty()
    (heard,) = scene.here.streams
    # every sample since the words that were final, and none of those before
    assert line.sent.endswith(heard.pcm)
    begins = (len(line.sent) - len(heard.pcm)) / 2 / line.rate
    assert 0.9 * len(FIRST) / 2 / RATE < begins < len(FIRST) / 2 / RATE + 0.8
    assert (record.fallback_from, record.model_id) == (DEEPGRAM, HERE)
    assert len(scene.deepgram.requests) == 1
    # what it took is paid for, and in the log
    assert record.cost_nanos > 0
    (left,) = await _left(scene)
    assert (left["target"], left["finished"]) == (DEEPGRAM, True)
    taken = left["sent_bytes"] / 2 / line.rate
    assert left["sent_s"] == pytest.approx(taken, abs=0.001)
    assert begins < taken < len(line.sent) / 2 / line.rate


async def _left(scene: Scene) -> list[dict[str, Any]]:
    from voicegw_desktop.gateway.operations import run

    found: list[dict[str, Any]] = (await run(scene.sky.gateway, "egress", {}))["egress"]
    return found


async def test_what_a_provider_says_without_words_is_a_sign(tmp_path: Path) -> None:
    """Deepgram sends results without words for what it hears no speech in; LiveKit's plugin keeps them to itself."""
    async with stage(tmp_path, here=Here()) as scene:
        scene.deepgram.transcript = ""
        stream = await _opened(scene, DEEPGRAM)
        seen = await _talk_until(stream, Progress)
        assert stream.interims
        assert not [e for e in seen if isinstance(e, Interim | Final)]
        await stream.cancel()


def test_the_same_message_once_more_is_no_sign() -> None:
    noticed = Noticed()
    for said in ("alive", "alive", "a word", "alive", "alive"):
        noticed.hear(said)
    assert noticed.messages == 3


async def test_who_transcribes_recordings_says_that_words_come_late(tmp_path: Path) -> None:
    async with cloud(tmp_path, "openai", more={"serve": {"port": 0}}) as sky, sky.gateway as gateway:
        permit = gateway.router.policy.clear(Target("openai", "whisper-1"), project="default", asked=Zone.CLOUD)
        stream = await gateway.backends.open_stt(permit, SttOptions())
        await _talk_until(stream, SpeechStarted)
        assert not stream.interims
        await stream.cancel()


async def _opened(scene: Scene, name: str) -> Any:
    gateway = scene.sky.gateway
    provider, _, model = name.partition("/")
    permit = gateway.router.policy.clear(Target(provider, model), project="default", asked=Zone.CLOUD)
    return await gateway.backends.open_stt(permit, SttOptions())


async def _talk_until(stream: Any, kind: type) -> list[Any]:
    async def talk() -> None:
        for piece in pieces(SECOND, RATE, 0.1):
            await stream.push(piece)
            await asyncio.sleep(AT_ONCE)

    talking, seen = asyncio.ensure_future(talk()), []
    async with asyncio.timeout(WAY_OUT):
        async for event in stream:
            seen.append(event)
            if isinstance(event, kind):
                break
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    return seen


@pytest.mark.real_engine
async def test_a_real_recogniser_takes_over(models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_MODELS_DIR", str(linked_store(models_dir, tmp_path / "models")))
    async with asyncio.timeout(WAY_OUT), stage(tmp_path, here=None) as scene, livekit(scene) as line:
        await first_utterance(scene, line)
        await falls_silent(scene, line)
        await line.say(SECOND[int(BEGINNING * RATE) * 2 :])
        await switched(scene)
        await line.say(silence(1.5))
        await line.end()
        await line.over.wait()
        record = await scene.records.get()
        said = [line.finals.get_nowait() for _ in range(line.finals.qsize())]
    assert record.fallback_from == DEEPGRAM
    wrong, words = word_errors(WORDS["jfk.wav"], " ".join(said))
    assert wrong <= 0.15 * words, said
