"""What stays where it is while the gateway works and pages are turned, and what a question's button says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QEvent, QObject, QSize, Qt

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, QtWidgets, play
from voicegw_desktop.app.windows.parts import Card
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
    """Counts the pictures of some widgets."""

    def __init__(self, of: Sequence[QtWidgets.QWidget]) -> None:
        super().__init__()
        self.drawn: list[QtWidgets.QWidget] = []
        for widget in of:
            widget.installEventFilter(self)

    def eventFilter(self, of: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(of, QtWidgets.QWidget):
            self.drawn.append(of)
        return False


@pytest.mark.parametrize("name", ["Overview", "Money", "Settings", "Projects"])
def test_the_cards_of_a_page_are_drawn_in_turns_of_their_own(
    play: Play, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one would keep the streams for more than a frame. Keyboard and screen readers do not wait for it."""
    monkeypatch.setattr("voicegw_desktop.app.windows.showing.PART", 0.0)

    async def scene(desk: Desk) -> None:
        await desk.open(name)
        await desk.turn_to("Help")
        page = desk.window.page(name)
        desk.window.activateWindow()
        seen = [c for c in page.findChildren(Card) if c.isVisibleTo(page)]
        pictures = Pictures(seen)
        desk.window.turn_to(name)
        turns: list[int] = []
        while desk.window._turning is not None:
            pictures.drawn.clear()
            desk.window._next_part()
            if desk.window.stack.currentWidget() is page:
                assert desk.window.focusWidget() is desk.window.nav
                assert all(card.isVisible() and card.isEnabled() for card in seen)
                turns.append(len(set(pictures.drawn)))
        assert len(seen) > 1
        assert max(turns) == 1, turns
        assert sum(turns) > 1
        assert all(w.updatesEnabled() for w in page.findChildren(QtWidgets.QWidget))

    play(busy(), scene)


def test_a_page_that_is_left_before_it_is_drawn_is_whole_the_next_time(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        for steps in range(1, 9):
            await desk.turn_to("Help")
            desk.window.turn_to("Money")
            for _ in range(steps):
                desk.window._next_part()
            desk.window.turn_to("Help")
            assert all(w.updatesEnabled() for w in page.findChildren(QtWidgets.QWidget)), steps
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
        put, seen = desk.window._put, []

        def look(page: QtWidgets.QWidget) -> None:
            if page is not desk.window.stack.currentWidget():
                bare = [w for w in page.findChildren(QtWidgets.QWidget) if not w.testAttribute(POLISHED)]
                seen.append((page.size() == desk.window.stack.size(), len(bare)))
            put(page)

        desk.window._put = look
        await desk.turn_to(name)
        assert len(seen) == 1
        sized, bare = seen[0]
        assert sized
        assert bare == 0

    play(busy(), scene)
