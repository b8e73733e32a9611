"""Models whose files the user keeps elsewhere, named in `engines.<engine>.models`: the store lists and finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from voicegw_desktop.core.errors import ModelNotInstalled
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.models.errors import ModelInUse
from voicegw_desktop.models.files import size_below
from voicegw_desktop.models.listing import ModelInfo
from voicegw_desktop.models.voices import voices_of

Named: TypeAlias = Callable[[], Mapping[str, Path]]
"""`provider/model` → its folder or file, as the configuration has them now."""


def setting(id: str) -> str:
    """Where the configuration names the model."""
    provider, _, model = id.partition("/")
    return f"engines.{provider}.models.{model}"


def found(id: str, path: Path) -> Path:
    """`path`, if anything is there; else ModelNotInstalled."""
    if not path.exists():
        provider, _, model = id.partition("/")
        raise ModelNotInstalled(f"engines.{provider}.models.{model} names {path}, which does not exist.")
    return path


def line(id: str, path: Path) -> ModelInfo:
    """The listing's line for one of them. A path that does not exist is told as damage: no pull brings its files."""
    provider, _, model = id.partition("/")
    entry = PROVIDERS[provider]
    here = path.exists()
    languages = set(entry.hears(path)) if here and entry.hears else set()
    languages |= {voice.language.partition("-")[0] for voice in voices_of(provider, model, path)} if here else set()
    return ModelInfo(
        id=id,
        title=model,
        modality=entry.does(path if here else None).value,
        licence="unknown",
        languages=tuple(sorted(languages)),
        size_bytes=(path.stat().st_size if path.is_file() else size_below(path)) if here else None,
        ram_mb=None,
        speed="",
        state="installed" if here else "damaged",
        pinned=False,
        sources=(),
        source=setting(id),
        path=path if here else None,
        note="named in the configuration" if here else f"{setting(id)} names {path}, which does not exist",
    )


def refuse(id: str) -> None:
    """Raise ModelInUse: the files are the user's own."""
    raise ModelInUse(f"{id} is named in {setting(id)}, so its files are your own: neither removed nor checked here.")
