"""Which voices an installed speech model has, read from its files; no engine is started for it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

KOKORO_LANGUAGES = {
    "a": "en-US", "b": "en-GB", "e": "es", "f": "fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-BR", "z": "zh",
}  # fmt: skip
"""The first letter of a kokoro voice is its language, the second its sex."""
SEX = {"f": "female", "m": "male"}


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice of a model."""

    name: str
    """What a request calls it."""
    language: str
    """BCP-47."""
    description: str
    speakers: tuple[str, ...] = ()
    """Speakers within the voice, where the model has several."""
    variant: str | None = None
    """What follows the colon in `provider/model:variant`; None when the model is the voice."""


def voices_of(provider: str, folder: Path) -> tuple[Voice, ...]:
    """The voices of the model installed at `folder`; empty when its files do not say."""
    try:
        if provider == "kokoro":
            return _kokoro(next(folder.glob("voices*.bin")))
        if provider == "piper":
            return _piper(next(folder.glob("*.onnx.json")))
    except (StopIteration, OSError, ValueError, KeyError, zipfile.BadZipFile):
        return ()
    return ()


@lru_cache(maxsize=8)
def _kokoro(file: Path) -> tuple[Voice, ...]:
    with zipfile.ZipFile(file) as archive:
        names = sorted(name.removesuffix(".npy") for name in archive.namelist())
    return tuple(
        Voice(
            name=name,
            language=KOKORO_LANGUAGES.get(name[:1], "en-US"),
            description=f"{name.partition('_')[2].title()} ({SEX.get(name[1:2], 'voice')})",
            variant=name,
        )
        for name in names
    )


@lru_cache(maxsize=64)
def _piper(file: Path) -> tuple[Voice, ...]:
    data = json.loads(file.read_text(encoding="utf-8"))
    language = str(data.get("language", {}).get("code") or data.get("espeak", {}).get("voice") or "en")
    speakers = tuple(sorted(data.get("speaker_id_map") or {}, key=lambda s: int(data["speaker_id_map"][s])))
    name = file.name.removesuffix(".onnx.json")
    return (Voice(name=name, language=language.replace("_", "-"), description=name, speakers=speakers),)
