"""Any range of days from years, months, thirds and days: each day exactly once, and few periods."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from voicegw_desktop.storage.periods import FIRST_DAY, Part, above, cover

pytestmark = pytest.mark.unit

DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(3 * 365 + 1)]
NUMBERS = [day.year * 10_000 + day.month * 100 + day.day for day in DAYS]


def weight(day: int, parts: list[Part], rolled: int) -> int:
    """How often a day is in the parts."""
    found = 0
    for sign, low, high in parts:
        if low >= FIRST_DAY:
            found += sign * (low <= day <= high)
        elif day <= rolled:
            found += sign * any(low <= period <= high for period in above(day) if len(str(period)) == len(str(high)))
    return found


@pytest.mark.parametrize("subtract", [True, False])
def test_each_day_of_a_range_counts_once(subtract: bool) -> None:
    chance = random.Random(7)
    for _ in range(200):
        first, last = sorted(chance.sample(range(len(NUMBERS)), 2))
        rolled = chance.choice([0, NUMBERS[last], NUMBERS[-1], chance.choice(NUMBERS)])
        open_ended = [(0, NUMBERS[last]), (NUMBERS[first], 99_999_999)]
        begin, end = chance.choice([(NUMBERS[first], NUMBERS[last])] * 3 + open_ended)
        parts = cover(begin, end, rolled, subtract=subtract)
        assert subtract or all(part.sign == 1 for part in parts)
        near = NUMBERS[max(0, first - 3) : first + 3] + NUMBERS[max(0, last - 3) : last + 3]
        for day in NUMBERS[chance.randrange(7) :: 7] + near:
            assert weight(day, parts, rolled) == (begin <= day <= end), (begin, end, rolled, parts)


def test_a_range_takes_few_periods() -> None:
    rolled = NUMBERS[-2]
    assert cover(0, 99_999_999, rolled) == [Part(1, 20261231, 99_999_999), Part(1, 0, 2026)]
    assert cover(20250101, 20251231, rolled) == [Part(1, 2025, 2025)]
    assert cover(20250301, 20250331, rolled) == [Part(1, 202503, 202503)]
    most = 0
    for n in range(len(NUMBERS) - 30):
        parts = cover(NUMBERS[n], NUMBERS[n + 29], rolled)
        most = max(most, sum(min(high % 100, 31) - low % 100 + 1 if low >= FIRST_DAY else 1 for _, low, high in parts))
    assert most <= 14
