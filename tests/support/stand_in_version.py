"""The program of a stand-in version: it serves, ends, hangs, or changes the database first."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys

import voicegw_desktop
from voicegw_desktop import program
from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.updates import fallback


def main() -> int:
    """Run one command, as the file `behaviour` beside the program says."""
    version = voicegw_desktop.__version__
    if sys.argv[1:] == ["--version"]:
        print(f"voicegw {version}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
    behaviour = (program.own_folder() / "behaviour").read_text()
    database = system_paths().database
    if "migrate" in behaviour:
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    print(f"runs {version}", flush=True)
    if "crash" in behaviour:
        return 3
    if "hang" not in behaviour:
        fallback.confirm(system_paths())
        print(f"serves {version}", flush=True)
    if "stay" in behaviour or "hang" in behaviour:
        # ended with the test that started it
        sys.stdin.read()
    return 0
