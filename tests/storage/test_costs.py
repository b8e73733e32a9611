"""Costs of a span by any property: from the sums of days and from the requests alike; pages that leave nothing out."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.storage import costs
from voicegw_desktop.storage.days import Span, day_bounds, span_of
from voicegw_desktop.storage.queries import cursor
from voicegw_desktop.storage.retention import Limits
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit

DAY = 86_400


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "x.db", ManualClock(NOON))
    yield storage
    await storage.aclose()


async def test_days_and_requests_give_one_answer(storage: SQLiteStorage) -> None:
    await storage.log_requests(
        [
            record(
                timestamp=NOON - n * 7001,
                cost_nanos=None if n % 7 == 0 else n * n,
                pricing_source="estimate 2026-01-01" if n % 5 == 1 else "catalogue 2026-01-01",
                project=f"p{n % 3}",
                model_id=f"openai/m{n % 2}",
                status=("success", "error", "cancelled")[n % 3],
            )
            for n in range(200)
        ]
    )
    by = ("day", "project", "model")
    sums = await storage.get_cost_summary(Span("x"), by=by)
    # a limit within a day, beyond every request, makes it add up the requests
    scanned = await storage.get_cost_summary(Span("x", 1.5), by=by)
    assert sums["rows"] == scanned["rows"]
    assert {k: v for k, v in sums.items() if k != "from"} == {k: v for k, v in scanned.items() if k != "from"}
    assert (sums["unpriced"], sums["estimated"], sums["requests"], sums["errors"]) == (29, 40, 200, 67)
    assert {name: told["errors"] for name, told in sums["by_project"].items()} == {"p0": 0, "p1": 67, "p2": 0}
    assert sum(row["cost_nanos"] or 0 for row in sums["rows"]) == sums["total_nanos"]
    assert sums["rows"][-1]["day"] == f"{datetime.fromtimestamp(NOON):%Y-%m-%d}"


async def test_by_key_and_session(storage: SQLiteStorage) -> None:
    await storage.log_requests(
        [record(key_id="k1", session_id="s1"), record(key_id="k1"), record(key_id=None, cost_nanos=None)]
    )
    rows = (await storage.get_cost_summary("today", by=("key", "session")))["rows"]
    assert [(r["key"], r["session"], r["cost_nanos"], r["unpriced"]) for r in rows] == [
        (None, None, None, 1),
        ("k1", None, 1000, 0),
        ("k1", "s1", 1000, 0),
    ]


async def test_a_range_within_a_day_counts_its_requests_only(storage: SQLiteStorage) -> None:
    await storage.log_requests([record(timestamp=NOON + n, cost_nanos=10**n) for n in range(4)])
    span = Span("range", NOON + 1, NOON + 3)
    found = await storage.get_cost_summary(span)
    assert (found["total_nanos"], found["from"], found["to"]) == (110, NOON + 1, NOON + 3)
    stats = await storage.get_latency_stats(span)
    assert stats["by_modality"]["llm"]["count"] == 2
    whole = await storage.get_latency_stats("today")
    assert whole["by_modality"]["llm"]["ttfb_ms"] == stats["by_modality"]["llm"]["ttfb_ms"]


@pytest.mark.parametrize("by", [("colour",), ("day", "day"), ("day; DROP TABLE requests",)])
async def test_unknown_properties_are_refused(storage: SQLiteStorage, by: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest, match="provider, model, project, modality, day, month, key, session"):
        await storage.get_cost_summary("today", by=by)


async def test_too_many_rows_are_refused_not_cut(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "MOST_ROWS", 2)
    await storage.log_requests([record(session_id=f"s{n}") for n in range(3)])
    with pytest.raises(BadRequest, match="shorter time"):
        await storage.get_cost_summary("all", by=("session",))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_pages_hold_every_request_once_also_those_of_one_moment(storage: SQLiteStorage, size: int) -> None:
    await storage.log_requests([record(id=f"r-{n:02}", timestamp=NOON + n // 4, session_id=f"s{n}") for n in range(20)])
    seen: list[str] = []
    before = None
    while rows := await storage.get_recent_requests(size, before=before):
        seen += [row["id"] for row in rows]
        before = cursor(rows[-1])
    assert seen == [f"r-{n:02}" for n in reversed(range(20))]
    sessions: list[str] = []
    before = None
    while rows := await storage.list_sessions(size, before=before):
        sessions += [row["id"] for row in rows]
        before = cursor(rows[-1], "started_at")
    assert sorted(sessions) == sorted(f"s{n}" for n in range(20))


@pytest.mark.parametrize("size", [1, 3, 7])
async def test_pages_hold_every_change_and_all_that_left_once(storage: SQLiteStorage, size: int) -> None:
    left = [EgressRecorded(NOON + n // 4, "r", "t", "h", "cloud", f"p{n % 2}", "llm", id=f"e{n:02}") for n in range(20)]
    await storage.log(left)
    clock = storage.clock
    assert isinstance(clock, ManualClock)
    for n in range(12):
        clock.advance(n % 3)
        await storage.log_audit_event("key", f"k{n:02}", "create", {"project": f"p{n % 2}"})
    for project in (None, "p1"):
        seen: list[object] = []
        before = None
        while rows := await storage.get_egress(size, project, before=before):
            seen += [row["id"] for row in rows]
            before = cursor(rows[-1], "at")
        assert seen == [e.id for e in reversed(left) if project in (None, e.project)]
        changes: list[object] = []
        before = None
        while rows := await storage.get_audit_log(size, project=project, before=before):
            changes += [row["entity_id"] for row in rows]
            before = cursor(rows[-1])
        assert changes == [f"k{n:02}" for n in reversed(range(12)) if project in (None, f"p{n % 2}")]
    some = await storage.get_egress(span=Span("x", NOON + 1, NOON + 2))
    assert [e["id"] for e in some] == ["e07", "e06", "e05", "e04"]


async def test_a_wrong_cursor_is_refused(storage: SQLiteStorage) -> None:
    for before in ("first", "nan", "inf/r1", "\u202e1"):
        with pytest.raises(BadRequest, match="next") as refused:
            await storage.get_recent_requests(before=before)
        assert str(refused.value).isprintable()


async def test_requests_of_a_key_a_model_and_a_month(storage: SQLiteStorage) -> None:
    await storage.log_requests(
        [record(id="a", key_id="k"), record(id="b"), record(id="c", key_id="k", timestamp=NOON - 40 * DAY)]
    )
    month = span_of("this-month", NOON)
    assert [r["id"] for r in await storage.get_recent_requests(key_id="k", span=month)] == ["a"]
    assert await storage.get_recent_requests(model_id="x/y") == []


async def test_a_session_of_unknown_price_has_no_cost(storage: SQLiteStorage) -> None:
    await storage.log_requests([record(session_id="s", cost_nanos=None), record(session_id="t", cost_nanos=0)])
    found = {s["id"]: (s["cost_nanos"], s["total_cost_usd"]) for s in await storage.list_sessions()}
    assert found == {"s": (None, None), "t": (0, 0.0)}


async def test_by_key_whole_days_need_no_requests(storage: SQLiteStorage) -> None:
    await storage.log_requests(
        [
            record(
                timestamp=NOON - n * 40_000,
                key_id=f"k{n % 3}" if n % 4 else None,
                project=f"p{n % 2}",
                cost_nanos=None if n % 5 == 0 else n,
                pricing_source="estimate x" if n % 6 == 1 else "catalogue",
                status="error" if n % 7 == 0 else "success",
            )
            for n in range(120)
        ]
    )
    failed = {row["key"]: row["errors"] for row in (await storage.get_cost_summary(Span("x"), by=("key",)))["rows"]}
    keys = [f"k{n % 3}" if n % 4 else None for n in range(0, 120, 7)]
    assert failed == {key: keys.count(key) for key in (None, "k0", "k1", "k2")}
    for by in (("key",), ("key", "month"), ("day", "key"), ("project", "key", "day"), ("month",), ("month", "model")):
        for project in (None, "p1"):
            sums = await storage.get_cost_summary(Span("x"), project, by)
            scanned = await storage.get_cost_summary(Span("x", 1.5), project, by)
            assert sums["rows"] == scanned["rows"], by
    # the sums stay when requests were removed for their age
    before = (await storage.get_cost_summary(Span("x"), by=("key",)))["rows"]
    await storage.run(lambda db: db.execute("DELETE FROM requests").rowcount)
    assert (await storage.get_cost_summary(Span("x"), by=("key",)))["rows"] == before


async def test_a_database_that_did_not_count_the_failures_of_keys_learns_them_from_its_requests(tmp_path: Path) -> None:
    path = tmp_path / "y.db"
    earlier = SQLiteStorage(path, ManualClock(NOON))
    await earlier.log_requests(
        [
            record(timestamp=NOON - n * DAY, key_id="k" if n < 30 else "old", status="success" if n % 3 else "error")
            for n in range(40)
        ]
    )
    # half of the requests of one day are gone, as those of all days before it
    await earlier.log_requests([record(timestamp=NOON - 32 * DAY + 60, key_id="old", status="error")])
    while await earlier.forget(Limits(requests=32 * DAY - 30), NOON):
        pass
    await earlier.aclose()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("ALTER TABLE daily_keys DROP COLUMN errors")
        db.execute("PRAGMA user_version = 15")
    storage = SQLiteStorage(path, ManualClock(NOON))
    await storage.log_requests([record(key_id="k", status="error"), record(key_id="old", timestamp=NOON - 39 * DAY)])

    async def failed(span: Span) -> dict[str, int | None]:
        rows: Any = (await storage.get_cost_summary(span, by=("key",)))["rows"]
        return {row["key"]: row["errors"] for row in rows}

    assert await failed(Span("x")) == {"k": 11, "old": None}
    assert await failed(Span("x", day_bounds(NOON - 31 * DAY)[1])) == {"k": 11, "old": 1}
    assert (await storage.audit_books(everything=True))["differences"] == []
    await storage.run(lambda db: db.execute("UPDATE daily_keys SET errors = 7 WHERE key_id = 'k'").rowcount)
    told: Any = (await storage.audit_books(everything=True))["differences"]
    assert {one["key"] for one in told} == {"k"}
    await storage.aclose()


async def test_what_a_turn_and_a_minute_of_conversation_cost(storage: SQLiteStorage) -> None:
    await storage.log_requests(
        [record(session_id="s", timestamp=NOON, total_latency_ms=60_000, cost_nanos=600),
         record(session_id="s", timestamp=NOON + 60, total_latency_ms=30_000, cost_nanos=300),
         record(session_id="no turns", timestamp=NOON, cost_nanos=10**9)]
    )  # fmt: skip
    await storage.log([TurnRecord(f"t{n}", "s", "default", NOON + n) for n in range(3)])
    found = await storage.get_conversation_costs(Span("x", NOON - 1, NOON + 1))
    assert found == {
        "conversations": 1, "turns": 3, "minutes": 1.5, "unpriced": 0, "estimated": 0, "cost": 9e-07, "cost_nanos": 900,
        "per_turn": 3e-07, "per_turn_nanos": 300, "per_minute": 6e-07, "per_minute_nanos": 600,
    }  # fmt: skip
    nothing = await storage.get_conversation_costs(Span("x", NOON + 1))
    assert (nothing["conversations"], nothing["cost"], nothing["per_turn"]) == (0, None, None)
    # of unknown price is not the same as free
    await storage.log_request(record(session_id="u", timestamp=NOON + 100, cost_nanos=None))
    await storage.log([TurnRecord("u1", "u", "default", NOON + 100)])
    unknown = await storage.get_conversation_costs(Span("x", NOON + 99))
    assert (unknown["conversations"], unknown["cost_nanos"], unknown["per_turn"]) == (1, None, None)
