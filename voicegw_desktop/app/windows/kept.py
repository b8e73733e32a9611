"""The picture that was on the screen last, kept while a page of another size is drawn in parts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QWidget

READABLE = {"xcb", "wayland", "windows", "offscreen"}
"""Platforms on which Qt keeps the picture of a window in memory that can be read at any time."""
COPIED = QPainter.CompositionMode.CompositionMode_Source
"""Without a look at what lies below, which takes three times as long."""


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
        store = widget.window().backingStore()
        if store is None or QGuiApplication.platformName() not in READABLE:
            return False
        shown = store.paintDevice()
        if not isinstance(shown, QImage) or shown.isNull() or size.isEmpty():
            return False
        ratio = shown.devicePixelRatio()
        at = widget.mapTo(widget.window(), QPoint(0, 0))
        area = _larger(QRect(at, size), ratio).intersected(shown.rect())
        if self._image.width() < area.width() or self._image.height() < area.height():
            self._image = shown.copy(area)
        else:
            # into the same memory: new memory takes ten times as long as the copy
            self._image.setDevicePixelRatio(1)
            painter = QPainter(self._image)
            painter.setCompositionMode(COPIED)
            painter.drawImage(QRect(QPoint(0, 0), area.size()), shown, area)
            painter.end()
        self._image.setDevicePixelRatio(ratio)
        self._size, self._drawn = QSize(int(area.width() / ratio), int(area.height() / ratio)), False
        return True

    def draw(self, painter: QPainter) -> QRect:
        """Draw the picture where it was; its place."""
        area = QRect(QPoint(0, 0), self._size)
        painter.setCompositionMode(COPIED)
        painter.drawImage(area, self._image, _larger(area, self._image.devicePixelRatio()))
        self._drawn = True
        return area

    def forget(self) -> None:
        """Free the memory of the picture."""
        if self:
            self._image, self._size, self._drawn = QImage(), QSize(), False


def _larger(area: QRect, ratio: float) -> QRect:
    """`area` in pixels of the screen."""
    return QRect(
        round(area.x() * ratio), round(area.y() * ratio), round(area.width() * ratio), round(area.height() * ratio)
    )
