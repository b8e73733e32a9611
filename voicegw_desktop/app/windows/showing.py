"""The place of the pages, and how one gets its looks, its layout and its picture in parts, each in a turn of the loop.

Qt does all of that at once when a page is shown, and streams would wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from voicegw_desktop.app.windows.latency_chart import LatencyChart
from voicegw_desktop.app.windows.parts import Card, Page
from voicegw_desktop.app.windows.table import Table

PART = 0.004  # s of work in one turn of the loop
PIECES = (Card, Table, LatencyChart)
"""What is drawn in a turn of its own."""


class PageStack(QWidget):
    """Pages of which one is in view.

    Without a layout: Qt's own stack measures every page, also those out of view, each time one is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pages: list[QWidget] = []
        self._current: QWidget | None = None

    def addWidget(self, page: QWidget) -> None:
        """One more page, out of view."""
        page.setParent(self)
        self._pages.append(page)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._current is not None:
            self._current.setGeometry(self.rect())


def dressed(page: QWidget) -> Iterator[None]:
    """Give a page's widgets their looks."""
    began = perf_counter()
    for widget in page.findChildren(QWidget):
        if isValid(widget):
            widget.ensurePolished()
        if perf_counter() - began > PART:
            yield
            began = perf_counter()


def laid_out(page: QWidget, size: QSize) -> Iterator[None]:
    """Lay a page that is out of view out for that size, from the inside to the outside and back."""
    began = perf_counter()
    page.resize(size)
    there = [w for w in (page, *page.findChildren(QWidget)) if w.isVisibleTo(page)]
    for widget in reversed(there):
        if isValid(widget) and (layout := widget.layout()) is not None:
            layout.activate()
        if perf_counter() - began > PART:
            yield
            began = perf_counter()
    pending = Qt.WidgetAttribute.WA_PendingResizeEvent
    for widget in there:
        if isValid(widget) and widget.testAttribute(pending):
            # Qt keeps this event back until the widget is shown, and only then lays out what is in it
            widget.setAttribute(pending, False)
            QCoreApplication.sendEvent(widget, QResizeEvent(widget.size(), QSize()))
        if perf_counter() - began > PART:
            yield
            began = perf_counter()


class Veil:
    """Keeps the pieces of a page from being drawn until it is their turn; the keyboard and screen readers see them."""

    def __init__(self, page: Page) -> None:
        found = page.findChildren(QWidget)
        self._pieces = [w for w in found if isinstance(w, PIECES) and w.isVisibleTo(page)]
        for piece in self._pieces:
            piece.setUpdatesEnabled(False)

    def lifted(self) -> Iterator[None]:
        """Draw one piece after the other."""
        began = perf_counter()
        while self._pieces:
            piece = self._pieces.pop(0)
            if not isValid(piece):
                continue
            piece.setUpdatesEnabled(True)
            if not piece.visibleRegion().isEmpty():
                piece.repaint()
            if perf_counter() - began > PART:
                yield
                began = perf_counter()

    def lift(self) -> None:
        """Let all that is left be drawn."""
        for piece in self._pieces:
            if isValid(piece):
                piece.setUpdatesEnabled(True)
        self._pieces = []
