"""Theme and size of texts, kept beside the window's place for the first moment of the next start."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from voicegw_desktop.app.in_parts import finish

THEME, TEXT_SIZE = "look/theme", "look/text_size"
SIZES = {str(percent) for percent in range(50, 301)}


class Look:
    """How the application looks. The colours are read when a window needs them: the tray's icon has its own."""

    def __init__(self, app: QApplication, kept: QSettings) -> None:
        self._app, self._kept = app, kept
        self._taken = False

    def at_start(self) -> None:
        """Look as at the last end while the configuration is not read, so that no other colours are seen first."""
        if self._taken:
            return
        size = str(self._kept.value(TEXT_SIZE, ""))
        finish(self._applied(str(self._kept.value(THEME, "")), int(size) if size in SIZES else 100))

    def take(self, scheme: str, text_size: int) -> Iterator[None]:
        """Look so from now on; in parts, between which no widget may be drawn."""
        self._kept.setValue(THEME, scheme)
        self._kept.setValue(TEXT_SIZE, text_size)
        return self._applied(scheme, text_size)

    def _applied(self, scheme: str, text_size: int) -> Iterator[None]:
        from voicegw_desktop.app import theme

        self._taken = True
        return theme.applied(self._app, scheme, text_size)
