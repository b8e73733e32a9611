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

GRACE = 3.0  # s between asking the server to end and killing it
PR_SET_PDEATHSIG = 1


def _die_with_guard() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _end(server: subprocess.Popen[bytes]) -> None:
    group = hasattr(os, "killpg")
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM) if group else server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(GRACE)
    # children that the server left, too
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGKILL) if group else server.kill()


def main(argv: list[str]) -> int:
    """Run the command after `--`; returns its exit status."""
    command = argv[argv.index("--") + 1 :]
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_guard if sys.platform == "linux" else None,
    )

    def watch() -> None:
        while os.read(0, 4096):
            pass
        _end(server)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
    status = server.wait()
    _end(server)
    return status


if __name__ == "__main__":
    os._exit(main(sys.argv))
