"""Servers of one's own among the engines: from the moment they are added, on every surface, until they are removed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.wyoming_server import wyoming_server
from voicegw_desktop.core.paths import paths_below
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
            {"provider_id": "hall", "provider_type": "wyoming", "base_url": satellite.replace("wyoming:", "tcp:")},
        ):
            async with http.post("/v1/providers", json=body) as answer:
                assert answer.status == 200, await answer.text()
        assert await over_http(http) == await over_mcp(http) == {"box": "answers", "hall": "answers"}
        async with http.post("/v1/engines/stop", json={"name": "box", "confirm": True}) as answer:
            assert answer.status == 400
            assert "a server of your own" in await answer.text()
    assert await over_http(http) == await over_mcp(http) == {"box": "does not answer", "hall": "does not answer"}
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
