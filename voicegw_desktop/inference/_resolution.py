"""Splits a model string into provider and model, and says plainly what is wrong with one that cannot be."""

from __future__ import annotations

from collections.abc import Iterable

from voicegw_desktop.core.errors import ModelResolutionError, did_you_mean
from voicegw_desktop.core.registry import PROVIDERS


def resolve_model(model: str, known: Iterable[str] | None = None) -> tuple[str, str]:
    """`"ollama/qwen2.5:3b"` → `("ollama", "qwen2.5:3b")`.

    The first slash divides; what follows it is kept as it is, so a variant suffix is the caller's to parse.
    `known` are provider names beyond the registry's. ModelResolutionError for an empty string, a missing slash, an
    empty half or an unknown provider.
    """
    if not isinstance(model, str) or not model.strip():
        raise ModelResolutionError('The model is empty: write provider/model, as in "whisper/base".')
    text = model.strip()
    provider, slash, name = text.partition("/")
    names = sorted({*PROVIDERS, *(known or ())})
    if not slash:
        hint = f' For that provider write "{text}/<model>".' if text in names else ""
        raise ModelResolutionError(f'"{text}" names no provider: write provider/model, as in "whisper/base".{hint}')
    if not provider.strip():
        raise ModelResolutionError(f'"{text}" has nothing before the slash: write provider/model.')
    if not name.strip():
        raise ModelResolutionError(f'"{text}" has nothing after the slash: write {provider}/<model>.')
    if provider not in names:
        raise ModelResolutionError(
            f'There is no provider "{provider}" (in "{text}").{did_you_mean(provider, names)}'
            f" Known: {', '.join(names)}.",
            code="unknown_provider",
        )
    return provider, name


def split_variant(model: str) -> tuple[str, str | None]:
    """`"nova-3:en"` → `("nova-3", "en")`; the suffix is a language for STT and a voice for TTS, never for an LLM."""
    name, colon, variant = model.rpartition(":")
    return (name, variant) if colon and name and variant else (model.rstrip(":"), None)
