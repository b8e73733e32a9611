"""Running costs of requests that several budgets pay for: scopes and periods of one change."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.middleware.holdings import LEASE_S, Holdings, Limit, Sums

pytestmark = pytest.mark.unit

DAY, WEEK, MONTH = 20261127, 20261123, 20261101


def day(scope: str, nanos: int | None = None) -> Limit:
    return Limit(scope, "day", DAY, 0, nanos)


def test_each_period_of_a_scope_has_a_sum_of_its_own(tmp_path: Path) -> None:
    one, two = Holdings(tmp_path / "held"), Holdings(tmp_path / "held")
    periods = [day("p"), Limit("p", "week", WEEK, 0), Limit("p", "month", MONTH, 0)]
    one.settle([(limit, cost) for limit, cost in zip(periods, (1, 20, 300), strict=True)], {})
    for each in (one, two):
        assert each.sums(*periods) == [Sums(1, 0), Sums(20, 0), Sums(300, 0)]
        each.close()


def test_half_of_the_rest_is_left_only_where_that_is_asked_for() -> None:
    held = Holdings()
    held.take([day("p", 100)], 20, 20)
    assert held.take([day("p", 100)], 1, 100).granted == 80


def test_what_an_ended_program_held_in_one_scope_is_free_though_it_held_nothing_in_the_other(tmp_path: Path) -> None:
    clock = ManualClock()
    ended, here = Holdings(tmp_path / "held", clock), Holdings(tmp_path / "held", clock)
    ended.take([day("machine", 100)], 60, 60)
    limits = [day("machine", 100), day("p", 100)]
    assert here.take(limits, 41, 41).granted == -1
    clock.advance(LEASE_S + 1)
    assert here.take(limits, 41, 41).granted == 41
    for each in (ended, here):
        each.close()


def test_what_was_set_aside_in_a_scope_comes_back_though_its_budget_is_gone(tmp_path: Path) -> None:
    one = Holdings(tmp_path / "held")
    one.take([day("p", 100)], 60, 60)
    # another program adds its rows, so that all look for theirs again
    two = Holdings(tmp_path / "held")
    assert two.sums(day("p")) == [Sums(0, 60)]
    one.settle([], {"p": 60})
    assert two.sums(day("p")) == [Sums(0, 0)]
    for each in (one, two):
        each.close()
