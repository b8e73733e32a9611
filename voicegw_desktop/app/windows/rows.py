"""Rows of plain values for a table, and columns that say how to show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.windows.parts import tip
from voicegw_desktop.core.text import printable

Index = QModelIndex | QPersistentModelIndex
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
HEADING_FLAGS = Qt.ItemFlag.ItemIsEnabled
ROW_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
"""Made once: Qt asks for the flags of each cell that it paints."""
NARROWEST = 14  # characters of a column that takes what is left

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
    """A colour's name in theme.Tokens; empty: the usual one."""
    tip: Callable[[R], str] | None = None
    share: Callable[[R], float | None] | None = None
    """0 to 1, drawn as a bar below the text."""
    segments: Callable[[R], Sequence[tuple[str, float]]] | None = None
    """(colour, 0 to 1 of the width), drawn side by side in place of the text."""
    rank: int = 0
    """Where there is no room, columns of the highest rank are hidden first; those of rank 0 never."""
    letter: bool = False
    """Draw the text's first letter before it, in place of a picture."""
    by: Callable[[R], Any] | None = None
    """What rows are ordered by, as a figure; None: by the text."""
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
        self.mark: Callable[[int], str] = lambda _number: ""
        """What stands behind the title of a column."""
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
            return tr(self.columns[section].title) + self.mark(section)
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
                return QColor(theme.tokens().of(tone)) if tone else None
        return None


def kind_tone(kind: str) -> str:
    """The tone of stt, llm or tts. What is none of them, as the fetch of a model, has no colour of its own."""
    return kind if kind in ("stt", "llm", "tts") else "muted"


def grouped(groups: Sequence[tuple[str, str, Sequence[Any]]]) -> list[Any]:
    """Rows below their headings, from (heading, what is said at its right, rows); empty groups are left out."""
    return [row for text, aside, rows in groups if rows for row in (Heading(text, aside), *rows)]
