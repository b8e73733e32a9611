"""The database file deleted, replaced, damaged, read-only or on a full disk, at the start and while it is open."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.records import record
from voicegw_desktop.core import database
from voicegw_desktop.core.errors import ConfigError, DatabaseUnavailable
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.storage import connection, opening
from voicegw_desktop.storage.connection import Change
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.writer import Writer

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted or replaced there"),
]


class Kept:
    """A storage with its writer, and what was reported."""

    def __init__(self, path: Path) -> None:
        self.storage = SQLiteStorage(path)
        self.codes: list[str] = []
        self.said: list[str] = []
        self.changes: list[Change] = []
        self.storage.tell = self._tell
        self.storage.changed = self._changed
        self.writer = Writer(self.storage, EventBus())

    def _tell(self, level: str, message: str, code: str) -> None:
        self.codes.append(code)
        self.said.append(message)

    async def _changed(self, change: Change) -> None:
        self.changes.append(change)

    async def keep(self, *ids: str) -> None:
        for each in ids:
            self.writer.submit(record(id=each))
        await self.writer.flush()

    async def ids(self) -> set[str]:
        return {row["id"] for row in await self.storage.get_recent_requests(1000)}


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    it = Kept(tmp_path / "voicegw.db")
    await it.writer.start()
    await it.keep("before")
    yield it
    await it.writer.aclose()
    await it.storage.aclose()


async def test_a_deleted_database_is_written_again_with_all_it_held(kept: Kept) -> None:
    path = kept.storage.path
    for file in path.parent.glob("voicegw.db*"):
        file.unlink()
    kept.writer.submit(record(id="after"))
    await kept.storage.look()
    await asyncio.sleep(0)
    assert (kept.codes, kept.changes) == (["database_restored"], ["restored"])
    await kept.keep("later")
    assert await kept.ids() == {"before", "after", "later"}
    await kept.writer.aclose()
    await kept.storage.aclose()
    with closing(sqlite3.connect(path)) as afresh:
        assert afresh.execute("SELECT count(*), sum(cost_nanos) FROM requests").fetchone() == (3, 3_000)
        assert afresh.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert path.stat().st_mode & 0o077 == 0


async def test_a_record_is_not_given_up_to_a_file_without_a_name(kept: Kept) -> None:
    """Without a check in between: the writer notices before it gives up the journal's line."""
    kept.storage.path.unlink()
    await kept.keep("after")
    assert kept.codes == ["database_restored"]
    with closing(sqlite3.connect(kept.storage.path)) as afresh:
        assert {row[0] for row in afresh.execute("SELECT id FROM requests")} == {"before", "after"}


async def test_a_replaced_database_is_used(kept: Kept, tmp_path: Path) -> None:
    other = SQLiteStorage(tmp_path / "copy.db")
    await other.log_request(record(id="of the copy"))
    await other.aclose()
    os.replace(tmp_path / "copy.db", kept.storage.path)
    for end in opening.BESIDE:
        kept.storage.path.with_name(f"voicegw.db{end}").unlink(missing_ok=True)
    await kept.keep("after")
    await asyncio.sleep(0)
    assert (kept.codes, kept.changes) == (["database_replaced"], ["replaced"])
    assert await kept.ids() == {"of the copy", "after"}


def damage(path: Path, *, header: bool = False) -> None:
    """Overwrite the file's later half, or its first page."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(0 if header else size // 2)
        file.write(os.urandom(100 if header else size - size // 2))


@pytest.mark.parametrize("header", [False, True])
async def test_damaged_while_it_is_open(kept: Kept, header: bool) -> None:
    await kept.keep(*(f"r{n}" for n in range(300)))
    await kept.storage.run(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
    await kept.storage.look()
    damage(kept.storage.path, header=header)
    kept.writer.submit(record(id="meanwhile"))
    await kept.storage.look()
    await asyncio.sleep(0)
    assert (kept.codes, kept.changes) == (["database_damaged"], ["mended"])
    (aside,) = kept.storage.path.parent.glob("voicegw.db.damaged-*[0-9]")
    assert str(aside) in kept.said[0]
    await kept.keep("after")
    assert {"meanwhile", "after"} <= await kept.ids()
    assert (await kept.storage.run(lambda db: db.execute("PRAGMA integrity_check").fetchone())) == ("ok",)
    assert kept.storage.trouble is None


async def test_what_a_damaged_page_breaks_is_a_sentence(kept: Kept) -> None:
    def broken(db: sqlite3.Connection) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    with pytest.raises(DatabaseUnavailable, match=r"malformed\): a running gateway moves it aside") as caught:
        await kept.storage.run(broken)
    assert (caught.value.status, caught.value.code) == (503, "database_damaged")
    await kept.storage.look()
    assert kept.codes == ["database_damaged"]
    # its connection was whole, so nothing is missing
    assert "All rows were taken over" in kept.said[0]
    assert await kept.ids() == {"before"}


async def test_damaged_at_the_start(tmp_path: Path) -> None:
    before = Kept(tmp_path / "voicegw.db")
    await before.writer.start()
    await before.keep(*(f"r{n}" for n in range(300)))
    await before.writer.aclose()
    await before.storage.aclose()
    damage(before.storage.path)
    it = Kept(before.storage.path)
    await it.writer.start()
    assert it.codes == ["database_damaged"]
    await it.keep("after")
    assert "after" in await it.ids()
    assert await it.storage.list_managed_projects() == []
    await it.writer.aclose()
    await it.storage.aclose()


async def test_a_damaged_first_page_at_the_start(tmp_path: Path) -> None:
    before = SQLiteStorage(tmp_path / "voicegw.db")
    await before.log_request(record())
    await before.aclose()
    damage(before.path, header=True)
    it = Kept(before.path)
    await it.storage.open()
    assert it.codes == ["database_damaged"]
    await it.storage.aclose()


@pytest.fixture
def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database that cannot be opened for writing as long as `tmp_path/locked` is there; root may write everything."""
    path, lock = tmp_path / "voicegw.db", tmp_path / "locked"
    real = opening.connect

    def connect(wanted: Path) -> sqlite3.Connection:
        if lock.exists():
            raise ConfigError("it cannot be opened") from OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(wanted)

    lock.touch()
    monkeypatch.setattr(opening, "connect", connect)
    return path


@pytest.mark.parametrize("there", [True, False])
async def test_read_only_at_the_start(unwritable: Path, there: bool) -> None:
    lock = unwritable.with_name("locked")
    if there:
        lock.unlink()
        before = SQLiteStorage(unwritable)
        await before.log_request(record(id="before"))
        await before.aclose()
        lock.touch()
    it = Kept(unwritable)
    await it.writer.start()
    assert it.codes == ["database_not_writable"]
    assert it.storage.trouble is not None
    await it.keep("meanwhile")
    assert it.writer.pending == 1
    assert await it.ids() == ({"before"} if there else set())
    with pytest.raises(DatabaseUnavailable) as caught:
        await it.storage.upsert_managed_project("p")
    assert caught.value.status == 503
    await it.storage.look()
    lock.unlink()
    await it.storage.look()
    await it.writer.flush()
    assert it.codes == ["database_not_writable", "database_writable"]
    assert it.storage.trouble is None
    assert await it.ids() == ({"before", "meanwhile"} if there else {"meanwhile"})
    await it.writer.aclose()
    await it.storage.aclose()


@pytest.mark.parametrize(("flags", "free", "word"), [(os.ST_RDONLY, 1 << 30, "read-only"), (0, 1000, "full")])
async def test_a_disk_without_room_is_told_before_a_record_comes(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, flags: int, free: int, word: str
) -> None:
    space = SimpleNamespace(f_flag=flags, f_bavail=free // 1000, f_frsize=1000)
    with monkeypatch.context() as patch:
        patch.setattr(connection.os, "statvfs", lambda _path: space)
        await kept.storage.look()
        await kept.storage.look()
    assert kept.codes == ["database_not_writable"]
    assert word in kept.said[0]
    await kept.storage.look()
    assert kept.codes == ["database_not_writable", "database_writable"]


async def test_a_full_database_is_a_sentence(kept: Kept) -> None:
    await kept.storage.run(
        lambda db: db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}").fetchone()
    )
    with pytest.raises(DatabaseUnavailable, match="free space on its disk") as caught:
        await kept.storage.upsert_managed_project("p", description="x" * 100_000)
    assert caught.value.code == "database_full"


def test_a_schema_whose_damage_is_no_text_is_damaged_too(tmp_path: Path) -> None:
    path = tmp_path / "voicegw.db"
    opening.connect(path).close()
    whole = path.read_bytes()
    # SQLite quotes the name in its error, which Python then cannot decode
    path.write_bytes(
        whole.replace(b"tableaccess_keys", b"table\xfc\xfc\xfc\xfc\xfc\xfc_keys").replace(b"CREATE", b"CR\xfcATE")
    )
    with pytest.raises(sqlite3.DatabaseError) as caught:
        database.readable(path)
    assert database.fault_of(caught.value) == "damaged"
    told: list[str] = []
    new, why = opening.open_whatever(path, lambda level, sentence, code: told.append(code))
    new.close()
    assert (why, told) == (None, ["database_damaged"])
