"""Two small charts drawn by hand: latency over requests, and money by provider."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.viewmodels.state import MODALITIES, Point
from voicegw_desktop.core.text import printable

WINDOW = 300.0  # s shown
MOST_MARKS = 7


def scale_marks(lowest: float, highest: float) -> list[float]:
    """Marks of a logarithmic scale that holds these values: in 1-2-5 steps, or in decades where those are too many."""
    lowest, highest = max(lowest, 1.0), max(highest, 2.0)
    decades = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    marks = [step * 10.0**decade for decade in decades for step in (1.0, 2.0, 5.0)]
    first = max(i for i, mark in enumerate(marks) if mark <= lowest)
    last = next(i for i, mark in enumerate(marks) if mark >= highest)
    marks = marks[first : max(last, first + 1) + 1]
    if len(marks) <= MOST_MARKS:
        return marks
    return [marks[0], *(m for m in marks[1:-1] if math.log10(m).is_integer() and marks[0] * 2 < m * 1.01), marks[-1]]


def mark_text(ms: float) -> str:
    """`50 ms`, `2 s`"""
    return f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s"


class LatencyChart(QWidget):
    """Time to first byte of each request over the last five minutes, on a logarithmic scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: dict[str, Sequence[Point]] = {}
        self._now = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(150)
        self.setAccessibleName("Latency of recent requests")

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def show_series(self, series: dict[str, Sequence[Point]], now: float) -> None:
        """Draw these points; `now` is the right edge, in Unix seconds."""
        self._series = {m: [p for p in series.get(m, ()) if p.at > now - WINDOW] for m in MODALITIES}
        self._now = now
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        points = [p.ms for line in self._series.values() for p in line]
        if not points:
            painter.setPen(QColor(look.muted))
            painter.drawText(
                QRectF(self.rect()),
                Qt.AlignmentFlag.AlignCenter,
                "No requests in the last five minutes.",
            )
            painter.end()
            return
        marks = scale_marks(min(points), max(points))
        left = max(metrics.horizontalAdvance(mark_text(mark)) for mark in marks) + 10
        area = QRectF(left, 6, self.width() - left - 8, self.height() - metrics.height() - 12)
        self._grid(painter, area, marks, look, metrics)
        for modality, line in self._series.items():
            by_target: dict[str, list[Point]] = {}
            for point in line:
                by_target.setdefault(point.target, []).append(point)
            # a line joins what one target did; from target to target it would draw a zigzag that means nothing
            for some in by_target.values():
                self._line(painter, area, marks, some, QColor(getattr(look, modality)))
        painter.end()

    def _grid(
        self, painter: QPainter, area: QRectF, marks: list[float], look: theme.Tokens, metrics: QFontMetricsF
    ) -> None:
        for mark in marks:
            y = _height(area, marks, mark)
            painter.setPen(QPen(QColor(look.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(look.muted))
            label = mark_text(mark)
            painter.drawText(
                QPointF(area.left() - metrics.horizontalAdvance(label) - 6, y + metrics.ascent() / 2 - 1), label
            )
        for text, align in (("5 min ago", Qt.AlignmentFlag.AlignLeft), ("now", Qt.AlignmentFlag.AlignRight)):
            box = QRectF(area.left(), area.bottom() + 4, area.width(), metrics.height())
            painter.drawText(box, align | Qt.AlignmentFlag.AlignTop, text)

    def _line(self, painter: QPainter, area: QRectF, marks: list[float], line: Sequence[Point], color: QColor) -> None:
        spots = [
            QPointF(area.right() - area.width() * (self._now - p.at) / WINDOW, _height(area, marks, p.ms)) for p in line
        ]
        painter.setPen(QPen(color, 1.5))
        # drawLines: an antialiased thick polyline costs ten times as much
        painter.drawLines([QLineF(a, b) for a, b in pairwise(spots)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        radius = 3.0 if len(spots) < 60 else 1.5
        for spot in spots:
            painter.drawEllipse(spot, radius, radius)


def _height(area: QRectF, marks: list[float], value: float) -> float:
    low, high = math.log10(marks[0]), math.log10(marks[-1])
    at = (math.log10(max(value, marks[0])) - low) / (high - low)
    return area.bottom() - area.height() * min(1.0, at)


class Bars(QWidget):
    """Named bars: a name and an amount above each."""

    ROW = 28  # px

    def __init__(self, name: str, empty: str) -> None:
        super().__init__()
        self._empty = empty
        self._rows: list[tuple[str, str, float, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        return QSize(200, self.ROW * max(1, len(self._rows)))

    def show_rows(self, rows: list[tuple[str, str, float, str]]) -> None:
        """Draw these: name, amount in words, share from 0 to 1, the bar's colour."""
        if rows != self._rows:
            self._rows = rows
            self.updateGeometry()
            self.update()
            self.setAccessibleDescription(", ".join(f"{name}: {amount}" for name, amount, _, _ in rows) or self._empty)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        if not self._rows:
            painter.setPen(QColor(look.muted))
            top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
            painter.drawText(QRectF(self.rect()), top, self._empty)
            painter.end()
            return
        for i, (name, amount, share, tone) in enumerate(self._rows):
            y = i * self.ROW
            room = self.width() - metrics.horizontalAdvance(amount) - 12
            painter.setPen(QColor(look.text))
            label = metrics.elidedText(printable(name), Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(0, y + metrics.ascent()), label)
            painter.setPen(QColor(look.muted))
            painter.drawText(QPointF(self.width() - metrics.horizontalAdvance(amount), y + metrics.ascent()), amount)
            track = QRectF(0, y + metrics.height() + 3, self.width(), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.line))
            painter.drawRoundedRect(track, 2, 2)
            if share > 0:
                track.setWidth(max(4.0, track.width() * min(1.0, share)))
                painter.setBrush(QColor(getattr(look, tone)))
                painter.drawRoundedRect(track, 2, 2)
        painter.end()
