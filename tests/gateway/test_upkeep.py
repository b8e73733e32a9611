"""Keeping the database in order: on request at once, by itself while no request runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.config.retention import RetentionConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.upkeep import Upkeep
from voicegw_desktop.storage.retention import DAY
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = pytest.mark.unit


async def test_a_gateway_keeps_to_it_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicegw_desktop.gateway.upkeep.FIRST", 0)
    paths = paths_below(tmp_path)
    paths.config.mkdir(parents=True, exist_ok=True)
    before = SQLiteStorage(paths.database)
    await before.log_requests([record(id="old", timestamp=NOON - 20 * DAY), record(id="new")])
    await before.aclose()
    (paths.config / "voicegw.yaml").write_text("retention: {requests_days: 10}")
    done, round_ = asyncio.Event(), Upkeep.round

    async def watched(self: Upkeep, pause: float = 0.0) -> dict[str, int]:
        removed = await round_(self, pause)
        done.set()
        return removed

    monkeypatch.setattr(Upkeep, "round", watched)
    async with Gateway(paths=paths, clock=ManualClock(NOON)) as gateway, asyncio.timeout(60):
        await done.wait()
        assert gateway.parts.records is not None
        assert [row["id"] for row in await gateway.parts.records.storage.get_recent_requests()] == ["new"]


async def test_a_round_on_request_does_not_wait_for_one_that_waits_for_requests_to_end(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    storage = SQLiteStorage(tmp_path / "v.db", clock)
    await storage.log_requests([record(timestamp=NOON - 20 * DAY), record()])
    looked = asyncio.Event()

    def busy() -> bool:
        looked.set()
        return True

    upkeep = Upkeep(storage, clock, lambda: RetentionConfig(requests_days=10), busy)
    by_itself = asyncio.create_task(upkeep.round(1e-6))
    try:
        async with asyncio.timeout(60):
            await looked.wait()
            assert await upkeep.due() == {"requests": 1}
            assert await upkeep.round() == {"requests": 1}
            assert await upkeep.due() == {}
    finally:
        by_itself.cancel()
        await asyncio.gather(by_itself, return_exceptions=True)
        await storage.aclose()
