"""The parts of a gateway, all of them there from its construction on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.manager import ConfigManager
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.paths import Paths
from voicegw_desktop.core.troubles import TroubleBoard
from voicegw_desktop.corridor.corridor import Corridor
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.gateway.budget_hooks import BudgetHooks
from voicegw_desktop.gateway.provider_keys import ProviderKeys
from voicegw_desktop.gateway.traces import Traces
from voicegw_desktop.gateway.transcripts import Transcripts
from voicegw_desktop.gateway.upkeep import Upkeep
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.latency_monitor import LatencyMonitor
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.models.store import ModelStore
from voicegw_desktop.routing.backends import Backends
from voicegw_desktop.routing.conditions import Conditions
from voicegw_desktop.routing.router import Router
from voicegw_desktop.secrets.crypto import SecretStore
from voicegw_desktop.secrets.keys import AccessKeys
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer
from voicegw_desktop.updates.packs import Packs
from voicegw_desktop.updates.service import Updates


@dataclass(frozen=True, slots=True)
class Records:
    """Where requests are recorded, while cost tracking is on."""

    storage: SQLiteStorage
    writer: Writer
    upkeep: Upkeep


@dataclass(frozen=True, slots=True)
class Parts:
    """What a gateway consists of. Made by `assembly.open_parts`; nothing in it is replaced afterwards."""

    paths: Paths
    clock: Clock
    bus: EventBus
    troubles: TroubleBoard
    """What a person should look at now."""
    settings: ConfigManager
    """The configuration in force (`settings.merged`) and what the file says (`settings.config`)."""
    secrets: SecretStore
    provider_keys: ProviderKeys
    database: Path
    keys: AccessKeys
    transcripts: Transcripts
    records: Records | None
    """None while cost tracking is off."""
    cost_tracker: CostTracker
    latency_monitor: LatencyMonitor | None
    """None while observability.latency_tracking is false."""
    rate_limiter: RateLimiter
    budget_enforcer: BudgetEnforcer
    budget_hooks: BudgetHooks
    traces: Traces
    models: ModelStore
    engines: EnginePool
    conditions: Conditions
    router: Router
    backends: Backends
    corridor: Corridor
    updates: Updates
    packs: Packs

    @property
    def config(self) -> GatewayConfig:
        """The configuration in force."""
        return self.settings.merged
