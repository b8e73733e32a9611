"""Sessions that go on, on the page Conversations: how many of their requests failed so far."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.pages import Play, cells, request
from voicegw_desktop.app import theme
from voicegw_desktop.app.viewmodels.history import History
from voicegw_desktop.core import events as e

pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")
from PySide6.QtCore import Qt

pytestmark = pytest.mark.app

STORED = {"id": "room", "project": "default", "started_at": 1.0, "ended_at": 5.0, "modalities": ["stt"],
          "cost_nanos": 0, "request_count": 9, "errors": 2, "served_by": {}}  # fmt: skip


def started(id: str, project: str = "default") -> Any:
    return e.RequestStarted(id, "stt", "whisper/base", project, "livekit", "room")


def failed(id: str, project: str = "default", **more: Any) -> Any:
    return request(id, project=project, session_id="room", **{"status": "error", **more})


def test_a_session_that_goes_on_tells_what_failed_in_it(play: Play) -> None:
    """In its text and colour, by the filter Errors, also where it has no stored row."""

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        table = page.table(0)
        head = [c.title for c in table.model_.columns].index("Status")

        def told() -> list[tuple[str, str]]:
            colours = [table.model_.data(table.model_.index(n, head), Qt.ItemDataRole.ForegroundRole)
                       for n in range(table.model_.rowCount())]  # fmt: skip
            look = theme.tokens()
            return [(line[head], {look.good: "good", look.bad: "bad"}[colour.name()])
                    for line, colour in zip(cells(table), colours, strict=True)]  # fmt: skip

        for project in ("default", "shop"):
            desk.view.feed(started(f"{project}-1", project))
        desk.window.refresh()
        assert told() == [("live, 2 errors", "bad"), ("live", "good")]
        # the filter leaves what did not fail out
        page.filters.errors.click()
        await desk.settle()
        assert told() == [("live, 2 errors", "bad")]
        page.filters.errors.click()
        desk.view.feed(started("shop-2", "shop"))
        desk.view.feed(e.RequestFinished(failed("shop-2", "shop")))
        desk.view.feed(started("shop-3", "shop"))
        desk.view.feed(e.RequestFinished(failed("shop-3", "shop", status="cancelled")))
        desk.window.refresh()
        assert told() == [("live, 2 errors", "bad"), ("live, 1 error", "bad")]
        # nothing is said of how many of how many: what runs is not counted among the stored
        tip = table.model_.data(table.model_.index(1, head), Qt.ItemDataRole.ToolTipRole)
        assert "live, 1 error" in tip

    play(FakeHost(sessions={"sessions": [STORED], "next": None}), scene)


def test_failures_in_a_session_that_goes_on_are_counted_once() -> None:
    """The page was read before the newest ended, and the program knows only the newest of a long session."""
    history = History("sessions")
    history.take({"sessions": [STORED], "next": None})
    active = [started("now")]
    for ended, errors in ((2, 2), (3, 3)):
        (row,) = history.shown(active, [failed(f"r{n}") for n in range(ended)])
        assert (row.state, row.errors, row.failed, row.served_nothing) == ("live", errors, True, False)


def test_a_page_that_comes_later_is_shown_in_the_row_that_runs() -> None:
    """A row that is equal to the one before is not drawn again."""
    history = History("sessions")
    (before,) = history.shown([started("now")])
    history.take({"sessions": [STORED], "next": None})
    (after,) = history.shown([started("now")])
    assert before != after
