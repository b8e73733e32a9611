"""The page Conversations: sessions and requests over all pages, what runs now, filters, details, export."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.gallery_hosts import turns
from tests.support.pages import Play, cells, request, row, texts
from voicegw_desktop.app import theme
from voicegw_desktop.app.exporting import MOST
from voicegw_desktop.app.viewmodels.history import History, Row, moment, shown_words
from voicegw_desktop.app.windows.facts import Facts
from voicegw_desktop.core import events as e
from voicegw_desktop.core.errors import VoiceGatewayError

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")
from PySide6 import QtGui  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402

pytestmark = pytest.mark.app


class Paged(FakeHost):
    """Answers `logs` page by page."""

    def __init__(self, rows: list[dict[str, Any]], size: int, **more: Any) -> None:
        super().__init__(**more)
        self.rows, self.size = rows, size

    async def call(self, operation: str, **params: Any) -> Any:
        answer = await super().call(operation, **params)
        if operation != "logs":
            return answer
        at = int(params.get("before") or 0)
        fits = [r for r in self.rows if params.get("status") in (None, r["status"])]
        return {"logs": fits[at : at + self.size], "next": str(at + self.size) if at + self.size < len(fits) else None}


def test_all_pages_are_read_as_the_person_scrolls_and_by_a_search(play: Play) -> None:
    rows = [row(f"r{n}", timestamp=1000.0 - n, project="shop" if n == 170 else "default") for n in range(200)]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        desk.view.requests.clear()
        desk.press("Requests")
        await desk.settle()
        table = page.table(1)
        assert table.model_.rowCount() == 50
        # the cheapest of the pages read so far is not the cheapest
        assert not table.horizontalHeader().sectionsClickable()
        table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
        await desk.settle()
        assert table.model_.rowCount() == 100
        page.filters.search.setText("shop")
        page.filters.changed.emit()
        await desk.settle()
        assert [line[3] for line in cells(table)] == ["shop"]
        page.filters.search.setText("")
        page.filters.errors.click()
        await desk.settle()
        assert "Nothing fits" in texts(page)
        assert desk.host.asked("logs")[-1]["status"] == "error"

    play(Paged(rows, 50), scene)


def test_requests_are_ordered_by_a_column_once_all_are_here(play: Play) -> None:
    took = (90.0, 1240.0, 700.0)
    rows = [row(f"r{n}", timestamp=1000.0 - n, total_latency_ms=ms, cost_nanos=n) for n, ms in enumerate(took)]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        desk.press("Requests")
        await desk.settle()
        table = page.table(1)
        desk.view.feed(e.RequestStarted("live", "stt", "whisper/base", "default", "openai"))
        page.refresh()
        heads = {table.model_.headerData(n, Qt.Orientation.Horizontal): n for n in range(table.model_.columnCount())}
        table.horizontalHeader().sectionClicked.emit(heads["Total"])
        assert [r.id for r in table.model_.rows] == ["r1", "r2", "r0", "live"]
        table.horizontalHeader().sectionClicked.emit(heads["Time"])
        assert [r.id for r in table.model_.rows] == ["live", "r0", "r1", "r2"]
        page.refresh()
        table.horizontalHeader().sectionClicked.emit(heads["Cost"])
        assert [r.id for r in table.model_.rows] == ["r2", "r1", "r0", "live"]

    play(Paged(rows, 50), scene)


def test_what_runs_is_on_top_and_can_be_stopped(play: Play) -> None:
    stored = {"id": "room", "project": "default", "started_at": 1.0, "ended_at": 5.0, "modalities": ["stt"],
              "cost_nanos": 0, "request_count": 2, "served_by": {"stt": ["whisper/base"]}}  # fmt: skip
    host = FakeHost(
        sessions={"sessions": [stored | {"id": "old"}], "next": None},
        session={**stored, "requests": [row("a", status="error", error_message="It broke."), row("b", timestamp=2.0)]},
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        desk.view.feed(e.RequestStarted("r1", "stt", "whisper/base", "default", "livekit", "room"))
        desk.window.refresh()
        shown = cells(page.table(0))
        assert [line[1] for line in shown] == ["room", "old"]
        assert (shown[0][0], shown[0][7]) == ("now", "live")
        page.table(0).choose(("default", "room"))
        desk.press("Stop")
        await desk.settle()
        assert host.asked("stop_requests") == [{"ids": ["r1"]}]
        page.table(0).choose(("default", "old"))
        await desk.settle()
        assert not page.story.stop.isVisible()
        # the step that failed is chosen, and its details are shown
        assert "It broke." in texts(page.story)
        assert len(cells(page.story.steps)) == 2

    play(host, scene)


def test_a_sum_without_what_has_no_price_does_not_look_whole(play: Play) -> None:
    stored = {"id": "room", "project": "default", "started_at": 1.0, "ended_at": 5.0, "modalities": ["stt"],
              "cost_nanos": 600_000, "unpriced": 1, "request_count": 2, "served_by": {}}  # fmt: skip
    told = [turn | {"unpriced": 1} for turn in turns(1_780_000_000.0)]
    host = FakeHost(sessions={"sessions": [stored], "next": None}, session={**stored, "requests": [row("a")],
                                                                           "turns": told})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        assert "≥ $0.0006" in cells(page.table(0))[0]
        page.table(0).choose(("default", "room"))
        await desk.settle()
        assert "4 s · ≥ $0.0006" in texts(page.story)
        page.story.turns.choose("t1")
        assert "Cost\n≥ $0.0006" in texts(page.story)

    play(host, scene)


def test_a_session_tells_how_many_of_its_requests_failed(play: Play, tmp_path: Path) -> None:
    """In the list, to a screen reader, by the filter Errors, and in the file."""
    stored = {"project": "default", "modalities": ["stt"], "cost_nanos": 0, "request_count": 9, "served_by": {}}
    rows = [stored | {"id": id, "started_at": 9.0 - n, "ended_at": 10.0, "errors": errors}
            for n, (id, errors) in enumerate((("one", 1), ("fine", 0), ("many", 3)))]  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        table = page.table(0)
        desk.view.feed(e.RequestStarted("r1", "stt", "whisper/base", "default", "livekit", "now"))
        desk.window.refresh()
        assert [line[7] for line in cells(table)] == ["live", "1 error", "", "3 errors"]
        head = [c.title for c in table.model_.columns].index("Status")
        colours = [table.model_.data(table.model_.index(n, head), Qt.ItemDataRole.ForegroundRole) for n in (0, 1, 3)]
        assert [c.name() for c in colours] == [theme.tokens().good, theme.tokens().bad, theme.tokens().bad]
        assert "3 of 9 failed" in table.model_.data(table.model_.index(3, head), Qt.ItemDataRole.ToolTipRole)
        told = QtGui.QAccessible.queryAccessibleInterface(table)
        read = [told.child(n).text(QtGui.QAccessible.Text.Name) for n in range(told.childCount())]
        assert read.count("3 errors") == 1
        table.horizontalHeader().sectionClicked.emit(head)
        assert [r.id for r in table.model_.rows] == ["now", "many", "one", "fine"]
        assert page.filters.errors.isVisible()
        page.filters.errors.click()
        await desk.settle()
        assert {r.id for r in table.model_.rows} == {"one", "many"}
        page.export(str(tmp_path / "out.csv"))
        await desk.settle()
        found = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
        assert [(r["id"], r["errors"]) for r in found] == [("one", "1"), ("many", "3")]

    play(FakeHost(sessions={"sessions": rows, "next": None}), scene)


def test_a_session_shows_its_turns_as_waterfalls(play: Play) -> None:
    stored = {"id": "room", "project": "default", "started_at": 1.0, "ended_at": 5.0, "modalities": ["stt"],
              "cost_nanos": 0, "request_count": 2, "served_by": {"stt": ["whisper/base"]}}  # fmt: skip
    told = turns(1_780_000_000.0)
    host = FakeHost(sessions={"sessions": [stored], "next": None}, session={**stored, "requests": [row("a")],
                                                                           "turns": told})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        page.table(0).choose(("default", "room"))
        await desk.settle()
        shown = page.story.turns.model_.rows
        assert [turn.mark for turn in shown] == ["", "interrupted", ""]
        assert shown[0].segments[0] == ("field", 300.0 / shown[2].total)
        assert "first sound 91 ms" in shown[0].spoken
        page.story.turns.choose("t1")
        assert "after 1.40 s of the answer" in texts(page.story)
        assert "$0.0006" in texts(page.story)
        host.answers["session"] = {**host.answers["session"], "turns": [t | {"person": "Hello there."} for t in told]}
        desk.press("Words")
        await desk.settle()
        assert host.asked("session")[-1] == {"session_id": "room", "project": "default", "texts": True}
        assert "Hello there." in texts(page.story)
        desk.press("Requests", page.story)
        assert page.story.steps.isVisible()
        assert not page.story.turns.isVisible()

    play(host, scene)


def test_opening_a_conversation_shows_its_facts_once(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not again for each list that is filled: streams wait for each of them."""
    stored = {"id": "room", "project": "default", "started_at": 1.0, "ended_at": 5.0, "modalities": ["stt"],
              "cost_nanos": 0, "request_count": 2, "served_by": {"stt": ["whisper/base"]}}  # fmt: skip
    told = turns(1_780_000_000.0)
    answer = {**stored, "requests": [row("a")], "turns": told}
    shown: list[list[tuple[str, str]]] = []
    monkeypatch.setattr(Facts, "show_pairs", lambda _facts, pairs: shown.append(pairs))

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        page.table(0).choose(("default", "room"))
        await desk.settle()
        for there in (answer, {**answer, "turns": []}):
            page.story.show_session(page.table(0).chosen(), None)
            shown.clear()
            page.story.show_session(page.table(0).chosen(), there)
            assert len(shown) == 1
            assert len(shown[0]) > 3

    play(FakeHost(sessions={"sessions": [stored], "next": None}, session=answer), scene)


def test_turning_to_a_list_makes_nothing(play: Play) -> None:
    """A table that is made and dressed where it is seen keeps the thread for a frame."""

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        desk.view.feed(e.Notice("warning", "piper/joe took over"))
        before = len(page.findChildren(QtWidgets.QWidget))
        for tab in (1, 3, 0):
            page._tabs.choose(tab)
            await desk.settle()
        page._tabs.choose(1)
        await desk.settle()
        page.table(1).choose("a")
        assert page.story.facts.isVisible()
        assert len(page.findChildren(QtWidgets.QWidget)) == before

    play(FakeHost(logs={"logs": [row("a")], "next": None}), scene)


def test_a_request_that_ends_while_one_looks_appears_once(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        desk.press("Requests")
        await desk.settle()
        desk.view.feed(e.RequestStarted("n", "stt", "whisper/base", "default", "openai"))
        desk.window.refresh()
        assert [line[7] for line in cells(page.table(1))] == ["live", "ok"]
        page.table(1).choose("n")
        assert page.story.stop.isVisible()
        desk.view.feed(e.RequestFinished(request("n", timestamp=5.0, fallback_from="deepgram/nova-3")))
        desk.window.refresh()
        assert [line[7] for line in cells(page.table(1))] == ["fell back", "ok"]

    play(FakeHost(logs={"logs": [row("a")], "next": None}), scene)


def test_what_left_leads_to_its_request_and_notices_have_their_time(play: Play) -> None:
    left = {"at": 1.0, "request": "a", "target": "openai/gpt", "host": "api.openai.com", "zone": "cloud",
            "project": "default", "modality": "llm", "sent_bytes": 1200, "sent_s": 0.0}  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        page._tabs.choose(2)
        assert cells(page.table(2))[0][2] == "api.openai.com"
        page.table(2).choose(("a", "openai/gpt", 1.0))
        page.table(2).opened.emit()
        page.filters.changed.emit()
        await desk.settle()
        assert page._tabs.current == 1
        assert [line[2] for line in cells(page.table(1))] == ["whisper/tiny.en"]
        desk.view.feed(e.Notice("warning", "piper/joe took over"))
        page._tabs.choose(3)
        time, level, text = cells(page.table(3))[0]
        assert (level, text) == ("warning", "piper/joe took over")
        assert time.count(":") == 2
        assert not desk.view.unread

    play(FakeHost(logs={"logs": [row("a")], "next": None}, egress={"egress": [left]}), scene)


@pytest.mark.parametrize("kind", ["llm", "pull", "ask"])
def test_whatever_left_is_drawn(play: Play, kind: str) -> None:
    """The fetch of a model and a question of settings leave this machine too, and are no modality."""
    left = {"at": 1.0, "request": "a", "target": "whisper/base", "host": "models.example", "zone": "cloud",
            "project": "default", "modality": kind, "sent_bytes": 0, "sent_s": 0.0}  # fmt: skip
    drawn: list[str] = []

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        page._tabs.choose(2)
        await desk.settle()
        look = theme.tokens()
        for column in page.table(2).model_.columns:
            tone = column.tone(page.table(2).model_.rows[0]) if column.tone else ""
            assert hasattr(look, tone or "text"), f"{column.title} has no colour for {kind}"
            drawn.append(column.title)

    play(FakeHost(egress={"egress": [left]}), scene)
    assert "Kind" in drawn


def test_an_export_holds_every_page_that_fits(play: Play, tmp_path: Path) -> None:
    rows = [row(f"r{n}", timestamp=1000.0 - n, cost_nanos=None if n else 1_500_000) for n in range(120)]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        desk.press("Requests")
        page.export(str(tmp_path / "out.csv"))
        await desk.settle()
        found = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
        assert [r["id"] for r in found] == [f"r{n}" for n in range(120)]
        assert (found[0]["cost_usd"], found[1]["cost_usd"]) == ("0.0015", "")

    play(Paged(rows, 50), scene)


def test_an_export_that_fails_in_the_middle_leaves_the_older_file(play: Play, tmp_path: Path) -> None:
    class Broken(Paged):
        async def call(self, operation: str, **params: Any) -> Any:
            if operation == "logs" and params.get("limit") == MOST and params.get("before"):
                raise VoiceGatewayError("The gateway was stopped.")
            return await super().call(operation, **params)

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        desk.press("Requests")
        file = tmp_path / "out.csv"
        file.write_text("of last month")
        page.export(str(file))
        await desk.settle()
        assert os.listdir(tmp_path) == ["out.csv"]
        assert file.read_text() == "of last month"
        assert [str(error) for error in desk.errors] == ["The gateway was stopped."]
        desk.errors.clear()

    play(Broken([row(f"r{n}") for n in range(120)], 50), scene)


def test_a_hundred_thousand_rows_are_filtered_by_the_database() -> None:
    history = History("logs")
    assert history.change(project="shop", modality="stt", target="whisper/base", errors=True, period="week")
    asked = history.params()
    assert (asked["project"], asked["modality"], asked["model"], asked["status"]) == (
        "shop", "stt", "whisper/base", "error")  # fmt: skip
    # a search covers the rows that were read
    assert not history.change(words="hello")


def test_a_row_is_made_once() -> None:
    """The list is shown again several times a second, with all that ended since it was read."""
    history, first, second = History("logs"), request("a"), request("b")
    shown = history.shown((), [second, first])
    again = history.shown((), [second, first])
    assert [a is b for a, b in zip(shown, again, strict=True)] == [True, True]
    other = request("b", status="error")
    told = [(row.state, row.errors, row.served_nothing) for row in history.shown((), [other, first])]
    assert told == [("error", 1, True), ("ok", 0, False)]
    assert [row.id for row in history.shown((), [first])] == ["a"]


def test_what_ended_before_the_first_page_stands_below_it() -> None:
    """The program knows more of the newest requests than one page holds."""
    history = History("logs")
    newest = [request(f"r{n}", timestamp=1000.0 - n) for n in range(300)]
    assert [row.id for row in history.shown((), newest)] == [f"r{n}" for n in range(50)]
    history.take({"logs": [row(f"r{n}", timestamp=1000.0 - n) for n in range(1, 200)], "next": "200"})
    assert [row.id for row in history.shown((), newest)] == [f"r{n}" for n in range(200)]
    history.take({"logs": [row(f"r{n}", timestamp=1000.0 - n) for n in range(200, 250)], "next": None})
    assert len(history.shown((), newest)) == 300


def test_the_list_is_summed_up() -> None:
    def one(nanos: int | None, requests: int) -> Row:
        return Row("r", 5.0, (), (), "p", requests, "", nanos, "ok", "")

    rows = [one(500_000_000, 4), one(250_000_000, 5), one(None, 1)]
    assert shown_words(rows, sessions=True, whole=True) == "3 sessions · 10 requests · $0.75 · 1 without a price"
    assert shown_words(rows[:2], sessions=False, whole=False) == "2 requests · $0.75. Scroll down for older ones."


def test_a_time_tells_its_day_when_that_is_not_today() -> None:
    now = 1_780_000_000.0
    assert moment(0, now) == "now"
    assert moment(now, now).count(":") == 2
    assert moment(now - 3 * 86_400, now)[:3].isalpha()
    assert "/25, " in moment(now - 400 * 86_400, now)
