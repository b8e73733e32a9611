"""What a walk through the window with the keyboard alone needs: where Tab stops, and that what it comes to is seen."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, texts
from voicegw_desktop.app import theme
from voicegw_desktop.app.windows.parts import Segments

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QSize, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

pytestmark = pytest.mark.app


def test_tab_stops_at_the_chosen_word_of_a_row(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        row = page.findChild(Segments)
        desk.window.activateWindow()
        for number in (row.current, 3):
            row.choose(number)
            desk.window.nav.setFocus()
            QTest.keyClick(desk.window, Qt.Key.Key_Tab)
            assert desk.window.focusWidget() is row._group.button(number)
        # the ring follows what is chosen while the keyboard is in the row
        row.choose(1)
        assert desk.window.focusWidget() is row._group.button(1)
        QTest.keyClick(desk.window.focusWidget(), Qt.Key.Key_Right)
        assert row.current == 2

    play(busy(), scene)


def test_what_needs_attention_comes_first(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        desk.view.troubles = ["3 of the last 10 requests to openai/gpt-4o-mini failed: the key is wrong."]
        desk.view.warnings = ["serve.port: a sentence."]
        await desk.settle()
        desk.window.activateWindow()
        desk.window.nav.setFocus()
        pushes = [w for w in page.attention.findChildren(QtWidgets.QPushButton) if w.isVisible()]
        assert pushes
        for push in pushes:
            QTest.keyClick(desk.window, Qt.Key.Key_Tab)
            assert desk.window.focusWidget() is push

    play(busy(), scene)


def test_no_engine_is_said_to_be_missing_before_the_gateway_has_answered(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.serve()
        page = desk.window.page("Engines")
        desk.window.turn_to("Engines")
        page.refresh()
        assert "No model is installed" not in texts(page)
        assert not page._panel.isVisibleTo(page)
        await desk.settle()
        assert "No model is installed" in texts(page)

    play(FakeHost(list_engines={"engines": [], "memory_limit": None}), scene)


def test_tab_goes_from_a_list_to_what_stands_beside_it(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        page.table(0).choose_row(1)
        await desk.settle()
        desk.window.activateWindow()
        desk.window.nav.setFocus()
        names = []
        while not names or names[-1] != "Pages":
            QTest.keyClick(desk.window.focusWidget(), Qt.Key.Key_Tab)
            names.append(desk.window.focusWidget().accessibleName())
        assert names[names.index("Export") :] == [
            "Export",
            "Sessions",
            "Turns",
            "Words",
            "Turns of the session",
            "Pages",
        ]

    play(busy(), scene)


def test_a_question_that_closing_asks_keeps_the_window(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        pressed = []

        def asks() -> bool:
            desk.window.ask("Quit VoiceGateway?", "One request runs.", "Quit", lambda: pressed.append("Quit"))
            return False

        desk.window._on_close = asks
        desk.window.close()
        box = desk.window._question
        assert desk.window.isVisible()
        assert (box.windowTitle(), box.text()) == ("VoiceGateway", "Quit VoiceGateway?"), "the frame cuts a long title"
        assert box.standardButtons() == QtWidgets.QMessageBox.StandardButton.NoButton
        # by keys: Cancel is chosen at first
        assert box.focusWidget().text() == box.defaultButton().text() == "Cancel"
        QTest.keyClick(box, Qt.Key.Key_Escape)
        assert (box.isVisible(), pressed) == (False, [])
        desk.window.close()
        box = desk.window._question
        QTest.keyClick(box.focusWidget(), Qt.Key.Key_Left)
        QTest.keyClick(box.focusWidget(), Qt.Key.Key_Space)
        assert pressed == ["Quit"]

    play(FakeHost(), scene)


def seen(widget: QtWidgets.QWidget) -> float:
    """The share of a widget's height that its window shows."""
    return widget.visibleRegion().boundingRect().height() / widget.height()


@pytest.mark.parametrize("name", ["Settings", "Overview", "Money", "Talk", "Projects", "Providers"])
@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_all_of_what_tab_comes_to_is_seen(play: Play, name: str, key: Qt.Key) -> None:
    app = QtWidgets.QApplication.instance()
    theme.apply(app, "light", 150)

    async def scene(desk: Desk) -> None:
        desk.window.resize(QSize(900, 600))
        desk.window.setMinimumSize(0, 0)
        page = await desk.open(name)
        desk.window.resize(QSize(900, 600))
        await desk.settle()
        desk.window.activateWindow()
        desk.window.nav.setFocus()
        cut, stops = {}, 0
        for _ in range(60):
            QTest.keyClick(desk.window.focusWidget(), key)
            at = desk.window.focusWidget()
            if at is desk.window.nav:
                break
            if at is None or not page.isAncestorOf(at):
                continue
            stops += 1
            if seen(at) < 1:
                cut[at.accessibleName() or type(at).__name__] = round(seen(at), 2)
        assert stops > 2
        assert cut == {}

    try:
        play(busy(), scene)
    finally:
        theme.apply(app, "light")
