"""Money over days or months, one bar each; the pointer, or the arrow keys, tell one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.spent import Sum

WIDEST = 48.0  # px of a bar


class DayBars(QWidget):
    """Draws `Sum`s in the order of time."""

    def __init__(self) -> None:
        super().__init__()
        self._sums: list[Sum] = []
        self._at = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Money over time"))

    def sizeHint(self) -> QSize:
        return QSize(400, 150)

    def show_sums(self, sums: list[Sum]) -> None:
        """Draw one bar for each sum, in the order of time."""
        if sums != self._sums:
            self._sums, self._at = sums, -1
            self.setAccessibleDescription(", ".join(f"{s.when}: {s.words}" for s in sums))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.tokens()
        painter = QPainter(self)
        # time runs to the right in a mirrored window, too
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        painter.setPen(QColor(look.muted))
        if not self._sums:
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, tr("No requests in this period."))
            painter.end()
            return
        area = self._area(metrics)
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        below = QRectF(area.left(), area.bottom() + 4, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._sums[0].when)
        if len(self._sums) > 1:
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._sums[-1].when)
        painter.setPen(Qt.PenStyle.NoPen)
        for number, one in enumerate(self._sums):
            painter.setBrush(QColor(look.text if number == self._at else look.accent))
            painter.drawRoundedRect(self._bar(area, number, one), 2, 2)
        told = self._sums[self._at] if 0 <= self._at < len(self._sums) else None
        highest = max(self._sums, key=lambda s: s.share)
        text = f"{told.when}: {told.words}" if told else ""
        if not told and highest.nanos:
            text = tr("Most: {words}, {name}", words=highest.words, name=highest.when)
        painter.setPen(QColor(look.text if told else look.muted))
        painter.drawText(QPointF(area.left(), metrics.ascent()), text)
        if self.hasFocus():
            painter.setPen(QColor(look.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _area(self, metrics: QFontMetricsF) -> QRectF:
        high = metrics.height()
        return QRectF(4, high + 8, self.width() - 8, self.height() - 2 * high - 16)

    def _bar(self, area: QRectF, number: int, one: Sum) -> QRectF:
        step = area.width() / len(self._sums)
        wide = min(WIDEST, max(1.0, step - max(1.0, step * 0.2)))
        high = max(1.0 if one.requests else 0.0, one.share * area.height())
        return QRectF(area.left() + number * step + (step - wide) / 2, area.bottom() - high, wide, high)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area = self._area(QFontMetricsF(self.font()))
        step = area.width() / max(1, len(self._sums))
        self._point(int((event.position().x() - area.left()) // step))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._point(min(max(0, self._at + step), len(self._sums) - 1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def _point(self, at: int) -> None:
        at = at if 0 <= at < len(self._sums) else -1
        if at != self._at:
            self._at = at
            if at >= 0:
                self.setAccessibleName(
                    tr("Money over time, {name}: {words}", name=self._sums[at].when, words=self._sums[at].words)
                )
            self.update()
