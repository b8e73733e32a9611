"""Pages that are higher than the window: areas that scroll, and what the keyboard comes to in them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

EDGE = 4  # px kept free above and below what the keyboard comes to, for its ring


class _Column(QVBoxLayout):
    """Keeps the heights that were worked out, until something in it changes; works out nothing while it rests."""

    def __init__(self, parent: QWidget) -> None:
        self.heights = dict[int, int]()
        super().__init__(parent)

    def invalidate(self) -> None:
        self.heights.clear()
        super().invalidate()

    # an area whose style changes asks for all of these, and all that is in the column would be measured

    def hasHeightForWidth(self) -> bool:
        return not self.isEnabled() or super().hasHeightForWidth()

    def sizeHint(self) -> QSize:
        return super().sizeHint() if self.isEnabled() else self.geometry().size()

    def minimumSize(self) -> QSize:
        return super().minimumSize() if self.isEnabled() else QSize(0, 0)


class Scrolled(QWidget):
    """What an area scrolls: one column of widgets.

    Where the content is too high, Qt asks for its height at the area's width, and at that less one pixel, less two, and
    so on until the bar has room, each time that something changes. On a page with many texts that takes a frame. Here
    the height is worked out for two widths, without a bar and with one, and kept; for one where that is enough to tell.
    """

    def __init__(self) -> None:
        super().__init__()
        self._barred = False  # whether a bar was needed when that was last worked out
        self.setObjectName("scrolled")
        self.column = _Column(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def heightForWidth(self, width: int) -> int:
        room, bar = self.area.maximumViewportSize(), self._bar()
        if room.width() - bar <= width <= room.width():
            width = room.width()
            self._barred = self._needs_bar(room, bar)
            if self._barred:
                width -= bar
        return self._height(width)

    def _needs_bar(self, room: QSize, bar: int) -> bool:
        """Whether the content is higher than the area where all of the area's width is its own."""
        # a little wider, a text has at least half of its lines: then one width is enough to tell
        if self._barred and self._height(room.width() - bar) >= 2 * room.height():
            return True
        return self._height(room.width()) > room.height()

    def fitted(self) -> Iterator[None]:
        """Work out the height that is needed now, in steps, and take it."""
        room, bar = self.area.maximumViewportSize().width(), self._bar()
        for item in [self.column.itemAt(number) for number in range(self.column.count())]:
            for width in (room, room - bar):
                if item is not None and isValid(item) and item.hasHeightForWidth():
                    item.heightForWidth(width)  # which the item keeps
                yield
        QCoreApplication.sendEvent(self.area, QEvent(QEvent.Type.LayoutRequest))
        yield

    def _height(self, width: int) -> int:
        if not self.column.isEnabled():
            return self.height()
        if width not in self.column.heights:
            self.column.heights[width] = self._measured(width)
        return self.column.heights[width]

    def _measured(self, width: int) -> int:
        return super().heightForWidth(width)

    def width_with(self, more: QWidget) -> int:
        """About the width that there will be once `more`, which is hidden in the column, is shown."""
        room = self.area.maximumViewportSize()
        high = self.sizeHint().height() + more.sizeHint().height() > room.height()
        return room.width() - (self._bar() if high else 0)

    def _bar(self) -> int:
        return self.area.verticalScrollBar().sizeHint().width()


def show_whole(widget: QWidget) -> None:
    """Scroll to all of `widget`, and to what stands around it, such as its name, where there is room for that."""
    around = parent = widget.parentWidget()
    while parent is not None:
        inside = parent.widget() if isinstance(parent, QScrollArea) else None
        if isinstance(parent, QScrollArea) and inside is not None and inside.isAncestorOf(widget):
            fits = around is not None and around is not inside and around.height() <= parent.viewport().height()
            at = around if around is not None and fits else widget
            middle = at.mapTo(inside, at.rect().center())
            parent.ensureVisible(middle.x(), middle.y(), 0, at.height() // 2 + EDGE)
        parent = parent.parentWidget()
