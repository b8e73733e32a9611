"""Paints the cells of a table: text, letter, button, bars and headings of groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGradient, QPainter, QStaticText

from voicegw_desktop.app import theme
from voicegw_desktop.app.windows.rows import LEFT, RIGHT, Column, Heading
from voicegw_desktop.core.text import printable

GRADIENTS = QGradient.Preset
"""PySide makes these 180 names when a colour is first filled in: better at the import, which a thread does ahead."""
INSET = 11  # px at both sides of a cell
LETTER, SEGMENT = 20, 10  # px
TEXTS = 4000  # of cells that are kept as they were laid out


@dataclass(frozen=True, slots=True)
class _Laid:
    """A line as it was laid out, in pixels."""

    text: QStaticText
    width: float
    half: float
    """Half its height"""
    advance: float
    """The room that it needs, not rounded"""


@lru_cache(maxsize=64)
def _color(name: str) -> QColor:
    return QColor(name)


class Cells:
    """Draws rows from the values themselves: the way through style sheet, item roles and Qt's cells, one by one, costs
    ten times as much."""

    def __init__(self, columns: Sequence[Column[Any]]) -> None:
        self._columns = columns
        self._font, self._mirrored = QFont(), False
        self._metrics = QFontMetricsF(self._font)
        self._texts: dict[tuple[str, int], _Laid] = {}
        """By text and the width that it was shortened to; 0: all of it."""

    def draw(
        self,
        painter: QPainter,
        rows: Iterable[tuple[int, Any, QRect]],
        places: Sequence[tuple[int, int, int]],
        chosen: Collection[int],
    ) -> None:
        """Draw `rows`, each with its number and its place; `places`: number, left edge and width of each column that
        shows, in pixels; `chosen`: numbers of rows."""
        look = theme.tokens()
        self._take_font(painter)
        for number, row, area in rows:
            if isinstance(row, Heading):
                self._heading(painter, area.adjusted(INSET, 0, -INSET, 0), row, look)
                continue
            if number in chosen:
                painter.fillRect(area, _color(look.hover))
            elif number % 2:
                painter.fillRect(area, _color(look.raised))
            for at, left, width in places:
                self._cell(painter, row, self._columns[at], QRect(left, area.top(), width, area.height()), look)

    def _take_font(self, painter: QPainter) -> None:
        self._mirrored = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
        font = painter.font()
        if font != self._font:
            self._font, self._metrics = font, QFontMetricsF(font)
            self._texts.clear()

    def _cell(self, painter: QPainter, row: Any, column: Column[Any], area: QRect, look: theme.Tokens) -> None:
        if column.segments is not None:
            self._segments(painter, QRectF(area.adjusted(INSET, 0, -INSET, 0)), column.segments(row), look)
            return
        text = printable(column.text(row))
        if column.press is not None:
            if text:
                self._push(painter, area, text, look)
            return
        inside = area.adjusted(INSET, 0, -INSET, 0)
        if text:
            if column.letter:
                inside = self._letter(painter, inside, text, look)
            # a chosen row keeps its colours: they say how it is
            tone = column.tone(row) if column.tone else ""
            painter.setPen(_color(look.of(tone)))
            self._text(painter, inside, text, column.right)
        share = column.share(row) if column.share else None
        if share is not None:
            self._bar(painter, QRectF(inside.left(), inside.bottom() - 6, inside.width(), 3), share, look)

    def _text(self, painter: QPainter, area: QRect, text: str, right: bool) -> None:
        """Draw one line, shortened to fit. It is kept as it was laid out: most of a list stays as it is."""
        width = area.width()
        # a text of so many characters hardly has room, and laying all of it out takes long
        laid = self._laid(text, 0 if len(text) <= width else width)
        if laid.advance > width:
            laid = self._laid(text, width)
        left = area.left() + (width - laid.width if right != self._mirrored else 0)
        painter.drawStaticText(QPointF(left, area.top() + area.height() / 2 - laid.half), laid.text)

    def _laid(self, text: str, width: int = 0) -> _Laid:
        """The line `text`, shortened to `width` pixels where one is given.

        What has room is kept once, for any width: a window that is dragged gives its columns another one in each step.
        """
        kept = self._texts.get((text, width))
        if kept is None:
            if len(self._texts) >= TEXTS:
                self._texts.clear()
            cut = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width) if width else text
            laid = QStaticText(cut)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.prepare(font=self._font)
            advance = self._metrics.horizontalAdvance(cut)
            kept = self._texts[text, width] = _Laid(laid, laid.size().width(), laid.size().height() / 2, advance)
        return kept

    @staticmethod
    def _heading(painter: QPainter, area: QRect, row: Heading, look: theme.Tokens) -> None:
        painter.save()
        font = painter.font()
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(look.text))
        low = area.adjusted(0, 4, 0, 0)
        painter.drawText(low, LEFT, printable(row.text))
        used = painter.fontMetrics().horizontalAdvance(printable(row.text)) + 16
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(look.muted))
        aside = printable(row.aside)
        rtl = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
        room = low.adjusted(0, 0, -used, 0) if rtl else low.adjusted(used, 0, 0, 0)
        if painter.fontMetrics().horizontalAdvance(aside) <= room.width():
            painter.drawText(room, RIGHT, aside)
        painter.restore()

    @staticmethod
    def _push(painter: QPainter, area: QRect, text: str, look: theme.Tokens) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(look.line))
        painter.setBrush(QColor(look.card))
        painter.drawRoundedRect(QRectF(area).adjusted(4.5, 4.5, -4.5, -4.5), 6, 6)
        painter.setPen(QColor(look.text))
        cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width() - 16)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, cut)
        painter.restore()

    @staticmethod
    def _segments(painter: QPainter, area: QRectF, parts: Sequence[tuple[str, float]], look: theme.Tokens) -> None:
        rtl = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x, top = 0.0, area.center().y() - SEGMENT / 2
        for tone, share in parts:
            wide = max(2.0, share * area.width() - 1)
            left = area.right() - x - wide if rtl else area.left() + x
            painter.fillRect(QRectF(left, top, wide, SEGMENT), QColor(look.of(tone)))
            x += wide + 1

    @staticmethod
    def _letter(painter: QPainter, area: QRect, text: str, look: theme.Tokens) -> QRect:
        """Draw the first letter in a box; what is left of the area."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = area.left() if painter.layoutDirection() == Qt.LayoutDirection.LeftToRight else area.right() - LETTER
        box = QRectF(left, area.center().y() - LETTER / 2, LETTER, LETTER)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.track))
        painter.drawRoundedRect(box, 5, 5)
        font = painter.font()
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(look.accent))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text[:1].upper())
        painter.restore()
        gap = LETTER + 8
        return area.adjusted(gap, 0, 0, 0) if left == area.left() else area.adjusted(0, 0, -gap, 0)

    @staticmethod
    def _bar(painter: QPainter, area: QRectF, share: float, look: theme.Tokens) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.track))
        painter.drawRoundedRect(area, 1.5, 1.5)
        if share > 0:
            whole, limit = area.width(), area.width() / max(1.0, share)
            area.setWidth(max(3.0, whole * min(1.0, share)))
            painter.setBrush(QColor(look.bad if share > 1 else look.accent))
            painter.drawRoundedRect(area, 1.5, 1.5)
            if share > 1:
                # what is over the limit stands behind a mark
                painter.setBrush(QColor(look.text))
                painter.drawRect(QRectF(area.left() + limit - 1, area.top() - 2, 2, area.height() + 4))
        painter.restore()
