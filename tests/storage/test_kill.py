"""Twenty kills under load: every acknowledged record is there once, and the database is whole."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

pytestmark = pytest.mark.fault

KILLS = 20
CHILD = Path(__file__).with_name("load_child.py")


async def _summary_after_restart(database: Path) -> dict[str, Any]:
    storage = SQLiteStorage(database)
    writer = Writer(storage)
    await writer.start()
    await writer.aclose()
    summary = await storage.get_cost_summary("all")
    await storage.aclose()
    return summary


def test_no_acknowledged_record_is_lost(tmp_path: Path) -> None:
    database = tmp_path / "voicegw.db"
    chance = random.Random(20)
    acknowledged: list[str] = []
    for kill in range(KILLS):
        with subprocess.Popen(
            [sys.executable, str(CHILD), str(database), f"run{kill}"], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            for _ in range(chance.randrange(1, 3000)):
                acknowledged.append(child.stdout.readline().decode().strip())
            child.kill()
            acknowledged += [line.decode().strip() for line in child.stdout if line.endswith(b"\n")]
    summary = asyncio.run(_summary_after_restart(database))
    with closing(sqlite3.connect(database)) as db:
        stored = {row[0] for row in db.execute("SELECT id FROM requests")}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (in_sessions,) = db.execute("SELECT sum(request_count) FROM sessions").fetchone()
    assert len(acknowledged) > KILLS
    assert set(acknowledged) <= stored
    # a record may be stored although the kill came before its acknowledgement, but only the last of each run
    assert len(stored) - len(set(acknowledged)) <= KILLS
    assert summary["requests"] == in_sessions == len(stored)
    assert summary["total_nanos"] == 1_000 * len(stored)
    assert list(tmp_path.glob("*.pending-*")) == []
