"""Sessions of two projects that have one name, by the operations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import NotFound
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with Gateway(paths=paths_below(tmp_path), clock=ManualClock()) as made:
        yield made


async def test_a_session_is_told_by_its_project_or_the_newest_of_its_name(gateway: Gateway) -> None:
    assert gateway.storage is not None
    await run(gateway, "create_project", {"project_id": "shop"})
    now = gateway.clock.time()
    for project, at in (("default", now - 9), ("removed", now)):
        kept = record(session_id="room", project=project, timestamp=at)
        await gateway.storage.log([kept, TurnRecord(f"{project}-turn", "room", project, at)])
    for given, told, others in (
        ({}, "removed", ["default"]),
        ({"project": "default"}, "default", ["removed"]),
        ({"project": "removed"}, "removed", ["default"]),
    ):
        answer: Any = await run(gateway, "session", {"session_id": "room", **given})
        assert (answer["project"], answer["other_projects"]) == (told, others)
        assert [row["project"] for row in answer["requests"]] == [told]
        assert [turn["id"] for turn in answer["turns"]] == [f"{told}-turn"]
        assert answer["figures"]["turns"] == 1
    for given, said in (
        ({"session_id": "hall"}, r'There is no session "hall"\.'),
        ({"session_id": "room", "project": "shop"}, r'There is no session "room" in the project "shop"\.'),
        ({"session_id": "room", "project": "defualt"}, r'There is no project "defualt"\. Did you mean "default"'),
    ):
        with pytest.raises(NotFound, match=said):
            await run(gateway, "session", given)


async def test_pages_of_sessions_hold_those_of_one_name_once(gateway: Gateway) -> None:
    assert gateway.storage is not None
    now = gateway.clock.time()
    await gateway.storage.log_requests(
        [record(session_id="room", project=project, timestamp=now) for project in ("default", "a/b", "c")]
    )
    seen: list[str] = []
    answer: Any = await run(gateway, "sessions", {"limit": 1})
    while answer["sessions"]:
        seen += [row["project"] for row in answer["sessions"]]
        answer = await run(gateway, "sessions", {"limit": 1, "before": answer["next"]})
    assert sorted(seen) == ["a/b", "c", "default"]
