"""Servers of one's own that only one project has: watched and listed as the others, and never another project's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing.openai import FakeOpenAI

pytestmark = pytest.mark.socket

BOX = {"provider_id": "box", "provider_type": "openai_compatible"}
ASK = {"model": "box/gpt-4o-mini", "messages": [{"role": "user", "content": "Hi."}]}


async def engines(gateway: Gateway, only: str | None = None) -> dict[str, dict[str, Any]]:
    listed = await run(gateway, "list_engines", {}, only=only)
    found: Any = listed["engines"]
    return {engine["name"]: engine for engine in found if "/" not in engine["name"]}


async def own(gateway: Gateway, only: str | None = None) -> dict[str, dict[str, Any]]:
    listed = await run(gateway, "list_providers", {}, only=only)
    found: Any = listed["providers"]
    return {p["id"]: p for p in found if p["project"]}


async def test_a_server_of_one_project_is_watched_and_listed_also_after_a_restart(tmp_path: Path) -> None:
    async with FakeOpenAI(key="k") as fake:
        async with Gateway(paths=paths_below(tmp_path)) as gateway:
            await run(gateway, "create_project", {"project_id": "shop"})
            made: Any = await run(
                gateway, "add_provider", {**BOX, "project": "shop", "base_url": fake.base_url, "api_key": "k"}
            )
            assert (made["provider"]["id"], made["project"]) == ("box (shop)", "shop")
        async with Gateway(paths=paths_below(tmp_path)) as gateway:
            (box,) = (await engines(gateway)).values()
            assert (box["name"], box["project"], box["state"]) == ("box (shop)", "shop", "answers")
            assert (box["address"], "gpt-4o-mini" in box["info"]["models"]) == (fake.base_url, True)
            (listed,) = (await own(gateway)).values()
            assert (listed["name"], listed["project"], listed["base_url"]) == ("box", "shop", fake.base_url)
            for name in ("box (shop)", "box"):
                assert (await run(gateway, "test_provider", {"provider_id": name}))["ok"] is True
            with pytest.raises(BadRequest, match="a server of your own"):
                await run(gateway, "stop_engine", {"name": "box (shop)", "confirm": True})
            await run(gateway, "set_provider_key", {"provider_id": "box (shop)", "api_key": "worn out"})
            assert (await engines(gateway))["box (shop)"]["state"] == "does not answer"
            await run(gateway, "delete_provider", {"provider_id": "box (shop)", "confirm": True})
            assert not await engines(gateway)
            assert not gateway.provider_keys.stored("box", "shop")


async def test_servers_of_the_same_name_are_not_mixed(tmp_path: Path) -> None:
    async with FakeOpenAI(key="a") as first, FakeOpenAI(key="b") as second:
        file = paths_below(tmp_path).config / "voicegw.yaml"
        file.parent.mkdir(parents=True)
        sections = (
            f"{name}: {{providers: {{box: {{type: openai_compatible, base_url: '{url}', api_key: {key}}}}}}}"
            for name, url, key in (("shop", first.base_url, "a"), ("dental", second.base_url, "b"))
        )
        file.write_text(f"projects: {{{', '.join(sections)}}}")
        async with Gateway(paths=paths_below(tmp_path)) as gateway:
            found = await engines(gateway)
            assert {name: (e["address"], e["state"]) for name, e in found.items()} == {
                "box (shop)": (first.base_url, "answers"),
                "box (dental)": (second.base_url, "answers"),
            }
            # a key of one project sees the other's server in no list
            assert set(await engines(gateway, "shop")) == set(await own(gateway, "shop")) == {"box (shop)"}
            with pytest.raises(NotFound):
                await run(gateway, "get_provider", {"provider_id": "box (dental)"}, only="shop")
            with pytest.raises(NotFound, match="box"):
                await run(gateway, "test_provider", {"provider_id": "box"})
            assert "box (dental)" not in str(await run(gateway, "status", {}, only="shop"))


async def test_the_name_of_an_added_provider_is_given_once(tmp_path: Path) -> None:
    async with FakeOpenAI() as fake, Gateway(paths=paths_below(tmp_path)) as gateway:
        for project in ("shop", "dental"):
            await run(gateway, "create_project", {"project_id": project})
        await run(gateway, "add_provider", {**BOX, "project": "shop", "base_url": fake.base_url})
        for other in ({"project": "dental"}, {}):
            with pytest.raises(BadRequest, match="the project shop already; take another name"):
                await run(gateway, "add_provider", {**BOX, **other, "base_url": "http://127.0.0.1:9/v1"})
        assert (await engines(gateway))["box (shop)"]["address"] == fake.base_url
        await run(gateway, "add_provider", {**BOX, "project": "shop", "base_url": "http://127.0.0.1:9/v1"})
        assert (await engines(gateway))["box (shop)"]["address"] == "http://127.0.0.1:9/v1"


async def test_requests_of_the_project_reach_its_server_by_the_name_it_was_given(
    real: tuple[Server, aiohttp.ClientSession],
) -> None:
    server, http = real
    gateway: Any = server.gateway
    async with FakeOpenAI(key="k") as fake:
        await run(gateway, "create_project", {"project_id": "shop"})
        await run(gateway, "add_provider", {**BOX, "project": "shop", "base_url": fake.base_url, "api_key": "k"})
        key = (await gateway.keys.mint("shop", "till")).bearer
        async with http.post("/v1/chat/completions", json=ASK, headers={"Authorization": f"Bearer {key}"}) as answer:
            assert answer.status == 200, await answer.text()
        async with http.post("/v1/chat/completions", json=ASK) as answer:
            assert answer.status == 404
