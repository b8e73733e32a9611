"""Each provider, modality and fault, through the in-process surface, against the fakes.

What a cell means for an engine on this machine stands in `tests.support.matrix`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

pytest.importorskip("livekit.agents")

import aiohttp
from livekit.agents import APIConnectOptions, APIError, APIStatusError

from tests.support.livekit_calls import TEXT, Call
from tests.support.matrix import (
    HOUSE,
    KEY,
    LOCAL,
    PAIRS,
    RETRY_AFTER,
    ROUTE,
    Everyone,
    everyone,
    holes,
    name_of,
)
from tests.support.scripted_engines import ScriptedEngine
from voicegw_desktop import inference
from voicegw_desktop.gateway.current import set_gateway
from voicegw_desktop.providers.runtime import runtime

pytestmark = pytest.mark.socket
in_module = pytest.mark.asyncio(loop_scope="module")

IMPATIENT = APIConnectOptions(max_retry=0, timeout=0.3)
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


def check(call: Call) -> None:
    """The call returned everything that a fake sends."""
    if call.modality == "tts":
        assert 0.5 * len(TEXT) * 0.03 < call.seconds < 1.5 * len(TEXT) * 0.03
    else:
        assert call.text == {"stt": "hello from the fake", "llm": "Hello. How can I help you today?"}[call.modality]


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
    call = Call(name_of(provider, modality), modality, http)
    await getattr(call, way)()
    check(call)
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
        call = Call(name_of(provider, modality), modality, http)
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
    """An engine gets a key although it needs none, as a person may set one by mistake."""
    assert sky.gateway.provider_settings(provider)["api_key"] == KEY
    fake = sky[provider]
    call = Call(name_of(provider, modality), modality, http)
    await getattr(call, way)()
    check(call)
    await call.made.aclose()
    assert fake.requests
    assert KEY not in repr(fake.requests)
    if isinstance(fake, ScriptedEngine):
        assert fake.given
        assert KEY not in repr(fake.given)
    else:
        assert "authorization" not in repr(fake.requests)


@in_module
@each_pair
@each_way
async def test_a_stall_ends(
    provider: str, modality: str, way: str, sky: Everyone, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime(), "patience_s", IMPATIENT.timeout)
    fake = sky[provider]
    fake.fault("stall", path=ROUTE if provider == "ollama" else "")
    call = Call(name_of(provider, modality), modality, http, IMPATIENT)
    work = asyncio.ensure_future(getattr(call, way)())
    await fake.until(lambda: fake.requests, WAY_OUT)
    if isinstance(fake, ScriptedEngine):
        await fake.hang()
    done, _ = await asyncio.wait({work}, timeout=WAY_OUT if provider in LOCAL else 2 * IMPATIENT.timeout)
    if done or provider in LOCAL:
        with pytest.raises(FAILURES):
            work.result()
    else:
        # this plugin waits without a limit; its wait can be cancelled at once
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
    call = Call(name_of(provider, modality), modality, http)
    with pytest.raises(FAILURES):
        await asyncio.wait_for(getattr(call, way)(), WAY_OUT)
    await call.made.aclose()


@in_module
@each_pair
@each_way
async def test_a_cancel_ends_the_providers_work(
    provider: str, modality: str, way: str, sky: Everyone, http: aiohttp.ClientSession
) -> None:
    """The provider never stops by itself: only the caller's cancellation ends its work."""
    fake = sky[provider]
    listens = modality == "stt" and way == "streamed" and (provider, modality) not in ONE_ANSWER
    if not listens or provider in LOCAL:
        fake.fault(
            "stall_mid_stream",
            after=12 if modality == "tts" else 4 if way == "streamed" else 1,
            path=ROUTE if provider == "ollama" else "",
        )
    call = Call(name_of(provider, modality), modality, http)
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
