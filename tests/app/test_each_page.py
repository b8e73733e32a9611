"""One page at a time over a scripted gateway: what it shows, and which operations its buttons call."""

from __future__ import annotations

import os
import time

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtGui import QGuiApplication  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, broken, model  # noqa: E402
from tests.support.pages import Play, request, row, texts  # noqa: E402
from voicegw_desktop.app.viewmodels.state import Budget, Point  # noqa: E402
from voicegw_desktop.app.windows.charts import scale_marks  # noqa: E402
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
        assert [notice.message for notice in desk.view.unread] == ["The disk is full."]

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
        assert page.guide.snippets._push.accessibleName() == "Copied"

    play(FakeHost(), scene)


def test_lines_for_open_webui_name_its_variables(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        snippets = (await desk.open()).guide.snippets
        desk.press("Open WebUI")
        shown = snippets._text.toPlainText().split()
        address = "=http://127.0.0.1:7717/v1"
        assert [line.removesuffix(address) for line in shown if line.endswith(address)] == [
            "OPENAI_API_BASE_URL",
            "AUDIO_STT_OPENAI_API_BASE_URL",
            "AUDIO_TTS_OPENAI_API_BASE_URL",
        ]
        assert {"AUDIO_STT_ENGINE=openai", "AUDIO_STT_MODEL=whisper-1", "AUDIO_TTS_MODEL=tts-1"} <= set(shown)

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
        assert page._budgets.accessibleDescription() == "Kitchen: 150%, $0.50 over"

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


def test_one_request_alone_stands_between_marks_and_is_explained() -> None:
    assert scale_marks(121, 121) == [50, 100, 200]
    assert scale_marks(1, 1) == [1, 2]
    assert scale_marks(40, 480) == [20, 50, 100, 200, 500]


def test_a_band_is_broken_where_nothing_was_asked() -> None:
    early = [Point(1000.0 + n, 80.0, "x/y") for n in range(30)]
    late = [Point(1200.0 + n, 90.0, "x/y") for n in range(30)]
    found = bands([*early, *late], 1240.0, 300.0)
    assert len(found) == 2
    assert found[0][-1].at < 1050 < 1180 < found[1][0].at
    assert bands([Point(1000.0, 80.0, "x/y")], 1240.0, 300.0) == []


def test_an_error_of_an_action_reaches_the_one_place(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        await desk.open()
        desk.actions.set_offline(True)
        await desk.settle()
        assert [str(error) for error in desk.errors] == ["Not now."]
        desk.errors.clear()

    play(FakeHost(set_offline=VoiceGatewayError("Not now.")), scene)
