"""Turns in the database: stored once, replaced by fuller accounts, paged, and rescued from a journal."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.storage.journal import Journal
from voicegw_desktop.storage.queries import cursor
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.turns import STAGES, TurnRecord
from voicegw_desktop.storage.writer import Writer

pytestmark = pytest.mark.unit


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    made = SQLiteStorage(tmp_path / "v.db", clock=ManualClock(NOON))
    await made.open()
    yield made
    await made.aclose()


def turn(number: int, **changes: object) -> TurnRecord:
    values = {"id": f"t{number}", "session_id": "s", "project": "default", "started_at": NOON + number, **changes}
    return TurnRecord(**values)  # type: ignore[arg-type]


async def test_a_fuller_account_takes_the_place_of_an_older_one_and_never_the_other_way(storage: SQLiteStorage) -> None:
    assert await storage.log([turn(1, revision=2, final_ms=300.0, requests=["a"]), record(id="a", session_id="s")]) == 2
    assert await storage.log([turn(1, revision=1), turn(1, revision=3, first_audio_ms=800.0, requests=["a", "b"])]) == 0
    (stored,) = await storage.get_turns()
    assert (stored.revision, stored.first_audio_ms, stored.requests) == (3, 800.0, ["a", "b"])
    session = await storage.get_session("s")
    assert session is not None
    assert (session["request_count"], session["cost_nanos"]) == (1, 1000)


async def test_a_conversation_is_there_before_any_of_its_requests_has_ended(storage: SQLiteStorage) -> None:
    await storage.log([turn(1, speech_s=2.0, final_ms=500.0)])
    (session,) = await storage.list_sessions()
    assert (session["started_at"], session["ended_at"], session["request_count"]) == (NOON - 1, NOON + 1.5, 0)


async def test_pages_show_every_turn_once_also_those_of_one_moment(storage: SQLiteStorage) -> None:
    await storage.log([turn(n, started_at=NOON + n // 4, project=f"p{n % 2}") for n in range(40)])
    seen: list[str] = []
    before: str | None = None
    while page := await storage.get_turns(7, project="p1", before=before):
        seen += [t.id for t in page]
        before = cursor(page[-1].to_dict(), "started_at")
    assert sorted(seen) == sorted(f"t{n}" for n in range(1, 40, 2))
    assert len(await storage.get_turns(session_id="none")) == 0


async def test_a_killed_writer_leaves_turns_that_the_next_one_stores(storage: SQLiteStorage) -> None:
    segment = Journal(storage.path).append(turn(1, sealed="gAAAA", requests=["a"]))
    # the lock ends with the process
    os.close(segment.fd)
    fresh = Writer(storage)
    assert await fresh.start() == 1
    assert [t.id for t in await storage.get_turns()] == ["t1"]
    assert await storage.get_transcripts(["t1", "t2"]) == {"t1": "gAAAA"}
    await fresh.aclose()


def test_stages_add_up_to_the_last_mark_whatever_is_missing_or_out_of_order() -> None:
    marks = dict(zip(STAGES, (300.0, 400.0, 350.0, 600.0, None, 700.0, 900.0), strict=True))
    found = turn(1, **marks).stages
    assert found["to the model"] == 0
    assert "first clause" not in found
    assert sum(found.values()) == 900
    assert turn(1).stages == {}
