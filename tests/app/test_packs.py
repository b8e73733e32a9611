"""Packs are fetched by buttons, with consent, progress and a way to stop."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost, model, provider
from tests.support.pages import Play, texts
from voicegw_desktop.core import events as e

pytestmark = pytest.mark.app


def test_an_engine_that_is_a_pack_is_fetched_with_consent(play: Play) -> None:
    packs = [{"name": "whisper", "installed": False}, {"name": "piper", "installed": True}]
    host = FakeHost(
        list_store={"models": [model("whisper/base", "stt", "installed"), model("piper/joe", "tts")]},
        list_packs={"packs": packs}, add_pack={"added": ["whisper"]},
    )  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        page.table.choose("piper/joe")
        assert not page._engine.isVisible()
        page.table.choose("whisper/base")
        packs[0]["installed"] = True
        desk.press("Fetch its engine")
        await desk.settle()
        assert desk.questions == [("Fetch the engine whisper?", "This will do add_pack.", "Fetch")]
        assert host.asked("add_pack") == [{"pack": "whisper"}, {"pack": "whisper", "confirm": True}]
        assert not page._engine.isVisible()

    play(host, scene)


class Slow(FakeHost):
    """Answers `add_pack` when it is told to."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(**answers)
        self.begun, self.go, self.cancelled = asyncio.Event(), asyncio.Event(), False

    async def call(self, operation: str, **params: Any) -> Any:
        if operation == "add_pack" and params.get("confirm"):
            self.begun.set()
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        return await super().call(operation, **params)


def test_a_pack_that_is_fetched_shows_how_far_it_is_and_can_be_stopped(play: Play) -> None:
    packs = [{"name": "whisper", "installed": False}, {"name": "cloud", "installed": False}]
    lacking = provider("openai", installed=False, install="`voicegw packs add cloud`")
    host = Slow(
        list_store={"models": [model("whisper/base", "stt", "installed")]}, list_packs={"packs": packs},
        add_pack={"added": ["cloud"]}, list_providers={"providers": [lacking]},
    )  # fmt: skip

    async def asked() -> None:
        # not `settle`, which waits for the pack
        await host.begun.wait()
        host.begun.clear()

    async def scene(desk: Desk) -> None:
        page = await desk.open("Models")
        page.table.choose("whisper/base")
        desk.press("Fetch its engine")
        await asked()
        desk.view.feed(e.ModelProgress("pack/whisper", 30, 120, "pulling"))
        page.refresh()
        assert page._bar.isVisible()
        assert page._bar.value() == 250
        assert "1 pack" in texts(page)
        desk.press("Stop fetching")
        await desk.settle()
        assert host.cancelled
        desk.view.feed(e.ModelProgress("pack/whisper", 30, 120, "paused"))
        page.refresh()
        assert not page._bar.isVisible()
        assert page._engine.accessibleName() == "Fetch its engine"
        desk.press("Fetch its engine")
        await asked()
        host.cancelled = False
        desk.view.feed(e.ModelProgress("pack/whisper", 60, 120, "pulling"))
        page.refresh()
        desk.press("Pause all")
        await desk.settle()
        assert host.cancelled
        assert host.asked("pause_pull") == []

        page = await desk.turn_to("Providers") or desk.window.page("Providers")
        await desk.settle()
        page.table.choose("openai")
        # a button stands where a command would be named
        assert "voicegw packs" not in texts(page)
        desk.press("Fetch its package", page)
        await asked()
        desk.view.feed(e.ModelProgress("pack/cloud", 60, 120, "pulling"))
        page.refresh()
        assert page._bar.isVisible()
        assert page._bar.value() == 500
        packs[1]["installed"] = True
        lacking["installed"] = True
        host.go.set()
        await desk.settle()
        assert not page._fetch.isVisible()
        assert not page._bar.isVisible()

    play(host, scene)
