"""Two small charts drawn by hand: latency over requests, and money by provider."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.viewmodels.overview import MODALITIES, Point
from voicegw_desktop.app.viewmodels.words import millis, money

WINDOW = 300.0  # s shown
GRID_LINES = 4
MODALITY_NAMES = {"stt": "Speech to text", "llm": "Language model", "tts": "Text to speech"}


def nice_ceiling(value: float) -> float:
    """The next of 1, 2, 5 × 10ⁿ: a top of scale people can read."""
    step = 10.0
    while step < value:
        for factor in (2.0, 2.5, 2.0):
            if step >= value:
                return step
            step *= factor
    return step


class LatencyChart(QWidget):
    """Time to first byte of each request over the last five minutes, one line a modality."""

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
                "No requests in the last five minutes.\nPoint an agent at the endpoint above to see its latency here.",
            )
            painter.end()
            return
        top = nice_ceiling(max(points) * 1.05)
        left = metrics.horizontalAdvance(millis(top)) + 10
        area = QRectF(left, 6, self.width() - left - 6, self.height() - metrics.height() - 12)
        self._grid(painter, area, top, look, metrics)
        for modality, line in self._series.items():
            self._line(painter, area, top, line, QColor(getattr(look, modality)))
        painter.end()

    def _grid(self, painter: QPainter, area: QRectF, top: float, look: theme.Tokens, metrics: QFontMetricsF) -> None:
        for i in range(GRID_LINES + 1):
            y = area.bottom() - area.height() * i / GRID_LINES
            painter.setPen(QPen(QColor(look.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(look.muted))
            label = millis(top * i / GRID_LINES) if i else "0"
            painter.drawText(
                QPointF(area.left() - metrics.horizontalAdvance(label) - 6, y + metrics.ascent() / 2 - 1), label
            )
        for text, align in (("5 min ago", Qt.AlignmentFlag.AlignLeft), ("now", Qt.AlignmentFlag.AlignRight)):
            box = QRectF(area.left(), area.bottom() + 4, area.width(), metrics.height())
            painter.drawText(box, align | Qt.AlignmentFlag.AlignTop, text)

    def _line(self, painter: QPainter, area: QRectF, top: float, line: Sequence[Point], color: QColor) -> None:
        spots = [
            QPointF(
                area.right() - area.width() * (self._now - p.at) / WINDOW,
                area.bottom() - area.height() * min(p.ms, top) / top,
            )
            for p in line
        ]
        painter.setPen(QPen(color, 1.5))
        # drawLines: an antialiased thick polyline costs ten times as much
        painter.drawLines([QLineF(a, b) for a, b in pairwise(spots)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        radius = 3.0 if len(spots) < 60 else 1.5
        for spot in spots:
            painter.drawEllipse(spot, radius, radius)


class SpendingBars(QWidget):
    """One bar a provider, longest first."""

    ROW = 26  # px

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName("Spending by provider today")

    def sizeHint(self) -> QSize:
        return QSize(220, self.ROW * max(2, len(self._rows)))

    def show_rows(self, rows: dict[str, int]) -> None:
        """Draw these nano-dollars by provider."""
        ordered = sorted(rows.items(), key=lambda item: (-item[1], item[0]))[:7]
        if ordered != self._rows:
            self._rows = ordered
            self.setMinimumHeight(self.ROW * max(2, len(ordered)))
            self.updateGeometry()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        if not self._rows:
            painter.setPen(QColor(look.muted))
            painter.drawText(
                QRectF(self.rect()), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, "Nothing used today."
            )
            painter.end()
            return
        biggest = max(nanos for _, nanos in self._rows) or 1
        for i, (name, nanos) in enumerate(self._rows):
            y = i * self.ROW
            amount = "local, free" if nanos == 0 else money(nanos)
            room = self.width() - metrics.horizontalAdvance(amount) - 12
            painter.setPen(QColor(look.text))
            label = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(0, y + metrics.ascent()), label)
            painter.setPen(QColor(look.muted))
            painter.drawText(QPointF(self.width() - metrics.horizontalAdvance(amount), y + metrics.ascent()), amount)
            track = QRectF(0, y + metrics.height() + 2, self.width(), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.line))
            painter.drawRoundedRect(track, 2, 2)
            if nanos:
                track.setWidth(max(4.0, track.width() * nanos / biggest))
                painter.setBrush(QColor(look.accent))
                painter.drawRoundedRect(track, 2, 2)
        painter.end()
