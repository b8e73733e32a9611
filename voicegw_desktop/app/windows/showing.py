"""The place of the pages, and how one gets its looks, its layout and its picture in parts, each in a turn of the loop.

Qt does all of that at once when a page is shown, and streams would wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from voicegw_desktop.app.in_parts import PART, in_parts
from voicegw_desktop.app.windows.kept import Kept
from voicegw_desktop.app.windows.parts import SEARCH, Page

BANDS = 8  # in which a page is drawn at first, until it is known how long one takes
LEAST = 24  # px of a band


@dataclass(frozen=True)
class PageFactory:
    """One entry of the list at the left."""

    name: str
    icon: str
    make: Callable[[], Page]
    alone: bool = False
    """True: the page shows something also while the gateway does not run."""


class Cover(QWidget):
    """Lies over a page whose picture is not drawn yet: what was drawn there last stays in sight, unless it is `blank`.

    Qt takes it for something that draws all of itself, and does not draw what is below. The mouse, the keyboard and
    screen readers do not meet it.
    """

    blank = False

    def __init__(self, over: QWidget, kept: Kept) -> None:
        super().__init__(over)
        self._kept = kept
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self.blank and not self._kept:
            return
        painter, ground = QPainter(self), self.palette().window()
        painter.translate(0, -self.y())
        shown = QRect() if self.blank else self._kept.draw(painter)
        low, wide = self.y() + self.height(), self.width()
        painter.fillRect(QRect(shown.right() + 1, 0, wide, low), ground)
        painter.fillRect(QRect(0, shown.bottom() + 1, shown.width(), low), ground)
        painter.end()

    def lie(self, top: int, bottom: int) -> None:
        """Lie over what is between these, in pixels of the widget below; be hidden where that is nothing."""
        over = self.parentWidget()
        self.setGeometry(0, top, over.width() if over is not None else 0, bottom - top)
        self.setVisible(bottom > top)
        self.raise_()


class PageStack(QWidget):
    """Pages of which one is in view.

    Without a layout: Qt's own stack measures every page, also those out of view, each time one is shown.
    """

    resized = Signal()
    """The page has another size, and its picture is still to be drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._pages: list[QWidget] = []
        self._current: QWidget | None = None
        self._out_of_date: QWidget | None = None
        self._kept = Kept()
        self._above, self._cover = Cover(self, self._kept), Cover(self, self._kept)
        self._at = 0  # px from the top: where the next band is drawn
        self.in_parts: Callable[[], bool] = lambda: False
        """Whether something waits for the thread, so that a page of another size must not be drawn in one go."""

    def addWidget(self, page: QWidget) -> None:
        """One more page, out of view."""
        page.setParent(self)
        self._pages.append(page)

    def drop(self, page: QWidget) -> None:
        """Delete a page; one that is in view, once another takes its place."""
        self._pages.remove(page)
        if page is self._current:
            self._out_of_date = page
        else:
            page.deleteLater()

    def count(self) -> int:
        return len(self._pages)

    def currentWidget(self) -> QWidget | None:
        """The page in view; None before the first."""
        return self._current

    def setCurrentWidget(self, page: QWidget) -> None:
        """Show `page` in place of the one in view."""
        before, self._current = self._current, page
        page.setGeometry(self.rect())
        page.show()
        if before is not None and before is not page:
            before.hide()
            if before is self._out_of_date:
                before.deleteLater()
                self._out_of_date = None

    def put(self, page: QWidget, beside: QWidget) -> None:
        """Show `page`; `beside` takes the keyboard from a page that had it."""
        if self._current is page:
            return
        focus = self.window().focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            # else Qt gives it, and its ring, to whatever comes next on the other page
            beside.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setCurrentWidget(page)

    def search(self) -> QLineEdit | None:
        """The search field of the page in view, if it has one."""
        fields = self._current.findChildren(QLineEdit, SEARCH) if self._current is not None else []
        return next((field for field in fields if field.isVisible()), None)

    def go_to_search(self) -> None:
        """Go to the search field of the page in view."""
        if (field := self.search()) is not None:
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            field.selectAll()

    def escape(self) -> None:
        """Leave what was begun on the page in view."""
        if (field := self.search()) is not None:
            field.clear()
        if isinstance(self._current, Page):
            self._current.escape()

    def cover(self, *, blank: bool = False) -> None:
        """Keep what is in sight there until it is uncovered; `blank`: show an empty place, in a window that opens."""
        self._kept.forget()
        self._at = 0
        self._cover.blank = self._above.blank = blank
        self._lie()

    def _lie(self) -> None:
        """Cover the page, so that the place where the next band is drawn comes first."""
        self._cover.lie(self._at, self.height())
        self._above.lie(0, self._at)

    def uncovered(self, beside: bool = False) -> Iterator[None]:
        """Draw the page below the cover, from top to bottom, in bands that each take about `PART`.

        `beside`: streams run, beside which a page of another size is drawn in parts: be prepared to keep its picture.
        """
        page, band = self._current, max(LEAST, self.height() // BANDS)
        for cover in (self._cover, self._above):
            while page is not None and not cover.isHidden():
                top, bottom = cover.y(), cover.geometry().bottom() + 1
                began = perf_counter()
                self._at = min(top + band, bottom)
                cover.lie(self._at, bottom)
                self._at %= self.height()
                page.repaint(QRect(0, top, self.width(), band))
                took = perf_counter() - began
                band = max(LEAST, min(2 * band, round(band * PART / took)))
                yield
        self.uncover()
        if beside:
            yield from self._kept.prepared(self)

    def uncover(self) -> None:
        """Let Qt draw all that is left."""
        self.fit()
        self._cover.hide()
        self._above.hide()
        self._at = 0
        self._kept.forget()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._kept.free()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        kept = self.in_parts() and self._kept.take(self, event.oldSize())
        if kept:
            # the bands go on where they were: a window that is dragged on would never get to the bottom
            self._at = min(self._at, self.height() - 1)
            self._cover.blank = self._above.blank = False
            self._lie()
            # the page itself in a turn of the loop of its own: Qt lays all of it out at once
            self.resized.emit()
        else:
            self.uncover()

    def fit(self) -> None:
        """Give the page in view the size that there is for it."""
        if self._current is not None:
            self._current.setGeometry(self.rect())


def dressed(page: QWidget) -> Iterator[None]:
    """Give a page's widgets their looks."""
    return in_parts(page.findChildren(QWidget), QWidget.ensurePolished)


def laid_out(page: QWidget, size: QSize) -> Iterator[None]:
    """Lay a page that is out of view out for that size, from the inside to the outside and back."""
    page.resize(size)
    there = [w for w in (page, *page.findChildren(QWidget)) if w.isVisibleTo(page)]
    yield from in_parts(reversed(there), _lay_out)
    yield from in_parts(there, _resize)


def _lay_out(widget: QWidget) -> None:
    if (layout := widget.layout()) is not None:
        layout.activate()


def _resize(widget: QWidget) -> None:
    pending = Qt.WidgetAttribute.WA_PendingResizeEvent
    if widget.testAttribute(pending):
        # Qt keeps this event back until the widget is shown, and only then lays out what is in it
        widget.setAttribute(pending, False)
        QCoreApplication.sendEvent(widget, QResizeEvent(widget.size(), QSize()))
