"""What every request cost: priced, added to today's totals, handed to the writer, announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.events import EventBus, RequestFinished
from voicegw_desktop.core.ports import Target
from voicegw_desktop.pricing.catalog import Amounts, Cost, PriceCatalog
from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Sink


@dataclass(slots=True)
class Totals:
    """One project's day so far."""

    cost_nanos: int = 0
    requests: int = 0
    unpriced: int = 0
    """Requests whose price is not known; they are missing in `cost_nanos`."""


class Spending(Protocol):
    """Where the budget looks up what was spent."""

    def today_nanos(self, project: str) -> int: ...


class CostTracker:
    """Everything synchronous and in memory; `sink` None keeps no records but counts the day all the same."""

    def __init__(
        self, sink: Sink | None, catalog: PriceCatalog, bus: EventBus | None = None, clock: Clock | None = None
    ) -> None:
        self.catalog = catalog
        self._sink = sink
        self._bus = bus or EventBus()
        self._clock: Clock = clock or SystemClock()
        self._totals: dict[str, Totals] = {}
        self._day, self._begins, self._ends = day_bounds(self._clock.time())

    async def load(self, storage: SQLiteStorage) -> None:
        """Take today's totals over from the database, once, after the writer has replayed its journals."""
        self._roll()
        stored = await storage.get_daily_totals(self._day)
        for project, (nanos, requests, unpriced) in stored.items():
            self._totals[project] = Totals(nanos, requests, unpriced)

    def price(self, target: Target, amounts: Amounts, variant: str | None = None) -> Cost:
        """What that costs at that target; `variant` is the language or voice asked for, else the target's own."""
        return self.catalog.cost(target.provider, target.model, amounts, target.zone, variant or target.variant)

    def record(self, record: RequestRecord) -> None:
        """Count the record, hand it to the writer and publish RequestFinished. The hot path: about 20 µs."""
        self._roll()
        # a request that began before midnight is counted on the day the database puts it, its first
        if record.timestamp >= self._begins:
            totals = self._totals.get(record.project)
            if totals is None:
                totals = self._totals[record.project] = Totals()
            totals.requests += 1
            if record.cost_nanos is None:
                totals.unpriced += 1
            else:
                totals.cost_nanos += record.cost_nanos
        if self._sink is not None:
            self._sink.submit(record)
        self._bus.publish(RequestFinished(record))

    def today(self, project: str | None = None) -> Totals:
        """The day so far, of one project or of all."""
        self._roll()
        if project is not None:
            found = self._totals.get(project)
            return Totals(found.cost_nanos, found.requests, found.unpriced) if found else Totals()
        every = self._totals.values()
        return Totals(sum(t.cost_nanos for t in every), sum(t.requests for t in every), sum(t.unpriced for t in every))

    def today_nanos(self, project: str) -> int:
        """Nano-dollars the project has spent since local midnight."""
        self._roll()
        found = self._totals.get(project)
        return found.cost_nanos if found else 0

    def _roll(self) -> None:
        now = self._clock.time()
        if not self._begins <= now < self._ends:
            self._day, self._begins, self._ends = day_bounds(now)
            self._totals.clear()
