"""Files that only this user may read, replaced as a whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from voicegw_desktop.core.paths import private_dir


def write_private(path: Path, content: bytes, *, exclusive: bool = False) -> None:
    """Write a file of mode 0600 as a whole; `exclusive` keeps one that another process made first."""
    private_dir(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
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
