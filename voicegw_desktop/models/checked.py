"""Checks of every byte; of folders that cannot be written, whose manifests cannot tell of them, they are remembered."""

from __future__ import annotations

import os
from pathlib import Path

from voicegw_desktop.models.catalogue import Entry
from voicegw_desktop.models.files import sha256_of
from voicegw_desktop.models.manifest import (
    DAMAGED,
    INSTALLED,
    Manifest,
    condemn,
    installed_folders,
    read_manifest,
    write_manifest,
)


def check(folder: Path, manifest: Manifest, entry: Entry | None, cache: Path | None) -> tuple[str, ...]:
    """Read every file again; a sentence for each that is not whole. What is whole is listed as installed."""
    problems = []
    for f in manifest.files:
        pinned = next((s.sha256 for s in entry.files if s.name == f.name), None) if entry else None
        try:
            whole = sha256_of(folder / f.name) == (pinned or f.sha256)
        except OSError as e:
            problems.append(f"{f.name} cannot be read ({e.strerror}).")
            continue
        if not whole:
            problems.append(f"{f.name} is damaged: its SHA-256 is not the recorded one.")
    condemned = (folder / DAMAGED).exists()
    try:
        if problems and not condemned:
            condemn(folder)
        elif not problems and (condemned or not manifest.untouched(folder)):
            digests = {f.name: f.sha256 for f in manifest.files}
            write_manifest(folder, manifest.id, digests, manifest.source, manifest.pinned)
    except OSError:
        if not problems:
            _remember(cache, folder, manifest)
    return tuple(problems)


def current(cache: Path | None, folder: Path, manifest: Manifest | None) -> Manifest | None:
    """`manifest` as it was at the newest check: with other times of the same files, where that check is remembered."""
    if manifest is None or manifest.untouched(folder):
        return manifest
    kept = _place(cache, manifest.id)
    later = read_manifest(kept) if kept and (kept / INSTALLED).exists() else None
    if later and {(f.name, f.sha256) for f in later.files} == {(f.name, f.sha256) for f in manifest.files}:
        return later
    return manifest


def paths(cache: Path | None, folder: Path, manifest: Manifest) -> list[str]:
    """The files by which `current` knows whether a model is as it was at its newest check."""
    kept = _place(cache, manifest.id)
    found = [os.path.join(folder, f.name) for f in manifest.files]
    return found if kept is None else [*found, str(kept / INSTALLED)]


def copied(root: Path, cache: Path | None) -> list[str]:
    """The models in folders that cannot be written whose files have other times than were recorded."""
    effective = os.access in os.supports_effective_ids
    closed = (f for f in installed_folders(root) if not os.access(f, os.W_OK, effective_ids=effective))
    return [m.id for f in closed if (m := current(cache, f, read_manifest(f))) and not m.untouched(f)]


def _place(cache: Path | None, id: str) -> Path | None:
    """Where the check of a model is remembered; it goes with the model, as what engines made from it."""
    provider, _, model = id.partition("/")
    return cache / "checked" / provider / model.replace("/", "_") if cache else None


def _remember(cache: Path | None, folder: Path, manifest: Manifest) -> None:
    """Keep how the files look that were just found whole."""
    kept = _place(cache, manifest.id)
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        digests = {f.name: f.sha256 for f in manifest.files}
        write_manifest(kept, manifest.id, digests, manifest.source, manifest.pinned, files=folder)
