"""Local calendar days: what `today` means for budgets, roll-ups and reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from voicegw_desktop.core.errors import BadRequest, did_you_mean

PERIODS = ("today", "week", "month", "all")
_SPAN = {"today": 1, "week": 7, "month": 30}  # days, today included


def day_bounds(timestamp: float) -> tuple[int, float, float]:
    """(yyyymmdd, its midnight, the next midnight) in local time, right also on days of 23 or 25 hours."""
    day = datetime.fromtimestamp(timestamp).date()
    start = datetime(day.year, day.month, day.day)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day)
    return day.year * 10_000 + day.month * 100 + day.day, start.timestamp(), end.timestamp()


def first_day(period: str, now: float) -> int:
    """The first day (yyyymmdd) of `today`, `week` (7 days), `month` (30 days) or `all` (0)."""
    if period == "all":
        return 0
    if period not in _SPAN:
        raise BadRequest(
            f'There is no period "{period}": use today, week, month or all.{did_you_mean(period, PERIODS)}',
            code="invalid_period",
            param="period",
        )
    start: date = datetime.fromtimestamp(now).date() - timedelta(days=_SPAN[period] - 1)
    return start.year * 10_000 + start.month * 100 + start.day
