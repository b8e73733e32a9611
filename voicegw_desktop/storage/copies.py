"""Backups of the database, made and taken back while it is in use.

A backup stands under its name only once it is whole. Taking one back replaces the content in one transaction: a program
that is killed meanwhile leaves the old content or the new one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from voicegw_desktop.core.database import readable
from voicegw_desktop.core.errors import BadRequest, ConfigError
from voicegw_desktop.core.processes import alive
from voicegw_desktop.storage.migrate import migrate, version
from voicegw_desktop.storage.retention import oldest

UNFINISHED = ".part-"
"""What follows the name of a file in that of its unfinished copy; then comes the process that makes it."""
SPARE = 64 << 20  # bytes that stay free on a disk
BUSY = 30.0  # s that another program may hold a database


class Backup(NamedTuple):
    """What a backup holds."""

    path: Path
    size_bytes: int
    requests: int
    sessions: int
    first: float | None
    """When its oldest request is from, in Unix seconds; None: it has none."""
    last: float | None
    keys: int


def target(text: str) -> Path:
    """Where a new file goes. Raises BadRequest for what is no such place, and for a file that is there already."""
    path = _path(text)
    if path.exists():
        raise _taken(path)
    if not path.parent.is_dir():
        raise BadRequest(f'"file" is {path}, but there is no folder {path.parent}.', param="file")
    return path


def backup(database: Path, path: Path) -> Backup:
    """Write the database, as it is when this begins, to `path`, with mode 0600; others read and write meanwhile.

    Blocks. Raises BadRequest when it has no place or cannot be written there.
    """
    _room(path.parent, database.stat().st_size)
    with unfinished(path) as part:
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(database, isolation_level=None, timeout=BUSY)) as source:
                source.execute("VACUUM INTO ?", (str(part),))
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            name(part, path)
        except (OSError, sqlite3.Error) as error:
            raise BadRequest(f'"file" is {path}, which cannot be written ({error}).', param="file") from error
    return examine(path)


def examine(path: Path) -> Backup:
    """What a backup holds. Raises BadRequest for a file that is none, is damaged, or is of a newer version."""
    try:
        # by SQLite only, for it may be the database in use: see `opening.check`
        with closing(readable(path)) as db:
            if not version(db) or not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'daily_costs'").fetchone():
                raise BadRequest(f'"file" is {path}, which is no backup of VoiceGateway Desktop.', param="file")
            (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if sound != "ok":
                raise BadRequest(f'"file" is {path}, which is damaged ({sound}).', param="file")
            requests, sessions, keys = (
                int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for table in ("requests", "sessions", "access_keys")
            )
            last = db.execute("SELECT max(timestamp) FROM requests").fetchone()[0]
            return Backup(path, path.stat().st_size, requests, sessions, oldest(db, "requests"), last, keys)
    except (OSError, sqlite3.Error) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise BadRequest(f'"file" is {path}, which is no backup of VoiceGateway Desktop.', param="file") from error
        raise BadRequest(f'"file" is {path}, which cannot be read ({error}).', param="file") from error


def source(text: str) -> Path:
    """The file to take a backup from. Raises BadRequest when there is none."""
    path = _path(text)
    if not path.is_file():
        raise BadRequest(f'"file" is {path}, and there is no such file.', param="file")
    return path


def prepare(path: Path, database: Path, part: Path) -> None:
    """Copy a backup to `part`, at this program's schema, with the keys of `database`. Blocks.

    Keys are not taken back: one that was revoked since would let its owner in again, and one that was made since would
    not. Those that only the backup has are added. Raises BadRequest when it cannot be done.
    """
    # once for the copy, once for the log of the transaction
    _room(database.parent, 2 * path.stat().st_size)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(readable(path)) as old, closing(sqlite3.connect(part, isolation_level=None)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
            migrate(new, str(path))
            with closing(readable(database)) as present:
                keys = present.execute("SELECT * FROM access_keys").fetchall()
            new.execute("BEGIN")
            for key in keys:
                new.execute(f"INSERT OR REPLACE INTO access_keys VALUES ({', '.join('?' * len(key))})", key)
            new.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        raise BadRequest(f'"file" is {path}, which cannot be taken back ({error}).', param="file") from error
    except ConfigError as error:
        # of a newer version
        raise BadRequest(error.message, param="file", code=error.code) from error


def take(connection: sqlite3.Connection, part: Path) -> None:
    """Replace the content of the database by that of `part`, in one transaction."""
    with closing(sqlite3.connect(part, isolation_level=None)) as new:
        new.backup(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextlib.contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """The name of an unfinished copy of `path`, which is gone at the end."""
    sweep(path)
    part = path.with_name(f"{path.name}{UNFINISHED}{os.getpid()}-{uuid4().hex[:8]}")
    try:
        yield part
    finally:
        for end in ("", "-journal"):
            with contextlib.suppress(OSError):
                part.with_name(part.name + end).unlink()


def sweep(path: Path) -> None:
    """Remove the unfinished copies of `path` whose program is gone."""
    for part in path.parent.glob(f"{path.name}{UNFINISHED}*"):
        pid = part.name.removeprefix(f"{path.name}{UNFINISHED}").partition("-")[0]
        if pid.isdecimal() and not alive(int(pid)):
            with contextlib.suppress(OSError):
                part.unlink()


def name(part: Path, path: Path) -> None:
    """Give a finished copy its name, without replacing a file that has it."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError:
        # a stick's file system has no second names
        if path.exists():
            raise _taken(path) from None
        os.replace(part, path)


def _path(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        raise BadRequest(f'"file" is "{text[:80]}": {error}.', param="file") from error
    if not path.is_absolute():
        raise BadRequest(f'"file" is "{text[:80]}"; give the whole path, from the root on.', param="file")
    return path


def _taken(path: Path) -> BadRequest:
    return BadRequest(f'"file" is {path}, which exists: give another name; no file is replaced.', param="file")


def _room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise BadRequest(
            f"This needs {(needed + SPARE) / 1e6:.0f} MB, and the disk of {folder} has {free / 1e6:.0f} MB free.",
            param="file",
        )
