"""Lets the permissions of files hold for root too, so that a test can meet a folder that cannot be written."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_VERSION = 0x20080522
_OVERRIDE = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, as in linux/capability.h."""


@contextlib.contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Nothing below the folders can be written, by this thread or by one that it starts meanwhile."""
    places = [p for folder in folders for p in (folder, *folder.rglob("*")) if not p.is_symlink()]
    modes = {p: p.stat().st_mode for p in places}
    for p in places:
        p.chmod(0o555 if p.is_dir() else 0o444)
    try:
        with _as_others():
            yield
    finally:
        for p, mode in modes.items():
            if p.exists():
                p.chmod(mode)


@contextlib.contextmanager
def unreadable(place: Path) -> Iterator[None]:
    """A file or folder cannot be read or entered, by this thread or by one that it starts meanwhile."""
    mode = place.stat().st_mode
    place.chmod(0)
    try:
        with _as_others():
            yield
    finally:
        place.chmod(mode)


@contextlib.contextmanager
def _as_others() -> Iterator[None]:
    """Without root's right to pass over permissions; every other user has none to give up."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    before = sets[0]
    sets[0] = before & ~_OVERRIDE
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = before
        assert libc.capset(header, sets) == 0
