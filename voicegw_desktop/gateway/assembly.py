"""How the gateway's parts are made, started, given a new configuration, and closed."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.manager import ConfigManager, rows_of, with_default_project
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.events import EventBus, TurnChanged
from voicegw_desktop.core.paths import Paths
from voicegw_desktop.core.troubles import TroubleBoard
from voicegw_desktop.corridor.corridor import Corridor
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.gateway.access import ProviderAccess
from voicegw_desktop.gateway.budget_hooks import BudgetHooks
from voicegw_desktop.gateway.connect import connect
from voicegw_desktop.gateway.installed import InstalledModels
from voicegw_desktop.gateway.meters import GatewayMeters
from voicegw_desktop.gateway.parts import Parts, Records
from voicegw_desktop.gateway.provider_keys import ProviderKeys
from voicegw_desktop.gateway.traces import Traces
from voicegw_desktop.gateway.transcripts import Transcripts
from voicegw_desktop.gateway.upkeep import Upkeep
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.holdings import Holdings
from voicegw_desktop.middleware.latency_monitor import LatencyMonitor
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.models.store import ModelStore
from voicegw_desktop.pricing import own
from voicegw_desktop.pricing.catalog import PriceCatalog
from voicegw_desktop.routing.choices import choice_file
from voicegw_desktop.routing.conditions import Conditions
from voicegw_desktop.routing.router import Router
from voicegw_desktop.secrets.crypto import SecretStore
from voicegw_desktop.secrets.keys import AccessKeys
from voicegw_desktop.secrets.sealed_file import SealedFile
from voicegw_desktop.storage.migrate import migrations
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.turns import TurnRecord
from voicegw_desktop.storage.writer import Writer
from voicegw_desktop.updates.packs import Packs
from voicegw_desktop.updates.service import Updates

log = logging.getLogger(__name__)


AFTER_START = 0.5  # s until the models are listed
FOLLOW = 2.0  # s between looks at what other programs have spent


def open_parts(
    config: GatewayConfig,
    clock: Clock,
    paths: Paths,
    *,
    own_profile: bool = False,
    bus: EventBus | None = None,
    secrets: SecretStore | None = None,
) -> Parts:
    """Every part, merged with the rows of the database; needs no running loop and starts nothing.

    `config`: what the file says. `own_profile`: keep secrets in a sealed file and not in the user's keychain. `bus`,
    `secrets`: those of a gateway that was closed and is used again.
    """
    bus = bus or EventBus()
    troubles = TroubleBoard(bus)
    secrets = secrets or SecretStore(paths.config, vault=SealedFile(paths.config, os.environ) if own_profile else None)
    # which database it is, and whether there is one, only the file says
    written = with_default_project(config)
    database = written.database(paths)
    records: Records | None = None
    if written.cost_tracking.enabled and written.observability.cost_tracking:
        storage = SQLiteStorage(database, clock=clock)
        # settings and corridor are made below, and asked when there is a loop
        upkeep = Upkeep(storage, clock, lambda: settings.merged.schema.retention, lambda: bool(corridor.runs))
        records = Records(storage, Writer(storage, bus), upkeep)
        settings = ConfigManager(config, storage, rows_of(*storage.managed_now()))
    else:
        settings = ConfigManager(config, None)
    merged = settings.merged
    provider_keys = ProviderKeys(secrets, lambda: settings.merged, lambda: settings.config)

    conditions = Conditions(merged.routing.conditions, clock)
    # the store asks the router, which asks the store: each only once both are there
    models = ModelStore(
        merged.models_folder(paths),
        bus=bus,
        offline=lambda: router.offline,
        connects=lambda *told: corridor.egress.download(settings.merged.default_project, *told),
        cache=paths.cache,
        own=lambda: settings.merged.engines.own_models(),
        clock=clock,
    )
    router = Router(
        merged,
        bus,
        clock,
        conditions=conditions,
        store=choice_file(paths),
        has_key=provider_keys.has,
        installed=InstalledModels(models, clock),
    )
    engines = EnginePool(
        merged.engines,
        models.locate,
        bus,
        clock,
        paths,
        ram=lambda provider, model: _ram(models, f"{provider}/{model}"),
    )
    backends = connect(ProviderAccess(settings, provider_keys, engines, router, clock, bus))
    # the corridor announces each record once; the tracker only counts and stores it
    tracker = CostTracker(records.writer if records else None, _prices(merged, paths.config), clock=clock)
    limiter = RateLimiter(merged.rate_limits, clock)
    budgets = BudgetEnforcer(
        merged.projects,
        tracker,
        clock,
        bus,
        merged.cost_tracking.daily_budget_alert,
        # processes are told apart by the machine's clock, whichever clock a test gives the gateway
        Holdings(),
        troubles.put,
        merged.budgets,
    )
    meters = GatewayMeters(tracker, limiter, budgets, detailed=lambda: settings.merged.observability.request_logging)
    corridor = Corridor(router, backends, bus, clock, meters=meters, troubles=troubles)
    transcripts = Transcripts(secrets, bus, lambda: settings.merged.observability.transcripts)
    if records is not None:
        corridor.egress.keep = records.writer.submit
        corridor.turns.keep = partial(_keep_turn, records.writer, bus, settings)
        corridor.turns.seal = transcripts.seal
    latency = merged.latency

    def may_fetch(url: str) -> object:
        return router.policy.clear_address("updates", url, settings.merged.default_project)

    fetches = partial(corridor.egress.download, merged.default_project, "updates")
    packs = Packs(clock, lambda: updates.source, clear=may_fetch, connects=fetches, moved=bus.publish)
    updates = Updates(
        paths,
        clock,
        bus,
        lambda: settings.merged.schema.updates,
        clear=may_fetch,
        connects=fetches,
        trouble=troubles.put,
        schema=lambda: len(migrations()),
        database=database,
        ahead=packs.ahead,
    )
    return Parts(
        paths=paths,
        clock=clock,
        bus=bus,
        troubles=troubles,
        settings=settings,
        secrets=secrets,
        provider_keys=provider_keys,
        database=database,
        keys=AccessKeys(database, secrets, bus, clock),
        transcripts=transcripts,
        records=records,
        cost_tracker=tracker,
        latency_monitor=LatencyMonitor(bus, clock, latency.ttfb_warning_ms, latency.percentiles)
        if merged.observability.latency_tracking
        else None,
        rate_limiter=limiter,
        budget_enforcer=budgets,
        budget_hooks=BudgetHooks(
            lambda: settings.merged,
            bus,
            router.policy,
            corridor.egress,
            records.storage if records is not None else None,
        ),
        traces=Traces(lambda: settings.merged, bus, clock, router.policy, corridor.egress),
        models=models,
        engines=engines,
        conditions=conditions,
        router=router,
        backends=backends,
        corridor=corridor,
        updates=updates,
        packs=packs,
    )


def _keep_turn(writer: Writer, bus: EventBus, settings: ConfigManager, turn: TurnRecord) -> None:
    """Store a turn and announce it, unless only sums are to be kept."""
    if settings.merged.observability.request_logging:
        writer.submit(turn)
        bus.publish(TurnChanged(turn.project, turn.session_id, replace(turn, sealed=None)))


async def start(parts: Parts) -> list[asyncio.Task[None]]:
    """Start what needs a loop: conditions, records, today's sums. Returns the tasks that last until the end."""
    # read here so that no request waits for it
    await asyncio.to_thread(parts.cost_tracker.catalog.entries)
    await parts.provider_keys.load()
    await parts.transcripts.load()
    parts.conditions.start()
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = [loop.create_task(_see_models(parts)), loop.create_task(parts.traces.follow())]
    tasks.append(loop.create_task(parts.updates.follow()))
    if parts.records is not None:
        await parts.records.writer.start()
        await parts.cost_tracker.load(parts.records.storage)
        tasks.append(asyncio.get_running_loop().create_task(_follow(parts, parts.records)))
        tasks.append(asyncio.get_running_loop().create_task(parts.records.upkeep.follow()))
        shared = parts.database.with_name(parts.database.name + "-budgets")
        await asyncio.to_thread(parts.budget_enforcer.holdings.join, shared)
    parts.budget_enforcer.look_again()
    return tasks


async def _see_models(parts: Parts) -> None:
    """Read the catalogue and the store soon after the start: the first request would stall the loop for it."""
    # the start itself is waited for, and shares the interpreter with this thread
    await asyncio.sleep(AFTER_START)
    try:
        await parts.models.check_copied()
        await asyncio.to_thread(parts.router.look)
    except VoiceGatewayError as error:
        log.warning("The models could not be listed: %s", error)


async def _follow(parts: Parts, records: Records) -> None:
    """See what other programs on the same database spend, so that one budget holds for all of them."""
    storage, writer = records.storage, records.writer
    tracker, budgets = parts.cost_tracker, parts.budget_enforcer
    seen = -1
    while True:
        await asyncio.sleep(FOLLOW)
        budgets.holdings.renew()
        if not budgets.watches:
            continue
        # the day may have turned
        budgets.look_again()
        try:
            if (now := await storage.changes_of_others()) != seen or tracker.behind:
                seen = now
                await tracker.follow(storage, writer)
                budgets.look_again()
        except Exception as error:
            log.warning("What others spend could not be read: %s", error)


def _prices(config: GatewayConfig, folder: Path) -> PriceCatalog:
    """The price list, read at its first use, with the prices of voicegw.yaml and below them those of commands."""
    try:
        prices: dict[str, dict[str, dict[str, Any]]] = {**own.load(folder)}
    except ConfigError as error:
        # a file that a person may have edited must not keep the program from starting
        log.warning("%s", error)
        prices = {}
    for provider, models in config.prices.items():
        written = {model: price.model_dump(exclude_unset=True) for model, price in models.items()}
        prices[provider] = {**prices.get(provider, {}), **written}
    return PriceCatalog(overrides=prices)


async def reconfigure(parts: Parts) -> None:
    """Tell the parts of the configuration that is in force now; requests that run are not disturbed."""
    config = parts.config
    await parts.transcripts.load()
    parts.engines.config = config.engines
    parts.router.update(config)
    parts.backends.config = config
    prices = _prices(config, parts.paths.config)
    await asyncio.to_thread(prices.entries)
    parts.cost_tracker.catalog = prices
    parts.rate_limiter.configure(config.rate_limits)
    parts.budget_enforcer.configure(config.projects, config.cost_tracking.daily_budget_alert, config.budgets)


async def close(parts: Parts, tasks: list[asyncio.Task[None]]) -> None:
    """Close every part, also when closing another part fails."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if parts.latency_monitor is not None:
        parts.latency_monitor.close()
    records = parts.records
    endings: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
        ("The budget hooks", parts.budget_hooks.close),
        ("The conditions", parts.conditions.stop),
        ("The corridor", parts.corridor.aclose),
    ]
    if records is not None:
        # every run is recorded now; an engine that ends slowly must not delay storing them
        endings.append(("The writer", records.writer.flush))
    # nor must a collector that does not answer
    endings += [
        ("The traces", parts.traces.aclose),
        ("The engines", parts.engines.aclose),
        ("The model store", parts.models.close),
    ]
    if records is not None:
        # the writer after all that may still record, the database after the writer
        endings += [("The writer", records.writer.aclose), ("The database", records.storage.aclose)]
    for name, end in endings:
        try:
            await end()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("%s did not close cleanly", name)
    # what the last requests set aside is free by now
    parts.budget_enforcer.holdings.close()


def _ram(models: ModelStore, model: str) -> int | None:
    try:
        megabytes = models.info(model).ram_mb
    except VoiceGatewayError:
        # a model outside the catalogue: the pool measures it instead
        return None
    return None if megabytes is None else megabytes * 1_000_000
