"""Theme and size of texts, kept beside the window's place for the first moment of the next start."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

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
        self._apply(str(self._kept.value(THEME, "")), int(size) if size in SIZES else 100)

    def take(self, scheme: str, text_size: int) -> None:
        """Look so from now on."""
        self._kept.setValue(THEME, scheme)
        self._kept.setValue(TEXT_SIZE, text_size)
        self._apply(scheme, text_size)

    def _apply(self, scheme: str, text_size: int) -> None:
        from voicegw_desktop.app import theme

        self._taken = True
        theme.apply(self._app, scheme, text_size)
