"""Phrases already spoken, on disk: the same text by the same voice is not synthesised twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import zlib
from pathlib import Path

HEADER = b"VGP1"
LOW_WATER = 0.9
"""After a clean-up the cache holds this share of its limit."""
SUFFIX = ".pcm"


class PhraseCache:
    """int16 phrases below `folder`, at most `limit` bytes; the least recently used are removed first."""

    def __init__(self, folder: Path, limit: int, version: str) -> None:
        self._folder, self._limit, self._version = folder, limit, version
        self._size: int | None = None
        self.hits = 0
        self.misses = 0

    def key(self, text: str, voice: str, speed: float, rate: int) -> str:
        """What names the phrase: everything that its samples depend on."""
        parts = json.dumps([self._version, voice, round(speed, 4), rate, text], ensure_ascii=False)
        return hashlib.sha256(parts.encode()).hexdigest()

    def get(self, key: str) -> bytes | None:
        """The samples, or None; a damaged file is removed."""
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except OSError:
            self.misses += 1
            return None
        pcm = raw[8:]
        if raw[:4] != HEADER or zlib.crc32(pcm) != int.from_bytes(raw[4:8], "little"):
            self._remove(path, len(raw))
            self.misses += 1
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        self.hits += 1
        return pcm

    def put(self, key: str, pcm: bytes) -> None:
        """Keep a phrase. A full disk or a folder that cannot be written only means that nothing is kept."""
        if len(pcm) + 8 > self._limit:
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            size = self._measure()
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(HEADER + zlib.crc32(pcm).to_bytes(4, "little") + pcm)
                old = path.stat().st_size if path.exists() else 0
                os.replace(name, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
        except OSError:
            return
        self._size = size + len(pcm) + 8 - old
        if self._size > self._limit:
            self._shrink()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / (key + SUFFIX)

    def _measure(self) -> int:
        if self._size is None:
            self._size = sum(size for _, size, _ in self._files())
        return self._size

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._folder.glob(f"??/*{SUFFIX}"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found

    def _shrink(self) -> None:
        files = sorted(self._files())
        self._size = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._size <= self._limit * LOW_WATER:
                return
            self._remove(path, size)

    def _remove(self, path: Path, size: int) -> None:
        with contextlib.suppress(OSError):
            path.unlink()
            if self._size is not None:
                self._size -= size
