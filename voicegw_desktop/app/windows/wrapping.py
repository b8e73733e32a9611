"""A row of widgets that goes on below where the window is too narrow for it, as words do in a paragraph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QStyle, QWidget


@dataclass
class _Line:
    items: list[tuple[QLayoutItem, int]]
    """With the width that each takes at least, in pixels"""
    width: int = 0
    """The items and the gaps between them, in pixels"""


class Wrapping(QLayout):
    """Widgets beside each other, each as wide as it wants to be; what has no room stands in a line below."""

    def __init__(self, parent: QWidget | None = None, *, spacing: int = 8) -> None:
        super().__init__(parent)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)
        self._items: list[QLayoutItem] = []
        self._stretches: dict[QWidget, int] = {}

    def addWidget(self, widget: QWidget, stretch: int = 0) -> None:
        """One more; with a `stretch` it is made narrow before a line is broken, and its line's room is shared by it."""
        if stretch:
            self._stretches[widget] = stretch
        super().addWidget(widget)

    def addStretch(self, _stretch: int = 0) -> None:
        """What follows stands at the end of its line."""
        self.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._lay(rect, place=True)

    def sizeHint(self) -> QSize:
        shown = [item.sizeHint() for item in self._items if item.widget() is not None and not item.isEmpty()]
        gaps = self.spacing() * max(0, len(shown) - 1)
        return self._with_margins(sum(s.width() for s in shown) + gaps, max((s.height() for s in shown), default=0))

    def minimumSize(self) -> QSize:
        least = [item.minimumSize() for item in self._items if not item.isEmpty()]
        return self._with_margins(
            max((s.width() for s in least), default=0), max((s.height() for s in least), default=0)
        )

    def _with_margins(self, width: int, height: int) -> QSize:
        margins = self.contentsMargins()
        return QSize(width + margins.left() + margins.right(), height + margins.top() + margins.bottom())

    def _wanted(self, item: QLayoutItem) -> int:
        widget = item.widget()
        return item.minimumSize().width() if widget in self._stretches else item.sizeHint().width()

    def _lines(self, room: int) -> list[_Line]:
        lines = [_Line([])]
        for item in self._items:
            if item.spacerItem() is not None:
                lines[-1].items.append((item, 0))
                continue
            if item.isEmpty():
                continue
            wanted = min(self._wanted(item), room)
            line = lines[-1]
            gap = self.spacing() if line.width else 0
            if line.width and line.width + gap + wanted > room:
                lines.append(_Line([(item, wanted)], wanted))
            else:
                line.items.append((item, wanted))
                line.width += gap + wanted
        return lines

    def _lay(self, rect: QRect, *, place: bool) -> int:
        """The height that `rect`'s width needs; `place`: set the widgets there."""
        margins = self.contentsMargins()
        inside = rect.marginsRemoved(margins)
        y = inside.top()
        for number, line in enumerate(self._lines(inside.width())):
            y += self.spacing() if number else 0
            y += self._lay_line(line, QRect(inside.left(), y, inside.width(), 0), place=place)
        return y - inside.top() + margins.top() + margins.bottom()

    def _widths(self, line: _Line, left: int) -> list[tuple[QLayoutItem, int]]:
        """The items with their widths, once those that take it have shared the room that is `left`."""
        widths, left = self._stretched(line.items, left)
        takers: tuple[Callable[[QLayoutItem], bool], ...] = (
            lambda item: item.spacerItem() is not None,
            lambda item: bool(item.expandingDirections() & Qt.Orientation.Horizontal),
        )
        for takes in takers:
            at = [n for n, (item, _) in enumerate(widths) if takes(item)]
            for done, n in enumerate(at):
                item, width = widths[n]
                more = min(left // (len(at) - done), _most(item, width))
                widths[n], left = (item, width + more), left - more
        return widths

    def _stretched(self, items: list[tuple[QLayoutItem, int]], left: int) -> tuple[list[tuple[QLayoutItem, int]], int]:
        """The items, those with a stretch as wide as it says or as they must be, and the room that is left then."""
        widths = list(items)
        asked = {n: self._stretches[w] for n, (item, _) in enumerate(items) if (w := item.widget()) in self._stretches}
        room = left + sum(items[n][1] for n in asked)
        while asked:
            # what must be wider than its share keeps its least width, and the others share the rest
            narrow = [n for n, share in _shares(room, asked).items() if share < items[n][1]]
            if not narrow:
                break
            room -= sum(items[n][1] for n in narrow)
            asked = {n: stretch for n, stretch in asked.items() if n not in narrow}
        for n, share in _shares(room, asked).items():
            item, least = items[n]
            widths[n] = (item, min(share, least + _most(item, least)))
        return widths, left - sum(width for _, width in widths) + sum(width for _, width in items)

    def _lay_line(self, line: _Line, inside: QRect, *, place: bool) -> int:
        widths = self._widths(line, max(0, inside.width() - line.width))
        height = max((_height(item, width) for item, width in widths if item.spacerItem() is None), default=0)
        x = inside.left()
        for item, width in widths if place else ():
            if item.spacerItem() is not None:
                x += width
                continue
            own = min(height, _height(item, width))
            at = QRect(QPoint(x, inside.top() + (height - own) // 2), QSize(width, own))
            parent = self.parentWidget()
            item.setGeometry(QStyle.visualRect(parent.layoutDirection(), inside, at) if parent is not None else at)
            x += width + self.spacing()
        return height


def _shares(room: int, stretches: dict[int, int]) -> dict[int, int]:
    """`room` in pixels, shared as the stretches say, without a rest."""
    shares, total = {}, sum(stretches.values())
    for n, stretch in stretches.items():
        shares[n] = room * stretch // total
        room, total = room - shares[n], total - stretch
    return shares


def _most(item: QLayoutItem, width: int) -> int:
    """How much wider than `width` it may be, in pixels."""
    return max(0, item.maximumSize().width() - width)


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def wrapped(*items: QWidget | int, spacing: int = 8) -> Wrapping:
    """Widgets side by side, and below where they have no room; a number is a stretch."""
    row = Wrapping(spacing=spacing)
    for item in items:
        if isinstance(item, int):
            row.addStretch(item)
        else:
            row.addWidget(item)
    return row
