"""Another language: taken in parts below the old picture, in the window that is there."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from shiboken6 import isValid

from tests.app.test_other_looks import app, sight
from tests.support.desk import Desk
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, QtWidgets, play, texts
from voicegw_desktop.app import language, theme
from voicegw_desktop.app.speaking import Speaking
from voicegw_desktop.app.windows.wrapping import Wrapping

pytestmark = pytest.mark.app
__all__ = ["app", "play"]


@pytest.fixture
def german(tmp_path: Path) -> Iterator[Callable[[], Iterator[None]]]:
    """Gives the parts in which German is taken."""
    language.prepare("de", tmp_path)

    def parts() -> Iterator[None]:
        language.use("de", tmp_path)
        yield

    yield parts
    language.use("en", tmp_path)


def test_the_old_picture_stays_until_there_is_another(play: Play, german: Callable[[], Iterator[None]]) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Help")
        window, before = desk.window, sight(desk)
        window.speak(german())
        while window._dressing:
            window._next_part()
            await asyncio.sleep(0)
            assert not window._dressing or sight(desk) == before
        pages = (window.stack.x(), window.stack.y(), window.stack.width(), window.stack.height())
        while window.stack.currentWidget() is page:
            await asyncio.sleep(0)
            if window.stack.currentWidget() is page:
                assert sight(desk).copy(*pages) == before.copy(*pages)
        await desk.settle()
        assert window.nav.item(9).text() == "Hilfe"
        assert "Hilfe" in texts(window.page("Help"))
        assert window.grab().toImage() == sight(desk)

    play(busy(), scene)


def test_texts_that_come_while_looks_are_taken_are_taken_too(play: Play, german: Callable[[], Iterator[None]]) -> None:
    """Whatever part of the looks it is: a translation that is compiled first comes a tenth of a second later."""

    async def scene(desk: Desk) -> None:
        await desk.open("Help")
        window = desk.window
        window.dress(iter(()))
        parts = 0
        while window._dressing:
            window._next_part()
            parts += 1
        await desk.settle()
        assert parts > 2
        for at in range(1, parts):
            window.dress(iter(()))
            for _ in range(at):
                window._next_part()
            window.speak(german())
            await desk.settle()
            assert window.nav.item(9).text() == "Hilfe", at
            window.speak(english())
            await desk.settle()
            assert window.nav.item(9).text() == "Help"

    def english() -> Iterator[None]:
        language.use("en", Path())
        yield

    play(busy(), scene)


def test_a_dialog_in_the_language_before_is_closed(play: Play, german: Callable[[], Iterator[None]]) -> None:
    """The page that asked is gone by then."""
    answered: list[int] = []

    async def scene(desk: Desk) -> None:
        await desk.open("Projects")
        desk.window.ask("Delete?", "It is gone then.", "Delete", lambda: answered.append(1))
        assert desk.window.findChildren(QtWidgets.QDialog)
        desk.window.speak(german())
        await desk.settle()
        assert not desk.window.findChildren(QtWidgets.QDialog)
        assert not answered

    play(busy(), scene)


def test_language_and_looks_are_taken_one_after_the_other(
    play: Play, german: Callable[[], Iterator[None]], app: QtWidgets.QApplication
) -> None:
    """A file that is read again may change both at once."""

    async def scene(desk: Desk) -> None:
        await desk.open("Help")
        await desk.turn_to("Settings")
        window = desk.window
        window.dress(theme.applied(app, "dark"))
        window._next_part()
        window.speak(german())
        window.dress(theme.applied(app, "light", 130))
        await desk.settle()
        assert window.updatesEnabled()
        assert app.styleSheet() == theme.sheet(theme.LIGHT)
        assert "Einstellungen" in texts(window.page("Settings"))
        assert window.stack.currentWidget() is window.page("Settings")

    play(busy(), scene)


def test_a_hidden_window_speaks_it_once_it_is_shown(play: Play, german: Callable[[], Iterator[None]]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Help")
        desk.window.hide()
        desk.window.speak(german())
        while desk.window._dressing:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        desk.window.show()
        await desk.settle()
        assert "Hilfe" in texts(desk.window.page("Help"))
        assert desk.window.stack.currentWidget() is desk.window.page("Help")

    play(busy(), scene)


def test_a_page_that_is_deleted_takes_nothing_of_others_along(play: Play) -> None:
    """PySide took items of one page's rows for another's: the next layout of that page ended the program."""

    async def scene(desk: Desk) -> None:
        page = await desk.open("Help")
        desk.window.stack.drop(desk.window._pages.pop(0))
        await desk.turns()
        rows = [row for row in gc.get_objects() if isinstance(row, Wrapping) and isValid(row)]
        there = [row for row in rows if row.parentWidget() is not None and page.isAncestorOf(row.parentWidget())]
        assert there
        assert all(isValid(row.itemAt(number)) for row in there for number in range(row.count()))

    play(busy(), scene)


def test_a_translation_that_cannot_be_compiled_is_not_tried_again_in_the_loop(
    app: QtWidgets.QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling takes a tenth of a second, or 20 s before it is given up; texts are English then."""
    sources = language.resources_dir() / "translations"
    shutil.copytree(sources, tmp_path / "translations", ignore=shutil.ignore_patterns("*.qm"))
    monkeypatch.setattr(language, "resources_dir", lambda: tmp_path)
    started: list[Callable[[None], None]] = []
    taken: list[Iterator[None]] = []
    speaking = Speaking(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat), tmp_path)
    speaking.change("de", lambda work, then: (work.close(), started.append(then)), taken.append)
    assert not taken
    monkeypatch.setattr(language, "compile_to", lambda *_: pytest.fail("compiled in the loop"))
    try:
        started[0](None)
        for _ in taken[0]:
            pass
        assert language.tr("Pages") == "Pages"
    finally:
        monkeypatch.undo()
        language.use("en", tmp_path)
