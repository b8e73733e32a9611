"""Each provider, modality and way things go, through the in-process surface, against the fakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

import aiohttp
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, APIStatusError, llm, stt, tts
from livekit.agents import inference as lk_inference

from tests.conftest import ROOT
from tests.support.agent import speech
from tests.support.cloud import MODELS, PAIRS, Cloud, cloud
from voicegw_desktop import inference
from voicegw_desktop.inference._factory import set_gateway
from voicegw_desktop.testing.sound import pieces

pytestmark = pytest.mark.socket

RATE = 16_000
ONCE = APIConnectOptions(max_retry=0, timeout=20.0)
IMPATIENT = APIConnectOptions(max_retry=0, timeout=0.3)
VOICE = speech(ROOT / "tests" / "data" / "jfk.wav", 2.2)
TEXT = "Hello there, my friend. How are you today?"
ONE_ANSWER = {("openai", "stt"), ("groq", "stt")}
"""A recording goes out and one answer comes."""
FAILURES = (APIError, aiohttp.WSServerHandshakeError)
"""AssemblyAI's plugin lets aiohttp's own error through."""
WAY_OUT = 40.0  # s for a plugin to see that nothing works, on a busy machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture
async def sky(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Cloud]:
    provider = request.getfixturevalue("provider")
    more = {"cost_tracking": {"enabled": False}}
    async with cloud(folder, provider, more=more) as made:
        set_gateway(made.gateway)
        try:
            yield made
        finally:
            await inference.aclose()
            set_gateway(None)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Call:
    """One call of a modality, whole or streamed, with what it brought."""

    def __init__(
        self, provider: str, modality: str, http: aiohttp.ClientSession, options: APIConnectOptions = ONCE
    ) -> None:
        name = f"{provider}/{MODELS[provider][modality]}"
        self.modality = modality
        self.options = options
        self.errors: list[Any] = []
        self.metrics: list[Any] = []
        self.made: Any = {
            "stt": lambda: inference.STT(name, http_session=http),
            "llm": lambda: inference.LLM(name),
            "tts": lambda: inference.TTS(name, http_session=http),
        }[modality]()
        self.made.on("error", self.errors.append)
        self.made.on("metrics_collected", self.metrics.append)
        self.text = ""
        self.seconds = 0.0
        self.began = asyncio.Event()

    async def whole(self) -> None:
        """One shot."""
        if self.modality == "stt":
            frame = rtc.AudioFrame(VOICE, RATE, 1, len(VOICE) // 2)
            event = await self.made.recognize([frame], conn_options=self.options)
            self.text = event.alternatives[0].text
        elif self.modality == "llm":
            await self.streamed()
        else:
            async with self.made.synthesize(TEXT, conn_options=self.options) as stream:
                async for chunk in stream:
                    self._sounds(chunk)

    async def streamed(self) -> None:
        """As a session does it."""
        if self.modality == "stt":
            await self._hear()
        elif self.modality == "llm":
            context = llm.ChatContext()
            context.add_message(role="user", content="Hello")
            async with self.made.chat(chat_ctx=context, conn_options=self.options) as stream:
                async for chunk in stream:
                    self.text += (chunk.delta and chunk.delta.content) or ""
                    self.began.set()
        else:
            async with self._streaming().stream(conn_options=self.options) as stream:
                for word in TEXT.split(" "):
                    stream.push_text(f"{word} ")
                stream.end_input()
                async for chunk in stream:
                    self._sounds(chunk)

    def _streaming(self) -> Any:
        # what AgentSession does with a plugin that takes whole recordings or texts
        if self.made.capabilities.streaming:
            return self.made
        return (
            tts.StreamAdapter(tts=self.made)
            if self.modality == "tts"
            else stt.StreamAdapter(stt=self.made, vad=lk_inference.VAD())
        )

    async def _hear(self) -> None:
        async with self._streaming().stream(conn_options=self.options) as stream:
            feeding = asyncio.ensure_future(self._talk(stream))
            try:
                async for event in stream:
                    self.began.set()
                    if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                        self.text = event.alternatives[0].text
                        return
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)

    async def _talk(self, stream: Any) -> None:
        # a plugin that is not connected yet must get the audio all the same
        for piece in pieces(VOICE, RATE, 0.1):
            stream.push_frame(rtc.AudioFrame(piece, RATE, 1, len(piece) // 2))
            await asyncio.sleep(0)
        for _ in range(10):
            stream.push_frame(rtc.AudioFrame(bytes(RATE // 5), RATE, 1, RATE // 10))
        if self.made.capabilities.manual_flush:
            stream.flush()
        while True:
            stream.push_frame(rtc.AudioFrame(bytes(RATE // 5), RATE, 1, RATE // 10))
            await asyncio.sleep(0.005)

    def _sounds(self, chunk: Any) -> None:
        self.seconds += chunk.frame.duration
        self.began.set()

    @property
    def brought(self) -> bool:
        return bool(self.text or self.seconds)

    def check(self) -> None:
        """It brought all of it."""
        if self.modality == "tts":
            assert 0.5 * len(TEXT) * 0.03 < self.seconds < 1.5 * len(TEXT) * 0.03
        else:
            assert self.text == {"stt": "hello from the fake", "llm": "Hello. How can I help you today?"}[self.modality]


each_pair = pytest.mark.parametrize(("provider", "modality"), PAIRS)
each_way = pytest.mark.parametrize("way", ["whole", "streamed"])


@each_pair
@each_way
async def test_it_works(provider: str, modality: str, way: str, sky: Cloud, http: aiohttp.ClientSession) -> None:
    call = Call(provider, modality, http)
    await getattr(call, way)()
    call.check()
    assert not call.errors
    await call.made.aclose()
    assert call.metrics
    assert sky[provider].requests


@each_pair
@each_way
@pytest.mark.parametrize(("fault", "status"), [("401", 401), ("429", 429), ("500", 500)])
async def test_refusals_are_errors(
    provider: str, modality: str, way: str, fault: str, status: int, sky: Cloud, http: aiohttp.ClientSession
) -> None:
    sky[provider].fault(fault)
    call = Call(provider, modality, http)
    with pytest.raises(FAILURES) as caught:
        await asyncio.wait_for(getattr(call, way)(), WAY_OUT)
    assert not call.brought
    assert call.errors
    if isinstance(caught.value, APIStatusError):
        assert caught.value.status_code == status
    await call.made.aclose()


@each_pair
@each_way
async def test_a_stall_ends(provider: str, modality: str, way: str, sky: Cloud, http: aiohttp.ClientSession) -> None:
    sky[provider].fault("stall")
    call = Call(provider, modality, http, IMPATIENT)
    work = asyncio.ensure_future(getattr(call, way)())
    await sky[provider].until(lambda: sky[provider].requests, WAY_OUT)
    done, _ = await asyncio.wait({work}, timeout=2 * IMPATIENT.timeout)
    if done:
        with pytest.raises(FAILURES):
            work.result()
    else:
        # this plugin waits for ever; what it waits for can be given up at once
        work.cancel()
        await asyncio.wait_for(asyncio.wait({work}), WAY_OUT)
    assert not call.brought
    await sky[provider].until(lambda: not sky[provider].working, WAY_OUT)
    await call.made.aclose()


@each_pair
@each_way
async def test_a_drop_is_an_error(
    provider: str, modality: str, way: str, sky: Cloud, http: aiohttp.ClientSession
) -> None:
    sky[provider].fault("drop_mid_stream", after=3 if modality != "stt" else 1)
    call = Call(provider, modality, http)
    with pytest.raises(FAILURES):
        await asyncio.wait_for(getattr(call, way)(), WAY_OUT)
    await call.made.aclose()


@each_pair
@each_way
async def test_a_cancel_ends_the_providers_work(
    provider: str, modality: str, way: str, sky: Cloud, http: aiohttp.ClientSession
) -> None:
    """The provider would go on for ever: only the caller's leaving ends what it does."""
    fake = sky[provider]
    listens = modality == "stt" and way == "streamed" and (provider, modality) not in ONE_ANSWER
    if not listens:
        fake.fault("stall_mid_stream", after=12 if modality == "tts" else 4 if way == "streamed" else 1)
    call = Call(provider, modality, http)
    work = asyncio.ensure_future(getattr(call, way)())
    if modality == "stt" or (modality == "llm" and way == "whole"):
        await fake.until(lambda: fake.working, WAY_OUT)
    else:
        await asyncio.wait_for(call.began.wait(), WAY_OUT)
    assert fake.working
    assert not work.done()
    work.cancel()
    await asyncio.wait({work})
    # before the plugin is closed, which would end everything
    await fake.until(lambda: not fake.working, WAY_OUT)
    await call.made.aclose()


def test_the_matrix_has_no_hole() -> None:
    from voicegw_desktop.core.registry import PROVIDERS
    from voicegw_desktop.testing import fakes

    clouds = {n: p for n, p in PROVIDERS.items() if p.package and p.package.startswith("livekit.")}
    assert set(clouds) == set(fakes()) == set(MODELS)
    assert {(n, m.value) for n, p in clouds.items() for m in p.modalities} == set(PAIRS)
