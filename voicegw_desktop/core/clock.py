"""Time as an argument: one clock for the program, and one that tests move forward."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where code that measures or waits gets its time from."""

    def monotonic_ns(self) -> int:
        """Nanoseconds that never go back; for durations."""
        ...

    def time(self) -> float:
        """Seconds since the Unix epoch, UTC; for records."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def time(self) -> float:
        return time.time()


class ManualClock:
    """A clock that stands still until a test advances it."""

    def __init__(self, start: float = 1_750_000_000.0) -> None:
        self._wall = start
        self._mono = 0

    def monotonic_ns(self) -> int:
        return self._mono

    def time(self) -> float:
        return self._wall

    def advance(self, seconds: float) -> None:
        """Move both clocks forward by `seconds`."""
        self._wall += seconds
        self._mono += round(seconds * 1e9)
