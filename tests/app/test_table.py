"""Tables in narrow places: which columns are hidden first, that none is too narrow to read, and that headings are no
rows to choose."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QItemSelectionModel, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.windows.rows import NARROWEST, Column, grouped  # noqa: E402
from voicegw_desktop.app.windows.table import Table  # noqa: E402

pytestmark = pytest.mark.app

COLUMNS: tuple[Column[str], ...] = (
    Column("Name", str),
    Column("Kind", str, 10, rank=2),
    Column("Size", str, 10, rank=1),
    Column("Note", str, 10, rank=3),
    Column("State", str, 10),
)


@pytest.fixture
def table() -> Iterator[Any]:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    theme.apply(app, "light")
    it = Table("Things", COLUMNS, str)
    yield it
    it.deleteLater()


def shown(table: Any) -> list[str]:
    return [c.title for n, c in enumerate(COLUMNS) if not table.isColumnHidden(n)]


def test_the_least_important_columns_go_first_and_come_back(table: Any) -> None:
    table.show_rows(["a", "b"])
    table.show()
    seen: list[list[str]] = []
    for width in (*range(800, 200, -20), *range(200, 820, 20)):
        table.resize(width, 200)
        table.grab()
        if not seen or seen[-1] != shown(table):
            seen.append(shown(table))
        narrow = table.fontMetrics().averageCharWidth() * NARROWEST
        assert table.columnWidth(0) >= narrow or len(shown(table)) == 2, "the name is crushed by lesser columns"
    every = [c.title for c in COLUMNS]
    steps = [
        every,
        ["Name", "Kind", "Size", "State"],
        ["Name", "Size", "State"],
        ["Name", "State"],
    ]
    assert seen == [*steps, *steps[-2::-1]]


def test_what_does_not_fit_can_be_scrolled_to(table: Any) -> None:
    table.show_rows(["a"])
    table.resize(120, 200)
    table.show()
    table.grab()
    assert shown(table) == ["Name", "State"]
    assert table.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAsNeeded


def test_a_sparse_column_is_there_only_while_a_row_has_something_to_say(table: Any) -> None:
    columns: tuple[Column[str], ...] = (Column("Name", str), Column("State", lambda t: t[1:], 10, sparse=True))
    sparse = Table("Things", columns, lambda t: t[:1])
    sparse.resize(600, 200)
    seen = []
    for row in ("a", "a42 %", "b", "b42 %"):
        sparse.show_rows(grouped([("Things", "", [row])]))
        seen.append(not sparse.isColumnHidden(1))
    assert seen == [False, True, False, True]


def test_headings_are_passed_over_by_keys_and_never_chosen(table: Any) -> None:
    table.show_rows(grouped([("First", "2", ["a", "b"]), ("Empty", "", []), ("Second", "1", ["c"])]))
    table.resize(600, 300)
    table.show()
    table.choose_first()
    walked = [table.chosen()]
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(table, key)
        walked.append(table.chosen())
    assert walked == ["a", "b", "c", "c", "b", "a", "a"]
    assert [table.model_.data(table.model_.index(n, 0)) for n in (0, 3)] == ["First, 2", "Second, 1"]
    table.show_rows(grouped([("Second", "1", ["c"])]))
    assert table.chosen() is None


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up])
def test_an_arrow_chooses_the_first_row_where_none_is_chosen(table: Any, key: Qt.Key) -> None:
    for rows in (["a"], ["a", "b"], grouped([("First", "1", ["a"]), ("Second", "1", ["b"])])):
        table.show_rows([])
        table.show_rows(rows)
        # as when Tab has come to it
        table.selectionModel().setCurrentIndex(table.model_.index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        assert table.chosen() is None
        QTest.keyClick(table, key)
        assert table.chosen() == "a"


SIZES = {"bread": 2, "apple": 30, "cake": None, "date": 7}
FOODS: tuple[Column[str], ...] = (
    Column("Name", str),
    Column("Size", lambda f: str(SIZES[f] or ""), 5, by=lambda f: SIZES[f]),
    Column("", lambda f: "Eat", 10, press=lambda f: None),
)


def order(table: Any) -> str:
    return " ".join(table.model_.data(table.model_.index(n, 0)) for n in range(table.model_.rowCount()))


@pytest.fixture
def foods(table: Any) -> Iterator[Any]:
    it = Table("Foods", FOODS, str)
    it.resize(600, 300)
    it.show_rows(list(SIZES))
    it.show()
    yield it
    it.deleteLater()


def test_a_press_on_a_head_orders_the_rows_by_value(foods: Any) -> None:
    head = foods.horizontalHeader()
    foods.choose("apple")
    seen = []
    for number in (0, 0, 0, 1, 1, 2):
        head.sectionClicked.emit(number)
        title = foods.model_.headerData(number, Qt.Orientation.Horizontal)
        seen.append((order(foods), title))
        assert foods.chosen() == "apple"
        assert foods.columnWidth(number) >= head.fontMetrics().horizontalAdvance(title), "the mark cuts the title"
    assert head.sectionsClickable()
    assert seen == [
        ("apple bread cake date", "Name \u2191"),
        ("date cake bread apple", "Name \u2193"),
        ("bread apple cake date", "Name"),
        ("apple date bread cake", "Size \u2193"),
        ("bread date apple cake", "Size \u2191"),
        ("bread date apple cake", ""),
    ]
    foods.show_rows(["date", "cake", "apple"])
    assert order(foods) == "date apple cake"


def test_keys_order_the_rows_and_groups_stay_together(foods: Any) -> None:
    foods.show_rows(grouped([("First", "", ["bread", "apple"]), ("Second", "", ["date", "cake"])]))
    seen = []
    for _ in range(5):
        QTest.keyClick(foods, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        seen.append(order(foods))
    assert seen == [
        "First apple bread Second cake date",
        "First bread apple Second date cake",
        "First apple bread Second date cake",
        "First bread apple Second date cake",
        "First bread apple Second date cake",
    ]


def test_rows_of_which_more_are_to_come_are_not_ordered(foods: Any) -> None:
    head = foods.horizontalHeader()
    head.sectionClicked.emit(0)
    foods.let_sort(False)
    assert (order(foods), head.sectionsClickable()) == ("bread apple cake date", False)
    assert "end of the list" in head.toolTip()
    QTest.keyClick(foods, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert order(foods) == "bread apple cake date"
    foods.let_sort(True)
    head.sectionClicked.emit(0)
    assert order(foods) == "apple bread cake date"


def test_a_colour_of_no_known_name_is_the_plain_one() -> None:
    """A list whose rows come from data is drawn whatever they name: an error would leave all of it empty."""
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    theme.apply(app, "light")
    look = theme.tokens()
    odd: tuple[Column[str], ...] = (
        Column("Name", str, tone=str),
        Column("Parts", lambda _: "", segments=lambda row: [(row, 1.0)]),
    )
    table = Table("Things", odd, str)
    table.show_rows(["", "bad", "archived"])
    table.resize(400, 200)
    table.show()
    table.grab()
    told = [table.model_.index(row, 0).data(Qt.ItemDataRole.ForegroundRole) for row in range(3)]
    table.deleteLater()
    assert told[0] is None
    assert [color.name() for color in told[1:]] == [look.bad, look.text]
