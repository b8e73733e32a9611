from collections.abc import Mapping

from homeassistant.core import HomeAssistant

async def async_setup_component(hass: HomeAssistant, domain: str, config: Mapping[str, object]) -> bool: ...
