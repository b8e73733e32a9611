"""Networks rewritten for speed: made at a model's first load, kept in the cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

VERSION = 1
"""Version of the rewriting; a new one makes new files."""
SUFFIX = ".onnx"
PART = ".part"
UNFINISHED = 600  # s; a part that is older was left behind


def faster(path: Path, folder: Path, floats: bool = False) -> Path:
    """`path` rewritten (see `graph`, or `floats` for a card), or `path` where nothing is gained.

    It is kept in `folder`, which is this model's own.
    The kept file's name says what it was made from and ends with its digest: an older or a damaged one is made again.
    """
    stat = path.stat()
    key = hashlib.sha256(f"{VERSION} {path.name} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:16]
    for kept in sorted(f for f in folder.glob("*") if f.suffix in (SUFFIX, PART)) if folder.is_dir() else ():
        if kept.name == f"{key}-{_digest(kept)}{SUFFIX}":
            return kept
        _tidy(kept)
    # a hundred milliseconds and thirty megabytes that a load with a kept file does without
    import onnx

    if floats:
        from voicegw_desktop.workers.tts.floats import rewrite
    else:
        from voicegw_desktop.workers.tts.graph import rewrite

    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{key}.{os.getpid()}{PART}"
    try:
        model = onnx.load(os.fspath(path))
        if not rewrite(model):
            return path
        onnx.save(model, os.fspath(part))
        kept = folder / f"{key}-{_digest(part)}{SUFFIX}"
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)
    return kept


def _tidy(file: Path) -> None:
    """Remove what is of no use, unless another process is still writing or reading it."""
    with contextlib.suppress(OSError):
        if file.suffix != PART or time.time() - file.stat().st_mtime > UNFINISHED:
            file.unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
