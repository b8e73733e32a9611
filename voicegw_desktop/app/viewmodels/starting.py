"""The first minutes: which models an offline turn still needs, and what to ask for when it is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from voicegw_desktop.app.viewmodels.state import MODALITIES

PREFERRED = {"stt": "whisper/base", "llm": "llamacpp/smollm2-135m", "tts": "piper/en_US-joe-medium"}
"""The models that the built-in settings uses."""


@dataclass(frozen=True)
class Starter:
    """One model of an offline turn."""

    id: str
    title: str
    modality: str
    size_bytes: int
    installed: bool


def starters(store: Iterable[Mapping[str, Any]], named: Mapping[str, str | None]) -> list[Starter]:
    """One model a modality: the one the configuration names if the store has it, an installed one, a starter."""
    by_modality: dict[str, list[Mapping[str, Any]]] = {m: [] for m in MODALITIES}
    for model in store:
        if model["modality"] in by_modality:
            by_modality[model["modality"]].append(model)
    found = []
    for modality, models in by_modality.items():
        ranked = sorted(
            models,
            key=lambda m: (
                not m["installed"],
                m["id"] != named.get(m["modality"]),
                m["id"] != PREFERRED[m["modality"]],
                not m["starter"],
            ),
        )
        if ranked:
            best = ranked[0]
            found.append(
                Starter(best["id"], best["title"], modality, int(best["size_bytes"] or 0), bool(best["installed"]))
            )
    return found


def missing(found: Iterable[Starter]) -> list[Starter]:
    """The starter models that are not installed yet."""
    return [s for s in found if not s.installed]
