"""Years, months and thirds of months as sums of days: few of them, added or taken away, make any range of days.

A period is a number: a year has four digits (2026), a month six (202601), a third of a month seven (2026011: days 1 to
10; 2026012: to 20; 2026013: the rest), a day eight (20260131).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

YEAR, MONTH, THIRD, DAY = range(4)
FIRST_DAY = 10_000_000
"""The smallest number that is a day."""
LAST_DAY = 99_999_999


class Part(NamedTuple):
    """Periods of one kind, from `low` to `high`; `sign` -1: they are taken away."""

    sign: int
    low: int
    high: int


def above(day: int) -> tuple[int, int, int]:
    """The year, month and third that a day is in."""
    return _key(YEAR, day), _key(MONTH, day), _key(THIRD, day)


def cover(first: int, last: int, rolled: int, *, subtract: bool = True) -> list[Part]:
    """The periods that add up to the days from `first` to `last` (yyyymmdd, both included).

    `rolled`: the last day that years, months and thirds hold; later days are told as days. Without `subtract` no period
    is taken away, for sums of fractions, which would not come out even.
    """
    parts = []
    if last > rolled:
        parts.append(Part(1, max(first, rolled + 1, FIRST_DAY), last))
    first, end = _begin(first), min(_end(last), rolled)
    if first <= end:
        parts += _cover(YEAR, first, end, rolled, subtract)
    return _joined(parts)


def _joined(parts: list[Part]) -> list[Part]:
    """The parts with neighbours of one kind in one."""
    found: list[Part] = []
    for part in parts:
        before = found[-1] if found else None
        if before is not None and before.sign == part.sign and before.high + 1 == part.low and part.low < FIRST_DAY:
            found[-1] = Part(part.sign, before.low, part.high)
        else:
            found.append(part)
    return found


def next_day(day: int) -> int:
    """The day after, as yyyymmdd."""
    after = date(day // 10_000, day // 100 % 100, day % 100) + timedelta(days=1)
    return after.year * 10_000 + after.month * 100 + after.day


def _begin(day: int) -> int:
    """The smallest number a day of its month, or year, may have, where it is the first one of that."""
    if day % 10_000 == 101:
        return day - 101
    return day - 1 if day % 100 == 1 else day


def _end(day: int) -> int:
    """The largest number a day of its month, or year, may have, where it is the last one of that."""
    if day % 10_000 == 1231:
        return day // 10_000 * 10_000 + 9_999
    return day // 100 * 100 + 99 if 28 <= day % 100 < 32 and next_day(day) % 100 == 1 else day


def _key(level: int, day: int) -> int:
    if level == YEAR:
        return day // 10_000
    if level == MONTH:
        return day // 100
    if level == THIRD:
        return day // 100 * 10 + min(3, max(1, (day % 100 + 9) // 10))
    return day


def _bounds(level: int, key: int) -> tuple[int, int]:
    """The smallest and largest number that a day of a period may have."""
    if level == YEAR:
        return key * 10_000, key * 10_000 + 9_999
    if level == MONTH:
        return key * 100, key * 100 + 99
    month, third = key // 10 * 100, key % 10
    return month + (0, 11, 21)[third - 1], month + (10, 20, 99)[third - 1]


def _cover(level: int, first: int, last: int, rolled: int, subtract: bool) -> list[Part]:
    """The days from `first` to `last`, within one period of the level above, by periods of this level and below."""
    if last % 100 == 0:
        # the day before the first of a month
        last -= 1
    if first % 100 > 31:
        first = (first // 100 + 1) * 100
    if first > last:
        return []
    if level == DAY:
        return [Part(1, first, last)]
    low, high = _key(level, first), _key(level, last)
    if low == high:
        return _one(level, low, first, last, rolled, subtract)
    parts = _one(level, low, first, _bounds(level, low)[1], rolled, subtract)
    if high - low > 1:
        parts.append(Part(1, low + 1, high - 1))
    return parts + _one(level, high, _bounds(level, high)[0], last, rolled, subtract)


def _one(level: int, key: int, first: int, last: int, rolled: int, subtract: bool) -> list[Part]:
    """The part of one period from `first` to `last`."""
    begins, ends = _bounds(level, key)
    ends = min(ends, rolled)
    if first <= begins and last >= ends:
        return [Part(1, key, key)]
    parts = _cover(level + 1, max(first, begins), min(last, ends), rolled, subtract)
    if subtract:
        rest = _cover(level + 1, begins, first - 1, rolled, True) + _cover(level + 1, last + 1, ends, rolled, True)
        if _count(rest) + 1 < _count(parts):
            return [Part(1, key, key), *(Part(-sign, low, high) for sign, low, high in rest)]
    return parts


def _count(parts: list[Part]) -> int:
    return sum(_length(part.low, part.high) for part in parts)


def _length(low: int, high: int) -> int:
    # the numbers of a month's days go on to 99
    return (min(high % 100, 31) - max(low % 100, 1) if low >= FIRST_DAY else high - low) + 1
