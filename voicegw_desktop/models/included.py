"""Models that come with an engine's package: installed and removed with it."""

from __future__ import annotations

from pathlib import Path

from voicegw_desktop.core.descriptor import Included
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.models.errors import ModelInUse
from voicegw_desktop.models.listing import ModelInfo


def find(id: str) -> Included | None:
    """The model of `provider/model`; None when no package brings it."""
    provider, _, model = id.partition("/")
    entry = PROVIDERS.get(provider)
    return next((one for one in entry.included if one.model == model), None) if entry else None


def folder(id: str) -> Path | None:
    """Where its files lie; None when no package brings it."""
    one = find(id)
    return one.folder if one else None


def paths() -> list[str]:
    """The folders whose files the lines tell of."""
    return [str(one.folder) for entry in PROVIDERS.values() for one in entry.included]


def lines() -> list[ModelInfo]:
    """The listing's line for each of them."""
    return [line(f"{name}/{one.model}") for name, entry in PROVIDERS.items() for one in entry.included]


def line(id: str) -> ModelInfo:
    """The listing's line for one that `find` finds."""
    provider = PROVIDERS[id.partition("/")[0]]
    one = find(id)
    assert one is not None
    return ModelInfo(
        id=id,
        title=one.title,
        modality=provider.does(one.folder).value,
        licence=one.licence,
        languages=one.languages,
        size_bytes=sum(f.stat().st_size for f in one.folder.rglob("*") if f.is_file()) if one.folder.is_dir() else 0,
        ram_mb=None,
        speed="",
        state="installed",
        pinned=bool(one.digests),
        sources=(),
        source="its engine's package",
        path=one.folder,
        note="comes with its engine",
        outside=True,
    )


def refuse(id: str, what: str) -> None:
    """Raise ModelInUse when a package brings the model: the store must not touch the package's files."""
    if find(id) is not None:
        raise ModelInUse(f"{id} comes with the package of its engine and cannot be {what} here; use pip for it.")
