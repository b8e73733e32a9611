"""How late the event loop runs, measured only while a view shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.events import EventBus, LoopLag
from voicegw_desktop.storage.percentiles import exact

PROBE_EVERY = 0.02  # s
REPORT_EVERY = 1.0  # s


class LoopLagMonitor:
    """Publishes LoopLag once a second between the first `subscribe` and the last unsubscribe; else no timer runs."""

    def __init__(self, bus: EventBus, clock: Clock | None = None) -> None:
        self._bus = bus
        self._clock: Clock = clock or SystemClock()
        self._watchers = 0
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0
        self._report_at = 0
        self._lags: list[float] = []

    @property
    def running(self) -> bool:
        """Whether the loop is being probed."""
        return self._timer is not None

    def subscribe(self, callback: Callable[[LoopLag], None]) -> Callable[[], None]:
        """Call `callback` with every figure; needs a running loop. Returns the unsubscriber."""
        leave_bus, stop = self._bus.subscribe(callback, LoopLag), self.watch()

        def unsubscribe() -> None:
            leave_bus()
            stop()

        return unsubscribe

    def watch(self) -> Callable[[], None]:
        """Measure for listeners on the bus; returns the function that ends it."""
        self._watchers += 1
        if self._timer is None:
            self._lags.clear()
            self._report_at = self._clock.monotonic_ns() + round(REPORT_EVERY * 1e9)
            self._arm()
        ended = False

        def stop() -> None:
            nonlocal ended
            if not ended:
                ended = True
                self._watchers -= 1
                if not self._watchers and self._timer is not None:
                    self._timer.cancel()
                    self._timer = None

        return stop

    def _arm(self) -> None:
        self._due = self._clock.monotonic_ns() + round(PROBE_EVERY * 1e9)
        self._timer = asyncio.get_running_loop().call_later(PROBE_EVERY, self._probe)

    def _probe(self) -> None:
        now = self._clock.monotonic_ns()
        self._lags.append(max(0, now - self._due) / 1e6)
        if now >= self._report_at:
            lags, self._lags = self._lags, []
            self._report_at = now + round(REPORT_EVERY * 1e9)
            self._bus.publish(LoopLag(exact(lags, (99,))[99] or 0.0, max(lags)))
        if self._watchers:
            self._arm()
