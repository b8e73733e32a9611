"""Other colours and other letters: taken in parts, by each widget about once, and by none where nothing is other."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QImage
from shiboken6 import getCppPointer

from tests.support.desk import Desk
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, QtWidgets, play
from voicegw_desktop.app import in_parts, theme
from voicegw_desktop.app.windows.scrolling import Scrolled

pytestmark = pytest.mark.app
__all__ = ["play"]


HANDED_ON = (QEvent.Type.FontChange, QEvent.Type.PaletteChange)


class Told(QObject):
    """Counts how often each widget is told that it has other looks, and how many are that have none at that time."""

    def __init__(self) -> None:
        super().__init__()
        self.times: Counter[int] = Counter()
        self.bare = 0
        self.handed_on = 0
        """Other letters or colours, which a widget hands on to all in it"""

    def eventFilter(self, to: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange and isinstance(to, QtWidgets.QWidget):
            if to.testAttribute(theme.DRESSED):
                self.times[getCppPointer(to)[0]] += 1
            else:
                self.bare += 1
        self.handed_on += event.type() in HANDED_ON
        return False


class Sizes(QObject):
    """Counts how often what is on a page in view gets another size."""

    def __init__(self, page: QtWidgets.QWidget) -> None:
        super().__init__()
        self.told = 0
        for widget in page.findChildren(QtWidgets.QWidget):
            widget.installEventFilter(self)

    def eventFilter(self, to: QObject, event: QEvent) -> bool:
        self.told += event.type() == QEvent.Type.Resize
        return False


@pytest.fixture
def app() -> Iterator[QtWidgets.QApplication]:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    yield app
    theme.apply(app, "light")


def sight(desk: Desk) -> QImage:
    """The picture on the screen, where `grab` would draw all again."""
    window = desk.window
    return window.screen().grabWindow(window.winId(), 0, 0, window.width(), window.height()).toImage()


def test_no_widget_is_told_twice(play: Play, app: QtWidgets.QApplication) -> None:
    """Left to itself, Qt tells all widgets several times over: two seconds for all pages."""

    async def scene(desk: Desk) -> None:
        for name in ("Overview", "Settings", "Models"):
            await desk.open(name)
        told = Told()
        kept = [desk.window, *desk.window.findChildren(QtWidgets.QWidget)]
        app.installEventFilter(told)
        theme.apply(app, "dark")
        app.removeEventFilter(told)
        assert len(told.times) > len(kept) // 2
        assert set(told.times.values()) == {1}
        assert told.bare == 0

    play(busy(), scene)


def test_the_same_looks_are_no_work(play: Play, app: QtWidgets.QApplication) -> None:
    """Each preference that is changed takes the looks along, also where these stay."""

    async def scene(desk: Desk) -> None:
        await desk.open("Settings")
        told = Told()
        app.installEventFilter(told)
        desk.window.dress(theme.applied(app, "light"))
        await desk.settle()
        app.removeEventFilter(told)
        assert not told.times

    play(busy(), scene)


@pytest.mark.parametrize(("look", "size"), [("dark", 100), ("light", 130)])
def test_looks_are_taken_in_parts_below_the_old_picture(
    play: Play, app: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch, look: str, size: int
) -> None:
    monkeypatch.setattr(in_parts, "PART", 0.0)

    async def scene(desk: Desk) -> None:
        await desk.open("Settings")
        window, before, parts = desk.window, sight(desk), 0
        window.dress(theme.applied(app, look, size))
        while window._dressing:
            window._next_part()
            parts += 1
            await asyncio.sleep(0)
            assert not window._dressing or sight(desk) == before
        await desk.settle()
        assert parts > 2 * len(window.page("Settings").findChildren(QtWidgets.QWidget))
        after = window.grab().toImage()
        assert after != before
        # as if all had been done at once
        theme.apply(app, "light")
        theme.apply(app, look, size)
        window.restyle()
        await desk.settle()
        assert window.grab().toImage() == after

    play(busy(), scene)


@pytest.mark.parametrize("size", [100, 130])
def test_a_part_tells_one_widget(
    play: Play, app: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The style sheet as such is told to none: Qt would tell all of them in one go, below which streams wait."""
    monkeypatch.setattr(in_parts, "PART", 0.0)

    async def scene(desk: Desk) -> None:
        for name in ("Settings", "Models", "Overview"):
            await desk.open(name)
        told = Told()
        app.installEventFilter(told)
        before, most, handed_on = 0, 0, [0]
        for _ in theme.applied(app, "dark", size):
            now = told.times.total() + told.bare
            before, most = now, max(most, now - before)
            handed_on.append(told.handed_on)
        app.removeEventFilter(told)
        assert before > 100
        assert most == 1
        assert handed_on[-1] > before
        # a widget hands its letters and colours on to the few in it that have none of their own
        assert max(now - before for before, now in itertools.pairwise(handed_on)) < 15

    play(busy(), scene)


@pytest.mark.parametrize("name", ["Settings", "Overview", "Money", "Help"])
def test_a_page_is_measured_once_it_has_all_its_looks(
    play: Play, app: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Measured again after each few widgets, it would take longer than all the rest."""
    monkeypatch.setattr(in_parts, "PART", 0.0)
    measured: list[int] = []
    kept = Scrolled._measured
    monkeypatch.setattr(Scrolled, "_measured", lambda self, width: measured.append(width) or kept(self, width))

    async def scene(desk: Desk) -> None:
        page = await desk.open(name)
        measured.clear()
        sizes = Sizes(page)
        desk.window.dress(theme.applied(app, "dark", 130))
        desk.window._next_part()
        while any(w.testAttribute(theme.OWN_STYLE) for w in desk.window.findChildren(QtWidgets.QWidget)):
            desk.window._next_part()
            await asyncio.sleep(0)
            assert measured == []
            assert sizes.told == 0
        while desk.window._dressing:
            desk.window._next_part()
            await asyncio.sleep(0)
        # at two widths, without a bar and with one; again when what is around has its own
        assert len(measured) <= 10 * len(page.findChildren(Scrolled))
        assert sizes.told > 0

    play(busy(), scene)


def test_a_page_that_is_much_too_high_is_measured_for_one_width(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 3 ms on the page Settings, for each step of a window that is dragged."""
    measured: list[int] = []
    kept = Scrolled._measured
    monkeypatch.setattr(Scrolled, "_measured", lambda self, width: measured.append(width) or kept(self, width))

    async def scene(desk: Desk) -> None:
        page = await desk.open("Settings")
        inside = page.scrolled
        bar = inside.area.verticalScrollBar().sizeHint().width()
        for width in (900, 860, 940):
            measured.clear()
            desk.window.resize(width, 600)
            await desk.settle()
            assert inside.height() >= 2 * inside.area.viewport().height(), "the page is high enough for this test"
            room = inside.area.maximumViewportSize().width()
            assert set(measured) == {room - bar}
            assert inside.width() == room - bar
        # and again for both, once that may be otherwise
        measured.clear()
        desk.window.resize(900, 3 * inside.height())
        await desk.settle()
        room = inside.area.maximumViewportSize().width()
        assert room in measured
        assert inside.width() == room

    play(busy(), scene)


@pytest.mark.parametrize("seen", [True, False])
def test_a_page_fits_its_letters_whether_it_was_in_view_or_not(
    play: Play, app: QtWidgets.QApplication, seen: bool
) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Settings")
        low = page.scrolled.height()
        if not seen:
            await desk.turn_to("Help")
        desk.window.dress(theme.applied(app, "light", 150))
        await desk.settle()
        await desk.turn_to("Settings")
        inside, area = page.scrolled, page.scrolled.area
        assert inside.height() > low
        assert inside.height() == max(inside.heightForWidth(inside.width()), area.viewport().height())
        assert inside.width() == area.viewport().width()
        around = [desk.window, *desk.window.findChildren(QtWidgets.QWidget)]
        assert not [w for w in around if w.layout() is not None and not w.layout().isEnabled()]
        assert not [w for w in around if w.testAttribute(theme.OWN_STYLE)]

    play(busy(), scene)


def test_the_list_of_pages_stays_where_it_is_with_larger_letters(play: Play, app: QtWidgets.QApplication) -> None:
    """The reason above it has room for two lines of any size, so that the list does not move when work begins."""

    async def scene(desk: Desk) -> None:
        await desk.open("Settings")
        side = desk.window.side
        desk.window.dress(theme.applied(app, "light", 150))
        await desk.settle()
        places = []
        for why in ("one line", "two\nlines"):
            side._why.setText(why)
            await desk.turns()
            places.append(side.nav.y())
        assert places[0] == places[1]

    play(busy(), scene)


def test_a_page_that_is_turned_to_meanwhile_comes_into_view(play: Play, app: QtWidgets.QApplication) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Settings")
        desk.window.dress(theme.applied(app, "dark"))
        desk.window._next_part()
        desk.window.turn_to("Money")
        assert desk.window._dressing
        await desk.settle()
        assert desk.window.stack.currentWidget() is desk.window.page("Money")
        assert desk.window.stack._cover.isHidden()
        assert desk.window.updatesEnabled()

    play(busy(), scene)


def test_a_window_that_is_hidden_takes_looks_in_parts(
    play: Play, app: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desktop turns dark in the evening, whether the window is seen or not: a quarter of a second in one go."""
    monkeypatch.setattr(in_parts, "PART", 0.0)

    async def scene(desk: Desk) -> None:
        await desk.open("Settings")
        window, parts = desk.window, 0
        window.hide()
        window.dress(theme.applied(app, "dark"))
        while window._dressing:
            window._next_part()
            parts += 1
        assert parts > 2 * len(window.page("Settings").findChildren(QtWidgets.QWidget))
        assert app.styleSheet() == theme.sheet(theme.DARK)
        # shown while others are taken: never without a picture
        window.dress(theme.applied(app, "light"))
        window._next_part()
        window.show()
        assert window.updatesEnabled()
        assert app.styleSheet() == theme.sheet(theme.LIGHT)
        await desk.settle()
        assert window.stack._cover.isHidden()
        assert window.grab().toImage() == sight(desk)

    play(busy(), scene)


def test_other_looks_show_no_page_of_a_gateway_that_is_down(play: Play, app: QtWidgets.QApplication) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Overview")
        desk.view.set_life("stopped", message="Stopped by you; requests are refused.")
        await desk.turn_to("Conversations")
        down = desk.window.stack.currentWidget()
        desk.window.dress(theme.applied(app, "dark"))
        while desk.window._turning is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        assert desk.window.stack.currentWidget() is down
        assert desk.window.stack._cover.isHidden()

    play(busy(), scene)


@pytest.mark.parametrize("then", ["hide", "dress"])
def test_looks_are_taken_whole_whatever_follows(play: Play, app: QtWidgets.QApplication, then: str) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Settings")
        window = desk.window
        window.dress(theme.applied(app, "dark"))
        window._next_part()
        if then == "hide":
            window.hide()
            while window._dressing:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        else:
            # the person goes on choosing: nothing is done in one go for that, and the last choice holds
            before = app.styleSheet()
            for look, size in (("light", 130), ("light", 100)):
                window.dress(theme.applied(app, look, size))
                assert window._dressing
                assert app.styleSheet() == before
            await desk.settle()
        bare = [w for w in window.findChildren(QtWidgets.QWidget) if not w.testAttribute(theme.DRESSED)]
        assert not [w for w in bare if w.isVisibleTo(window)]
        look = theme.LIGHT if then == "dress" else theme.DARK
        assert app.styleSheet() == theme.sheet(look)

    play(busy(), scene)
