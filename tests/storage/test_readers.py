"""Reports on connections of their own: none delays another one, a write, or the loop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.core.errors import DatabaseUnavailable
from voicegw_desktop.storage import queries
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.queries import within
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = pytest.mark.unit


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    made = SQLiteStorage(tmp_path / "v.db")
    await made.log_request(record(id="first"))
    yield made
    await made.aclose()


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM requests").fetchone()[0])


async def test_a_long_report_holds_up_neither_another_one_nor_what_is_written(storage: SQLiteStorage) -> None:
    under_way, enough = threading.Event(), threading.Event()

    def long(db: sqlite3.Connection) -> tuple[int, int]:
        db.execute("BEGIN")
        before = count(db)
        under_way.set()
        enough.wait(20)
        after = count(db)
        db.execute("ROLLBACK")
        return before, after

    reading = asyncio.ensure_future(storage._read(long))
    async with asyncio.timeout(60):
        await asyncio.to_thread(under_way.wait, 10)
        # what is written, another report, and the sums that budgets ask for
        await storage.log_request(record(id="second"))
        assert len(await storage.get_recent_requests()) == 2
        await storage.totals_now({"day": 20250615, "week": 20250609, "month": 20250601})
        assert not reading.done()
        enough.set()
        # one view of the database from beginning to end
        assert await reading == (1, 1)


async def test_many_reports_at_once_all_answer(storage: SQLiteStorage) -> None:
    asked = [storage.get_recent_requests() for _ in range(40)]
    assert {len(rows) for rows in await asyncio.gather(*asked)} == {1}


async def test_a_report_cannot_write(storage: SQLiteStorage) -> None:
    with pytest.raises(DatabaseUnavailable):
        await storage._read(lambda db: db.execute("DELETE FROM requests"))
    assert len(await storage.get_recent_requests()) == 1


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"status": "error"}, "requests_by_failure"),
        ({"modality": "tts"}, "requests_by_modality"),
        ({"model_id": "piper/joe"}, "requests_by_model"),
    ],
)
async def test_rare_requests_are_found_by_an_index(storage: SQLiteStorage, filters: dict[str, str], index: str) -> None:
    where, values = within(Span("all"), filters)
    sql = f"EXPLAIN QUERY PLAN SELECT * FROM requests WHERE {where} ORDER BY timestamp DESC, id DESC LIMIT 50"
    plan = await storage._read(lambda db: [str(row[3]) for row in db.execute(sql, values)])
    assert any(index in step for step in plan), plan


async def test_the_sessions_of_a_project_are_found_by_an_index(storage: SQLiteStorage) -> None:
    asked: list[str] = []

    def explained(db: sqlite3.Connection) -> list[str]:
        db.set_trace_callback(asked.append)
        queries.sessions(db, 50, "shop", Span("all"), None)
        db.set_trace_callback(None)
        return [str(row[3]) for sql in asked for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]

    plan = await storage._read(explained)
    assert any("sessions_by_project" in step for step in plan), plan


async def test_closing_breaks_a_report_off(storage: SQLiteStorage) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    begun = threading.Event()

    def work(db: sqlite3.Connection) -> object:
        db.set_progress_handler(begun.set, 1000)  # type: ignore[arg-type]
        return db.execute(endless).fetchone()

    reading = asyncio.ensure_future(storage._read(work))
    async with asyncio.timeout(60):
        await asyncio.to_thread(begun.wait, 10)
        await storage.aclose()
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            await reading
    assert len(await storage.get_recent_requests()) == 1
