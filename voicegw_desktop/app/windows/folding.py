"""A text and its buttons side by side, or one below the other where they have no room."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from voicegw_desktop.app.windows.parts import Elided
from voicegw_desktop.app.windows.wrapping import wrapped


class Folding(QWidget):
    """The text keeps its whole length as long as the buttons can go below it."""

    def __init__(self, text: Elided, *buttons: QWidget) -> None:
        super().__init__()
        self._text = text
        self._buttons = wrapped(*buttons)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(text, 1)
        self._row.addLayout(self._buttons)

    @property
    def folded(self) -> bool:
        """Whether the buttons stand below."""
        return self._row.direction() == QBoxLayout.Direction.TopToBottom

    def fold(self) -> None:
        """Choose by the room there is; to be called after the text has changed."""
        wanted = self._text.whole_width() + self._row.spacing() + self._buttons.sizeHint().width()
        below = wanted > self.width()
        if below != self.folded:
            ways = QBoxLayout.Direction
            self._row.setDirection(ways.TopToBottom if below else ways.LeftToRight)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fold()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.fold()
