"""Details are removed by age and by size, their sums stay; removed rows neither return nor count twice."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.storage import retention
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.journal import Journal, Record
from voicegw_desktop.storage.retention import DAY, Limits
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.turns import TurnRecord
from voicegw_desktop.storage.writer import Writer

pytestmark = pytest.mark.unit
DAYS = 40


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    """Forty days: five requests a day of a session, a turn with its text, and an egress entry."""
    storage = SQLiteStorage(tmp_path / "voicegw.db")
    await fill(storage)
    yield storage
    await storage.aclose()


async def fill(storage: SQLiteStorage) -> None:
    records: list[Record] = []
    for day in range(DAYS):
        at = NOON + day * DAY
        records += [record(id=f"{day}-{n}", timestamp=at + n, session_id=f"s{day}") for n in range(5)]
        records.append(TurnRecord(f"t{day}", f"s{day}", "default", at, sealed="sealed"))
        records.append(
            EgressRecorded(at=at, request=f"{day}-0", target="openai/gpt", host="api.openai.com", zone="cloud",
                           project="default", modality="llm", sent_bytes=1, id=f"e{day}")
        )  # fmt: skip
    await storage.log(records)


async def all_steps(storage: SQLiteStorage, limits: Limits, now: float) -> dict[str, int]:
    removed: dict[str, int] = {}
    while step := await storage.forget(limits, now):
        for kind, rows in step.items():
            removed[kind] = removed.get(kind, 0) + rows
    return removed


async def count(storage: SQLiteStorage, table: str) -> int:
    return await storage.run(lambda db: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]))


NOW = NOON + DAYS * DAY


async def test_each_kind_goes_by_its_own_age_and_sums_stay(storage: SQLiteStorage) -> None:
    before: dict[str, Any] = await storage.get_cost_summary("all", by=["day"])
    limits = Limits(requests=10 * DAY, turns=20 * DAY, transcripts=5 * DAY, egress=30 * DAY)
    removed = await all_steps(storage, limits, NOW)
    # counted from the newest of each, which is a day old
    assert removed == {"requests": 29 * 5 + 4, "turns": 19, "transcripts": 15, "egress": 9, "sessions": 19}
    assert await storage.get_cost_summary("all", by=["day"]) == before
    assert (await storage.audit_books(everything=True))["differences"] == []
    ages = await storage.ages()
    assert ages["requests"][0] == ages["requests"][1] == NOON + 29 * DAY + 4
    assert await all_steps(storage, limits, NOW) == {}
    # a session whose turns are left is left
    assert len(await storage.list_sessions(100)) == DAYS - 19


async def test_a_text_goes_with_its_turn(storage: SQLiteStorage) -> None:
    await all_steps(storage, Limits(turns=10 * DAY), NOW)
    assert await count(storage, "turns") == await count(storage, "transcripts") == 11


async def test_without_limits_nothing_goes(storage: SQLiteStorage) -> None:
    assert await all_steps(storage, Limits(), NOW + 10_000 * DAY) == {}
    assert await storage.to_forget(Limits(requests=10 * DAY), NOW) == {"requests": 29 * 5 + 4}


async def test_after_years_without_use_the_last_days_are_there(storage: SQLiteStorage) -> None:
    await all_steps(storage, Limits(requests=10 * DAY), NOW + 3000 * DAY)
    assert await count(storage, "requests") == 51


async def test_a_database_that_is_too_large_loses_its_oldest_requests_but_none_of_the_last_week(
    storage: SQLiteStorage,
) -> None:
    await all_steps(storage, Limits(size=1), NOW)
    assert (await storage.ages())["requests"][0] == NOW - 7 * DAY
    assert await count(storage, "turns") == 7
    assert (await storage.get_cost_summary("all"))["requests"] == DAYS * 5


async def test_steps_are_small_and_whole(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 7)
    limits = Limits(requests=10 * DAY)
    for _ in range(3):
        assert await storage.forget(limits, NOW) == {"requests": 7}
        oldest, gone = (await storage.ages())["requests"]
        assert (oldest or 0.0) >= (gone or math.inf)
        # the day that is gone in part is not compared with its sum
        assert (await storage.audit_books(everything=True))["differences"] == []


async def test_a_journal_line_of_a_removed_request_does_not_count_again(storage: SQLiteStorage) -> None:
    killed = Journal(storage.path)
    for day in (0, DAYS - 1):
        killed.append(record(id=f"{day}-0", timestamp=NOON + day * DAY, session_id=f"s{day}"))
    killed.append(record(id="new", timestamp=NOW))
    await all_steps(storage, Limits(requests=10 * DAY), NOW)
    killed.close()
    writer = Writer(storage)
    await writer.start()
    await writer.aclose()
    assert (await storage.get_cost_summary("all"))["requests"] == DAYS * 5 + 1
    assert await count(storage, "requests") == 52


async def test_unused_space_goes_back_to_the_disk(storage: SQLiteStorage) -> None:
    await storage.log_requests([record(timestamp=NOON - DAY, metadata={"x": "y" * 2000}) for _ in range(3000)])
    full = await storage.space()
    await all_steps(storage, Limits(requests=30 * DAY), NOW)
    assert (await storage.space()).free > full.size / 2
    while await storage.shrink():
        pass
    left = await storage.space()
    assert (left.free, left.size < full.size / 2) == (0, True)


async def test_a_file_of_an_earlier_version_is_written_anew_when_that_is_worth_it(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def earlier(db: Any) -> None:
        db.execute("PRAGMA auto_vacuum = NONE")
        db.execute("VACUUM")

    await storage.run(earlier)
    await all_steps(storage, Limits(requests=10 * DAY), NOW)
    monkeypatch.setattr(retention, "FREE_BYTES", 0)
    monkeypatch.setattr(retention, "FREE_PART", 0.01)
    assert not await storage.shrink()
    assert (await storage.space()).free == 0
    assert await storage.run(lambda db: db.execute("PRAGMA auto_vacuum").fetchone()[0]) == 2


async def test_a_part_of_a_day_that_is_gone_is_not_summed_as_nothing(storage: SQLiteStorage) -> None:
    await all_steps(storage, Limits(requests=10 * DAY), NOW)
    span = Span("range", NOON, NOON + 3600)
    summary: dict[str, Any] = await storage.get_cost_summary(span)
    assert summary["details_since"] == NOON + 29 * DAY + 4
    whole: dict[str, Any] = await storage.get_cost_summary("all")
    assert whole["details_since"] is None
