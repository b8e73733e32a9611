"""Entry point of every worker process: takes its job from stdin, runs the harness, ends with the app."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import threading

from voicegw_desktop.core.typed import record, texts
from voicegw_desktop.workers.harness import Harness, Job

PR_SET_PDEATHSIG = 1


def _read_job() -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)  # not one byte more: the end of this stream tells that the app has ended
        if not piece:
            break
        line += piece
    return bytes(line)


def _leave_with(lifeline: int) -> None:
    while os.read(lifeline, 4096):
        pass
    # no clean-up: the memory must be back at once, and a library's exit handler may hang
    os._exit(0)


def _die_with_parent(parent: int) -> None:
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent and os.getppid() != parent:
        os._exit(0)


def _be_nice(nice: int) -> None:
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, nice)


def main() -> int:
    """Entry point of the worker process."""
    line = _read_job()
    if not line:
        return 0
    sys.path += texts(record(json.loads(line)).get("packs"))
    job = Job.from_json(line)
    _die_with_parent(job.parent)
    _be_nice(job.nice)
    status_fd, lifeline = os.dup(1), os.dup(0)
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    threading.Thread(target=_leave_with, args=(lifeline,), name="lifeline", daemon=True).start()
    status = asyncio.run(Harness(job, status_fd).run())
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    raise SystemExit(main())
