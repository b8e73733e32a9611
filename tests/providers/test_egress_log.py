"""Egress entries survive a restart, also those of requests that a provider took and never answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import Cloud, cloud
from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run

pytestmark = pytest.mark.socket
MODEL = "openai/gpt-4o-mini"


async def ask(gateway: Gateway, project: str = "default") -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}
    reply = await gateway.corridor.chat(Caller(project, "openai"), MODEL, body)
    await reply.read()
    await reply.close()


async def left(gateway: Gateway, **arguments: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await run(gateway, "egress", arguments))["egress"]
    return entries


async def test_it_survives_a_restart(tmp_path: Path) -> None:
    async with cloud(tmp_path, "openai", more={"projects": {"another": {"name": "Another"}}}) as sky:
        async with sky.gateway as gateway:
            await ask(gateway)
            await ask(gateway, "another")
            before = await left(gateway)
        async with Gateway(tmp_path / "voicegw.yaml", paths=paths_below(tmp_path)) as again:
            assert await left(again) == before
            await ask(again)
            entries = await left(again)
            assert entries[1:] == before
            (one,) = await left(again, project="another")
            assert (one["target"], one["host"], one["zone"]) == (MODEL, f"127.0.0.1:{sky['openai'].port}", "cloud")
            assert one["sent_bytes"] > 60
            assert len(await left(again, since="1h", limit=2)) == 2
            assert await left(again, since="2999-01-01") == []
            with pytest.raises(BadRequest, match="7d"):
                await left(again, since="yesterday")


async def _refused(sky: Cloud) -> list[dict[str, Any]]:
    async with sky.gateway as gateway:
        gateway.corridor.context.patience = Patience(chat_stall_s=0.3)
        with pytest.raises(VoiceGatewayError):
            await ask(gateway)
        return await left(gateway)


async def test_what_was_taken_and_never_answered_has_left(tmp_path: Path) -> None:
    async with cloud(tmp_path, "openai") as sky:
        sky["openai"].fault("stall")
        assert [e["target"] for e in await _refused(sky)] == [MODEL]


async def test_what_reached_nobody_has_not_left(tmp_path: Path) -> None:
    async with cloud(tmp_path, "openai") as sky:
        # no server listens there any more
        await sky["openai"].__aexit__()
        assert await _refused(sky) == []


async def test_without_storage_it_is_remembered_while_the_program_runs(tmp_path: Path) -> None:
    async with cloud(tmp_path, "openai", more={"cost_tracking": {"enabled": False}}) as sky, sky.gateway as gateway:
        await ask(gateway)
        assert len(await left(gateway, since="1h")) == 1
        assert await left(gateway, project="another") == []


async def test_a_question_to_a_provider_has_left(tmp_path: Path) -> None:
    async with cloud(tmp_path, "openai", compatible=("rack",)) as sky, sky.gateway as gateway:
        for name, zone in (("openai", "cloud"), ("rack", "lan")):
            assert (await run(gateway, "test_provider", {"provider_id": name}))["ok"]
            entry = (await left(gateway))[0]
            assert (entry["target"], entry["zone"], entry["modality"]) == (name, zone, "ask")
            assert (entry["host"], entry["sent_bytes"]) == (f"127.0.0.1:{sky[name].port}", 0)
        gateway.router.set_offline(True)
        for operation in ("test_provider", "list_offers"):
            with pytest.raises(BadRequest, match="offline"):
                await run(gateway, operation, {"provider_id": "openai"})
        assert len(await left(gateway)) == 2
