"""Merges what the database manages into what the file says; the file always wins."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ValidationError

from voicegw_desktop.config.file import KeyPath
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.origins import Origin, Origins
from voicegw_desktop.config.problems import describe
from voicegw_desktop.config.schema import ModelConfig, ProjectConfig, ProviderConfig
from voicegw_desktop.config.schema_money import BudgetConfig
from voicegw_desktop.core.errors import BadRequest, ConfigError
from voicegw_desktop.core.registry import called
from voicegw_desktop.core.text import loads, name_problem, shown
from voicegw_desktop.core.typed import is_list, is_record, record

log = logging.getLogger(__name__)

RESERVED = frozenset({"api_key", "base_url", "allow_link_local", "_source"})
"""Keys that `extra_config` may not set: they have columns, are the file's alone, or the program's own."""

_PROJECT_FIELDS = (
    "name",
    "description",
    "daily_budget",
    "weekly_budget",
    "monthly_budget",
    "budget_action",
    "unpriced",
    "default_stack",
    "tags",
)
_BUDGET_FIELDS = ("daily", "weekly", "monthly", "action", "unpriced")
_MODEL_FIELDS = ("default_voice", "default_language", "enabled")


KEYS = {"project": "project_id", "provider": "provider_id", "model": "model_id", "budget": "budget_id"}
"""What kinds of row there are, and the column that names each."""

Row = tuple[str, Mapping[str, object]]
"""The kind and the columns."""


class LeftOut(NamedTuple):
    """A row that does not fit into the configuration."""

    kind: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"managed_{self.kind}s/{shown(self.name)}: {self.reason}; the row is left out."


class ManagedStorage(Protocol):
    """The part of SQLiteStorage that is read here; rows are mappings or dataclasses with the table's column names."""

    async def list_managed_providers(self) -> Sequence[object]: ...
    async def list_managed_models(self) -> Sequence[object]: ...
    async def list_managed_projects(self) -> Sequence[object]: ...
    async def list_managed_budgets(self) -> Sequence[object]: ...


class ConfigManager:
    """Keeps the file's configuration and gives the merged one.

    An entry of the file shadows the whole provider or model row of the same name, so that a key written in the file is
    never sent to an address written in the database. Projects hold no secrets: there a row fills the fields that the
    file leaves out. A row that does not fit is left out and told in `left_out`; it never stops a start.
    """

    def __init__(
        self, config: GatewayConfig, storage: ManagedStorage | None, rows: Sequence[Row] | None = None
    ) -> None:
        """`rows`: what the database holds, where it has been read already; they are merged at once."""
        self.config = config
        """The configuration of the file alone."""
        self.left_out: list[LeftOut] = []
        self._storage = storage
        self._merged_from: tuple[GatewayConfig, list[Row]] | None = None
        self.merged: GatewayConfig
        """The configuration in force."""
        self._take(config, rows or ())

    async def refresh(self) -> GatewayConfig:
        """Merge again; what `load_merged` does."""
        return await self.load_merged()

    async def load_merged(self, config: GatewayConfig | None = None) -> GatewayConfig:
        """The file and the database in one configuration; the default project is made when missing.

        `config`: what the file says now. ConfigError leaves everything as it was.
        """
        return self._take(config or self.config, await self._rows())

    def _take(self, config: GatewayConfig, rows: Sequence[Row]) -> GatewayConfig:
        source = (config, list(rows))
        if self._merged_from is not None and self._merged_from[0] is config and self._merged_from[1] == source[1]:
            return self.merged
        merged, left_out = self._merge(config, rows) if rows else (with_default_project(config), [])
        self.config, self.merged, self.left_out, self._merged_from = config, merged, left_out, source
        for problem in self.problems:
            log.warning("%s", problem)
        return self.merged

    @property
    def problems(self) -> list[str]:
        """Rows that were left out, one sentence each."""
        return [str(row) for row in self.left_out]

    async def try_row(self, kind: str, row: Mapping[str, object]) -> None:
        """BadRequest unless the configuration holds with this row in the place of the stored one of its name."""
        key = KEYS[kind]
        others = [(k, r) for k, r in await self._rows() if k != kind or r[key] != row[key]]
        _, left_out = self._merge(self.config, [*others, (kind, row)])
        for left in left_out:
            if (left.kind, left.name) == (kind, row[key]):
                raise BadRequest(f"{left.reason}.", param=left.reason.partition(":")[0])

    async def _rows(self) -> list[Row]:
        if self._storage is None:
            return []
        return rows_of(
            await self._storage.list_managed_projects(),
            await self._storage.list_managed_providers(),
            await self._storage.list_managed_models(),
            await self._storage.list_managed_budgets(),
        )

    @staticmethod
    def _merge(config: GatewayConfig, rows: Sequence[Row]) -> tuple[GatewayConfig, list[LeftOut]]:
        merge = _Merge(config, rows)
        try:
            return with_default_project(merge.result()), merge.left_out
        except ConfigError:
            # each row fits by itself, and not together with the file or the others: find out which
            kept: list[Row] = []
            left_out = list(merge.left_out)
        for kind, row in rows:
            try:
                _Merge(config, [*kept, (kind, row)]).result()
            except ConfigError as error:
                reason = (error.problems or (error.message,))[0].rstrip(".")
                left_out.append(LeftOut(kind, str(row.get(KEYS[kind])), reason))
            else:
                kept.append((kind, row))
        return with_default_project(_Merge(config, kept).result()), left_out


def rows_of(
    projects: Iterable[object],
    providers: Iterable[object],
    models: Iterable[object],
    budgets: Iterable[object] = (),
) -> list[Row]:
    """The tables in the order in which they are merged: providers and models may name projects."""
    tables = (("project", projects), ("provider", providers), ("model", models), ("budget", budgets))
    return [(kind, row_dict(row)) for kind, rows in tables for row in rows]


class _Unfit(Exception):
    """Why a row does not fit."""


def _checked_name(value: object, *, slashes: bool = False) -> str:
    if problem := name_problem(str(value), slashes=slashes):
        raise _Unfit(f"its name {problem}")
    return str(value)


def _check(model: type[BaseModel], fields: Mapping[str, object]) -> None:
    try:
        model.model_validate(dict(fields))
    except ValidationError as error:
        raise _Unfit(describe(error, model, {})[0]) from error


class _Merge:
    def __init__(self, config: GatewayConfig, rows: Sequence[Row]) -> None:
        self.config = config
        self.data = config.data
        self.origins: Origins = config.origins
        self.sources: dict[str, str] = {}
        self.left_out: list[LeftOut] = []
        lay = {"project": self.project, "provider": self.provider, "model": self.model, "budget": self.budget}
        for kind, row in rows:
            try:
                lay[kind](row)
            except (_Unfit, KeyError, TypeError, ValueError) as error:
                self.left_out.append(LeftOut(kind, str(row.get(KEYS[kind])), str(error).rstrip(".")))

    def result(self) -> GatewayConfig:
        return rebuilt(self.config, self.data, self.origins, self.sources)

    def project(self, row: Mapping[str, object]) -> None:
        name = _checked_name(row["project_id"])
        fields = {key: row[key] for key in _PROJECT_FIELDS if row.get(key) is not None}
        tags = _decoded(fields.pop("tags", None))
        if is_list(tags) and tags:
            fields["tags"] = tags
        fields |= {k: v for k, v in _extra(row).items() if k in ("egress", "allow_local_to_cloud")}
        where = f"managed_projects/{name}"
        _check(ProjectConfig, fields)
        projects = _section(self.data, "projects")
        if name not in projects:
            projects[name] = {}
            self.sources[name] = "db"
        entry = projects[name] = {**record(projects[name])}
        for key, value in fields.items():
            self._lay(entry, key, value, ("projects", name, key), where)

    def provider(self, row: Mapping[str, object]) -> None:
        name = _checked_name(row["provider_id"])
        kind = str(row.get("provider_type") or name)
        project = _checked_name(row["project"]) if row.get("project") else None
        fields = {k: v for k, v in _extra(row).items() if k not in RESERVED}
        for key in ("api_key", "base_url"):
            if row.get(key):
                fields[key] = row[key]
        where = f"managed_providers/{name}"
        _check(ProviderConfig, fields)
        if project:
            projects = _section(self.data, "projects")
            if project not in projects:
                # known only through its provider: enough of a project to be found
                projects[project] = {}
                self.sources[str(project)] = "db"
            entry = projects[project] = {**record(projects[project])}
            held = entry["providers"] = {**record(entry.get("providers"))}
            at = called(name, kind, row.get("base_url"), project)
            if at != kind:
                fields["type"] = kind
            self._whole(held, at, fields, ("projects", str(project), "providers", at), where)
        else:
            if kind != name:
                fields["type"] = kind
            self._whole(_section(self.data, "providers"), name, fields, ("providers", name), where)

    def model(self, row: Mapping[str, object]) -> None:
        name, modality = _checked_name(row["model_id"], slashes=True), str(row["modality"])
        where = f"managed_models/{name}"
        if modality not in ("stt", "llm", "tts"):
            raise _Unfit(f'the modality "{modality}" is not one of stt, llm, tts')
        fields = {k: v for k, v in _extra(row).items() if k not in RESERVED}
        fields |= {"provider": row.get("provider_id"), "model": row.get("model_name")}
        fields |= {key: row[key] for key in _MODEL_FIELDS if row.get(key) is not None}
        if "enabled" in fields:
            fields["enabled"] = bool(fields["enabled"])
        _check(ModelConfig, fields)
        held = _section(_section(self.data, "models"), modality)
        self._whole(held, name, fields, ("models", modality, name), where)

    def budget(self, row: Mapping[str, object]) -> None:
        kind, _, key = str(row["budget_id"]).partition("/")
        if kind not in ("machine", "key") or (kind == "key") != bool(key):
            raise _Unfit("it names neither the machine nor a key")
        fields = {name: row[name] for name in _BUDGET_FIELDS if row.get(name) is not None}
        _check(BudgetConfig, fields)
        budgets = _section(self.data, "budgets")
        held = _section(budgets, "keys") if key else budgets
        at: KeyPath = ("budgets", "keys", key) if key else ("budgets", "machine")
        entry = held[at[-1]] = {**record(held.get(at[-1]))}
        for name, value in fields.items():
            self._lay(entry, name, value, (*at, name), f"managed_budgets/{row['budget_id']}")

    def _lay(self, entry: dict[str, object], key: str, value: object, at: KeyPath, where: str) -> None:
        origin = Origin("db", where, value)
        if key in entry and self.config.embedded:
            # no file says so: what was chosen stands above what the program brings
            entry[key] = value
            self.origins[at] = (origin, *self.origins.get(at, ()))
        elif key in entry:
            self.origins[at] = (*self.origins.get(at, ()), origin)
        else:
            entry[key] = value
            self.origins[at] = (origin,)

    def _whole(self, held: dict[str, object], name: str, fields: dict[str, object], at: KeyPath, where: str) -> None:
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
    """The configuration with its default project added (`source: auto`) when nothing defines it."""
    if config.default_project in config.projects:
        return config
    data = config.data
    _section(data, "projects")[config.default_project] = {"name": config.default_project.capitalize()}
    return rebuilt(config, data, config.origins, {config.default_project: "auto"})


def rebuilt(
    config: GatewayConfig, data: Mapping[str, object], origins: Origins, sources: Mapping[str, str]
) -> GatewayConfig:
    """A configuration with other data that remembers where it was read."""
    known = {name: project.source for name, project in config.projects.items() if project.source != "yaml"}
    return GatewayConfig(
        data,
        path=config.path,
        embedded=config.embedded,
        origins=origins,
        missing_env=config.missing_env,
        unread_env=config.unread_env,
        env=config.env_paths,
        project_sources={**known, **sources},
    )


def _section(data: dict[str, object], name: str) -> dict[str, object]:
    # `providers:` with nothing below it is None in YAML
    found = data.get(name)
    if not is_record(found):
        found = data[name] = {}
    return found


def row_dict(row: object) -> dict[str, object]:
    """A database row as a dict, whatever form it came in."""
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}
    return dict(row) if isinstance(row, Mapping) else {}


def _decoded(value: object) -> object:
    """The data in a column of JSON text; None when it is no JSON."""
    if isinstance(value, str):
        try:
            return loads(value)
        except ValueError:
            return None
    return list(value) if isinstance(value, tuple) else value


def _extra(row: Mapping[str, object]) -> dict[str, object]:
    given = row.get("extra_config")
    found = _decoded(given)
    if given and not is_record(found):
        raise _Unfit("extra_config is no JSON object")
    return record(found)
