"""What a day is: local midnight to local midnight, also where a day has 23 or 25 hours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.pricing.catalog import PriceCatalog
from voicegw_desktop.storage.days import BUDGETED, PERIODS, calendar_bounds, day_bounds, span_of
from voicegw_desktop.storage.spent import MACHINE
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be changed here"),
]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def choose(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield choose
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "day", "hours"),
    [
        ("2026-03-29 10:00", 20260329, 23),
        ("2026-10-25 10:00", 20261025, 25),
        ("2026-10-24 22:30", 20261025, 25),
        ("2026-10-25 22:59", 20261025, 25),
        ("2026-10-25 23:00", 20261026, 24),
        ("2026-12-31 23:00", 20270101, 24),
    ],
)
def test_days_in_berlin(zone: Callable[[str], None], moment: str, day: int, hours: int) -> None:
    zone("CET-1CEST,M3.5.0,M10.5.0/3")
    found, start, end = day_bounds(at(moment))
    assert (found, round((end - start) / 3600)) == (day, hours)
    assert start <= at(moment) < end
    assert day_bounds(start)[0] == day_bounds(end - 1)[0] == day
    assert day_bounds(end)[0] != day


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-01 01:59", 20261031), ("2026-11-01 02:00", 20261101), ("2026-11-01 02:30", 20261101)],
)
def test_a_clock_that_is_put_back_over_midnight(zone: Callable[[str], None], moment: str, day: int) -> None:
    """At 0:01 the clock is set to 23:01: the new day, week and month continue, and costs of that hour count."""
    zone("NST3NDT2,M3.2.0/0:01,M11.1.0/0:01")
    now = at(moment)
    found, start, end = day_bounds(now)
    assert found == day
    for begins, ends in ((start, end), *(calendar_bounds(period, now)[1:] for period in BUDGETED)):
        assert begins <= now < ends
    assert span_of("today", now).days == (day, day)
    clock = ManualClock(now - 60)
    tracker = CostTracker(None, PriceCatalog(), None, clock)
    clock.advance(60)
    assert tracker.record(record(cost_nanos=7, timestamp=now)) == BUDGETED
    assert [tracker.spent(MACHINE, period) for period in BUDGETED] == [7, 7, 7]


def test_periods_are_whole_days_with_today(zone: Callable[[str], None]) -> None:
    zone("CET-1CEST,M3.5.0,M10.5.0/3")
    now = at("2026-10-25 22:30")
    spans = {p: span_of(p, now).days for p in PERIODS}
    assert {p: (first, last) for p, (first, last) in spans.items() if p != "all"} == {
        "today": (20261025, 20261025),
        "yesterday": (20261024, 20261024),
        "week": (20261019, 20261025),
        "month": (20260926, 20261025),
        "this-week": (20261019, 20261025),
        "last-week": (20261012, 20261018),
        "this-month": (20261001, 20261025),
        "last-month": (20260901, 20260930),
    }
    assert span_of("all", now).start is None


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-10", "2026-10", (20261001, 20261031)),
        ("2026-12", "2026-12", (20261201, 20261231)),
        ("2026", "2026", (20260101, 20261231)),
        ("20261025", "20261025", (20261025, 20261025)),
        ("1767222000", None, (20260101, 99_999_999)),
        ("2026-10-25", "2026-10-25", (20261025, 20261025)),
        ("2026-02-28", None, (20260228, 99_999_999)),
        ("2026-10-25T00:00", "2026-10-26T00:00", (20261025, 20261025)),
        ("2026-10-25T00:00:01", "2026-10-26", None),
        ("2h", None, None),
    ],
)
def test_a_range_is_of_whole_days_or_is_not(
    zone: Callable[[str], None], start: str, end: str | None, days: tuple[int, int] | None
) -> None:
    zone("CET-1CEST,M3.5.0,M10.5.0/3")
    found = span_of("today", at("2026-10-25 22:30"), start, end).days
    assert found == days


@pytest.mark.parametrize("wrong", ["2026-13", "2026-02-30", "20260230", "0000", "12345", "later", "", "9" * 40])
def test_a_wrong_moment_is_refused(wrong: str) -> None:
    with pytest.raises(BadRequest, match='"from" is'):
        span_of("today", at("2026-10-25 22:30"), wrong)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadRequest, match="must lie before"):
        span_of("today", 0.0, "2026-10-25", "2026-10-24")


@pytest.mark.parametrize(
    "name", ["UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "PST8PDT,M3.2.0,M11.1.0", "NZST-12NZDT,M9.5.0,M4.1.0/3"]
)
async def test_costs_turn_at_local_midnight(zone: Callable[[str], None], tmp_path: Path, name: str) -> None:
    zone(name)
    _, midnight, following = day_bounds(at("2026-10-25 10:00"))
    storage = SQLiteStorage(tmp_path / "x.db", clock=ManualClock(midnight + 60))
    noon = datetime.fromtimestamp(midnight + 60).replace(hour=12)
    try:
        moments = {
            1: midnight - 0.001,
            10: midnight,
            100: following - 0.001,
            1_000: (noon - timedelta(days=6)).timestamp(),
            10_000: (noon - timedelta(days=7)).timestamp(),
            100_000: (noon - timedelta(days=29)).timestamp(),
            1_000_000: (noon - timedelta(days=30)).timestamp(),
        }
        await storage.log_requests([record(cost_nanos=n, timestamp=moment) for n, moment in moments.items()])
        totals = [(await storage.get_cost_summary(p))["total_nanos"] for p in ("today", "week", "month", "all")]
        assert totals == [110, 1_111, 111_111, 1_111_111]
    finally:
        await storage.aclose()
