"""A box to choose from, quick to make and with texts that end in … where there is no room."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

from PySide6.QtCore import QEvent, QPoint, QSize, Signal
from PySide6.QtGui import QPaintEvent, QStandardItemModel, Qt, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget
from shiboken6 import isValid

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.parts import tip
from voicegw_desktop.core.text import printable

BESIDE = 2  # px of the field that the style keeps free
PAUSE = 0.002  # s between two texts that Qt finds a font for


class Choice(QComboBox):
    """A combo box of (text, value) pairs; `chosen` tells only what the person picks."""

    chosen = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(tr(name))
        # on Linux Qt names a box by what is chosen in it
        self.setAccessibleDescription(tr(name))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._letters = 8
        # a wheel that scrolls the page must not change what serves
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pairs: list[tuple[str, object]] = []
        self._barred: set[object] = set()
        self.activated.connect(lambda row: self.chosen.emit(self._pairs[row][1]))

    def show_pairs(
        self, pairs: Iterable[tuple[str, object]], value: object, *, barred: Collection[object] = ()
    ) -> None:
        """Offer these, `value` in force; the `barred` values are shown, and cannot be chosen."""
        pairs = [(printable(text), value) for text, value in pairs]
        if pairs != self._pairs:
            self._pairs = pairs
            self.clear()
            self.addItems([text for text, _ in pairs])
            self._barred = set()
        if set(barred) != self._barred:
            self._barred = set(barred)
            self._bar()
        row = next((i for i, (_, v) in enumerate(pairs) if v == value), -1)
        if row != self.currentIndex():
            self.setCurrentIndex(row)
        self.setToolTip(tip(self.currentText()))

    async def know_letters(self) -> None:
        """Let Qt find fonts for what is offered, one text at a time.

        For letters that the window's font lacks Qt asks every font of the system, 10 ms for each script. It would do so
        for all of them at once where the list is opened; what it found is kept. Streams go on between two texts.
        """
        for text, _ in tuple(self._pairs):
            if not text.isascii() and isValid(self):
                self.fontMetrics().horizontalAdvance(text)
                # without it the loop runs the next step first, and timers of streams wait for two texts
                await asyncio.sleep(PAUSE)

    def _bar(self) -> None:
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for row, (_, value) in enumerate(self._pairs):
            model.item(row).setEnabled(value not in self._barred)

    def value(self) -> object:
        """What is in force."""
        return self._pairs[self.currentIndex()][1] if 0 <= self.currentIndex() < len(self._pairs) else None

    def setMinimumContentsLength(self, letters: int) -> None:
        """Ask for room for so many letters. Qt's own way makes the list of choices at once, which costs 1 ms a box."""
        self._letters = letters
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        metrics = self.fontMetrics()
        inside = QSize(self._letters * metrics.horizontalAdvance("X"), max(14, metrics.height() + 2))
        return self.style().sizeFromContents(QStyle.ContentsType.CT_ComboBox, option, inside, self)

    def changeEvent(self, event: QEvent) -> None:
        """Take new looks; without the list of choices, which Qt would make for that alone."""
        looks = event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange)
        if looks and not any(child.isWidgetType() for child in self.children()):
            QWidget.changeEvent(self, event)
        else:
            super().changeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        # the style cuts what has no room, in the middle of a letter
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width() - BESIDE
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        # the style sheet's own arrow is a bitmap in one colour
        role = theme.tokens().muted
        arrow = theme.icon_pixmap("chevron-down", role, 14, self.devicePixelRatioF())
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.drawPixmap(QPoint(8 if mirrored else self.width() - 22, (self.height() - 14) // 2), arrow)
        painter.end()
