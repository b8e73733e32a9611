"""A turn's wait as one bar: a segment for each stage, wide as it took long, on the scale of the longest turn shown."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.talk import STAGE_COLORS, STAGE_NAMES
from voicegw_desktop.app.viewmodels.words import millis

HEIGHT = 10  # px
GAP = 2.0  # px between segments
THINNEST = 3.0  # px of a segment that took any time at all


class Waterfall(QWidget):
    """Draws the stages of one turn."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: list[tuple[str, float]] = []
        self._scale = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Time of each stage"))

    def sizeHint(self) -> QSize:
        return QSize(120, HEIGHT)

    def show_stages(self, stages: list[tuple[str, float]], longest_ms: float) -> None:
        """Draw these stages (name, milliseconds); `longest_ms` would fill the width."""
        if (stages, longest_ms) != (self._stages, self._scale):
            self._stages, self._scale = stages, longest_ms
            self.setAccessibleDescription(", ".join(f"{tr(STAGE_NAMES[name])} {millis(ms)}" for name, ms in stages))
            self.update()

    def segments(self) -> list[tuple[str, QRectF]]:
        """Where each stage is drawn, in order; from the right where one reads leftwards."""
        leftwards = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        room = self.width() - GAP * max(0, len(self._stages) - 1)
        scale = room / self._scale if self._scale else 0.0
        found, x = [], 0.0
        for name, ms in self._stages:
            wide = max(THINNEST, ms * scale)
            found.append((name, QRectF(self.width() - x - wide if leftwards else x, 0, wide, HEIGHT)))
            x += wide + GAP
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for name, box in self.segments():
            painter.fillRect(box, QColor(getattr(look, STAGE_COLORS[name])))
        painter.end()
