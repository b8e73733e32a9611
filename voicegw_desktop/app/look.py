"""Theme and size of texts, kept beside the window's place for the first moment of the next start."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from voicegw_desktop.app import theme

THEME, TEXT_SIZE = "look/theme", "look/text_size"
SIZES = {str(percent) for percent in range(50, 301)}


def at_start(app: QApplication, kept: QSettings) -> None:
    """Look as at the last end: the configuration is read later, and other colours would be seen until then."""
    size = str(kept.value(TEXT_SIZE, ""))
    theme.apply(app, str(kept.value(THEME, "")), int(size) if size in SIZES else 100)


def take(app: QApplication, kept: QSettings, scheme: str, text_size: int) -> None:
    """Look so from now on."""
    kept.setValue(THEME, scheme)
    kept.setValue(TEXT_SIZE, text_size)
    theme.apply(app, scheme, text_size)
