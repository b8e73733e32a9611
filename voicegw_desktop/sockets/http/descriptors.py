"""File descriptors: how many connections fit under the process's limit, and one line when there are none left."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import sys
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

RESERVE = 128  # for files, the database, workers and Wyoming
EACH = 2  # a connection, and what serves it: a worker's socket or a provider's
FEWEST = 8  # connections
MAC_MOST = 10_240  # OPEN_MAX: macOS refuses more, whatever the hard limit says
QUIET = 60.0  # s without a failure after which the next one is told again


def room(wanted: int, sockets: int = 1) -> tuple[int, int | None]:
    """Connections that fit on each of so many listening sockets, at most `wanted`, and the limit on descriptors.

    Raises the soft limit where allowed.
    """
    if sys.platform == "win32":
        return wanted, None
    import resource

    need = EACH * wanted * sockets + RESERVE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < need:
        for goal in (need, MAC_MOST):
            goal = goal if hard == resource.RLIM_INFINITY else min(hard, goal)
            if goal <= soft:
                continue
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (goal, hard))
                soft = goal
                break
    if soft == resource.RLIM_INFINITY or soft >= need:
        return wanted, soft
    return max(FEWEST, min(wanted, (soft - min(RESERVE, soft // 2)) // (EACH * sockets))), soft


def tell_once(loop: asyncio.AbstractEventLoop, tell: Callable[[str], None]) -> Callable[[], None]:
    """Replace asyncio's traceback for each connection that no descriptor was left for by one sentence.

    asyncio pauses accepting for a second after each failure. Returns what puts the former handler back.
    """
    before = loop.get_exception_handler()
    last = -QUIET

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal last
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            now, since = loop.time(), last
            last = now
            if now - since >= QUIET:
                tell(
                    f"No file descriptor is left for new connections ({error.strerror}): they wait. Close some, lower "
                    "serve.max_connections, or raise the limit (`ulimit -n`) and start again."
                )
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)

    def restore() -> None:
        if loop.get_exception_handler() is handle:
            loop.set_exception_handler(before)

    return restore
