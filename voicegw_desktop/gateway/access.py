"""How backends reach providers."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.manager import ConfigManager
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.gateway.provider_keys import ProviderKeys
from voicegw_desktop.routing.router import Router


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """What a backend needs to reach a provider: the settings in force, keys, engines, and whether data may leave."""

    settings: ConfigManager
    provider_keys: ProviderKeys
    engines: EnginePool
    router: Router
    clock: Clock
    bus: EventBus

    @property
    def config(self) -> GatewayConfig:
        """The configuration in force."""
        return self.settings.merged

    def is_offline(self) -> bool:
        """Whether nothing may leave this machine now."""
        return self.router.offline
