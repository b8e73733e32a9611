"""No provider's redirect is followed: neither the data nor the key reaches the other host."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

pytest.importorskip("livekit.agents")

from tests.support.cloud import MODELS, PAIRS
from tests.support.redirects import KEY, Redirecting, ask, providers_at
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.registry import create_provider
from voicegw_desktop.core.typed import records
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run as operate

pytestmark = [pytest.mark.socket, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

STATUSES = (301, 302, 303, 307, 308)


class Trap:
    """A gateway whose providers all answer with redirects to `other`."""

    def __init__(self, gateway: Gateway, first: Redirecting, other: Redirecting) -> None:
        self.gateway, self.first, self.other = gateway, first, other


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["cloud", "local"])
async def trap(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Trap]:
    """In zone `local` offline mode is on, and a proxy is set that must not be asked."""
    folder = tmp_path_factory.mktemp("trap")
    first, other, proxy = Redirecting(), Redirecting(), Redirecting()
    runners = [await server.start() for server in (first, other, proxy)]
    # another name for loopback: a redirect to it leaves the first host
    first.to = f"http://localhost:{other.port}"
    address = f"http://127.0.0.1:{first.port}/v1"
    providers = providers_at(address, request.param)
    path = folder / "voicegw.yaml"
    routing = {"offline": request.param == "local", "breaker": {"trip_after": 100_000}}
    path.write_text(yaml.safe_dump({"providers": providers, "routing": routing}))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            patch.setenv(name.upper(), f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            patch.delenv(name, raising=False)
        async with Gateway(path, paths=paths_below(folder)) as gateway:
            yield Trap(gateway, first, other)
    assert proxy.came == []
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("provider", "modality"), [*PAIRS, *(("rack", m) for m in ("stt", "llm", "tts"))])
async def test_it_is_refused_with_its_host(provider: str, modality: str, status: int, trap: Trap) -> None:
    trap.first.status = status
    trap.first.came.clear()
    with pytest.raises(VoiceGatewayError) as caught:
        async with asyncio.timeout(60):
            await ask(trap.gateway, provider, modality)
    assert caught.value.status == 502
    assert f"answered {status}, a redirect to localhost:{trap.other.port}" in caught.value.message
    assert KEY not in caught.value.message
    assert trap.first.came
    assert trap.other.came == []
    assert await refusals(trap, provider, modality) == [f"localhost:{trap.other.port}"]


async def refusals(trap: Trap, provider: str, modality: str) -> list[str]:
    """The hosts of refused redirects in the egress log, newest first, of the newest request of a target."""
    entries = records((await operate(trap.gateway, "egress", {"limit": 50}))["egress"])
    mine = [e for e in entries if str(e["target"]).startswith(provider) and e["modality"] == modality]
    newest = [e for e in mine if e["request"] == mine[0]["request"]]
    assert all(e["sent_bytes"] == 0 for e in newest if e["refused"])
    return [str(e["host"]) for e in newest if e["refused"]]


@pytest.mark.parametrize("provider", [*MODELS, "rack"])
async def test_questions_are_not_redirected(provider: str, trap: Trap) -> None:
    answer = await operate(trap.gateway, "test_provider", {"provider_id": provider})
    assert not answer["ok"]
    assert f"a redirect to localhost:{trap.other.port}" in answer["message"]
    assert trap.other.came == []
    assert await refusals(trap, provider, "ask") == [f"localhost:{trap.other.port}"]


@pytest.mark.parametrize(("provider", "modality"), [*PAIRS, *(("rack", m) for m in ("stt", "llm", "tts"))])
async def test_the_python_surface_follows_none(provider: str, modality: str, trap: Trap) -> None:
    from livekit.agents import APIConnectOptions, llm

    once = APIConnectOptions(max_retry=0, timeout=10)
    kind = "openai_compatible" if provider == "rack" else provider
    address = f"http://127.0.0.1:{trap.first.port}/v1"
    made = create_provider(provider, {"type": kind, "api_key": KEY, "base_url": address, "zone": "local"})
    model = MODELS.get(provider, MODELS["openai"])[modality]
    trap.first.came.clear()
    plugin = getattr(made, f"create_{modality}")(model)
    try:
        # each plugin fails in its own way
        with contextlib.suppress(Exception):
            async with asyncio.timeout(60):
                if modality == "llm":
                    chat = llm.ChatContext()
                    chat.add_message(role="user", content="a secret")
                    async with plugin.chat(chat_ctx=chat, conn_options=once) as stream:
                        async for _ in stream:
                            pass
                elif modality == "tts":
                    async with plugin.synthesize("A secret.", conn_options=once) as stream:
                        async for _ in stream:
                            pass
                else:
                    await _hear(plugin, once)
        assert trap.first.came
        assert trap.other.came == []
    finally:
        from voicegw_desktop.providers.cloud import close

        await close(plugin)


async def _hear(plugin: Any, once: Any) -> None:
    from livekit import rtc

    frame = rtc.AudioFrame(b"\1\1" * 16_000, 16_000, 1, 16_000)
    if not plugin.capabilities.streaming:
        await plugin.recognize([frame], conn_options=once)
        return
    async with plugin.stream(conn_options=once) as stream:
        stream.push_frame(frame)
        async for _ in stream:
            pass


@pytest.mark.parametrize("modality", ["llm", "stt", "tts", "ask"])
async def test_an_address_that_dns_makes_foreign_is_in_the_log(
    modality: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "voicegw.yaml"
    kind = "wyoming" if modality in ("stt", "tts") else "openai_compatible"
    address = "wyoming://gpu.example:1" if kind == "wyoming" else "http://gpu.example:1/v1"
    path.write_text(yaml.safe_dump({"providers": {"rack": {"type": kind, "base_url": address, "zone": "lan"}}}))

    async def foreign(host: Any, port: Any, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    async with Gateway(path, paths=paths_below(tmp_path)) as gateway:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", foreign, raising=False)
        if modality == "ask":
            answer = await operate(gateway, "test_provider", {"provider_id": "rack"})
            said = str(answer["message"])
        else:
            with pytest.raises(VoiceGatewayError) as caught:
                await ask(gateway, "rack", modality)
            said = caught.value.message
        entries = records((await operate(gateway, "egress", {"limit": 50}))["egress"])
    assert "answered with 8.8.8.8, which lies in the zone cloud" in said
    assert [(e["host"], e["zone"], e["sent_bytes"]) for e in entries if e["refused"]] == [("8.8.8.8", "cloud", 0)]
