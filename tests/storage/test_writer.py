"""The writer: batches, the journal in front, adoption of the journals of ended programs, a full disk."""

from __future__ import annotations

import asyncio
import errno
import json
import math
import os
import sqlite3
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.records import record
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.storage import journal as journals
from voicegw_desktop.storage import set_aside
from voicegw_desktop.storage.journal import Journal, orphans
from voicegw_desktop.storage.records import COLUMNS, RequestRecord
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


async def test_a_record_that_fits_nowhere_is_set_aside_and_told(storage: SQLiteStorage) -> None:
    bus, notices = EventBus(), list[Notice]()
    bus.subscribe(notices.append, Notice)
    writer = Writer(storage, bus)
    await writer.start()
    writer.submit(record(id="good"))
    writer.submit(record(id="huge", cost_nanos=1 << 70))
    writer.submit(record(id="unwritable", metadata={"a": object()}))
    writer.submit(record(id="endless", input_units=float("inf")))
    writer.submit(record(id="named", model_id="openai/\ud800", metadata={"asked": "\udfff"}))
    await writer.flush()
    assert await ids(storage) == {"good", "named"}
    (row,) = [r for r in await storage.get_recent_requests() if r["id"] == "named"]
    assert (row["model_id"], row["metadata"]) == ("openai/?", {"asked": "?"})
    assert writer.pending == 0
    kept = storage.path.with_name("voicegw.db.set-aside").read_text()
    assert [name in kept for name in ("'huge'", "'unwritable'", "'endless'", "'named'")] == [True, True, True, False]
    assert [n.code for n in notices] == ["record_set_aside"]
    await writer.aclose()


async def test_the_file_of_records_set_aside_is_bounded(
    storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "FILE_BYTES", 2_000)
    writer = Writer(storage)
    await writer.start()
    for n in range(100):
        writer.submit(record(id=f"huge{n}", cost_nanos=1 << 70))
    await writer.aclose()
    assert 0 < storage.path.with_name("voicegw.db.set-aside").stat().st_size <= 2_000


NUMBERS = st.none() | st.integers() | st.floats() | st.booleans()
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
SOME = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ("timestamp", "input_units", "output_units", "cost_nanos", "ttfb_ms", "total_latency_ms", "gateway_ms"),
            NUMBERS | TEXTS,
        ),
        **dict.fromkeys(("modality", "model_id", "project", "status", "session_id", "wanted"), TEXTS | NUMBERS),
        "metadata": st.dictionaries(TEXTS, NUMBERS | TEXTS | st.lists(TEXTS, max_size=2), max_size=3),
    },
)


@given(odd=st.lists(SOME, min_size=1, max_size=12), replayed=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_good_record_is_stored_whatever_stands_between(
    odd: list[dict[str, Any]], replayed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def run(folder: Path) -> tuple[set[str], int, float | None]:
        storage = SQLiteStorage(folder / "voicegw.db")
        writer = Writer(storage)
        if replayed:
            _leave_as_older_versions_did(storage.path, odd)
            await writer.start()
        else:
            await writer.start()
            for n, values in enumerate(odd):
                writer.submit(record(id=f"good{n}"))
                writer.submit(record(**{"id": f"odd{n}", **values}))
            writer.submit(record(id="last"))
        await writer.flush()
        pending = writer.pending
        await writer.aclose()
        found = await ids(storage)
        sums = await storage.run(lambda db: db.execute("SELECT total(input_units) FROM daily_costs").fetchone()[0])
        await storage.aclose()
        return found, pending, sums

    found, pending, sums = asyncio.run(run(tmp_path_factory.mktemp("records")))
    assert {f"good{n}" for n in range(len(odd))} | {"last"} <= found
    assert pending == 0
    assert sums is not None
    assert math.isfinite(sums)


def _leave_as_older_versions_did(database: Path, odd: list[dict[str, Any]]) -> None:
    lines = []
    for n, values in enumerate(odd):
        lines += [record(id=f"good{n}").row(), _old_row(record(id=f"odd{n}"), values)]
    lines.append(record(id="last").row())
    content = b""
    for row in lines:
        body = json.dumps(row, separators=(",", ":")).encode()
        content += b"%08x %s\n" % (zlib.crc32(body), body)
    database.with_name(f"{database.name}.pending-old-1").write_bytes(content)


def _old_row(plain: RequestRecord, values: dict[str, Any]) -> list[Any]:
    row = dict(zip(COLUMNS, plain.row(), strict=True)) | values
    if isinstance(row["metadata"], dict):
        row["metadata"] = json.dumps(row["metadata"]) if row["metadata"] else None
    return list(row.values())


async def test_a_start_survives_a_journal_that_holds_what_cannot_be_stored(storage: SQLiteStorage) -> None:
    _leave_as_older_versions_did(
        storage.path, [{"wanted": "x\ud800y"}, {"cost_nanos": 1 << 80}, {"timestamp": float("nan")}]
    )
    writer = Writer(storage)
    assert await writer.start() == 5
    assert await ids(storage) == {"good0", "good1", "good2", "odd0", "last"}
    assert journal_files(storage) == []
    await writer.aclose()


async def test_a_line_that_was_altered_and_still_parses_is_not_stored(storage: SQLiteStorage) -> None:
    dead = Journal(storage.path)
    dead.append(record(id="honest"))
    dead.append(record(id="altered", cost_nanos=5))
    dead.close()
    (file,) = journal_files(storage)
    content = file.read_bytes()
    assert content.count(b",5,") == 1
    file.write_bytes(content.replace(b",5,", b",9,"))
    (orphan,) = orphans(storage.path)
    assert (orphan.damaged, [r.id for r in orphan.records]) == (1, ["honest"])
    orphan.keep()
    writer = Writer(storage)
    assert await writer.start() == 1
    assert await ids(storage) == {"honest"}
    await writer.aclose()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
async def test_a_journal_that_was_deleted_is_begun_again(storage: SQLiteStorage) -> None:
    journal = Journal(storage.path)
    journal.append(record(id="gone"))
    (file,) = journal_files(storage)
    file.unlink()
    journal.append(record(id="kept"))
    journal.close()
    (orphan,) = orphans(storage.path)
    assert [r.id for r in orphan.records] == ["kept"]
    orphan.discard()


def test_a_record_survives_its_row() -> None:
    original = record(metadata={"audio_s": 1.5}, session_id="s", error_message="no", wire="openai", wanted="gpt")
    assert RequestRecord.from_row(original.row()) == original
    assert original.to_dict()["cost_usd"] == pytest.approx(1e-6)
