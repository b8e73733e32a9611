"""What is installed to hear and to speak, as doors list it: models with their languages, voices with theirs."""

from __future__ import annotations

from typing import Any

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.models.voices import Voice, voices_of
from voicegw_desktop.sockets.audio.languages import NAMES, code_of

EVERY_LANGUAGE = "multi"
"""What the catalogue says of a model that knows all of Whisper's languages."""


def model_named(gateway: Any, name: str | None, project: str) -> str:
    """The target for a model name of `info`; the default for none, or one that nobody here has."""
    for entry in installed(gateway, "stt") if name else ():
        if name in (entry.id, entry.id.partition("/")[2]):
            return str(entry.id)
    return name if name and "/" in name else default_of(gateway, Modality.STT, project)


def default_of(gateway: Any, modality: Modality, project: str) -> str:
    """What serves a client that names nothing: `auto` where that means something, else the first that is installed."""
    if gateway.router.decides(modality, project):
        return "auto"
    return next((str(entry.id) for entry in installed(gateway, modality.value)), "auto")


def speaker_of(gateway: Any, language: str) -> str | None:
    """The target of an installed voice that speaks the language: exactly this one, or another of its kind."""
    wanted, kind = language.lower().replace("_", "-"), code_of(language)
    near: str | None = None
    for target, voice in voices(gateway):
        name = target if voice.variant is None else f"{target}:{voice.variant}"
        if voice.language.lower().replace("_", "-") == wanted:
            return name
        if near is None and code_of(voice.language) == kind:
            near = name
    return near


def languages_of(entry: Any) -> list[str]:
    """The codes of the languages that a model hears."""
    languages = list(entry.languages) or ["en"]
    return list(NAMES) if EVERY_LANGUAGE in languages else languages


def installed(gateway: Any, modality: str) -> list[Any]:
    """Catalogue entries of the installed models for one modality."""
    return [entry for entry in gateway.models.list() if entry.installed and entry.modality == modality]


def voices(gateway: Any) -> list[tuple[str, Voice]]:
    """(target, voice) for every installed voice: a piper model is one voice, a kokoro model has many."""
    found: list[tuple[str, Voice]] = []
    for entry in installed(gateway, "tts"):
        provider, _, model = entry.id.partition("/")
        listed = voices_of(provider, gateway.models.locate(provider, model))
        languages = list(entry.languages) or ["en"]
        found += [(entry.id, v) for v in listed or (Voice(model, languages[0], entry.title),)]
    return found
