"""Bars with names, drawn by hand, and the marks of a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.parts import tip
from voicegw_desktop.core.text import printable

MOST_MARKS = 7
WIDTH = 200  # px that bars ask for


def scale_marks(lowest: float, highest: float) -> list[float]:
    """Marks of a logarithmic scale that holds these values: in 1-2-5 steps, or in decades where those are too many."""
    lowest, highest = max(lowest, 1.0), max(highest, 2.0)
    decades = range(max(0, math.floor(math.log10(lowest)) - 1), math.ceil(math.log10(highest)) + 1)
    marks = [step * 10.0**decade for decade in decades for step in (1.0, 2.0, 5.0)]
    first = max(i for i, mark in enumerate(marks) if mark <= lowest)
    last = next(i for i, mark in enumerate(marks) if mark >= highest)
    last = max(last, first + 1)
    if last == first + 1:
        # one request alone would stand anywhere between two marks
        first = max(0, first - 1)
    marks = marks[first : last + 1]
    if len(marks) <= MOST_MARKS:
        return marks
    return [marks[0], *(m for m in marks[1:-1] if math.log10(m).is_integer() and marks[0] * 2 < m * 1.01), marks[-1]]


def mark_text(ms: float) -> str:
    """`50 ms`, `2 s`"""
    return f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s"


class Bars(QWidget):
    """Named bars: a name and an amount above each."""

    ROW, BELOW = 28, 11  # px: of a row at least, and of it below the words

    def __init__(self, name: str, empty: str) -> None:
        super().__init__()
        self._empty = tr(empty)
        self._rows: list[tuple[str, str, float, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr(name))

    def sizeHint(self) -> QSize:
        if self._rows or not self._empty:
            return QSize(WIDTH, self._row() * max(1, len(self._rows)))
        # in some languages the sentence takes three lines
        room = self.fontMetrics().boundingRect(QRect(0, 0, WIDTH, 0), Qt.TextFlag.TextWordWrap, self._empty)
        return QSize(WIDTH, max(self._row(), room.height()))

    def _row(self) -> int:
        return max(self.ROW, self.fontMetrics().height() + self.BELOW)

    def minimumSizeHint(self) -> QSize:
        """Half a row would say nothing."""
        return QSize(0, self.sizeHint().height())

    def show_rows(self, rows: list[tuple[str, str, float, str]]) -> None:
        """Draw these: name, amount in words, share from 0 to 1, the bar's colour."""
        rows = [(printable(name), amount, share, tone) for name, amount, share, tone in rows]
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
            top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()), int(top), self._empty)
            painter.end()
            return
        for i, (name, amount, share, tone) in enumerate(self._rows):
            y = i * self._row()
            room = self.width() - metrics.horizontalAdvance(amount) - 12
            painter.setPen(QColor(look.text))
            label = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            line = QRectF(0, y, self.width(), metrics.height())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, label)
            painter.setPen(QColor(look.muted))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, amount)
            track = QRectF(0, y + metrics.height() + 3, self.width(), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.track))
            painter.drawRoundedRect(track, 2, 2)
            if share > 0:
                whole = track.width()
                track.setWidth(max(4.0, whole * min(1.0, share)))
                painter.setBrush(QColor(look.of(tone)))
                painter.drawRoundedRect(self._side(track), 2, 2)
                if share > 1:
                    # the part over the limit is told apart by a mark where the limit stands
                    limit = whole / share
                    painter.setBrush(QColor(look.card))
                    painter.drawRect(self._side(QRectF(limit - 1.5, track.y() - 1, 3, 6)))
        painter.end()

    def _side(self, box: QRectF) -> QRectF:
        """Where a box stands: in a mirrored window as far from the right as otherwise from the left."""
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            box.moveLeft(self.width() - box.right())
        return box


class Stacked(QWidget):
    """Parts of one whole as segments of a bar; the pointer tells each."""

    HEIGHT = 8  # px
    TONES = ("accent", "tts", "llm", "warn", "muted")

    def __init__(self, name: str) -> None:
        super().__init__()
        self._parts: list[tuple[str, int]] = []
        self._whole = 0
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr(name))

    def sizeHint(self) -> QSize:
        return QSize(160, self.HEIGHT)

    def show_parts(self, parts: Mapping[str, int], whole: int, words: Callable[[int], str]) -> None:
        """Draw these parts of `whole`; `words` writes an amount."""
        shown = sorted(parts.items(), key=lambda part: -part[1])
        if (shown, whole) != (self._parts, self._whole):
            self._parts, self._whole = shown, whole
            told = ", ".join(f"{printable(name)} {words(amount)}" for name, amount in shown)
            self.setAccessibleDescription(told)
            self.setToolTip(tip(told))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.track))
        painter.drawRoundedRect(QRectF(0, 0, self.width(), self.HEIGHT), 4, 4)
        # the round ends are the track's: those of thin parts would look like drops
        track = QPainterPath()
        track.addRoundedRect(QRectF(0, 0, self.width(), self.HEIGHT), 4, 4)
        painter.setClipPath(track)
        x = 0.0
        for number, (_, amount) in enumerate(self._parts):
            wide = max(3.0, self.width() * amount / self._whole) if self._whole else 0.0
            painter.setBrush(QColor(getattr(look, self.TONES[min(number, len(self.TONES) - 1)])))
            painter.drawRect(QRectF(x, 0, wide, self.HEIGHT))
            x += wide + 1
        painter.end()


class Sparkline(QWidget):
    """A small line of amounts over time, from 0 upwards."""

    HEIGHT = 40  # px

    def __init__(self, name: str) -> None:
        super().__init__()
        self._points: list[tuple[float, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr(name))

    def sizeHint(self) -> QSize:
        return QSize(160, self.HEIGHT)

    def show_points(self, points: list[tuple[float, int]], told: str) -> None:
        """Draw (seconds, amount), oldest first; `told` says it in words. Fewer than two points make no line."""
        if points != self._points:
            self._points = points
            self.setAccessibleDescription(told)
            self.setToolTip(told)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._points) < 2:
            return
        look = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, last = self._points[0][0], self._points[-1][0]
        most = max(amount for _, amount in self._points) or 1
        wide, high = self.width() - 2.0, self.height() - 6.0
        line = [
            QPointF(1 + wide * (at - first) / ((last - first) or 1), 3 + high * (1 - amount / most))
            for at, amount in self._points
        ]
        painter.setPen(QColor(look.line))
        painter.drawLine(QPointF(0, self.height() - 1), QPointF(self.width(), self.height() - 1))
        painter.setPen(QColor(look.accent))
        painter.drawPolyline(line)
        painter.end()
