"""Sums and histograms of any range are those of a scan of every request, however they are kept."""

from __future__ import annotations

import math
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import record
from voicegw_desktop.storage import narrowing, percentiles, queries
from voicegw_desktop.storage.days import Span, day_bounds
from voicegw_desktop.storage.histograms import METRICS, of_counts, pack, quantiles, total, unpack
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.retention import DAY, Limits
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = pytest.mark.unit

START = 1_704_110_400.0  # 1 January 2024, noon UTC
DAYS = 420


def some_records(count: int, chance: random.Random) -> list[RequestRecord]:
    found = []
    for n in range(count):
        modality, provider = chance.choice([("llm", "openai"), ("stt", "deepgram"), ("tts", "cartesia")])
        found.append(
            record(
                id=f"r{n}",
                timestamp=START + chance.random() * DAYS * DAY,
                modality=modality,
                provider=provider,
                model_id=f"{provider}/{chance.choice('ab')}",
                project=chance.choice(["one", "two"]),
                cost_nanos=chance.choice([None, 5, 1_000_003]),
                ttfb_ms=chance.lognormvariate(5, 1),
                status=chance.choice(["success"] * 8 + ["error"]),
                input_units=float(chance.randrange(100)),
                key_id=chance.choice([None, "k1", "k2"]),
            )
        )
    return found


RECORDS = some_records(2400, random.Random(3))
NOW = START + DAYS * DAY


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "voicegw.db")
    yield storage
    await storage.aclose()


def midnight(day: float) -> float:
    return day_bounds(START + day * DAY)[1]


def spans(chance: random.Random, count: int) -> Iterable[Span]:
    yield Span("all")
    for _ in range(count):
        first, last = sorted(chance.sample(range(DAYS + 1), 2))
        start, end = midnight(first), midnight(last)
        if chance.random() < 0.4:
            start, end = start + chance.random() * 40_000, end + chance.random() * 40_000
        yield chance.choice([Span("range", start, end)] * 4 + [Span("range", start), Span("range", None, end)])


def within(span: Span, project: str | None) -> list[RequestRecord]:
    return [
        r
        for r in RECORDS
        if (span.start is None or r.timestamp >= span.start)
        and (span.end is None or r.timestamp < span.end)
        and project in (None, r.project)
    ]


async def check(storage: SQLiteStorage, span: Span, project: str | None) -> None:
    scanned = within(span, project)
    costs: dict[str, Any] = await storage.get_cost_summary(span, project)
    assert costs["requests"] == len(scanned)
    assert (costs["total_nanos"] or 0) == sum(r.cost_nanos or 0 for r in scanned)
    assert costs["unpriced"] == sum(r.cost_nanos is None for r in scanned)
    failures = [r for r in scanned if r.status == "error"]
    assert costs["errors"] == len(failures)
    assert costs["by_model"].keys() == {r.model_id for r in scanned}
    for name in ("provider", "modality", "project"):
        counted = Counter(getattr(r, name) for r in scanned)
        assert {value: told["requests"] for value, told in costs[f"by_{name}"].items()} == counted
    for by, length in (("day", 10), ("month", 7)):
        rows: Any = (await storage.get_cost_summary(span, project, by=(by, "modality")))["rows"]
        days = Counter((f"{datetime.fromtimestamp(r.timestamp)}"[:length], r.modality) for r in scanned)
        assert {(row[by], row["modality"]): row["requests"] for row in rows} == days
    for by, name in ((("key",), "key_id"), (("key", "project"), "project"), (("project",), "project")):
        rows = (await storage.get_cost_summary(span, project, by=by))["rows"]
        counted, failed = (Counter(getattr(r, name) for r in some) for some in (scanned, failures))
        for value in counted:
            mine = [row for row in rows if row[by[-1]] == value]
            assert sum(row["requests"] for row in mine) == counted[value]
            assert sum(row["errors"] for row in mine) == failed[value]
    usage = {row.model: row for row in await storage.get_usage(span, project)}
    latency: dict[str, Any] = await storage.get_latency_stats(span, project)
    for model in costs["by_model"]:
        mine = [r for r in scanned if r.model_id == model]
        assert costs["by_model"][model]["requests"] == len(mine) == usage[model].requests
        assert usage[model].input_units == sum(r.input_units for r in mine)
        good = sorted(r.ttfb_ms or 0.0 for r in mine if r.status == "success")
        if not good:
            assert model not in latency["by_model"]
            continue
        told = latency["by_model"][model]
        assert told["count"] == len(good)
        for p in (50, 95, 99):
            true = good[max(1, math.ceil(len(good) * p / 100)) - 1]
            assert told["ttfb_ms"][f"p{p}"] == pytest.approx(true, rel=0.02)


async def rolled(storage: SQLiteStorage, steps: int) -> None:
    for _ in range(steps):
        if not await storage.roll(NOW):
            break


@pytest.mark.parametrize("days", [0, 200, 2 * DAYS])
async def test_any_range_is_what_a_scan_finds(storage: SQLiteStorage, days: int) -> None:
    chance = random.Random(days)
    # some come late, when their day has been added up already
    await storage.log_requests(RECORDS[:2000])
    await rolled(storage, days)
    await storage.log_requests(RECORDS[2000:])
    for span in spans(chance, 20):
        await check(storage, span, chance.choice([None, "one"]))


async def test_sums_of_all_projects_are_made_for_a_database_that_has_none(
    storage: SQLiteStorage, tmp_path: Path
) -> None:
    await storage.log_requests(RECORDS)
    await rolled(storage, 200)
    await storage.aclose()
    path = tmp_path / "voicegw.db"
    with closing(sqlite3.connect(path)) as db, db:
        kept = db.execute("SELECT * FROM period_costs WHERE project = '' ORDER BY 1, 2, 3, 4, 5").fetchall()
        db.execute("DELETE FROM period_costs WHERE project = ''")
        db.execute("ALTER TABLE daily_keys DROP COLUMN errors")
        db.execute("PRAGMA user_version = 14")
    opened = SQLiteStorage(path)
    found = await opened.run(
        lambda db: db.execute("SELECT * FROM period_costs WHERE project = '' ORDER BY 1, 2, 3, 4, 5").fetchall()
    )
    assert kept
    assert found == kept
    await opened.aclose()


@pytest.mark.parametrize("days", [0, 2 * DAYS])
async def test_the_last_of_any_filters_are_what_a_scan_finds(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    monkeypatch.setattr(narrowing, "FEW", 30)
    chance = random.Random(days)
    await storage.log_requests(RECORDS[:2000])
    await rolled(storage, days)
    await storage.log_requests(RECORDS[2000:])
    values = {"project": ["one", "two", "three"], "modality": ["llm", "stt", "tts"], "provider": ["openai", "deepgram"],
              "model_id": ["openai/a", "deepgram/b"], "status": ["success", "error", "cancelled"]}  # fmt: skip
    for _ in range(60):
        filters = {name: chance.choice(values[name]) for name in chance.sample(list(values), chance.randrange(1, 4))}
        span = chance.choice(list(spans(chance, 1)))
        scanned = [r for r in within(span, None) if all(getattr(r, name) == value for name, value in filters.items())]
        scanned.sort(key=lambda r: -r.timestamp)
        found = await storage.get_recent_requests(20, **filters, span=span)
        assert [row["id"] for row in found] == [r.id for r in scanned[:20]], filters
        if len(found) == 20:
            more = await storage.get_recent_requests(20, **filters, span=span, before=queries.cursor(found[-1]))
            assert [row["id"] for row in more] == [r.id for r in scanned[20:40]], filters


def transcriptions_of_openai(db: sqlite3.Connection) -> tuple[list[object], int]:
    return counted(db, {"modality": "stt", "provider": "openai"})


def counted(db: sqlite3.Connection, filters: dict[str, object]) -> tuple[list[object], int]:
    """Ids of the last 100 that fit, and how many hundreds of steps SQLite took to find them."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    db.set_progress_handler(count, 100)
    try:
        rows = queries.recent_requests(db, 100, filters, Span("all"), None)
    finally:
        db.set_progress_handler(None, 0)
    return [row["id"] for row in rows], steps


async def test_properties_that_seldom_met_are_found_without_reading_what_lies_between(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "FEW", 30)
    rare = [record(id=f"rare{n}", timestamp=START + n * 30 * DAY, modality="stt", provider="openai") for n in range(3)]
    often = [
        record(id=f"{provider}{n}", timestamp=START + 300 * DAY + n * 60, modality=modality, provider=provider)
        for n in range(2000)
        for modality, provider in (("stt", "deepgram"), ("llm", "openai"))
    ]
    await storage.log_requests([*often, *rare])
    await rolled(storage, 2 * DAYS)
    found, steps = await storage.run(transcriptions_of_openai)
    assert found == ["rare2", "rare1", "rare0"]
    # of SQLite's steps some ten fall on a row
    assert steps < 40


async def test_what_one_model_did_is_found_by_its_index(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "FEW", 30)
    often = [
        record(id=f"{project}{n}", timestamp=START + n * 60, modality=modality, project=project, model_id=model)
        for n in range(2000)
        for project, modality, model in (("one", "stt", "deepgram/a"), ("two", "llm", "openai/a"))
    ]
    rare = [
        record(id=f"rare{n}", timestamp=START + n * 600, modality="stt", project="two", model_id="deepgram/b")
        for n in range(150)
    ]
    await storage.log_requests([*often, *rare])
    await rolled(storage, 2 * DAYS)
    found, steps = await storage.run(lambda db: counted(db, {"modality": "stt", "project": "two"}))
    assert found == [f"rare{n}" for n in range(149, 49, -1)]
    _, of_the_model = await storage.run(lambda db: counted(db, {"model_id": "deepgram/b"}))
    # some ten steps fall on a row; three filters are compared by how many rows they have
    assert steps < of_the_model + 60


async def test_filters_that_nothing_fits_read_no_request(storage: SQLiteStorage) -> None:
    await storage.log_requests(RECORDS)
    await rolled(storage, 2 * DAYS)
    found, steps = await storage.run(transcriptions_of_openai)
    assert found == []
    # of SQLite's steps some ten fall on a row
    assert steps < len(RECORDS) / 100


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"key_id": "K", "project": "shop"}, 3), ({"key_id": "K", "provider": "openai"}, 3),
        ({"key_id": "K", "project": "shop", "provider": "openai"}, 3),
        ({"key_id": "K", "project": "lab"}, 0), ({"key_id": "K", "provider": "deepgram"}, 0),
        ({"key_id": "K", "project": "shop", "provider": "deepgram"}, 0),
    ],
)  # fmt: skip
async def test_requests_of_a_key_are_not_looked_for_where_it_was_never_used(
    storage: SQLiteStorage, filters: dict[str, str], found: int
) -> None:
    often = [record(timestamp=START + n * 60, project="lab", provider="deepgram", key_id="L") for n in range(2000)]
    keyed = [record(timestamp=START + n * 60, project="shop", provider="openai", key_id="K") for n in range(3)]
    others = [record(timestamp=START + n * 60, project="lab", provider="openai", key_id="L") for n in range(3)]
    await storage.log_requests([*often, *keyed, *others])
    await rolled(storage, 2)
    assert len(await storage.get_recent_requests(10, **filters)) == found
    assert (await storage.run(narrowing.fitting, filters) is None) is (found == 0)


async def test_a_day_is_added_up_once_and_only_when_it_is_over(storage: SQLiteStorage) -> None:
    await storage.log_requests([record(timestamp=NOW - DAY), record(timestamp=NOW)])
    await rolled(storage, 3)
    assert (await storage.get_cost_summary("all"))["requests"] == 2
    assert await storage.run(lambda db: db.execute("SELECT count(*), until FROM rolled").fetchone()) == (
        1,
        day_bounds(NOW - DAY)[0],
    )


async def test_another_price_reaches_the_sums_of_months_and_years(storage: SQLiteStorage) -> None:
    await storage.log_requests(RECORDS)
    await rolled(storage, 2 * DAYS)
    await storage.reprice(Span("all"), "one", lambda _row: (7, "override"), unknown_only=False, store=True)
    costs: dict[str, Any] = await storage.get_cost_summary("all")
    one = [r for r in RECORDS if r.project == "one"]
    assert costs["by_project"]["one"] | {"cost": 0} == {
        "cost": 0, "cost_nanos": 7 * len(one), "requests": len(one), "unpriced": 0, "estimated": 0,
        "errors": sum(r.status == "error" for r in one),
    }  # fmt: skip
    # those of models are kept for all projects together
    for name in ("project", "model"):
        assert sum(each["cost_nanos"] for each in costs[f"by_{name}"].values()) == costs["total_nanos"]


async def test_thinned_histograms_answer_by_whole_months_and_say_so(storage: SQLiteStorage) -> None:
    await storage.log_requests(RECORDS)
    await rolled(storage, 2 * DAYS)
    before: dict[str, Any] = await storage.get_latency_stats("all")
    size = await _rows(storage)
    while await storage.forget(Limits(latency=100 * DAY), NOW):
        pass
    assert await _rows(storage) < size / 2
    assert await storage.get_latency_stats("all") == before
    # the last hundred days are there day by day
    await check(storage, Span("range", midnight(DAYS - 90), midnight(DAYS - 3)), None)
    recent: dict[str, Any] = await storage.get_latency_stats(Span("range", midnight(DAYS - 90), midnight(DAYS - 3)))
    assert recent["whole_months"] is False
    cut: dict[str, Any] = await storage.get_latency_stats(Span("range", midnight(40), midnight(100)))
    assert cut["whole_months"] is True
    whole: dict[str, Any] = await storage.get_latency_stats(Span("range", midnight(31), midnight(121)))
    assert whole["whole_months"] is False
    assert whole["by_model"] == cut["by_model"]
    await check(storage, Span("range", midnight(31), midnight(121)), None)


async def _rows(storage: SQLiteStorage) -> int:
    return await storage.run(lambda db: int(db.execute("SELECT count(*) FROM latency").fetchone()[0]))


def test_histograms_as_numbers_add_up_and_come_back_from_bytes() -> None:
    chance = random.Random(1)
    for _ in range(50):
        many = {
            metric: {chance.randrange(820): chance.choice([1, 200, 70_000, 2**40]) for _ in range(chance.randrange(60))}
            for metric in METRICS
        }
        numbers = {metric: of_counts(counts) for metric, counts in many.items() if counts}
        assert dict(unpack(pack(numbers))) == numbers
        for counts in many.values():
            histogram = of_counts(counts)
            assert total(histogram + histogram) == 2 * sum(counts.values())
            assert quantiles(histogram, (1, 50, 99.9))[1] == percentiles.quantiles(counts, (1, 50, 99.9))


@pytest.mark.parametrize("name", ["project", "modality", "provider", "model_id", "key_id"])
async def test_failures_of_others_are_passed_over_in_the_index(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(narrowing, "FEW", 30)
    of_one_key = [replace(one, key_id="key") for one in RECORDS]
    await storage.log_requests(of_one_key)
    filters = {name: getattr(of_one_key[0], name), "status": "error"}
    asked: list[str] = []

    def ask(db: sqlite3.Connection) -> tuple[str, set[str]]:
        db.set_trace_callback(asked.append)
        try:
            assert queries.recent_requests(db, 10, filters, Span("all"), None)
        finally:
            db.set_trace_callback(None)
        plan = db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()[0][-1]
        return plan, {column for *_, column in db.execute("PRAGMA index_info(requests_by_failure)")}

    plan, held = await storage.run(ask)
    assert "requests_by_failure" in plan
    assert name in held
