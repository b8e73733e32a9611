from collections.abc import Mapping

from homeassistant.core import HomeAssistant

class _Flow:
    async def async_init(self, handler: str, *, context: Mapping[str, str]) -> Mapping[str, str]: ...
    async def async_configure(self, flow_id: str, user_input: Mapping[str, object]) -> Mapping[str, object]: ...

class ConfigEntries:
    flow: _Flow
    def __init__(self, hass: HomeAssistant, config: Mapping[str, object]) -> None: ...
