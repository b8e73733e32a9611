"""The page Conversations where two projects name a session alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.pages import Play, cells, request, row
from voicegw_desktop.core import events as e

pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

pytestmark = pytest.mark.app


def test_sessions_of_two_projects_with_one_name_are_two(play: Play) -> None:
    """In the list beside what runs, by what is chosen, and in what is told of them."""
    rows = [{"id": "room", "project": project, "started_at": at, "ended_at": at + 5, "modalities": ["stt"],
             "cost_nanos": 0, "request_count": 1, "served_by": {}}
            for project, at in (("shop", 9.0), ("default", 1.0))]  # fmt: skip

    class Two(FakeHost):
        async def call(self, operation: str, **params: Any) -> Any:
            answer = await super().call(operation, **params)
            if operation != "session":
                return answer
            stored = next(r for r in rows if r["project"] == params["project"])
            return {**stored, "requests": [row("a", project=params["project"], error_message=params["project"])]}

    host = Two(sessions={"sessions": rows, "next": None})

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        table = page.table(0)
        assert [(line[1], line[3]) for line in cells(table)] == [("room", "shop"), ("room", "default")]
        for n, project in enumerate(("shop", "default", "third")):
            desk.view.feed(e.RequestStarted(f"r{n}", "stt", "whisper/base", project, "livekit", "room"))
            desk.window.refresh()
            live = [line[3] for line in cells(table) if line[7] == "live"]
            assert live == ["shop", "default", "third"][: n + 1]
            assert len(cells(table)) == max(2, n + 1)
        for n, project in enumerate(("shop", "default")):
            desk.view.feed(e.RequestFinished(request(f"r{n}", project=project, session_id="room")))
        desk.window.refresh()
        for project in ("default", "shop"):
            table.choose((project, "room"))
            await desk.settle()
            assert host.asked("session")[-1] == {"session_id": "room", "project": project}
            assert [r["project"] for r in page.story.steps.model_.rows] == [project]

    play(host, scene)
