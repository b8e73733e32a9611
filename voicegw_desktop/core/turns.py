"""How long a thread may keep Python for itself while others wait for it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

TURN = 0.00005  # s
"""Python's own is 5 ms. A loop that reads and writes sockets waits for a turn after each call of the system: beside a
report, streams waited for several of them."""


@contextlib.contextmanager
def short_turns() -> Iterator[None]:
    """Let a thread that wants to run wait for `TURN` at most while the block runs, for a loop that serves streams."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, TURN))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
