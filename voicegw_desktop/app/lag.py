"""When the loop's lag is measured: while requests come and the window is open. At rest only the probes would run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.viewmodels.overview import Overview

AFTER = 10_000  # ms that it is measured on after the last request


class LagWatch:
    """Follows `view`; `seen` says whether the window is open."""

    def __init__(self, view: Overview, actions: Actions, seen: Callable[[], bool]) -> None:
        self._view, self._actions, self._seen = view, actions, seen
        self._counted = 0
        self._rest = QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(AFTER)
        self._rest.timeout.connect(self.end)
        view.changed.connect(self._look_at_traffic)

    def _look_at_traffic(self) -> None:
        view = self._view
        if self._seen() and view.life == "running" and (view.active or view.spending.requests != self._counted):
            self._counted = view.spending.requests
            self._rest.start()
            self._measure(True)

    def end(self) -> None:
        """Measure no longer, because the window is closed or nothing comes."""
        if self._view.lag is not None:
            self._view.lag = None
            self._view.touch()
        self._measure(False)

    def _measure(self, on: bool) -> None:
        if self._actions.chosen:
            self._actions.host.watch_lag(on)
