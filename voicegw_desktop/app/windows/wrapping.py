"""A row of widgets that goes on below where the window is too narrow for it, as words do in a paragraph."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QStyle, QWidget, QWidgetItem


@dataclass(frozen=True)
class _Part:
    """An item as it was measured, in pixels."""

    item: QLayoutItem
    spacer: bool
    wanted: int
    most: int
    height: int
    expanding: bool
    by_width: bool
    """Whether the height depends on the width"""
    stretch: int

    def height_at(self, width: int) -> int:
        """The height that it needs when it is so wide."""
        return self.item.heightForWidth(width) if self.by_width else self.height


@dataclass
class _Line:
    parts: list[_Part] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    """The width that each takes at least, in pixels"""
    width: int = 0
    """The parts and the gaps between them, in pixels"""

    def add(self, part: _Part, width: int, gap: int = 0) -> None:
        """Put `part` at the end, `gap` pixels behind the one before."""
        self.parts.append(part)
        self.widths.append(width)
        self.width += gap + width


class Wrapping(QLayout):
    """Widgets beside each other, each as wide as it wants to be; what has no room stands in a line below."""

    _parts: list[_Part] | None = None
    _sizes: tuple[QSize, QSize] | None = None
    """What it wants and what it needs"""

    def __init__(self, parent: QWidget | None = None, *, spacing: int = 8) -> None:
        self._heights = dict[int, int]()
        super().__init__(parent)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)
        self._items: list[QLayoutItem] = []
        self._stretches: dict[QWidget, int] = {}

    def addWidget(self, widget: QWidget, stretch: int = 0) -> None:
        """One more; with a `stretch` it is made narrow before a line is broken, and its line's room is shared by it."""
        if stretch:
            self._stretches[widget] = stretch
        # an item of its own: PySide takes what Qt makes here for another page's, where that was at the same address
        # before, and it would go with that page
        self.addChildWidget(widget)
        self.addItem(QWidgetItem(widget))

    def addStretch(self, _stretch: int = 0) -> None:
        """What follows stands at the end of its line, also where that is a line below."""
        self.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self._forget()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        self._forget()
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def invalidate(self) -> None:
        self._forget()
        super().invalidate()

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        height = self._heights.get(width)
        if height is None:
            height = self._heights[width] = self._lay(QRect(0, 0, width, 0), place=False)
        return height

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._lay(rect, place=True)

    def sizeHint(self) -> QSize:
        return self._measured_sizes()[0]

    def minimumSize(self) -> QSize:
        return self._measured_sizes()[1]

    def _forget(self) -> None:
        # each call of a method of Qt takes microseconds, and Qt asks a page's rows for their heights hundreds of times:
        # what was measured is kept, as Qt's own layouts keep it, until a part changes
        self._parts = self._sizes = None
        self._heights = {}

    def _measured_sizes(self) -> tuple[QSize, QSize]:
        if self._sizes is None:
            there = [item for item in self._items if item.spacerItem() is None and not item.isEmpty()]
            wanted, least = [item.sizeHint() for item in there], [item.minimumSize() for item in there]
            gaps = self.spacing() * max(0, len(there) - 1)
            self._sizes = (
                self._with_margins(sum(s.width() for s in wanted) + gaps, max((s.height() for s in wanted), default=0)),
                self._with_margins(
                    max((s.width() for s in least), default=0), max((s.height() for s in least), default=0)
                ),
            )
        return self._sizes

    def _with_margins(self, width: int, height: int) -> QSize:
        margins = self.contentsMargins()
        return QSize(width + margins.left() + margins.right(), height + margins.top() + margins.bottom())

    def _measured(self) -> list[_Part]:
        if self._parts is None:
            self._parts = [self._measure(i) for i in self._items if i.spacerItem() is not None or not i.isEmpty()]
        return self._parts

    def _measure(self, item: QLayoutItem) -> _Part:
        wanted, widget = item.sizeHint(), item.widget()
        stretch = self._stretches.get(widget, 0) if widget is not None else 0
        return _Part(
            item,
            spacer=item.spacerItem() is not None,
            wanted=item.minimumSize().width() if stretch else wanted.width(),
            most=item.maximumSize().width(),
            height=wanted.height(),
            expanding=bool(item.expandingDirections() & Qt.Orientation.Horizontal),
            by_width=item.hasHeightForWidth(),
            stretch=stretch,
        )

    def _lines(self, room: int) -> list[_Line]:
        lines, stretch, gap = [_Line()], None, self.spacing()
        for part in self._measured():
            line = lines[-1]
            if part.spacer:
                stretch = part
                line.add(part, 0)
                continue
            wanted = min(part.wanted, room)
            if line.width and line.width + gap + wanted > room:
                line = _Line()
                lines.append(line)
                if stretch is not None:
                    line.add(stretch, 0)
            line.add(part, wanted, gap if line.width else 0)
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

    def _lay_line(self, line: _Line, inside: QRect, *, place: bool) -> int:
        widths = _shared_out(line, max(0, inside.width() - line.width))
        heights = [0 if part.spacer else part.height_at(width) for part, width in zip(line.parts, widths, strict=True)]
        height = max(heights, default=0)
        if place:
            parent, x = self.parentWidget(), inside.left()
            direction = parent.layoutDirection() if parent is not None else Qt.LayoutDirection.LeftToRight
            for part, width, own in zip(line.parts, widths, heights, strict=True):
                if not part.spacer:
                    at = QRect(QPoint(x, inside.top() + (height - own) // 2), QSize(width, own))
                    part.item.setGeometry(QStyle.visualRect(direction, inside, at))
                    x += self.spacing()
                x += width
        return height


def _shared_out(line: _Line, left: int) -> list[int]:
    """The widths of a line's parts, once those that take it have shared the pixels that are `left`."""
    widths = _stretched(line, left)
    left += sum(line.widths) - sum(widths)
    for taking in (
        [n for n, part in enumerate(line.parts) if part.spacer],
        [n for n, part in enumerate(line.parts) if part.expanding and not part.spacer],
    ):
        for done, n in enumerate(taking):
            more = min(left // (len(taking) - done), max(0, line.parts[n].most - widths[n]))
            widths[n] += more
            left -= more
    return widths


def _stretched(line: _Line, left: int) -> list[int]:
    """The widths, those of parts with a stretch as it says or as they must be, where `left` pixels are free."""
    widths = list(line.widths)
    asked = {n: part.stretch for n, part in enumerate(line.parts) if part.stretch}
    room = left + sum(widths[n] for n in asked)
    while asked:
        # what must be wider than its share keeps its least width, and the others share the rest
        narrow = [n for n, share in _shares(room, asked).items() if share < widths[n]]
        if not narrow:
            break
        room -= sum(widths[n] for n in narrow)
        asked = {n: stretch for n, stretch in asked.items() if n not in narrow}
    for n, share in _shares(room, asked).items():
        widths[n] = min(share, max(widths[n], line.parts[n].most))
    return widths


def _shares(room: int, stretches: dict[int, int]) -> dict[int, int]:
    """`room` in pixels, shared as the stretches say, without a rest."""
    shares, total = {}, sum(stretches.values())
    for n, stretch in stretches.items():
        shares[n] = room * stretch // total
        room, total = room - shares[n], total - stretch
    return shares


def wrapped(*items: QWidget | int, spacing: int = 8) -> Wrapping:
    """Widgets side by side, and below where they have no room; a number is a stretch."""
    row = Wrapping(spacing=spacing)
    for item in items:
        if isinstance(item, int):
            row.addStretch(item)
        else:
            row.addWidget(item)
    return row
