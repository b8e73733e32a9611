"""Providers whose models run on this machine, in the app's workers or in this process's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from voicegw_desktop.core.errors import EngineUnavailable, ModelNotInstalled
from voicegw_desktop.core.ports import Modality, SttOptions, Target, TtsOptions
from voicegw_desktop.core.registry import PROVIDERS, installed
from voicegw_desktop.providers.base import BaseProvider, Listed, take

if TYPE_CHECKING:
    from livekit.agents import llm, stt, tts

    from voicegw_desktop.providers.runtime import Runtime

STT_OPTIONS = frozenset({"language", "endpointing_ms", "prompt", "temperature", "translate", "keyterms", "keep_alive"})
TTS_OPTIONS = frozenset({"language", "speed", "keep_alive"})
LLM_OPTIONS = frozenset(
    {"temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "stop", "seed", "presence_penalty"}
    | {"frequency_penalty", "response_format", "tool_choice", "parallel_tool_calls", "reasoning_effort", "keep_alive"}
)
ENGINE_OPTIONS = frozenset({"speaker"})
"""What a speech engine takes beside the common options."""
IGNORED = frozenset({"http_session", "conn_options", "vad", "base_url"})
"""Options that a model on this machine ignores without a warning."""


class LocalProvider(BaseProvider):
    """A kind of local engine. `runtime` runs it; tests pass their own."""

    rate: ClassVar[int] = 24_000
    """Samples per second its speech is asked for in."""

    def __init__(self, settings: dict[str, Any] | None = None, runtime: Runtime | None = None) -> None:
        super().__init__(settings)
        self._given = runtime

    @property
    def runtime(self) -> Runtime:
        """The runtime that runs the engine."""
        if self._given is None:
            from voicegw_desktop.providers.runtime import runtime

            self._given = runtime()
        return self._given

    def create_stt(self, model: str, **options: Any) -> stt.STT[str]:
        """A LiveKit STT; its engine loads with the first stream, or with `prewarm()`."""
        if Modality.STT not in self.modalities:
            self._cannot(Modality.STT)
        from voicegw_desktop.providers.livekit_stt import PortSTT

        target, run = Target(self.name, model), self.runtime
        chosen = take(given(options), STT_OPTIONS, f"{self.name}.STT")
        if "keyterms" in chosen:
            chosen["keyterms"] = tuple(chosen["keyterms"])
        return PortSTT(
            lambda o: run.open_stt(target, o),
            provider=self.name,
            model=model,
            options=SttOptions(**chosen),
            warm=lambda: run.warm(target),
        )

    def create_tts(self, model: str, voice: str | None = None, **options: Any) -> tts.TTS[str]:
        """A LiveKit TTS; its engine loads with the first utterance, or with `prewarm()`."""
        if Modality.TTS not in self.modalities:
            self._cannot(Modality.TTS)
        from voicegw_desktop.providers.livekit_tts import PortTTS

        target, run = Target(self.name, model), self.runtime
        kept = given(options)
        rate = int(kept.pop("sample_rate", self.rate))
        extra = {k: kept.pop(k) for k in tuple(kept) if k in ENGINE_OPTIONS}
        chosen = take(kept, TTS_OPTIONS, f"{self.name}.TTS")
        return PortTTS(
            lambda o: run.open_tts(target, o),
            provider=self.name,
            model=model,
            rate=rate,
            options=TtsOptions(voice=voice, extra=extra, **chosen),
            warm=lambda: run.warm(target),
        )

    def create_llm(self, model: str, **options: Any) -> llm.LLM[str]:
        """A LiveKit LLM; its engine loads with the first request, or with `prewarm()`."""
        if Modality.LLM not in self.modalities:
            self._cannot(Modality.LLM)
        from voicegw_desktop.providers.livekit_llm import PortLLM

        target, run = Target(self.name, model), self.runtime
        return PortLLM(
            lambda path, body, options: run.post(target, path, body, options),
            provider=self.name,
            model=model,
            options=take(given(options), LLM_OPTIONS, f"{self.name}.LLM"),
            warm=lambda: run.warm(target),
        )

    async def health_check(self) -> bool:
        """True when the engine's package and a model are installed and a running worker answers."""
        entry = PROVIDERS[self.name]
        if not installed(entry):
            raise EngineUnavailable(f"{self.name} is not installed. {entry.install_hint}", code="engine_not_installed")
        models = await self.list_models()
        if not models:
            raise ModelNotInstalled(
                f"{self.name} is ready, but none of its models is installed. "
                f"Pull one: voicegw models pull {self.name}/<model>"
            )
        return await self._answers()

    async def _answers(self) -> bool:
        from voicegw_desktop.engines.status import LOADED

        pool = self.runtime.pool()
        for engine in pool.status():
            if engine.provider == self.name and engine.state in LOADED and not pool.kinds[self.name].http:
                return await pool.answers(engine)
        return True

    async def list_models(self) -> list[Listed]:
        """The provider's installed models."""
        infos = self.runtime.gateway.models.list()
        return [Listed(i.id.partition("/")[2]) for i in infos if i.installed and i.id.startswith(f"{self.name}/")]


def given(options: dict[str, Any]) -> dict[str, Any]:
    """What the caller set, without options that have no effect on this machine."""
    return {k: v for k, v in options.items() if v is not None and k not in IGNORED}
