"""Budgets, with eight callers at once, and the tracker they read from."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.budgets import CENT, Desk
from tests.support.records import NOON, ListSink, record
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BudgetError, BudgetExceededError, BudgetThrottleSignal
from voicegw_desktop.core.events import RequestFinished
from voicegw_desktop.middleware.cost_tracker import CostTracker, Totals
from voicegw_desktop.pricing.catalog import PriceCatalog
from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

pytestmark = pytest.mark.unit


async def test_eight_at_once_cannot_pass_a_one_call_cap() -> None:
    desk = Desk(p=(0.01, "block"))

    async def call() -> bool:
        try:
            reservation = desk.budget.reserve("p", CENT)
        except BudgetExceededError:
            return False
        await asyncio.sleep(0)
        desk.tracker.record(record(project="p", cost_nanos=CENT, timestamp=desk.clock.time()))
        desk.budget.settle("p", [reservation], CENT)
        return True

    passed = await asyncio.gather(*(call() for _ in range(8)))
    assert sum(passed) == 1
    with pytest.raises(BudgetExceededError, match=r"has spent \$0\.01 .* \$0\.01; raise projects\.p\.daily_budget"):
        desk.budget.check_budget("p")
    assert not await call()


def test_what_is_set_aside_comes_back() -> None:
    desk = Desk(p=(0.01, "throttle"))
    with desk.budget.reserve("p", CENT // 2):
        other = desk.budget.reserve("p", CENT // 2)
        with pytest.raises(BudgetThrottleSignal, match="requests that run now") as refused:
            desk.budget.reserve("p", 1)
        assert refused.value.retry_after == 1
        assert desk.budget.get_budget_status("p").reserved_nanos == CENT
        other.release()
        other.release()
        desk.budget.settle("p", [desk.budget.reserve("p", CENT // 2)], 0)
    assert desk.budget.get_budget_status("p").reserved_nanos == 0


def test_one_request_does_not_pass_the_cap_even_alone() -> None:
    desk = Desk(p=(0.01, "block"))
    with pytest.raises(BudgetExceededError, match=r"may cost \$0\.05; ask for a shorter answer"):
        desk.budget.reserve("p", 5 * CENT)
    # as much as there is, between the least and the most
    assert desk.budget.reserve("p", CENT // 2, 50 * CENT).nanos == CENT
    with pytest.raises(BudgetExceededError, match="requests that run now"):
        desk.budget.reserve("p", 1)


def test_a_shared_one_leaves_half_of_the_rest_to_the_next() -> None:
    desk = Desk(p=(0.01, "block"))
    taken = [desk.budget.reserve("p", 1, CENT // 2, shared=True).nanos for _ in range(4)]
    assert taken == [CENT // 2, CENT // 4, CENT // 8, CENT // 16]


def test_what_is_set_aside_grows_as_far_as_the_budget_has_it() -> None:
    desk = Desk(p=(0.01, "block"))
    held = desk.budget.reserve("p", CENT // 10)
    other = desk.budget.reserve("p", CENT // 2)
    assert held.grow(CENT // 5) == CENT // 5
    assert held.grow(CENT // 5, 2 * CENT) == CENT // 2
    assert held.grow(1) == CENT // 2
    with pytest.raises(BudgetExceededError):
        held.grow(CENT // 2 + 1)
    assert held.grow(CENT // 2, CENT) == CENT // 2
    other.release()
    assert held.grow(CENT) == CENT
    held.release()
    assert desk.budget.get_budget_status("p").reserved_nanos == 0


def test_nothing_more_is_served_of_a_budget_that_is_spent_however_little_it_costs() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.spend(CENT)
    with pytest.raises(BudgetError):
        desk.budget.reserve("p", 0)


def test_unknown_prices_are_told_once_a_day_and_refused_once_it_is_spent() -> None:
    desk = Desk(p=(0.01, "block"))
    for _ in range(2):
        desk.budget.unpriced("p", "openai/gpt-99")
    (notice,) = desk.notices
    assert (notice.code, "prices.openai.gpt-99" in notice.message) == ("budget_unpriced", True)
    desk.clock.advance(86_400)
    desk.budget.unpriced("p", "openai/gpt-99")
    assert len(desk.notices) == 2
    assert desk.board.sentences() == [desk.notices[1].message]
    desk.spend(CENT)
    with pytest.raises(BudgetError):
        desk.budget.unpriced("p", "openai/gpt-99")


@pytest.mark.parametrize(("action", "error"), [("block", BudgetExceededError), ("throttle", BudgetThrottleSignal)])
def test_unknown_prices_are_refused_where_the_project_says_so(action: str, error: type[Exception]) -> None:
    desk = Desk()
    sold = {"daily_budget": 1, "budget_action": action, "unpriced": "block"}
    desk.budget.configure({"p": ProjectConfig.model_validate(sold)})
    with pytest.raises(error, match=r'projects\.p\.unpriced is "block"; give prices\.openai\.gpt-99'):
        desk.budget.unpriced("p", "openai/gpt-99")
    desk.budget.unpriced("without a budget", "openai/gpt-99")
    assert desk.notices == []


def test_a_spent_budget_is_a_notice() -> None:
    desk = Desk(p=(0.01, "block"), q=(0.01, "throttle"), r=(0.01, "warn"))
    for project in ("p", "q", "r"):
        desk.spend(CENT, project)
        desk.spend(1, project)
    assert [n.code for n in desk.notices] == ["budget_spent"] * 3
    told = [n.message for n in desk.notices]
    assert "is refused until midnight" in told[0]
    assert "Only what costs nothing" in told[1]
    assert "budget_action is warn" in told[2]
    assert desk.board.sentences() == told
    desk.clock.advance(86_400)
    desk.budget.look_again()
    assert desk.board.sentences() == []


def test_what_is_left_and_pays_for_nothing_is_a_notice_too() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.spend(CENT - 1)
    for _ in range(2):
        with pytest.raises(BudgetError):
            desk.budget.reserve("p", CENT)
    assert [n.code for n in desk.notices] == ["budget_80", "budget_spent"]
    assert len(desk.board.sentences()) == 1
    desk.clock.advance(86_400)
    desk.budget.look_again()
    assert desk.board.sentences() == []


def test_warn_only_tells() -> None:
    desk = Desk(p=(0.01, "warn"))
    for nanos, state in ((CENT * 8 // 10, "ok"), (1, "warning"), (CENT, "exceeded")):
        desk.spend(nanos)
        assert desk.budget.get_budget_status("p").status == state
        desk.budget.check_budget("p")
        desk.budget.reserve("p", CENT).release()
    assert [(s.state, s.budget_nanos) for s in desk.states] == [("warning", CENT), ("exceeded", CENT)]
    assert desk.budget.statuses()[0].project == "p"
    assert desk.budget.get_budget_status("other").budget_nanos is None


def test_the_day_turns_at_local_midnight() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.spend(CENT)
    with pytest.raises(BudgetExceededError) as refused:
        desk.budget.check_budget("p")
    assert refused.value.retry_after == pytest.approx(day_bounds(NOON)[2] - NOON)
    desk.clock.advance(day_bounds(NOON)[2] - NOON)
    desk.budget.check_budget("p")
    desk.tracker.record(record(project="p", cost_nanos=5, timestamp=NOON))
    assert desk.tracker.today("p") == Totals()
    desk.budget.spent("p")
    assert [s.state for s in desk.states] == ["exceeded", "ok"]


def test_the_alert_over_all_projects_comes_once_a_day() -> None:
    desk = Desk(daily_alert=0.02)
    for _ in range(2):
        for project in ("a", "b", "c"):
            desk.spend(CENT, project)
        desk.clock.advance(86_400)
    assert [n.code for n in desk.notices] == ["daily_budget_alert"] * 2
    assert "$0.02" in desk.notices[0].message


def test_new_budgets_hold_at_once() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.spend(CENT)
    desk.budget.configure({"p": ProjectConfig(daily_budget=1, budget_action="block")})
    desk.budget.check_budget("p")
    desk.budget.configure({"p": ProjectConfig(daily_budget=0, budget_action="block")})
    with pytest.raises(BudgetExceededError):
        desk.budget.reserve("p", 1)


def test_the_tracker_counts_stores_and_announces() -> None:
    desk = Desk()
    finished: list[RequestFinished] = []
    desk.bus.subscribe(finished.append, RequestFinished)
    desk.spend(7)
    desk.spend(None)
    desk.spend(3, "q")
    assert desk.tracker.today("p") == Totals(7, 2, 1)
    assert desk.tracker.today() == Totals(10, 3, 1)
    assert [e.record for e in finished] == desk.sink.records


async def test_totals_survive_a_restart(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    storage = SQLiteStorage(tmp_path / "v.db", clock=clock)
    writer = Writer(storage)
    await writer.start()
    tracker = CostTracker(writer, PriceCatalog(), clock=clock)
    tracker.record(record(project="p", cost_nanos=7))
    tracker.record(record(project="p", cost_nanos=None))
    await writer.aclose()
    again = CostTracker(None, PriceCatalog(), clock=clock)
    await again.load(storage)
    assert again.today("p") == tracker.today("p") == Totals(7, 2, 1)
    await storage.aclose()


async def test_two_programs_on_one_database_share_a_budget(tmp_path: Path) -> None:
    clock = ManualClock(NOON)

    class Program:
        async def open(self) -> Program:
            self.storage = SQLiteStorage(tmp_path / "v.db", clock=clock)
            self.writer = Writer(self.storage)
            await self.writer.start()
            self.tracker = CostTracker(self.writer, PriceCatalog(), clock=clock)
            await self.tracker.load(self.storage)
            return self

        async def close(self) -> None:
            await self.writer.aclose()
            await self.storage.aclose()

    one, two = await Program().open(), await Program().open()
    one.tracker.record(record(project="p", cost_nanos=5))
    await one.writer.flush()
    before = await one.storage.changes_of_others()
    two.tracker.record(record(project="p", cost_nanos=70))
    two.tracker.record(record(project="q", cost_nanos=None))
    await two.writer.flush()
    assert await one.storage.changes_of_others() != before
    # one of its own that is not stored yet is counted once
    following = asyncio.ensure_future(one.tracker.follow(one.storage, one.writer))
    await asyncio.sleep(0)
    one.tracker.record(record(project="p", cost_nanos=600))
    await following
    assert one.tracker.today("p") == Totals(675, 3, 0)
    assert one.tracker.spent("p", "day") == 675
    assert one.tracker.today() == Totals(675, 4, 1)
    for _ in range(2):
        await one.tracker.follow(one.storage, one.writer)
        assert one.tracker.today() == Totals(675, 4, 1)
    await two.tracker.follow(two.storage, two.writer)
    assert two.tracker.today() == Totals(675, 4, 1)
    clock.advance(24 * 3600)
    assert one.tracker.today() == Totals()
    await one.close()
    await two.close()


async def test_a_database_that_lost_rows_takes_back_nothing_that_was_spent(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    full, mended = (SQLiteStorage(tmp_path / name, clock=clock) for name in ("full.db", "mended.db"))
    await full.log_requests([record(project="p", cost_nanos=70), record(project="p", cost_nanos=None)])
    tracker = CostTracker(ListSink(), PriceCatalog(), clock=clock)
    await tracker.load(full)
    assert tracker.today() == Totals(70, 2, 1)
    # the rows of another program are gone, one has come since
    await mended.log_request(record(project="p", cost_nanos=5))
    await tracker.follow(mended)
    assert tracker.today() == Totals(70, 2, 1)
    await mended.log_requests([record(project="p", cost_nanos=cost) for cost in (90, None, None)])
    await tracker.follow(mended)
    assert tracker.today() == Totals(95, 4, 2)
    await full.aclose()
    await mended.aclose()


def test_a_clock_that_jumps_over_midnight_and_back_forgets_nothing() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.spend(CENT)
    for days in (1, -1, 2, -2, -1, 1):
        desk.clock.advance(days * 86_400)
        if days in (1, 2) and desk.clock.time() > NOON:
            desk.budget.reserve("p", CENT).release()
            desk.spend(CENT // 2)
    assert desk.clock.time() == NOON
    assert desk.tracker.spent("p", "day") == CENT
    with pytest.raises(BudgetExceededError):
        desk.budget.reserve("p", CENT)


async def test_a_clock_that_was_wrong_at_the_start_and_is_put_right(tmp_path: Path) -> None:
    desk = Desk(p=(0.01, "block"))
    storage = SQLiteStorage(tmp_path / "voicegw.db", clock=desk.clock)
    await storage.log_request(record(project="p", cost_nanos=CENT, timestamp=NOON))
    desk.clock.advance(86_400)
    await desk.tracker.load(storage)
    assert desk.tracker.spent("p", "day") == 0
    desk.clock.advance(-86_400)
    assert desk.tracker.spent("p", "day") == CENT
    with pytest.raises(BudgetExceededError):
        desk.budget.reserve("p", CENT)
    assert desk.tracker.behind
    await desk.tracker.follow(storage)
    assert (desk.tracker.behind, desk.tracker.spent("p", "day")) == (False, CENT)
    await storage.aclose()
