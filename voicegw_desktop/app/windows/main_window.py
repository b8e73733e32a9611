"""The window: a list of pages at the left, the chosen page at the right; a page is made when it is first turned to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from voicegw_desktop.app import theme
from voicegw_desktop.app.icons import tray_icon
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.parts import Elided, Page, Strip, label, row_of, set_role
from voicegw_desktop.core.text import printable

NAV_WIDTH = 176  # px
SIZE = QSize(1180, 720)
SMALLEST = QSize(820, 520)
LOOK_AGAIN = 5000  # ms; the chart moves on although nothing happens
GEOMETRY = "window/geometry"
STATE_WORD = {
    "ready": "Ready",
    "busy": "Working",
    "attention": "Needs attention",
    "starting": "Starting",
    "stopped": "Stopped",
}
STATE_ROLE = {"ready": "good", "busy": "good", "attention": "warn", "starting": "muted", "stopped": "bad"}


@dataclass(frozen=True)
class PageFactory:
    """One entry of the list at the left."""

    name: str
    icon: str
    make: Callable[[], Page]


VAULT_PUSH = {"locked": "Unlock", "absent": "Keep the keys in a file", "open": "Bring them together"}
"""What the strip about the keychain offers in each state; it is hidden in the state `open` with nothing to bring."""


class MainWindow(QMainWindow):
    """Hidden, not ended, by its close button while the tray can bring it back."""

    def __init__(
        self,
        overview: Overview,
        factories: list[PageFactory],
        *,
        settings: QSettings,
        on_close: Callable[[], bool],
        on_hidden: Callable[[], None] = lambda: None,
        serve: Callable[[], None] = lambda: None,
        mend_vault: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._overview, self._factories, self._settings = overview, factories, settings
        self._on_close, self._on_hidden = on_close, on_hidden
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_AGAIN)
        self._clock.timeout.connect(self.refresh)
        self._pages: dict[int, Page] = {}
        self._question: QMessageBox | None = None
        self.setWindowTitle("VoiceGateway")
        self.setWindowIcon(tray_icon("ready"))
        self.setMinimumSize(SMALLEST)
        self.resize(SIZE)
        geometry = settings.value(GEOMETRY)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        self.exposed, self.failed, self.advice = Strip("bad"), Strip("bad"), Strip("warn")
        self.microphone = Strip("warn")
        self.vault = Strip("warn")
        self.vault.push.clicked.connect(lambda _checked=False: mend_vault())
        self.failed.push.clicked.connect(lambda _checked=False: serve())
        self.advice.push.clicked.connect(lambda _checked=False: self._dismiss())
        for strip in (self.microphone, self.exposed, self.failed, self.vault, self.advice):
            right.addWidget(strip)
        self.stack = QStackedWidget()
        right.addWidget(self.stack, 1)
        row.addLayout(right, 1)
        self.setCentralWidget(body)
        self._dismissed: set[str] = set()
        self.nav.currentRowChanged.connect(self._turn_to)
        for number in range(len(factories)):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            shortcut.activated.connect(lambda n=number: self.nav.setCurrentRow(n))
        QShortcut(QKeySequence.StandardKey.Close, self).activated.connect(self.close)
        self.restyle()
        self.nav.setCurrentRow(0)
        overview.changed.connect(self.refresh)

    def _side(self) -> QWidget:
        side = QWidget()
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setFixedWidth(NAV_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 4, 0, 12)
        self.nav = QListWidget()
        self.nav.setObjectName("nav")
        self.nav.setIconSize(QSize(16, 16))
        self.nav.setAccessibleName("Pages")
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for factory in self._factories:
            self.nav.addItem(QListWidgetItem(factory.name))
        column.addWidget(self.nav, 1)
        self._said = Elided("", "small", Qt.TextElideMode.ElideRight)
        self._mark = label("●", "muted")
        self._state = Elided("", "", Qt.TextElideMode.ElideRight)
        line = row_of(self._mark, self._state, spacing=8)
        line.setStretch(1, 1)
        for item in (self._said, line):
            holder = QHBoxLayout()
            holder.setContentsMargins(18, 0, 10, 0)
            holder.addWidget(item) if isinstance(item, QWidget) else holder.addLayout(item)
            column.addLayout(holder)
        return side

    def restyle(self) -> None:
        """Take the icons in the colours of the scheme now in force."""
        for row, factory in enumerate(self._factories):
            self.nav.item(row).setIcon(theme.icon(factory.icon))
        for push in self.findChildren(QPushButton):
            name = push.property("icon_name")
            if name:
                push.setIcon(theme.icon(name, "on_accent" if push.property("role") == "primary" else "text"))
        for strip in (self.microphone, self.exposed, self.failed, self.vault, self.advice):
            strip.restyle()

    def page(self, name: str) -> Page:
        """The page called `name`, made if it was not turned to yet."""
        row = next(i for i, factory in enumerate(self._factories) if factory.name == name)
        return self._page(row)

    def _page(self, row: int) -> Page:
        if row not in self._pages:
            page = self._pages[row] = self._factories[row].make()
            self.stack.addWidget(page)
        return self._pages[row]

    def turn_to(self, name: str) -> None:
        """Show the page called `name`."""
        self.nav.setCurrentRow(next(i for i, factory in enumerate(self._factories) if factory.name == name))

    def on_shown(self) -> None:
        """The gateway came up: let the visible page read what it shows."""
        if self.isVisible():
            self._page(self.nav.currentRow()).on_shown()

    def refresh(self) -> None:
        """Redraw the visible page and the lines around it; nothing when the window is hidden."""
        if not self.isVisible():
            return
        view = self._overview
        self._state.show_text(STATE_WORD[view.state])
        set_role(self._mark, STATE_ROLE[view.state])
        self._said.show_text(view.said)
        self.microphone.show_text("The microphone is open: an agent listens to this room." if view.microphone else "")
        self.exposed.show_text(view.exposed[:1].upper() + view.exposed[1:])
        self.vault.show_text(view.vault_closed or view.vault_advice, VAULT_PUSH.get(view.vault_state, ""))
        down = view.life in ("failed", "stopped")
        self.failed.show_text(view.why if down else "", "Start serving" if down else "")
        advice = next((w for w in (*view.troubles, *view.warnings, view.hint) if w and w not in self._dismissed), "")
        self.advice.show_text(advice, "Dismiss" if advice else "")
        self._page(self.nav.currentRow()).refresh()

    def ask(self, title: str, text: str, then: Callable[[], None]) -> None:
        """A question before something is destroyed. Opened, never executed: the loop goes on."""
        title, text = printable(title), printable(text, lines=True)
        box = QMessageBox(QMessageBox.Icon.Warning, title, title, parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(text)
        yes = box.addButton(title.split()[0], QMessageBox.ButtonRole.DestructiveRole)
        no = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(no)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(lambda pressed: then() if pressed is yes else None)
        self._question = box
        box.open()

    def _dismiss(self) -> None:
        view = self._overview
        shown = self.advice.accessibleName()
        self._dismissed |= {w for w in (*view.troubles, *view.warnings, view.hint) if printable(w, lines=True) == shown}
        self.refresh()

    def _turn_to(self, row: int) -> None:
        if row in self._pages or not self._pages:
            self._show(row)
            return
        # a new page is built now and shown in the loop's next turn: both at once would keep the streams for a frame
        self._page(row)
        QTimer.singleShot(0, lambda: self._show(row) if self.nav.currentRow() == row else None)

    def _show(self, row: int) -> None:
        page = self._page(row)
        self.stack.setCurrentWidget(page)
        page.on_shown()
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._overview.seen()
        self._clock.start()
        self._page(self.nav.currentRow()).on_shown()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.setValue(GEOMETRY, self.saveGeometry())
        self._clock.stop()
        self._on_hidden()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._on_close():
            event.accept()
        else:
            event.ignore()
            self.hide()
