"""The configuration: found, read, validated, and able to say where each value came from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError

from voicegw_desktop.config.file import SETTINGS_FILE, ConfigFile, KeyPath, parse_config, read_config_file
from voicegw_desktop.config.foreign import unused_keys, without_unused
from voicegw_desktop.config.frozen import freeze
from voicegw_desktop.config.origins import Explanation, Origin, Origins, explain, value_at
from voicegw_desktop.config.problems import describe
from voicegw_desktop.config.schema import (
    AuthConfig,
    DesktopConfig,
    EnginesConfig,
    FallbacksConfig,
    LatencyConfig,
    ModelsConfig,
    ObservabilityConfig,
    ProjectConfig,
    ProviderConfig,
    RateLimit,
    ServeConfig,
    VoiceGatewaySchema,
)
from voicegw_desktop.config.schema_money import BudgetsConfig, CostTrackingConfig, PriceConfig
from voicegw_desktop.config.schema_routing import RoutingConfig, StackConfig
from voicegw_desktop.config.warnings import warnings_for
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.paths import Paths, expanded, resources_dir, system_paths
from voicegw_desktop.core.typed import Record, is_list, is_record, record

FILE_NAME = "voicegw.yaml"


def search_paths(paths: Paths, environ: Mapping[str, str], *, isolated: bool = False) -> list[Path]:
    """Where a configuration may be, first match wins; `isolated` looks in the profile's own folder only."""
    named = environ.get("VOICEGW_CONFIG")
    found = [expanded(named)] if named else []
    if isolated:
        return [*found, paths.config / FILE_NAME]
    found.append(Path(FILE_NAME).resolve())
    found.append(Path.home() / ".config" / "voicegateway" / FILE_NAME)
    found.append(paths.config / FILE_NAME)
    found.append(Path("/etc/voicegateway") / FILE_NAME)
    if sys.platform == "darwin":
        found.append(Path("/Library/Application Support/voicegateway") / FILE_NAME)
    elif sys.platform == "win32":
        found.append(Path(environ.get("PROGRAMDATA", r"C:\ProgramData")) / "voicegateway" / FILE_NAME)
    return list(dict.fromkeys(found))


def _absent(file: Path) -> bool:
    """Whether there is no such file; one that cannot be looked at is there."""
    try:
        file.stat()
    except FileNotFoundError:
        return True
    except OSError:
        pass
    return False


class GatewayConfig:
    """The whole configuration, read-only. Each section of the schema is an attribute of the same name."""

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        path: Path | None = None,
        embedded: bool = False,
        origins: Origins | None = None,
        missing_env: Iterable[str] = (),
        unread_env: Iterable[str] = (),
        env: Mapping[KeyPath, tuple[str, ...]] | None = None,
        project_sources: Mapping[str, str] | None = None,
    ) -> None:
        """Validate `data`, which has the form of the file; ConfigError lists every problem."""
        self._data = _without_empty(deepcopy(dict(data or {})))
        self.path = path
        """The file read; None for the built-in default and for data given in code."""
        self.embedded = embedded
        """No file was found: the built-in settings are in use, with local engines only."""
        self.missing_env = tuple(missing_env)
        """Variables the file names that are not set; they became empty strings."""
        self.unread_env = tuple(unread_env)
        """Paths of values with a `$` form that is not read, and kept as text."""
        self._origins = dict(origins or {})
        self._env = dict(env or {})
        self._sources = dict(project_sources or {})
        self.schema = self._validate()

    def _validate(self) -> VoiceGatewaySchema:
        unset = {".".join(at): tuple(n for n in names if n in self.missing_env) for at, names in self._env.items()}
        problems: list[str] = []
        for name, project in record(self._data.get("projects")).items():
            if "source" in record(project):
                problems.append(f'projects.{name}.source: unknown key "source". The program sets it.')
        schema: VoiceGatewaySchema | None = None
        try:
            schema = VoiceGatewaySchema.model_validate(without_unused(_without_marks(self._data)))
        except ValidationError as error:
            problems += describe(error, VoiceGatewaySchema, {k: v for k, v in unset.items() if v})
        if schema is None or problems:
            count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
            lines = "\n".join(f"  {self._line(problem)}{problem}" for problem in problems)
            raise ConfigError(f"The configuration {self.path or '(given in code)'} has {count}:\n{lines}", problems)
        projects = dict(schema.projects)
        for name, source in self._sources.items():
            if name in projects:
                projects[name] = projects[name].model_copy(update={"source": source})
        schema = schema.model_copy(update={"projects": projects})
        freeze(schema)
        return schema

    def _line(self, problem: str) -> str:
        at = tuple(problem.split(": ", 1)[0].split("."))
        for size in range(len(at), 0, -1):
            if at[:size] in self._origins:
                line = self._origins[at[:size]][0].where.rpartition(":")[2]
                return f"line {line}: " if line.isdigit() else ""
        return ""

    # -- reading ------------------------------------------------------------------------------------------------------

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        paths: Paths | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> GatewayConfig:
        """Read `path`, else the first file of the search, else the built-in default, with local engines only.

        A profile of its own (`paths` given, or VOICEGW_HOME set) is searched alone: neither the working folder nor
        /etc can reach into it. ConfigError names every problem.
        """
        env = os.environ if environ is None else environ
        folder = (paths or system_paths()).config
        if path is not None:
            return cls._from_file(read_config_file(expanded(path), env), folder)
        if env.get("VOICEGW_CONFIG"):
            return cls._from_file(read_config_file(expanded(env["VOICEGW_CONFIG"]), env), folder)
        isolated = paths is not None or bool(env.get("VOICEGW_HOME"))
        for candidate in search_paths(paths or system_paths(), env, isolated=isolated):
            if candidate.is_file():
                return cls._from_file(read_config_file(candidate, env), folder)
        return cls._from_file(read_config_file(resources_dir() / "default.yaml", env), folder, embedded=True)

    @classmethod
    def from_text(cls, text: str, path: Path | None = None, environ: Mapping[str, str] | None = None) -> GatewayConfig:
        """Validate a file's text before it is written."""
        return cls._from_file(parse_config(text, path or Path(FILE_NAME), os.environ if environ is None else environ))

    @classmethod
    def _from_file(cls, file: ConfigFile, folder: Path | None = None, *, embedded: bool = False) -> GatewayConfig:
        origins: Origins = {}
        for at, line in file.lines.items():
            where = f"{file.path if not embedded else 'default.yaml'}:{line}"
            if at in file.env:
                where += " " + " ".join(f"${{{name}}}" for name in file.env[at])
            origins[at] = (Origin("default" if embedded else "yaml", where, value_at(file.data, at)),)
        if folder is not None and not _absent(folder / SETTINGS_FILE):
            # imported where a setting is kept: the list of all of them is long
            from voicegw_desktop.config import settings

            settings.lay(file.data, origins, folder, embedded=embedded)
        return cls(
            file.data,
            path=None if embedded else file.path,
            embedded=embedded,
            origins=origins,
            missing_env=file.missing_env,
            unread_env=file.unread_env,
            env=file.env,
            # what the program brings is written in no file
            project_sources=dict.fromkeys(record(file.data.get("projects")), "auto") if embedded else None,
        )

    # -- sections -----------------------------------------------------------------------------------------------------

    @property
    def providers(self) -> dict[str, ProviderConfig]:
        return self.schema.providers

    @property
    def models(self) -> ModelsConfig:
        return self.schema.models

    @property
    def stacks(self) -> dict[str, StackConfig]:
        return self.schema.stacks

    @property
    def projects(self) -> dict[str, ProjectConfig]:
        return self.schema.projects

    @property
    def default_project(self) -> str:
        return self.schema.default_project

    @property
    def fallbacks(self) -> FallbacksConfig:
        return self.schema.fallbacks

    @property
    def observability(self) -> ObservabilityConfig:
        return self.schema.observability

    @property
    def cost_tracking(self) -> CostTrackingConfig:
        return self.schema.cost_tracking

    @property
    def budgets(self) -> BudgetsConfig:
        return self.schema.budgets

    @property
    def prices(self) -> dict[str, dict[str, PriceConfig]]:
        return self.schema.prices

    @property
    def latency(self) -> LatencyConfig:
        return self.schema.latency

    @property
    def rate_limits(self) -> dict[str, RateLimit]:
        return self.schema.rate_limits

    @property
    def serve(self) -> ServeConfig:
        return self.schema.serve

    @property
    def auth(self) -> AuthConfig:
        return self.schema.auth

    @property
    def engines(self) -> EnginesConfig:
        return self.schema.engines

    @property
    def routing(self) -> RoutingConfig:
        return self.schema.routing

    @property
    def desktop(self) -> DesktopConfig:
        return self.schema.desktop

    # -- questions ----------------------------------------------------------------------------------------------------

    @property
    def data(self) -> dict[str, object]:
        """A copy of everything that was given, in the file's shape."""
        return deepcopy(self._data)

    @property
    def origins(self) -> Origins:
        """A copy of what is known about where values came from."""
        return dict(self._origins)

    @property
    def env_paths(self) -> dict[KeyPath, tuple[str, ...]]:
        """Which environment variables each value was made of."""
        return dict(self._env)

    def get_provider_config_for_project(self, provider: str, project: str | None = None) -> dict[str, object]:
        """A provider's settings as a new dict: the project's own laid over the general ones; {} when unknown."""
        general = record(record(self._data.get("providers")).get(provider))
        own: Mapping[str, object] = {}
        if project:
            entry = record(record(self._data.get("projects")).get(project))
            own = record(record(entry.get("providers")).get(provider))
        merged = {**general, **{key: value for key, value in own.items() if value not in (None, "")}}
        if own and "_source" not in own:
            merged.pop("_source", None)
        return deepcopy(merged)

    def database(self, paths: Paths, environ: Mapping[str, str] | None = None) -> Path:
        """`VOICEGW_DB_PATH`, else `cost_tracking.db_path`, else the profile's own."""
        env = os.environ if environ is None else environ
        chosen = env.get("VOICEGW_DB_PATH") or self.cost_tracking.db_path
        return expanded(chosen) if chosen else paths.database

    def models_folder(self, paths: Paths, environ: Mapping[str, str] | None = None) -> Path:
        """`VOICEGW_MODELS_DIR`, else `engines.models_folder`, else the profile's own."""
        env = os.environ if environ is None else environ
        chosen = self.engines.models_folder
        return paths.models if env.get("VOICEGW_MODELS_DIR") or not chosen else expanded(chosen)

    def explain(
        self,
        path: str = "",
        environ: Mapping[str, str] | None = None,
        over: Mapping[KeyPath, Origin] | None = None,
    ) -> list[Explanation]:
        """Where the value at `path`, or each value below it, came from; NotFound with did-you-mean.

        `over` overrides the configuration, as live choices do.
        """
        env = os.environ if environ is None else environ
        above = dict(over or {})
        if chosen := env.get("VOICEGW_DB_PATH"):
            above["cost_tracking", "db_path"] = Origin("env", "VOICEGW_DB_PATH", chosen)
        tree = self.schema.model_dump(mode="json")
        return explain(tree, self._origins, path, above)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings: unset variables, and names of things that do not exist."""
        unused = unused_keys(self._data)
        return (*warnings_for(self.schema, self.path, self.missing_env, self.unread_env), *unused)


AnyConfig: TypeAlias = VoiceGatewaySchema | GatewayConfig
"""The merged configuration, or its bare shape; both have the same sections."""

# -- helpers ----------------------------------------------------------------------------------------------------------


def _without_marks(data: Record) -> Record:
    """Drop `_source` marks (the program's own) before validation."""
    return {key: _unmarked(value) for key, value in data.items() if key != "_source"}


def _unmarked(value: object) -> object:
    if is_record(value):
        return _without_marks(value)
    return [_unmarked(item) for item in value] if is_list(value) else value


def _without_empty(data: dict[str, object]) -> dict[str, object]:
    """`providers:` with nothing below it means none, and `whisper:` below it means as it comes."""
    tidy: dict[str, object] = {}
    for name, section in data.items():
        if section is None and name in VoiceGatewaySchema.model_fields:
            continue
        if is_record(section):
            named = name in ("providers", "projects", "stacks")
            section = {k: {} if v is None and named else v for k, v in section.items() if v is not None or named}
        tidy[name] = section
    return tidy
