"""The window: a list of pages at the left, the chosen page at the right; only the visible page is redrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from voicegw_desktop.app import theme
from voicegw_desktop.app.icons import tray_icon
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.parts import Page

NAV_WIDTH = 168  # px
SIZE = QSize(1040, 640)


class Refreshable(Protocol):
    """A page that can bring itself up to date."""

    def refresh(self) -> None: ...


class MainWindow(QMainWindow):
    """Hidden, not ended, by its close button while the tray can bring it back."""

    def __init__(
        self,
        overview: Overview,
        pages: list[tuple[str, str, Page]],
        *,
        on_close: Callable[[], bool],
        on_visible: Callable[[bool], None] = lambda _on: None,
    ) -> None:
        super().__init__()
        self._overview = overview
        self._on_close = on_close
        self._on_visible = on_visible
        self._icons = [icon for _, icon, _ in pages]
        self.setWindowTitle("VoiceGateway")
        self.setWindowIcon(tray_icon("ready"))
        self.resize(SIZE)
        self.setMinimumSize(760, 480)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.nav = QListWidget()
        self.nav.setObjectName("nav")
        self.nav.setFixedWidth(NAV_WIDTH)
        self.nav.setIconSize(QSize(16, 16))
        self.nav.setAccessibleName("Pages")
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack = QStackedWidget()
        for name, _, page in pages:
            self.nav.addItem(QListWidgetItem(name))
            self.stack.addWidget(page)
        row.addWidget(self.nav)
        row.addWidget(self.stack, 1)
        self.setCentralWidget(body)
        self.nav.currentRowChanged.connect(self._turn_to)
        for number in range(len(pages)):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            shortcut.activated.connect(lambda n=number: self.nav.setCurrentRow(n))
        self.restyle()
        self.nav.setCurrentRow(0)
        overview.changed.connect(self.refresh)

    def restyle(self) -> None:
        """Take the icons in the colours of the scheme now in force."""
        for row, name in enumerate(self._icons):
            self.nav.item(row).setIcon(theme.icon(name))
        for push in self.findChildren(QPushButton):
            name = push.property("icon_name")
            if name:
                push.setIcon(theme.icon(name, "on_accent" if push.property("role") == "primary" else "text"))

    def turn_to(self, name: str) -> None:
        """Show the page called `name`."""
        for row in range(self.nav.count()):
            if self.nav.item(row).text() == name:
                self.nav.setCurrentRow(row)

    def refresh(self) -> None:
        """Redraw the visible page; nothing when the window is hidden."""
        page = self.stack.currentWidget()
        if self.isVisible() and page is not None and hasattr(page, "refresh"):
            page.refresh()

    def _turn_to(self, row: int) -> None:
        self.stack.setCurrentIndex(row)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._overview.seen()
        self._on_visible(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._on_visible(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._on_close():
            event.accept()
        else:
            event.ignore()
            self.hide()
