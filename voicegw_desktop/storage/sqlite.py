"""What the database is asked: records, sums, sessions and managed configuration."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from voicegw_desktop.config.manager import RESERVED
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.database import readable
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.core.typed import record
from voicegw_desktop.storage import audit, costs, egress, latencies, managed, queries, spent, turns
from voicegw_desktop.storage.days import Span, span_of
from voicegw_desktop.storage.journal import Record
from voicegw_desktop.storage.opening import connect
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.repricing import NewCost, reprice
from voicegw_desktop.storage.rollups import insert_records
from voicegw_desktop.storage.turns import TurnRecord
from voicegw_desktop.storage.upkeep import Upkeep

__all__ = ["SQLiteStorage", "connect"]

PERCENTILES = (50.0, 95.0, 99.0)
MOST_BUSY = 0.01  # s that another program may hold the database while a gateway is made inside a running loop

log = logging.getLogger(__name__)


class SQLiteStorage(Upkeep):
    """Requests, sums, sessions and managed configuration. Opens on first use; works from any running loop.

    `before_read` runs before a report reads, so that records still in the writer's hands are in it.
    """

    def __init__(self, db_path: str | os.PathLike[str], clock: Clock | None = None) -> None:
        super().__init__(db_path)
        self.clock: Clock = clock or SystemClock()

    # -- requests ------------------------------------------------------------------------------------------------

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
        """`{project: {cost, cost_nanos, requests, unpriced, estimated}}`"""
        return _named_records((await self.get_cost_summary(period))["by_project"])

    async def get_cost_by_modality(
        self, period: str = "today", project: str | None = None
    ) -> dict[str, dict[str, object]]:
        """`{modality: {cost, cost_nanos, requests, unpriced, estimated}}`"""
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

    async def get_session(self, session_id: str, limit: int = queries.MOST_REQUESTS) -> dict[str, object] | None:
        """The session with the newest of its `requests`, or None."""
        return await self._read(queries.session, session_id, limit)

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
        work = functools.partial(reprice, unknown_only=unknown_only, store=store)
        return await (self.run if store else self._read)(work, span, project, priced)

    async def audit_books(self, *, everything: bool = False) -> dict[str, object]:
        """Compare sums with requests, one day after the other; `everything`: also days that agreed before.

        `{days, agreed_before, requests, since, differences: [{day, project, …, sums, rows}], sessions: […]}`.
        """
        plan = await self._read(audit.plan, everything)
        differences: list[dict[str, object]] = []
        sessions: dict[object, dict[str, object]] = {}
        for day in plan.days:
            found = await self._read(audit.compare, day, plan.since or 0.0)
            differences += found.differences
            sessions |= {one["session"]: one for one in found.sessions}
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

    # -- managed configuration -----------------------------------------------------------------------------------

    async def list_managed_providers(self) -> list[dict[str, object]]:
        """Every row by name. Keys are not among the columns: the secret store has them."""
        return await self.run(managed.select, "managed_providers", "provider_id", None)

    def managed_now(self) -> list[list[dict[str, object]]]:
        """The rows of each of `managed.TABLES`, read in this thread in about a millisecond.

        Nothing is created, mended or migrated: where there is no database, or it cannot be read at once, all are
        empty, and the next `list_managed_...` tells.
        """
        try:
            if self.path.exists():
                with contextlib.closing(readable(self.path, busy=MOST_BUSY)) as db:
                    return managed.select_all(db)
        except (sqlite3.Error, OSError) as error:
            log.info("The database %s was not read while the gateway was made: %s", self.path, error)
        return [[] for _ in managed.TABLES]

    async def get_managed_provider(self, provider_id: str) -> dict[str, object] | None:
        rows = await self.run(managed.select, "managed_providers", "provider_id", provider_id)
        return rows[0] if rows else None

    async def upsert_managed_provider(
        self,
        provider_id: str,
        provider_type: str,
        api_key: str | None = None,
        base_url: str | None = None,
        extra_config: Mapping[str, object] | None = None,
        project: str | None = None,
    ) -> bool:
        """Add or replace; True when new.

        Raises BadRequest when `extra_config` holds a reserved key, and for an `api_key`: no key goes into the database.
        """
        if api_key:
            raise BadRequest(
                f'The key of provider "{provider_id}" is not kept in the database: store it with '
                f"`voicegw providers key {provider_id}`.",
                param="api_key",
            )
        extra = dict(extra_config or {})
        if wrong := sorted(extra.keys() & RESERVED):
            raise BadRequest(
                f'extra_config of provider "{provider_id}" may not set {", ".join(wrong)}: '
                "use the fields of that name.",
                param="extra_config",
            )
        values = {
            "provider_id": provider_id,
            "provider_type": provider_type,
            "base_url": base_url,
            "extra_config": extra,
            "project": project,
        }
        return await self._upsert("managed_providers", "provider_id", values)

    async def delete_managed_provider(self, provider_id: str) -> bool:
        return await self.transaction(managed.delete, "managed_providers", "provider_id", provider_id)

    async def list_managed_models(self) -> list[dict[str, object]]:
        return await self.run(managed.select, "managed_models", "model_id", None)

    async def get_managed_model(self, model_id: str) -> dict[str, object] | None:
        rows = await self.run(managed.select, "managed_models", "model_id", model_id)
        return rows[0] if rows else None

    async def upsert_managed_model(
        self,
        model_id: str,
        modality: str,
        provider_id: str,
        model_name: str,
        display_name: str | None = None,
        default_language: str | None = None,
        default_voice: str | None = None,
        extra_config: Mapping[str, object] | None = None,
        enabled: bool = True,
    ) -> bool:
        """Add or replace; True when new."""
        values = {
            "model_id": model_id,
            "modality": modality,
            "provider_id": provider_id,
            "model_name": model_name,
            "display_name": display_name,
            "default_language": default_language,
            "default_voice": default_voice,
            "extra_config": dict(extra_config or {}),
            "enabled": int(enabled),
        }
        return await self._upsert("managed_models", "model_id", values)

    async def delete_managed_model(self, model_id: str) -> bool:
        return await self.transaction(managed.delete, "managed_models", "model_id", model_id)

    async def list_managed_projects(self) -> list[dict[str, object]]:
        return await self.run(managed.select, "managed_projects", "project_id", None)

    async def get_managed_project(self, project_id: str) -> dict[str, object] | None:
        rows = await self.run(managed.select, "managed_projects", "project_id", project_id)
        return rows[0] if rows else None

    async def upsert_managed_project(
        self,
        project_id: str,
        name: str | None = None,
        description: str = "",
        daily_budget: float | None = None,
        weekly_budget: float | None = None,
        monthly_budget: float | None = None,
        budget_action: str = "warn",
        unpriced: str = "allow",
        default_stack: str | None = None,
        stt_model: str | None = None,
        llm_model: str | None = None,
        tts_model: str | None = None,
        tags: Sequence[str] = (),
    ) -> bool:
        """Add or replace; True when new. Budgets in US dollars."""
        values = {
            "project_id": project_id,
            "name": name,
            "description": description,
            "daily_budget": daily_budget,
            "weekly_budget": weekly_budget,
            "monthly_budget": monthly_budget,
            "budget_action": budget_action,
            "unpriced": unpriced,
            "default_stack": default_stack,
            "stt_model": stt_model,
            "llm_model": llm_model,
            "tts_model": tts_model,
            "tags": list(tags),
        }
        return await self._upsert("managed_projects", "project_id", values)

    async def delete_managed_project(self, project_id: str) -> bool:
        return await self.transaction(managed.delete, "managed_projects", "project_id", project_id)

    async def list_managed_budgets(self) -> list[dict[str, object]]:
        return await self.run(managed.select, "managed_budgets", "budget_id", None)

    async def get_managed_budget(self, budget_id: str) -> dict[str, object] | None:
        rows = await self.run(managed.select, "managed_budgets", "budget_id", budget_id)
        return rows[0] if rows else None

    async def upsert_managed_budget(
        self,
        budget_id: str,
        daily: float | None = None,
        weekly: float | None = None,
        monthly: float | None = None,
        action: str | None = None,
        unpriced: str | None = None,
    ) -> bool:
        """Add or replace; True when new. `budget_id` is `machine` or `key/<id>`, limits are US dollars."""
        values = {
            "budget_id": budget_id,
            "daily": daily,
            "weekly": weekly,
            "monthly": monthly,
            "action": action,
            "unpriced": unpriced,
        }
        return await self._upsert("managed_budgets", "budget_id", values)

    async def delete_managed_budget(self, budget_id: str) -> bool:
        return await self.transaction(managed.delete, "managed_budgets", "budget_id", budget_id)

    async def log_audit_event(
        self,
        entity_type: str,
        entity_id: str,
        action: str,
        changes: Mapping[str, object] | None = None,
        source: str = "api",
    ) -> None:
        """Remember who changed what; `changes` must hold no secret."""
        await self.transaction(
            managed.log_audit, entity_type, entity_id, action, changes or {}, source, self.clock.time()
        )

    async def get_audit_log(
        self,
        limit: int = 100,
        entity_type: str | None = None,
        entity_id: str | None = None,
        project: str | None = None,
        *,
        span: Span | None = None,
        before: str | float | None = None,
    ) -> list[dict[str, object]]:
        """The newest first; with `project` only changes of that project. `before`: as in `queries.page`."""
        filters = {"entity_type": entity_type, "entity_id": entity_id}
        return await self._read(managed.audit_log, limit, filters, project, span or Span("all"), before)

    async def _upsert(self, table: str, key: str, values: Mapping[str, object]) -> bool:
        return await self.transaction(managed.upsert, table, key, values, self.clock.time())


def _named_records(value: object) -> dict[str, dict[str, object]]:
    return {name: record(entry) for name, entry in record(value).items()}
