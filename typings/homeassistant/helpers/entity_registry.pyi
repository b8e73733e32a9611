from collections.abc import Mapping

from homeassistant.core import HomeAssistant

class RegistryEntry:
    entity_id: str
    domain: str
    platform: str

class EntityRegistry:
    entities: Mapping[str, RegistryEntry]

def async_get(hass: HomeAssistant) -> EntityRegistry: ...
