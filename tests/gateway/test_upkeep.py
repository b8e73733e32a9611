"""Keeping the database in order: on request at once, by itself while no request runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.config.retention import RetentionConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.gateway.upkeep import Upkeep
from voicegw_desktop.storage.retention import DAY
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = pytest.mark.unit


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
