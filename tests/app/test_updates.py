"""New versions in the window: the question that is asked once, and the sentence about a restart."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.pages import Play
from voicegw_desktop.app.viewmodels.matters import LOOK, LOOK_NEVER, matters
from voicegw_desktop.core.events import Notice, Troubles

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

pytestmark = pytest.mark.app

RESTART = "Version 0.1.0 runs, 0.2.0 is installed: restart VoiceGateway (`voicegw restart`)."


def test_it_is_asked_once_whether_to_look_for_versions(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        assert matters(desk.view) == []
        desk.host.answers["status"] = {**desk.host.answers["status"], "asks_about_updates": True}
        await desk.serve()
        (question,) = matters(desk.view)
        assert (question.does, question.second_does) == (LOOK, LOOK_NEVER)
        desk.window.act(question.does, question)
        assert desk.mended == [LOOK]
        desk.host.answers["status"] = {**desk.host.answers["status"], "asks_about_updates": False}
        await desk.serve()
        assert matters(desk.view) == []

    play(FakeHost(), scene)


def test_an_old_version_that_runs_needs_a_person_and_a_new_one_is_news(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        balloons: list[object] = []
        desk.view.noticed.connect(balloons.append)
        desk.view.feed(Notice("info", "Version 0.2.0 can be had: voicegw update install", "update_available"))
        assert (len(balloons), matters(desk.view)) == (1, [])
        desk.view.feed(Troubles((RESTART,)))
        (matter,) = matters(desk.view)
        assert (matter.text, matter.button) == (RESTART, "")
        await desk.settle()

    play(FakeHost(), scene)
