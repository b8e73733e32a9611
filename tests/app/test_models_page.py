"""The page Models: search and filters, what is recommended, and which operations the buttons call."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")


from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, model  # noqa: E402
from tests.support.pages import Play, cells, texts  # noqa: E402
from voicegw_desktop.app.windows import choice  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402

pytestmark = pytest.mark.app


def test_models_are_searched_fetched_paused_and_removed(play: Play) -> None:
    store = [model("whisper/base", "stt", "installed"), model("piper/joe", "tts"), model("piper/eva", "tts",
             languages=["de"], licence="CC0-1.0")]  # fmt: skip
    host = FakeHost(list_store={"models": store}, pull_model={"model": store[1]}, remove_model={"freed_bytes": 1})

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        assert cells(page.table)[1][0] == "Whisper/Base"
        page._search.setText("de cc0")
        assert [line[0] for line in cells(page.table) if line[0]][1:] == ["Piper/Eva"]
        page._search.clear()
        page.table.choose("piper/joe")
        desk.press("Fetch")
        await desk.settle()
        assert host.asked("pull_model") == [{"model": "piper/joe"}]
        desk.view.feed(e.ModelProgress("piper/joe", 30, 60, "pulling"))
        desk.window.refresh()
        assert "50%" in [line[5] for line in cells(page.table)]
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
        assert desk.questions == [("Remove whisper/base?", "This will do remove_model.", "Remove")]
        assert host.asked("remove_model")[-1] == {"model": "whisper/base", "confirm": True}

    play(host, scene)


def test_a_model_outside_the_store_has_no_button_that_would_be_refused(play: Play) -> None:
    lines = [
        model("moonshine/tiny-en", "stt", "installed", outside=True),
        model("sherpa/gone", "stt", "damaged", outside=True),
        model("whisper/base", "stt", "installed"),
    ]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        shown = {}
        for line in lines:
            page.table.choose(line["id"])
            shown[line["id"]] = [push.isVisible() for push in (page._get, page._verify, page._remove)]
        none, whole = [False, False, False], [False, True, True]
        assert shown == {"moonshine/tiny-en": none, "sherpa/gone": none, "whisper/base": whole}

    play(FakeHost(list_store={"models": lines}), scene)


def test_files_that_two_engines_serve_are_counted_once(play: Play) -> None:
    lines = [
        model("moonshine/tiny-en", "stt", "installed", outside=True),
        model("sherpa/moonshine-tiny-en", "stt", "installed", outside=True, same_files_as="moonshine/tiny-en"),
        model("whisper/base", "stt", "installed"),
    ]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        assert cells(page.table)[0][0] == "Installed, 3 models, 120 MB"

    play(FakeHost(list_store={"models": lines}), scene)


def test_models_are_filtered_recommended_measured_and_heard(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    store = [
        model("whisper/base", "stt", "installed", starter=True, languages=["multi"]),
        model("whisper/small", "stt", languages=["multi"], ram_mb=900, size_bytes=480_000_000),
        model("whisper/huge", "stt", languages=["multi"], ram_mb=4000, size_bytes=3_000_000_000),
        model("piper/joe", "tts", "installed"),
        model("piper/eva", "tts", languages=["de"]),
    ]
    host = FakeHost(
        list_store={"models": store, "memory_limit": 8_000_000_000, "free_bytes": 50_000_000_000},
        latency={"latency": {"by_model": {"piper/joe:joe": {"count": 12, "ttfb_ms": {"p50": 84.0}}}}},
    )
    voices = [{"id": "a", "name": "Anna", "language": "en"}, {"id": "b", "name": "Ben", "language": "de-DE"}]
    heard: list[tuple[str, str, str]] = []

    async def scene(desk: Desk) -> None:
        monkeypatch.setattr(desk.actions, "list_voices", lambda _model, then: then(voices))
        monkeypatch.setattr(desk.actions, "play_sample", lambda *said: heard.append(said))
        page = await desk.open("Models")
        shown = [line[0] for line in cells(page.table)]
        assert shown[0] == "Installed, 2 models, 120 MB, 50 GB free"
        good = shown.index("Recommended for this machine, engines may use 8.0 GB")
        assert shown[good + 1 :] == [
            "Whisper/Small", "Speech to text, 1 model", "Whisper/Huge", "Voices, 1 model", "Piper/Eva",
        ]  # fmt: skip
        page.table.choose("piper/joe")
        assert "first sound after 84 ms, 12 requests" in texts(page._panel)
        page._voice.activated.emit(1)
        page._voice.setCurrentIndex(1)
        desk.press("Play a sample")
        assert heard == [("piper/joe", "b", "de-DE")]
        page.table.choose("piper/eva")
        assert not page._hear.isEnabled()
        assert "Fetch it first" in page._hear.toolTip()
        page._language.setCurrentIndex([page._language.itemText(n) for n in range(3)].index("Deutsch"))
        page._size.setCurrentIndex(1)
        page._show()
        assert "Piper/Eva" in [line[0] for line in cells(page.table)]
        assert "Whisper/Huge" not in [line[0] for line in cells(page.table)]
        assert "Piper/Joe" not in [line[0] for line in cells(page.table)]

    play(host, scene)


def test_letters_of_other_scripts_are_looked_up_ahead(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt asks every font for them, 10 ms a script: with a pause behind each, in which streams go on."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(seconds)

    monkeypatch.setattr(choice, "asyncio", SimpleNamespace(sleep=pause))

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        await desk.settle()
        assert page._language.count() == 5
        assert pauses == [choice.PAUSE] * 2
        assert choice.PAUSE > 0, "what comes as soon as possible goes before timers of others"

    spoken = ["hi", "ta", "de", "en"]
    play(FakeHost(list_store={"models": [model("whisper/base", "stt", "installed", languages=spoken)]}), scene)
