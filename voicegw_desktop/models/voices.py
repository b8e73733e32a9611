"""Which voices an installed speech model has, read from its files; no engine is started for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from voicegw_desktop.core.descriptor import Voice
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
