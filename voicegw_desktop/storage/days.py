"""Local calendar days, and the span of time that a report is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voicegw_desktop.core.errors import BadRequest, did_you_mean
from voicegw_desktop.core.text import shown

ROLLING = {"today": 1, "week": 7, "month": 30}
"""Periods that end today, and their days."""
PERIODS = ("today", "yesterday", "week", "month", "this-week", "last-week", "this-month", "last-month", "all")
"""`week` and `month` are the last 7 and 30 days; weeks of the calendar begin on Monday."""
BUDGETED = ("day", "week", "month")
"""Calendar periods that a budget may hold for."""
RANGE = "range"
"""The name of a span that `from` and `to` give."""
_AGE = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}  # s


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`, in Unix seconds; None: without a limit on that side."""

    name: str
    start: float | None = None
    end: float | None = None

    @property
    def days(self) -> tuple[int, int] | None:
        """First and last day (yyyymmdd) when the span consists of whole local days; else None."""
        first, last = 0, 99_999_999
        if self.start is not None:
            first, begins, _ = day_bounds(self.start)
            if begins != self.start:
                return None
        if self.end is not None:
            if day_bounds(self.end)[1] != self.end:
                return None
            last, _, _ = day_bounds(self.end - 1)
        return first, last

    def split(self) -> tuple[tuple[int, int] | None, list[Span]]:
        """First and last whole local day in it (yyyymmdd; None: there is none), and what is left before and after."""
        if (days := self.days) is not None:
            return days, []
        if self.start is not None and self.end is not None and day_bounds(self.start)[2] > day_bounds(self.end)[1]:
            return None, [self]
        edges, first, last = [], 0, 99_999_999
        if self.start is not None:
            first, begins, ends = day_bounds(self.start)
            if begins != self.start:
                edges.append(Span(self.name, self.start, ends))
                first = day_bounds(ends)[0]
        if self.end is not None:
            _, begins, _ = day_bounds(self.end)
            if begins != self.end:
                edges.append(Span(self.name, begins, self.end))
            last = day_bounds(begins - 1)[0]
        return ((first, last) if first <= last else None), edges


def day_bounds(timestamp: float) -> tuple[int, float, float]:
    """(yyyymmdd, its midnight, the next midnight) in local time, right also on days of 23 or 25 hours."""
    day = _day_at(timestamp)
    return day.year * 10_000 + day.month * 100 + day.day, _midnight(day), _midnight(day + timedelta(days=1))


def calendar_bounds(period: str, timestamp: float) -> tuple[int, float, float]:
    """(first day as yyyymmdd, its midnight, the midnight after the last day) of the local day, week or month.

    `period` is one of BUDGETED; weeks begin on Monday.
    """
    day = _day_at(timestamp)
    first, following = day, day + timedelta(days=1)
    if period == "week":
        first = day - timedelta(days=day.weekday())
        following = first + timedelta(days=7)
    elif period == "month":
        first = day.replace(day=1)
        following = _next_month(first)
    return first.year * 10_000 + first.month * 100 + first.day, _midnight(first), _midnight(following)


def _day_at(timestamp: float) -> date:
    """The local day; one that has begun goes on when the clock is put back over midnight, as at the end of summer."""
    day = datetime.fromtimestamp(timestamp).date()
    following = day + timedelta(days=1)
    return following if timestamp >= _midnight(following) else day


def span_of(period: str, now: float, start: str | None = None, end: str | None = None) -> Span:
    """The span of a period of PERIODS, or the one between two moments, each of which may be left out.

    A moment is a day (`2026-01-31`; as `end` that day is included), a month (`2026-01`) or a year (`2026`, both
    likewise), a time (`2026-01-31T08:00`, local unless it says otherwise), an age (`2h`, `7d`) or Unix seconds.
    """
    if start is not None or end is not None:
        begins = None if start is None else moment(start, now, "from")
        ends = None if end is None else moment(end, now, "to", last=True)
        if begins is not None and ends is not None and begins >= ends:
            raise BadRequest(f'"from" ({start}) must lie before "to" ({end}).', param="from")
        return Span(RANGE, begins, ends)
    if period not in PERIODS:
        raise BadRequest(
            f'There is no period "{shown(period)}": use {", ".join(PERIODS[:-1])} or {PERIODS[-1]}, '
            'or give "from" and "to".'
            f"{did_you_mean(period, PERIODS)}",
            code="invalid_period",
            param="period",
        )
    if period == "all":
        return Span(period)
    first, last = _calendar(period, _day_at(now))
    return Span(period, _midnight(first), _midnight(last + timedelta(days=1)))


def moment(text: str, now: float, param: str, *, last: bool = False) -> float:
    """Unix seconds of an age, a month, a day, a time or Unix seconds; `last`: the end of the month or day named."""
    try:
        found = _moment(text, now, last)
        # a year beyond those of the calendar
        datetime.fromtimestamp(found)
    except (ValueError, OverflowError, OSError):
        raise BadRequest(
            f'"{param}" is "{shown(text)}"; write a day such as 2026-01-31, a month such as 2026-01, a time such as '
            "2026-01-31T08:00, or an age such as 2h or 7d.",
            param=param,
        ) from None
    return found


def _moment(text: str, now: float, last: bool) -> float:
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text):
        return now - float(match[1]) * _AGE[match[2]]
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
        year, month = int(match[1]), int(match[2])
        begins = date(year, month, 1)
        return _midnight(_next_month(begins) if last else begins)
    if re.fullmatch(r"\d{4}", text):
        return _midnight(date(int(text) + last, 1, 1))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", text):
        day = date.fromisoformat(text)
        return _midnight(day + timedelta(days=1) if last else day)
    # fewer digits are years or days, and no moment at which anything was recorded
    return float(text) if re.fullmatch(r"\d{9,}(\.\d+)?", text) else datetime.fromisoformat(text).timestamp()


def _calendar(period: str, today: date) -> tuple[date, date]:
    if period == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    if period == "this-week":
        return monday, today
    if period == "last-week":
        return monday - timedelta(days=7), monday - timedelta(days=1)
    if period == "this-month":
        return today.replace(day=1), today
    if period == "last-month":
        end = today.replace(day=1) - timedelta(days=1)
        return end.replace(day=1), end
    return today - timedelta(days=ROLLING[period] - 1), today


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day).timestamp()
