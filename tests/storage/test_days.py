"""What a day is: local midnight to local midnight, also where a day has 23 or 25 hours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.storage.days import day_bounds, first_day
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


def test_periods_are_whole_days_with_today(zone: Callable[[str], None]) -> None:
    zone("CET-1CEST,M3.5.0,M10.5.0/3")
    now = at("2026-10-25 22:30")
    assert [first_day(p, now) for p in ("today", "week", "month", "all")] == [20261025, 20261019, 20260926, 0]


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
