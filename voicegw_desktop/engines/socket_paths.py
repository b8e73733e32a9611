"""Where the workers of this program listen: a short path in a folder that only the user may read."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
from pathlib import Path

from voicegw_desktop.core.paths import Paths, private_dir

SOCKET_PATH_LIMIT = 100  # bytes; the system's own limit is 104 on macOS, 108 on Linux


class SocketPaths:
    """The unix sockets of one pool, in a folder that is made with the first of them."""

    def __init__(self, paths: Paths | None) -> None:
        self._paths = paths
        self._numbers = itertools.count(1)
        self._folder: Path | None = None

    def new(self) -> str:
        """A path that no other worker has; empty on Windows, where workers listen on a port."""
        if sys.platform == "win32":
            return ""
        if self._folder is None:
            self._folder = self._choose()
        return str(self._folder / f"{next(self._numbers)}.sock")

    def remove(self) -> None:
        """Delete the folder and what is left in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _choose(self) -> Path:
        if self._paths:
            folder = self._paths.runtime / "engines" / f"{os.getpid():x}-{id(self) & 0xFFFF:x}"
            if len(os.fsencode(folder)) + 12 < SOCKET_PATH_LIMIT:
                private_dir(folder.parent)
                return private_dir(folder)
        return Path(tempfile.mkdtemp(prefix="voicegw-"))
