"""Managed configuration in the database: providers, models, projects, budgets, and the log of changes."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence

from voicegw_desktop.config.manager import RESERVED
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.storage import managed
from voicegw_desktop.storage.connection import Database
from voicegw_desktop.storage.days import Span

log = logging.getLogger(__name__)


class ManagedRows(Database):
    """Settings that were made here rather than in voicegw.yaml. Opens on first use."""

    def __init__(self, db_path: str | os.PathLike[str], clock: Clock | None = None) -> None:
        super().__init__(db_path)
        self.clock: Clock = clock or SystemClock()

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
                return self.read_now(managed.select_all)
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
