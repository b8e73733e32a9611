"""Each provider, modality and way things go, through the in-process surface, against the fakes.

What a cell means for an engine on this machine stands in `tests.support.matrix`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("livekit.agents")

import aiohttp
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, APIStatusError, llm, stt, tts
from livekit.agents import inference as lk_inference

from tests.conftest import ROOT
from tests.support.agent import speech
from tests.support.matrix import (
    HOUSE,
    KEY,
    LOCAL,
    PAIRS,
    RETRY_AFTER,
    ROUTE,
    WORKERS,
    Everyone,
    everyone,
    holes,
    name_of,
)
from tests.support.scripted_engines import ScriptedEngine
from voicegw_desktop import inference
from voicegw_desktop.inference._factory import set_gateway
from voicegw_desktop.providers.runtime import runtime
from voicegw_desktop.testing.sound import pieces

pytestmark = pytest.mark.socket
in_module = pytest.mark.asyncio(loop_scope="module")

RATE = 16_000
ONCE = APIConnectOptions(max_retry=0, timeout=20.0)
IMPATIENT = APIConnectOptions(max_retry=0, timeout=0.3)
VOICE = speech(ROOT / "tests" / "data" / "jfk.wav", 2.2)
TEXT = "Hello there, my friend. How are you today?"
ONE_ANSWER = {("openai", "stt"), ("groq", "stt"), (HOUSE, "stt")}
"""A recording goes out and one answer comes."""
FAILURES = (APIError, aiohttp.WSServerHandshakeError)
"""AssemblyAI's plugin lets aiohttp's own error through."""
WAY_OUT = 40.0  # s for a plugin to see that nothing works, on a busy machine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heaven(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Everyone]:
    """Every fake, one gateway and one process for each engine, for the whole module."""
    async with everyone(tmp_path_factory.mktemp("cloud"), {"cost_tracking": {"enabled": False}}) as made:
        set_gateway(made.gateway)
        try:
            for engine in made.engines:
                engine.serve_in(runtime().pool())
            yield made
        finally:
            await inference.aclose()
            set_gateway(None)


@pytest.fixture
def sky(heaven: Everyone) -> Everyone:
    heaven.heal()
    return heaven


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Call:
    """One call of a modality, whole or streamed, with what it brought."""

    def __init__(
        self, provider: str, modality: str, http: aiohttp.ClientSession, options: APIConnectOptions = ONCE
    ) -> None:
        name = name_of(provider, modality)
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
each_local_pair = pytest.mark.parametrize(("provider", "modality"), [p for p in PAIRS if p[0] in LOCAL])
each_way = pytest.mark.parametrize("way", ["whole", "streamed"])
REFUSALS = [
    (*pair, fault) for pair in PAIRS for fault in ("401", "429", "500") if fault != "401" or pair[0] not in LOCAL
]
"""An engine on this machine needs no key, so there is none to refuse: that cell is a test of its own."""


@in_module
@each_pair
@each_way
async def test_it_works(provider: str, modality: str, way: str, sky: Everyone, http: aiohttp.ClientSession) -> None:
    call = Call(provider, modality, http)
    await getattr(call, way)()
    call.check()
    assert not call.errors
    await call.made.aclose()
    assert call.metrics
    assert sky[provider].requests


@in_module
@each_way
@pytest.mark.parametrize(("provider", "modality", "fault"), REFUSALS)
async def test_refusals_are_errors(
    provider: str, modality: str, way: str, fault: str, sky: Everyone, http: aiohttp.ClientSession
) -> None:
    fake, status = sky[provider], int(fault)
    async with contextlib.AsyncExitStack() as stack:
        if isinstance(fake, ScriptedEngine) and fault == "429":
            await stack.enter_async_context(fake.no_room())
            status = 503
        else:
            fake.fault(fault, retry_after=RETRY_AFTER, path=ROUTE if provider == "ollama" else "")
            if isinstance(fake, ScriptedEngine) and modality != "llm":
                status = 503
        call = Call(provider, modality, http)
        with pytest.raises(FAILURES) as caught:
            await asyncio.wait_for(getattr(call, way)(), WAY_OUT)
    assert not call.brought
    assert call.errors
    if isinstance(caught.value, APIStatusError):
        assert caught.value.status_code == status
    if provider in LOCAL:
        assert isinstance(caught.value, APIStatusError)
    await call.made.aclose()


@in_module
@each_local_pair
@each_way
async def test_an_engine_here_needs_no_key_and_gets_none(
    provider: str, modality: str, way: str, sky: Everyone, http: aiohttp.ClientSession
) -> None:
    """One is set all the same, as somebody might who does not know."""
    assert sky.gateway.provider_settings(provider)["api_key"] == KEY
    fake = sky[provider]
    call = Call(provider, modality, http)
    await getattr(call, way)()
    call.check()
    await call.made.aclose()
    assert fake.requests
    assert KEY not in repr(fake.requests)
    if isinstance(fake, ScriptedEngine):
        assert fake.given
        assert KEY not in repr(fake.given)


@in_module
@each_pair
@each_way
async def test_a_stall_ends(provider: str, modality: str, way: str, sky: Everyone, http: aiohttp.ClientSession) -> None:
    fake = sky[provider]
    fake.fault("stall", path=ROUTE if provider == "ollama" else "")
    call = Call(provider, modality, http, IMPATIENT)
    work = asyncio.ensure_future(getattr(call, way)())
    await fake.until(lambda: fake.requests, WAY_OUT)
    if isinstance(fake, ScriptedEngine):
        await fake.hang()
    done, _ = await asyncio.wait({work}, timeout=WAY_OUT if provider in WORKERS else 2 * IMPATIENT.timeout)
    if done or provider in WORKERS:
        with pytest.raises(FAILURES):
            work.result()
    else:
        # this plugin waits for ever; what it waits for can be given up at once
        work.cancel()
        await asyncio.wait_for(asyncio.wait({work}), WAY_OUT)
    assert not call.brought
    await fake.until(lambda: not fake.working, WAY_OUT)
    await call.made.aclose()


@in_module
@each_pair
@each_way
async def test_a_drop_is_an_error(
    provider: str, modality: str, way: str, sky: Everyone, http: aiohttp.ClientSession
) -> None:
    sky[provider].fault(
        "drop_mid_stream", after=3 if modality != "stt" else 1, path=ROUTE if provider == "ollama" else ""
    )
    call = Call(provider, modality, http)
    with pytest.raises(FAILURES):
        await asyncio.wait_for(getattr(call, way)(), WAY_OUT)
    await call.made.aclose()


@in_module
@each_pair
@each_way
async def test_a_cancel_ends_the_providers_work(
    provider: str, modality: str, way: str, sky: Everyone, http: aiohttp.ClientSession
) -> None:
    """The provider would go on for ever: only the caller's leaving ends what it does."""
    fake = sky[provider]
    listens = modality == "stt" and way == "streamed" and (provider, modality) not in ONE_ANSWER
    if not listens or provider in LOCAL:
        fake.fault(
            "stall_mid_stream",
            after=12 if modality == "tts" else 4 if way == "streamed" else 1,
            path=ROUTE if provider == "ollama" else "",
        )
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
    if isinstance(fake, ScriptedEngine):
        assert fake.hangups == 1, "the worker was told, and had not come to its end"
        await fake.idle()
    await call.made.aclose()


def test_the_matrix_has_no_hole() -> None:
    assert holes() == set()
    assert {(*pair, fault) for pair in PAIRS for fault in ("401", "429", "500")} - set(REFUSALS) == {
        (provider, modality, "401") for provider, models in LOCAL.items() for modality in models
    }
