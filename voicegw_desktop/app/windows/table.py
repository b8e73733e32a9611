"""One table for all pages: rows of plain values, columns that say how to show them, a selection that survives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGradient, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.parts import tip
from voicegw_desktop.core.text import printable

Index = QModelIndex | QPersistentModelIndex
ROW = 34  # px
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
HEADING_FLAGS = Qt.ItemFlag.ItemIsEnabled
ROW_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
"""Made once: Qt asks for the flags of each cell that it paints."""
GRADIENTS = QGradient.Preset
"""PySide makes these 180 names when a colour is first filled in: better at the import, which a thread does ahead."""
INSET = 11  # px at both sides of a cell
NARROWEST = 14  # characters of a column that takes what is left
LETTER, SEGMENT = 20, 10  # px
NEAR_END = 3  # rows from the end at which `end_near` is said


R = TypeVar("R")


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column; the functions take the row's value."""

    title: str
    text: Callable[[R], str]
    chars: int = 0
    """Width in characters; 0: a share of what is left."""
    least: int = NARROWEST
    """Characters that a column without a width keeps, before others are hidden."""
    sparse: bool = False
    """Hidden while it is empty in every row."""
    right: bool = False
    tone: Callable[[R], str] | None = None
    """A colour's name in theme.Tokens; empty: as ever."""
    tip: Callable[[R], str] | None = None
    share: Callable[[R], float | None] | None = None
    """0 to 1, drawn as a bar below the text."""
    segments: Callable[[R], Sequence[tuple[str, float]]] | None = None
    """(colour, 0 to 1 of the width), drawn side by side in place of the text."""
    rank: int = 0
    """Where there is no room, columns of the highest rank are hidden first; those of rank 0 never."""
    letter: bool = False
    """Draw the text's first letter before it, in place of a picture."""
    press: Callable[[R], object] | None = None
    """Draw the text as a button and call this when it is pressed; no text: no button. Enter does `opened`."""


@dataclass(frozen=True)
class Heading:
    """A row that names the group of the rows below it; it cannot be chosen."""

    text: str
    aside: str = ""
    """Said at its right."""


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
        keys = [row.text if isinstance(row, Heading) else self._key(row) for row in rows]
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
            return tr(self.columns[section].title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.columns[section].right else LEFT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return HEADING_FLAGS if isinstance(self.rows[index.row()], Heading) else ROW_FLAGS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], self.columns[index.column()]
        if isinstance(row, Heading):
            told = f"{row.text}, {row.aside}" if row.aside else row.text
            told = told if index.column() == 0 else ""
            shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
            return (tip(told) if role == Qt.ItemDataRole.ToolTipRole else printable(told)) if shown else None
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
        if isinstance(row, Heading):
            self._heading(painter, area.adjusted(INSET, 0, -INSET, 0), row, look)
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(look.hover))
        elif index.row() % 2:
            painter.fillRect(area, QColor(look.raised))
        # a chosen row keeps its colours: they say how it is
        tone = column.tone(row) if column.tone else ""
        inside = area.adjusted(INSET, 0, -INSET, 0)
        text = printable(column.text(row))
        if column.segments is not None:
            self._segments(painter, QRectF(inside), column.segments(row), look)
            return
        if column.press is not None:
            if text:
                self._push(painter, area, text, look)
            return
        if column.letter and text:
            inside = self._letter(painter, inside, text, look)
        text = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        painter.setPen(QColor(getattr(look, tone or "text")))
        painter.drawText(inside, RIGHT if column.right else LEFT, text)
        share = column.share(row) if column.share else None
        if share is not None:
            self._bar(painter, QRectF(inside.left(), inside.bottom() - 6, inside.width(), 3), share, look)

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
        room, aside = low.adjusted(used, 0, 0, 0), printable(row.aside)
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
            painter.fillRect(QRectF(left, top, wide, SEGMENT), QColor(getattr(look, tone)))
            x += wide + 1

    @staticmethod
    def _letter(painter: QPainter, area: QRect, text: str, look: theme.Tokens) -> QRect:
        """Draw the first letter in a box; what is left of the area."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = area.left() if painter.layoutDirection() == Qt.LayoutDirection.LeftToRight else area.right() - LETTER
        box = QRectF(left, area.center().y() - LETTER / 2, LETTER, LETTER)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.line))
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
        painter.setBrush(QColor(look.line))
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
        self.setAccessibleName(tr(name))
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
        self._need = [(c.chars or c.least) * width + 24 for c in columns]
        for number, column in enumerate(columns):
            # fixed widths: measuring every row's text would block the loop
            if column.chars:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(number, column.chars * width + 24)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(lambda *_: self._select())
        self.doubleClicked.connect(self._double)
        self.clicked.connect(self._clicked)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

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
        chosen = self._chosen
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
                self.selectRow(at)
            else:
                self._chosen = None
                self.picked.emit()

    def choose_first(self) -> None:
        """Choose the first row that can be chosen."""
        for at, row in enumerate(self.model_.rows):
            if not isinstance(row, Heading):
                self.selectRow(at)
                return

    def choose(self, key: object) -> None:
        """Choose the row with that key, if it is there."""
        at = self.model_.row_of(key)
        if at >= 0:
            self.selectRow(at)

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
        """Pass over headings: a row that cannot be chosen would end the choice."""
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
        super().keyPressEvent(event)


def grouped(groups: Sequence[tuple[str, str, Sequence[Any]]]) -> list[Any]:
    """Rows below their headings, from (heading, what is said at its right, rows); empty groups are left out."""
    return [row for text, aside, rows in groups if rows for row in (Heading(text, aside), *rows)]
