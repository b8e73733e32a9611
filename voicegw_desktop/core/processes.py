"""Other processes by their id: whether one lives, and how to end it, on every platform.

psutil is imported when it is needed. `os.kill(pid, 0)` is not used, because on Windows it ends the process.
"""

from __future__ import annotations


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
