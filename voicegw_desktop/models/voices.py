"""What a model's files tell of it: what it does, and which voices it has; no engine is started for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from voicegw_desktop.core.descriptor import Voice
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import PROVIDERS


def voices_of(provider: str, model: str, folder: Path) -> tuple[Voice, ...]:
    """The voices of a model whose files are in `folder`; empty when its files do not say."""
    entry = PROVIDERS.get(provider)
    if entry is None or entry.voices is None:
        return ()
    try:
        found = entry.voices(folder)
    except (OSError, ValueError, KeyError):
        return ()
    return tuple(v if v.name else replace(v, name=model, description=v.description or model) for v in found)


def does(provider: str, model: str, folder: Path) -> Modality | None:
    """What the model in `folder` does; None when its engine has models of several kinds and its files are of none."""
    entry = PROVIDERS[provider]
    if entry.hears is None or entry.hears(folder) or voices_of(provider, model, folder):
        return entry.does(folder)
    return None
