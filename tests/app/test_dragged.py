"""A window that is dragged larger or smaller: beside streams its page is drawn in parts, and what stays is kept."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize
from PySide6.QtGui import QImage, QPaintEvent, QRegion

from tests.support.desk import Desk
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, QtWidgets, play
from voicegw_desktop.app import theme
from voicegw_desktop.app.in_parts import WAITS
from voicegw_desktop.app.windows import kept
from voicegw_desktop.app.windows.showing import BANDS, LEAST
from voicegw_desktop.core import events as e

pytestmark = pytest.mark.app
__all__ = ["play"]
SMALLER = QSize(1000, 650)


class Drawn(QObject):
    """Keeps which parts of some widgets were drawn."""

    def __init__(self, *of: QtWidgets.QWidget) -> None:
        super().__init__()
        self.found: list[QRect] = []
        for widget in of:
            widget.installEventFilter(self)

    def eventFilter(self, of: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.found.append(event.rect())
        return False


def sight(desk: Desk) -> QImage:
    """The picture of the page on the screen, where `grab` would draw all again."""
    stack = desk.window.stack
    at = QRect(stack.mapTo(desk.window, QPoint()), stack.size())
    return desk.window.screen().grabWindow(desk.window.winId(), *at.getRect()).toImage()


async def opened(desk: Desk, name: str) -> Any:
    """The page, in view beside a stream."""
    page = await desk.open(name)
    desk.view.feed(e.RequestStarted("r1", "llm", "openai/gpt-4o-mini", "default", "http", ""))
    await desk.settle()
    return page


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicegw_desktop.app.windows.showing.PART", 0.0)


def test_a_part_waits_a_few_turns_of_the_loop_for_streams_that_had_no_time(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last streams of a burst would wait for all of it and for the part."""

    async def scene(desk: Desk) -> None:
        page, window = await opened(desk, "Money"), desk.window
        began = page.size()
        window.resize(SMALLER)
        monkeypatch.setattr("voicegw_desktop.app.windows.main_window.catch_up", lambda: False)
        for _ in range(WAITS):
            window._next_part()
            assert page.size() == began
            assert window._turn.isActive()
        window._next_part()
        assert page.size() == window.stack.size(), "streams that never have time enough hold the window up"
        await desk.settle()

    play(busy(), scene)


@pytest.mark.parametrize("name", ["Money", "Models", "Settings"])
@pytest.mark.parametrize("size", [SMALLER, QSize(1300, 780)])
def test_beside_streams_a_page_of_another_size_is_drawn_in_bands(play: Play, name: str, size: QSize) -> None:
    async def scene(desk: Desk) -> None:
        page, window = await opened(desk, name), desk.window
        before, drawn, began = sight(desk), Drawn(page), page.size()
        window.resize(size)
        window._turn.stop()
        await desk.turns()
        assert page.size() == began, "the page is laid out in a turn of the loop of its own"
        window._next_part()
        window._turn.stop()
        assert page.size() == window.stack.size(), "keyboard and screen readers do not wait for the picture"
        await desk.turns()
        assert drawn.found == []
        # what was there stays, where there is still room for it
        both = QRect(QPoint(), before.size()).intersected(QRect(QPoint(), window.stack.size()))
        assert sight(desk).copy(both) == before.copy(both)
        whole = QRegion()
        while window._turning is not None:
            drawn.found.clear()
            window._next_part()
            assert sum(area.height() for area in drawn.found) <= max(LEAST, window.stack.height() // BANDS)
            for area in drawn.found:
                whole += area
        assert whole.boundingRect() == page.rect()
        await desk.settle()
        after = sight(desk)
        assert window.stack._cover.isHidden()
        assert not window.stack._kept
        window.repaint()
        page.repaint()
        assert sight(desk) == after

    play(busy(), scene)


def test_the_memory_of_the_picture_is_there_before_it_is_kept(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """New memory takes 11 ms for a picture of 2560x1440 pixels: it is touched in parts, used again, and given back."""
    monkeypatch.setattr(kept, "STEP", 100_000)

    async def scene(desk: Desk) -> None:
        desk.view.feed(e.RequestStarted("r1", "llm", "openai/gpt-4o-mini", "default", "http", ""))
        await desk.open("Models")
        stack, window = desk.window.stack, desk.window
        image, size = stack._kept._image, stack.size()
        assert image.size() == size
        assert not stack._kept
        places = {id(image)}
        for _ in range(3):
            window.resize(window.size() - QSize(10, 10))
            assert stack._kept
            assert stack._kept._image.size() == size
            places.add(id(stack._kept._image))
            await desk.settle()
        assert len(places) == 1
        steps = list(kept.Kept().prepared(stack))
        assert len(steps) > 4 * stack.width() * stack.height() // 100_000 // 2
        window.hide()
        assert stack._kept._image.isNull()

    play(busy(), scene)


def test_a_window_that_is_dragged_on_comes_to_the_bottom_of_its_page(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page, window = await opened(desk, "Overview"), desk.window
        drawn, began = Drawn(page), window.size()
        steps = 2 * window.height() // LEAST
        for step in range(1, steps):
            window.resize(began - QSize(step, step % 2))
            await desk.turns()
            drawn.found.clear()
            for _ in range(2):
                window._next_part()
            if any(area.bottom() >= page.height() - 1 for area in drawn.found):
                break
        assert 3 < step < steps - 1
        await desk.settle()
        assert window.stack._cover.isHidden()
        assert window.stack._above.isHidden()

    play(busy(), scene)


@pytest.mark.parametrize("why", ["no stream", "no picture"])
def test_else_a_window_of_another_size_is_drawn_at_once(play: Play, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "no picture":
        monkeypatch.setattr(kept, "READABLE", set[str]())

    async def scene(desk: Desk) -> None:
        page = await (desk.open("Models") if why == "no stream" else opened(desk, "Models"))
        if why == "no stream":
            desk.view.active.clear()
        drawn = Drawn(page)
        desk.window.resize(SMALLER)
        assert desk.window._turning is None
        await desk.turns()
        assert drawn.found[0] == page.rect()

    play(busy(), scene)


def test_a_page_that_is_turned_to_in_a_drag_comes_into_view(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await opened(desk, "Models")
        desk.window.resize(SMALLER)
        before = desk.window.page("Models")
        desk.window.turn_to("Help")
        assert before.size() == desk.window.stack.size()
        await desk.settle()
        stack = desk.window.stack
        assert stack.currentWidget() is desk.window.page("Help")
        assert stack._cover.isHidden()
        assert stack._above.isHidden()

    play(busy(), scene)


def test_nothing_is_drawn_below_a_page(play: Play) -> None:
    """The ground of the window would be filled twice before that of the page."""

    async def scene(desk: Desk) -> None:
        page, window = await desk.open("Talk"), desk.window
        drawn = Drawn(window, window.centralWidget(), window.stack)
        page.repaint()
        assert drawn.found == []
        assert page.grab().toImage().pixelColor(2, 2).name() == theme.tokens().window

    play(busy(), scene)


def test_a_text_of_a_table_that_has_room_is_laid_out_once(play: Play) -> None:
    """Not for each width that its column has while the window is dragged."""

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        table = next(t for t in page.findChildren(QtWidgets.QTableView) if t.isVisible())
        table.grab()
        before = set(table._cells._texts)
        for _ in range(5):
            desk.window.resize(desk.window.size() + QSize(7, 0))
            table.grab()
        added = set(table._cells._texts) - before
        assert any(width == 0 for _, width in before)
        assert all(width for _, width in added), added
        assert all(table._cells._texts[text, 0].advance > width for text, width in added)

    play(busy(), scene)
