"""Installs models from a folder or a USB stick; files are recognised by their digest, whatever their names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voicegw_desktop.models.catalogue import Catalogue, Entry
from voicegw_desktop.models.errors import DiskFull, HashMismatch, ModelInUse
from voicegw_desktop.models.files import (
    FileLock,
    copy_file,
    disk_full,
    fsync_file,
    link_or_copy,
    move_durably,
    sha256_of,
)
from voicegw_desktop.models.hub import discard
from voicegw_desktop.models.job import Job
from voicegw_desktop.models.manifest import installed_folders, read_manifest, write_manifest
from voicegw_desktop.models.pull import RESERVE
from voicegw_desktop.models.search import find_by_digest


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    installed: tuple[str, ...]
    already: tuple[str, ...]
    """Found, and installed before."""
    incomplete: dict[str, tuple[str, ...]]
    """Model → the files that were not found, for models of which some were."""


async def import_models(
    catalogue: Catalogue,
    root: Path,
    path: Path,
    job: Job,
    lock_for: Callable[[str], FileLock],
    free_space: Callable[[Path], int],
) -> ImportReport:
    """Install what `path` completes. DiskFull before the first copy when there is no room; ModelInUse when locked."""
    wanted = {f.sha256: f.size for entry in catalogue for f in entry.files if f.sha256}
    found = await job.in_thread(find_by_digest, [path], wanted, job)
    here = _installed(root)
    installed: list[str] = []
    already: list[str] = []
    incomplete: dict[str, tuple[str, ...]] = {}
    for entry in catalogue:
        digests = {f.name: f.sha256 for f in entry.files if f.sha256}
        if not any(d in found for d in digests.values()):
            continue
        if (manifest := read_manifest(root / entry.provider / entry.model)) and manifest.untouched(
            root / entry.provider / entry.model
        ):
            already.append(entry.id)
            continue
        origin = {name: found.get(d) or here.get(d) for name, d in digests.items()}
        missing = tuple(f.name for f in entry.files if not origin.get(f.name))
        if missing:
            # the tokenizer that many models share says nothing about the others
            if any(found.get(digests[n]) for n in digests if n.endswith((".bin", ".onnx", ".gguf"))):
                incomplete[entry.id] = missing
            continue
        lock = lock_for(entry.id)
        if not await asyncio.to_thread(lock.try_acquire):
            raise ModelInUse(f"{entry.id} is being worked on by another pull or check. Import again when it is done.")
        try:
            job.model, job.totals, job.done = entry.id, {f.name: f.size or 0 for f in entry.files}, {}
            job.enter("pulling", str(path))
            sources = {name: p for name, p in origin.items() if p}
            await job.in_thread(_install, entry, root, sources, job, free_space)
        finally:
            lock.release()
        installed.append(entry.id)
        job.enter("installed")
        here |= {d: root / entry.provider / entry.model / n for n, d in digests.items()}
    return ImportReport(tuple(installed), tuple(already), incomplete)


def _installed(root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in installed_folders(root):
        manifest = read_manifest(folder)
        found |= {f.sha256: folder / f.name for f in manifest.files if f.untouched(folder)} if manifest else {}
    return found


def _install(entry: Entry, root: Path, sources: dict[str, Path], job: Job, free_space: Callable[[Path], int]) -> None:
    """Thread: copy, check and declare installed."""
    folder = root / entry.provider / entry.model
    folder.mkdir(parents=True, exist_ok=True)
    inside = {name for name, source in sources.items() if source.resolve().is_relative_to(root.resolve())}
    needed = sum(f.size or 0 for f in entry.files if f.name not in inside)
    if needed and needed + RESERVE > free_space(root):
        raise DiskFull(
            f"{entry.id} needs {needed / 1e6:.0f} MB and {root} has {free_space(root) / 1e6:.0f} MB free. "
            "Free some space and import again."
        )
    digests: dict[str, str] = {}
    for f in entry.files:
        source, part = sources[f.name], folder / f"{f.name}.part"
        discard(part)
        try:
            # another's file is copied: what its owner does to it later must not reach the store
            (link_or_copy if f.name in inside else copy_file)(source, part, job.tick)
            fsync_file(part)
        except OSError as e:
            raise disk_full(e) from e
        if sha256_of(part, job.tick) != f.sha256:
            discard(part)
            raise HashMismatch(f"{f.name} changed while it was copied from {source}; it was thrown away.")
        move_durably(part, folder / f.name)
        digests[f.name] = f.sha256 or ""
    write_manifest(folder, entry.id, digests, "import", True)
