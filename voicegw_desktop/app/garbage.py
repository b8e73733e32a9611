"""Python's collector of garbage inside Qt's loop: in Qt's thread alone, and so that no stream waits a frame for it.

Python's own runs in whichever thread allocates. An object of Qt that it frees in another thread than Qt's leaves its
timers armed, and the next one that fires ends the program. A collection takes as long as there are objects to look at:
all of them take several frames. So what is there to stay, such as pages, is set aside, and looked at in a quiet time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import thread_time

from PySide6.QtCore import QTimer

LOOK_EVERY = 1000  # ms
LONG = 0.004  # s of a collection of all that is not set aside, after which the rest of it is set aside, too
QUIET = 10  # looks in a row, each at a quiet time, before everything is looked at
DAY = 86_400  # looks after which everything is looked at, also in a program that is never quiet


class Collector:
    """Collects while it lives, in place of Python's own."""

    def __init__(self) -> None:
        self.quiet: Callable[[], bool] = lambda: False
        """Whether no stream and no person waits for Qt's thread just now."""
        self._enabled = gc.isenabled()
        gc.disable()
        self._frozen = False
        self._quiet = self._since = 0
        self._timer = QTimer()
        self._timer.setInterval(LOOK_EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the generations that Python's own thresholds say are due, or everything where the time is good."""
        self._since += 1
        self._quiet = self._quiet + 1 if self.quiet() else 0
        if self._frozen and (self._quiet >= QUIET or self._since >= DAY):
            self._look_at_all()
            return
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                began = thread_time()
                gc.collect(generation)
                if generation == 2 and thread_time() - began > LONG:
                    self._keep()
                return

    def set_aside(self) -> None:
        """Set aside what is there, because much of it was made just now and is there to stay."""
        gc.collect(1)
        self._keep()

    def close(self) -> None:
        """Collect a last time, since Python's own collector, which goes on, would free the rest in any thread."""
        self._timer.stop()
        gc.collect()
        if self._enabled:
            gc.enable()

    def _keep(self) -> None:
        gc.freeze()
        self._frozen = True

    def _look_at_all(self) -> None:
        """Also at what was set aside: a page may have been replaced since."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._frozen, self._since = False, 0
