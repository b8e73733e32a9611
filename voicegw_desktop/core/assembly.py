"""How the gateway's parts are put together, taken apart, and told of a new configuration."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import VoiceGatewayError

if TYPE_CHECKING:
    from voicegw_desktop.core.backends import Backends
    from voicegw_desktop.core.gateway import Gateway
    from voicegw_desktop.core.metering import Meters

log = logging.getLogger(__name__)


async def open_storage(gateway: Gateway) -> None:
    """The database, unless cost tracking is off."""
    tracking = gateway.config.cost_tracking.enabled and gateway.config.observability.cost_tracking
    if not tracking or gateway.storage is not None:
        return
    from voicegw_desktop.storage.sqlite import SQLiteStorage

    storage = SQLiteStorage(gateway.database, clock=gateway.clock)
    await storage.open()
    gateway.storage = storage


async def build(gateway: Gateway) -> None:
    """Engines, meters, routes and the corridor."""
    from voicegw_desktop.core.choices import ChoiceFile
    from voicegw_desktop.core.conditions import Conditions
    from voicegw_desktop.core.connect import connect
    from voicegw_desktop.core.corridor import Corridor
    from voicegw_desktop.core.routing import Router
    from voicegw_desktop.engines.pool import EnginePool

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
    gateway.corridor = Corridor(gateway.router, connect(gateway), gateway.bus, gateway.clock)
    conditions.start()
    gateway.backends = _backends(gateway)
    gateway.corridor = Corridor(
        gateway.router, gateway.backends, gateway.bus, gateway.clock, meters=await _meters(gateway)
    )


def _backends(gateway: Gateway) -> Backends:
    """What serves each provider: the local engines; cloud providers add themselves when their room is there."""
    from voicegw_desktop.core.backends import Backends

    pool = gateway.engines
    backends = Backends(gateway.config)
    backends.register("whisper", stt=pool.stt_backend())
    for name in ("kokoro", "piper"):
        backends.register(name, tts=pool.tts_backend())
    for name in ("llamacpp", "ollama"):
        backends.register(name, llm=pool.llm_backend())
    return backends


async def _meters(gateway: Gateway) -> Meters | None:
    """Limits, budgets, prices and records; None when the build has none yet."""
    return None


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
    if gateway.corridor is not None:
        gateway.corridor.backends.config = gateway.config


async def close(gateway: Gateway) -> None:
    """Take everything down; every part gets its chance even when one fails."""
    corridor, engines, models, storage = gateway.corridor, gateway._engines, gateway._models, gateway.storage
    conditions = getattr(gateway.router, "conditions", None)
    gateway._engines = gateway._models = gateway.storage = None
    for part, ending in (
        (conditions, "stop"),
        (corridor, "aclose"),
        (engines, "aclose"),
        (models, "close"),
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


def _ram(gateway: Gateway, model: str) -> int | None:
    try:
        megabytes = gateway.models.info(model).ram_mb
    except VoiceGatewayError:
        # a model outside the catalogue: the pool measures it instead
        return None
    return None if megabytes is None else megabytes * 1_000_000
