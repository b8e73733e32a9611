"""The providers as data: what each can do, where its data goes, and the import string of its class.

Importing this module imports no provider and no provider's package.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicegw_desktop.core.errors import ModelResolutionError, did_you_mean
from voicegw_desktop.core.ports import Modality, Zone

STT, LLM, TTS = Modality.STT, Modality.LLM, Modality.TTS


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider, without importing it."""

    name: str
    cls: str
    """`package.module:Class`, imported on first use."""
    modalities: frozenset[Modality]
    zone: Zone
    """Where data goes unless an address says otherwise."""
    extra: str | None = None
    """The extra of this package that installs what it needs; None: nothing more is needed."""
    package: str | None = None
    """The module whose absence means that the extra is missing."""
    env: str | None = None
    """The environment variable its key is looked for in; None: it has no key."""
    engine: bool = False
    """Served by a child process of this program."""

    @property
    def local(self) -> bool:
        return self.zone is Zone.LOCAL

    @property
    def install_hint(self) -> str:
        return f"Install with: pip install voicegw-desktop[{self.extra}]" if self.extra else ""


def _cloud(name: str, cls: str, *modalities: Modality, env: str | None = None) -> Provider:
    return Provider(
        name,
        f"voicegw_desktop.providers.{name}:{cls}",
        frozenset(modalities),
        Zone.CLOUD,
        extra=name,
        package=f"livekit.plugins.{name}",
        env=env or f"{name.upper()}_API_KEY",
    )


def _engine(name: str, cls: str, package: str | None, *modalities: Modality) -> Provider:
    return Provider(
        name,
        f"voicegw_desktop.providers.{name}:{cls}",
        frozenset(modalities),
        Zone.LOCAL,
        extra=name if package else None,
        package=package,
        engine=True,
    )


PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        _cloud("openai", "OpenAIProvider", STT, LLM, TTS),
        _cloud("deepgram", "DeepgramProvider", STT, TTS),
        _cloud("cartesia", "CartesiaProvider", STT, TTS),
        _cloud("anthropic", "AnthropicProvider", LLM),
        _cloud("groq", "GroqProvider", STT, LLM, TTS),
        _cloud("elevenlabs", "ElevenLabsProvider", STT, TTS),
        _cloud("assemblyai", "AssemblyAIProvider", STT),
        _engine("ollama", "OllamaProvider", None, LLM),
        _engine("whisper", "WhisperProvider", "faster_whisper", STT),
        _engine("kokoro", "KokoroProvider", "kokoro_onnx", TTS),
        _engine("piper", "PiperProvider", "piper", TTS),
        _engine("llamacpp", "LlamaCppProvider", "xllamacpp", LLM),
        Provider(
            "openai_compatible",
            "voicegw_desktop.providers.openai_compatible:OpenAICompatibleProvider",
            frozenset({STT, LLM, TTS}),
            Zone.CLOUD,
            env="OPENAI_COMPATIBLE_API_KEY",
        ),
        Provider("wyoming", "voicegw_desktop.providers.wyoming:WyomingProvider", frozenset({STT, TTS}), Zone.LAN),
    )
}


MULTILINGUAL = frozenset({"deepgram"})
"""Kinds that take "multi" for a language: several in one recording."""


def get_provider(name: str, type: str | None = None) -> Provider:
    """The entry for `name`, or for `type` when a provider of one's own has one; ModelResolutionError if unknown."""
    kind = type or name
    entry = PROVIDERS.get(kind)
    if entry is None:
        hint = did_you_mean(kind, PROVIDERS)
        raise ModelResolutionError(
            f'There is no provider "{kind}".{hint} Known: {", ".join(sorted(PROVIDERS))}.', code="unknown_provider"
        )
    return entry


def installed(entry: Provider) -> bool:
    """Whether its package can be imported; looks, does not import it."""
    if entry.package is None:
        return True
    from importlib.util import find_spec

    try:
        return find_spec(entry.package) is not None
    except (ImportError, ValueError):
        return False


def create_provider(name: str, config: Mapping[str, Any] | None = None) -> Any:
    """Import and construct a provider with its settings.

    ModelResolutionError for an unknown name; ImportError with the pip command when its package is missing.
    """
    settings = dict(config or {})
    entry = get_provider(name, settings.get("type"))
    module_name, _, class_name = entry.cls.partition(":")
    try:
        cls = getattr(importlib.import_module(module_name), class_name)
        if not installed(entry):
            raise ImportError(entry.package)
        return cls(settings)
    except ImportError as error:
        reason = entry.install_hint or str(error)
        raise ImportError(f'The provider "{name}" needs a package that is not installed. {reason}') from error


def env_key(name: str, type: str | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """The provider's key from `<PROVIDER>_API_KEY`, or None."""
    env = os.environ if environ is None else environ
    variable = env_key_variable(name, type, env)
    return env[variable] if variable else None


def env_key_variable(name: str, type: str | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """The variable that holds the provider's key, or None when none is set."""
    env = os.environ if environ is None else environ
    names = [f"{name.upper().replace('-', '_')}_API_KEY"]
    entry = PROVIDERS.get(type or name)
    if entry and entry.env and not (type and type != name):
        names.append(entry.env)
    return next((n for n in names if env.get(n)), None)
