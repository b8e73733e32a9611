"""Each page over a gateway that answers what it is told: what it shows, what it asks for, how it is reached by keys."""

from __future__ import annotations

import os
import time
import types
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QSize  # noqa: E402
from PySide6.QtGui import QGuiApplication, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, broken, engine, model, project, provider  # noqa: E402
from tests.support.unsafe import ATTACKS, steers  # noqa: E402
from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.loop import GatewayLoop  # noqa: E402
from voicegw_desktop.app.tray_menu import TrayMenu  # noqa: E402
from voicegw_desktop.app.viewmodels.state import Budget, Point  # noqa: E402
from voicegw_desktop.app.windows.latency_chart import bands, hint_lines  # noqa: E402
from voicegw_desktop.app.windows.main_window import SMALLEST  # noqa: E402
from voicegw_desktop.app.windows.side import WIDTH as NAV_WIDTH  # noqa: E402
from voicegw_desktop.app.windows.table import Table  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402
from voicegw_desktop.core.errors import VoiceGatewayError  # noqa: E402

pytestmark = pytest.mark.app

PAGES = (
    "Overview", "Talk", "Conversations", "Money", "Engines", "Models", "Providers", "Projects", "Settings",
    "Help",
)  # fmt: skip
DEPENDENT = ("Conversations", "Money", "Engines", "Models", "Providers", "Projects")
"""Pages that show nothing while the gateway is down."""
UNSAFE = "<b>x</b> &" + "".join(ATTACKS)
LONG = "a-very-long-name-that-somebody-chose-" * 4


Play = Callable[[FakeHost, Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    theme.apply(app, "light")
    loop = GatewayLoop(app)

    def run(host: FakeHost, scene: Callable[[Desk], Awaitable[None]]) -> None:
        async def main() -> None:
            desk = Desk(host, tmp_path)
            try:
                await scene(desk)
            finally:
                await desk.close()
            assert desk.errors == []

        loop.run_until_complete(main())

    yield run
    loop.close()


def texts(widget: Any) -> str:
    """Every visible label's text."""
    return "\n".join(x.text() for x in widget.findChildren(QtWidgets.QLabel) if x.isVisibleTo(widget) and x.text())


def cells(table: Any) -> list[list[str]]:
    """What a table shows."""
    shown = table.model_
    return [[shown.data(shown.index(r, c)) for c in range(shown.columnCount())] for r in range(shown.rowCount())]


def marked_up(tip: str) -> bool:
    """Would Qt read a caller's markup in this tooltip?"""
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
        assert desk.window.stack.count() == 2

    play(FakeHost(), scene)


def test_an_open_door_is_warned_of_on_every_page(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        for name in PAGES:
            await desk.open(name)
            assert desk.window.exposed.isVisible()
            assert "nothing is encrypted" in desk.window.exposed.accessibleName()

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


def test_a_new_user_is_led_to_a_turn_by_one_button(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("whisper/base", "llamacpp/smollm2-135m", "piper/en_US-joe-medium")
    lacking = [model(i, m, starter=True) for i, m in zip(ids, ("stt", "llm", "tts"), strict=True)]
    host = FakeHost(list_store={"models": lacking}, pull_model={"model": lacking[0]})
    turns: list[dict[str, str]] = []

    async def scene(desk: Desk) -> None:
        monkeypatch.setattr(desk.actions, "take_turn", lambda models, *_: turns.append(models))
        page = await desk.open()
        assert "180 MB in all" in texts(page.guide)
        host.answers["list_store"] = {"models": [m | {"installed": True, "state": "installed"} for m in lacking]}
        desk.press("Get models and talk")
        await desk.settle()
        await desk.settle()
        assert sorted(p["model"] for p in host.asked("pull_model")) == sorted(ids)
        assert turns == [{"stt": ids[0], "llm": ids[1], "tts": ids[2]}]

    play(host, scene)


def test_a_pull_that_fails_is_told_where_it_was_started(play: Play) -> None:
    lacking = [model("whisper/base", "stt", starter=True)]

    async def scene(desk: Desk) -> None:
        page = await desk.open()
        desk.press("Get models and talk")
        desk.view.feed(e.ModelProgress("whisper/base", 10, 100, "failed", "The disk is full."))
        await desk.settle()
        assert "The disk is full." in texts(page.guide)
        assert [str(error) for error in desk.errors] == ["The disk is full."]
        desk.errors.clear()

    play(FakeHost(list_store={"models": lacking}, pull_model=broken("The disk is full.")), scene)


def test_lines_for_an_agent_are_shown_without_secrets_and_copied_with_them(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        shown = page.guide.snippets._text.toPlainText()
        assert "LIVEKIT_INFERENCE_URL=http://127.0.0.1:7717/v1" in shown
        assert "s1" not in shown
        desk.press("Copy lines")
        await desk.settle()
        copied = QGuiApplication.clipboard().text()
        assert copied.splitlines()[1:] == [
            "export LIVEKIT_INFERENCE_API_KEY=k1",
            "export LIVEKIT_INFERENCE_API_SECRET=s1",
        ]
        assert desk.view.said == "Lines for LiveKit agent copied"

    play(FakeHost(), scene)


def test_the_guide_makes_room_when_an_agent_talks(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        assert page.guide.isVisible()
        desk.view.feed(e.RequestFinished(request("a")))
        desk.window.refresh()
        assert not page.guide.isVisible()

    play(FakeHost(), scene)


def test_the_overview_shows_and_sets_what_serves(play: Play) -> None:
    routes = {"offline": False, "stack": None, "stacks": {"quick": {}}, "routes": {"stt": "whisper/base"}}
    targets = [{"modality": "stt", "provider": "whisper", "model": m, "installed": True} for m in ("base", "tiny.en")]
    host = FakeHost(show_routes=routes, set_route=routes, choose_stack=routes, list_models={"models": targets},
                    logs={"logs": [row("a")]})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open()
        assert not page.guide.isVisible()
        choice = page._routes["stt"]
        assert [choice.itemText(i) for i in range(choice.count())] == [
            "As requested",
            "whisper/base",
            "whisper/tiny.en",
        ]
        assert choice.currentText() == "whisper/base"
        choice.activated.emit(2)
        page._stack.activated.emit(1)
        page._offline.click()
        await desk.settle()
        assert host.asked("set_route") == [{"modality": "stt", "target": "whisper/tiny.en"}]
        assert host.asked("choose_stack") == [{"name": "quick"}]
        assert host.asked("set_offline") == [{"offline": True}]

    play(host, scene)


def test_the_overview_tells_money_and_budgets(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        desk.view.set_budgets([Budget("kitchen", "Kitchen", "exceeded", 10**9, "block")])
        desk.view.feed(e.RequestFinished(request("b", project="kitchen", provider="openai", cost_nanos=1_500_000_000)))
        desk.window.refresh()
        assert page._total.text() == "$1.50"
        assert page._bars.accessibleDescription() == "openai: $1.50"
        assert page._budgets.accessibleDescription() == "Kitchen: 150% of $1.00, $0.50 over"

    play(FakeHost(logs={"logs": [row("a")]}), scene)


def test_tiles_tell_failures_and_the_chart_answers_the_pointer(play: Play) -> None:
    now = time.time()
    rows = [row(str(n), timestamp=now - n, status="error" if n == 3 else "success") for n in range(20)]

    async def scene(desk: Desk) -> None:
        page = await desk.open()
        assert "1 of 20 failed" in texts(page)
        page._chart.grab()
        spot, modality, point = page._chart._spots[5]
        page._chart._pointer = spot
        assert page._chart.nearest() == (spot, modality, point)
        assert hint_lines(point)[0] == "whisper/tiny.en"
        desk.press("24 h")
        await desk.settle()
        asked = desk.host.asked("logs")[-1]
        assert (asked["from"], asked["limit"]) == ("86400s", 1000)

    play(FakeHost(logs={"logs": rows}), scene)


def test_a_band_is_broken_where_nothing_was_asked() -> None:
    early = [Point(1000.0 + n, 80.0, "x/y") for n in range(30)]
    late = [Point(1200.0 + n, 90.0, "x/y") for n in range(30)]
    found = bands([*early, *late], 1240.0, 300.0)
    assert len(found) == 2
    assert found[0][-1].at < 1050 < 1180 < found[1][0].at
    assert bands([Point(1000.0, 80.0, "x/y")], 1240.0, 300.0) == []


def test_engines_are_shown_whole_and_started_from_the_keyboard(play: Play) -> None:
    host = FakeHost(
        list_engines={
            "engines": [
                engine("piper/joe"),
                engine("whisper/base", "idle", rss_bytes=320_000_000, threads=2, pid=42, keep_alive_s=None),
                engine("whisper/bad", "failed", reason="its model file is damaged: voicegw models pull whisper/bad"),
            ],
            "memory_limit": 8_000_000_000,
        }
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Engines")
        assert "1 engine in memory, 320 MB of 8.0 GB" in texts(page)
        shown = {line[0]: line[1:] for line in cells(page.table)}
        assert shown["whisper/base"][:4] == ["idle", "320 MB", "", "2"]
        assert "for ever" in shown["whisper/base"]
        assert any("damaged" in cell for cell in shown["whisper/bad"])
        page.table.choose("piper/joe")
        QTest.keyClick(page.table, Qt.Key.Key_Return)
        page.table.choose("whisper/base")
        desk.press("Stop")
        await desk.settle()
        assert host.asked("start_engine") == [{"name": "piper/joe"}]
        assert host.asked("stop_engine") == [{"name": "whisper/base", "confirm": True}]

    play(host, scene)


def test_models_are_searched_fetched_paused_and_removed(play: Play) -> None:
    store = [model("whisper/base", "stt", "installed"), model("piper/joe", "tts"), model("piper/eva", "tts",
             languages=["de"], licence="CC0-1.0")]  # fmt: skip
    host = FakeHost(list_store={"models": store}, pull_model={"model": store[1]}, remove_model={"freed_bytes": 1})

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        assert cells(page.table)[0][0] == "Whisper/Base"
        page._search.setText("de cc0")
        assert [line[0] for line in cells(page.table)] == ["Piper/Eva"]
        page._search.clear()
        page.table.choose("piper/joe")
        desk.press("Fetch")
        await desk.settle()
        assert host.asked("pull_model") == [{"model": "piper/joe"}]
        desk.view.feed(e.ModelProgress("piper/joe", 30, 60, "pulling"))
        desk.window.refresh()
        assert "50%" in [line[6] for line in cells(page.table)]
        assert page._pulling.isVisible()
        desk.press("Pause")
        await desk.settle()
        assert host.asked("pause_pull") == [{"model": "piper/joe"}]
        desk.view.feed(e.ModelProgress("piper/joe", 30, 60, "paused"))
        desk.window.refresh()
        assert not page._pulling.isVisible()
        desk.press("Go on")
        page.table.choose("whisper/base")
        desk.press("Remove")
        await desk.settle()
        assert desk.questions == [("Remove whisper/base?", "This will do remove_model.")]
        assert host.asked("remove_model")[-1] == {"model": "whisper/base", "confirm": True}

    play(host, scene)


def test_a_key_goes_in_by_the_form_and_is_never_shown(play: Play) -> None:
    host = FakeHost(
        list_providers={"providers": [provider("deepgram"), provider("openai", configured=True, api_key="sk-a…6789")]},
        set_provider_key={"provider": provider("deepgram")},
        test_provider={"provider": "openai", "ok": False, "message": "The key was refused.", "ms": 80.0},
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Providers")
        assert page.key.echoMode() == QtWidgets.QLineEdit.EchoMode.Password
        page.table.choose("deepgram")
        page.key.setText("dg-canary")
        desk.press("Save")
        await desk.settle()
        assert host.asked("set_provider_key") == [{"provider_id": "deepgram", "api_key": "dg-canary"}]
        assert page.key.text() == ""
        page.table.choose("openai")
        assert "sk-a…6789" in [line[2] for line in cells(page.table)]
        desk.press("Test")
        await desk.settle()
        assert "The key was refused." in texts(page)

    play(host, scene)


def test_what_a_form_cannot_do_is_said_in_the_form(play: Play) -> None:
    host = FakeHost(
        list_providers={"providers": [provider("deepgram")]}, set_provider_key=broken("The keychain is locked.")
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Providers")
        desk.press("Save")
        assert "Paste a key or an address first." in texts(page)
        page.key.setText("x")
        desk.press("Save")
        await desk.settle()
        assert "The keychain is locked." in texts(page)

    play(host, scene)


def test_projects_are_made_changed_and_deleted(play: Play) -> None:
    projects = [project("default"), project("kitchen", daily_budget=2.0, budget_action="block")]
    host = FakeHost(list_projects={"projects": projects}, update_project={"project": projects[1]},
                    create_project={"project": project("garden")}, delete_project={"deleted": "kitchen"},
                    get_project={"budget": {"status": "ok", "budget_nanos": 2 * 10**9, "action": "block"}})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Projects")
        page.table.choose("kitchen")
        page._budget.setText("2,50")
        page._unpriced.setCurrentIndex(1)
        desk.press("Save")
        await desk.settle()
        assert host.asked("update_project") == [{"project_id": "kitchen", "daily_budget": 2.5, "unpriced": "block"}]
        page._budget.setText("much")
        desk.press("Save")
        assert 'The budget is "much"' in texts(page)
        desk.press("Delete")
        await desk.settle()
        assert host.asked("delete_project")[-1] == {"project_id": "kitchen", "confirm": True}
        desk.press("New project")
        page._id.setText("garden")
        page._budget.setText("1")
        desk.press("Save")
        await desk.settle()
        assert host.asked("create_project") == [
            {"project_id": "garden", "daily_budget": 1.0, "budget_action": "warn", "unpriced": "allow"}
        ]

    play(host, scene)


def test_an_error_of_an_action_reaches_the_one_place(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.actions.set_offline(True)
        await desk.settle()
        assert [str(error) for error in desk.errors] == ["Not now."]
        desk.errors.clear()

    play(FakeHost(set_offline=VoiceGatewayError("Not now.")), scene)


def row(id: str, **more: Any) -> dict[str, Any]:
    """One entry of the `logs` operation."""
    return {
        "id": id, "timestamp": 1.0, "modality": "stt", "model_id": "whisper/tiny.en", "provider": "whisper",
        "project": "default", "ttfb_ms": 80.0, "total_latency_ms": 90.0, "cost_nanos": 0, "status": "success",
        "fallback_from": None, "error_message": None, "wanted": None, "wire": "openai", "pricing_source": "local",
        **more,
    }  # fmt: skip


def request(id: str, **more: Any) -> Any:
    """The record of a request that has just ended."""
    return types.SimpleNamespace(**row(id, **more))
