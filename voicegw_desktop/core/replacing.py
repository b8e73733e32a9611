"""Files that are written for a person: a file of that name stays as it is until the new one is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def direct(path: Path) -> bool:
    """True for what cannot be replaced: a pipe, a device, a folder, or a file that is named by how it was opened."""
    return str(path).startswith(("/dev/std", "/dev/fd/", "/proc/")) or (path.exists() and not path.is_file())


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, in a folder beside `path`; the file replaces `path` at the end, unless there was an error.

    A pipe or a device, such as /dev/stdout, is written to directly. Raises OSError, with `path` in it, when nothing can
    be written there.
    """
    if direct(path):
        yield path
        return
    # a link stays a link
    target = Path(os.path.realpath(path))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    try:
        folder = Path(tempfile.mkdtemp(prefix=".voicegw-", dir=target.parent))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        part = folder / "new"
        yield part
        if target.exists():
            shutil.copymode(target, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
