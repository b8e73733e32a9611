"""What every request cost: priced, added to today's totals, handed to the writer, announced."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from typing import Protocol

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EventBus, RequestFinished
from voicegw_desktop.core.ports import Target
from voicegw_desktop.pricing.catalog import Amounts, Cost, PriceCatalog
from voicegw_desktop.storage import queries
from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Sink, Writer

log = logging.getLogger(__name__)

KEPT_DAYS = 3  # days counted in memory beside the present one


@dataclass(slots=True)
class Totals:
    """One project's day so far."""

    cost_nanos: int = 0
    requests: int = 0
    unpriced: int = 0
    """Requests whose price is not known; they are missing in `cost_nanos`."""

    def add(self, nanos: int | None, requests: int = 1, unpriced: int = 0) -> None:
        """Count one request, or a sum of some."""
        self.cost_nanos += nanos or 0
        self.requests += requests
        self.unpriced += unpriced + (nanos is None)


class Spending(Protocol):
    """Where the budget looks up what was spent."""

    @property
    def day(self) -> int: ...

    def today_nanos(self, project: str) -> int: ...


class CostTracker:
    """Everything synchronous and in memory.

    `sink` None keeps no records but counts the day all the same; `bus` None announces no record.
    """

    def __init__(
        self, sink: Sink | None, catalog: PriceCatalog, bus: EventBus | None = None, clock: Clock | None = None
    ) -> None:
        self.catalog = catalog
        self._sink = sink
        self._bus = bus
        self._clock: Clock = clock or SystemClock()
        self._own: dict[str, Totals] = {}
        """What this program has counted today."""
        self._others: dict[str, Totals] = {}
        """What else the database has of today: an earlier run's, or another program's on the same database."""
        self._kept: dict[int, tuple[dict[str, Totals], dict[str, Totals]]] = {}
        """`_own` and `_others` of days that the clock has left; it may come back to one."""
        self._storage: SQLiteStorage | None = None
        self.behind = False
        """The day changed: `follow` has yet to read what others have stored of it."""
        self._day, self._begins, self._ends = day_bounds(self._clock.time())

    async def load(self, storage: SQLiteStorage) -> None:
        """Take today's totals over from the database, after the writer has replayed its journals."""
        self._storage = storage
        await self.follow(storage)
        # days that passed before are known to the database only
        self._kept.clear()

    async def follow(self, storage: SQLiteStorage, writer: Writer | None = None) -> None:
        """Take over what others have stored since. `writer` has those of this program's that are not stored yet."""
        if writer is not None:
            await writer.flush()
        self._roll()
        # from here to the query's place in the database's queue nothing else runs, so the two agree
        day, self.behind = self._day, False
        own = {name: Totals(t.cost_nanos, t.requests, t.unpriced) for name, t in self._own.items()}
        for record in writer.waiting() if writer is not None else ():
            if self._begins <= record.timestamp < self._ends and record.project in own:
                own[record.project].add(-(record.cost_nanos or 0), -1, -(record.cost_nanos is None))
        stored = await storage.totals_now(day)
        if day == self._day:
            for project, (nanos, requests, unpriced) in stored.items():
                mine, before = own.get(project, Totals()), self._others.get(project, Totals())
                # a day's sums only grow: a database that was damaged or replaced does not take back what was spent
                self._others[project] = Totals(
                    max(before.cost_nanos, nanos - mine.cost_nanos),
                    max(before.requests, requests - mine.requests),
                    max(before.unpriced, unpriced - mine.unpriced),
                )

    def price(self, target: Target, amounts: Amounts, variant: str | None = None) -> Cost:
        """What that costs at that target; `variant` is the language or voice asked for, else the target's own."""
        return self.catalog.cost(target.provider, target.model, amounts, target.zone, variant or target.variant)

    @property
    def day(self) -> int:
        """The current local day as yyyymmdd."""
        self._roll()
        return self._day

    def free(self, target: Target) -> bool:
        """True when the target costs nothing, whatever the amount."""
        return self.catalog.free(target.provider, target.model, target.zone)

    def record(self, record: RequestRecord) -> bool:
        """Count the record, hand it to the writer and publish RequestFinished; True when it counts for today.

        The hot path: about 20 µs.
        """
        self._roll()
        # a request that began before midnight is counted on the day the database puts it, its first
        counts = self._begins <= record.timestamp < self._ends
        if counts:
            totals = self._own.get(record.project)
            if totals is None:
                totals = self._own[record.project] = Totals()
            totals.add(record.cost_nanos)
        if self._sink is not None:
            self._sink.submit(record)
        if self._bus is not None:
            self._bus.publish(RequestFinished(record))
        return counts

    def today(self, project: str | None = None) -> Totals:
        """The day so far, of one project or of all."""
        self._roll()
        total = Totals()
        for part in (self._own, self._others):
            for name, t in part.items():
                if project in (None, name):
                    total.add(t.cost_nanos, t.requests, t.unpriced)
        return total

    def today_nanos(self, project: str) -> int:
        """Nano-dollars the project has spent since local midnight."""
        self._roll()
        own, others = self._own.get(project), self._others.get(project)
        return (own.cost_nanos if own else 0) + (others.cost_nanos if others else 0)

    def _roll(self) -> None:
        now = self._clock.time()
        if self._begins <= now < self._ends:
            return
        self._kept[self._day] = (self._own, self._others)
        self._day, self._begins, self._ends = day_bounds(now)
        self.behind = True
        known = self._kept.pop(self._day, None)
        while len(self._kept) > KEPT_DAYS:
            del self._kept[next(iter(self._kept))]
        # a clock that was wrong at the start and is put right lands on a day that only the database knows
        self._own, self._others = known if known is not None else ({}, self._stored())

    def _stored(self) -> dict[str, Totals]:
        """The new day's totals in the database, read in this thread: a budget must not be open until they come."""
        if self._storage is None:
            return {}
        try:
            totals = self._storage.read_now(queries.daily_totals, self._day)
        except (VoiceGatewayError, sqlite3.Error, OSError) as error:
            log.warning("What was spent on day %d could not be read: %s", self._day, error)
            return {}
        return {project: Totals(*numbers) for project, numbers in totals.items()}
