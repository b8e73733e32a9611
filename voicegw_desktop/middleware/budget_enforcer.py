"""Budgets that also hold for requests still running: money is set aside before it is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.config.schema_money import BudgetsConfig
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import BudgetExceededError, BudgetThrottleSignal
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.money import money
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.middleware.budget_news import BudgetNews
from voicegw_desktop.middleware.budgets import Budget, BudgetStatus, budgets_of
from voicegw_desktop.middleware.cost_tracker import Spending
from voicegw_desktop.middleware.holdings import Holdings, Limit
from voicegw_desktop.storage.days import BUDGETED
from voicegw_desktop.storage.spent import scopes

CONTENTION_WAIT = 1.0  # s; when only running requests stand in the way

UNPRICED = "budget_unpriced"
"""Code of the Notice about a request that a budget cannot count."""
MOST_PAYERS = 1024  # pairs of project and key whose budgets are kept at hand


class Reservation:
    """Money set aside for one request. End it with `release` or the enforcer's `settle`; twice is harmless."""

    __slots__ = ("_enforcer", "key", "nanos", "project", "scopes")

    def __init__(
        self,
        enforcer: BudgetEnforcer | None,
        project: str,
        key: str | None = None,
        nanos: int = 0,
        scopes: frozenset[str] = frozenset(),
    ) -> None:
        self._enforcer = enforcer
        self.project, self.key = project, key
        self.nanos = nanos
        self.scopes = scopes
        """Where it is set aside; each has all of it."""

    @property
    def counts(self) -> bool:
        """True when a budget may refuse a larger reservation."""
        return self._enforcer is not None and self._enforcer.binds(self.project, self.key)

    def grow(self, least: int, most: int | None = None) -> int:
        """Set aside between `least` and `most` in all, as far as the budgets have it; BudgetError when not `least`."""
        if self._enforcer is not None and (most or least) > self.nanos:
            own = self.nanos
            budgets = [b for b in self._enforcer.budgets(self.project, self.key) if b.scope in self.scopes]
            self.nanos += self._enforcer._take(budgets, max(0, least - own), max(least, most or 0) - own, own)
        return self.nanos

    def release(self) -> None:
        """The request cost nothing."""
        enforcer, project, key = self._enforcer, self.project, self.key
        if enforcer is not None:
            enforcer.settle(project, [self], 0, key=key)

    def taken(self) -> int:
        """Hand what is set aside to the code that settles it with the cost; nothing is left here."""
        enforcer, self._enforcer = self._enforcer, None
        return self.nanos if enforcer is not None else 0

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.release()


class BudgetEnforcer:
    """Checks and reserves against the budgets of projects, keys and the machine, by local day, week and month.

    `daily_alert`: US dollars over all projects after which one Notice a day appears. `holdings`: the sums that all
    programs on the same database share; none: those of this object only. `tell` keeps a list of what is wrong now.
    `others`: the budgets of keys and the machine.
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
        others: BudgetsConfig | None = None,
    ) -> None:
        self._spending = spending
        self._clock: Clock = clock or SystemClock()
        self._bus = bus or EventBus()
        self.holdings = holdings or Holdings(clock=self._clock)
        self._tell = tell
        self._news = BudgetNews(spending, self._clock, self._bus, tell)
        self._unpriced_told: dict[tuple[str, str], int] = {}
        self._by_scope: dict[str, tuple[Budget, ...]] = {}
        self._by_payer: dict[tuple[str, str | None], tuple[Budget, ...]] = {}
        self.configure(projects, daily_alert, others)

    def configure(
        self,
        projects: Mapping[str, ProjectConfig],
        daily_alert: float | None = None,
        others: BudgetsConfig | None = None,
    ) -> None:
        """Take new budgets; what is set aside stays set aside."""
        self._by_scope = budgets_of(projects, others or BudgetsConfig())
        self._by_payer.clear()
        self._news.configure({budget.setting for budget in self._every()}, daily_alert)

    def budgets(self, project: str, key: str | None = None) -> tuple[Budget, ...]:
        """Every budget that a request of this project and key is paid from."""
        if not self._by_scope:
            return ()
        found = self._by_payer.get((project, key))
        if found is None:
            if len(self._by_payer) >= MOST_PAYERS:
                self._by_payer.clear()
            found = tuple(b for scope in scopes(project, key) for b in self._by_scope.get(scope, ()))
            self._by_payer[project, key] = found
        return found

    def _every(self) -> Iterable[Budget]:
        for budgets in self._by_scope.values():
            yield from budgets

    def binds(self, project: str, key: str | None = None) -> bool:
        """True when there is a budget that refuses what it cannot pay."""
        return any(budget.binds for budget in self.budgets(project, key))

    def watched(self, project: str, key: str | None = None) -> bool:
        """True when there is a budget with any action."""
        return bool(self.budgets(project, key))

    def watches_key(self, key: str) -> bool:
        """True when the key has a budget of its own."""
        return any(budget.kind == "key" and budget.name == key for budget in self._every())

    def could_pay(self, project: str, nanos: int, key: str | None = None) -> bool:
        """True when every budget that refuses has that much left now. Nothing is set aside."""
        binding = [budget for budget in self.budgets(project, key) if budget.binds]
        sums = self.holdings.sums(*map(self._limit, binding))
        return all(s.spent + s.held + nanos <= budget.limit for budget, s in zip(binding, sums, strict=True))

    def check_budget(self, project: str, key: str | None = None) -> None:
        """Raise when a budget is spent: BudgetExceededError (block) or BudgetThrottleSignal (throttle)."""
        if self.binds(project, key):
            self.reserve(project, 1, 1, key=key).release()

    def reserve(
        self, project: str, least: int, most: int | None = None, *, key: str | None = None, shared: bool = False
    ) -> Reservation:
        """Set nano-dollars aside for a request about to run, or raise as `check_budget` does.

        Every budget must have `least` beside all that is spent and set aside, in every program on the database; as
        much as they have of `most` is set aside. `shared`: half of the rest is left for the next request while others
        run. A request whose size is not known yet takes little and grows. What costs nothing must not come here.
        """
        budgets = self.budgets(project, key)
        if not budgets:
            return Reservation(None, project)
        granted = self._take(budgets, least, most or least, shared=shared)
        return Reservation(self, project, key, granted, frozenset(budget.scope for budget in budgets))

    def unpriced(self, project: str, target: str, key: str | None = None) -> None:
        """A request of unknown price: refused where a budget says so, else announced once a day for each model."""
        budgets = self.budgets(project, key)
        if not budgets:
            return
        provider, _, model = target.partition("/")
        for budget in _strictest_first(budgets):
            if budget.unpriced == "block":
                raise _error(budget)(
                    f'The price of {target} is not known, and {budget.section}.unpriced is "block"; give '
                    f"prices.{provider}.{model} or choose a model whose price is known.",
                    retry_after=self._until_end(budget),
                )
        self.check_budget(project, key)
        day = self._spending.bounds("day")[0]
        if self._unpriced_told.get((project, target)) != day:
            if len(self._unpriced_told) > 256:
                # names come from clients
                self._unpriced_told.clear()
            self._unpriced_told[project, target] = day
            whose = budgets[0].subject
            told = (
                f"The price of {target} is not known, so the budget of {whose[0].lower()}{whose[1:]} does not count "
                f'it. Give prices.{provider}.{model}, or set {budgets[0].section}.unpriced to "block".'
            )
            self._tell(f"price {target}", told)
            self._bus.publish(Notice("warning", told, UNPRICED))

    def get_budget_status(self, project: str) -> BudgetStatus:
        """ok, warning (over 80 %) or exceeded (all of it), of the project's day."""
        for budget in self._by_scope.get(project, ()):
            if budget.period == "day":
                return self.status(budget)
        spent = self._spending.spent(project, "day")
        return BudgetStatus(project, "ok", "warn", spent, 0, None, name=project)

    def status(self, budget: Budget) -> BudgetStatus:
        """Where one budget stands."""
        (sums,) = self.holdings.sums(self._limit(budget))
        ahead = self._news.forecast(budget, sums.spent)
        return BudgetStatus(
            budget.project,
            budget.state(sums.spent),
            budget.action,
            sums.spent,
            sums.held,
            budget.limit,
            budget.unpriced,
            budget.kind,
            budget.name,
            budget.period,
            budget.setting,
            None if ahead is None else ahead.nanos,
            None if ahead is None else ahead.spent_at,
        )

    def statuses(self) -> list[BudgetStatus]:
        """Where each budget stands in its present period."""
        return [self.status(budget) for budget in self._every()]

    @property
    def watches(self) -> bool:
        """True when any budget or alert is configured."""
        return bool(self._by_scope) or self._news.alert is not None

    def look_again(self) -> None:
        """Publish what changed by other programs or by a new day."""
        for budget in self._every():
            self._news.look(budget)
        day = self._spending.bounds("day")[0]
        for (project, target), told in list(self._unpriced_told.items()):
            if told != day:
                del self._unpriced_told[project, target]
                self._tell(f"price {target}", None)

    def settle(
        self,
        project: str,
        reservations: Sequence[ReservationPort],
        cost: int,
        *,
        key: str | None = None,
        periods: Sequence[str] = BUDGETED,
    ) -> None:
        """A request has ended and is recorded: free what was set aside for it and count `cost` nano-dollars.

        `periods`: those of the present that the request counts for.
        """
        released: dict[str, int] = {}
        for reservation in reservations:
            nanos = reservation.taken()
            for scope in reservation.scopes if nanos else ():
                released[scope] = released.get(scope, 0) + nanos
        budgets = self.budgets(project, key)
        if released or budgets:
            costs = [(self._limit(budget), cost if budget.period in periods else 0) for budget in budgets]
            self.holdings.settle(costs, released)
            for budget in budgets:
                self._news.look(budget)

    def spent(self, project: str, key: str | None = None) -> None:
        """Publish what changed: the state of each budget, and a Notice at 50, 80 and 100 per cent."""
        for budget in self.budgets(project, key):
            self._news.look(budget)

    def spent_overall(self, total_nanos: int) -> None:
        """Compare the day's total over all projects with `daily_budget_alert`."""
        self._news.spent_overall(total_nanos)

    def _limit(self, budget: Budget) -> Limit:
        start = self._spending.bounds(budget.period)[0]
        known = self._spending.spent(budget.scope, budget.period)
        return Limit(budget.scope, budget.period, start, known, budget.limit if budget.binds else None)

    def _take(self, budgets: Sequence[Budget], least: int, most: int, own: int = 0, *, shared: bool = False) -> int:
        """`own`: what the request has set aside already."""
        if not budgets:
            # they were removed while the request ran
            return most
        # a request that costs a fraction of a nano-dollar does not pass a budget that is spent
        first = 0 if own else 1
        least, most = max(first, least), max(first, most)
        taken = self.holdings.take([self._limit(budget) for budget in budgets], least, most, shared=shared)
        if taken.granted < 0:
            refused = {budgets[at]: taken.sums[at].spent for at in taken.refused}
            self._refuse(refused, least + own)
        return taken.granted

    def _until_end(self, budget: Budget) -> float:
        return max(1.0, self._spending.bounds(budget.period)[2] - self._clock.time())

    def _refuse(self, refused: Mapping[Budget, int], least: int) -> None:
        """`refused`: each budget that cannot pay, and what was spent of it."""
        for budget, spent in refused.items():
            if spent + least > budget.limit:
                self._news.refused(budget, spent)
        # budgets that refuse before those that allow what costs nothing; then the one whose period lasts longest
        budget = min(_strictest_first(refused), key=lambda b: (b.action != "block", refused[b] + least <= b.limit))
        spent, wait = refused[budget], self._until_end(budget)
        text = budget.has_spent(spent)
        if spent + least <= budget.limit:
            text += " and requests that run now may use the rest; try again when they have ended"
            wait = CONTENTION_WAIT
        else:
            if spent < budget.limit:
                text += f", and this request may cost {money(least)}; ask for a shorter answer"
            text += f"; raise {budget.setting}, use a local model, or wait until {budget.until}"
        raise _error(budget)(text + ".", retry_after=wait)


def _strictest_first(budgets: Iterable[Budget]) -> list[Budget]:
    """Budgets that block before those that throttle; among budgets of one action, the longest period first."""
    return sorted(budgets, key=lambda b: (b.action != "block", -BUDGETED.index(b.period)))


def _error(budget: Budget) -> type[BudgetExceededError] | type[BudgetThrottleSignal]:
    return BudgetThrottleSignal if budget.action == "throttle" else BudgetExceededError
