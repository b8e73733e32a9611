"""The tray icon, painted: a badge that stands out on light and dark panels, with a mark for each state."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

SIZES = (16, 22, 24, 32, 48, 64, 128)  # px
BADGE = {
    "starting": "#6b7280",
    "ready": "#3457d5",
    "busy": "#3457d5",
    "attention": "#3457d5",
    "stopped": "#6b7280",
}
BARS = (0.30, 0.62, 0.90, 0.50, 0.34)  # parts of the inner height: the bars of a voice


@lru_cache(maxsize=8)
def tray_icon(state: str) -> QIcon:
    """The icon for `starting`, `ready`, `busy`, `attention` or `stopped`, in every usual size."""
    result = QIcon()
    for size in SIZES:
        result.addPixmap(tray_pixmap(state, size))
    return result


def tray_pixmap(state: str, size: int) -> QPixmap:
    """One size of the icon."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 64, size / 64)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(BADGE[state]))
    painter.drawRoundedRect(QRectF(2, 2, 60, 60), 16, 16)
    _bars(painter, state)
    if state == "attention":
        _mark(painter, "#f5a524", "!")
    elif state == "busy":
        _mark(painter, "#34c77b", "")
    painter.end()
    return pixmap


def _bars(painter: QPainter, state: str) -> None:
    white = QColor("#ffffff")
    if state in ("starting", "stopped"):
        white.setAlphaF(0.55)
    painter.setPen(QPen(white, 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for i, height in enumerate(BARS):
        x = 14 + i * 9
        half = (4 if state == "starting" else 18 * height) if state != "stopped" else 18 * height
        painter.drawLine(QPointF(x, 32 - half), QPointF(x, 32 + half))
    if state == "stopped":
        painter.setPen(QPen(QColor(BADGE["stopped"]), 12, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(14, 50), QPointF(50, 14))
        painter.setPen(QPen(QColor("#ffffff"), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(14, 50), QPointF(50, 14))


def _mark(painter: QPainter, color: str, sign: str) -> None:
    painter.setPen(QPen(QColor("#ffffff"), 3))
    painter.setBrush(QColor(color))
    painter.drawEllipse(QPointF(50, 50), 12, 12)
    if sign:
        painter.setPen(QPen(QColor("#1b1f27"), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(50, 43.5), QPointF(50, 51))
        painter.drawPoint(QPointF(50, 56.5))
