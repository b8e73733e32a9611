"""Gives each engine and provider its backend, as its descriptor says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import ConfigError, EgressDenied
from voicegw_desktop.core.ports import Modality, Target, Zone
from voicegw_desktop.core.registry import PROVIDERS, resolve
from voicegw_desktop.routing.backends import Backends, kind_of
from voicegw_desktop.routing.egress import address_of, zone_of

if TYPE_CHECKING:
    from voicegw_desktop.core.descriptor import Descriptor
    from voicegw_desktop.engines.servers.reach import Endpoint, TellsState
    from voicegw_desktop.engines.status import EngineStatus
    from voicegw_desktop.gateway.gateway import Gateway


def connect(gateway: Gateway) -> Backends:
    """Every backend; what needs a cloud provider's package runs in a worker and is imported there."""
    from voicegw_desktop.engines.servers.reach import Endpoint, Reach
    from voicegw_desktop.engines.servers.server import tell_broken
    from voicegw_desktop.gateway.cloud_speech import register_cloud

    backends = Backends(gateway.config)
    pool = gateway.engines

    def address(target: Target) -> str:
        entry = PROVIDERS[kind_of(gateway.config, target.provider, target.account) or target.provider]
        found = address_of(gateway.config, target.provider, target.account) or entry.chat_address
        if not found:
            raise ConfigError(f"providers.{target.provider}.base_url is missing; write the server's address.")
        if not found.rstrip("/").endswith(entry.chat_path):
            return found.rstrip("/") + entry.chat_path
        return found

    async def endpoint(target: Target) -> Endpoint:
        # one step: between address and key the configuration must not change
        return Endpoint(address(target), await gateway.provider_key(target.provider, target.account), zone=target.zone)

    def allowed_address(target: Target) -> str:
        _check_offline(gateway, target.provider, target.zone)
        return address(target)

    # every request of this client asks once more: offline mode may have come since the permit
    pool.http.offline = gateway.is_offline

    register_cloud(gateway, backends)
    made: dict[str, Any] = {}
    reach = Reach(pool.http, endpoint, allowed_address, gateway.clock)
    for name, entry in PROVIDERS.items():
        for modality, backend in _backends(gateway, entry).items():
            backends.register(name, **{modality.value: backend})
        for modality, reference in entry.backends.items():
            if reference not in made:
                try:
                    made[reference] = resolve(reference)(reach)
                except Exception as error:
                    tell_broken(gateway.bus, name, reference, error)
                    continue
            backends.register(name, **{modality.value: made[reference]})
    _watch_servers(gateway, made)
    return backends


def _backends(gateway: Gateway, entry: Descriptor) -> dict[Modality, Any]:
    """The engine's own, by modality: its worker's streams and bytes, or its server."""
    pool = gateway.engines
    if entry.server:
        return {Modality.LLM: pool.servers[entry.name]} if entry.name in pool.servers else {}
    if entry.worker is None:
        return {}
    own = {Modality.STT: pool.stt_backend, Modality.LLM: pool.llm_backend, Modality.TTS: pool.tts_backend}
    return {modality: own[modality]() for modality in entry.modalities}


def _watch_servers(gateway: Gateway, made: dict[str, Any]) -> None:
    """Servers elsewhere that run models of the user's own show the same status as engines here."""
    from voicegw_desktop.engines.servers.reach import TellsState

    for name, section in gateway.config.providers.items():
        entry = PROVIDERS.get(kind_of(gateway.config, name) or "")
        if entry is None or not entry.own_server or not section.base_url or not section.enabled:
            continue
        backend = next((made[reference] for reference in entry.backends.values() if reference in made), None)
        if isinstance(backend, TellsState):
            gateway.engines.watch_remote(name, partial(_ask, gateway, backend, name))


async def _ask(gateway: Gateway, backend: TellsState, name: str) -> EngineStatus:
    from voicegw_desktop.engines.servers.reach import Endpoint

    # the address of now, and not of the start: the key that is found belongs to it
    url = address_of(gateway.config, name, None) or ""
    zone = zone_of(gateway.config, name)
    _check_offline(gateway, name, zone)
    return await backend.status(name, Endpoint(url, await gateway.provider_key(name, None), zone=zone))


def _check_offline(gateway: Gateway, provider: str, zone: Zone) -> None:
    if zone is not Zone.LOCAL and gateway.is_offline():
        raise EgressDenied(f"{provider} is not on this machine ({zone}) and offline mode is on.")
