"""The picture that was on the screen last, kept while a page of another size is drawn in parts."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QWidget

READABLE = {"xcb", "wayland", "windows", "offscreen"}
"""Platforms on which Qt keeps the picture of a window in memory that can be read at any time."""
COPIED = QPainter.CompositionMode.CompositionMode_Source
"""Without a look at what lies below, which takes three times as long."""
STEP = 1_000_000  # bytes of new memory that are touched in one step, which takes a millisecond


class Kept:
    """What a widget looked like; true while there is something."""

    def __init__(self) -> None:
        self._image = QImage()
        self._size = QSize()  # of what is kept, in pixels at 1x
        self._drawn = False  # whether it is on the screen, and may be there beside something newer

    def __bool__(self) -> bool:
        return not self._size.isEmpty()

    def take(self, widget: QWidget, size: QSize) -> bool:
        """Keep what the screen shows of `widget`, which had this size when it was drawn; False: that cannot be read."""
        if self and not self._drawn:
            return True
        shown = _shown(widget)
        if shown is None or size.isEmpty():
            return False
        ratio = shown.devicePixelRatio()
        at = widget.mapTo(widget.window(), QPoint(0, 0))
        area = _larger(QRect(at, size), ratio).intersected(shown.rect())
        if not self._holds(area.size()):
            self._image = shown.copy(area)
        else:
            # into the same memory: new memory takes five times as long as the copy
            self._image.setDevicePixelRatio(1)
            painter = QPainter(self._image)
            painter.setCompositionMode(COPIED)
            painter.drawImage(QRect(QPoint(0, 0), area.size()), shown, area)
            painter.end()
        self._image.setDevicePixelRatio(ratio)
        self._size, self._drawn = QSize(int(area.width() / ratio), int(area.height() / ratio)), False
        return True

    def prepared(self, widget: QWidget) -> Iterator[None]:
        """Have memory for a picture of `widget`, in steps: the system gives it where it is first touched."""
        shown = _shown(widget)
        if shown is None:
            return
        size = _larger(widget.rect(), shown.devicePixelRatio()).size()
        if self or self._holds(size):
            return
        image, rows = QImage(size, shown.format()), max(1, STEP // max(1, 4 * size.width()))
        for top in range(0, size.height(), rows):
            painter = QPainter(image)
            painter.fillRect(0, top, size.width(), rows, Qt.GlobalColor.black)
            painter.end()
            yield
        if not self:  # else something was kept meanwhile
            self._image = image

    def _holds(self, size: QSize) -> bool:
        """Whether there is memory for a picture of that many pixels of the screen."""
        return self._image.width() >= size.width() and self._image.height() >= size.height()

    def draw(self, painter: QPainter) -> QRect:
        """Draw the picture where it was; its place."""
        area = QRect(QPoint(0, 0), self._size)
        painter.setCompositionMode(COPIED)
        painter.drawImage(area, self._image, _larger(area, self._image.devicePixelRatio()))
        self._drawn = True
        return area

    def forget(self) -> None:
        """Keep nothing, but the memory, for the next picture."""
        self._size, self._drawn = QSize(), False

    def free(self) -> None:
        """Keep nothing, and give the memory back."""
        self.forget()
        self._image = QImage()


def _shown(widget: QWidget) -> QImage | None:
    """The picture of the widget's window on the screen; None where it cannot be read."""
    store = widget.window().backingStore()
    if store is None or QGuiApplication.platformName() not in READABLE:
        return None
    shown = store.paintDevice()
    return shown if isinstance(shown, QImage) and not shown.isNull() else None


def _larger(area: QRect, ratio: float) -> QRect:
    """`area` in pixels of the screen."""
    return QRect(
        round(area.x() * ratio), round(area.y() * ratio), round(area.width() * ratio), round(area.height() * ratio)
    )
