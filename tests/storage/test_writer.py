"""The writer: batches, the journal in front, adoption of what the dead left, a full disk."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.storage import journal as journals
from voicegw_desktop.storage.journal import Journal, orphans
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

pytestmark = pytest.mark.unit


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "voicegw.db")
    yield storage
    await storage.aclose()


def journal_files(storage: SQLiteStorage) -> list[Path]:
    return sorted(storage.path.parent.glob("*.pending-*"))


async def ids(storage: SQLiteStorage) -> set[str]:
    return {row[0] for row in await storage.run(lambda db: db.execute("SELECT id FROM requests").fetchall())}


async def test_a_report_sees_what_was_just_submitted(storage: SQLiteStorage) -> None:
    writer = Writer(storage)
    await writer.start()
    for _ in range(1234):
        writer.submit(record())
    (file,) = journal_files(storage)
    assert file.read_bytes().count(b"\n") == 1234
    assert (await storage.get_cost_summary("all"))["requests"] == 1234
    assert writer.pending == 0
    assert [f.stat().st_size for f in journal_files(storage)] == [0]
    await writer.aclose()
    await writer.aclose()
    assert journal_files(storage) == []


async def test_what_a_dead_writer_left_is_adopted_once(storage: SQLiteStorage) -> None:
    left, stored = [record(id=f"left{n}") for n in range(3)], record(id="stored")
    dead = Journal(storage.path)
    for each in (*left, stored):
        dead.append(each)
    dead.close()
    (file,) = journal_files(storage)
    lines = file.read_bytes().splitlines(keepends=True)
    altered = lines[0].replace(b"openai", b"0penai", 1)
    file.write_bytes(b"".join(lines) + altered + lines[1][:40])
    await storage.log_request(stored)
    writer = Writer(storage)
    assert await writer.start() == 3
    assert await ids(storage) == {"left0", "left1", "left2", "stored"}
    assert journal_files(storage) == []
    assert await writer.start() == 0
    await writer.aclose()


async def test_the_journal_of_a_living_writer_is_left_alone(storage: SQLiteStorage) -> None:
    living = Journal(storage.path)
    living.append(record())
    assert list(orphans(storage.path)) == []
    living.close()
    (orphan,) = orphans(storage.path)
    assert len(orphan.records) == 1
    orphan.discard()


async def test_segments_follow_each_other_and_go(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "SEGMENT_BYTES", 2_000)
    writer = Writer(storage)
    await writer.start()
    for _ in range(60):
        writer.submit(record())
    assert len(journal_files(storage)) > 3
    await writer.flush()
    assert len(journal_files(storage)) == 1
    await writer.aclose()
    assert len(await ids(storage)) == 60


async def test_a_full_disk_is_told_once_and_nothing_is_lost(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, notices = EventBus(), list[Notice]()
    bus.subscribe(notices.append, Notice)
    writer = Writer(storage, bus)
    await writer.start()
    real_write, real_log, full = os.write, storage.log_requests, True

    def write(fd: int, data: bytes) -> int:
        if full:
            # the way a disk fills up: a piece of the line fits, then nothing does
            real_write(fd, data[:5])
            return 5
        return real_write(fd, data)

    async def log_requests(records: list[RequestRecord]) -> int:
        if full:
            raise sqlite3.OperationalError("database or disk is full")
        return await real_log(records)

    monkeypatch.setattr(journals.os, "write", write)
    monkeypatch.setattr(storage, "log_requests", log_requests)
    for n in range(10):
        writer.submit(record(id=f"full{n}"))
        await writer.flush()
    assert writer.pending == 10
    assert [n.code for n in notices] == ["records_in_memory", "database_not_writable"]
    full = False
    writer.submit(record(id="after"))
    (file,) = journal_files(storage)
    assert journals._parse(file.read_bytes())[0][0].id == "after"
    await writer.flush()
    assert len(await ids(storage)) == 11
    assert [n.code for n in notices[2:]] == ["records_on_disk", "database_writable"]
    await writer.aclose()


async def test_no_room_for_the_journal_at_all(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(storage)
    await writer.start()

    def refuse(*_args: object, **_kwargs: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(journals.os, "open", refuse)
        writer.submit(record(id="kept"))
    await writer.flush()
    assert await ids(storage) == {"kept"}
    await writer.aclose()


async def test_what_cannot_be_stored_waits_for_the_next_start(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(storage)
    await writer.start()
    with monkeypatch.context() as patch:

        async def busy(records: list[RequestRecord]) -> int:
            raise sqlite3.OperationalError("database is locked")

        patch.setattr(storage, "log_requests", busy)
        writer.submit(record(id="later"))
        await writer.aclose()
    assert await ids(storage) == set()
    following = Writer(storage)
    assert await following.start() == 1
    await following.aclose()


async def test_one_impossible_record_does_not_keep_the_others_out(storage: SQLiteStorage) -> None:
    writer = Writer(storage)
    await writer.start()
    writer.submit(record(id="good"))
    writer.submit(record(id="huge", cost_nanos=1 << 70))
    writer.submit(record(id="unwritable", metadata={"a": object()}))
    await writer.flush()
    assert await ids(storage) == {"good"}
    assert writer.pending == 0
    await writer.aclose()


def test_a_record_survives_its_row() -> None:
    original = record(metadata={"audio_s": 1.5}, session_id="s", error_message="no", wire="openai", wanted="gpt")
    assert RequestRecord.from_row(original.row()) == original
    assert original.to_dict()["cost_usd"] == pytest.approx(1e-6)
