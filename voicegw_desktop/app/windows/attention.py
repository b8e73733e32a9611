"""The list of what needs attention: a sentence each, with its button."""

from __future__ import annotations

import itertools

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.matters import Matter
from voicegw_desktop.app.windows.parts import Card, button, label
from voicegw_desktop.core.text import printable

MOST = 6  # lines; more are counted
LONGEST = 300  # characters of a sentence; the whole is in its tooltip


class Attention(Card):
    """Hidden while nothing needs a person."""

    wanted = Signal(str, object)
    """What a button does, and its Matter."""

    def __init__(self) -> None:
        super().__init__("What needs attention")
        self._shown: list[Matter] | None = None
        self._pushes: list[QPushButton] = []
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self.add_layout(self._rows)
        self.hide()

    def show_matters(self, found: list[Matter]) -> None:
        """Show these, the gravest first."""
        self.setVisible(bool(found))
        if found == self._shown:
            return
        self._shown = found
        self._pushes = []
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for matter in found[:MOST]:
            row = self._row(matter)
            self._rows.addWidget(row)
            # Qt would show it in the loop's next turn: a frame with an empty card
            row.show()
        # Tab comes to them where they stand: Qt takes widgets in the order in which they were made
        for before, push in itertools.pairwise((self._stop_before(), *self._pushes)):
            QWidget.setTabOrder(before, push)
        if len(found) > MOST:
            self._rows.addWidget(label(tr("and {n} more", n=len(found) - MOST), "small"))

    def _stop_before(self) -> QWidget:
        """The last widget before this one at which Tab stops, or the window."""
        found = self.previousInFocusChain()
        while found is not None and found is not self.window():
            if found.focusPolicy() & Qt.FocusPolicy.TabFocus:
                return found
            found = found.previousInFocusChain()
        return self.window()

    def _row(self, matter: Matter) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        mark = label()
        color = getattr(theme.tokens(), matter.role)
        mark.setPixmap(theme.icon_pixmap("triangle-alert", color, 16, self.devicePixelRatioF()))
        mark.setFixedWidth(18)
        line.addWidget(mark)
        told = matter.text if len(matter.text) <= LONGEST else matter.text[: LONGEST - 1] + "…"
        text = label(told, wrap=True, selectable=True)
        if told != matter.text:
            text.setToolTip(matter.text)
        line.addWidget(text, 1)
        for words, does in ((matter.button, matter.does), (matter.second, matter.second_does)):
            if words:
                line.addWidget(self._button(words, does, matter))
        return row

    def _button(self, words: str, does: str, matter: Matter) -> QPushButton:
        push = button(words, press=lambda: self.wanted.emit(does, matter))
        push.setAccessibleDescription(printable(matter.title))
        self._pushes.append(push)
        return push
