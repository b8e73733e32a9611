"""Why a gateway ends: `voicegw stop` leaves a note before it sends its signal, which cannot carry words."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from voicegw_desktop.core.paths import private_dir

NOTE = "stopped-by"


def leave_note(runtime: Path, pid: int) -> None:
    """Say that process `pid` is about to be ended by `voicegw stop`; without a note the signal is named."""
    with contextlib.suppress(OSError):
        (private_dir(runtime) / NOTE).write_text(str(pid))


def reason(runtime: Path, number: int) -> str:
    """What ended this process, for the log: the command that left a note, or the signal's name."""
    note = runtime / NOTE
    name = signal.Signals(number).name
    try:
        asked = note.read_text() == str(os.getpid())
        note.unlink()
    except OSError:
        asked = False
    return "voicegw stop" if asked else f"signal {name}"
