"""One table for all pages: rows of plain values, columns that say how to show them, a selection that survives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QGradient, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from voicegw_desktop.app import theme
from voicegw_desktop.app.windows.parts import tip
from voicegw_desktop.core.text import printable

Index = QModelIndex | QPersistentModelIndex
ROW = 34  # px
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
GRADIENTS = QGradient.Preset
"""PySide makes these 180 names when a colour is first filled in: better at the import, which a thread does ahead."""
INSET = 11  # px at both sides of a cell
NARROWEST = 14  # characters of a column that takes what is left
NEAR_END = 3  # rows from the end at which `end_near` is said


R = TypeVar("R")


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column; the functions take the row's value."""

    title: str
    text: Callable[[R], str]
    chars: int = 0
    """Width in characters; 0: a share of what is left."""
    right: bool = False
    tone: Callable[[R], str] | None = None
    """A colour's name in theme.Tokens; empty: as ever."""
    tip: Callable[[R], str] | None = None
    share: Callable[[R], float | None] | None = None
    """0 to 1, drawn as a bar below the text."""
    rank: int = 0
    """Where there is no room, columns of the highest rank are hidden first; those of rank 0 never."""


class Rows(QAbstractTableModel):
    """Values, each known by a key."""

    def __init__(self, columns: Sequence[Column[Any]], key: Callable[[Any], object]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._key = key
        self.rows: list[Any] = []
        self._keys: list[object] = []

    def show(self, rows: Sequence[Any]) -> bool:
        """Take these rows; True when others than before are there now."""
        keys = [self._key(row) for row in rows]
        if keys == self._keys:
            changed = [i for i, (a, b) in enumerate(zip(self.rows, rows, strict=True)) if a is not b and a != b]
            self.rows = list(rows)
            if changed:
                last = len(self.columns) - 1
                self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], last))
            return False
        self.beginResetModel()
        self.rows, self._keys = list(rows), keys
        self.endResetModel()
        return True

    def row_of(self, key: object) -> int:
        """Where the row with that key stands; -1 when it is gone."""
        return self._keys.index(key) if key in self._keys else -1

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.columns[section].right else LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return printable(column.text(row))
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if column.right else LEFT
            case Qt.ItemDataRole.ToolTipRole:
                return tip((column.tip(row) if column.tip else "") or column.text(row))
            case Qt.ItemDataRole.ForegroundRole if column.tone is not None:
                tone = column.tone(row)
                return QColor(getattr(theme.tokens(), tone)) if tone else None
        return None


class _Cells(QStyledItemDelegate):
    """Draws a cell from the row itself: the way through style sheet and item roles costs five times as much."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, Rows)
        row, column = model.rows[index.row()], model.columns[index.column()]
        look = theme.tokens()
        area: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(look.hover))
        elif index.row() % 2:
            painter.fillRect(area, QColor(look.raised))
        # a chosen row keeps its colours: they say how it is
        tone = column.tone(row) if column.tone else ""
        inside = area.adjusted(INSET, 0, -INSET, 0)
        text = option.fontMetrics.elidedText(printable(column.text(row)), Qt.TextElideMode.ElideRight, inside.width())
        painter.setPen(QColor(getattr(look, tone or "text")))
        painter.drawText(inside, RIGHT if column.right else LEFT, text)
        share = column.share(row) if column.share else None
        if share is not None:
            self._bar(painter, QRectF(inside.left(), inside.bottom() - 6, inside.width(), 3), share, look)

    @staticmethod
    def _bar(painter: QPainter, area: QRectF, share: float, look: theme.Tokens) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.line))
        painter.drawRoundedRect(area, 1.5, 1.5)
        if share > 0:
            area.setWidth(max(3.0, area.width() * min(1.0, share)))
            painter.setBrush(QColor(look.bad if share > 1 else look.accent))
            painter.drawRoundedRect(area, 1.5, 1.5)
        painter.restore()


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
        self._chosen: object = None
        self.setModel(self.model_)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        # Tab leaves the table; the arrows walk in it
        self.setTabKeyNavigation(False)
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(40)
        width = self.fontMetrics().averageCharWidth()
        self._need = [(c.chars or NARROWEST) * width + 24 for c in columns]
        for number, column in enumerate(columns):
            # fixed widths: measuring every row's text would block the loop
            if column.chars:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(number, column.chars * width + 24)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(lambda *_: self._select())
        self.doubleClicked.connect(lambda _index: self.opened.emit())
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Hide columns, the least important first, until the others have room."""
        columns = self.model_.columns
        shown = set(range(len(columns)))
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
        chosen = self._chosen
        if self.model_.show(rows) and chosen is not None:
            at = self.model_.row_of(chosen)
            if at >= 0:
                self.selectRow(at)
            else:
                self._chosen = None
                self.picked.emit()

    def choose(self, key: object) -> None:
        """Choose the row with that key, if it is there."""
        at = self.model_.row_of(key)
        if at >= 0:
            self.selectRow(at)

    def chosen(self) -> Any:
        """The chosen row's value, or None."""
        at = self.model_.row_of(self._chosen)
        return self.model_.rows[at] if at >= 0 else None

    def _select(self) -> None:
        found = self.selectionModel().selectedRows()
        if found:
            self._chosen = self._row_key(self.model_.rows[found[0].row()])
            self.picked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen() is not None:
            self.opened.emit()
            return
        super().keyPressEvent(event)
