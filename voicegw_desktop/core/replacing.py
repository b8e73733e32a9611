"""Files that are written for a person: a file of that name stays as it is until the new one is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, in a folder beside `path`; the file replaces `path` at the end, unless there was an error.

    A pipe or a device, such as /dev/stdout, is written to directly. Raises OSError, with `path` in it, when nothing can
    be written there.
    """
    # a link stays a link
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        yield path
        return
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    try:
        folder = Path(tempfile.mkdtemp(prefix=".voicegw-", dir=target.parent))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        part = folder / target.name
        yield part
        if target.exists():
            shutil.copymode(target, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
