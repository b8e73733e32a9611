"""Budgets of weeks and months, of keys and the machine: what they count, report and predict."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import record
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.config.schema_money import BudgetsConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BudgetExceededError, BudgetThrottleSignal
from voicegw_desktop.core.events import BudgetReached, BudgetState, EventBus, Notice
from voicegw_desktop.middleware.budget_enforcer import MOST_PAYERS, BudgetEnforcer
from voicegw_desktop.middleware.budgets import forecast
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.pricing.catalog import PriceCatalog
from voicegw_desktop.storage.days import calendar_bounds
from voicegw_desktop.storage.spent import MACHINE, key_scope
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

pytestmark = pytest.mark.unit

CENT = 10_000_000  # nanos
WEDNESDAY = datetime(2026, 7, 15, 12).timestamp()
DAY = 86_400.0


class Desk:
    """A tracker and an enforcer with the budgets of a configuration."""

    def __init__(self, project: dict[str, Any] | None = None, **others: Any) -> None:
        self.clock, self.bus = ManualClock(WEDNESDAY), EventBus()
        self.reached: list[BudgetReached] = []
        self.states: list[BudgetState] = []
        self.notices: list[Notice] = []
        self.bus.subscribe(self.reached.append, BudgetReached)
        self.bus.subscribe(self.states.append, BudgetState)
        self.bus.subscribe(self.notices.append, Notice)
        self.tracker = CostTracker(None, PriceCatalog(), None, self.clock)
        projects = {"p": ProjectConfig.model_validate(project or {})}
        budgets = BudgetsConfig.model_validate(others)
        self.budget = BudgetEnforcer(projects, self.tracker, self.clock, self.bus, others=budgets)

    def spend(self, nanos: int, project: str = "p", key: str | None = None, at: float | None = None) -> None:
        spent = record(project=project, cost_nanos=nanos, key_id=key, timestamp=at or self.clock.time())
        periods = self.tracker.record(spent)
        self.budget.settle(project, [], nanos, key=key, periods=periods)


@pytest.mark.parametrize(
    ("period", "days", "waits"), [("weekly", 5, "Monday"), ("monthly", 17, "the first of the next month")]
)
def test_a_week_and_a_month_are_those_of_the_calendar(period: str, days: int, waits: str) -> None:
    desk = Desk({f"{period}_budget": 0.02, "budget_action": "block"})
    desk.spend(CENT)
    desk.clock.advance(DAY)
    desk.spend(CENT)
    with pytest.raises(BudgetExceededError, match=rf"its {period} budget of \$0\.02; .* wait until {waits}") as refused:
        desk.budget.check_budget("p")
    assert refused.value.retry_after == pytest.approx((days - 1.5) * DAY)
    desk.clock.advance((days - 1.5) * DAY - 1)
    with pytest.raises(BudgetExceededError):
        desk.budget.check_budget("p")
    desk.clock.advance(1)
    desk.budget.check_budget("p")
    # what began before counts where the database puts it
    desk.spend(2 * CENT, at=desk.clock.time() - 1)
    desk.budget.check_budget("p")


def test_a_key_is_limited_whatever_project_it_asks_for() -> None:
    desk = Desk(keys={"k": {"daily": 0.01, "action": "block"}})
    desk.spend(CENT // 2, key="k")
    desk.spend(CENT // 2, project="q", key="k")
    for project in ("p", "q"):
        with pytest.raises(BudgetExceededError, match=r'Key "k" has spent .* raise budgets\.keys\.k\.daily'):
            desk.budget.reserve(project, 1, key="k")
        desk.budget.reserve(project, 1, key="other")
        desk.budget.reserve(project, 1)


def test_only_keys_with_a_budget_of_their_own_are_watched() -> None:
    # a project may have the name of a key
    desk = Desk({"daily_budget": 1}, keys={"k": {"daily": 1}}, machine={"daily": 1})
    assert [desk.budget.watches_key(key) for key in ("k", "p", "other")] == [True, False, False]


def test_every_budget_has_to_pay_however_many_payers_there_were() -> None:
    desk = Desk({"daily_budget": 1, "budget_action": "block"}, machine={"daily": 0.01, "action": "block"})
    assert desk.budget.could_pay("p", CENT)
    assert not desk.budget.could_pay("p", CENT + 1)
    for number in range(MOST_PAYERS + 1):
        assert not desk.budget.could_pay("p", CENT + 1, f"k{number}")
    # names come from clients: not all of them are kept
    assert len(desk.budget._by_payer) < MOST_PAYERS


def test_the_machine_is_limited_over_all_projects_and_keys() -> None:
    desk = Desk(machine={"monthly": 0.03, "action": "throttle"})
    for project, key in (("p", None), ("q", "k"), ("r", "l")):
        desk.spend(CENT, project, key)
    with pytest.raises(BudgetThrottleSignal, match=r"This machine has spent \$0\.03 of its monthly budget"):
        desk.budget.reserve("s", 1)


def test_what_is_set_aside_counts_in_each_budget_and_comes_back_to_each() -> None:
    desk = Desk({"daily_budget": 1, "budget_action": "block"}, machine={"weekly": 0.01, "action": "block"})
    held = desk.budget.reserve("p", CENT // 2, CENT * 50)
    assert held.nanos == CENT
    assert [s.reserved_nanos for s in desk.budget.statuses()] == [CENT, CENT]
    with pytest.raises(BudgetExceededError, match="requests that run now"):
        desk.budget.reserve("q", 1)
    desk.budget.settle("p", [held], 0)
    assert [s.reserved_nanos for s in desk.budget.statuses()] == [0, 0]
    # a budget that was taken away while the request ran keeps nothing
    held = desk.budget.reserve("p", CENT)
    desk.budget.configure({"p": ProjectConfig(daily_budget=1)})
    desk.budget.settle("p", [held], 0)
    desk.budget.configure({}, None, BudgetsConfig.model_validate({"machine": {"weekly": 0.01}}))
    assert desk.budget.statuses()[0].reserved_nanos == 0


def test_what_refuses_goes_before_what_serves_for_nothing() -> None:
    desk = Desk(
        {"daily_budget": 0.01, "monthly_budget": 0.01, "budget_action": "throttle"},
        machine={"daily": 0.01, "action": "block"},
    )
    desk.spend(CENT)
    with pytest.raises(BudgetExceededError, match="This machine"):
        desk.budget.check_budget("p")


def test_a_budget_that_waiting_does_not_help_is_named_before_one_that_requests_in_progress_use() -> None:
    desk = Desk({"daily_budget": 0.01, "monthly_budget": 0.03, "budget_action": "block"})
    desk.spend(CENT, at=WEDNESDAY - DAY)
    desk.spend(CENT // 2)
    desk.budget.reserve("p", CENT // 2)
    # with this request the month would be spent to the last nano-dollar, and the day would be passed
    with pytest.raises(BudgetExceededError, match="its daily budget"):
        desk.budget.reserve("p", CENT * 3 // 2)
    # only what did not pay for a request is told of
    assert [n.message.partition(" budget of")[0] for n in desk.notices if n.code == "budget_spent"] == [
        'Project "p" has spent $0.005 of its daily'
    ]


def test_what_ended_in_an_earlier_day_costs_this_one_nothing() -> None:
    desk = Desk({"daily_budget": 0.01, "monthly_budget": 0.02})
    desk.spend(CENT, at=WEDNESDAY - DAY)
    assert [s.spent_nanos for s in desk.budget.statuses()] == [0, CENT]


def test_of_unknown_prices_a_budget_that_blocks_speaks_before_one_that_throttles() -> None:
    throttles = {"daily_budget": 1, "budget_action": "throttle", "unpriced": "block"}
    desk = Desk(throttles, machine={"daily": 1, "action": "block", "unpriced": "block"})
    with pytest.raises(BudgetExceededError, match=r"budgets\.machine\.unpriced"):
        desk.budget.unpriced("p", "openai/gpt-99")


def test_an_unknown_price_is_refused_by_any_budget_that_says_so() -> None:
    desk = Desk({"daily_budget": 1}, machine={"monthly": 1, "action": "block", "unpriced": "block"})
    with pytest.raises(BudgetExceededError, match=r'budgets\.machine\.unpriced is "block"'):
        desk.budget.unpriced("p", "openai/gpt-99")
    desk = Desk(machine={"monthly": 1})
    desk.budget.unpriced("p", "openai/gpt-99")
    assert "budget of this machine does not count it" in desk.notices[0].message


def test_half_four_fifths_and_all_are_told_of_once_each_and_anew_in_the_next_period() -> None:
    desk = Desk({"monthly_budget": 0.1})
    for _ in range(12):
        desk.spend(CENT)
    assert [(r.percent, r.period, r.start) for r in desk.reached] == [
        (50, "month", 20260701), (80, "month", 20260701), (100, "month", 20260701)
    ]  # fmt: skip
    assert [(n.code, n.level) for n in desk.notices] == [
        ("budget_50", "info"), ("budget_80", "warning"), ("budget_spent", "warning")
    ]  # fmt: skip
    assert [(s.state, s.period) for s in desk.states] == [("warning", "month"), ("exceeded", "month")]
    desk.clock.advance(17 * DAY)
    desk.budget.look_again()
    desk.spend(5 * CENT)
    assert [(r.percent, r.start) for r in desk.reached[3:]] == [(50, 20260801)]


def test_a_clock_that_jumps_to_tomorrow_and_back_tells_nothing_twice() -> None:
    desk = Desk({"daily_budget": 0.1})
    desk.spend(8 * CENT)
    desk.clock.advance(DAY)
    desk.budget.look_again()
    desk.spend(5 * CENT)
    desk.clock.advance(-DAY)
    desk.budget.look_again()
    desk.spend(2 * CENT)
    assert [(r.percent, r.start) for r in desk.reached] == [(80, 20260715), (50, 20260716), (100, 20260715)]


def test_a_larger_budget_is_told_of_anew() -> None:
    desk = Desk({"daily_budget": 0.01})
    desk.spend(CENT)
    desk.budget.configure({"p": ProjectConfig(daily_budget=0.02)})
    desk.budget.look_again()
    assert [r.percent for r in desk.reached] == [100, 50]


def test_notices_say_how_the_period_ends_at_this_pace() -> None:
    # 14.5 of 31 days have passed
    desk = Desk({"monthly_budget": 10})
    desk.spend(5_613_000_000)
    (notice,) = desk.notices
    assert notice.message == (
        'Project "p" has spent $5.61 of its monthly budget of $10.00. At this pace the month ends at $12.00, and the '
        "budget is spent on 2026-07-26."
    )
    assert desk.reached[0].forecast_nanos == pytest.approx(12_000_000_000, rel=1e-4)
    status = desk.budget.statuses()[0]
    assert status.forecast_nanos == desk.reached[0].forecast_nanos
    assert status.spent_at is not None
    assert datetime.fromtimestamp(status.spent_at).day == 26


def test_a_forecast_comes_when_enough_of_the_period_has_passed() -> None:
    _, begins, ends = calendar_bounds("month", WEDNESDAY)
    assert forecast("month", CENT, begins + DAY, begins, ends) is None
    assert forecast("month", 0, WEDNESDAY, begins, ends) is None
    ahead = forecast("month", CENT, begins + 2 * DAY, begins, ends, 2 * CENT)
    assert ahead is not None
    assert (ahead.nanos, ahead.spent_at) == (round(15.5 * CENT), begins + 4 * DAY)
    enough = forecast("day", CENT, begins + DAY / 2, begins, begins + DAY, 3 * CENT)
    assert enough is not None
    assert (enough.nanos, enough.spent_at) == (2 * CENT, None)


async def test_sums_of_keys_and_months_survive_a_restart(tmp_path: Path) -> None:
    clock = ManualClock(WEDNESDAY)
    storage = SQLiteStorage(tmp_path / "v.db", clock=clock)
    writer = Writer(storage)
    await writer.start()
    tracker = CostTracker(writer, PriceCatalog(), clock=clock)
    for days, key in ((0, "k"), (1, "k"), (3, None), (20, "k")):
        spent = record(project="p", cost_nanos=1 + days, key_id=key, timestamp=WEDNESDAY - days * DAY)
        tracker.record(spent)
    assert tracker.spent(key_scope("k"), "week") == 3
    await writer.aclose()
    again = CostTracker(None, PriceCatalog(), clock=clock)
    await again.load(storage)
    for one in (tracker, again):
        sums = {scope: [one.spent(scope, p) for p in ("day", "week", "month")] for scope in ("p", key_scope("k"))}
        assert sums == {"p": [1, 3, 7], key_scope("k"): [1, 3, 3]}
        assert [one.spent(MACHINE, p) for p in ("day", "week", "month")] == [1, 3, 7]
    assert again.total(MACHINE, "month").requests == 3
    await storage.aclose()


async def test_part_of_a_budget_is_told_of_once_by_all_programs(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "v.db", clock=ManualClock(WEDNESDAY))
    asked = [("p", "month", 20260701, 9, 50), ("p", "month", 20260701, 9, 50), ("p", "month", 20260701, 9, 80),
             ("p", "month", 20260701, 9, 50), ("p", "day", 20260701, 9, 50), ("p", "month", 20260801, 9, 50),
             ("p", "month", 20260801, 8, 50), ("p", "month", 20260701, 9, 100)]  # fmt: skip
    # the last: a clock that was ahead and was set back must not silence the month that it is
    assert [await storage.tell_once(*one) for one in asked] == [True, False, True, False, True, True, True, True]
    await storage.aclose()
