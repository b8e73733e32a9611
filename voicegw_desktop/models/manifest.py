"""`installed.json`: written last, it is what makes a folder of files an installed model."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicegw_desktop.models.files import fsync_dir, move_durably, read_json, write_json

INSTALLED = "installed.json"
DAMAGED = "damaged.json"
VERSION = 1
SETTLED_NS = 2_000_000_000
"""How long ago the last change must be for its time to tell it from the next one."""


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """A file as it was when its digest was checked."""

    name: str
    size: int
    sha256: str
    mtime_ns: int
    """Changes when the file is written to afterwards."""

    def untouched(self, folder: Path) -> bool:
        """True while the file looks as it did when it was checked; costs one stat."""
        try:
            found = (folder / self.name).stat()
        except OSError:
            return False
        return found.st_size == self.size and found.st_mtime_ns == self.mtime_ns


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is installed in one model folder, and where it came from."""

    id: str
    files: tuple[InstalledFile, ...]
    source: str
    pinned: bool
    """The catalogue held every digest; otherwise they were recorded at the first download."""
    installed_at: str

    @property
    def size(self) -> int:
        return sum(f.size for f in self.files)

    def untouched(self, folder: Path) -> bool:
        """True while every file looks as it did when it was checked."""
        return all(f.untouched(folder) for f in self.files)

    def digest(self, name: str) -> str | None:
        """The recorded SHA-256 of a file."""
        return next((f.sha256 for f in self.files if f.name == name), None)


def read_manifest(folder: Path, name: str = INSTALLED) -> Manifest | None:
    """The manifest in `folder`; None when there is none that can be read."""
    data = read_json(folder / name)
    try:
        files = tuple(InstalledFile(f["name"], f["size"], f["sha256"], f["mtime_ns"]) for f in data["files"])
        return Manifest(data["id"], files, data["source"], bool(data["pinned"]), data["installed_at"])
    except (KeyError, TypeError):
        return None


def write_manifest(
    folder: Path, id: str, digests: dict[str, str], source: str, pinned: bool, *, files: Path | None = None
) -> None:
    """Declare the model installed. Its files, in `files` or beside the manifest, must be checked and on the disk."""
    listed: list[dict[str, Any]] = []
    for name, digest in digests.items():
        found = ((files or folder) / name).stat()
        listed.append({"name": name, "size": found.st_size, "sha256": digest, "mtime_ns": found.st_mtime_ns})
    write_json(
        folder / INSTALLED,
        {
            "version": VERSION,
            "id": id,
            "source": source,
            "pinned": pinned,
            "installed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": listed,
        },
    )
    (folder / DAMAGED).unlink(missing_ok=True)


def condemn(folder: Path) -> None:
    """The model is not installed any more; its digests stay known for the repair."""
    move_durably(folder / INSTALLED, folder / DAMAGED)


def revoke(folder: Path) -> None:
    """The model is not installed any more, durably, before its files go."""
    for name in (INSTALLED, DAMAGED):
        (folder / name).unlink(missing_ok=True)
    fsync_dir(folder)


def installed_folders(root: Path) -> Iterable[Path]:
    """Every model folder below the store's root that has a manifest."""
    return (path.parent for path in sorted(root.glob(f"*/*/{INSTALLED}")))


def folders(root: Path) -> set[str]:
    """The models, as provider/model, that have a folder below the store's root, or a file in its place."""
    return {
        f"{os.path.basename(provider)}/{os.path.basename(model)}"
        for provider in _names(str(root))
        for model in _names(provider)
    }


class InstalledFolders:
    """Which models a store holds, looked up by system calls alone: requests look so often that paths would be slow."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._found: tuple[tuple[str, int], ...] = ()
        self._stamps: dict[str, int] = {}
        """When each folder and manifest was written, ns; empty: look at all of them again."""

    def at(self) -> tuple[tuple[str, int], ...]:
        """(folder, when its manifest was written, ns) of every model folder with a manifest."""
        if not self._stamps or any(_written(path) != before for path, before in self._stamps.items()):
            self._look()
        return self._found

    def folders(self) -> list[str]:
        """The store's folder, those of providers and models in it, and the models' manifests; there or not."""
        found = [self._root]
        for provider in _names(self._root):
            found.append(provider)
            for model in _names(provider):
                found += (model, os.path.join(model, INSTALLED))
        return found

    def _look(self) -> None:
        now, stamps = time.time_ns(), {self._root: _written(self._root)}
        found = []
        for provider in _names(self._root):
            stamps[provider] = _written(provider)
            for model in _names(provider):
                manifest = os.path.join(model, INSTALLED)
                stamps[model], stamps[manifest] = _written(model), _written(manifest)
                if stamps[manifest]:
                    found.append((model, stamps[manifest]))
        self._found = tuple(sorted(found))
        # the system's clock has steps: what is written in the step of the last change leaves the stamp as it is
        settled = all(now - stamp > SETTLED_NS for stamp in stamps.values())
        self._stamps = stamps if settled else {}


def _written(path: str) -> int:
    """When a file or folder was written, ns; 0: there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _names(folder: str) -> list[str]:
    """What is in a folder, with the folder before it; nothing where it is no folder."""
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries]
    except OSError:
        return []
