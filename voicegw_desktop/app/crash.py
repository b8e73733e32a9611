"""Whether the last run of the program ended by a fault: a mark in a file that a proper end removes."""

from __future__ import annotations

import contextlib
import faulthandler
import os
from pathlib import Path
from typing import IO

from voicegw_desktop.core.paths import private_dir
from voicegw_desktop.core.processes import alive

MARK, TRACE = "running", "crash.txt"
NOTE = "The program ended unexpectedly last time. Help has the log and a report to copy."


class CrashMark:
    """Set at the start, removed at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trace: IO[str] | None = None

    def begin(self) -> str:
        """Set the mark and record faults of Qt; returns a sentence about the last run, empty when that ended well."""
        try:
            folder = private_dir(self._folder)
            mark = folder / MARK
            crashed = mark.exists() and not _runs(mark)
            mark.write_text(str(os.getpid()), "utf-8")
            self._trace = (folder / TRACE).open("a" if crashed else "w", encoding="utf-8")
            faulthandler.enable(self._trace)
        except OSError:
            return ""
        return NOTE if crashed else ""

    def end(self) -> None:
        """Remove the mark: the program ends properly."""
        with contextlib.suppress(OSError):
            (self._folder / MARK).unlink(missing_ok=True)
        if self._trace is not None:
            faulthandler.disable()
            self._trace.close()
            self._trace = None


def _runs(mark: Path) -> bool:
    """Whether the process that set the mark still runs, as one of another profile's window may."""
    number = mark.read_text("utf-8").strip()
    return number.isdecimal() and int(number) != os.getpid() and alive(int(number))
