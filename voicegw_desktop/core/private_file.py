"""Files that only this user may read, replaced as a whole."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from voicegw_desktop.core.paths import private_dir

_log = logging.getLogger(__name__)


def write_private(path: Path, content: bytes, *, exclusive: bool = False, durable: bool = True) -> None:
    """Write a file that only this user may read (mode 0600; on Windows its own rights) as a whole.

    `exclusive` keeps one that another process made first. Without `durable` the disk is not waited for: for what the
    loop writes, and a person can choose again.
    """
    private_dir(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            if sys.platform == "win32":
                from voicegw_desktop.core.windows import keep_private

                if not keep_private(Path(temporary)):
                    _log.warning("%s is on a file system without rights: other users here can read it.", path)
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if exclusive and hasattr(os, "link"):
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass
        else:
            os.replace(temporary, path)
            temporary = ""
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
