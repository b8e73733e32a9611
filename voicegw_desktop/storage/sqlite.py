"""Reads and writes records, sums and sessions in the database."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.core.typed import record
from voicegw_desktop.storage import costs, egress, latencies, queries, spent, turns
from voicegw_desktop.storage.days import Span, span_of
from voicegw_desktop.storage.journal import Record
from voicegw_desktop.storage.managed_rows import ManagedRows
from voicegw_desktop.storage.opening import connect
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.rollups import insert_records
from voicegw_desktop.storage.turns import TurnRecord
from voicegw_desktop.storage.upkeep import Upkeep

if TYPE_CHECKING:
    from voicegw_desktop.storage import export
    from voicegw_desktop.storage.repricing import NewCost

__all__ = ["SQLiteStorage", "connect"]

PERCENTILES = (50.0, 95.0, 99.0)
ABREAST = 3  # parts of an export that are read at once: one more than is usual as cores, while one is written


class SQLiteStorage(ManagedRows, Upkeep):
    """Requests, sums, sessions and managed configuration. Opens on first use; works from any running loop.

    `before_read` runs before a report reads, so that records still in the writer's hands are in it.
    """

    async def log_request(self, record: RequestRecord) -> None:
        """Store one record and its sums; it is on disk when this returns. The gateway itself uses the writer."""
        await self.log_requests([record])

    async def log_requests(self, records: Sequence[RequestRecord]) -> int:
        """Store many in one transaction; returns how many were new."""
        return await self.run(insert_records, records)

    async def log(self, records: Sequence[Record]) -> int:
        """Store requests, egress entries and turns; returns how many were new. Storing one again changes nothing."""
        requests = [r for r in records if isinstance(r, RequestRecord)]
        left = [r for r in records if isinstance(r, EgressRecorded)]
        talked = [r for r in records if isinstance(r, TurnRecord)]
        new = await self.log_requests(requests) if requests else 0
        new += await self.transaction(egress.insert, left) if left else 0
        return new + (await self.transaction(turns.insert, talked) if talked else 0)

    async def get_egress(
        self,
        limit: int = 50,
        project: str | None = None,
        since: float | None = None,
        *,
        span: Span | None = None,
        before: str | float | None = None,
    ) -> list[dict[str, object]]:
        """What left this machine, the newest first; `since` in Unix seconds, `before` as in `queries.page`."""
        return await self._read(egress.recent, limit, project, span or Span("range", since), before)

    async def get_cost_summary(
        self, period: str | Span = "today", project: str | None = None, by: Sequence[str] = ()
    ) -> dict[str, object]:
        """See `costs.cost_summary`; `period` is one of `days.PERIODS`, or a span."""
        return await self._read(costs.cost_summary, self._span(period), project, tuple(by))

    async def get_conversation_costs(self, span: Span, project: str | None = None) -> dict[str, object]:
        """What conversations cost for each turn and minute; see `costs.conversations`."""
        return await self._read(costs.conversations, span, project)

    def _span(self, period: str | Span | None) -> Span:
        return period if isinstance(period, Span) else span_of(period or "all", self.clock.time())

    async def get_cost_by_project(self, period: str = "today") -> dict[str, dict[str, object]]:
        """`{project: …}` with what `costs.told` gives."""
        return _named_records((await self.get_cost_summary(period))["by_project"])

    async def get_cost_by_modality(
        self, period: str = "today", project: str | None = None
    ) -> dict[str, dict[str, object]]:
        """`{modality: …}` with what `costs.told` gives."""
        return _named_records((await self.get_cost_summary(period, project))["by_modality"])

    async def totals_now(self, starts: Mapping[str, int]) -> spent.Spent:
        """What is stored of the periods that begin on these days (yyyymmdd); see `spent.spent`."""
        return await self.run(spent.spent, starts)

    async def tell_once(self, scope: str, period: str, start: int, limit: int, percent: int) -> bool:
        """Note that a part of a budget was told of; False: it was already. See `spent.tell_once`."""
        return await self.transaction(spent.tell_once, scope, period, start, limit, percent)

    async def changes_of_others(self) -> int:
        """A number that changes when another connection has written to the database."""
        return await self.run(lambda db: int(db.execute("PRAGMA data_version").fetchone()[0]))

    async def get_latency_stats(
        self,
        period: str | Span = "today",
        project: str | None = None,
        percentiles: Iterable[float] = PERCENTILES,
    ) -> dict[str, object]:
        """Percentiles of latency by model; see `latencies.latency_stats`."""
        return await self._read(latencies.latency_stats, self._span(period), project, tuple(percentiles))

    async def get_recent_requests(
        self,
        limit: int = 50,
        project: str | None = None,
        modality: str | None = None,
        status: str | None = None,
        session_id: str | None = None,
        before: str | float | None = None,
        *,
        key_id: str | None = None,
        model_id: str | None = None,
        provider: str | None = None,
        span: Span | None = None,
    ) -> list[dict[str, object]]:
        """The newest first; `before` (a cursor of `queries.cursor`, or Unix seconds) pages back."""
        filters = {"project": project, "modality": modality, "status": status, "session_id": session_id}
        filters |= {"key_id": key_id, "model_id": model_id, "provider": provider}
        return await self._read(queries.recent_requests, limit, filters, self._span(span), before)

    async def export(
        self, source: export.Source, form: export.Form, span: Span, project: str | None, file: BinaryIO
    ) -> int:
        """Write every row of a table in a span to `file`, newest first; returns how many."""
        if form == "csv":
            file.write(source.header().encode())
        from voicegw_desktop.storage import export

        parts = iter(await self._read(export.plan, source, span, project))
        reading: deque[asyncio.Task[bytes]] = deque()
        count = 0
        try:
            while True:
                while len(reading) < ABREAST and (part := next(parts, None)) is not None:
                    reading.append(asyncio.create_task(self._read(export.lines, source, form, part, project)))
                if not reading:
                    return count
                text = await reading.popleft()
                count += text.count(b"\n")
                await asyncio.to_thread(file.write, text)
        finally:
            for task in reading:
                task.cancel()

    async def list_sessions(
        self,
        limit: int = 50,
        project: str | None = None,
        *,
        span: Span | None = None,
        before: str | float | None = None,
    ) -> list[dict[str, object]]:
        """The newest first; `before` as for requests."""
        return await self._read(queries.sessions, limit, project, self._span(span), before)

    async def get_turns(
        self,
        limit: int = 50,
        project: str | None = None,
        session_id: str | None = None,
        *,
        span: Span | None = None,
        before: str | float | None = None,
    ) -> list[TurnRecord]:
        """The newest first; `before` as for requests."""
        filters = {"project": project, "session_id": session_id}
        return await self._read(turns.recent, limit, filters, self._span(span), before)

    async def get_transcripts(self, turn_ids: Sequence[str]) -> dict[str, str]:
        """What is sealed of these turns, by their ids."""
        return await self._read(turns.sealed_texts, turn_ids)

    async def get_session(
        self, session_id: str, limit: int = queries.MOST_REQUESTS, project: str | None = None
    ) -> dict[str, object] | None:
        """The session with the newest of its `requests`, or None; see `queries.session` for `project`."""
        return await self._read(queries.session, session_id, limit, project)

    async def get_first_bytes(
        self, span: Span, project: str | None, percentiles: Sequence[float]
    ) -> dict[str, list[float | None]]:
        """Percentiles of each model's time to its first byte; see `latencies.first_bytes`."""
        return await self._read(latencies.first_bytes, span, project, percentiles)

    async def get_usage(self, span: Span, project: str | None = None) -> list[costs.ModelUsage]:
        """Requests, units and cost of each model in a span; see `costs.usage`."""
        return await self._read(costs.usage, span, project)

    async def get_usage_by_day(self, span: Span, provider: str, project: str | None = None) -> list[dict[str, object]]:
        """What one provider served, by day in UTC; see `costs.by_utc_day`."""
        return await self._read(costs.by_utc_day, span, provider, project)

    async def reprice(
        self, span: Span, project: str | None, priced: NewCost, *, unknown_only: bool, store: bool
    ) -> dict[str, int]:
        """Give stored requests another cost; see `repricing.reprice`."""
        from voicegw_desktop.storage.repricing import reprice

        work = functools.partial(reprice, unknown_only=unknown_only, store=store)
        return await (self.run if store else self._read)(work, span, project, priced)

    async def audit_books(self, *, everything: bool = False) -> dict[str, object]:
        """Compare sums with requests, one day after the other; `everything`: also days that agreed before.

        `{days, agreed_before, requests, since, differences: [{day, project, …, sums, rows}], sessions: […]}`.
        """
        from voicegw_desktop.storage import audit

        plan = await self._read(audit.plan, everything)
        differences: list[dict[str, object]] = []
        sessions: dict[tuple[object, object], dict[str, object]] = {}
        for day in plan.days:
            found = await self._read(audit.compare, day, plan.since or 0.0)
            differences += found.differences
            sessions |= {(one["session"], one["project"]): one for one in found.sessions}
            if not (found.differences or found.sessions) and self.trouble is None:
                await self.transaction(audit.agrees, day)
        return {
            "days": len(plan.days),
            "agreed_before": plan.agreed,
            "requests": plan.requests,
            "since": plan.since,
            "differences": differences,
            "sessions": list(sessions.values()),
        }


def _named_records(value: object) -> dict[str, dict[str, object]]:
    return {name: record(entry) for name, entry in record(value).items()}
