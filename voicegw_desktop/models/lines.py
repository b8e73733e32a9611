"""Makes the listing's line of a model from its entry in the catalogue and what lies in its folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.models.catalogue import Entry, HubSource, PackageSource
from voicegw_desktop.models.listing import ModelInfo
from voicegw_desktop.models.manifest import DAMAGED, Manifest
from voicegw_desktop.models.voices import does


def entry_line(entry: Entry, manifest: Manifest | None, folder: Path | None, *, pulling: bool) -> ModelInfo:
    """The line of a model of the catalogue; `manifest`: what is installed in `folder`, None where there is none."""
    if pulling:
        state = "pulling"
    elif folder is None:
        state = "available"
    elif manifest and fits(entry, manifest):
        state = "installed" if manifest.untouched(folder) else "damaged"
    elif manifest or (folder / DAMAGED).exists():
        state = "damaged"
    else:
        state = "partial" if folder.is_dir() and any(folder.iterdir()) else "available"
    kinds = {HubSource: "hub", PackageSource: "packages"}
    return ModelInfo(
        id=entry.id,
        title=entry.title,
        modality=entry.modality,
        licence=entry.licence,
        languages=entry.languages,
        size_bytes=manifest.size if manifest else entry.size,
        ram_mb=entry.ram_mb,
        speed=entry.speed,
        state=state,
        pinned=entry.pinned,
        sources=tuple(kinds.get(type(s), "folder") for s in entry.sources),
        starter=entry.starter,
        source=manifest.source if manifest else "",
        path=folder if state == "installed" else None,
        note=entry.note,
        page=next((s.page for s in entry.sources if isinstance(s, HubSource)), ""),
    )


def foreign_line(id: str, manifest: Manifest, folder: Path) -> ModelInfo:
    """The line of an installed model that is not in the catalogue."""
    provider, _, model = id.partition("/")
    # a model of no engine helps one, as an end-of-turn model does
    modality = "turn"
    if provider in PROVIDERS:
        what = does(provider, model, folder)
        modality = what.value if what else ""
    state = "installed" if manifest.untouched(folder) else "damaged"
    return ModelInfo(
        id, id, modality, "unknown", (), manifest.size, None, "", state, False, (), source=manifest.source,
        path=folder if state == "installed" else None, note="not in the catalogue",
    )  # fmt: skip


def sharing(lines: Iterable[ModelInfo]) -> list[ModelInfo]:
    """The lines, each that is the same files as one before it marked with that: sums count them once."""
    first: dict[Path, str] = {}
    return [
        line
        if line.path is None or (before := first.setdefault(line.path, line.id)) == line.id
        else replace(line, same_files_as=before)
        for line in lines
    ]


def fits(entry: Entry, manifest: Manifest) -> bool:
    """False when a newer catalogue pins other files than the ones that were installed."""
    return all((digest := manifest.digest(f.name)) and (f.sha256 is None or f.sha256 == digest) for f in entry.files)
