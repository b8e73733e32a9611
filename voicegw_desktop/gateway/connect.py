"""Gives each provider its backend: workers here, Ollama, OpenAI-shaped and Wyoming servers elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import ConfigError, EgressDenied
from voicegw_desktop.core.ports import Target, Zone
from voicegw_desktop.routing.backends import Backends, kind_of
from voicegw_desktop.routing.egress import address_of, zone_of

if TYPE_CHECKING:
    from voicegw_desktop.engines.servers.openai_compatible import Endpoint, OpenAiCompatible
    from voicegw_desktop.engines.servers.remote_wyoming import RemoteWyoming
    from voicegw_desktop.engines.status import EngineStatus
    from voicegw_desktop.gateway.gateway import Gateway

CHAT_ADDRESSES: Mapping[str, str] = {
    "openai": "https://api.openai.com/v1",
    "groq": "https://api.groq.com/openai/v1",
    "anthropic": "https://api.anthropic.com/v1",
}
"""Where providers answer in OpenAI's chat form, unless `base_url` says otherwise."""


def connect(gateway: Gateway) -> Backends:
    """Every backend; what needs a cloud provider's package runs in a worker and is imported there."""
    from voicegw_desktop.engines.servers.openai_compatible import Endpoint, OpenAiCompatible
    from voicegw_desktop.engines.servers.remote_wyoming import RemoteWyoming

    backends = Backends(gateway.config)
    pool = gateway.engines

    def address(target: Target) -> str:
        found = address_of(gateway.config, target.provider, target.account) or CHAT_ADDRESSES.get(target.provider)
        if not found:
            raise ConfigError(f"providers.{target.provider}.base_url is missing; write the server's address.")
        if target.provider == "anthropic" and not found.rstrip("/").endswith("/v1"):
            # its own address is written without the version, its OpenAI form lies below it
            return found.rstrip("/") + "/v1"
        return found

    async def endpoint(target: Target) -> Endpoint:
        # one step: between address and key the configuration must not change
        return Endpoint(address(target), await gateway.provider_key(target.provider, target.account), zone=target.zone)

    def wyoming_address(target: Target) -> str:
        _check_offline(gateway, target.provider, target.zone)
        return address(target)

    # every request of this client asks once more: offline mode may have come since the permit
    pool.http.offline = gateway.is_offline

    stt, llm, tts = pool.stt_backend(), pool.llm_backend(), pool.tts_backend()
    backends.register("whisper", stt=stt)
    backends.register("kokoro", tts=tts)
    backends.register("piper", tts=tts)
    backends.register("llamacpp", llm=llm)
    backends.register("ollama", llm=pool.ollama)
    http = OpenAiCompatible(pool.http, endpoint, gateway.clock)
    for provider in ("openai_compatible", *CHAT_ADDRESSES):
        backends.register(provider, llm=http)
    wyoming = RemoteWyoming(wyoming_address, gateway.clock)
    backends.register("wyoming", stt=wyoming, tts=wyoming)
    _watch_remotes(gateway, http, wyoming)
    # function-local: the providers room stands above this one
    from voicegw_desktop.gateway.cloud_speech import register_cloud

    register_cloud(gateway, backends)
    return backends


def _watch_remotes(gateway: Gateway, http: OpenAiCompatible, wyoming: RemoteWyoming) -> None:
    """Servers elsewhere that run models of the user's own show the same status as engines here."""
    for name, section in gateway.config.providers.items():
        kind, url = kind_of(gateway.config, name), section.base_url
        if not url or not section.enabled:
            continue
        if kind == "wyoming":
            gateway.engines.watch_remote(name, partial(_ask_wyoming, gateway, wyoming, name, url))
        elif kind == "openai_compatible":
            gateway.engines.watch_remote(name, partial(_ask_openai, gateway, http, name))


async def _ask_openai(gateway: Gateway, http: OpenAiCompatible, name: str) -> EngineStatus:
    from voicegw_desktop.engines.servers.openai_compatible import Endpoint

    # the address of now, and not of the start: the key that is found belongs to it
    url = address_of(gateway.config, name, None) or ""
    zone = zone_of(gateway.config, name)
    return await http.status(name, Endpoint(url, await gateway.provider_key(name, None), zone=zone))


async def _ask_wyoming(gateway: Gateway, wyoming: RemoteWyoming, name: str, url: str) -> EngineStatus:
    zone = zone_of(gateway.config, name)
    _check_offline(gateway, name, zone)
    return await wyoming.status(name, url, zone)


def _check_offline(gateway: Gateway, provider: str, zone: Zone) -> None:
    if zone is not Zone.LOCAL and gateway.is_offline():
        raise EgressDenied(f"{provider} is not on this machine ({zone}) and offline mode is on.")
