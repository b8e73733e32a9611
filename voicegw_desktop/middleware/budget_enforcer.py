"""Daily budgets that also hold for requests still running: money is set aside before it is spent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import BudgetExceededError, BudgetThrottleSignal
from voicegw_desktop.core.events import BudgetState, EventBus, Notice
from voicegw_desktop.core.money import NANOS_PER_USD
from voicegw_desktop.middleware.cost_tracker import Spending
from voicegw_desktop.middleware.holdings import Holdings
from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.records import to_nanos

WARNING_AT = 0.8  # of the budget
CONTENTION_WAIT = 1.0  # s; when only running requests stand in the way

State = Literal["ok", "warning", "exceeded"]
SPENT = "budget_spent"
"""Code of the Notice about a budget that is spent."""
UNPRICED = "budget_unpriced"
"""Code of the Notice about a request that a budget cannot count."""


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """Where a project stands today."""

    project: str
    status: State
    action: str
    spent_nanos: int
    reserved_nanos: int
    """Set aside for requests that run now, of every program on the same database."""
    budget_nanos: int | None
    """None: no limit."""
    unpriced: str = "allow"
    """What happens to requests whose price is not known."""


@dataclass(frozen=True, slots=True)
class _Budget:
    limit: int
    action: str
    unpriced: str

    @property
    def binds(self) -> bool:
        """True when requests are refused once the budget is spent."""
        return self.action != "warn"


class Reservation:
    """Money set aside for one request. End it with `release` or the enforcer's `settle`; twice is harmless."""

    __slots__ = ("_enforcer", "nanos", "project")

    def __init__(self, enforcer: BudgetEnforcer | None, project: str, nanos: int) -> None:
        self._enforcer = enforcer
        self.project = project
        self.nanos = nanos

    @property
    def counts(self) -> bool:
        """True when a budget may refuse a larger reservation."""
        return self._enforcer is not None and self._enforcer.binds(self.project)

    def grow(self, least: int, most: int | None = None) -> int:
        """Set aside between `least` and `most` in all, as far as the budget has it; BudgetError when not `least`."""
        if self._enforcer is not None and (most or least) > self.nanos:
            own = self.nanos
            self.nanos += self._enforcer._take(self.project, max(0, least - own), max(least, most or 0) - own, own)
        return self.nanos

    def release(self) -> None:
        """The request cost nothing."""
        enforcer, self._enforcer = self._enforcer, None
        if enforcer is not None:
            enforcer._end(self.project, self.nanos, 0)

    def taken(self) -> int:
        """Hand what is set aside to the code that settles it with the cost; nothing is left here."""
        enforcer, self._enforcer = self._enforcer, None
        return self.nanos if enforcer is not None else 0

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.release()


class BudgetEnforcer:
    """Checks and reserves against each project's daily budget; the day turns at local midnight.

    `daily_alert`: US dollars over all projects after which one Notice a day appears. `holdings`: the sums that all
    programs on the same database share; none: those of this object only. `tell` keeps a list of what is wrong now.
    """

    def __init__(
        self,
        projects: Mapping[str, ProjectConfig],
        spending: Spending,
        clock: Clock | None = None,
        bus: EventBus | None = None,
        daily_alert: float | None = None,
        holdings: Holdings | None = None,
        tell: Callable[[str, str | None], None] = lambda about, sentence: None,
    ) -> None:
        self._spending = spending
        self._clock: Clock = clock or SystemClock()
        self._bus = bus or EventBus()
        self.holdings = holdings or Holdings(clock=self._clock)
        self._tell = tell
        """Hears what is wrong with which budget, and None when nothing is any more."""
        self._states: dict[str, State] = {}
        self._alerted_day = 0
        self._unpriced_told: dict[tuple[str, str], int] = {}
        self._refused: dict[str, int] = {}
        """The day on which what was left of a budget did not pay for a request."""
        self.configure(projects, daily_alert)

    def configure(self, projects: Mapping[str, ProjectConfig], daily_alert: float | None = None) -> None:
        """Take new budgets; what is set aside stays set aside."""
        self._budgets = {
            name: _Budget(to_nanos(project.daily_budget), project.budget_action, project.unpriced)
            for name, project in projects.items()
            if project.daily_budget is not None
        }
        self._alert = None if daily_alert is None else to_nanos(daily_alert)
        for name in [name for name in self._states if name not in self._budgets]:
            del self._states[name]
            self._tell(f"budget {name}", None)

    def binds(self, project: str) -> bool:
        """True when the project has a budget that refuses what it cannot pay."""
        budget = self._budgets.get(project)
        return budget is not None and budget.binds

    def watched(self, project: str) -> bool:
        """True when the project has a budget with any action."""
        return project in self._budgets

    def could_pay(self, project: str, nanos: int) -> bool:
        """True when the budget has that much left now. Nothing is set aside."""
        budget = self._budgets[project]
        sums = self.holdings.sums(project, self._spending.day, self._spending.today_nanos(project))
        return sums.spent + sums.held + nanos <= budget.limit

    def check_budget(self, project: str) -> None:
        """Raise when the day's budget is spent: BudgetExceededError (block) or BudgetThrottleSignal (throttle)."""
        if self.binds(project):
            self._take(project, 1, 1)
            self._end(project, 1, 0)

    def reserve(self, project: str, least: int, most: int | None = None, *, shared: bool = False) -> Reservation:
        """Set nano-dollars aside for a request about to run, or raise as `check_budget` does.

        The budget must have `least` beside all that is spent and set aside, in every program on the database; as much
        as it has of `most` is set aside. `shared`: half of the rest is left for the next request while others run.
        A request whose size is not known yet takes little and grows. What costs nothing must not come here.
        """
        if project not in self._budgets:
            return Reservation(None, project, 0)
        return Reservation(self, project, self._take(project, least, most or least, shared=shared))

    def unpriced(self, project: str, target: str) -> None:
        """A request of unknown price: refused where the project says so, else told of once a day for each model."""
        budget = self._budgets.get(project)
        if budget is None:
            return
        provider, _, model = target.partition("/")
        if budget.unpriced == "block":
            raise self._error(budget)(
                f'The price of {target} is not known, and projects.{project}.unpriced is "block"; give '
                f"prices.{provider}.{model} or choose a model whose price is known.",
                retry_after=self._until_midnight(),
            )
        if budget.binds:
            self.check_budget(project)
        day = self._spending.day
        if self._unpriced_told.get((project, target)) != day:
            if len(self._unpriced_told) > 256:
                # names come from clients
                self._unpriced_told.clear()
            self._unpriced_told[project, target] = day
            told = (
                f'The price of {target} is not known, so the budget of project "{project}" does not count it. '
                f'Give prices.{provider}.{model}, or set projects.{project}.unpriced to "block".'
            )
            self._tell(f"price {target}", told)
            self._bus.publish(Notice("warning", told, UNPRICED))

    def get_budget_status(self, project: str) -> BudgetStatus:
        """ok, warning (over 80 %) or exceeded (all of it)."""
        budget = self._budgets.get(project)
        known = self._spending.today_nanos(project)
        if budget is None:
            return BudgetStatus(project, "ok", "warn", known, 0, None)
        sums = self.holdings.sums(project, self._spending.day, known)
        return BudgetStatus(
            project,
            _state(sums.spent, budget.limit),
            budget.action,
            sums.spent,
            sums.held,
            budget.limit,
            budget.unpriced,
        )

    def statuses(self) -> list[BudgetStatus]:
        """Every project that has a budget."""
        return [self.get_budget_status(project) for project in self._budgets]

    @property
    def watches(self) -> bool:
        """True when any budget or alert is configured."""
        return bool(self._budgets) or self._alert is not None

    def look_again(self) -> None:
        """Publish what changed by other programs or by a new day."""
        day = self._spending.day
        for project in self._budgets:
            self.spent(project)
            if self._refused.get(project, day) != day:
                del self._refused[project]
                self._tell_state(project)
        for (project, target), told in list(self._unpriced_told.items()):
            if told != day:
                del self._unpriced_told[project, target]
                self._tell(f"price {target}", None)

    def settle(self, project: str, reservations: list[Reservation], cost: int) -> None:
        """A request has ended and is recorded: free what was set aside for it and count `cost` nano-dollars."""
        released = sum(reservation.taken() for reservation in reservations)
        if released or project in self._budgets:
            self._end(project, released, cost)

    def spent(self, project: str) -> None:
        """Publish what changed: the state of the project's budget, and a Notice when it is spent."""
        budget = self._budgets.get(project)
        if budget is None:
            return
        spent = self._spending.today_nanos(project)
        state = _state(spent, budget.limit)
        if state != self._states.get(project, "ok"):
            self._states[project] = state
            self._bus.publish(BudgetState(project, state, spent, budget.limit))
            if state == "exceeded":
                told = _spent_sentence(project, spent, budget.limit, budget.action)
                self._bus.publish(Notice("warning", told, SPENT))
            self._tell_state(project)

    def _tell_state(self, project: str) -> None:
        budget, spent = self._budgets[project], self._spending.today_nanos(project)
        wrong = spent >= budget.limit or project in self._refused
        told = _spent_sentence(project, spent, budget.limit, budget.action) if wrong else None
        self._tell(f"budget {project}", told)

    def spent_overall(self, total_nanos: int) -> None:
        """Compare the day's total over all projects with `daily_budget_alert`."""
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

    def _take(self, project: str, least: int, most: int, own: int = 0, *, shared: bool = False) -> int:
        """`own`: what the request has set aside already."""
        budget = self._budgets.get(project)
        if budget is None:
            # it was removed while the request ran
            return most
        limit = budget.limit if budget.binds else None
        known, day = self._spending.today_nanos(project), self._spending.day
        # a request that costs a fraction of a nano-dollar does not pass a budget that is spent
        first = 0 if own else 1
        least, most = max(first, least), max(first, most)
        granted, sums = self.holdings.take(project, day, known, limit, least, most, shared=shared)
        if granted < 0:
            self._refuse(project, budget, least + own, sums.spent)
        return granted

    def _end(self, project: str, released: int, cost: int) -> None:
        known, day = self._spending.today_nanos(project), self._spending.day
        self.holdings.settle(project, day, known, released, cost)
        self.spent(project)

    def _until_midnight(self) -> float:
        now = self._clock.time()
        return max(1.0, day_bounds(now)[2] - now)

    @staticmethod
    def _error(budget: _Budget) -> type[BudgetExceededError] | type[BudgetThrottleSignal]:
        return BudgetThrottleSignal if budget.action == "throttle" else BudgetExceededError

    def _refuse(self, project: str, budget: _Budget, least: int, spent: int) -> None:
        text = (
            f'Project "{project}" has spent ${spent / NANOS_PER_USD:.4f} of its daily budget of '
            f"${budget.limit / NANOS_PER_USD:.2f}"
        )
        wait = self._until_midnight()
        if spent + least <= budget.limit:
            text += " and requests that run now may use the rest; try again when they have ended"
            wait = CONTENTION_WAIT
        else:
            if spent < budget.limit:
                text += f", and this request may cost ${least / NANOS_PER_USD:.4f}; ask for a shorter answer"
            text += f"; raise projects.{project}.daily_budget, use a local model, or wait until midnight"
            self._tell_refused(project, budget, spent)
        raise self._error(budget)(text + ".", retry_after=wait)

    def _tell_refused(self, project: str, budget: _Budget, spent: int) -> None:
        day = self._spending.day
        if self._refused.get(project) == day:
            return
        self._refused[project] = day
        self._tell_state(project)
        if self._states.get(project) != "exceeded":
            self._bus.publish(Notice("warning", _spent_sentence(project, spent, budget.limit, budget.action), SPENT))


def _state(spent: int, limit: int) -> State:
    return "exceeded" if spent >= limit else "warning" if spent > limit * WARNING_AT else "ok"


def _spent_sentence(project: str, spent: int, limit: int, action: str) -> str:
    over = spent >= limit
    then = {
        "block": "What costs more than is left is refused until midnight",
        "throttle": "Only what costs nothing is served until midnight"
        if over
        else "What costs more than is left is served by what costs nothing, until midnight",
    }.get(action, "Requests are served on, because its budget_action is warn")
    return (
        f'Project "{project}" has spent ${spent / NANOS_PER_USD:.4f} of its daily budget of '
        f"${limit / NANOS_PER_USD:.2f}. {then}; projects.{project}.daily_budget raises it."
    )
