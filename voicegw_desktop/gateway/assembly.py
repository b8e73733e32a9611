"""How the gateway's parts are put together, taken apart, and told of a new configuration."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.gateway import database

if TYPE_CHECKING:
    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.corridor.metering import Meters
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.pricing.catalog import PriceCatalog

log = logging.getLogger(__name__)


FOLLOW = 2.0  # s between looks at what other programs have spent

PARTS = (
    "aiosqlite",
    "cryptography.fernet",
    "voicegw_desktop.routing.choices",
    "voicegw_desktop.routing.conditions",
    "voicegw_desktop.gateway.connect",
    "voicegw_desktop.corridor.corridor",
    "voicegw_desktop.gateway.meters",
    "voicegw_desktop.gateway.prewarm",
    "voicegw_desktop.routing.router",
    "voicegw_desktop.engines.pool",
    "voicegw_desktop.engines.servers.reach",
    "voicegw_desktop.gateway.current",
    "voicegw_desktop.middleware.budget_enforcer",
    "voicegw_desktop.middleware.cost_tracker",
    "voicegw_desktop.middleware.latency_monitor",
    "voicegw_desktop.middleware.rate_limiter",
    "voicegw_desktop.models.store",
    "voicegw_desktop.pricing.catalog",
    "voicegw_desktop.gateway.cloud_speech",
    "voicegw_desktop.storage.sqlite",
    "voicegw_desktop.storage.writer",
)
"""What is imported below, none of it needed before the start."""


async def load() -> None:
    """Import the parts in a thread: half a second of it would stall whoever starts the gateway inside a call."""
    await asyncio.to_thread(_load)


def _load() -> None:
    for part in PARTS:
        importlib.import_module(part)
    for entry in PROVIDERS.values():
        for reference in filter(None, (entry.server, *entry.backends.values())):
            # a package's module that cannot be imported is told where it is used
            with contextlib.suppress(Exception):
                importlib.import_module(reference.partition(":")[0])


async def open_storage(gateway: Gateway) -> None:
    """The database, unless cost tracking is off."""
    tracking = gateway.config.cost_tracking.enabled and gateway.config.observability.cost_tracking
    if not tracking or gateway.storage is not None:
        return
    from voicegw_desktop.storage.sqlite import SQLiteStorage

    storage = SQLiteStorage(gateway.database, clock=gateway.clock)
    database.attach(gateway, storage)
    await storage.open()
    gateway.storage = storage
    gateway.watching = asyncio.get_running_loop().create_task(database.watch(storage))


async def build(gateway: Gateway) -> None:
    """Engines, meters, routes and the corridor."""
    from voicegw_desktop.corridor.corridor import Corridor
    from voicegw_desktop.engines.pool import EnginePool
    from voicegw_desktop.gateway.connect import connect
    from voicegw_desktop.gateway.prewarm import prewarm_configured
    from voicegw_desktop.routing.choices import ChoiceFile
    from voicegw_desktop.routing.conditions import Conditions
    from voicegw_desktop.routing.router import Router

    gateway._engines = EnginePool(
        gateway.config.engines,
        gateway.models.locate,
        gateway.bus,
        gateway.clock,
        gateway.paths,
        ram=lambda provider, model: _ram(gateway, f"{provider}/{model}"),
    )
    await gateway.load_secret_names()
    conditions = Conditions(gateway.config.routing.conditions, gateway.clock)
    gateway.router = Router(
        gateway.config,
        gateway.bus,
        gateway.clock,
        conditions=conditions,
        store=ChoiceFile(gateway.paths.config / "choices.json"),
        has_key=gateway.has_key,
    )
    conditions.start()
    gateway.backends = connect(gateway)
    # providers asked about their health inside this process ask this gateway's engines
    from voicegw_desktop.gateway import current as _factory

    _factory.adopt(gateway)
    gateway.corridor = Corridor(
        gateway.router,
        gateway.backends,
        gateway.bus,
        gateway.clock,
        meters=await _meters(gateway),
        troubles=gateway.troubles,
    )
    if gateway.writer is not None:
        gateway.corridor.egress.keep = gateway.writer.submit
    prewarm_configured(gateway)


async def _meters(gateway: Gateway) -> Meters:
    """Limits, budgets, prices and records; without storage they count the day and keep nothing."""
    from voicegw_desktop.gateway.meters import NOWHERE, GatewayMeters
    from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
    from voicegw_desktop.middleware.cost_tracker import CostTracker
    from voicegw_desktop.middleware.holdings import Holdings
    from voicegw_desktop.middleware.latency_monitor import LatencyMonitor
    from voicegw_desktop.middleware.rate_limiter import RateLimiter
    from voicegw_desktop.storage.writer import Writer

    config, clock, bus = gateway.config, gateway.clock, gateway.bus
    if gateway.storage is not None:
        gateway.writer = Writer(gateway.storage, bus)
        await gateway.writer.start()
    # the corridor announces each record once; the tracker only counts and stores it
    gateway.cost_tracker = CostTracker(gateway.writer, await _prices(config), NOWHERE, clock)
    if gateway.storage is not None:
        await gateway.cost_tracker.load(gateway.storage)
        gateway.following = asyncio.get_running_loop().create_task(_follow(gateway))
    if config.observability.latency_tracking:
        gateway.latency_monitor = LatencyMonitor(bus, clock, config.latency.ttfb_warning_ms, config.latency.percentiles)
    gateway.rate_limiter = RateLimiter(config.rate_limits, clock)
    shared = None if gateway.storage is None else gateway.database.with_name(gateway.database.name + "-budgets")
    gateway.budget_enforcer = BudgetEnforcer(
        config.projects,
        gateway.cost_tracker,
        clock,
        bus,
        config.cost_tracking.daily_budget_alert,
        # processes are told apart by the machine's clock, whichever clock a test gives the gateway
        await asyncio.to_thread(Holdings, shared),
        gateway.troubles.put,
    )
    gateway.budget_enforcer.look_again()
    return GatewayMeters(
        gateway.cost_tracker,
        gateway.rate_limiter,
        gateway.budget_enforcer,
        detailed=lambda: gateway.config.observability.request_logging,
    )


async def _follow(gateway: Gateway) -> None:
    """See what other programs on the same database spend, so that one budget holds for all of them."""
    storage, tracker, writer = gateway.storage, gateway.cost_tracker, gateway.writer
    assert storage is not None
    assert tracker is not None
    seen = -1
    while True:
        await asyncio.sleep(FOLLOW)
        budgets = gateway.budget_enforcer
        if budgets is None:
            continue
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


async def _prices(config: GatewayConfig) -> PriceCatalog:
    """The price list with the configuration's own prices, read here so that no request waits for it."""
    from voicegw_desktop.pricing.catalog import PriceCatalog

    own = {
        provider: {model: price.model_dump(exclude_unset=True) for model, price in models.items()}
        for provider, models in config.prices.items()
    }
    catalog = PriceCatalog(overrides=own)
    await asyncio.to_thread(catalog.entries)
    return catalog


async def reconfigure(gateway: Gateway) -> None:
    """Tell the parts of a new configuration; requests that run are not disturbed."""
    engines = gateway._engines
    if engines is not None:
        engines.config = gateway.config.engines
    await gateway.load_secret_names()
    if gateway.router is not None:
        gateway.router.update(gateway.config)
    if gateway.backends is not None:
        gateway.backends.config = gateway.config
    if gateway.cost_tracker is not None:
        gateway.cost_tracker.catalog = await _prices(gateway.config)
    if gateway.rate_limiter is not None:
        gateway.rate_limiter.configure(gateway.config.rate_limits)
    if gateway.budget_enforcer is not None:
        gateway.budget_enforcer.configure(gateway.config.projects, gateway.config.cost_tracking.daily_budget_alert)
    if gateway.corridor is not None:
        gateway.corridor.backends.config = gateway.config


async def close(gateway: Gateway) -> None:
    """Take everything down; every part gets its chance even when one fails."""
    from voicegw_desktop.gateway import current as _factory

    _factory.forget(gateway)
    corridor, engines, models, storage = gateway.corridor, gateway._engines, gateway._models, gateway.storage
    conditions, writer = getattr(gateway.router, "conditions", None), gateway.writer
    tasks = [task for task in (gateway.following, gateway.watching) if task is not None]
    gateway.following = gateway.watching = None
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    gateway._engines = gateway._models = gateway.storage = gateway.writer = None
    if gateway.latency_monitor is not None:
        gateway.latency_monitor.close()
    for part, ending in (
        (conditions, "stop"),
        (corridor, "aclose"),
        # every run is recorded now; an engine that ends slowly must not keep that from the database
        (writer, "flush"),
        (engines, "aclose"),
        (models, "close"),
        # the writer after all that may still record, the database after the writer
        (writer, "aclose"),
        (storage, "aclose"),
    ):
        end = getattr(part, ending, None)
        if end is None:
            continue
        try:
            await end()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("%s did not close cleanly", type(part).__name__)
    if gateway.budget_enforcer is not None:
        # what the last requests set aside is free by now
        gateway.budget_enforcer.holdings.close()


def _ram(gateway: Gateway, model: str) -> int | None:
    try:
        megabytes = gateway.models.info(model).ram_mb
    except VoiceGatewayError:
        # a model outside the catalogue: the pool measures it instead
        return None
    return None if megabytes is None else megabytes * 1_000_000
