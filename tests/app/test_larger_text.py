"""With large letters in a small window nothing that one can press is cut: rows go on below, or scroll."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QPoint, QRect, QSize, Qt  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.gallery_hosts import busy  # noqa: E402
from tests.support.pages import Play, play  # noqa: E402, F401
from voicegw_desktop.app import language, theme  # noqa: E402
from voicegw_desktop.app.windows.main_window import SMALLEST  # noqa: E402
from voicegw_desktop.app.windows.wrapping import Wrapping, wrapped  # noqa: E402

pytestmark = pytest.mark.app

SCREEN = QSize(900, 600)
PAGES = (
    "Overview", "Talk", "Conversations", "Money", "Engines", "Models", "Providers", "Projects", "Settings",
    "Help",
)  # fmt: skip


def cut(window: Any) -> Iterator[str]:
    """What can be pressed but not be read whole, or lies where nothing scrolls to it."""
    pressed = [w for kind in (QtWidgets.QAbstractButton, QtWidgets.QComboBox) for w in window.findChildren(kind)]
    for widget in pressed:
        if not widget.isVisible():
            continue
        name = f"{type(widget).__name__} {getattr(widget, 'text', str)() or widget.accessibleName()}"
        if isinstance(widget, QtWidgets.QAbstractButton) and widget.width() < widget.sizeHint().width():
            yield f"{name}: {widget.width()} of {widget.sizeHint().width()} px"
        whole, at = QRect(widget.mapTo(window, QPoint()), widget.size()), widget.parentWidget()
        while at is not None and at is not window.parentWidget():
            room, above = QRect(at.mapTo(window, QPoint()), at.size()), at.parentWidget()
            sideways = upright = False
            if isinstance(above, QtWidgets.QAbstractScrollArea) and at is above.viewport():
                sideways, upright = above.horizontalScrollBar().isVisible(), above.verticalScrollBar().isVisible()
            if not sideways and (whole.left() < room.left() or whole.right() > room.right()):
                yield f"{name}: beside {type(at).__name__}"
            if not upright and (whole.top() < room.top() or whole.bottom() > room.bottom()):
                yield f"{name}: below {type(at).__name__}"
            # what scrolls there is reached: only the part that is seen matters further out
            whole, at = whole.intersected(room), above
            if whole.isEmpty():
                break


@pytest.mark.parametrize("wanted", ["en", "de", "es"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_to_press_is_cut_in_large_letters(play: Play, tmp_path: Path, name: str, wanted: str) -> None:  # noqa: F811
    async def scene(desk: Desk) -> None:
        app = QtWidgets.QApplication.instance()
        try:
            theme.apply(app, "light", 150)
            await desk.open(name)
            # as on a screen of that size, which limits what the window asks for
            desk.window.setMinimumSize(SMALLEST)
            desk.window.resize(SCREEN)
            await desk.settle()
            assert desk.window.size() == SCREEN
            assert list(cut(desk.window)) == []
            areas = desk.window.page(name).findChildren(QtWidgets.QScrollArea)
            assert [a for a in areas if a.isVisible() and a.horizontalScrollBar().isVisible()] == []
        finally:
            theme.apply(app, "light")

    language.use(wanted, tmp_path)
    try:
        play(busy(), scene)
    finally:
        language.use("en", tmp_path)


@pytest.mark.parametrize("name", ["Money", "Projects"])
def test_tables_are_lower_before_a_page_scrolls(play: Play, name: str) -> None:  # noqa: F811
    async def scene(desk: Desk) -> None:
        page = await desk.open(name)
        desk.window.resize(SCREEN)
        await desk.settle()
        area = page.table.parentWidget()
        while not isinstance(area, QtWidgets.QScrollArea):
            area = area.parentWidget()
        assert not area.verticalScrollBar().isVisible()
        assert page.table.height() > page.table.minimumHeight()
        desk.window.setMinimumSize(0, 0)
        desk.window.resize(SCREEN.width(), SCREEN.height() // 2)
        await desk.settle()
        assert area.verticalScrollBar().isVisible()
        assert page.table.viewport().height() >= 2 * page.table.rowHeight(0)

    play(busy(), scene)


def test_the_search_takes_the_room_that_a_row_has_left(play: Play) -> None:  # noqa: F811
    async def scene(desk: Desk) -> None:
        page = await desk.open("Help")
        assert page.level.width() == page.level.sizeHint().width()
        assert page.search.width() > page.search.sizeHint().width()

    play(busy(), scene)


def test_a_row_goes_on_below_and_is_mirrored() -> None:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    box = QtWidgets.QWidget()
    first, second = QtWidgets.QWidget(), QtWidgets.QWidget()
    for part in (first, second):
        part.setFixedSize(100, 20)
    box.setLayout(wrapped(first, 1, second, spacing=10))
    box.show()
    box.resize(300, 20)
    app.processEvents()
    assert (first.x(), second.x(), box.heightForWidth(300)) == (0, 200, 20)
    box.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    app.processEvents()
    assert (first.x(), second.x()) == (200, 0)
    box.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    box.resize(150, 50)
    app.processEvents()
    # also there what follows the stretch stands at the end
    assert (first.pos(), second.pos(), box.heightForWidth(150)) == (QPoint(0, 0), QPoint(50, 30), 50)
    box.close()


def test_stretches_share_the_room_of_their_line() -> None:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    box, row = QtWidgets.QWidget(), Wrapping(spacing=10)
    parts = [QtWidgets.QWidget() for _ in range(3)]
    for part, least, stretch in zip(parts, (50, 50, 200), (1, 3, 1), strict=True):
        part.setMinimumSize(least, 20)
        row.addWidget(part, stretch)
    parts[1].setMaximumWidth(170)
    box.setLayout(row)
    box.show()
    for room, shared in ((420, [50, 150, 200]), (460, [60, 170, 200]), (320, [50, 50, 200]), (319, [77, 170, 319])):
        box.resize(room, 60)
        app.processEvents()
        assert [part.width() for part in parts] == shared
    box.close()


def test_a_row_keeps_what_it_measured_until_a_part_changes() -> None:
    """Qt asks the rows of a page for their heights hundreds of times while it is turned to."""
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    boxes, first = [], QtWidgets.QLabel("short")
    for labels in ([first], [QtWidgets.QLabel("one of many") for _ in range(100)]):
        box, outer = QtWidgets.QWidget(), QtWidgets.QVBoxLayout()
        outer.addLayout(wrapped(*labels, QtWidgets.QLabel("the last")))
        box.setLayout(outer)
        box.resize(600, 60)
        box.show()
        boxes.append(box)
    app.processEvents()

    def asked(box: Any) -> float:
        row = box.layout().itemAt(0).layout()
        row.heightForWidth(600)
        since = time.thread_time()
        for _ in range(500):
            row.heightForWidth(600)
        return time.thread_time() - since

    few, many = (min(asked(box) for _ in range(5)) for box in boxes)
    assert many < 10 * few
    row = boxes[0].layout().itemAt(0).layout()
    one_line = row.heightForWidth(600)
    first.setText("so long that the label beside it has to stand in a line below " * 2)
    app.processEvents()
    assert row.heightForWidth(600) > one_line
    first.hide()
    app.processEvents()
    assert row.heightForWidth(600) == one_line
    for box in boxes:
        box.close()
