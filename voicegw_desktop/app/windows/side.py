"""The left side of the window: the gateway's state, the reason, and what to do about it; below, the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import count, tr
from voicegw_desktop.app.viewmodels.matters import DISMISS, Matter, matters
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.windows.parts import Elided, button, label, say, set_role
from voicegw_desktop.core.text import printable

WIDTH = 196  # px
WORDS = {
    "ready": "Ready",
    "busy": "Working",
    "attention": "Needs attention",
    "starting": "Starting",
    "stopped": "Stopped",
}
ROLES = {"ready": "good", "busy": "good", "attention": "warn", "starting": "muted", "stopped": "bad"}
BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class Nav(QListWidget):
    """The list of pages; only the keyboard gives it a focus ring."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nav")
        self.setIconSize(QSize(16, 16))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # a screen reader selects, which alone makes nothing current
        self.itemSelectionChanged.connect(self._follow)

    def _follow(self) -> None:
        chosen = self.selectedIndexes()
        if chosen and chosen[0].row() != self.currentRow():
            self.setCurrentRow(chosen[0].row())

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring(event.reason() in BY_KEYBOARD)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring(False)
        super().focusOutEvent(event)

    def _ring(self, on: bool) -> None:
        set_role(self, "ring" if on else "")


class Side(QWidget):
    """`act` is called with the matter's button."""

    def __init__(self, overview: Overview, names: Sequence[str], act: Callable[[str, Matter], None]) -> None:
        super().__init__()
        self._view, self._act = overview, act
        self._matter: Matter | None = None
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.keep_width(self, WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(4)
        head = QVBoxLayout()
        head.setContentsMargins(18, 0, 12, 4)
        head.setSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(8)
        self._mark = label("●", "muted")
        self._state = label("", "heading")
        line.addWidget(self._mark)
        line.addWidget(self._state, 1)
        head.addLayout(line)
        self._why = label("", "small", wrap=True)
        self._why.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._keep_lines()
        self.push = button("", press=self._pressed)
        head.addWidget(self._why)
        head.addWidget(self.push)
        column.addLayout(head)
        self.nav = Nav()
        for _ in names:
            self.nav.addItem(QListWidgetItem())
        self.rename(names)
        column.addWidget(self.nav, 1)
        self._said = Elided("", "small", Qt.TextElideMode.ElideRight)
        foot = QHBoxLayout()
        foot.setContentsMargins(18, 0, 10, 0)
        foot.addWidget(self._said)
        column.addLayout(foot)

    def rename(self, names: Sequence[str]) -> None:
        """Name the pages in the language now in force."""
        self.nav.setAccessibleName(tr("Pages"))
        for row, name in enumerate(names):
            self.nav.item(row).setText(tr(name))

    def _keep_lines(self) -> None:
        # always two, so that the list of pages below stays where it is when work begins and ends
        self._why.setMinimumHeight(2 * self.fontMetrics().lineSpacing())

    def restyled(self, icons: Sequence[str]) -> Iterator[None]:
        """Take the room for the letters, and the icons in the colours now in force, one after the other."""
        self._keep_lines()
        for row, name in enumerate(icons):
            self.nav.item(row).setIcon(theme.icon(name))
            yield

    def refresh(self) -> None:
        """Show state, why and what to do, as they are now."""
        view = self._view
        # a hint is shown on the overview alone: it is no state of the gateway
        found = [matter for matter in matters(view) if matter.does != DISMISS]
        self._matter = found[0] if found else None
        self._state.setText(tr(WORDS[view.state]))
        set_role(self._mark, ROLES[view.state])
        self._why.setText(self._short(found))
        self._why.setToolTip(printable(found[0].text if found else view.why))
        self.setAccessibleName(printable(f"{tr(WORDS[view.state])}: {view.why}"))
        say(self.push, self._matter.button if self._matter else "")
        self.push.setVisible(bool(self._matter and self._matter.button))
        self._said.show_text(view.said)

    def _short(self, found: list[Matter]) -> str:
        view = self._view
        if found:
            more = tr(" and {n} more", n=len(found) - 1) if len(found) > 1 else ""
            room = self._why.fontMetrics()
            cut = room.elidedText(printable(found[0].title), Qt.TextElideMode.ElideRight, 2 * (WIDTH - 40))
            return cut + more
        if view.life == "running" and len(view.active) > 1:
            return count(len(view.active), "running request")
        if view.life == "running" and view.active:
            return room_for(view.why)
        if view.life != "running":
            return told(view.message)
        return tr("Nothing leaves this machine") if view.offline else tr("Agents can connect")

    def _pressed(self) -> None:
        if self._matter is not None:
            self._act(self._matter.does, self._matter)


def room_for(text: str, most: int = 44) -> str:
    """At most so many characters."""
    text = printable(text)
    return text if len(text) <= most else text[: most - 1] + "…"
