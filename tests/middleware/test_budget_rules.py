"""Rules of budgets at their edges: unknown prices, removed budgets, midnight, requests that grow."""

from __future__ import annotations

import pytest

from tests.support.budgets import CENT, Desk
from tests.support.records import NOON, record
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.errors import BudgetExceededError
from voicegw_desktop.storage.days import day_bounds

pytestmark = pytest.mark.unit


def test_a_budget_counts_while_it_may_refuse_and_its_reservation_is_open() -> None:
    desk = Desk(p=(0.01, "block"), w=(0.01, "warn"))
    with desk.budget.reserve("p", 1) as held:
        assert (held.nanos, held.counts) == (1, True)
    assert not held.counts
    assert not desk.budget.reserve("w", 1).counts
    assert [desk.budget.binds(project) for project in ("p", "w", "other")] == [True, False, False]


def test_a_project_without_a_budget_sets_nothing_aside() -> None:
    held = Desk(p=(0.01, "block")).budget.reserve("other", 5)
    assert (held.nanos, held.counts, held.grow(7)) == (0, False, 0)
    assert Desk().budget.get_budget_status("other").reserved_nanos == 0


def test_what_is_released_already_frees_nothing_when_it_is_settled() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.budget.reserve("p", 5)
    gone = desk.budget.reserve("p", 3)
    gone.release()
    desk.budget.settle("p", [gone], 0)
    assert desk.budget.get_budget_status("p").reserved_nanos == 5


def test_a_check_leaves_the_sums_as_they_were() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.budget.reserve("p", 5)
    desk.budget.check_budget("p")
    status = desk.budget.get_budget_status("p")
    assert (status.spent_nanos, status.reserved_nanos) == (0, 5)
    desk.spend(CENT - 6)
    desk.budget.check_budget("p")


def test_what_a_budget_could_pay_is_what_is_neither_spent_nor_set_aside() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.spend(1)
    desk.budget.reserve("p", CENT // 2)
    assert desk.budget.could_pay("p", CENT // 2 - 1)
    assert not desk.budget.could_pay("p", CENT // 2)
    # a reservation that is not shared may take all of it
    assert desk.budget.reserve("p", 1, CENT).nanos == CENT // 2 - 1


def test_a_budget_that_is_removed_is_no_trouble_any_more() -> None:
    desk = Desk(p=(0.01, "block"), q=(0.01, "block"))
    desk.spend(CENT, "p")
    desk.spend(CENT, "q")
    assert len(desk.board.sentences()) == 2
    desk.budget.configure({"q": ProjectConfig(daily_budget=0.01, budget_action="block")})
    (left,) = desk.board.sentences()
    assert 'Project "q"' in left


def test_an_unknown_price_is_a_trouble_until_the_day_ends() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.budget.unpriced("p", "openai/gpt-99")
    desk.budget.look_again()
    assert len(desk.board.sentences()) == 1
    desk.clock.advance(86_400)
    desk.budget.look_again()
    assert desk.board.sentences() == []


def test_names_that_clients_make_up_are_not_kept_without_end() -> None:
    desk = Desk(p=(0.01, "block"))
    for number in range(300):
        desk.budget.unpriced("p", f"openai/gpt-{number}")
    # the first ones are forgotten, so they are told once more
    desk.budget.unpriced("p", "openai/gpt-0")
    assert len(desk.notices) == 301


def test_budgets_and_the_alert_are_watched_where_there_are_any() -> None:
    assert not Desk().budget.watches
    assert Desk(daily_alert=1).budget.watches
    assert Desk(p=(0.01, "warn")).budget.watches


def test_the_alert_comes_when_the_day_costs_just_so_much() -> None:
    desk = Desk(daily_alert=0.02)
    desk.spend(2 * CENT)
    assert [n.code for n in desk.notices] == ["daily_budget_alert"]


def test_a_request_that_settles_its_cost_tells_the_state_of_the_budget() -> None:
    desk = Desk(p=(0.01, "block"))
    held = desk.budget.reserve("p", CENT)
    with pytest.raises(BudgetExceededError, match="requests that run now"):
        desk.budget.reserve("p", CENT)
    desk.tracker.record(record(project="p", cost_nanos=CENT, timestamp=desk.clock.time()))
    desk.budget.settle("p", [held], CENT)
    assert [s.state for s in desk.states] == ["exceeded"]


def test_a_refusal_to_grow_names_the_cost_of_the_whole_request() -> None:
    held = Desk(p=(0.01, "block")).budget.reserve("p", CENT // 2)
    with pytest.raises(BudgetExceededError, match=r"may cost \$0\.02"):
        held.grow(2 * CENT)


def test_a_request_goes_on_when_its_budget_is_removed() -> None:
    desk = Desk(p=(0.01, "block"))
    held = desk.budget.reserve("p", CENT)
    desk.budget.configure({})
    assert held.grow(5 * CENT) == 5 * CENT
    desk.budget.settle("p", [held], 5 * CENT)
    assert desk.budget.get_budget_status("p").reserved_nanos == 0


def test_a_refusal_says_whether_waiting_for_others_helps() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.spend(CENT * 9 // 10)
    desk.budget.reserve("p", CENT // 20)
    with pytest.raises(BudgetExceededError, match="requests that run now") as waits:
        desk.budget.reserve("p", CENT // 10)
    assert waits.value.retry_after == 1
    # it passes the budget by itself, whatever the others leave
    with pytest.raises(BudgetExceededError, match="ask for a shorter answer") as refused:
        desk.budget.reserve("p", CENT // 10 + 1)
    assert refused.value.retry_after > 1
    desk.spend(CENT // 10)
    with pytest.raises(BudgetExceededError) as spent:
        desk.budget.reserve("p", 1)
    assert "shorter answer" not in str(spent.value)


def test_right_before_midnight_a_client_is_not_told_to_try_again_at_once() -> None:
    desk = Desk(p=(0.01, "block"))
    desk.clock.advance(day_bounds(NOON)[2] - NOON - 0.25)
    desk.spend(CENT)
    with pytest.raises(BudgetExceededError) as refused:
        desk.budget.check_budget("p")
    assert refused.value.retry_after == 1
