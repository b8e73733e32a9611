"""Cloud speech as the gateway's backends: one worker process hosts LiveKit's plugins, started by its first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import ConfigError, EngineUnavailable
from voicegw_desktop.core.ports import Modality, SttOptions, Target, TtsOptions
from voicegw_desktop.core.registry import PROVIDERS, get_provider, installed
from voicegw_desktop.engines.cloud_order import CloudOrder, ProviderCredentials
from voicegw_desktop.routing.backends import Backends, kind_of

if TYPE_CHECKING:
    from voicegw_desktop.engines.client import WorkerSttStream, WorkerTtsStream
    from voicegw_desktop.gateway.access import ProviderAccess

CLOUD = "cloud"
WORKER = (CLOUD, "speech")  # its name among the engines
MEMORY = 260 * 1024 * 1024  # bytes with the plugins of two providers in use; measured
HANG = 45.0  # s without a sign of life before the worker counts as hanging
NOT_SENT = frozenset({"api_key", "allow_link_local", "enabled", "_source", "type"})
"""Settings that the worker does not use."""


class CloudSpeech:
    """`core.ports.SttBackend` and `TtsBackend` for every provider with a LiveKit plugin."""

    def __init__(self, access: ProviderAccess) -> None:
        self._access = access

    async def open_stt(self, target: Target, options: SttOptions) -> WorkerSttStream:
        """A transcription stream at the provider; the variant is the language unless one is given."""
        from voicegw_desktop.engines.client import WorkerSttStream

        order = await self._order(target, Modality.STT)
        lease = await self._access.engines.acquire(*WORKER)
        return await WorkerSttStream.open(lease, options, order)

    async def open_tts(self, target: Target, options: TtsOptions) -> WorkerTtsStream:
        """An utterance by the provider; the variant is the voice unless one is given."""
        from voicegw_desktop.engines.client import WorkerTtsStream

        order = await self._order(target, Modality.TTS)
        lease = await self._access.engines.acquire(*WORKER)
        return await WorkerTtsStream.open(lease, options, order)

    async def _order(self, target: Target, modality: Modality) -> CloudOrder:
        kind = kind_of(self._access.config, target.provider, target.account) or target.provider
        entry = get_provider(kind)
        if modality not in entry.modalities:
            offers = ", ".join(sorted(m.value for m in entry.modalities))
            raise EngineUnavailable(
                f"{target.provider} has no {modality.value}; it offers {offers}.", code="no_backend"
            )
        plugin = next((p for p in PROVIDERS.values() if p.package == entry.plugin), entry)
        if not installed(plugin):
            raise EngineUnavailable(
                f"{target} needs LiveKit's plugin for {plugin.name}, which is not installed. {plugin.install_hint}",
                code="engine_not_installed",
            )
        # read in one step with the key, which belongs to this address
        settings = self._access.config.get_provider_config_for_project(target.provider, target.account)
        key = await self._access.provider_keys.get(target.provider, target.account)
        if not key and entry.env and not entry.own_server:
            withheld = self._access.provider_keys.withheld(target.provider, target.account)
            raise ConfigError(
                withheld
                or f"There is no key for {target.provider}. Set providers.{target.provider}.api_key in voicegw.yaml, "
                f"run `voicegw providers key {target.provider}`, or set {entry.env}.",
                code="missing_api_key",
            )
        sent = {k: v for k, v in settings.items() if k not in NOT_SENT and v is not None}
        credentials = ProviderCredentials(key or None, sent)
        return CloudOrder(kind, target.provider, target.model, target.variant, credentials)


def register_cloud(access: ProviderAccess, backends: Backends) -> None:
    """Let every provider with a LiveKit plugin serve speech, and tell the pool about their worker."""
    from voicegw_desktop.core.descriptor import EngineKind

    access.engines.register(
        EngineKind(
            WORKER[0],
            needs_model=False,
            weight=0.25,
            most_threads=1,
            memory_factor=0.0,
            memory_base=MEMORY,
            hang_timeout=HANG,
            network=True,
        )
    )
    speech = CloudSpeech(access)
    for name, entry in PROVIDERS.items():
        if entry.plugin:
            able = entry.modalities
            backends.register(
                name,
                stt=speech if Modality.STT in able else None,
                tts=speech if Modality.TTS in able else None,
            )
