"""Gives each engine and provider its backend, as its descriptor says."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import ConfigError, EgressDenied
from voicegw_desktop.core.ports import Modality, Target, Zone
from voicegw_desktop.core.registry import PROVIDERS, resolve
from voicegw_desktop.engines.servers.reach import Endpoint, Reach, TellsState
from voicegw_desktop.engines.servers.server import tell_broken
from voicegw_desktop.gateway.access import ProviderAccess
from voicegw_desktop.gateway.cloud_speech import register_cloud
from voicegw_desktop.routing.backends import Backends, elsewhere, is_own_server, kind_of
from voicegw_desktop.routing.egress import address_of, project_name, provider_config, zone_of

if TYPE_CHECKING:
    from voicegw_desktop.core.descriptor import Descriptor
    from voicegw_desktop.engines.status import EngineStatus


def _load() -> None:
    """Import what the descriptors name, with this module: a gateway made in a running loop must not stall it."""
    for entry in PROVIDERS.values():
        for reference in filter(None, (entry.server, *entry.backends.values())):
            # a package's module that cannot be imported is told where it is used
            with contextlib.suppress(Exception):
                importlib.import_module(reference.partition(":")[0])


_load()


def connect(access: ProviderAccess) -> Backends:
    """Every backend; what needs a cloud provider's package runs in a worker and is imported there."""
    backends = Backends(access.config)
    pool = access.engines

    def address(target: Target) -> str:
        entry = PROVIDERS[kind_of(access.config, target.provider, target.account) or target.provider]
        found = address_of(access.config, target.provider, target.account) or entry.chat_address
        if not found:
            raise ConfigError(f"providers.{target.provider}.base_url is missing; write the server's address.")
        if not found.rstrip("/").endswith(entry.chat_path):
            return found.rstrip("/") + entry.chat_path
        return found

    async def endpoint(target: Target) -> Endpoint:
        # one step: between address and key the configuration must not change
        return Endpoint(
            address(target), await access.provider_keys.get(target.provider, target.account), zone=target.zone
        )

    def allowed_address(target: Target) -> str:
        _check_offline(access, target.provider, target.zone)
        return address(target)

    # each request of this client is checked again: offline mode may have been switched on since the permit
    pool.http.offline = access.is_offline

    register_cloud(access, backends)
    made: dict[str, Any] = {}
    reach = Reach(pool.http, endpoint, allowed_address, access.clock)
    for name, entry in PROVIDERS.items():
        for modality, backend in _backends(access, entry).items():
            backends.register(name, **{modality.value: backend})
        for modality, reference in entry.backends.items():
            if reference not in made:
                try:
                    made[reference] = resolve(reference)(reach)
                except Exception as error:
                    tell_broken(access.bus, name, reference, error)
                    continue
            backends.register(elsewhere(name) if entry.engine else name, **{modality.value: made[reference]})
    pool.elsewhere = partial(_own_servers, access, made)
    return backends


def _backends(access: ProviderAccess, entry: Descriptor) -> dict[Modality, Any]:
    """The engine's own, by modality: its worker's streams and bytes, or its server."""
    pool = access.engines
    if entry.server:
        return {Modality.LLM: pool.servers[entry.name]} if entry.name in pool.servers else {}
    if entry.worker is None:
        return {}
    own = {Modality.STT: pool.stt_backend, Modality.LLM: pool.llm_backend, Modality.TTS: pool.tts_backend}
    return {modality: own[modality]() for modality in entry.modalities}


def _own_servers(access: ProviderAccess, made: Mapping[str, Any]) -> dict[str, Callable[[], Awaitable[EngineStatus]]]:
    """The user's own servers by name, each with what asks it how it is: those of the file and those that were added.

    One that only a project has is named "server (project)".
    """
    found: dict[str, Callable[[], Awaitable[EngineStatus]]] = {}
    config = access.config
    names: list[tuple[str, str | None]] = [(name, None) for name in config.providers]
    for owner, its in config.projects.items():
        # one without an address of its own has another key for the server of all
        names += [(name, owner) for name, section in its.providers.items() if section.base_url]
    for name, project in names:
        section = provider_config(config, name, project)
        if section is None or not section.enabled or not is_own_server(config, name, project):
            continue
        entry = PROVIDERS[kind_of(config, name, project) or ""]
        backend = next((made[r] for r in entry.backends.values() if r in made), None)
        if isinstance(backend, TellsState):
            found[project_name(name, project)] = partial(_ask, access, backend, name, project)
    return found


async def _ask(access: ProviderAccess, backend: TellsState, name: str, project: str | None) -> EngineStatus:
    # the address in force now, to which the key that is found belongs
    url = address_of(access.config, name, project) or ""
    zone = zone_of(access.config, name, project)
    _check_offline(access, name, zone)
    key = await access.provider_keys.get(name, project)
    told = await backend.status(name, Endpoint(url, key, zone=zone))
    return replace(told, name=project_name(name, project), project=project)


def _check_offline(access: ProviderAccess, provider: str, zone: Zone) -> None:
    if zone is not Zone.LOCAL and access.is_offline():
        raise EgressDenied(f"{provider} is not on this machine ({zone}) and offline mode is on.")
