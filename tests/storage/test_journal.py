"""The journal by itself: sizes at which it is cut or followed by another file, lines it cannot read, descriptors."""

from __future__ import annotations

import json
import os
import sys
import zlib
from pathlib import Path

import pytest

from tests.support.records import record
from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.storage import journal as journals
from voicegw_desktop.storage.journal import Journal, Segment, orphans
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "voicegw.db"


def files(database: Path) -> list[Path]:
    return sorted(database.parent.glob(f"{database.name}.pending-*"))


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def test_the_first_record_of_a_profile_makes_its_folder(tmp_path: Path) -> None:
    database = tmp_path / "new" / "config" / "voicegw.db"
    Journal(database).append(record())
    assert len(files(database)) == 1
    if sys.platform != "win32":
        assert database.parent.stat().st_mode & 0o077 == 0


def test_a_segment_knows_its_size_and_only_its_owner_may_read_it(database: Path) -> None:
    journal = Journal(database)
    segment = journal.append(record())
    assert segment.outstanding == 1
    assert segment.size == segment.path.stat().st_size
    if sys.platform != "win32":
        assert segment.path.stat().st_mode & 0o777 == 0o600
    journal.close()


def test_a_full_segment_is_followed_by_the_next(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(database)
    first = journal.append(record(id="aaaa"))
    monkeypatch.setattr(journals, "SEGMENT_BYTES", first.size + 1)
    assert journal.append(record(id="bbbb")) is first
    monkeypatch.setattr(journals, "SEGMENT_BYTES", first.size)
    second = journal.append(record(id="cccc"))
    assert second is not first
    assert files(database) == sorted([first.path, second.path])
    journal.release(first, 2)
    assert files(database) == [second.path]
    assert not is_open(first.fd)
    journal.close()


def test_committed_lines_are_cut_away_once_they_are_many(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(database)
    segment = journal.append(record(id="aaaa"))
    monkeypatch.setattr(journals, "STALE_BYTES", segment.size + 1)
    journal.release(segment, 1)
    assert segment.path.stat().st_size == segment.size > 0
    monkeypatch.setattr(journals, "STALE_BYTES", segment.size)
    journal.append(record(id="bbbb"))
    segment.torn = True
    journal.release(segment, 1)
    assert segment.path.stat().st_size == segment.size == 0
    journal.append(record(id="cccc"))
    # nothing is left that the new line could be glued to, so it begins the file
    assert segment.path.read_bytes()[:1] != b"\n"
    assert segment.size == segment.path.stat().st_size
    journal.close()


def test_a_whole_line_that_is_no_record_is_kept_apart_from_a_damaged_one(database: Path) -> None:
    journal = Journal(database)
    path = journal.append(record(id="good")).path
    journal.close()
    body = b'["from a later version"]'
    with path.open("ab") as file:
        file.write(b"%08x %s\n" % (zlib.crc32(body), body))
        file.write(b"%08x %s\n" % (zlib.crc32(body) ^ 1, body))
        file.write(b"no sum\n")
    (orphan,) = orphans(database)
    assert [it.id for it in orphan.records] == ["good"]
    assert orphan.foreign == [body]
    assert orphan.damaged == 2
    orphan.keep()
    assert not is_open(orphan.fd)
    assert path.exists()
    (again,) = orphans(database)
    again.discard()
    assert not is_open(again.fd)
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lists no descriptors")
def test_looking_at_journals_in_use_leaves_no_descriptor_open(database: Path) -> None:
    journal = Journal(database)
    journal.append(record())
    before = os.listdir("/dev/fd")
    assert list(orphans(database)) == []
    assert len(os.listdir("/dev/fd")) == len(before)
    journal.close()


def test_a_closed_journal_gives_its_file_back_or_leaves_what_is_owed(database: Path) -> None:
    journal = Journal(database)
    segment = journal.append(record())
    journal.release(segment, 1)
    journal.close()
    assert files(database) == []
    assert not is_open(segment.fd)
    owing = journal.append(record())
    journal.close()
    assert files(database) == [owing.path]
    assert not is_open(owing.fd)


def test_a_journal_that_turns_to_a_new_file_keeps_the_old_one_only_while_it_owes_records(database: Path) -> None:
    journal = Journal(database)
    journal.turn()
    owing = journal.append(record(id="aaaa"))
    journal.turn()
    paid = journal.append(record(id="bbbb"))
    assert files(database) == sorted([owing.path, paid.path])
    journal.release(owing, 1)
    journal.release(paid, 1)
    assert files(database) == [paid.path]
    journal.turn()
    assert files(database) == []
    assert not is_open(owing.fd)
    assert not is_open(paid.fd)


def test_a_segment_begins_empty(tmp_path: Path) -> None:
    segment = Segment(tmp_path / "s", -1)
    assert (segment.size, segment.outstanding, segment.torn) == (0, 0, False)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_a_file_that_is_gone_already_is_closed(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(database)
    first = journal.append(record())
    monkeypatch.setattr(journals, "SEGMENT_BYTES", 1)
    journal.append(record())
    first.path.unlink()
    journal.release(first, 1)
    assert not is_open(first.fd)
    journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there it is read by its descriptor")
def test_a_journal_that_cannot_be_read_now_is_left_for_the_next_time(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Journal(database)
    dead.append(record(id="kept"))
    dead.close()

    def broken(path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", broken)
        assert list(orphans(database)) == []
    (found,) = orphans(database)
    assert [one.id for one in found.records] == ["kept"]
    found.keep()


def test_each_kind_of_record_is_read_back() -> None:
    turn = TurnRecord("t", "s", "default", 1.5)
    sent = EgressRecorded(
        at=1.0, request="r", target="openai/gpt", host="h", zone="cloud", project="p", modality="llm", sent_bytes=1
    )
    for one in (record(id="r"), turn, sent):
        assert journals.from_line(json.loads(journals.encoded(one))) == one
