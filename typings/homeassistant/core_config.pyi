from collections.abc import Mapping

from homeassistant.core import HomeAssistant

async def async_process_ha_core_config(hass: HomeAssistant, config: Mapping[str, object]) -> None: ...
