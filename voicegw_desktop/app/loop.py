"""One asyncio loop inside Qt's: qasync's, with its timers and ready queue replaced.

qasync starts one Qt timer for every callback, keeps a cancelled one until it expires, and drops `context=` in
`call_soon_threadsafe` (https://github.com/CabbageDevelopment/qasync/issues). Here callbacks wait in a queue that one
timer without delay empties, and delays wait in a heap that one more timer follows; a cancelled delay costs nothing.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from time import perf_counter
from typing import Any

import qasync
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from voicegw_desktop.app.garbage import Collector

MAX_THREADS = 4  # for files and look-ups that block; none of the streams use one
SLICE = 0.004  # s of callbacks between two turns of Qt
STEPS = 2  # of callbacks and what they add, between two turns of Qt
MIN_STALE = 100  # cancelled delays before the heap is rebuilt without them


class _Bridge(QObject):
    """Carries handles from other threads into the Qt thread."""

    arrived = Signal(object)


class GatewayLoop(qasync.QEventLoop):  # type: ignore[misc]
    """asyncio on Qt's event loop, for the whole life of the application."""

    def __init__(self, app: QApplication) -> None:
        self._soon: deque[asyncio.Handle] = deque()
        self._later: list[asyncio.TimerHandle] = []
        self._stale = 0
        self._draining = False
        self._bridge = _Bridge()
        self._bridge.arrived.connect(self._enqueue, Qt.ConnectionType.QueuedConnection)
        self._soon_timer = QTimer()
        self._soon_timer.setSingleShot(True)
        self._soon_timer.setInterval(0)
        self._soon_timer.timeout.connect(self._drain)
        self._later_timer = QTimer()
        self._later_timer.setSingleShot(True)
        self._later_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._later_timer.timeout.connect(self._expire)
        self._later_armed_for: float | None = None
        self.collector = Collector(self.catch_up)
        super().__init__(app)
        self.set_default_executor(ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="voicegw"))

    # -- as soon as possible ------------------------------------------------------------------------------------------

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._bridge.arrived.emit(handle)
        return handle

    def _enqueue(self, handle: asyncio.Handle) -> None:
        self._soon.append(handle)
        if not self._soon_timer.isActive():
            self._soon_timer.start()

    def _drain(self) -> bool:
        """Run what waits, until a slice is over; False: more waited."""
        # what is queued now, and what that adds: else a task that a timer wakes, which takes two steps, would wait for
        # two turns of Qt. The rest waits until Qt has had its turn, and so does what is left after a slice: a burst of
        # many short callbacks would hold back the picture for a frame
        until = perf_counter() + SLICE
        self._draining = True
        try:
            for _ in range(STEPS):
                for _ in range(len(self._soon)):
                    handle = self._soon.popleft()
                    if not handle.cancelled():
                        handle._run()
                        if perf_counter() >= until:
                            return not self._soon
            return True
        finally:
            self._draining = False
            if self._soon and not self._soon_timer.isActive():
                self._soon_timer.start()

    # -- after a delay ------------------------------------------------------------------------------------------------

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + max(0.0, delay), callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._later, handle)
        handle._scheduled = True  # type: ignore[attr-defined]
        self._arm()
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Called by `TimerHandle.cancel`."""
        if not handle._scheduled:  # type: ignore[attr-defined]
            return
        self._stale += 1
        if self._stale > MIN_STALE and self._stale * 2 > len(self._later):
            self._later = [h for h in self._later if not h.cancelled()]
            heapq.heapify(self._later)
            self._stale = 0
            self._arm()

    def _arm(self) -> None:
        while self._later and self._later[0].cancelled():
            heapq.heappop(self._later)
            self._stale = max(0, self._stale - 1)
        if not self._later:
            self._later_timer.stop()
            self._later_armed_for = None
            return
        when = self._later[0].when()
        if self._later_armed_for is not None and self._later_armed_for <= when and self._later_timer.isActive():
            return
        self._later_armed_for = when
        # round up: an early wake-up would only arm the timer again
        self._later_timer.start(min(max(0, int((when - self.time()) * 1000) + 1), 2**31 - 1))

    def catch_up(self) -> bool:
        """Run what is due, for two slices; nothing within a callback. False: they had no time for all of it."""
        if self._draining:
            return True
        done = self._expire()
        if self._soon:
            # one callback took the first slice: the others would wait for it and for what is kept back
            done = self._expire()
        return done

    def _expire(self) -> bool:
        self._later_armed_for = None
        now = self.time()
        while self._later and (self._later[0].cancelled() or self._later[0].when() <= now):
            handle = heapq.heappop(self._later)
            handle._scheduled = False  # type: ignore[attr-defined]
            if handle.cancelled():
                self._stale = max(0, self._stale - 1)
            else:
                self._soon.append(handle)
        self._arm()
        # now: in Qt's next turn a page may be drawn first
        self._soon_timer.stop()
        return self._drain()

    def close(self) -> None:
        if not self.is_running() and not self.is_closed():
            self._soon_timer.stop()
            self._later_timer.stop()
            self._soon.clear()
            self._later.clear()
            self.collector.close()
        super().close()


def catch_up() -> bool:
    """Let the running loop run what is due, before something that keeps the thread for long, such as a picture.

    False: more is left, and would wait for two slices and for what is kept back; it had better wait for another turn.
    """
    loop = _running()
    return loop is None or loop.catch_up()


def set_aside() -> None:
    """Tell the running loop that something large was made, which is there to stay, such as modules."""
    if (loop := _running()) is not None:
        loop.collector.set_aside()


def _running() -> GatewayLoop | None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return loop if isinstance(loop, GatewayLoop) else None
