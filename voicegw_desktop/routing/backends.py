"""Which backend serves a provider's targets, opened only with an egress permit."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from re import fullmatch
from typing import Any, Protocol, runtime_checkable

from voicegw_desktop.config.load import AnyConfig
from voicegw_desktop.core.addresses import same_place
from voicegw_desktop.core.errors import BadRequest, EngineUnavailable, did_you_mean
from voicegw_desktop.core.ports import (
    NO_OPTIONS,
    ChatOptions,
    ChatReply,
    LlmBackend,
    Modality,
    Sent,
    SttBackend,
    SttOptions,
    SttStream,
    Target,
    TtsBackend,
    TtsOptions,
    TtsStream,
)
from voicegw_desktop.core.registry import PROVIDERS, any_address
from voicegw_desktop.routing.egress import Cleared, provider_config
from voicegw_desktop.routing.memo import Configured

SPEAKERS = "speakers"
"""The option of engines that can tell speakers apart, which needs a second model."""
STT, LLM, TTS = Modality.STT, Modality.LLM, Modality.TTS


def kind_of(config: AnyConfig, provider: str, project: str | None = None) -> str | None:
    """Which registry entry serves a name: its `type`, its own name, or an address that speaks OpenAI; None: unknown."""
    section = provider_config(config, provider, project)
    if section is not None and section.type:
        entry = PROVIDERS.get(section.type)
        if entry is not None and entry.worker is not None and entry.worker.http and section.base_url:
            # a server elsewhere of what the worker runs here, such as llama-server: it speaks OpenAI's form
            return any_address()
        return section.type if entry is not None else None
    if provider in PROVIDERS:
        return provider
    return any_address() if section is not None and section.base_url else None


def runs_here(config: AnyConfig, provider: str, project: str | None = None) -> bool:
    """Whether a name means an engine of this machine, and no server of that kind at an address of its own."""
    entry = PROVIDERS.get(kind_of(config, provider, project) or "")
    if entry is None or not entry.engine:
        return False
    section = provider_config(config, provider, project)
    if section is None or not section.base_url or not entry.backends:
        return True
    return same_place(section.base_url, getattr(config.engines.of(entry.name), "base_url", ""))


def is_own_server(config: AnyConfig, provider: str, project: str | None = None) -> bool:
    """Whether a name means a server of the user at an address: neither a cloud provider's nor started here."""
    entry = PROVIDERS.get(kind_of(config, provider, project) or "")
    section = provider_config(config, provider, project)
    if entry is None or section is None or not section.base_url:
        return False
    return entry.own_server is not None or (entry.engine and not runs_here(config, provider, project))


@runtime_checkable
class KnowsVoices(Protocol):
    """A text-to-speech backend that can say whether a voice id is one of its own."""

    def knows_voice(self, target: Target, voice: str) -> bool: ...


def elsewhere(kind: str) -> str:
    """The name under which the backend of an engine's servers at other addresses is registered; no provider has it."""
    return f"{kind}/"


@runtime_checkable
class Probeable(Protocol):
    """A backend that can be asked, at no cost, whether a target would answer now."""

    async def probe(self, target: Target) -> bool: ...


@runtime_checkable
class ChecksChat(Protocol):
    """A chat backend that knows before a request what its targets cannot take."""

    async def check(self, target: Target, body: Mapping[str, Any]) -> None:
        """Raise BadRequest for what the target cannot take."""
        ...


@runtime_checkable
class KnowsModels(Protocol):
    """A backend that knows before a request which models it has."""

    def check_model(self, target: Target) -> None:
        """Raise VoiceGatewayError for a model that it has not."""
        ...


def tells_speakers(target: Target) -> bool:
    """Whether the target's engine can say who spoke, once the model for it is installed."""
    entry = PROVIDERS.get(target.provider)
    return entry is not None and entry.worker is not None and SPEAKERS in entry.worker.helpers


class Backends(Configured[tuple[str, str | None], str]):
    """Provider id → backend, by modality. `kind` entries serve every provider of that kind without one of its own."""

    def __init__(self, config: AnyConfig) -> None:
        super().__init__(config)
        self._stt: dict[str, SttBackend] = {}
        self._llm: dict[str, LlmBackend] = {}
        self._tts: dict[str, TtsBackend] = {}
        self._tables: dict[Modality, Mapping[str, Any]] = {STT: self._stt, LLM: self._llm, TTS: self._tts}

    def register(
        self,
        provider: str,
        *,
        stt: SttBackend | None = None,
        llm: LlmBackend | None = None,
        tts: TtsBackend | None = None,
    ) -> None:
        """Let these backends serve `provider`, a provider's id or a kind such as `openai_compatible`."""
        if stt is not None:
            self._stt[provider] = stt
        if llm is not None:
            self._llm[provider] = llm
        if tts is not None:
            self._tts[provider] = tts

    def _table(self, modality: Modality) -> Mapping[str, Any]:
        return self._tables[modality]

    def _find(self, table: Mapping[str, Any], provider: str, account: str | None) -> Any:
        name = self._memo.get((provider, account))
        if name is None:
            kind = kind_of(self.config, provider, account) or ""
            entry = PROVIDERS.get(kind)
            here = entry is None or not entry.engine or runs_here(self.config, provider, account)
            name = self._memo.keep((provider, account), kind if here else elsewhere(kind))
        if not name.endswith("/") and (own := table.get(provider)) is not None:
            return own
        return table.get(name)

    def _backend(self, modality: Modality, target: Target) -> Any:
        table = self._table(modality)
        backend = self._find(table, target.provider, target.account)
        if backend is None:
            raise EngineUnavailable(
                f"Nothing here serves {modality.value} for the provider {target.provider}."
                f"{did_you_mean(target.provider, table)} Install its package or choose another target.",
                code="no_backend",
            )
        return backend

    async def open_stt(self, permit: Cleared, options: SttOptions) -> SttStream:
        """Open a transcription stream on a permitted target."""
        backend: SttBackend = self._backend(STT, _checked(permit).target)
        if options.diarize and not tells_speakers(permit.target):
            raise BadRequest(
                f"{permit.target.name} does not tell speakers apart here. Leave diarization out, or ask for a "
                "target that does, such as whisper/base.",
                param="diarize",
                code="not_supported",
            )
        if options.translate and not self._translates(permit.target):
            raise BadRequest(
                f"{permit.target.name} does not translate here. Ask for a transcription, or for a target that "
                "translates, such as whisper/base.",
                param="model",
                code="not_supported",
            )
        return await backend.open_stt(permit.target, options)

    def _translates(self, target: Target) -> bool:
        """Whether its engine is asked to translate; plugins and servers elsewhere are given no such wish."""
        entry = PROVIDERS.get(kind_of(self.config, target.provider, target.account) or "")
        here = runs_here(self.config, target.provider, target.account)
        return entry is None or (entry.worker is not None and here)

    async def open_tts(self, permit: Cleared, options: TtsOptions) -> TtsStream:
        """Open an utterance on a permitted target."""
        backend: TtsBackend = self._backend(TTS, _checked(permit).target)
        return await backend.open_tts(permit.target, options)

    def post(
        self,
        permit: Cleared,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> Awaitable[ChatReply]:
        """Send a chat request to a permitted target. Raises EngineUnavailable at once."""
        backend: LlmBackend = self._backend(LLM, _checked(permit).target)
        return backend.post(permit.target, path, body, options, sent)

    async def check_chat(self, permit: Cleared, body: Mapping[str, Any]) -> None:
        """BadRequest for what a permitted target is known not to take."""
        backend = self._find(self._llm, _checked(permit).target.provider, permit.target.account)
        if isinstance(backend, ChecksChat):
            await backend.check(permit.target, body)

    def check_model(self, modality: Modality, permit: Cleared) -> None:
        """Raise VoiceGatewayError where it is known that a permitted target's model is not there."""
        backend = self._find(self._table(modality), _checked(permit).target.provider, permit.target.account)
        if isinstance(backend, KnowsModels):
            backend.check_model(permit.target)

    def knows_voice(self, target: Target, voice: str) -> bool:
        """True when `voice` is one of the target's own; False when that is not known."""
        backend = self._find(self._tts, target.provider, target.account)
        if isinstance(backend, KnowsVoices):
            return backend.knows_voice(target, voice)
        entry = PROVIDERS.get(target.provider)
        return entry is not None and entry.voice_ids is not None and fullmatch(entry.voice_ids, voice) is not None

    def supervised(self, modality: Modality, target: Target) -> bool:
        """True when the target's backend itself finds and ends an engine that hangs."""
        return bool(getattr(self._find(self._table(modality), target.provider, target.account), "supervised", False))

    def can_probe(self, modality: Modality, target: Target) -> bool:
        """True when the target's backend has a health check that needs no request."""
        return isinstance(self._find(self._table(modality), target.provider, target.account), Probeable)

    async def probe(self, modality: Modality, permit: Cleared) -> bool:
        """Ask a permitted target whether it would answer now."""
        backend = self._backend(modality, _checked(permit).target)
        return isinstance(backend, Probeable) and await backend.probe(permit.target)


def _checked(permit: Cleared) -> Cleared:
    # the type says so; this holds it for callers that are not type-checked
    if not isinstance(permit, Cleared):
        raise TypeError("A backend is opened with a Cleared target from EgressPolicy.clear")
    return permit
