"""One table for all pages: rows in full width, and a selection that stays while rows come and go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.cells import Cells
from voicegw_desktop.app.windows.rows import Column, Heading, Index, Rows
from voicegw_desktop.app.windows.sorting import SORT_KEY, Order, following, mark, next_order, ordered

ROW = 34  # px
NEAR_END = 3  # rows from the end at which `end_near` is said
ARROWS = (Qt.Key.Key_Down, Qt.Key.Key_Up)


class Table(QTableView):
    """Rows in full width; arrows move, Enter is `opened`, and the chosen row stays chosen while rows come and go."""

    opened = Signal()
    picked = Signal()
    end_near = Signal()
    """The person scrolls to the last rows: the time to read more."""

    def __init__(self, name: str, columns: Sequence[Column[Any]], key: Callable[[Any], object]) -> None:
        super().__init__()
        self.model_ = Rows(columns, key)
        self._row_key = key
        self._need: list[int] = []
        self._chosen: object = None
        self._given: Sequence[Any] = ()
        self.order: Order = None
        """By which column rows are ordered."""
        self._sorts = True
        self._kept = 0
        self.model_.mark = lambda number: mark(self.order, number)
        self.setModel(self.model_)
        self._cells = Cells(self.model_.columns)
        self.setAccessibleName(tr(name))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        # it draws all of itself: else Qt draws page, card and style sheet below it first, which takes half of the time
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        # Tab leaves the table; the arrow keys move in it
        self.setTabKeyNavigation(False)
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.sectionClicked.connect(lambda number: self._order_by(following(self.order, number, columns)))
        header.setMinimumSectionSize(40)
        for number, column in enumerate(columns):
            # fixed widths: measuring every row's text would block the loop
            mode = QHeaderView.ResizeMode
            header.setSectionResizeMode(number, mode.Fixed if column.chars else mode.Stretch)
        self._measure()
        self.selectionModel().selectionChanged.connect(lambda *_: self._select())
        self.doubleClicked.connect(self._double)
        self.clicked.connect(self._clicked)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._need:
            self._measure()
            self._fit()

    def keep_rows(self, rows: int) -> None:
        """Ask for the height of the head and this many rows, and never take less; where there is more, take it."""
        self._kept = rows
        self._measure()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        # a page scrolls where what it holds asks for more than its height: Qt's hint for a table is 192 px
        return QSize(hint.width(), self.minimumHeight()) if self._kept else hint

    def _measure(self) -> None:
        """Set heights and widths by the size of the letters."""
        self.verticalHeader().setDefaultSectionSize(theme.scaled(ROW))
        if self._kept:
            least = self.horizontalHeader().sizeHint().height()
            self.setMinimumHeight(least + self._kept * theme.scaled(ROW) + 2 * self.frameWidth())
        width = self.fontMetrics().averageCharWidth()
        self._need = [(c.chars or c.least) * width + 24 for c in self.model_.columns]
        if self.order is not None:
            # the mark of the order must not cut the title
            at, head = self.order[0], self.horizontalHeader()
            title = self.model_.headerData(at, Qt.Orientation.Horizontal)
            self._need[at] = max(self._need[at], head.fontMetrics().horizontalAdvance(title) + 32)
        for number, column in enumerate(self.model_.columns):
            if column.chars:
                self.horizontalHeader().resizeSection(number, self._need[number])

    def paintEvent(self, event: QPaintEvent) -> None:
        rows, area = self.model_.rows, event.rect()
        painter = QPainter(self.viewport())
        painter.fillRect(area, QColor(theme.tokens().card))
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        if first < 0:
            painter.end()
            return
        last = last if last >= 0 else len(rows) - 1
        head = self.horizontalHeader()
        places = [
            (number, head.sectionViewportPosition(number), head.sectionSize(number))
            for number in range(len(self.model_.columns))
            if not head.isSectionHidden(number)
        ]
        # also where columns are wider than the view, and it is scrolled
        left = min(at for _, at, _ in places)
        width = max(at + wide for _, at, wide in places) - left
        high = self.verticalHeader().defaultSectionSize()
        some = (
            (number, rows[number], QRect(left, self.rowViewportPosition(number), width, high))
            for number in range(first, last + 1)
        )
        self._cells.draw(painter, some, places, {index.row() for index in self.selectionModel().selectedRows()})
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Hide columns, the least important first, until the others have room."""
        columns = self.model_.columns
        shown = set(range(len(columns)))
        for number, column in enumerate(columns):
            if column.sparse and not any(column.text(r) for r in self.model_.rows if not isinstance(r, Heading)):
                shown.discard(number)
        by_rank = sorted((n for n in shown if columns[n].rank), key=lambda n: -columns[n].rank)
        for number in by_rank:
            if sum(self._need[n] for n in shown) <= self.viewport().width():
                break
            shown.discard(number)
        for number in range(len(columns)):
            if self.isColumnHidden(number) == (number in shown):
                self.setColumnHidden(number, number not in shown)

    def _scrolled(self, at: int) -> None:
        if at >= self.verticalScrollBar().maximum() - NEAR_END * ROW:
            self.end_near.emit()

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Take these rows and choose again what was chosen."""
        chosen, self._given = self._chosen, rows
        rows = ordered(rows, self.model_.columns, self.order)
        others = self.model_.show(rows)
        self._fit()
        if others:
            self.clearSpans()
            for at, row in enumerate(rows):
                if isinstance(row, Heading):
                    self.setSpan(at, 0, 1, len(self.model_.columns))
        if others and chosen is not None:
            at = self.model_.row_of(chosen)
            if at >= 0:
                self.choose_row(at)
            else:
                self._chosen = None
                self.picked.emit()

    def let_sort(self, on: bool) -> None:
        """Whether rows may be ordered by a column: not while there are more of them than are here."""
        if on != self._sorts:
            self._sorts = on
            self.horizontalHeader().setSectionsClickable(on)
            self.horizontalHeader().setToolTip("" if on else tr("Scroll to the end of the list to sort it."))
            if not on:
                self._order_by(None)

    def _order_by(self, order: Order) -> None:
        if order != self.order:
            self.order = order
            self.model_.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.model_.columns) - 1)
            self._measure()
            self.show_rows(self._given)

    def choose_first(self) -> None:
        """Choose the first row that can be chosen."""
        if (at := self._first()) is not None:
            self.choose_row(at)

    def _first(self) -> int | None:
        return next((at for at, row in enumerate(self.model_.rows) if not isinstance(row, Heading)), None)

    def choose_again(self) -> None:
        """Choose the row that was chosen last, else the first."""
        at = self.model_.row_of(self._chosen)
        if at >= 0:
            self.choose_row(at)
        else:
            self.choose_first()

    def choose(self, key: object) -> None:
        """Choose the row with that key, if it is there."""
        at = self.model_.row_of(key)
        if at >= 0:
            self.choose_row(at)

    def choose_row(self, at: int) -> None:
        """Choose the row at that place. Qt's `selectRow` does nothing in a mirrored window."""
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.model_.index(at, 0), how)

    def chosen(self) -> Any:
        """The chosen row's value, or None."""
        at = self.model_.row_of(self._chosen)
        return self.model_.rows[at] if at >= 0 else None

    def _clicked(self, index: Index) -> None:
        row, column = self.model_.rows[index.row()], self.model_.columns[index.column()]
        if column.press is not None and not isinstance(row, Heading) and column.text(row):
            column.press(row)

    def _double(self, index: Index) -> None:
        # the second click on a button is one more press of it, and no wish to open
        if self.model_.columns[index.column()].press is None:
            self.opened.emit()

    def moveCursor(self, action: QAbstractItemView.CursorAction, keys: Qt.KeyboardModifier) -> QModelIndex:
        """Skip headings: a row that cannot be chosen would end the selection."""
        at = super().moveCursor(action, keys)
        if not at.isValid() or not isinstance(self.model_.rows[at.row()], Heading):
            return at
        up = at.row() < self.currentIndex().row()
        ways = (range(at.row(), -1, -1), range(at.row(), len(self.model_.rows)))
        for way in ways if up else ways[::-1]:
            for number in way:
                if not isinstance(self.model_.rows[number], Heading):
                    return self.model_.index(number, at.column())
        return self.currentIndex()

    def _select(self) -> None:
        found = self.selectionModel().selectedRows()
        if found:
            self._chosen = self._row_key(self.model_.rows[found[0].row()])
            self.picked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen() is not None:
            self.opened.emit()
            return
        if event.key() in ARROWS and self.chosen() is None:
            # Tab makes the first row current without choosing it: Qt would pass over it, or do nothing
            self.choose_first()
            return
        if self._sorts and event.key() == SORT_KEY and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            shown = [n for n in range(len(self.model_.columns)) if not self.isColumnHidden(n)]
            self._order_by(next_order(self.order, self.model_.columns, shown))
            return
        super().keyPressEvent(event)
