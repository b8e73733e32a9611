"""A cost tracker and a budget enforcer on one clock and one bus."""

from __future__ import annotations

from tests.support.records import NOON, ListSink, record
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import BudgetState, EventBus, Notice
from voicegw_desktop.core.troubles import TroubleBoard
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.pricing.catalog import PriceCatalog

CENT = 10_000_000  # nanos


class Desk:
    """A tracker and an enforcer on one clock and one bus."""

    def __init__(self, daily_alert: float | None = None, **budgets: tuple[float, str]) -> None:
        self.clock, self.bus = ManualClock(NOON), EventBus()
        self.states: list[BudgetState] = []
        self.notices: list[Notice] = []
        self.bus.subscribe(self.states.append, BudgetState)
        self.bus.subscribe(self.notices.append, Notice)
        self.sink = ListSink()
        self.tracker = CostTracker(self.sink, PriceCatalog(), self.bus, self.clock)
        projects = {
            name: ProjectConfig.model_validate({"daily_budget": usd, "budget_action": action})
            for name, (usd, action) in budgets.items()
        }
        self.board = TroubleBoard(self.bus)
        self.budget = BudgetEnforcer(projects, self.tracker, self.clock, self.bus, daily_alert, tell=self.board.put)

    def spend(self, nanos: int | None, project: str = "p") -> None:
        self.tracker.record(record(project=project, cost_nanos=nanos, timestamp=self.clock.time()))
        self.budget.spent(project)
        self.budget.spent_overall(self.tracker.today().cost_nanos)
