"""Daily budgets that also hold for requests still running: money is set aside before it is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import BudgetExceededError, BudgetThrottleSignal
from voicegw_desktop.core.events import BudgetState, EventBus, Notice
from voicegw_desktop.middleware.cost_tracker import Spending
from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.records import NANOS_PER_USD, to_nanos

WARNING_AT = 0.8  # of the budget
CONTENTION_WAIT = 1.0  # s; when only running requests stand in the way

State = Literal["ok", "warning", "exceeded"]


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """Where a project stands today."""

    project: str
    status: State
    action: str
    spent_nanos: int
    reserved_nanos: int
    """Set aside for requests that run now."""
    budget_nanos: int | None
    """None: no limit."""


class Reservation:
    """Money set aside for one request. End it with `settle` or `release`; doing so twice is harmless."""

    __slots__ = ("_enforcer", "nanos", "project")

    def __init__(self, enforcer: BudgetEnforcer | None, project: str, nanos: int) -> None:
        self._enforcer = enforcer
        self.project = project
        self.nanos = nanos

    def settle(self, actual_nanos: int | None = None) -> None:
        """The request is recorded by the cost tracker, which counts what it really cost; free what was set aside."""
        self.release()

    def release(self) -> None:
        """The request cost nothing."""
        enforcer, self._enforcer = self._enforcer, None
        if enforcer is not None:
            enforcer._end(self)

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.release()


class BudgetEnforcer:
    """Checks and reserves against each project's daily budget; the day turns at local midnight.

    `daily_alert`: US dollars over all projects after which one Notice a day appears.
    """

    def __init__(
        self,
        projects: Mapping[str, ProjectConfig],
        spending: Spending,
        clock: Clock | None = None,
        bus: EventBus | None = None,
        daily_alert: float | None = None,
    ) -> None:
        self._spending = spending
        self._clock: Clock = clock or SystemClock()
        self._bus = bus or EventBus()
        self._reserved: dict[str, int] = {}
        self._running: dict[str, int] = {}
        self._states: dict[str, State] = {}
        self._alerted_day = 0
        self.configure(projects, daily_alert)

    def configure(self, projects: Mapping[str, ProjectConfig], daily_alert: float | None = None) -> None:
        """Take new budgets; what is set aside stays set aside."""
        self._budgets = {
            name: (to_nanos(project.daily_budget), project.budget_action)
            for name, project in projects.items()
            if project.daily_budget is not None
        }
        self._alert = None if daily_alert is None else to_nanos(daily_alert)
        self._states = {name: state for name, state in self._states.items() if name in self._budgets}

    def check_budget(self, project: str) -> None:
        """Raise when the day's budget is spent: BudgetExceededError (block) or BudgetThrottleSignal (throttle)."""
        budget = self._budgets.get(project)
        if budget is None:
            return
        limit, action = budget
        if self._spending.today_nanos(project) >= limit and action != "warn":
            self._refuse(project, limit, action, self._until_midnight())

    def reserve(self, project: str, estimate_nanos: int | None) -> Reservation:
        """Set `estimate_nanos` aside for a request about to run, or raise as `check_budget` does.

        A request alone in its project is admitted as long as the budget is not spent, so a high estimate never locks
        a project out and overshoot is bounded by one request. While others run, all of them must fit. A free request
        (0) is always admitted; one of unknown price (None) is admitted until the budget is spent.
        """
        budget = self._budgets.get(project)
        if budget is None or estimate_nanos == 0:
            return Reservation(None, project, 0)
        limit, action = budget
        estimate = estimate_nanos or 0
        if action != "warn":
            spent, reserved = self._spending.today_nanos(project), self._reserved.get(project, 0)
            if spent >= limit:
                self._refuse(project, limit, action, self._until_midnight())
            if self._running.get(project) and (spent + reserved + estimate > limit or reserved >= limit):
                self._refuse(project, limit, action, CONTENTION_WAIT)
        self._reserved[project] = self._reserved.get(project, 0) + estimate
        self._running[project] = self._running.get(project, 0) + 1
        return Reservation(self, project, estimate)

    def get_budget_status(self, project: str) -> BudgetStatus:
        """ok, warning (over 80 %) or exceeded (all of it)."""
        budget = self._budgets.get(project)
        spent = self._spending.today_nanos(project)
        reserved = self._reserved.get(project, 0)
        if budget is None:
            return BudgetStatus(project, "ok", "warn", spent, reserved, None)
        return BudgetStatus(project, _state(spent, budget[0]), budget[1], spent, reserved, budget[0])

    def statuses(self) -> list[BudgetStatus]:
        """Every project that has a budget."""
        return [self.get_budget_status(project) for project in self._budgets]

    @property
    def watches(self) -> bool:
        """Is there a budget or an alert at all?"""
        return bool(self._budgets) or self._alert is not None

    def look_again(self) -> None:
        """Somebody else may have spent: publish what changed."""
        for project in self._budgets:
            self.spent(project)

    def spent(self, project: str) -> None:
        """The cost tracker has counted a request of that project: publish what changed."""
        budget = self._budgets.get(project)
        if budget is not None:
            spent = self._spending.today_nanos(project)
            state = _state(spent, budget[0])
            if state != self._states.get(project, "ok"):
                self._states[project] = state
                self._bus.publish(BudgetState(project, state, spent, budget[0]))

    def spent_overall(self, total_nanos: int) -> None:
        """The same for the alert over all projects."""
        if self._alert is None or total_nanos < self._alert:
            return
        day = day_bounds(self._clock.time())[0]
        if day != self._alerted_day:
            self._alerted_day = day
            self._bus.publish(
                Notice(
                    "warning",
                    f"Today's cost has reached ${total_nanos / NANOS_PER_USD:.2f}; cost_tracking.daily_budget_alert "
                    f"is ${self._alert / NANOS_PER_USD:.2f}.",
                    "daily_budget_alert",
                )
            )

    def _end(self, reservation: Reservation) -> None:
        project = reservation.project
        self._reserved[project] -= reservation.nanos
        self._running[project] -= 1
        if not self._running[project]:
            del self._reserved[project], self._running[project]
        self.spent(project)

    def _until_midnight(self) -> float:
        now = self._clock.time()
        return max(1.0, day_bounds(now)[2] - now)

    def _refuse(self, project: str, limit: int, action: str, wait: float) -> None:
        spent = self._spending.today_nanos(project)
        text = (
            f'Project "{project}" has spent ${spent / NANOS_PER_USD:.4f} of its daily budget of '
            f"${limit / NANOS_PER_USD:.2f}"
        )
        if spent < limit:
            text += " and requests that run now may use the rest; try again when they have ended"
        else:
            text += f"; raise projects.{project}.daily_budget, use a local model, or wait until midnight"
        kind = BudgetExceededError if action == "block" else BudgetThrottleSignal
        raise kind(text + ".", retry_after=wait)


def _state(spent: int, limit: int) -> State:
    return "exceeded" if spent >= limit else "warning" if spent > limit * WARNING_AT else "ok"
