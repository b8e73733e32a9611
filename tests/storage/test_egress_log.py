"""The egress log in the database: it survives a kill, has bounds, and is asked by project and time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.storage import egress
from voicegw_desktop.storage.journal import Journal
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

pytestmark = pytest.mark.unit
NOON = 1_790_000_000.0


def entry(n: int, at: float = NOON, project: str = "default") -> EgressRecorded:
    return EgressRecorded(
        at=at, request=f"r{n}", target="openai/gpt", host="api.openai.com", zone="cloud", project=project,
        modality="llm", sent_bytes=100 + n, id=f"e{n}",
    )  # fmt: skip


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "voicegw.db")
    yield storage
    await storage.aclose()


async def test_entries_are_asked_by_project_and_time(storage: SQLiteStorage) -> None:
    writer = Writer(storage)
    await writer.start()
    for n in range(5):
        writer.submit(entry(n, NOON + n, "one" if n % 2 else "two"))
    assert [e["id"] for e in await storage.get_egress()] == ["e4", "e3", "e2", "e1", "e0"]
    assert [e["id"] for e in await storage.get_egress(limit=1, project="one")] == ["e3"]
    assert [e["id"] for e in await storage.get_egress(since=NOON + 3)] == ["e4", "e3"]
    assert (await storage.get_egress(limit=1))[0] == {
        "id": "e4", "at": NOON + 4, "request": "r4", "target": "openai/gpt", "host": "api.openai.com",
        "zone": "cloud", "project": "two", "modality": "llm", "sent_bytes": 104, "sent_s": 0.0, "finished": True,
        "refused": False,
    }  # fmt: skip
    await writer.aclose()


async def test_what_a_killed_program_sent_is_in_the_log(storage: SQLiteStorage) -> None:
    dead = Journal(storage.path)
    for each in (entry(1), record(id="request"), entry(2), entry(1)):
        dead.append(each)
    dead.close()
    writer = Writer(storage)
    assert await writer.start() == 3
    assert {e["id"] for e in await storage.get_egress()} == {"e1", "e2"}
    assert (await storage.get_cost_summary("all"))["requests"] == 1
    await writer.aclose()


async def test_an_entry_grows_with_its_stream_and_is_one(storage: SQLiteStorage) -> None:
    begun, later, whole = (
        replace(entry(1), sent_bytes=size, sent_s=size / 100, finished=finished)
        for size, finished in ((0, False), (300, False), (300, True))
    )
    assert await storage.log([begun, later, entry(2)]) == 2
    assert [(e["id"], e["sent_bytes"], e["finished"]) for e in await storage.get_egress()] == [
        ("e2", 102, True),
        ("e1", 300, False),
    ]
    assert await storage.log([whole]) == 0
    # a journal that is replayed late brings what is known better by now
    assert await storage.log([begun, later]) == 0
    told = (await storage.get_egress())[1]
    assert (told["sent_bytes"], told["sent_s"], told["finished"]) == (300, 3.0, True)


def test_a_journal_of_an_older_version_is_read() -> None:
    line = list(egress.line(entry(1)))
    assert egress.from_line(line) == egress.from_line(line[:-1]) == egress.from_line(line[:-2]) == entry(1)
    with pytest.raises(ValueError, match="argument 2"):
        egress.from_line(line[:-3])


async def test_a_refused_redirect_is_told_apart(storage: SQLiteStorage) -> None:
    refused = replace(entry(1), refused=True, sent_bytes=0)
    assert egress.from_line(list(egress.line(refused))) == refused
    await storage.log([refused, entry(2)])
    assert [e["refused"] for e in await storage.get_egress()] == [False, True]


async def test_the_log_is_bounded(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "KEPT_ROWS", 3)
    await storage.log([entry(n, NOON + n) for n in range(2, 7)])
    assert [e["id"] for e in await storage.get_egress()] == ["e6", "e5", "e4"]
