"""The gateway: one container of configuration, storage, meters, engines and routes for every surface.

Construction reads and validates the file, nothing else, so it may happen anywhere. `await start()` opens what needs a
loop: database, merge, keys, meters, engines, routes. Outside a running loop the sync questions (`costs`) start a
private loop in a thread by themselves and close it at exit; inside a loop they are awaited, and block nothing.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Coroutine, Generator
from typing import TYPE_CHECKING, Any, TypeVar, cast

from voicegw_desktop.config.file_keys import withdrawn
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.manager import ConfigManager, with_default_project
from voicegw_desktop.config.origins import Origin
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound, SecretsLocked, did_you_mean
from voicegw_desktop.core.events import EventBus, KeyRevoked, Notice
from voicegw_desktop.core.paths import Paths, private_dir, system_paths
from voicegw_desktop.core.troubles import TroubleBoard
from voicegw_desktop.gateway import listings
from voicegw_desktop.gateway.private_loop import PrivateLoop
from voicegw_desktop.gateway.provider_keys import ProviderKeys
from voicegw_desktop.secrets.crypto import SealedFile, SecretStore
from voicegw_desktop.secrets.keys import AccessKeys
from voicegw_desktop.secrets.watch import SecretsWatch

if TYPE_CHECKING:
    from voicegw_desktop.config.file import KeyPath
    from voicegw_desktop.corridor.corridor import Corridor
    from voicegw_desktop.engines.pool import EnginePool
    from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
    from voicegw_desktop.middleware.cost_tracker import CostTracker
    from voicegw_desktop.middleware.latency_monitor import LatencyMonitor
    from voicegw_desktop.middleware.rate_limiter import RateLimiter
    from voicegw_desktop.models.store import ModelStore
    from voicegw_desktop.routing.backends import Backends
    from voicegw_desktop.routing.router import Router
    from voicegw_desktop.storage.sqlite import SQLiteStorage
    from voicegw_desktop.storage.writer import Writer

PERIODS = ("today", "week", "month", "all")

T = TypeVar("T")


class Costs(dict[str, Any]):
    """`{period, project, total, by_provider, by_model, by_project}`; inside a running loop `await` it to fill it."""

    def __init__(self, work: Coroutine[Any, Any, dict[str, Any]]) -> None:
        super().__init__()
        self._work: Coroutine[Any, Any, dict[str, Any]] | None = work

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        if self._work is not None:
            work, self._work = self._work, None
            self.update((yield from work.__await__()))
        return self

    def __missing__(self, key: str) -> Any:
        if self._work is not None:
            raise RuntimeError("Inside a running loop, write `await gateway.costs(...)`.")
        raise KeyError(key)

    def __del__(self) -> None:
        if self._work is not None:
            self._work.close()


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
        """Read the configuration; ConfigError lists every problem. `config` is used instead of a file when given."""
        self.paths = paths or system_paths()
        self.clock: Clock = clock or SystemClock()
        self._config_path = config_path
        self._given = config
        self._explicit_paths = paths
        self.file_config = config or GatewayConfig.load(config_path, paths=paths)
        """As the file says, without the database."""
        self._config = with_default_project(self.file_config)
        self.bus = EventBus()
        self.troubles = TroubleBoard(self.bus)
        """What somebody should look at now."""
        # a throw-away profile does not write to the user's own keychain
        sealed = SealedFile(self.paths.config, os.environ) if paths is not None else None
        self.secrets = SecretStore(self.paths.config, vault=sealed)
        self.provider_keys = ProviderKeys(self.secrets, lambda: self._config, lambda: self.file_config)
        self.vault_watch = SecretsWatch(self.secrets, self.bus, self.vault_opened)
        """Tells when stored secrets cannot be had, and when they can again."""
        self.database = self._config.database(self.paths)
        self.keys = AccessKeys(self.database, self.secrets, self.bus, self.clock)
        self.config_manager: ConfigManager | None = None
        self.storage: SQLiteStorage | None = None
        """storage.sqlite.SQLiteStorage; None when cost tracking is off."""
        self.writer: Writer | None = None
        self.cost_tracker: CostTracker | None = None
        """There after `start()`, like the three below."""
        self.latency_monitor: LatencyMonitor | None = None
        """None when observability.latency_tracking is false."""
        self.rate_limiter: RateLimiter | None = None
        self.budget_enforcer: BudgetEnforcer | None = None
        self.router: Router = cast("Router", None)
        """What serves which request; there after `start()`."""
        self.backends: Backends | None = None
        self.corridor: Corridor = cast("Corridor", None)
        """Where every request walks; there after `start()`."""
        self.following: asyncio.Task[None] | None = None
        """Watches what other programs on the same database spend."""
        self.watching: asyncio.Task[None] | None = None
        """Watches the database file."""
        self._models: ModelStore | None = None
        self._engines: EnginePool | None = None
        self.sound_busy = False
        """Does an agent speak or listen here?"""
        self.microphone_user = ""
        """The operation for which the microphone is open; empty: it is closed."""
        self.started = False
        self.started_at: float | None = None
        """Unix seconds."""
        self.served_at: str | None = None
        """`http://127.0.0.1:7717/v1` while a socket serves this gateway; set by who serves it."""
        self.first_key_id: str | None = None
        """The default project's key, for "copy key"."""
        self._starting: asyncio.Lock | None = None
        self._private: PrivateLoop | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> Gateway:
        """Open storage, merge, load or mint the key, make meters, engines and routes. Idempotent."""
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self.started:
                return self
            from voicegw_desktop.gateway import assembly, database

            try:
                await assembly.load()
                await asyncio.to_thread(private_dir, self.paths.config)
                await assembly.open_storage(self)
                self.config_manager = ConfigManager(self.file_config, self.storage)
                self._config = await self.config_manager.load_merged()
                for problem in self.config_manager.problems:
                    self.bus.publish(Notice("warning", problem, "managed_row"))
                await database.open_keys(self)
                await assembly.build(self)
                self.vault_watch.start()
            except BaseException:
                await assembly.close(self)
                raise
            self.started = True
            self.started_at = self.clock.time()
        return self

    async def ensure_key(self) -> None:
        """The default project's key; none while a new profile cannot keep its secret."""
        try:
            self.first_key_id = await self.keys.ensure(self._config.default_project)
        except SecretsLocked:
            self.first_key_id = None

    async def vault_opened(self) -> None:
        """Do what waited for the vault: mint the first key, forget what was revoked meanwhile, learn the names."""
        if self.started:
            await self.ensure_key()
            await self.load_secret_names()
            await self.keys.forget_revoked(self.secret_names)

    async def aclose(self) -> None:
        """Stop engines, flush records, close the database. Idempotent."""
        from voicegw_desktop.gateway import assembly

        self.started = False
        await self.vault_watch.stop()
        await assembly.close(self)

    def close(self) -> None:
        """The same from outside a loop; ends the private loop."""
        if self._private is not None:
            private, self._private = self._private, None
            private.run(self.aclose())
            private.stop()

    async def __aenter__(self) -> Gateway:
        return await self.start()

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    # -- parts --------------------------------------------------------------------------------------------------------

    @property
    def config(self) -> GatewayConfig:
        """Merged after `start()`, the file's before; read-only."""
        return self._config

    @property
    def models(self) -> ModelStore:
        """The model store."""
        if self._models is None:
            from voicegw_desktop.models.store import ModelStore

            self._models = ModelStore(
                self.paths.models, bus=self.bus, offline=self.is_offline, cache=self.paths.cache, clock=self.clock
            )
        return self._models

    @property
    def engines(self) -> EnginePool:
        """The worker processes; needs `start()`."""
        if self._engines is None:
            raise ConfigError("The gateway has not started: `await gateway.start()` first.")
        return self._engines

    @property
    def pool(self) -> EnginePool:
        """Another word for `engines`."""
        return self.engines

    def is_offline(self) -> bool:
        """Whether nothing may leave this machine now."""
        live = getattr(self.router, "offline", None)
        return bool(self._config.routing.offline if live is None else live)

    # -- configuration ------------------------------------------------------------------------------------------------

    async def refresh_config(self) -> GatewayConfig:
        """Read the file again, merge, and hand the result to router, limits and budgets.

        ConfigError leaves everything as it was.
        """
        fresh = (
            self._given
            if self._given is not None
            else await asyncio.to_thread(GatewayConfig.load, self._config_path, paths=self._explicit_paths)
        )
        manager = ConfigManager(fresh, self.storage)
        merged = await manager.load_merged()
        gone = withdrawn(self._config.auth.api_keys, merged.auth.api_keys)
        self.file_config, self.config_manager, self._config = fresh, manager, merged
        self.provider_keys.forget()
        from voicegw_desktop.gateway import assembly

        if self.started:
            await self.keys.load()
            await assembly.reconfigure(self)
            for key_id in gone:
                self.bus.publish(KeyRevoked(key_id))
        return merged

    def provider_settings(self, provider: str, project: str | None = None) -> dict[str, Any]:
        """A provider's merged settings for a project, without looking for its key elsewhere."""
        return self._config.get_provider_config_for_project(provider, project)

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
        """Learn which secrets there are, and look keys up again at the next use."""
        await self.provider_keys.load()

    # -- questions ----------------------------------------------------------------------------------------------------

    def list_projects(self) -> list[dict[str, Any]]:
        """Every project with its settings and `source`: yaml, db or auto."""
        if not self.started and not _in_loop():
            self._run(self.start())
        return [
            {
                "id": name,
                "name": project.name or name,
                "description": project.description,
                "default_stack": project.default_stack,
                "daily_budget": project.daily_budget,
                "budget_action": project.budget_action,
                "tags": list(project.tags),
                "providers": sorted(project.providers),
                "egress": project.egress,
                "source": project.source,
                "default": name == self._config.default_project,
            }
            for name, project in self._config.projects.items()
        ]

    def costs(self, period: str = "today", project: str | None = None) -> Costs:
        """US dollars spent in today, week, month or all: total, by_provider, by_model, by_project.

        Outside a running loop the answer is filled when this returns; inside one, `await` it.
        """
        answer = Costs(self.cost_summary(period, project))
        if _in_loop():
            return answer
        self._run(_filled(answer))
        return answer

    async def cost_summary(self, period: str = "today", project: str | None = None) -> dict[str, Any]:
        """The same as a coroutine."""
        if period not in PERIODS:
            raise BadRequest(
                f'The period "{period}" is none of {", ".join(PERIODS)}.{did_you_mean(period, PERIODS)}', param="period"
            )
        await self.start()
        if project is not None:
            self.project(project)
        base: dict[str, Any] = {"period": period, "project": project, "total": 0.0}
        base |= {"by_provider": {}, "by_model": {}, "by_project": {}}
        if self.storage is None:
            return {**base, "tracking": False}
        return {**base, **dict(await self.storage.get_cost_summary(period, project=project))}

    def project(self, name: str) -> Any:
        """The project's settings; NotFound with did-you-mean."""
        found = self._config.projects.get(name)
        if found is None:
            raise NotFound(f'There is no project "{name}".{did_you_mean(name, self._config.projects)}', param="project")
        return found

    def list_models(self) -> list[dict[str, Any]]:
        """Every target that can be asked for by name; see `listings.models`."""
        return listings.models(self._config, self.models.list())

    def list_providers(self) -> list[dict[str, Any]]:
        """Every known or configured provider; see `listings.providers`."""
        return listings.providers(self._config, self.has_key)

    # -- the private loop ---------------------------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._private is None:
            self._private = PrivateLoop()
            atexit.register(self.close)
        return self._private.run(work)


async def _filled(costs: Costs) -> None:
    await costs


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
