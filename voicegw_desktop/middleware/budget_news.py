"""Announces how much of each budget is spent, what its period ends at, and that it refused a request."""

from __future__ import annotations

from collections.abc import Callable

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.events import BudgetReached, BudgetState, EventBus, Notice
from voicegw_desktop.middleware.budgets import Budget, Forecast, State, dollars, forecast
from voicegw_desktop.middleware.cost_tracker import Spending
from voicegw_desktop.storage.records import to_nanos

SPENT = "budget_spent"
"""Code of the Notice about a budget that is spent."""
PERIODS = 4
"""Whose announcements are remembered, of each budget."""


class BudgetNews:
    """Publishes each change once. Budgets are known by the setting that gives their limit."""

    def __init__(
        self, spending: Spending, clock: Clock, bus: EventBus, tell: Callable[[str, str | None], None]
    ) -> None:
        """`tell` is called with a budget's name and its trouble as a sentence, None when the trouble is over."""
        self._spending, self._clock, self._bus, self._tell = spending, clock, bus, tell
        self.alert: int | None = None
        """Nano-dollars a day over all projects after which a Notice appears."""
        self._states: dict[str, State] = {}
        self._percents: dict[str, dict[tuple[int, int], int]] = {}
        """For each setting the per cent announced, by the first day of the period and the limit."""
        self._refused: dict[str, int] = {}
        """The first day of the period in which what was left did not pay for a request."""
        self._alerted_days: list[int] = []

    def configure(self, settings: set[str], daily_alert: float | None) -> None:
        """Take the budgets that there are now; `daily_alert` in US dollars."""
        self.alert = None if daily_alert is None else to_nanos(daily_alert)
        for setting in [setting for setting in self._states if setting not in settings]:
            del self._states[setting]
            self._tell(_about(setting), None)

    def forecast(self, budget: Budget, spent: int) -> Forecast | None:
        """How the budget's period ends at this pace."""
        _, begins, ends = self._spending.bounds(budget.period)
        return forecast(budget.period, spent, self._clock.time(), begins, ends, budget.limit)

    def look(self, budget: Budget) -> None:
        """Publish what changed: the budget's state, and a Notice at 50, 80 and 100 per cent."""
        spent = self._spending.spent(budget.scope, budget.period)
        state, setting = budget.state(spent), budget.setting
        if setting in self._refused and self._refused[setting] != self._spending.bounds(budget.period)[0]:
            del self._refused[setting]
            self._tell_state(budget)
        if state != self._states.get(setting, "ok"):
            self._states[setting] = state
            self._bus.publish(BudgetState(budget.project, state, spent, budget.limit, budget.key, budget.period))
            self._tell_state(budget)
        percent = budget.percent(spent)
        if not percent:
            return
        start = self._spending.bounds(budget.period)[0]
        announced = self._percents.setdefault(setting, {})
        if percent > announced.get((start, budget.limit), 0):
            announced[start, budget.limit] = percent
            # some periods, because a clock may jump to another day and back
            while len(announced) > PERIODS:
                del announced[next(iter(announced))]
            self._publish(budget, start, percent, spent)

    def _publish(self, budget: Budget, start: int, percent: int, spent: int) -> None:
        ahead = self.forecast(budget, spent)
        told = budget.told(spent, "" if ahead is None else ahead.sentence(budget.limit))
        self._bus.publish(
            BudgetReached(
                budget.project,
                budget.key,
                budget.scope,
                budget.period,
                start,
                percent,
                spent,
                budget.limit,
                None if ahead is None else ahead.nanos,
                budget.action,
                told,
            )
        )
        if percent >= 100:
            self._bus.publish(Notice("warning", told, SPENT))
        else:
            self._bus.publish(Notice("info" if percent < 80 else "warning", told, f"budget_{percent}"))

    def _tell_state(self, budget: Budget) -> None:
        spent = self._spending.spent(budget.scope, budget.period)
        wrong = spent >= budget.limit or budget.setting in self._refused
        self._tell(_about(budget.setting), budget.over(spent) if wrong else None)

    def spent_overall(self, total_nanos: int) -> None:
        """Compare the day's total over all projects with `daily_budget_alert`."""
        if self.alert is None or total_nanos < self.alert:
            return
        day = self._spending.bounds("day")[0]
        if day not in self._alerted_days:
            self._alerted_days = [*self._alerted_days, day][-PERIODS:]
            told = (
                f"Today's cost has reached {dollars(total_nanos)}; cost_tracking.daily_budget_alert is "
                f"{dollars(self.alert)}."
            )
            self._bus.publish(Notice("warning", told, "daily_budget_alert"))

    def refused(self, budget: Budget, spent: int) -> None:
        """Announce, once in a period, that what is left of a budget did not pay for a request."""
        start = self._spending.bounds(budget.period)[0]
        if self._refused.get(budget.setting) == start:
            return
        self._refused[budget.setting] = start
        self._tell_state(budget)
        if self._states.get(budget.setting) != "exceeded":
            self._bus.publish(Notice("warning", budget.over(spent), SPENT))


def _about(setting: str) -> str:
    """The name under which a budget's trouble is kept."""
    return f"budget {setting}"
