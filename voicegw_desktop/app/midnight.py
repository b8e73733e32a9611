"""The moment when a new day begins, by the local clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer


class Midnight:
    """Calls `day` soon after each midnight from `begin` on."""

    def __init__(self, day: Callable[[], None]) -> None:
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.begin)
        self._timer.timeout.connect(day)

    def begin(self) -> None:
        """Wait for the next midnight."""
        now = time.localtime()
        left = 86_400 - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)
        # a day with a change of clocks is off by an hour: looking again then does no harm
        self._timer.start((left + 1) * 1000)
