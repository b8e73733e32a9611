"""Orders the rows of a table by one of its columns, each group by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt

from voicegw_desktop.app.windows.rows import Column, Heading

Order = tuple[int, bool] | None
"""The column's number, and whether the largest comes first; None: the order that the page gives."""
UP, DOWN = "\u2191", "\u2193"


def can_sort(column: Column[Any]) -> bool:
    """Whether rows can be ordered by the column: it has a title, and holds no buttons and no drawing."""
    return bool(column.title) and column.press is None and column.segments is None


def following(order: Order, number: int, columns: Sequence[Column[Any]]) -> Order:
    """What a press on the head of column `number` leads to: figures begin with the largest, words with A; the next
    press turns the order, the third gives the page's own."""
    if not can_sort(columns[number]):
        return order
    first = columns[number].by is not None
    if order is None or order[0] != number:
        return number, first
    return (number, not first) if order[1] == first else None


def mark(order: Order, number: int) -> str:
    """What stands behind the title of column `number`."""
    return "" if order is None or order[0] != number else f" {DOWN if order[1] else UP}"


def ordered(rows: Sequence[Any], columns: Sequence[Column[Any]], order: Order) -> list[Any]:
    """The rows in that order, each below its heading; rows without a value are the last."""
    if order is None:
        return list(rows)
    number, largest_first = order
    column = columns[number]

    def value(row: Any) -> Any:
        found = column.by(row) if column.by is not None else column.text(row).casefold()
        return None if found == "" else found

    result: list[Any] = []
    group: list[tuple[Any, Any]] = []

    def close() -> None:
        known = [(key, row) for key, row in group if key is not None]
        known.sort(key=lambda pair: pair[0], reverse=largest_first)
        result.extend(row for _, row in known)
        result.extend(row for key, row in group if key is None)
        group.clear()

    for row in rows:
        if isinstance(row, Heading):
            close()
            result.append(row)
        else:
            group.append((value(row), row))
    close()
    return result


SORT_KEY = Qt.Key.Key_S
"""With Ctrl, while a table has the focus: the next order."""


def next_order(order: Order, columns: Sequence[Column[Any]], shown: Sequence[int]) -> Order:
    """The order after this one, for the keyboard: both ways of each column that is shown, then the page's own."""
    able = [number for number in shown if can_sort(columns[number])]
    if not able:
        return None
    if order is None or order[0] not in able:
        return following(None, able[0], columns)
    after = following(order, order[0], columns)
    if after is not None:
        return after
    at = able.index(order[0]) + 1
    return following(None, able[at], columns) if at < len(able) else None
