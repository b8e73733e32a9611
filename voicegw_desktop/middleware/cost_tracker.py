"""What every request cost: priced, added to the sums of the day, week and month, handed to the writer, announced."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.events import EventBus, RequestFinished
from voicegw_desktop.core.ports import Target
from voicegw_desktop.pricing.catalog import Amounts, Cost, PriceCatalog
from voicegw_desktop.storage import spent
from voicegw_desktop.storage.days import BUDGETED, calendar_bounds
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.spent import MACHINE, Counts, scopes
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Sink, Writer

log = logging.getLogger(__name__)

KEPT = 3  # periods of each length counted in memory beside the present one


@dataclass(slots=True)
class Totals:
    """What one scope has spent in a period so far."""

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
    """Where the budget looks up what was spent; scopes are those of `storage.spent`, periods those of `BUDGETED`."""

    def spent(self, scope: str, period: str) -> int: ...

    def bounds(self, period: str) -> tuple[int, float, float]: ...


@dataclass(slots=True)
class _Period:
    """The present day, week or month, by scope."""

    name: str
    first: int = 0
    """The period's first day, yyyymmdd."""
    begins: float = 0.0
    ends: float = 0.0
    own: dict[str, Totals] = field(default_factory=dict)
    """What this program has counted."""
    others: dict[str, Totals] = field(default_factory=dict)
    """What else the database has: an earlier run's, or another program's on the same database."""
    kept: dict[int, tuple[dict[str, Totals], dict[str, Totals]]] = field(default_factory=dict)
    """`own` and `others` of periods that the clock has left; it may come back to one."""

    def holds(self, timestamp: float) -> bool:
        """True when the moment lies in it."""
        return self.begins <= timestamp < self.ends

    def add(self, scope: str, nanos: int | None) -> None:
        """Count one request of this program."""
        totals = self.own.get(scope)
        if totals is None:
            totals = self.own[scope] = Totals()
        totals.add(nanos)

    def total(self, scope: str) -> Totals:
        """What the scope has spent."""
        total = Totals()
        for part in (self.own, self.others):
            if (found := part.get(scope)) is not None:
                total.add(found.cost_nanos, found.requests, found.unpriced)
        return total

    def take(self, stored: Mapping[str, Counts], own: Mapping[str, Totals]) -> None:
        """Take over what the database has beside `own`, the part of this program's that is stored."""
        for scope, (nanos, requests, unpriced) in stored.items():
            mine, before = own.get(scope, Totals()), self.others.get(scope, Totals())
            # sums only grow: a database that was damaged or replaced does not take back what was spent
            there, missing = requests - mine.requests, unpriced - mine.unpriced
            if there < before.requests:
                # where none were lost, fewer without a price have been given one
                missing = max(before.unpriced, missing)
            self.others[scope] = Totals(
                max(before.cost_nanos, nanos - mine.cost_nanos), max(before.requests, there), missing
            )


class CostTracker:
    """Everything synchronous and in memory.

    `sink` None keeps no records but counts all the same; `bus` None announces no record.
    """

    def __init__(
        self, sink: Sink | None, catalog: PriceCatalog, bus: EventBus | None = None, clock: Clock | None = None
    ) -> None:
        self.catalog = catalog
        self._sink = sink
        self._bus = bus
        self._clock: Clock = clock or SystemClock()
        self._storage: SQLiteStorage | None = None
        self.behind = False
        """A day, week or month has begun: `follow` has yet to read what others have stored of it."""
        self._periods = {name: _Period(name) for name in BUDGETED}
        self._day = self._periods["day"]
        for period in self._periods.values():
            period.first, period.begins, period.ends = calendar_bounds(period.name, self._clock.time())

    async def load(self, storage: SQLiteStorage) -> None:
        """Take the present sums over from the database, after the writer has replayed its journals."""
        self._storage = storage
        await self.follow(storage)
        # what passed before is known to the database only
        for period in self._periods.values():
            period.kept.clear()

    async def follow(self, storage: SQLiteStorage, writer: Writer | None = None) -> None:
        """Take over what others have stored since. `writer` has those of this program's that are not stored yet."""
        if writer is not None:
            await writer.flush()
        self._roll()
        # from here to the query's place in the database's queue nothing else runs, so the two agree
        self.behind = False
        starts = {name: period.first for name, period in self._periods.items()}
        counted: dict[str, dict[str, Totals]] = {}
        for name, period in self._periods.items():
            own = {scope: Totals(t.cost_nanos, t.requests, t.unpriced) for scope, t in period.own.items()}
            for record in writer.waiting() if writer is not None else ():
                if period.holds(record.timestamp):
                    for scope in scopes(record.project, record.key_id):
                        if scope in own:
                            own[scope].add(-(record.cost_nanos or 0), -1, -(record.cost_nanos is None))
            counted[name] = own
        stored = await storage.totals_now(starts)
        for name, period in self._periods.items():
            if period.first == starts[name]:
                period.take(stored[name], counted[name])

    def price(self, target: Target, amounts: Amounts, variant: str | None = None) -> Cost:
        """What that costs at that target; `variant` is the language or voice asked for, else the target's own."""
        return self.catalog.cost(target.provider, target.model, amounts, target.zone, variant or target.variant)

    def bounds(self, period: str) -> tuple[int, float, float]:
        """First day (yyyymmdd), beginning and end (Unix seconds) of the present day, week or month."""
        self._roll()
        found = self._periods[period]
        return found.first, found.begins, found.ends

    def free(self, target: Target) -> bool:
        """True when the target costs nothing, whatever the amount."""
        return self.catalog.free(target.provider, target.model, target.zone)

    def record(self, record: RequestRecord) -> tuple[str, ...]:
        """Count the record, hand it to the writer and publish RequestFinished; the present periods that it counts for.

        The hot path: about 25 µs.
        """
        self._roll()
        counts: tuple[str, ...] = ()
        parts = scopes(record.project, record.key_id)
        for period in self._periods.values():
            # a request that began before midnight is counted on the day the database puts it, its first
            if period.begins <= record.timestamp < period.ends:
                counts = (*counts, period.name)
                for scope in parts:
                    period.add(scope, record.cost_nanos)
        if self._sink is not None:
            self._sink.submit(record)
        if self._bus is not None:
            self._bus.publish(RequestFinished(record))
        return counts

    def today(self, project: str | None = None) -> Totals:
        """The day so far, of one project or of all."""
        return self.total(MACHINE if project is None else project, "day")

    def spent(self, scope: str, period: str) -> int:
        """Nano-dollars that the scope has spent in the present day, week or month."""
        self._roll()
        found = self._periods[period]
        own, others = found.own.get(scope), found.others.get(scope)
        return (own.cost_nanos if own else 0) + (others.cost_nanos if others else 0)

    def total(self, scope: str, period: str) -> Totals:
        """What the scope has spent in the present day, week or month, with the count of requests."""
        self._roll()
        return self._periods[period].total(scope)

    def _roll(self) -> None:
        now = self._clock.time()
        if self._day.begins <= now < self._day.ends:
            return
        for period in self._periods.values():
            if period.holds(now):
                continue
            period.kept[period.first] = (period.own, period.others)
            period.first, period.begins, period.ends = calendar_bounds(period.name, now)
            self.behind = True
            known = period.kept.pop(period.first, None)
            while len(period.kept) > KEPT:
                del period.kept[next(iter(period.kept))]
            # a clock that was wrong at the start and is put right lands where only the database knows
            period.own, period.others = known if known is not None else ({}, self._stored(period))

    def _stored(self, period: _Period) -> dict[str, Totals]:
        """The new period's sums in the database, read in this thread: a budget must not be open until they come."""
        if self._storage is None:
            return {}
        try:
            found = self._storage.read_now(spent.spent, {period.name: period.first}, (period.name,))
        except (sqlite3.Error, OSError) as error:
            log.warning("What was spent since %d could not be read: %s", period.first, error)
            return {}
        return {scope: Totals(*numbers) for scope, numbers in found[period.name].items()}
