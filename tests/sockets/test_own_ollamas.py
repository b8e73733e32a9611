"""Ollama servers beside the engine's own: each is asked at its own address, and has its own models."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.engines import eventually
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing.ollama import FakeOllama

pytestmark = pytest.mark.socket

HI = [{"role": "user", "content": "Hi."}]


@pytest.fixture
async def pair() -> AsyncIterator[tuple[FakeOllama, FakeOllama]]:
    """The engine's own server, and another."""
    async with FakeOllama(reply="From here.") as engine, FakeOllama(reply="From the attic.") as attic:
        attic.installed = ["qwen3:latest"]
        yield engine, attic


async def put(server: Server, folder: Path, text: str) -> None:
    gateway: Any = server.gateway
    file = paths_below(folder).config / "voicegw.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    await run(gateway, "refresh_config", {})
    assert gateway.config.warnings == ()


async def said(http: aiohttp.ClientSession, model: str) -> str:
    async with http.post("/v1/chat/completions", json={"model": model, "messages": HI}) as answer:
        assert answer.status == 200, await answer.text()
        text: str = (await answer.json())["choices"][0]["message"]["content"]
        return text


async def listed(http: aiohttp.ClientSession) -> dict[str, dict[str, Any]]:
    async with http.get("/v1/engines") as answer:
        return {engine["name"]: engine for engine in (await answer.json())["engines"]}


async def test_each_server_is_asked_at_its_own_address(
    real: tuple[Server, aiohttp.ClientSession], pair: tuple[FakeOllama, FakeOllama], tmp_path: Path
) -> None:
    server, http = real
    engine, attic = pair
    await put(
        server, tmp_path,
        f"engines: {{ollama: {{base_url: '{engine.base_url}', manage: attach}}}}\n"
        f"providers: {{attic: {{type: ollama, base_url: '{attic.base_url}'}}}}",
    )  # fmt: skip
    assert await said(http, "ollama/llama3.2") == "From here."
    assert await said(http, "attic/qwen3") == "From the attic."
    assert (list(engine.loaded), list(attic.loaded)) == (["llama3.2:latest"], ["qwen3:latest"])
    async with http.post("/v1/chat/completions", json={"model": "attic/llama3.2", "messages": HI}) as answer:
        assert answer.status == 404, await answer.text()
    found = await listed(http)
    assert (found["attic"]["state"], found["ollama/server"]["state"]) == ("answers", "ready")
    assert found["attic"]["info"]["models"] == found["attic"]["info"]["loaded"] == ["qwen3:latest"]
    assert "ollama/qwen3:latest" not in found
    async with http.get("/v1/providers/attic/offers") as answer:
        assert [model["id"] for model in (await answer.json())["models"]] == ["qwen3:latest"]
    async with http.post("/v1/providers/attic/test") as answer:
        assert (await answer.json())["ok"] is True


async def test_what_is_kept_in_memory_is_told_to_the_server_that_answered(
    real: tuple[Server, aiohttp.ClientSession], pair: tuple[FakeOllama, FakeOllama], tmp_path: Path
) -> None:
    server, http = real
    engine, attic = pair
    engine.installed = list(attic.installed)
    await put(
        server, tmp_path,
        f"engines: {{ollama: {{base_url: '{engine.base_url}', manage: attach}}}}\n"
        f"providers: {{attic: {{type: ollama, base_url: '{attic.base_url}'}}}}",
    )  # fmt: skip
    body = {"model": "attic/qwen3", "messages": HI, "stream": False, "keep_alive": -1}
    async with http.post("/api/chat", json=body) as answer:
        assert answer.status == 200, await answer.text()
    await eventually(lambda: attic.loaded.get("qwen3:latest", 0) is None, "the model stays for ever")
    # a request without messages loads or unloads: the engine's own server is not asked for it
    for stay in (None, 0):
        async with http.post("/api/generate", json={"model": "attic/qwen3", "keep_alive": stay}) as answer:
            assert answer.status == 200, await answer.text()
    assert not engine.loaded
    assert all(request.path in ("/api/version", "/api/ps") for request in engine.requests)


async def test_a_server_is_added_by_a_command_and_goes_when_it_is_removed(
    real: tuple[Server, aiohttp.ClientSession], pair: tuple[FakeOllama, FakeOllama]
) -> None:
    _, http = real
    _, attic = pair
    body = {"provider_id": "attic", "provider_type": "ollama", "base_url": attic.base_url}
    async with http.post("/v1/providers", json=body) as answer:
        assert answer.status == 200, await answer.text()
    assert await said(http, "attic/qwen3") == "From the attic."
    async with http.get("/v1/providers") as answer:
        (entry,) = (p for p in (await answer.json())["providers"] if p["id"] == "attic")
        assert (entry["type"], entry["zone"], entry["configured"]) == ("cloud", "local", True)
    attic.fault("500")
    assert (await listed(http))["attic"]["state"] == "does not answer"
    async with http.delete("/v1/providers/attic", params={"confirm": "true"}) as answer:
        assert answer.status == 200, await answer.text()
    assert "attic" not in await listed(http)


async def test_the_address_of_a_server_that_is_gone_is_told(
    real: tuple[Server, aiohttp.ClientSession], tmp_path: Path
) -> None:
    server, http = real
    await put(server, tmp_path, "providers: {attic: {type: ollama, base_url: 'http://127.0.0.1:9'}}")
    async with http.post("/v1/chat/completions", json={"model": "attic/qwen3", "messages": HI}) as answer:
        assert answer.status == 503
        message = (await answer.json())["error"]["message"]
    assert "No Ollama server answers at http://127.0.0.1:9" in message
    assert "providers.attic.base_url" in message
    async with http.post("/v1/providers/attic/test") as answer:
        assert (await answer.json())["message"] == message


async def test_offline_mode_holds_for_a_server_elsewhere(tmp_path: Path) -> None:
    file = paths_below(tmp_path).config / "voicegw.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("providers: {attic: {type: ollama, base_url: 'http://192.168.7.7:11434'}}")
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        await run(gateway, "set_offline", {"offline": True})
        found: Any = (await run(gateway, "list_engines", {}))["engines"]
        (attic,) = (engine for engine in found if engine["name"] == "attic")
        assert attic["state"] == "does not answer"
        assert "offline mode is on" in attic["reason"]


async def test_llama_server_with_the_type_of_the_engine_is_a_server_in_openais_form(tmp_path: Path) -> None:
    file = paths_below(tmp_path).config / "voicegw.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("providers: {rack: {type: llamacpp, base_url: 'http://127.0.0.1:9'}}")
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        assert gateway.config.warnings == ()
        (rack,) = (p for p in gateway.list_providers() if p["id"] == "rack")
        assert rack["provider"] == "openai_compatible"
        found: Any = (await run(gateway, "list_engines", {}))["engines"]
        assert ("rack", "does not answer") in {(engine["name"], engine["state"]) for engine in found}
