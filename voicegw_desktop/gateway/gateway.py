"""The gateway: one container of configuration, storage, meters, engines and routes for every surface.

It is whole when it is made, inside or outside a running loop: the configuration is merged with the rows of the
database, and every part is there. `await start()` begins what lives in a loop: database, keys, records, engines.
Outside a running loop, `costs` runs in a private loop in a thread, which is closed at exit; inside a loop it is awaited
and blocks nothing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voicegw_desktop.config.file import KeyPath
from voicegw_desktop.config.file_keys import withdrawn
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.manager import ConfigManager
from voicegw_desktop.config.origins import Origin
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import NotFound, did_you_mean
from voicegw_desktop.core.events import EventBus, KeyRevoked, Notice
from voicegw_desktop.core.paths import Paths, private_dir, system_paths
from voicegw_desktop.core.preferences import DesktopPreferences
from voicegw_desktop.core.troubles import TroubleBoard
from voicegw_desktop.corridor.corridor import Corridor
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.gateway import assembly, database, listings
from voicegw_desktop.gateway.costs import BlockingCalls, Costs, Summary, summary
from voicegw_desktop.gateway.parts import Parts
from voicegw_desktop.gateway.prewarm import prewarm_configured
from voicegw_desktop.gateway.provider_keys import ProviderKeys
from voicegw_desktop.gateway.slot import Slot
from voicegw_desktop.gateway.transcripts import Transcripts
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.latency_monitor import LatencyMonitor
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.models.store import ModelStore
from voicegw_desktop.pricing.catalog import PriceCatalog
from voicegw_desktop.routing.backends import Backends, kind_of
from voicegw_desktop.routing.router import Router
from voicegw_desktop.secrets.crypto import SecretStore
from voicegw_desktop.secrets.keys import AccessKeys
from voicegw_desktop.secrets.watch import SecretsWatch
from voicegw_desktop.storage.days import PERIODS, Span
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

__all__ = ["PERIODS", "Costs", "Gateway"]


class Gateway:
    """Everything a surface needs. `async with Gateway(...) as gateway:` starts and closes it."""

    def __init__(
        self,
        config_path: str | os.PathLike[str] | None = None,
        *,
        paths: Paths | None = None,
        clock: Clock | None = None,
        config: GatewayConfig | None = None,
    ) -> None:
        """Read the configuration and the rows of the database, and make every part.

        `config` is used instead of a file when given. ConfigError lists every problem of the file; a database that
        cannot be read does not stop the construction.
        """
        self._config_path = config_path
        self._given = config
        self._explicit_paths = paths
        self.parts: Parts = assembly.open_parts(
            config or GatewayConfig.load(config_path, paths=paths),
            clock or SystemClock(),
            paths or system_paths(),
            own_profile=paths is not None,  # a throw-away profile does not write to the user's own keychain
        )
        """Replaced as a whole when a gateway that was closed starts again."""
        database.attach(self)
        self.vault_watch = SecretsWatch(self.secrets, self.bus, self.vault_opened)
        """Tells when stored secrets cannot be had, and when they can again."""
        self.started = False
        self.started_at: float | None = None
        """Unix seconds."""
        self.served_at: str | None = None
        """`http://127.0.0.1:7717/v1` while a socket serves this gateway; set by the code that serves it."""
        self.sound_busy = False
        """Whether an agent uses the microphone or speaker of this machine."""
        self.microphone_user = ""
        """The operation for which the microphone is open; empty: it is closed."""
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False
        self._starting: asyncio.Lock | None = None
        self._blocking = BlockingCalls(self)

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> Gateway:
        """Open the database, load the keys, begin records, conditions and preloads. Idempotent."""
        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            if self.started:
                return self
            if self._closed:
                self._open_again()
            try:
                await self._start(self.parts)
            except BaseException:
                await self._close()
                raise
            self.started = True
            self.started_at = self.clock.time()
        return self

    async def _start(self, parts: Parts) -> None:
        await asyncio.to_thread(private_dir, parts.paths.config)
        if parts.records is not None:
            storage = parts.records.storage
            await storage.open()
            self._tasks.append(asyncio.get_running_loop().create_task(database.watch(storage)))
        before = parts.config
        if await parts.settings.load_merged() is not before:
            await assembly.reconfigure(parts)
        for problem in parts.settings.problems:
            self.bus.publish(Notice("warning", problem, "managed_row"))
        await database.open_keys(self)
        self._tasks += await assembly.start(parts)
        # providers asked about their health inside this process ask this gateway's engines
        CURRENT.adopt(self)
        prewarm_configured(parts.engines)
        self.vault_watch.start()

    def _open_again(self) -> None:
        old = self.parts
        self.parts = assembly.open_parts(
            old.settings.config,
            old.clock,
            old.paths,
            own_profile=self._explicit_paths is not None,
            bus=old.bus,
            secrets=old.secrets,
        )
        database.attach(self)
        self._closed = False

    async def first_key(self) -> str:
        """The id of the default project's key for agents, minted when none works. SecretsLocked: it cannot be kept."""
        return await self.keys.ensure(self.config.default_project)

    async def vault_opened(self) -> None:
        """Do what waited for the vault: forget keys that were revoked meanwhile, load the names."""
        if self.started:
            await self.load_secret_names()
            await self.keys.forget_revoked(self.secret_names)

    async def aclose(self) -> None:
        """Stop engines, flush records, close the database. Idempotent."""
        self.started = False
        await self.vault_watch.stop()
        await self._close()

    async def _close(self) -> None:
        CURRENT.forget(self)
        tasks, self._tasks = self._tasks, []
        self._closed = True
        await assembly.close(self.parts, tasks)

    def close(self) -> None:
        """Close from outside a loop, and end the private loop."""
        self._blocking.close()

    async def __aenter__(self) -> Gateway:
        return await self.start()

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    # -- parts --------------------------------------------------------------------------------------------------------

    @property
    def config(self) -> GatewayConfig:
        """The file's configuration with the rows of the database, and the default project; read-only."""
        return self.parts.config

    @property
    def file_config(self) -> GatewayConfig:
        """The configuration file's content, without the rows of the database."""
        return self.parts.settings.config

    @property
    def config_manager(self) -> ConfigManager:
        """Merges the rows of the database, and tells which were left out."""
        return self.parts.settings

    @property
    def paths(self) -> Paths:
        """The profile's folders."""
        return self.parts.paths

    @property
    def clock(self) -> Clock:
        """The gateway's clock."""
        return self.parts.clock

    @property
    def bus(self) -> EventBus:
        """Where every event of this gateway is published."""
        return self.parts.bus

    @property
    def troubles(self) -> TroubleBoard:
        """What a person should look at now."""
        return self.parts.troubles

    @property
    def secrets(self) -> SecretStore:
        """The store of provider keys."""
        return self.parts.secrets

    @property
    def provider_keys(self) -> ProviderKeys:
        """The providers' keys."""
        return self.parts.provider_keys

    @property
    def keys(self) -> AccessKeys:
        """The gateway's own access keys."""
        return self.parts.keys

    @property
    def database(self) -> Path:
        """The database file; keys are in it also while cost tracking is off."""
        return self.parts.database

    @property
    def storage(self) -> SQLiteStorage | None:
        """Records and managed rows; None while cost tracking is off."""
        return self.parts.records.storage if self.parts.records is not None else None

    @property
    def writer(self) -> Writer | None:
        """The queue in front of `storage`; None while cost tracking is off."""
        return self.parts.records.writer if self.parts.records is not None else None

    @property
    def cost_tracker(self) -> CostTracker:
        """Prices requests and counts the day."""
        return self.parts.cost_tracker

    @property
    def prices(self) -> PriceCatalog:
        """The prices in force."""
        return self.parts.cost_tracker.catalog

    @property
    def latency_monitor(self) -> LatencyMonitor | None:
        """None while observability.latency_tracking is false."""
        return self.parts.latency_monitor

    @property
    def rate_limiter(self) -> RateLimiter:
        """Requests per minute for each provider."""
        return self.parts.rate_limiter

    @property
    def budget_enforcer(self) -> BudgetEnforcer:
        """The projects' budgets; it reads what was spent from `cost_tracker`."""
        return self.parts.budget_enforcer

    @property
    def transcripts(self) -> Transcripts:
        """Seals and opens what was said."""
        return self.parts.transcripts

    @property
    def models(self) -> ModelStore:
        """The model store."""
        return self.parts.models

    @property
    def engines(self) -> EnginePool:
        """The worker processes."""
        return self.parts.engines

    @property
    def router(self) -> Router:
        """Decides what serves which request."""
        return self.parts.router

    @property
    def backends(self) -> Backends:
        """Each provider's backend."""
        return self.parts.backends

    @property
    def corridor(self) -> Corridor:
        """What every request passes through."""
        return self.parts.corridor

    def is_offline(self) -> bool:
        """Whether nothing may leave this machine now."""
        return self.router.offline

    # -- configuration ------------------------------------------------------------------------------------------------

    async def refresh_config(self) -> GatewayConfig:
        """Read the file and the rows of the database again, merge, and hand the result to the parts.

        ConfigError leaves everything as it was.
        """
        fresh = (
            self._given
            if self._given is not None
            else await asyncio.to_thread(GatewayConfig.load, self._config_path, paths=self._explicit_paths)
        )
        before, desktop = self.config.auth.api_keys, self.config.desktop
        merged = await self.config_manager.load_merged(fresh)
        gone = withdrawn(before, merged.auth.api_keys, self.paths.config)
        self.provider_keys.forget()
        if self.started:
            await self.keys.load()
            await self.provider_keys.load()
        await assembly.reconfigure(self.parts)
        if self.started:
            for key_id in gone:
                self.bus.publish(KeyRevoked(key_id))
            if merged.desktop != desktop:
                self.bus.publish(DesktopPreferences.of(merged.desktop))
        return merged

    def provider_settings(self, provider: str, project: str | None = None) -> dict[str, Any]:
        """A provider's merged settings for a project with its `type`, without looking for its key elsewhere."""
        settings = self.config.get_provider_config_for_project(provider, project)
        kind = kind_of(self.config, provider, project)
        return settings if kind in (None, provider) else {**settings, "type": kind}

    async def provider_key(self, provider: str, project: str | None = None) -> str | None:
        """The key that may be sent to the provider's address in force; see `ProviderKeys.get`."""
        return await self.provider_keys.get(provider, project)

    def has_key(self, provider: str, project: str | None = None) -> bool:
        """Whether `provider_key` would find one; from memory."""
        return self.provider_keys.has(provider, project)

    async def key_origins(self) -> dict[KeyPath, Origin]:
        """The configured providers whose key is in no file, with where it is."""
        return await self.provider_keys.origins()

    @property
    def secret_names(self) -> frozenset[str]:
        """The names of the stored secrets, as far as they are known."""
        return self.provider_keys.names

    async def load_secret_names(self) -> None:
        """Load the names of the stored secrets, and look keys up again at the next use."""
        await self.provider_keys.load()

    # -- questions ----------------------------------------------------------------------------------------------------

    def list_projects(self) -> list[listings.ProjectEntry]:
        """Every project with its settings and `source`: yaml, db or auto."""
        return listings.projects(self.config)

    def costs(self, period: str | Span = "today", project: str | None = None, by: Sequence[str] = ()) -> Costs:
        """US dollars spent in a period of `days.PERIODS` or a span: total, by_provider, by_model, by_project.

        Outside a running loop the answer is filled when this returns; inside one, `await` it.
        """
        return self._blocking.costs(period, project, by)

    async def cost_summary(
        self, period: str | Span = "today", project: str | None = None, by: Sequence[str] = ()
    ) -> Summary:
        """What `costs` gives, as a coroutine."""
        return await summary(self, period, project, by)

    def project(self, name: str) -> ProjectConfig:
        """The project's settings; NotFound with did-you-mean."""
        found = self.config.projects.get(name)
        if found is None:
            raise NotFound(f'There is no project "{name}".{did_you_mean(name, self.config.projects)}', param="project")
        return found

    def list_models(self) -> list[listings.ModelEntry]:
        """Every target that can be asked for by name; see `listings.models`."""
        return listings.models(self.config, self.models.list())

    def list_providers(self, only: str | None = None) -> list[listings.ProviderEntry]:
        """Every known or configured provider; see `listings.providers`. `only`: without those of other projects."""
        found = listings.providers(self.config, self.has_key)
        return [entry for entry in found if only is None or entry["project"] in (None, only)]


CURRENT: Slot[Gateway] = Slot()
"""The gateway of this process; see `gateway.current`."""
