"""Files that survive a crash: digests, durable renames, links, locks, free space. All calls block."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voicegw_desktop.core.locks import try_lock
from voicegw_desktop.models.errors import DiskFull, FolderReadOnly

CHUNK = 1 << 20  # bytes
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if sys.platform != "win32" else {errno.ENOSPC, errno.EFBIG}

Tick = Callable[[int], None]
"""Called with the bytes just handled; may raise to stop the work."""


def no_tick(_: int) -> None:
    """A tick that does nothing."""


def sha256_of(path: Path, tick: Tick = no_tick) -> str:
    """The lower-case hex digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as f:
        while block := f.read(CHUNK):
            digest.update(block)
            tick(len(block))
    return digest.hexdigest()


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write every byte; DiskFull when there is no room for them."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except OSError as e:
            raise disk_full(e) from e


def disk_full(error: OSError) -> Exception:
    """DiskFull for an error that means it, else the error itself."""
    if error.errno not in FULL:
        return error
    return DiskFull(
        f"The disk is full ({error.strerror}). Free some space and pull again: what was fetched so far is kept."
    )


def unwritable(folder: Path, error: OSError) -> Exception:
    """DiskFull, or the error for a folder in which nothing may be changed."""
    full = disk_full(error)
    if full is not error:
        return full
    return FolderReadOnly(
        f"{folder} cannot be written: {error.strerror}. Change its permissions, or name another folder in "
        "engines.models_folder."
    )


def fsync_dir(folder: Path) -> None:
    """Make renames in `folder` durable, where the platform lets a folder be synced."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def fsync_file(path: Path) -> None:
    """Bring a file's bytes to the disk."""
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    except OSError as e:
        raise disk_full(e) from e
    finally:
        os.close(fd)


def move_durably(source: Path, target: Path) -> None:
    """Rename `source` over `target` so that either the old or the new file is there after a crash."""
    os.replace(source, target)
    fsync_dir(target.parent)


def write_json(path: Path, value: Any) -> None:
    """Replace `path` with `value` as JSON, atomically and durably."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            write_all(fd, json.dumps(value, indent=1).encode())
            os.fsync(fd)
        except OSError as e:
            raise disk_full(e) from e
        finally:
            os.close(fd)
        move_durably(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    """The mapping in `path`, or an empty one when it is missing or not JSON."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def copy_file(source: Path, target: Path, tick: Tick = no_tick) -> None:
    """Copy `source` to a new file, in pieces so that it can be stopped."""
    target.unlink(missing_ok=True)
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
    try:
        with source.open("rb", buffering=0) as f:
            while block := f.read(CHUNK):
                write_all(fd, block)
                tick(len(block))
    finally:
        os.close(fd)


def link_or_copy(source: Path, target: Path, tick: Tick = no_tick) -> None:
    """A hard link where the file system has them, else a copy."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        copy_file(source, target, tick)


def made_from(cache: Path | None, id: str) -> list[Path]:
    """The folders `cache`/kind/engine/model that engines have filled from one model."""
    engine, _, model = id.partition("/")
    kinds = cache.iterdir() if cache is not None and cache.is_dir() else ()
    return [place for kind in kinds if (place := kind / engine / model.replace("/", "_")).is_dir()]


def free_bytes(folder: Path) -> int:
    """What an unprivileged user may still write below `folder`, which need not exist yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def size_below(folder: Path) -> int:
    """Bytes of a file, or of all files below a folder; files that vanish meanwhile count nothing."""
    if folder.is_file():
        return folder.stat().st_size
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(base, name)).st_size
            except OSError:
                continue
    return total


class FileLock:
    """An advisory lock between processes; the system frees it when the holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free. Raises FolderReadOnly where nothing can be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(self._path.parent.parent, error) from error
        if not try_lock(fd):
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Give it back; harmless when not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
