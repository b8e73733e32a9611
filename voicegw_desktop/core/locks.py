"""The advisory lock on an open file. The system frees it when the process that holds it ends, however it ends.

Written by hand: `filelock` opens and owns the file itself, and the journal must lock the file that it writes.
"""

from __future__ import annotations

import contextlib
import os
import sys

_FAR = 1 << 40
"""On Windows a lock covers bytes and keeps others from reading them: this one is far behind any content."""


def try_lock(fd: int) -> bool:
    """Lock the file for this descriptor; False when another descriptor has the lock."""
    try:
        if sys.platform == "win32":
            _windows(fd, "LK_NBLCK")
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def unlock(fd: int) -> None:
    """Free the lock of this descriptor; harmless when it holds none, or is -1 because the file was given up."""
    if fd < 0:
        return
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            _windows(fd, "LK_UNLCK")
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_UN)


def _windows(fd: int, mode: str) -> None:
    if sys.platform == "win32":
        import msvcrt

        position = os.lseek(fd, 0, os.SEEK_CUR)
        try:
            os.lseek(fd, _FAR, os.SEEK_SET)
            msvcrt.locking(fd, getattr(msvcrt, mode), 1)
        finally:
            os.lseek(fd, position, os.SEEK_SET)
