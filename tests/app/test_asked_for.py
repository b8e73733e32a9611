"""What a person asked for and what came of it: a refusal is no alarm, and the first turn needs no page to begin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtCore import QEvent, QTimer  # noqa: E402
from PySide6.QtGui import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from shiboken6 import isValid  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, broken, model  # noqa: E402
from tests.support.pages import Play, cells, request, row, texts  # noqa: E402
from voicegw_desktop.app.application import Application  # noqa: E402
from voicegw_desktop.app.first_turn import TurnTaken  # noqa: E402
from voicegw_desktop.app.tray_menu import TrayMenu  # noqa: E402
from voicegw_desktop.app.viewmodels.fetching import UNREACHED  # noqa: E402
from voicegw_desktop.app.viewmodels.history import session_row, story  # noqa: E402
from voicegw_desktop.app.viewmodels.overview import Overview  # noqa: E402
from voicegw_desktop.app.viewmodels.words import places  # noqa: E402
from voicegw_desktop.app.windows.choice import Choice  # noqa: E402
from voicegw_desktop.app.windows.picker import Picker  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402
from voicegw_desktop.core.errors import BadRequest  # noqa: E402

pytestmark = pytest.mark.app

IDS = ("whisper/base", "llamacpp/smollm2-135m", "piper/en_US-joe-medium")
LACKING = [model(i, m, starter=True) for i, m in zip(IDS, ("stt", "llm", "tts"), strict=True)]
HERE = [m | {"installed": True, "state": "installed"} for m in LACKING]
TARGETS = [{"modality": "llm", "provider": p, "model": "m", "installed": None} for p in ("groq", "openai", "zen")]
STATUS = {
    "config": {"warnings": []},
    "providers": {"openai": {"configured": False}, "groq": {"configured": True}, "zen": {"configured": True}},
}


def offered(choice: Choice) -> list[tuple[str, bool]]:
    """(words, whether it can be chosen) of each line."""
    flags = [choice.model().flags(choice.model().index(n, 0)) for n in range(choice.count())]
    return [(choice.itemText(n), bool(flag & Qt.ItemFlag.ItemIsEnabled)) for n, flag in enumerate(flags)]


def test_the_boxes_of_the_window_offer_no_target_elsewhere_while_offline(play: Play) -> None:
    zones = {"groq": "cloud", "openai": "lan", "zen": "local"}
    status = STATUS | {"providers": {name: {"configured": True, "zone": zone} for name, zone in zones.items()}}
    here, away = ("zen/m", True), ": not on this machine, offline mode is on"
    not_all = ": not all on this machine, offline mode is on"
    named = {"id": "mine/m", "modality": "llm", "provider": "openai", "model": "m", "installed": None}
    stacks = {"all": {"llm": "zen/m"}, "mixed": {"stt": "zen/s", "llm": "groq/m"}, "mine": {"llm": "mine/m"}}
    routes = {"offline": False, "stack": None, "stacks": stacks, "routes": {}}
    models = {"models": [*TARGETS, named]}
    host = FakeHost(list_models=models, status=status, logs={"logs": [row("a")]}, show_routes=routes)

    async def scene(desk: Desk) -> None:
        page = await desk.open()
        choice, picker = page._routes["llm"], Picker()
        assert [on for _, on in offered(page._stack)] == [True] * 4
        assert offered(choice) == [("As requested", True), ("groq/m", True), ("openai/m", True), here]
        desk.view.feed(e.RouteChanged("offline", "on", "chosen"))
        await desk.settle()
        wanted = [("groq/m" + away, False), ("openai/m" + away, False), here]
        assert offered(choice) == [("As requested", True), *wanted]
        assert offered(page._stack)[1:] == [("all", True), ("mine" + not_all, False), ("mixed" + not_all, False)]
        picker.show_choices(["all", "mixed"], desk.view)
        assert offered(picker._targets[1])[1:] == wanted
        assert offered(picker._stack)[1:3] == [("Stack: all", True), ("Stack: mixed" + not_all, False)]
        menu = TrayMenu(desk.view, desk.actions, open_window=bool, serve=bool, quit=bool)
        menu.refresh()
        there = {a.text(): a.isEnabled() for sub in menu.actions() if sub.menu() for a in sub.menu().actions()}
        assert {"As requested": True, "all": True, "mixed" + not_all: False, **dict(wanted)}.items() <= there.items()
        menu.deleteLater()
        # what is in force stays there to be seen
        desk.view.feed(e.RouteChanged("llm", "groq/m", "chosen"))
        await desk.settle()
        assert offered(choice)[1] == ("groq/m", True)

    play(host, scene)


def test_the_boxes_of_the_window_offer_no_target_without_a_key(play: Play) -> None:
    wanted = [("groq/m", True), ("openai/m: needs a key, page Providers", False), ("zen/m", True)]
    host = FakeHost(list_models={"models": TARGETS}, status=STATUS, logs={"logs": [row("a")]})

    async def scene(desk: Desk) -> None:
        page = await desk.open()
        choice = page._routes["llm"]
        assert offered(choice) == [("As requested", True), *wanted]
        choice.setCurrentIndex(1)
        QTest.keyClick(choice, Qt.Key.Key_Down)
        await desk.settle()
        assert host.asked("set_route") == [{"modality": "llm", "target": "zen/m"}]
        picker = Picker()
        picker.show_choices([], desk.view)
        assert offered(picker._targets[1])[1:] == wanted
        picker.deleteLater()
        # what is in force is shown as it is, and the others once their keys are there
        desk.view.set_routes({"routes": {"llm": "openai/m"}})
        desk.window.refresh()
        assert (choice.currentText(), [on for _, on in offered(choice)]) == ("openai/m", [True] * 4)
        desk.view.set_routes({"routes": {}})
        desk.view.set_warnings({})
        desk.window.refresh()
        assert offered(choice)[2] == ("openai/m", True)

    play(host, scene)


def test_a_refusal_is_no_state_of_the_gateway() -> None:
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    one: Any = Application.__new__(Application)
    view = one.overview = Overview()
    view.set_life("running", endpoint="http://127.0.0.1:7717/v1")
    balloons: list[e.Notice] = []
    view.noticed.connect(balloons.append)
    one._failed(BadRequest("openai/m cannot be served."))
    assert (view.state, view.why) == ("ready", "Ready")
    assert [(b.level, b.message) for b in balloons] == [("warning", "openai/m cannot be served.")]
    assert [notice.message for notice in view.unread] == ["openai/m cannot be served."]
    # a fault of the program is one
    one._failed(KeyError("x"))
    assert (view.state, balloons[1].level) == ("attention", "error")
    view.deleteLater()


def test_the_first_turn_begins_while_another_page_is_in_view(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    host = FakeHost(list_store={"models": LACKING}, pull_model={"model": LACKING[0]})
    turns: list[dict[str, str]] = []

    async def scene(desk: Desk) -> None:
        monkeypatch.setattr(desk.actions, "take_turn", lambda models, *_: turns.append(models))
        await desk.open()
        desk.press("Get models and talk")
        desk.window.hide()
        host.answers["list_store"] = {"models": HERE}
        await desk.settle()
        desk.view.changed.emit()
        await desk.settle()
        assert turns == [dict(zip(("stt", "llm", "tts"), IDS, strict=True))]
        desk.view.installed += 1
        desk.view.changed.emit()
        await desk.settle()
        assert len(turns) == 1

    play(host, scene)


def test_the_focus_stays_at_the_button_of_a_turn_or_comes_to_the_next(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = FakeHost(list_store={"models": LACKING}, pull_model={"model": LACKING[0]})
    turns: list[Any] = []

    async def scene(desk: Desk) -> None:
        monkeypatch.setattr(desk.actions, "take_turn", lambda *how: turns.append(how))
        monkeypatch.setattr(desk.actions, "play", lambda _path: None)
        page = await desk.open()
        desk.window.activateWindow()
        guide = page.guide
        guide._get.setFocus()
        desk.press("Get models and talk")
        await desk.settle()
        for name in IDS:
            desk.view.feed(e.ModelProgress(name, 1, 9, "pulling"))
        await desk.settle()
        assert desk.window.focusWidget() is guide._cancel
        host.answers["list_store"] = {"models": HERE}
        desk.view.pulls.clear()
        desk.view.installed += 1
        desk.view.changed.emit()
        await desk.settle()
        assert desk.window.focusWidget() is guide._talk
        assert guide._talk.accessibleName() == "Talking …"
        desk.press("Talking …")
        assert len(turns) == 1
        turns[0][2](TurnTaken("ask", "do", 1.5, tmp_path / "a.wav", (("STT", "whisper", 90.0),), 900, 0.0))
        await desk.settle()
        assert desk.window.focusWidget() is guide._talk

    play(host, scene)


def test_the_first_turn_outlives_its_page(play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another page takes its place when another language is chosen."""
    host = FakeHost(list_store={"models": LACKING}, pull_model={"model": LACKING[0]})
    turns: list[Any] = []

    async def scene(desk: Desk) -> None:
        async def again() -> Any:
            before = desk.window.page("Overview")
            desk.window.speak(iter(()))
            await desk.settle()
            QtWidgets.QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            assert not isValid(before)
            page: Any = desk.window.page("Overview")
            return page.guide

        monkeypatch.setattr(desk.actions, "take_turn", lambda *how: turns.append(how))
        played: list[Path] = []
        monkeypatch.setattr(desk.actions, "play", played.append)
        await desk.open()
        desk.press("Get models and talk")
        guide = await again()
        host.answers["list_store"] = {"models": HERE}
        desk.view.installed += 1
        desk.view.changed.emit()
        await desk.settle()
        assert len(turns) == 1
        assert guide._talk.accessibleName() == "Talking …"
        guide = await again()
        assert guide._talk.accessibleName() == "Talking …"
        then = turns[0][2]
        then(TurnTaken("ask not", "what you can do", 1.5, tmp_path / "a.wav", (("STT", "whisper", 90.0),), 900, 0.0))
        await desk.settle()
        assert "Heard: ask not" in texts(guide)
        assert played == [tmp_path / "a.wav"]
        guide = await again()
        assert "Heard: ask not" in texts(guide)
        desk.press("Hide", guide)
        assert not (await again()).isVisible()

    play(host, scene)


def test_cancel_ends_the_download_and_the_wish_to_talk(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    host = FakeHost(list_store={"models": LACKING}, pull_model=broken("stays out"))
    host.answers["pull_model"].code = "pull_paused"
    turns: list[object] = []

    async def scene(desk: Desk) -> None:
        monkeypatch.setattr(desk.actions, "take_turn", lambda *_: turns.append(1))
        page = await desk.open()
        desk.press("Get models and talk")
        await desk.settle()
        for name in IDS:
            desk.view.feed(e.ModelProgress(name, 10, 60_000_000, "pulling"))
        desk.window.refresh()
        desk.press("Cancel", page.guide)
        await desk.settle()
        assert sorted(p["model"] for p in host.asked("pause_pull")) == sorted(IDS)
        for name in IDS:
            desk.view.feed(e.ModelProgress(name, 10, 60_000_000, "paused"))
        await desk.settle()
        assert page.guide._get.isVisible()
        assert page.guide._get.isEnabled()
        assert not page.guide._cancel.isVisible()
        host.answers["list_store"] = {"models": HERE}
        desk.view.installed += 1
        desk.view.changed.emit()
        await desk.settle()
        assert turns == []
        assert not desk.view.unread

    play(host, scene)


def test_no_network_is_one_notice_with_its_details(play: Play) -> None:
    why = "{m} could not be fetched. hub: https://hub cannot be reached (Connect call failed …)."
    host = FakeHost(list_store={"models": LACKING}, pull_model=broken(why))

    async def scene(desk: Desk) -> None:
        balloons: list[e.Notice] = []
        desk.view.noticed.connect(balloons.append)
        page = await desk.open()
        desk.press("Get models and talk")
        await desk.settle()
        assert [b.message for b in balloons] == [UNREACHED]
        assert UNREACHED in texts(page.guide)
        assert desk.view.state == "ready"
        desk.window.side.push.click()
        await desk.settle()
        shown = texts(desk.window.page("Conversations"))
        assert all(f"{name}: {why}" in shown for name in IDS)

    play(host, scene)


def test_a_provider_that_only_failed_is_not_free(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        desk.view.feed(e.RequestFinished(request("r", provider="groq", model_id="groq/x", status="error")))
        desk.window.refresh()
        shown = page._bars.accessibleDescription()
        assert "groq" in shown
        assert "free" not in shown
        await desk.turn_to("Conversations")
        page = desk.window.page("Conversations")
        desk.press("Requests")
        await desk.settle()
        costs = {line[2]: line[6] for line in cells(page.table(1))}  # type: ignore[attr-defined]
        assert costs == {"groq/x": "–", "whisper/tiny.en": "free"}
        assert "free" not in dict(story(row("r", status="error"))).values()
        some = {"id": "s", "started_at": 1.0, "project": "default", "cost_nanos": 0, "request_count": 2}
        assert [session_row({**some, "errors": n}).served_nothing for n in (0, 1, 2)] == [False, False, True]

    play(FakeHost(logs={"logs": [row("a")], "next": None}), scene)


def test_amounts_below_each_other_have_the_same_places(play: Play) -> None:
    amounts = (965_000_000, 620_500_000, 1_000_000, 50, 0, 2_000_000_000)
    told = ["$2.0000", "$0.9650", "$0.6205", "$0.0010", "< $0.0001", "$0.0000"]
    providers = {f"p{n}": {"cost_nanos": nanos, "requests": 1} for n, nanos in enumerate(amounts)}
    costs = {"total": 3.5, "by_provider": providers, "by_project": {}, "requests": 6}

    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        assert [line[1] for line in cells(page.table)] == told
        await desk.turn_to("Overview")
        shown = desk.window.page("Overview")._bars.accessibleDescription()  # type: ignore[attr-defined]
        assert [part.partition(": ")[2] for part in shown.split(", ")] == told
        assert places([1_500_000_000, 20_000_000, 0, None]) == 2

    play(FakeHost(costs=costs, logs={"logs": [row("a")]}), scene)


def test_a_button_that_copies_says_so_itself(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        for push, name in ((page._copy, "Copy address"), (page._copy_key, "Copy API key")):
            wide = push.width()
            push.click()
            push.click()
            await desk.settle()
            assert push.accessibleName() == "Copied"
            assert push.width() == wide
            push.findChild(QTimer).timeout.emit()
            assert push.accessibleName() == name
            assert push.findChild(QTimer) is None

    play(FakeHost(logs={"logs": [row("a")]}), scene)


def test_quit_search_and_escape_by_keys(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open("Models")
        desk.window.activateWindow()
        QTest.qWaitForWindowActive(desk.window)
        page = desk.window.page("Models")
        field = page._search  # type: ignore[attr-defined]
        assert not field.hasFocus()
        QTest.keyClick(desk.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert field.hasFocus()
        QTest.keyClicks(field, "piper")
        QTest.keyClick(field, Qt.Key.Key_Escape)
        assert field.text() == ""
        QTest.keyClick(desk.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
        assert desk.quits == 1

    play(FakeHost(), scene)


def test_routes_and_offline_wait_for_the_gateway(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open()
        boxes = [*page._routes.values(), page._offline]
        assert all(box.isEnabled() for box in boxes)
        await desk.serve(False)
        desk.window.refresh()
        assert [box.isEnabled() for box in (*boxes, page._stack)] == [False] * 5

    play(FakeHost(logs={"logs": [row("a")]}), scene)


@pytest.mark.parametrize("state", ["absent", "locked"])
def test_keys_are_kept_in_a_file_where_the_keychain_cannot_be_reached(play: Play, state: str) -> None:
    """What it holds stays there. A locked one can be unlocked, so nothing is left in it unasked."""

    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.actions.move_vault("file")
        await desk.settle()
        previewed, done = desk.host.asked("move_secrets")
        assert previewed == {"to": "file", "leave_locked": state == "absent"}
        assert done == {**previewed, "confirm": True}

    vault = {"state": state, "message": "The keychain cannot be used."}
    status = {"config": {"warnings": []}, "secrets": "keychain", "vault": vault}
    play(FakeHost(status=status, move_secrets={"moved": 0, "kind": "sealed file"}), scene)
