"""Merges what the database manages into what the file says; the file always wins."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from voicegw_desktop.config.file import KeyPath
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.origins import Origin, Origins
from voicegw_desktop.config.schema import ModelConfig, ProjectConfig, ProviderConfig

log = logging.getLogger(__name__)

RESERVED = frozenset({"api_key", "base_url", "allow_link_local", "_source"})
"""Keys that `extra_config` may not set: they have columns, are the file's alone, or the program's own."""

_PROJECT_FIELDS = ("name", "description", "daily_budget", "budget_action", "default_stack", "tags")
_MODEL_FIELDS = ("default_voice", "default_language", "enabled")


class ManagedStorage(Protocol):
    """The part of SQLiteStorage that is read here; rows are mappings or dataclasses with the table's column names."""

    async def list_managed_providers(self) -> Sequence[Any]: ...
    async def list_managed_models(self) -> Sequence[Any]: ...
    async def list_managed_projects(self) -> Sequence[Any]: ...


class ConfigManager:
    """Keeps the file's configuration and gives the merged one.

    An entry of the file shadows the whole provider or model row of the same name, so that a key written in the file is
    never sent to an address written in the database. Projects hold no secrets: there a row fills the fields that the
    file leaves out. A row that would not validate is left out and told in `problems`.
    """

    def __init__(self, config: GatewayConfig, storage: ManagedStorage | None) -> None:
        self.config = config
        """As the file says."""
        self.merged = with_default_project(config)
        self.problems: list[str] = []
        """Rows that were left out, one sentence each."""
        self._storage = storage

    async def refresh(self) -> GatewayConfig:
        """Merge again; what `load_merged` does."""
        return await self.load_merged()

    async def load_merged(self) -> GatewayConfig:
        """The file and the database in one configuration; the default project is made when missing."""
        if self._storage is None:
            self.merged = with_default_project(self.config)
            return self.merged
        projects = [row_dict(r) for r in await self._storage.list_managed_projects()]
        providers = [row_dict(r) for r in await self._storage.list_managed_providers()]
        models = [row_dict(r) for r in await self._storage.list_managed_models()]
        merge = _Merge(self.config)
        for row in projects:
            merge.project(row)
        for row in providers:
            merge.provider(row)
        for row in models:
            merge.model(row)
        self.problems = merge.problems
        for problem in merge.problems:
            log.warning("%s", problem)
        self.merged = with_default_project(merge.result())
        return self.merged


class _Merge:
    def __init__(self, config: GatewayConfig) -> None:
        self.config = config
        self.data = config.data
        self.origins: Origins = config.origins
        self.sources: dict[str, str] = {}
        self.problems: list[str] = []

    def result(self) -> GatewayConfig:
        return rebuilt(self.config, self.data, self.origins, self.sources)

    def project(self, row: Mapping[str, Any]) -> None:
        name = str(row["project_id"])
        fields = {key: row[key] for key in _PROJECT_FIELDS if row.get(key) is not None}
        fields["tags"] = _decoded(fields.get("tags"), list) or []
        if not fields["tags"]:
            del fields["tags"]
        fields |= {k: v for k, v in _extra(row).items() if k in ("egress", "allow_local_to_cloud")}
        where = f"managed_projects/{name}"
        if not self._valid(ProjectConfig, fields, where):
            return
        projects = _section(self.data, "projects")
        if name not in projects:
            projects[name] = {}
            self.sources[name] = "db"
        entry = projects[name] = dict(projects[name] or {})
        for key, value in fields.items():
            self._lay(entry, key, value, ("projects", name, key), where)

    def provider(self, row: Mapping[str, Any]) -> None:
        name = str(row["provider_id"])
        kind = str(row.get("provider_type") or name)
        project = row.get("project")
        fields = {k: v for k, v in _extra(row).items() if k not in RESERVED}
        for key in ("api_key", "base_url"):
            if row.get(key):
                fields[key] = row[key]
        where = f"managed_providers/{name}"
        if not self._valid(ProviderConfig, fields, where):
            return
        if project:
            projects = _section(self.data, "projects")
            if project not in projects:
                # known only through its provider: enough of a project to be found
                projects[project] = {}
                self.sources[str(project)] = "db"
            projects[project] = dict(projects[project] or {})
            held = projects[project]["providers"] = dict(projects[project].get("providers") or {})
            self._whole(held, kind, fields, ("projects", str(project), "providers", kind), where)
        else:
            if kind != name:
                fields["type"] = kind
            self._whole(_section(self.data, "providers"), name, fields, ("providers", name), where)

    def model(self, row: Mapping[str, Any]) -> None:
        name, modality = str(row["model_id"]), str(row["modality"])
        where = f"managed_models/{name}"
        if modality not in ("stt", "llm", "tts"):
            self.problems.append(f'{where}: the modality "{modality}" is none of stt, llm, tts; the row is left out.')
            return
        fields = {k: v for k, v in _extra(row).items() if k not in RESERVED}
        fields |= {"provider": row.get("provider_id"), "model": row.get("model_name")}
        fields |= {key: row[key] for key in _MODEL_FIELDS if row.get(key) is not None}
        if "enabled" in fields:
            fields["enabled"] = bool(fields["enabled"])
        if not self._valid(ModelConfig, fields, where):
            return
        held = _section(_section(self.data, "models"), modality)
        self._whole(held, name, fields, ("models", modality, name), where)

    def _valid(self, model: type[BaseModel], fields: Mapping[str, Any], where: str) -> bool:
        try:
            model.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            at = ".".join(str(part) for part in first["loc"])
            self.problems.append(f"{where}: {at}: {first['msg']}; the row is left out.")
            return False
        return True

    def _lay(self, entry: dict[str, Any], key: str, value: Any, at: KeyPath, where: str) -> None:
        origin = Origin("db", where, value)
        if key in entry:
            self.origins[at] = (*self.origins.get(at, ()), origin)
        else:
            entry[key] = value
            self.origins[at] = (origin,)

    def _whole(self, held: dict[str, Any], name: str, fields: dict[str, Any], at: KeyPath, where: str) -> None:
        taken = name in held
        if not taken:
            held[name] = {**fields, "_source": "db"}
        for key, value in fields.items():
            known = self.origins.get((*at, key), ())
            if taken and not known:
                # the file's entry leaves this field out, and still shadows the row
                known = (Origin("default", ""),)
            self.origins[(*at, key)] = (*known, Origin("db", where, value))


def with_default_project(config: GatewayConfig) -> GatewayConfig:
    """The same configuration, with its default project made (`source: auto`) when nothing defines it."""
    if config.default_project in config.projects:
        return config
    data = config.data
    _section(data, "projects")[config.default_project] = {"name": config.default_project.capitalize()}
    return rebuilt(config, data, config.origins, {config.default_project: "auto"})


def rebuilt(
    config: GatewayConfig, data: Mapping[str, Any], origins: Origins, sources: Mapping[str, str]
) -> GatewayConfig:
    """A configuration with other data that remembers where it was read."""
    known = {name: project.source for name, project in config.projects.items() if project.source != "yaml"}
    return GatewayConfig(
        data,
        path=config.path,
        embedded=config.embedded,
        origins=origins,
        missing_env=config.missing_env,
        env=config.env_paths,
        project_sources={**known, **sources},
    )


def _section(data: dict[str, Any], name: str) -> dict[str, Any]:
    # `providers:` with nothing below it is None in YAML
    if not isinstance(data.get(name), dict):
        data[name] = {}
    found: dict[str, Any] = data[name]
    return found


def row_dict(row: Any) -> dict[str, Any]:
    """A database row as a dict, whatever form it came in."""
    if isinstance(row, Mapping):
        return dict(row)
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}
    return dict(row)


def _decoded(value: Any, kind: type) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, kind) else (list(value) if kind is list and isinstance(value, tuple) else None)


def _extra(row: Mapping[str, Any]) -> dict[str, Any]:
    return _decoded(row.get("extra_config"), dict) or {}
