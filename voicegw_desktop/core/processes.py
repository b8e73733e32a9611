"""Other processes by their id: whether one lives, and how to end it, with or without what it started, everywhere.

psutil is imported when it is needed. `os.kill(pid, 0)` is not used, because on Windows it ends the process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def alive(pid: int) -> bool:
    """True while that process runs. One that has ended and was not reaped by its parent (a zombie) is not alive."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False


def terminate(pid: int) -> None:
    """Ask the process to end (SIGTERM); Windows has no such request and ends it at once. Gone already is fine.

    Raises PermissionError when the process belongs to another user.
    """
    import psutil

    try:
        psutil.Process(pid).terminate()
    except psutil.NoSuchProcess:
        pass
    except psutil.AccessDenied as error:
        raise PermissionError(f"Process {pid} belongs to another user and cannot be ended.") from error


class Family:
    """A child and all that it starts. Start it with `start_new_session=True`, which Windows takes and ignores."""

    def __init__(self, pid: int) -> None:
        """Make this right after the start: on Windows, what the child has started before stays outside."""
        self._pid = pid
        if sys.platform == "win32":
            from voicegw_desktop.core.windows import Job

            self._job: Job | None = None
            # it may have ended already
            with contextlib.suppress(OSError):
                self._job = Job(pid)

    def ask(self) -> None:
        """Ask all of them to end; Windows has no such request and ends them at once."""
        if sys.platform == "win32":
            self.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGTERM)

    def kill(self) -> None:
        """End all of them at once, also those whose parent has ended; harmless when all have."""
        if sys.platform == "win32":
            if self._job is not None:
                self._job.kill()
        else:
            # macOS says EPERM for a group of which only zombies are left
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """Let those that still run go on."""
        if sys.platform == "win32" and self._job is not None:
            self._job.close()
