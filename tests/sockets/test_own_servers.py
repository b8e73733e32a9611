"""Servers of one's own among the engines: from the moment they are added, on every surface, until they are removed."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.wyoming_server import wyoming_server
from voicegw_desktop.core.errors import BadRequest, ModelResolutionError, VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing.openai import FakeOpenAI

pytestmark = pytest.mark.socket

BOX = {"provider_id": "box", "provider_type": "openai_compatible"}


def states(answer: Mapping[str, Any]) -> dict[str, str]:
    return {engine["name"]: engine["state"] for engine in answer["engines"] if "/" not in engine["name"]}


async def over_http(http: aiohttp.ClientSession) -> dict[str, str]:
    async with http.get("/v1/engines") as answer:
        return states(await answer.json())


async def over_mcp(http: aiohttp.ClientSession) -> dict[str, str]:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_engines", "arguments": {}}}
    headers = {"Accept": "application/json, text/event-stream"}
    async with http.post("/mcp", json=call, headers=headers) as answer:
        return states(json.loads((await answer.json())["result"]["content"][0]["text"]))


async def test_a_server_that_was_added_is_an_engine_until_it_is_removed(
    real: tuple[Server, aiohttp.ClientSession],
) -> None:
    _, http = real
    async with FakeOpenAI(key="k") as fake, wyoming_server() as satellite:
        for body in (
            {**BOX, "base_url": fake.base_url, "api_key": "k"},
            {"provider_id": "hall", "provider_type": "wyoming", "base_url": satellite},
        ):
            async with http.post("/v1/providers", json=body) as answer:
                assert answer.status == 200, await answer.text()
        assert await over_http(http) == await over_mcp(http) == {"box": "answers", "hall": "answers"}
        for name in ("box", "box/gpt-4o-mini"):
            async with http.post("/v1/engines/stop", json={"name": name, "confirm": True}) as answer:
                assert answer.status == 400
                assert '\\"box\\" is a server of your own' in await answer.text()
    assert await over_http(http) == await over_mcp(http) == {"box": "does not answer", "hall": "does not answer"}
    async with http.get("/v1/engines") as answer:
        own = [engine for engine in (await answer.json())["engines"] if engine["name"] in ("box", "hall")]
        assert len(own) == 2
        for engine in own:
            # the moment of the question is not when it began to answer, or ceased to
            assert engine["since"] == 0
            assert engine["reason"].endswith(f"cannot be reached: {os.strerror(errno.ECONNREFUSED)}")
    async with http.delete("/v1/providers/box", params={"confirm": "true"}) as answer:
        assert answer.status == 200, await answer.text()
    assert await over_http(http) == {"hall": "does not answer"}


@asynccontextmanager
async def profile(folder: Path) -> AsyncIterator[Gateway]:
    async with Gateway(paths=paths_below(folder)) as gateway:
        yield gateway


async def test_an_added_server_and_those_of_a_changed_file_are_engines_after_a_restart_too(tmp_path: Path) -> None:
    async with FakeOpenAI() as fake:
        file = paths_below(tmp_path).config / "voicegw.yaml"
        file.parent.mkdir(parents=True)
        file.write_text("{}")
        async with profile(tmp_path) as gateway:
            await run(gateway, "add_provider", {**BOX, "base_url": fake.base_url})
            file.write_text(f"providers: {{rack: {{base_url: '{fake.base_url}'}}}}")
            await run(gateway, "refresh_config", {})
            assert set(states(await run(gateway, "list_engines", {}))) == {"box", "rack"}
        async with profile(tmp_path) as gateway:
            assert set(states(await run(gateway, "list_engines", {}))) == {"box", "rack"}
            file.write_text(f"providers: {{rack: {{base_url: '{fake.base_url}', enabled: false}}}}")
            await run(gateway, "refresh_config", {})
            assert set(states(await run(gateway, "list_engines", {}))) == {"box"}


async def test_a_server_of_the_file_with_an_address_alone_is_a_provider_as_others(tmp_path: Path) -> None:
    async with FakeOpenAI(key="none") as fake:
        file = paths_below(tmp_path).config / "voicegw.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(
            f"providers: {{rack: {{base_url: '{fake.base_url}', api_key: none}}}}\nstacks: {{mine: {{llm: rack/big}}}}"
        )
        async with profile(tmp_path) as gateway:
            assert gateway.config.warnings == ()
            (rack,) = (p for p in gateway.list_providers() if p["id"] == "rack")
            assert (rack["provider"], rack["configured"]) == ("openai_compatible", True)
            assert "rack/big" in {model["id"] for model in gateway.list_models()}
            assert (await run(gateway, "test_provider", {"provider_id": "rack"}))["ok"] is True
            assert (await run(gateway, "list_offers", {"provider_id": "rack"}))["models"]


async def test_what_cannot_serve_is_not_added(tmp_path: Path) -> None:
    async with profile(tmp_path) as gateway:
        for kind in ("openai_compatible", "wyoming"):
            with pytest.raises(BadRequest, match=r"providers\.box\.base_url is missing"):
                await run(gateway, "add_provider", {"provider_id": "box", "provider_type": kind})
        for kind in ("piper", "whisper"):
            row = {"provider_id": "attic", "provider_type": kind, "base_url": "http://192.168.1.9:11434"}
            with pytest.raises(BadRequest, match=f"{kind} runs on this machine.*openai_compatible or wyoming"):
                await run(gateway, "add_provider", row)
        with pytest.raises(BadRequest, match='"whisper" is an engine of this machine'):
            await run(gateway, "add_provider", {**BOX, "provider_id": "whisper", "base_url": "http://127.0.0.1:9/v1"})
        assert not [p for p in gateway.list_providers() if p["id"] in ("box", "attic")]
        for kind, address in (
            ("ollama", "wyoming://127.0.0.1:9"),
            ("openai_compatible", "ws://127.0.0.1:9"),
            ("openai", "tcp://127.0.0.1:9"),
            ("wyoming", "http://127.0.0.1:9"),
            ("wyoming", "127.0.0.1:9"),
        ):
            row = {"provider_id": "attic", "provider_type": kind, "base_url": address}
            with pytest.raises(BadRequest, match=f"for {kind} it must start with {PROVIDERS[kind].schemes[0]}://"):
                await run(gateway, "add_provider", row)
        with pytest.raises(BadRequest, match="It is no address"):
            await run(gateway, "add_provider", {**BOX, "base_url": "http://"})
        # a project may have a key of its own for the server of all
        address = "http://127.0.0.1:9/v1"
        await run(gateway, "add_provider", {"provider_id": "openai_compatible", "base_url": address})
        await run(gateway, "add_provider", {**BOX, "project": "shop", "api_key": "k"})
        assert gateway.provider_settings("openai_compatible", "shop")["base_url"] == address


async def test_an_engine_whose_name_a_server_of_the_file_has_is_still_started_here(tmp_path: Path) -> None:
    file = paths_below(tmp_path).config / "voicegw.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("providers: {whisper: {type: openai_compatible, base_url: 'http://127.0.0.1:9/v1'}}")
    async with profile(tmp_path) as gateway:
        with pytest.raises(BadRequest, match='"whisper" is a server of your own'):
            await run(gateway, "start_engine", {"name": "whisper"})
        with pytest.raises(VoiceGatewayError, match="whisper/nothing"):
            await run(gateway, "start_engine", {"name": "whisper/nothing"})


async def test_an_unknown_engine_is_told_those_that_there_are(tmp_path: Path) -> None:
    async with profile(tmp_path) as gateway:
        with pytest.raises(ModelResolutionError) as told:
            await run(gateway, "start_engine", {"name": "pipr/joe"})
        assert '"pipr" is no local engine' in told.value.message
        assert 'Did you mean "piper"' in told.value.message
        assert not {"cloud", "codec", "turn"} & set(told.value.message.replace(",", " ").replace(".", " ").split())


async def test_a_server_is_called_by_its_own_name_in_what_is_said_of_it(tmp_path: Path) -> None:
    async with FakeOpenAI(key="right") as fake, profile(tmp_path) as gateway:
        await run(gateway, "add_provider", {**BOX, "base_url": fake.base_url, "api_key": "a-wrong-key"})
        told = await run(gateway, "test_provider", {"provider_id": "box"})
    assert str(told["message"]).startswith("box refused the key")
    assert "Check providers.box.api_key" in str(told["message"])
