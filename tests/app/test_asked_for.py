"""What a person asked for and what came of it: a refusal is no alarm, and the first turn needs no page to begin."""

from __future__ import annotations

import os
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtGui import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, broken, model  # noqa: E402
from tests.support.pages import Play, row, texts  # noqa: E402
from voicegw_desktop.app.application import Application  # noqa: E402
from voicegw_desktop.app.viewmodels.fetching import UNREACHED  # noqa: E402
from voicegw_desktop.app.viewmodels.overview import Overview  # noqa: E402
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


def turned_to(choice: Choice) -> list[tuple[str, bool]]:
    """(words, whether it can be chosen) of each line."""
    flags = [choice.model().flags(choice.model().index(n, 0)) for n in range(choice.count())]
    return [(choice.itemText(n), bool(flag & Qt.ItemFlag.ItemIsEnabled)) for n, flag in enumerate(flags)]


def test_the_boxes_of_the_window_offer_no_target_without_a_key(play: Play) -> None:
    wanted = [("groq/m", True), ("openai/m: needs a key, page Providers", False), ("zen/m", True)]
    host = FakeHost(list_models={"models": TARGETS}, status=STATUS, logs={"logs": [row("a")]})

    async def scene(desk: Desk) -> None:
        page = await desk.open()
        choice = page._routes["llm"]
        assert turned_to(choice) == [("As requested", True), *wanted]
        choice.setCurrentIndex(1)
        QTest.keyClick(choice, Qt.Key.Key_Down)
        await desk.settle()
        assert host.asked("set_route") == [{"modality": "llm", "target": "zen/m"}]
        picker = Picker()
        picker.show_choices([], desk.view)
        assert turned_to(picker._targets[1])[1:] == wanted
        picker.deleteLater()
        # what is in force is shown as it is, and the others once their keys are there
        desk.view.set_routes({"routes": {"llm": "openai/m"}})
        desk.window.refresh()
        assert (choice.currentText(), [on for _, on in turned_to(choice)]) == ("openai/m", [True] * 4)
        desk.view.set_routes({"routes": {}})
        desk.view.set_warnings({})
        desk.window.refresh()
        assert turned_to(choice)[2] == ("openai/m", True)

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


def test_cancel_ends_the_download_and_the_wish_to_talk(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    host = FakeHost(list_store={"models": LACKING}, pull_model=broken("stays out"))
    host.answers["pull_model"].code = "pull_paused"
    turns: list[object] = []

    async def scene(desk: Desk) -> None:
        monkeypatch.setattr(desk.actions, "take_turn", lambda *_: turns.append(1))
        page = await desk.open()
        desk.press("Get models and talk")
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
