"""The end of the process, within a time limit: a call to another program that never returns must not keep it alive."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

END_LIMIT = 2.5  # s from the wish to end until the process is gone, whatever it waits for


def end_within(seconds: float = END_LIMIT, leave: Callable[[int], object] = os._exit) -> threading.Timer:
    """Leave the process after `seconds` unless it has ended by itself; `cancel()` of the answer takes that back.

    What is acknowledged is safe by then: records are journalled when they are made, and engines end when their
    standard input closes. Threads that wait for another program would be joined at the interpreter's exit; leaving
    skips that.
    """
    timer = threading.Timer(seconds, leave, (0,))
    timer.daemon = True
    timer.start()
    return timer
