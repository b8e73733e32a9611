"""Providers by themselves: keys looked at first, health that is asked for, lists, options."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from livekit.agents import llm

from tests.support.cloud import MODELS, cloud
from voicegw_desktop import inference
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import BadRequest, ConfigError, RateLimitExceeded, Unauthorized, UpstreamError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.registry import PROVIDERS, create_provider
from voicegw_desktop.gateway.current import set_gateway
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.providers.app_socket import AppSocket
from voicegw_desktop.providers.runtime import Runtime, runtime
from voicegw_desktop.testing import KEY, FakeOpenAI, fakes
from voicegw_desktop.testing.ollama import FakeOllama

pytestmark = pytest.mark.socket

LISTS = {"openai": (3, 11), "groq": (2, 0), "deepgram": (1, 1), "cartesia": (5, 1), "anthropic": (2, 0)}
LISTS |= {"elevenlabs": (1, 1), "assemblyai": (3, 0)}


@pytest.mark.parametrize("name", fakes())
async def test_health_is_asked_for(name: str) -> None:
    async with fakes()[name]() as fake:
        provider = create_provider(name, {"api_key": KEY, "base_url": fake.base_url})
        assert await provider.health_check() is True
        assert (len(await provider.list_models()), len(await provider.list_voices())) == LISTS[name]
        asked = len(fake.requests)
        assert asked
        wrong = create_provider(name, {"api_key": "a-wrong-key-0000", "base_url": fake.base_url})
        with pytest.raises(Unauthorized, match="a-wr…0000"):
            await wrong.health_check()
        fake.fault("429", retry_after=3)
        with pytest.raises(RateLimitExceeded) as slow:
            await provider.health_check()
        assert slow.value.retry_after == 3
        for fault in ("500", "refuse", "garbage"):
            fake.fault(fault)
            with pytest.raises(UpstreamError, match=name):
                await provider.health_check()
        assert len(fake.requests) > asked


async def test_the_gateway_tells_what_a_provider_offers(tmp_path: Path) -> None:
    async with cloud(tmp_path) as sky, sky.gateway as gateway:
        for name in sky.fakes:
            offers = await run(gateway, "list_offers", {"provider_id": name})
            assert (len(offers["models"]), len(offers["voices"])) == LISTS[name]
            assert all(one["id"] for one in (*offers["models"], *offers["voices"]))
        assert await run(gateway, "list_offers", {"provider_id": "whisper"}) == {
            "provider": "whisper", "models": [], "voices": [],
        }  # fmt: skip
        sky["openai"].fault("401")
        with pytest.raises(UpstreamError, match=r"providers\.openai\.api_key"):
            await run(gateway, "list_offers", {"provider_id": "openai"})
        await run(gateway, "set_offline", {"offline": True})
        asked = len(sky["deepgram"].requests)
        with pytest.raises(BadRequest, match="offline"):
            await run(gateway, "list_offers", {"provider_id": "deepgram"})
        assert len(sky["deepgram"].requests) == asked


@pytest.mark.parametrize("name", fakes())
def test_a_missing_key_says_where_to_put_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (PROVIDERS[name].env, "ELEVEN_API_KEY"):
        monkeypatch.delenv(variable or "", raising=False)
    provider = create_provider(name)
    for modality, model in MODELS[name].items():
        with pytest.raises(ConfigError) as caught:
            getattr(provider, f"create_{modality}")(model)
        assert f"providers.{name}.api_key" in caught.value.message
        assert str(PROVIDERS[name].env) in caught.value.message


def test_what_a_provider_cannot_do_names_who_can() -> None:
    with pytest.raises(BadRequest, match="openai"):
        create_provider("anthropic", {"api_key": "x"}).create_tts("voice")
    with pytest.raises(BadRequest, match="whisper"):
        create_provider("piper").create_stt("x")


async def test_options_reach_the_plugin_and_unknown_ones_are_named(caplog: pytest.LogCaptureFixture) -> None:
    settings = {"api_key": "x", "smart_format": True, "endpointing_ms": 77}
    with caplog.at_level(logging.WARNING):
        ears = create_provider("deepgram", settings).create_stt("nova-3", language="de", endpointin_ms=3)
    assert ears._opts.smart_format is True
    assert ears._opts.endpointing_ms == 77
    assert str(ears._opts.language) == "de"
    assert 'Did you mean "endpointing_ms"' in caplog.text
    voice = create_provider("deepgram", {"api_key": "x"}).create_tts("aura-2", voice="thalia-en")
    assert voice.model == "aura-2-thalia-en"


@pytest.mark.parametrize(
    ("address", "root"),
    [("https://eu.example/v1", "https://eu.example/v1"), ("https://eu.example/v1/listen", "https://eu.example/v1")],
)
def test_an_address_may_hold_the_plugins_path(address: str, root: str) -> None:
    provider = create_provider("deepgram", {"api_key": "x", "base_url": address})
    assert provider.create_stt("nova-3")._opts.endpoint_url == f"{root}/listen"
    assert provider.create_tts("aura-2-andromeda-en")._opts.base_url == f"{root}/speak"


async def test_a_compatible_server_needs_an_address_and_no_key() -> None:
    with pytest.raises(ConfigError, match="base_url"):
        create_provider("openai_compatible").create_llm("any")
    async with FakeOpenAI(key="none") as fake:
        provider = create_provider("home", {"type": "openai_compatible", "base_url": fake.base_url})
        assert await provider.health_check()
        model = provider.create_llm("any")
        await model.aclose()


def test_local_providers_are_made_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path))
    for name, modality in (
        ("whisper", "stt"),
        ("piper", "tts"),
        ("kokoro", "tts"),
        ("llamacpp", "llm"),
        ("ollama", "llm"),
    ):
        made = getattr(create_provider(name), f"create_{modality}")("model")
        assert (made.provider, made.model) == (name, "model")


async def test_who_served_the_first_call_serves_those_after_the_gateway_has_started(tmp_path: Path) -> None:
    """The first call of the Python surface starts the gateway for its meters; no model is loaded twice for that."""
    gateway = Gateway(config=GatewayConfig(), paths=paths_below(tmp_path))
    set_gateway(gateway)
    try:
        pool = runtime().pool()
        await gateway.start()
        assert runtime().pool() is pool
        assert runtime().pool().servers is pool.servers
        await inference.aclose()
        assert runtime().pool() is gateway.engines
    finally:
        set_gateway(None)
        await gateway.aclose()


async def test_streams_opened_at_once_all_find_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gateway = Gateway(config=GatewayConfig(), paths=paths_below(tmp_path))
    asked, answer = asyncio.Event(), asyncio.Event()

    async def answers(_app: AppSocket) -> bool:
        asked.set()
        await answer.wait()
        return True

    monkeypatch.setattr(AppSocket, "answers", answers)
    agent = Runtime(gateway)
    first = asyncio.ensure_future(agent.app())
    await asked.wait()
    second = asyncio.ensure_future(agent.app())
    await asyncio.sleep(0)
    answer.set()
    assert await first is await second is not None


async def test_an_ollama_at_an_address_of_its_own_is_asked_there(tmp_path: Path) -> None:
    set_gateway(Gateway(config=GatewayConfig(), paths=paths_below(tmp_path)))
    try:
        async with FakeOllama(reply="From the attic.") as attic:
            made = create_provider("attic", {"type": "ollama", "base_url": attic.base_url})
            chat = llm.ChatContext.empty()
            chat.add_message(role="user", content="Hi.")
            answer = await made.create_llm("llama3.2").chat(chat_ctx=chat).collect()
            assert answer.text == "From the attic."
            assert [model.id for model in await made.list_models()] == attic.installed
            assert await made.health_check()
    finally:
        await inference.aclose()
        set_gateway(None)
