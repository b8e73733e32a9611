"""Runs another program's server so that it ends with the app: `python -m voicegw_desktop.workers.guard -- COMMAND...`.

End-of-file on stdin means the app is gone; the server and its children are then ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

from voicegw_desktop.core.processes import Family

GRACE = 3.0  # s between asking the server to end and killing it
PR_SET_PDEATHSIG = 1


def _die_with_guard() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _end(server: subprocess.Popen[bytes], family: Family) -> None:
    family.ask()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(GRACE)
    # children that the server left, too
    family.kill()


def main(argv: list[str]) -> int:
    """Run the command after `--`; returns its exit status."""
    command = argv[argv.index("--") + 1 :]
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_guard if sys.platform == "linux" else None,
    )
    family = Family(server.pid)

    def watch() -> None:
        while os.read(0, 4096):
            pass
        _end(server, family)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
    status = server.wait()
    _end(server, family)
    return status


if __name__ == "__main__":
    os._exit(main(sys.argv))
