"""Each page over a scripted gateway: what it shows, which operations it calls, how keys reach it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QSize  # noqa: E402
from PySide6.QtGui import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, engine, model, project, provider  # noqa: E402
from tests.support.gallery_hosts import busy  # noqa: E402
from tests.support.pages import Play, cells, row, texts  # noqa: E402
from tests.support.unsafe import ATTACKS, steers  # noqa: E402
from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.tray_menu import TrayMenu  # noqa: E402
from voicegw_desktop.app.viewmodels.state import Budget  # noqa: E402
from voicegw_desktop.app.windows.choice import Choice  # noqa: E402
from voicegw_desktop.app.windows.main_window import SMALLEST  # noqa: E402
from voicegw_desktop.app.windows.parts import Elided  # noqa: E402
from voicegw_desktop.app.windows.side import WIDTH as NAV_WIDTH  # noqa: E402
from voicegw_desktop.app.windows.table import Table  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402

pytestmark = pytest.mark.app

PAGES = (
    "Overview", "Talk", "Conversations", "Money", "Engines", "Models", "Providers", "Projects", "Settings",
    "Help",
)  # fmt: skip
DEPENDENT = ("Conversations", "Money", "Engines", "Models", "Providers", "Projects")
"""Pages that show nothing while the gateway is down."""
UNSAFE = "<b>x</b> &" + "".join(ATTACKS)
LONG = "a-very-long-name-that-somebody-chose-" * 4


def marked_up(tip: str) -> bool:
    """Whether Qt would read a caller's markup in this tooltip."""
    return Qt.mightBeRichText(tip) and "<b>" in tip


def full(LONG: str = LONG) -> FakeHost:
    """Many of everything, with long names or names of another kind."""
    return FakeHost(
        list_store={"models": [model(f"piper/{LONG}{n}", "tts") for n in range(60)]},
        list_engines={"engines": [engine(f"whisper/{LONG}", "failed", reason="it broke " * 40),
            engine("piper/x", "idle", rss_bytes=170_000_000, threads=2, keep_alive_s=300.0, expires_at=1000.0, pid=7,
            info={"device": "cpu", "compute_type": "int8"})], "memory_limit": 1},
        list_providers={"providers": [provider(LONG + str(n), install="pip install " + LONG) for n in range(20)]},
        list_projects={"projects": [project(LONG, name=LONG), project("default", daily_budget=1.0)]},
        get_project={"budget": {"status": "warning", "budget_nanos": 10**9, "action": "warn"}},
        show_routes={"offline": False, "stack": LONG, "stacks": {LONG: {}}, "routes": {"stt": LONG + "/x"}},
    )  # fmt: skip


# -- all pages ----------------------------------------------------------------------------------------------------


def test_the_tray_menu_shows_names_and_no_more(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.view.feed(e.Notice("error", UNSAFE))
        menu = TrayMenu(desk.view, desk.actions, open_window=bool, serve=bool, quit=bool)
        menu.refresh()
        told = []
        for action in (*menu.actions(), *(a for sub in menu.findChildren(QtWidgets.QMenu) for a in sub.actions())):
            told.append(action.text())
        menu.deleteLater()
        assert any("FAKE LINE" in text or "\\x1b" in text for text in told)
        assert not steers("".join(told))

    play(full(UNSAFE), scene)


def test_the_tray_shows_live_sessions_with_their_targets_and_bars_of_budgets(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        menu = TrayMenu(desk.view, desk.actions, open_window=bool, serve=bool, quit=bool)
        menu.refresh()
        every = (*menu.actions(), *(a for sub in menu.findChildren(QtWidgets.QMenu) for a in sub.actions()))

        def lines() -> list[str]:
            return [a.text() for a in every if a.isVisible()]

        assert not any("live session" in line or "%" in line for line in lines())
        desk.view.feed(e.RequestStarted("r1", "stt", "whisper/base", "default", "livekit", "room"))
        desk.view.feed(e.RequestStarted("r2", "tts", "piper/joe", "default", "livekit", "room"))
        desk.view.set_budgets([Budget("kitchen", "Kitchen", "warning", 2 * 10**9, "block")])
        desk.view.spending.add("openai", "kitchen", 1_500_000_000)
        menu.refresh()
        assert "1 live session" in lines()
        assert "room: whisper/base, piper/joe" in lines()
        assert "\u25b0" * 6 + "\u25b1" * 2 + " Kitchen: 75% of $2.00" in lines()
        # no line is grey without saying why: what cannot be done names what would make it possible
        grey = [a.text() for a in every if a.isVisible() and not a.isEnabled()]
        assert all("Models" in text or "Providers" in text or "voicegw.yaml" in text for text in grey), grey
        menu.deleteLater()

    play(FakeHost(), scene)


def test_targets_without_a_key_cannot_be_chosen_and_say_why(play: Play) -> None:
    targets = [{"modality": "llm", "provider": p, "model": "m", "installed": None} for p in ("openai", "groq")]
    status = {"config": {"warnings": []}, "providers": {"openai": {"configured": False}, "groq": {"configured": True}}}

    async def scene(desk: Desk) -> None:
        await desk.open()
        menu = TrayMenu(desk.view, desk.actions, open_window=bool, serve=bool, quit=bool)
        menu.refresh()
        shown = {a.text(): a.isEnabled() for sub in menu.findChildren(QtWidgets.QMenu) for a in sub.actions()}
        assert shown["openai/m: needs a key, page Providers"] is False
        assert shown["groq/m"] is True
        desk.view.feed(e.ModelProgress("piper/joe", 30_000_000, 60_000_000, "pulling"))
        menu.refresh()
        assert any(a.text().startswith("Fetching 1 model, 30 MB of 60 MB") for a in menu.actions())
        menu.deleteLater()

    play(FakeHost(list_models={"models": targets}, status=status), scene)


@pytest.mark.parametrize("name", PAGES)
def test_names_neither_steer_nor_reorder_what_is_shown(play: Play, name: str) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open(name)
        desk.view.feed(e.Notice("error", UNSAFE))
        desk.window.refresh()
        for widget in desk.window.findChildren(QtWidgets.QWidget):
            told = [widget.toolTip(), widget.accessibleName()]
            if isinstance(widget, QtWidgets.QLabel | QtWidgets.QPushButton):
                told.append(widget.text())
            if isinstance(widget, QtWidgets.QComboBox):
                told += [widget.itemText(i) for i in range(widget.count())]
            assert not steers("\n".join(told), lines=True), (type(widget).__name__, told)
            assert not isinstance(widget, QtWidgets.QLabel) or widget.textFormat() == Qt.TextFormat.PlainText
            assert not marked_up(widget.toolTip())
        for table in page.findChildren(Table):
            assert not steers("".join(map("".join, cells(table))))
            shown = table.model_
            tips = [shown.data(shown.index(r, 0), Qt.ItemDataRole.ToolTipRole) for r in range(shown.rowCount())]
            assert not any(steers(text, lines=True) or marked_up(text) for text in tips)

    play(full(UNSAFE), scene)


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_long_names_in_the_smallest_window(play: Play, name: str, look: str) -> None:
    async def scene(desk: Desk) -> None:
        theme.apply(QtWidgets.QApplication.instance(), look)
        desk.window.resize(SMALLEST)
        page = await desk.open(name)
        desk.view.feed(e.Notice("error", "Something went wrong at length. " * 20))
        desk.window.refresh()
        assert desk.window.size() == SMALLEST
        assert page.width() <= SMALLEST.width() - NAV_WIDTH
        for child in page.findChildren(QtWidgets.QPushButton):
            if child.isVisible():
                right = child.mapTo(page, child.rect().topRight()).x()
                assert right <= page.width(), f"{child.accessibleName()} is cut off"
        for area in page.findChildren(QtWidgets.QScrollArea):
            assert area.widget().width() <= area.viewport().width(), "the page is wider than the window shows"
        picture = page.grab().toImage()
        ground = theme.tokens().window
        assert picture.pixelColor(3, 3).name() == ground
        assert len({picture.pixel(x, y) for x in range(0, page.width(), 3) for y in range(0, page.height(), 3)}) > 10

    play(full(), scene)


@pytest.mark.parametrize("name", PAGES)
def test_everything_one_can_do_has_a_name_and_a_place_in_the_tab_order(play: Play, name: str) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open(name)
        kinds = (QtWidgets.QPushButton, QtWidgets.QComboBox, QtWidgets.QLineEdit, QtWidgets.QTableView,
                 QtWidgets.QPlainTextEdit, QtWidgets.QCheckBox)  # fmt: skip
        seen = [w for kind in kinds for w in page.findChildren(kind) if w.isVisible()]
        seen = [w for w in seen if not isinstance(w.parent(), QtWidgets.QComboBox)]
        assert seen
        for widget in seen:
            called = widget.accessibleName() or (widget.text() if hasattr(widget, "text") else "")
            assert called, f"a {type(widget).__name__} without a name"
            if widget.property("role") == "segment" and not widget.isChecked():
                # the arrows lead to it from the chosen word beside it
                continue
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, f"{called} is not reached by Tab"

    play(full(), scene)


def test_the_overview_of_a_busy_gateway_fits_into_the_smallest_window(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        desk.window.resize(SMALLEST)
        page = await desk.open()
        area = page.findChild(QtWidgets.QScrollArea)
        assert area.widget().width() <= area.viewport().width()

    play(FakeHost(logs={"logs": [row("a")]}), scene)


def test_keys_walk_through_the_pages(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.window.activateWindow()
        assert desk.window.nav.hasFocus() or desk.window.nav.focusPolicy() & Qt.FocusPolicy.TabFocus
        for number, name in enumerate(PAGES, 1):
            desk.window.nav.setCurrentRow(0)
            QTest.keyClick(desk.window, getattr(Qt.Key, f"Key_{number % 10}"), Qt.KeyboardModifier.ControlModifier)
            await desk.settle()
            assert desk.window.stack.currentWidget() is desk.window.page(name)
            shown = [w for w in QtWidgets.QApplication.topLevelWidgets() if w.isVisible()]
            assert shown == [desk.window], "a part of the page is a window of its own"

    play(full(), scene)


def test_pages_are_made_when_they_are_turned_to(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        assert desk.window.stack.count() == 1
        desk.window.turn_to("Models")
        assert desk.window.stack.currentWidget() is desk.window.page("Overview"), "made in parts, and shown when whole"
        await desk.settle()
        assert desk.window.stack.count() == 2
        assert desk.window.stack.currentWidget() is desk.window.page("Models")

    play(FakeHost(), scene)


def test_a_page_that_is_left_while_it_is_made_is_whole_the_next_time(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.window.turn_to("Models")
        for _ in range(3):
            desk.window._next_part()
        await desk.turn_to("Money")
        await desk.turn_to("Models")
        page = desk.window.page("Models")
        assert desk.window.stack.currentWidget() is page
        assert "No matching model." in texts(page) or "Looking at the model store" in texts(page)
        page.refresh()

    play(FakeHost(), scene)


def test_what_stands_alone_in_a_box_begins_with_a_capital(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        for name in ("Talk", "Conversations", "Models", "Projects", "Providers", "Settings", "Help"):
            await desk.turn_to(name)
        page = desk.window
        data = {t for some in desk.view.targets.values() for t in some} | set(desk.view.stacks) | {"kitchen", "gpu-box"}
        texts = {box.itemText(n) for box in page.findChildren(Choice) for n in range(box.count())}
        texts |= {edit.placeholderText() for edit in page.findChildren(QtWidgets.QLineEdit)}
        small = {t for t in texts - data if t[:1].islower() and not re.match(r"http|dg-|sk-|default$|shop$", t)}
        assert small == set()

    play(busy(), scene)


def test_a_label_takes_its_short_words_before_it_cuts_them() -> None:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    text = Elided("", "small")
    text.show_text("Speech to text · TTFS", "STT · TTFS")
    text.show()
    text.resize(400, 20)
    assert text.text() == "Speech to text · TTFS"
    text.resize(text.fontMetrics().horizontalAdvance("STT · TTFS") + 2, 20)
    assert (text.text(), text.accessibleName()) == ("STT · TTFS", "Speech to text · TTFS")
    assert text.toolTip() == "Speech to text · TTFS"


def test_no_part_of_a_page_is_large(play: Play) -> None:
    """Each part is made in one step, during which streams wait; its cost is the number of widgets."""

    async def scene(desk: Desk) -> None:
        for factory in desk.window._factories:
            page = factory.make()
            before = 0
            for _ in page.parts:
                now = len(page.findChildren(QtWidgets.QWidget))
                assert now - before <= 50, f"{factory.name}: a part of {now - before} widgets"
                before = now
            assert len(page.findChildren(QtWidgets.QWidget)) - before <= 50, factory.name
            page.deleteLater()

    play(FakeHost(), scene)


def test_an_open_door_is_warned_of_on_every_page(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        for name in PAGES:
            await desk.open(name)
            assert desk.window.body.exposed.isVisible()
            assert "nothing is encrypted" in desk.window.body.exposed.accessibleName()

    warning = "serve.allow_lan: other machines are let in at 0.0.0.0 and nothing is encrypted"
    play(FakeHost(status={"config": {"warnings": [warning]}, "secrets": "keychain"}), scene)


def test_what_needs_attention_is_told_once_with_its_button(play: Play) -> None:
    locked = "The keychain is locked, so the keys in it cannot be used."

    async def scene(desk: Desk) -> None:
        page = await desk.open()
        shown = [locked in x.text() for x in desk.window.findChildren(QtWidgets.QLabel) if x.isVisible()]
        assert shown.count(True) == 1
        assert desk.window.side.push.accessibleName() == "Unlock"
        desk.window.side.push.click()
        assert desk.mended == ["vault"]
        assert "${KEY} is not set." in texts(page.attention)
        desk.press("Dismiss")
        assert "${KEY} is not set." not in texts(page.attention)
        desk.view.feed(e.EngineState("whisper/base", "failed", reason="it broke"))
        desk.window.refresh()
        desk.press("See engines")
        await desk.settle()
        assert desk.window.stack.currentWidget() is desk.window.page("Engines")

    vault = {"state": "locked", "message": locked}
    play(
        FakeHost(status={"config": {"warnings": ["${KEY} is not set."]}, "secrets": "keychain", "vault": vault}), scene
    )


@pytest.mark.parametrize("name", DEPENDENT)
def test_a_page_says_that_the_gateway_is_down_and_how_it_comes_up(play: Play, name: str) -> None:
    async def scene(desk: Desk) -> None:
        await desk.serve(False)
        await desk.turn_to(name)
        shown = desk.window.stack.currentWidget()
        assert "Port 7717 on 127.0.0.1 is taken" in texts(shown)
        assert name in texts(shown)
        assert not desk.host.calls
        next(b for b in shown.findChildren(QtWidgets.QPushButton) if b.accessibleName() == "Use a free port").click()
        assert desk.mended == ["port"]
        await desk.serve()
        await desk.settle()
        assert desk.window.stack.currentWidget() is desk.window.page(name)

    play(full(), scene)


def test_the_tray_calls_no_longer_once_the_person_looks(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        desk.window.activateWindow()
        QTest.qWaitForWindowActive(desk.window)
        desk.view.feed(e.Notice("warning", "piper/joe took over", "fallback"))
        desk.window.refresh()
        assert desk.view.state == "ready"
        assert "piper/joe took over" in texts(page.attention)
        desk.press("Dismiss")
        assert not page.attention.isVisible()

    play(FakeHost(logs={"logs": [row("a")]}), scene)


def test_who_comes_back_is_not_greeted_as_new(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        desk.view.set_life("running", endpoint=desk.host.endpoint)
        desk.window.show()
        await desk.turn_to("Overview")
        page = desk.window.page("Overview")
        assert not page.guide.isVisible()
        await desk.actions.load()
        desk.window.refresh()
        assert not page.guide.isVisible()

    play(FakeHost(logs={"logs": [row("a")]}), scene)


def test_the_window_comes_back_where_it_was(play: Play, tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        # the width stays: Qt brings a window that is wider than this screen back into it
        desk.window.resize(QSize(SMALLEST.width(), 600))
        desk.window.close()
        assert not desk.window.isVisible()
        again = Desk(desk.host, tmp_path)
        assert again.window.size() == QSize(SMALLEST.width(), 600)
        again.window.deleteLater()

    play(FakeHost(), scene)


# -- one by one ---------------------------------------------------------------------------------------------------
