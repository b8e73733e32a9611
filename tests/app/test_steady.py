"""What stays where it is while the gateway works and pages are turned, and what a question's button says."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPaintEvent

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, QtWidgets, play
from voicegw_desktop.app.windows.parts import Card, Page, label
from voicegw_desktop.app.windows.settings_page import SettingRow
from voicegw_desktop.app.windows.showing import BANDS, LEAST
from voicegw_desktop.core import events as e

pytestmark = pytest.mark.app
POLISHED = Qt.WidgetAttribute.WA_WState_Polished
__all__ = ["play"]


def test_the_list_of_pages_stays_while_requests_begin_and_end(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        places = set()
        for number, target in enumerate(("", "llamacpp/qwen2.5-coder-0.5b", "piper/en_US-joe-medium")):
            if target:
                desk.view.feed(e.RequestStarted(f"r{number}", "llm", target, "default", "livekit", "room"))
            await desk.settle()
            desk.window.grab()
            places.add(desk.window.nav.y())
        assert len(places) == 1, places

    play(FakeHost(), scene)


def test_titles_stand_at_one_place_in_a_large_window(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.serve()
        desk.window.resize(2560, 1000)
        places = set()
        for name in ("Overview", "Conversations", "Settings"):
            await desk.turn_to(name)
            desk.window.grab()
            page = desk.window.page(name)
            places.add(page._title.mapTo(page, page._title.rect().topLeft()).x())
        assert len(places) == 1, places
        # and the content in the middle: as much is free at both sides
        frame = desk.window.page("Conversations")._title.parentWidget().parentWidget()
        left, right = frame.x(), frame.parentWidget().width() - frame.geometry().right() - 1
        assert left > 300
        assert abs(left - right) <= 1

    play(FakeHost(), scene)


def test_without_models_the_engines_lead_to_them(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Engines")
        desk.press("Open Models", page)
        await desk.settle()
        assert desk.window.nav.currentRow() == desk.window.names.index("Models")

    play(FakeHost(list_engines={"engines": [], "memory_limit": None}), scene)


def test_a_question_has_the_button_that_was_given(play: Play) -> None:
    """The first word of a title is no verb in every language."""

    async def scene(desk: Desk) -> None:
        await desk.open()
        done: list[int] = []
        desk.window.ask("Schlüssel widerrufen?", "Das bewirkt: nichts.", "Widerrufen", lambda: done.append(1))
        box = desk.window._question
        (push,) = [b for b in box.findChildren(QtWidgets.QPushButton) if b.text() == "Widerrufen"]
        push.click()
        assert done == [1]

    play(FakeHost(), scene)


def test_a_page_is_filled_and_drawn_in_turns_of_the_loop_of_their_own(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Models")
        await desk.turn_to("Overview")
        desk.window.turn_to("Models")
        shown, page = desk.window.stack.currentWidget(), desk.window.page("Models")
        turns = 0
        while desk.window.stack.currentWidget() is not page:
            assert desk.window.stack.currentWidget() is shown, "the last page stays until the new one is filled"
            desk.window._next_part()
            turns += 1
        assert turns >= 4, "it reads, is filled, is laid out, and is shown"

    play(FakeHost(), scene)


class Pictures(QObject):
    """Keeps how high the parts of a widget were that were drawn."""

    def __init__(self, of: QtWidgets.QWidget) -> None:
        super().__init__()
        self.drawn: list[QRect] = []
        of.installEventFilter(self)

    def eventFilter(self, of: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.drawn.append(event.rect())
        return False


@pytest.mark.parametrize("name", ["Overview", "Money", "Settings", "Projects"])
def test_a_page_is_drawn_in_bands_in_turns_of_their_own(play: Play, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one would keep the streams for more than a frame. Keyboard and screen readers do not wait for it."""
    monkeypatch.setattr("voicegw_desktop.app.windows.showing.PART", 0.0)

    async def scene(desk: Desk) -> None:
        await desk.open(name)
        await desk.turn_to("Help")
        page, stack = desk.window.page(name), desk.window.stack
        desk.window.activateWindow()
        seen = [c for c in page.findChildren(Card) if c.isVisibleTo(page)]
        pictures = Pictures(page)
        desk.window.turn_to(name)
        bands: list[QRect] = []
        while desk.window._turning is not None:
            pictures.drawn.clear()
            desk.window._next_part()
            if stack.currentWidget() is page:
                assert desk.window.focusWidget() is desk.window.nav
                assert all(card.isVisible() and card.isEnabled() for card in seen)
                assert len(pictures.drawn) <= 1, pictures.drawn
                bands += pictures.drawn
        # from top to bottom, each once, the first of a size that is known to be drawn quickly
        assert bands[0].height() == stack.height() // BANDS
        assert {band.height() for band in bands[1:-1]} == {LEAST}
        assert [band.y() for band in bands[1:]] == [band.bottom() + 1 for band in bands[:-1]]
        assert bands[0].y() == 0
        assert bands[-1].bottom() == page.rect().bottom()

    play(busy(), scene)


def test_the_last_page_stays_in_sight_until_the_next_is_drawn(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicegw_desktop.app.windows.showing.PART", 0.0)

    def sight(desk: Desk) -> QImage:
        """The picture on the screen, where `grab` would draw all again."""
        stack = desk.window.stack
        at = QRect(stack.mapTo(desk.window, QPoint()), stack.size())
        return desk.window.screen().grabWindow(desk.window.winId(), *at.getRect()).toImage()

    async def scene(desk: Desk) -> None:
        await desk.open("Money")
        await desk.turn_to("Settings")
        before = sight(desk)
        desk.window.turn_to("Money")
        stack, mixed = desk.window.stack, []
        while desk.window._turning is not None:
            desk.window._next_part()
            if not stack._cover.isHidden() and stack._cover.y() > 0:
                mixed.append((stack._cover.y(), sight(desk)))
        await desk.settle()
        after = sight(desk)
        assert len(mixed) > 3
        assert before != after
        for top, picture in mixed:
            above, below = QRect(0, 0, before.width(), top), QRect(0, top, before.width(), before.height() - top)
            assert picture.copy(above) == after.copy(above), top
            assert picture.copy(below) == before.copy(below), top

    play(busy(), scene)


def test_a_page_that_is_left_before_it_is_drawn_is_whole_the_next_time(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Money")
        for steps in range(1, 9):
            await desk.turn_to("Help")
            desk.window.turn_to("Money")
            for _ in range(steps):
                desk.window._next_part()
            desk.window.turn_to("Help")
            assert desk.window.stack._cover.isHidden(), steps
            await desk.settle()

    play(busy(), scene)


def test_pages_out_of_view_are_not_measured_when_one_is_shown(play: Play) -> None:
    """Qt's own stack asks each of them how large it would be."""

    async def scene(desk: Desk) -> None:
        for name in ("Models", "Money", "Overview"):
            await desk.open(name)
        asked: list[str] = []
        for name in ("Models", "Money"):
            desk.window.page(name).minimumSizeHint = lambda n=name: asked.append(n) or QSize()
            desk.window.page(name).sizeHint = lambda n=name: asked.append(n) or QSize()
        await desk.turn_to("Help")
        assert asked == []
        # and one that comes into view has the size that the window has by then
        desk.window.resize(1300, 800)
        await desk.turn_to("Overview")
        assert desk.window.page("Overview").size() == desk.window.stack.size()
        desk.window.resize(1000, 700)
        assert desk.window.page("Overview").size() == desk.window.stack.size()

    play(busy(), scene)


@pytest.mark.parametrize("name", ["Conversations", "Providers", "Models"])
def test_a_page_has_looks_and_size_before_it_is_shown_for_the_first_time(play: Play, name: str) -> None:
    """Else Qt gives them to all widgets at once, in the turn of the loop that draws the page."""

    async def scene(desk: Desk) -> None:
        await desk.open()
        put, seen = desk.window.stack.put, []

        def look(page: QtWidgets.QWidget, beside: QtWidgets.QWidget) -> None:
            if page is not desk.window.stack.currentWidget():
                bare = [w for w in page.findChildren(QtWidgets.QWidget) if not w.testAttribute(POLISHED)]
                seen.append((page.size() == desk.window.stack.size(), len(bare)))
            put(page, beside)

        desk.window.stack.put = look
        await desk.turn_to(name)
        assert len(seen) == 1
        sized, bare = seen[0]
        assert sized
        assert bare == 0

    play(busy(), scene)


def test_a_window_that_changes_its_size_is_drawn_at_once(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Money")
        stack = desk.window.stack
        stack.cover()
        desk.window.resize(1000, 650)
        assert stack._cover.isHidden()

    play(busy(), scene)


PIXELS = 400_000
"""More than the page below holds, and less than twice as much: then both widths have to be measured."""


class Asked(QtWidgets.QWidget):
    """A widget whose height depends on its width; keeps the widths that Qt asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.widths: list[int] = []
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        self.widths.append(width)
        return PIXELS // width

    def sizeHint(self) -> QSize:
        return QSize(400, 700)


def test_a_page_that_scrolls_is_measured_for_two_widths(play: Play) -> None:
    """Qt asks for the height of all texts at each width between that without a bar and that with one."""

    async def scene(desk: Desk) -> None:
        page = Page("Money", scrolls=True)
        asked = Asked()
        page.column.addWidget(asked)
        page.column.addWidget(label("below"))
        page.resize(600, 500)
        page.show()
        await desk.settle()
        area = page.scrolled.area
        bar = area.verticalScrollBar()
        assert bar.isVisible()
        whole = area.maximumViewportSize().width()
        assert area.viewport().width() == asked.width() == whole - bar.width()
        assert asked.height() >= PIXELS // asked.width()
        asked.widths.clear()
        page.column.addWidget(label("one more"))
        await desk.settle()
        assert {width for width in asked.widths if width > 500} == {whole, whole - bar.width()}
        # with room for all there is no bar
        page.resize(600, 4000)
        await desk.settle()
        assert not bar.isVisible()
        assert asked.width() == whole
        page.deleteLater()

    play(busy(), scene)


def test_settings_come_into_view_group_by_group_and_in_their_places(play: Play) -> None:
    """Qt lays out and draws the whole page for each widget that appears in it or moves."""

    async def scene(desk: Desk) -> None:
        await desk.open()
        page = desk.window.page("Settings")
        below = [card for card in page.findChildren(Card) if not page._groups.isAncestorOf(card)]
        desk.window.turn_to("Settings")
        seen: list[tuple[int, tuple[int, ...]]] = []
        heights: dict[Card, set[int]] = {}
        while not seen or seen[-1][0] < 4 or page._groups.minimumHeight():
            cards = [card for card in page._groups.findChildren(Card) if card.isVisible()]
            places = tuple(card.y() for card in below)
            for card in cards:
                heights.setdefault(card, set()).add(card.height())
            if cards and (not seen or seen[-1] != (len(cards), places)):
                assert all(row.isVisible() for card in cards for row in card.findChildren(SettingRow))
                seen.append((len(cards), places))
            await asyncio.sleep(0)
        await desk.settle()
        assert [number for number, _ in seen] == [1, 2, 3, 4], seen
        assert len({places for _, places in seen}) == 1, seen
        assert tuple(card.y() for card in below) == seen[0][1]
        assert {card: {card.height()} for card in heights} == heights

    play(busy(), scene)


@pytest.mark.parametrize("streams", [True, False])
def test_a_window_that_opens_beside_streams_is_drawn_in_bands(play: Play, streams: bool) -> None:
    """Without streams it is there at once."""

    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        desk.window.hide()
        await desk.settle()
        if streams:
            desk.view.feed(e.RequestStarted("r1", "llm", "openai/gpt-4o-mini", "default", "http", ""))
        pictures = Pictures(page)
        desk.window.show()
        assert desk.window.stack._cover.isHidden() != streams
        await desk.settle()
        assert desk.window.stack._cover.isHidden()
        assert (len(pictures.drawn) > 2) == streams

    play(busy(), scene)


def test_a_page_that_is_turned_to_while_the_window_opens_is_whole(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Money")
        desk.window.hide()
        desk.view.feed(e.RequestStarted("r1", "llm", "openai/gpt-4o-mini", "default", "http", ""))
        desk.window.show()
        desk.view.set_life("stopped")
        # nothing is made for a page that cannot be read: it says why, at once
        desk.window.turn_to("Engines")
        assert desk.window.stack._cover.isHidden()

    play(busy(), scene)
