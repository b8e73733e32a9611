"""Time that passes only while an event loop waits, so that a busy machine lengthens nothing that a test measures."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from voicegw_desktop.core.clock import SystemClock


class PacedTime:
    """Seconds that the running loop spent waiting for a socket, a thread or a timer.

    A wait for a timer counts for what it was asked to be, however late the machine wakes the loop; work and pauses of
    the whole process count for nothing. Threads and other processes do not keep this time.
    """

    def __init__(self, loop: Any) -> None:
        self.now = time.monotonic()
        self._select = loop._selector.select

    def select(self, timeout: float | None = None) -> Any:
        """What the loop calls for its waits."""
        began = time.monotonic()
        ready = self._select(timeout)
        waited = time.monotonic() - began
        self.now += waited if timeout is None else min(waited, max(0.0, timeout))
        return ready


@pytest.fixture
async def paced(monkeypatch: pytest.MonkeyPatch) -> PacedTime:
    """The time of the test's loop, of its timers and of each gateway in it."""
    loop: Any = asyncio.get_running_loop()
    paced = PacedTime(loop)
    monkeypatch.setattr(loop._selector, "select", paced.select)
    monkeypatch.setattr(loop, "time", lambda: paced.now)
    monkeypatch.setattr(SystemClock, "monotonic_ns", lambda _clock: round(paced.now * 1e9))
    return paced
