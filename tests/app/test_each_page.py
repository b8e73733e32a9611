"""One page at a time over a gateway that answers what it is told: what it shows, and what its buttons ask for."""

from __future__ import annotations

import os
import time

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtGui import QGuiApplication, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, broken, engine, model, project, provider  # noqa: E402
from tests.support.pages import Play, cells, request, row, texts  # noqa: E402
from voicegw_desktop.app.viewmodels.state import Budget, Point  # noqa: E402
from voicegw_desktop.app.windows.latency_chart import bands, hint_lines  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402
from voicegw_desktop.core.errors import VoiceGatewayError  # noqa: E402

pytestmark = pytest.mark.app


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
