"""What a budget is: whose, for which period, and the sentences about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.config.schema_money import BudgetConfig, BudgetsConfig
from voicegw_desktop.core.money import NANOS_PER_USD, money
from voicegw_desktop.storage.records import to_nanos
from voicegw_desktop.storage.spent import MACHINE, key_scope

State = Literal["ok", "warning", "exceeded"]
Kind = Literal["project", "key", "machine"]
TOLD_AT = (100, 80, 50)
"""Per cent of a budget that are announced."""
WARNING_AT = 0.8  # of the budget
FORECAST_FROM = 0.04
"""Part of a period that must have passed before its end is estimated: an hour of a day, a day of a month."""
WORDS = {"day": "daily", "week": "weekly", "month": "monthly"}
_UNTIL = {"day": "midnight", "week": "Monday", "month": "the first of the next month"}


@dataclass(frozen=True, slots=True)
class Budget:
    """What one project, key or the machine may spend in one period."""

    kind: Kind
    name: str
    """The project's or the key's id; empty for the machine."""
    scope: str
    """The payer, as `storage.spent` writes it."""
    period: str
    """One of `storage.days.BUDGETED`."""
    limit: int
    """Nano-dollars."""
    action: str
    """`warn`, `throttle` or `block`"""
    unpriced: str
    setting: str
    """The setting that gives the limit."""

    @property
    def binds(self) -> bool:
        """True when requests are refused once it is spent."""
        return self.action != "warn"

    @property
    def project(self) -> str:
        """The project's id; empty for a key's or the machine's."""
        return self.name if self.kind == "project" else ""

    @property
    def key(self) -> str:
        """The key's id; empty for a project's or the machine's."""
        return self.name if self.kind == "key" else ""

    @property
    def section(self) -> str:
        """The setting without its last part, for `action` and `unpriced`."""
        return self.setting.rpartition(".")[0]

    @property
    def subject(self) -> str:
        """Whose budget it is, as the beginning of a sentence."""
        return "This machine" if self.kind == "machine" else f'{self.kind.capitalize()} "{self.name}"'

    @property
    def until(self) -> str:
        """The day on which the next period begins."""
        return _UNTIL[self.period]

    def state(self, spent: int) -> State:
        """ok, warning (over 80 %) or exceeded (all of it)."""
        return "exceeded" if spent >= self.limit else "warning" if spent > self.limit * WARNING_AT else "ok"

    def percent(self, spent: int) -> int:
        """The highest of TOLD_AT that was spent; 0: less than half."""
        return next((p for p in TOLD_AT if spent * 100 >= self.limit * p), 0)

    def has_spent(self, spent: int) -> str:
        """The beginning of every sentence about it."""
        return f"{self.subject} has spent {money(spent)} of its {WORDS[self.period]} budget of {dollars(self.limit)}"

    def told(self, spent: int, pace: str) -> str:
        """The sentence about a budget of which a part is spent; `pace`: see `Forecast.sentence`."""
        if spent < self.limit:
            return f"{self.has_spent(spent)}.{pace}"
        return self.over(spent)

    def over(self, spent: int) -> str:
        """The sentence about a budget that is spent, or of which too little is left."""
        then = {
            "block": f"What costs more than is left is refused until {self.until}",
            "throttle": f"Only what costs nothing is served until {self.until}"
            if spent >= self.limit
            else f"What costs more than is left is served by what costs nothing, until {self.until}",
        }.get(self.action, f"Requests are served on, because its {self._action} is warn")
        return f"{self.has_spent(spent)}. {then}; {self.setting} raises it."

    @property
    def _action(self) -> str:
        return "budget_action" if self.kind == "project" else "action"


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a period ends when money is spent on as it was since its beginning."""

    period: str
    nanos: int
    """All that will be spent by then."""
    spent_at: float | None
    """Unix seconds at which the budget is spent; None: not before the period ends, or there is no budget."""

    def sentence(self, limit: int | None) -> str:
        """` At this pace the month ends at $12.00.` with a space before it, and the day when the budget is spent."""
        text = f" At this pace the {self.period} ends at {money(self.nanos)}"
        if self.spent_at is not None and limit is not None:
            when = datetime.fromtimestamp(self.spent_at)
            text += f", and the budget is spent {when:%H:%M}" if self.period == "day" else ""
            text += f", and the budget is spent on {when:%Y-%m-%d}" if self.period != "day" else ""
        return f"{text}."


def forecast(
    period: str, spent: int, now: float, begins: float, ends: float, limit: int | None = None
) -> Forecast | None:
    """None while too little of the period has passed, or nothing was spent."""
    passed = now - begins
    if not spent or passed < (ends - begins) * FORECAST_FROM:
        return None
    whole = round(spent * (ends - begins) / passed)
    at = begins + passed * limit / spent if limit is not None and spent < limit < whole else None
    return Forecast(period, whole, at)


def dollars(nanos: int) -> str:
    """A limit: two places, and more where it has more."""
    return f"${nanos / NANOS_PER_USD:,.2f}" if nanos % 10_000_000 == 0 else money(nanos)


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """Where a budget stands in the present period."""

    project: str
    """The project's id; empty for the budget of a key or of the machine."""
    status: State
    action: str
    spent_nanos: int
    reserved_nanos: int
    """Set aside for requests that run now, of every program on the same database."""
    budget_nanos: int | None
    """None: no limit."""
    unpriced: str = "allow"
    """What happens to requests whose price is not known."""
    kind: str = "project"
    """`project`, `key` or `machine`"""
    name: str = ""
    """The project's or the key's id."""
    period: str = "day"
    """`day`, `week` or `month`"""
    setting: str = ""
    """The setting that gives the limit."""
    forecast_nanos: int | None = None
    """What the period ends at when money is spent on as it was since its beginning; None: too early to say."""
    spent_at: float | None = None
    """Unix seconds at which the budget is spent at this pace; None: not in this period."""


def budgets_of(projects: Mapping[str, ProjectConfig], others: BudgetsConfig) -> dict[str, tuple[Budget, ...]]:
    """Every budget by scope."""
    found: dict[str, tuple[Budget, ...]] = {}
    for name, project in projects.items():
        limits = {"day": project.daily_budget, "week": project.weekly_budget, "month": project.monthly_budget}
        section = BudgetConfig(action=project.budget_action, unpriced=project.unpriced)
        settings = {period: f"projects.{name}.{WORDS[period]}_budget" for period in limits}
        found[name] = tuple(_budgets("project", name, name, limits, section, settings))
    named: list[tuple[Kind, str, str, str, BudgetConfig]] = [
        ("key", name, key_scope(name), f"budgets.keys.{name}", section) for name, section in others.keys.items()
    ]
    named.append(("machine", "", MACHINE, "budgets.machine", others.machine))
    for kind, name, scope, at, section in named:
        limits = {"day": section.daily, "week": section.weekly, "month": section.monthly}
        settings = {period: f"{at}.{WORDS[period]}" for period in limits}
        found[scope] = tuple(_budgets(kind, name, scope, limits, section, settings))
    return {scope: budgets for scope, budgets in found.items() if budgets}


def _budgets(
    kind: Kind,
    name: str,
    scope: str,
    limits: Mapping[str, float | None],
    section: BudgetConfig,
    settings: Mapping[str, str],
) -> Iterable[Budget]:
    for period, limit in limits.items():
        if limit is not None:
            yield Budget(kind, name, scope, period, to_nanos(limit), section.action, section.unpriced, settings[period])
