"""Python's collector of garbage inside Qt's loop: in Qt's thread alone, and so that no stream waits a frame for it.

Python's own runs in whichever thread allocates. An object of Qt that it frees in another thread than Qt's leaves its
timers armed, and the next one that fires ends the program. A collection takes as long as there are objects to look at:
all of them take several frames. Nine of ten come with modules and the gateway, and stay for good: they are set aside,
and looked at in a quiet time. What is left takes half a frame at most.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QTimer

from voicegw_desktop.app.in_parts import WAITS

LOOK_EVERY = 1000  # ms
DUE = (700, 2, 10)  # objects made, looks at those, and looks at both, after which each generation is looked at
MANY = 5_000  # objects, a third of a frame: more are looked at before their time, and what stays is set aside
QUIET = 10  # looks in a row at a quiet time, before everything is looked at
HOUR = 3600  # looks between two at everything
TIMES = 10  # that many objects were set aside, before what is left of them is counted
MOST = TIMES * MANY  # objects more than modules and gateway set aside: everything is looked at in a busy time, too


class Collector:
    """Collects while it lives, in place of Python's own."""

    def __init__(self, catch_up: Callable[[], bool] = lambda: True) -> None:
        """`catch_up` lets streams go on that wait for Qt's thread; called before each look and after it.

        It says whether all of them had time. Else a look waits for another turn of the loop.
        """
        self._catch_up = catch_up
        self.quiet: Callable[[], bool] = lambda: False
        """Whether no stream and no person waits for Qt's thread just now."""
        self._enabled = gc.isenabled()
        gc.disable()
        self._since = self._quiet = self._times = self._kept = self._waits = 0
        self._many = False
        self._timer = QTimer()
        self._timer.setInterval(LOOK_EVERY)
        self._timer.timeout.connect(self._look_between)
        self._timer.start()

    def _look_between(self) -> None:
        # else streams would wait for it and for what came before: half a frame each
        if not self._catch_up() and self._waits < WAITS:
            self._waits += 1
            self._timer.start(0)
            return
        self._waits = 0
        self._timer.start(LOOK_EVERY)
        self.look()
        self._catch_up()

    def look(self) -> None:
        """Collect the generations that are due, or everything where the time is good."""
        self._since += 1
        self._quiet = self._quiet + 1 if self.quiet() else 0
        if (self._since >= HOUR and self._quiet >= QUIET) or (self._times >= TIMES and self._grown()):
            self._look_at_all()
            return
        made, young, older = gc.get_count()
        if self._many or older > DUE[2]:
            gc.collect()
            self._many = False
            if self._kept and _old() > MANY:
                gc.freeze()
                self._times += 1
        elif young > DUE[1]:
            gc.collect(1)
            # before modules and gateway are there and set aside, all would be looked at again and again
            self._many = self._kept > 0 and _old() > MANY
        elif made > DUE[0]:
            gc.collect(0)

    def set_aside(self) -> None:
        """Set aside what is there, because much of it was made just now and is there to stay, such as modules."""
        gc.freeze()
        self._kept = gc.get_freeze_count()

    def close(self) -> None:
        """Collect a last time, since Python's own collector, which goes on, would free the rest in any thread."""
        self._timer.stop()
        gc.collect()
        if self._enabled:
            gc.enable()

    def _grown(self) -> bool:
        """Whether much of what was set aside lately is still there: most of it needs no collection to go."""
        self._times = 0
        return gc.get_freeze_count() > self._kept + MOST

    def _look_at_all(self) -> None:
        """Also at what was set aside: a gateway may have been replaced since."""
        gc.unfreeze()
        gc.collect()
        self._since = self._times = 0
        self._many = False
        self.set_aside()


def _old() -> int:
    """How many objects have outlived the looks at what is young, and are not set aside."""
    return len(gc.get_objects(generation=2))
