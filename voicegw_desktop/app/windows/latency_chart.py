"""Latency over time: a dot for each request, and for each modality the band in which the middle half lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QDateTime, QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.samples import Bucket, buckets
from voicegw_desktop.app.viewmodels.state import MODALITIES, MODALITY_NAMES, Point
from voicegw_desktop.app.viewmodels.words import millis
from voicegw_desktop.app.windows.charts import mark_text, scale_marks
from voicegw_desktop.core.text import printable

SLICES = 30  # of the time shown
AROUND = 2  # slices on both sides that a slice's figures look at
MOST_DOTS = 400  # a modality; more are thinned out, the band counts them all
GAP = 3  # empty slices after which a band is broken
FEW = 4  # requests that alone would look like a chart that was left empty
REDRAW = 300  # ms between two pictures: in that time a dot moves by less than a pixel
NEAR = 14.0  # px from a dot within which the pointer means it
APART = 8.0  # px between words on the chart and dots or the scale


Spot = Callable[[float, float], QPointF]


class LatencyChart(QWidget):
    """Time to first byte of each request, on a logarithmic scale."""

    def __init__(self) -> None:
        super().__init__()
        self._points: dict[str, list[Point]] = {}
        self._bands: dict[str, list[list[Bucket]]] | None = None
        """Worked out for the first picture of these points: not again while a window is drawn larger."""
        self._stale = False
        """Whether the bands are those of other points."""
        self._now, self._span = 0.0, 300.0
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(REDRAW)
        self._redraw.timeout.connect(self._renew)
        self._pointer: QPointF | None = None
        self._spots: list[tuple[QPointF, str, Point]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(130)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Latency of recent requests"))

    def sizeHint(self) -> QSize:
        return QSize(480, 180)

    def show_points(self, points: Mapping[str, Sequence[Point]], now: float, span: float) -> None:
        """Draw these, oldest first; `now` is the right edge in Unix seconds, `span` the seconds shown."""
        other = span != self._span
        self._points = {m: list(points.get(m, ())) for m in MODALITIES}
        self._now, self._span = now, span
        # those before stay until others are worked out, which takes a third of the time of the picture
        self._stale = True
        if other or not self._bands:
            self._bands = None
        count = ", ".join(f"{tr(MODALITY_NAMES[m])} {len(p)}" for m, p in self._points.items() if p)
        self.setAccessibleDescription(tr("Requests shown: {v}", v=count or tr("none")))
        if other:
            self.update()
        elif not self._redraw.isActive():
            self._redraw.start()

    def _renew(self) -> None:
        if self._stale:
            self._bands = None
        if self.isVisible():  # in another turn of the loop than the picture
            self._worked_out()
        self.update()

    def _worked_out(self) -> dict[str, list[list[Bucket]]]:
        if self._bands is None:
            self._bands = {m: bands(points, self._now, self._span) for m, points in self._points.items()}
            self._stale = False
        return self._bands

    # -- drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.tokens()
        painter = QPainter(self)
        # time runs to the right in a mirrored window, too
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        self._spots = []
        values = [p.ms for some in self._points.values() for p in some]
        if not values:
            painter.setPen(QColor(look.muted))
            painter.drawText(
                QRectF(self.rect()),
                Qt.AlignmentFlag.AlignCenter,
                tr("No requests in the last {span_text}.", span_text=span_text(self._span)),
            )
            painter.end()
            return
        marks = scale_marks(min(values), max(values))
        left = max(metrics.horizontalAdvance(mark_text(mark)) for mark in marks) + 10
        area = QRectF(left, 8, self.width() - left - 8, self.height() - metrics.height() - 14)
        spot = self._scale(area, marks)
        self._grid(painter, area, marks, spot, look, metrics)
        worked_out = self._worked_out()
        for modality in MODALITIES:
            color = QColor(getattr(look, modality))
            for band in worked_out[modality]:
                self._band(painter, area, spot, band, color)
        if len(values) < FEW:
            dots = [spot(p.at, p.ms) for some in self._points.values() for p in some]
            self._explain(painter, area, dots, look)
        for modality in MODALITIES:
            self._dots(painter, area, spot, modality, QColor(getattr(look, modality)))
        self._hint(painter, look, metrics)
        painter.end()

    @staticmethod
    def _explain(painter: QPainter, area: QRectF, dots: Sequence[QPointF], look: theme.Tokens) -> None:
        """Say what the chart shows, in its middle, or where fewer dots lie behind the words."""
        said = tr("Each dot is a request. With more requests, a line shows the median and a band the middle half.")
        across = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        inside = area.adjusted(0, APART, 0, -APART)
        down = (Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom)
        places = [painter.boundingRect(inside, across | at, said).adjusted(-4, 0, 4, 0) for at in down]
        place = min(places, key=lambda it: sum(it.adjusted(-APART, -APART, APART, APART).contains(dot) for dot in dots))
        # a line of the scale behind the words would look as if they were struck out
        painter.fillRect(place, QColor(look.card))
        painter.setPen(QColor(look.muted))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, said)

    def _scale(self, area: QRectF, marks: list[float]) -> Spot:
        """Where a request stands, of its moment (Unix seconds) and its milliseconds. Called for a thousand dots."""
        right, bottom, now, least = area.right(), area.bottom(), self._now, marks[0]
        low = math.log10(least)
        wide, high = area.width() / self._span, area.height() / (math.log10(marks[-1]) - low)
        top = area.top()

        def spot(at: float, ms: float) -> QPointF:
            y = bottom - high * (math.log10(ms) - low) if ms > least else bottom
            return QPointF(right - wide * (now - at), y if y > top else top)

        return spot

    def _grid(
        self,
        painter: QPainter,
        area: QRectF,
        marks: list[float],
        spot: Spot,
        look: theme.Tokens,
        metrics: QFontMetricsF,
    ) -> None:
        for mark in marks:
            y = spot(self._now, mark).y()
            painter.setPen(QPen(QColor(look.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(look.muted))
            text = mark_text(mark)
            painter.drawText(
                QPointF(area.left() - metrics.horizontalAdvance(text) - 6, y + metrics.ascent() / 2 - 1), text
            )
        below = QRectF(area.left(), area.bottom() + 4, area.width(), metrics.height())
        for text, align in (
            (tr("{span_text} ago", span_text=span_text(self._span)), Qt.AlignmentFlag.AlignLeft),
            (tr("now"), Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(below, align | Qt.AlignmentFlag.AlignTop, text)

    def _band(self, painter: QPainter, area: QRectF, spot: Spot, band: list[Bucket], color: QColor) -> None:
        def within(at: float, ms: float) -> QPointF:
            there = spot(at, ms)
            return QPointF(min(max(area.left(), there.x()), area.right()), there.y())

        fill = QColor(color)
        fill.setAlpha(38)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        upper = [within(b.at, b.high) for b in band]
        # at this faintness steps at the edge are not seen, and smooth ones take several times as long
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawPolygon(QPolygonF([*upper, *(within(b.at, b.low) for b in reversed(band))]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([within(b.at, b.p50) for b in band]))

    def _dots(self, painter: QPainter, area: QRectF, spot: Spot, modality: str, color: QColor) -> None:
        points, since = self._points[modality], self._now - self._span
        some = points[:: max(1, math.ceil(len(points) / MOST_DOTS))]
        spots = [(spot(p.at, p.ms), modality, p) for p in some if p.at >= since]
        self._spots += spots
        # points of a round pen: a third of the time of as many ellipses
        painter.setPen(QPen(color, 5.0 if len(spots) < 120 else 3.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints([at for at, _, _ in spots])

    def _hint(self, painter: QPainter, look: theme.Tokens, metrics: QFontMetricsF) -> None:
        found = self.nearest()
        if found is None:
            return
        spot, modality, point = found
        painter.setBrush(QColor(look.card))
        painter.setPen(QPen(QColor(getattr(look, modality)), 2))
        painter.drawEllipse(spot, 4.5, 4.5)
        lines = hint_lines(point)
        width = max(metrics.horizontalAdvance(line) for line in lines) + 20
        height = metrics.height() * len(lines) + 12
        x = min(max(4.0, spot.x() + 10), self.width() - width - 4)
        y = spot.y() - height - 8 if spot.y() > height + 12 else spot.y() + 10
        box = QRectF(x, min(y, self.height() - height - 2), width, height)
        painter.setPen(QPen(QColor(look.field), 1))
        painter.setBrush(QColor(look.raised))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor(look.text))
        for number, line in enumerate(lines):
            painter.drawText(QPointF(box.x() + 10, box.y() + 6 + metrics.ascent() + number * metrics.height()), line)

    # -- the pointer --------------------------------------------------------------------------------------------------

    def nearest(self) -> tuple[QPointF, str, Point] | None:
        """The dot nearest to the pointer, with its modality and request; None: none is near."""
        pointer = self._pointer
        if pointer is None:
            return None
        near = [(math.hypot(s[0].x() - pointer.x(), s[0].y() - pointer.y()), s) for s in self._spots]
        distance, found = min(near, key=lambda item: item[0], default=(NEAR + 1, None))
        return found if distance <= NEAR else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update()


def bands(points: list[Point], now: float, span: float) -> list[list[Bucket]]:
    """The bands to draw: broken where nothing was asked for a while, and none of a single slice."""
    wide = span / SLICES
    found: list[list[Bucket]] = []
    for bucket in buckets(points, now, span, SLICES, AROUND):
        if found and bucket.at - found[-1][-1].at <= (GAP + 0.5) * wide:
            found[-1].append(bucket)
        else:
            found.append([bucket])
    return [band for band in found if len(band) > 1]


def hint_lines(point: Point) -> list[str]:
    """What is told of one dot: what served, how fast, when."""
    when = QDateTime.fromSecsSinceEpoch(int(point.at)).toString("HH:mm:ss")
    return [printable(point.target), tr("{time} at {strftime}", time=millis(point.ms), strftime=when)]


def span_text(span: float) -> str:
    """`5 min`, `1 h`, `24 h`"""
    return tr(f"{span / 60:.0f} min" if span < 3600 else f"{span / 3600:.0f} h")
