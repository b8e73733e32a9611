"""Open the database, and mend what can be mended: a damaged file is moved aside, its readable rows carried over."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from voicegw_desktop.core.database import fault_of, readable
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.storage.migrate import migrate

log = logging.getLogger(__name__)

BUSY_TIMEOUT = 5  # s; how long a second process's transaction is waited for
MAGIC = b"SQLite format 3\0"
OWN_TABLE = b"CREATE TABLE access_keys"
SEARCHED_BYTES = 1 << 20  # where the schema stands
CHECKED_BYTES = 32 << 20  # a database up to this size is checked whole, which takes some 20 ms
BESIDE = ("-wal", "-shm")
"""What SQLite keeps next to the file."""

Tell = Callable[[str, str, str], None]
"""`tell(level, sentence, code)`, called on the database's thread."""


def connect(path: Path) -> sqlite3.Connection:
    """Open (and create, mode 0600) the database in autocommit mode, at this program's schema. Raises ConfigError."""
    try:
        _private_file(path)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as error:
        raise ConfigError(
            f"The database {path} cannot be opened ({error}): check cost_tracking.db_path and VOICEGW_DB_PATH.",
            code="database_unavailable",
        ) from error
    try:
        # of a new file: what is removed can be given back to the disk piece by piece; to be said before the next line
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, str(path))
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        connection.close()
        raise ConfigError(
            f"The database {path} cannot be used ({error}): move the file away to start a new one, or restore a copy.",
            code="database_unusable",
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_whatever(path: Path, tell: Tell) -> tuple[sqlite3.Connection, str | None]:
    """The database, and why it only reads when it cannot be written. Raises ConfigError when nothing can be done.

    A damaged file is replaced by a new one. One that cannot be opened for writing is read; when that is not possible
    either, an empty database in memory that refuses every change stands in for it.
    """
    try:
        connection = connect(path)
        try:
            _sound(connection, path)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise ConfigError(f"The database {path} is damaged ({error}).") from error
        return connection, None
    except ConfigError as error:
        fault = fault_of(error)
        if fault == "damaged" and _ours(path):
            return replace_damaged(path, str(error.__cause__), tell), None
        if fault not in ("full", "read_only", "unreachable"):
            raise
        why = (
            f"The database {path} cannot be written ({error.__cause__}). Requests are served and their records kept; "
            "free space on that disk, or make the file and its folder writable."
        )
    try:
        return readable(path), why
    except sqlite3.Error:
        empty = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        migrate(empty, ":memory:")
        # what was written here would be gone at the end
        empty.execute("PRAGMA query_only = ON")
        return empty, why


def replace_damaged(path: Path, reason: str, tell: Tell, old: sqlite3.Connection | None = None) -> sqlite3.Connection:
    """Move the file aside, begin a new one and copy the rows that can be read, from `old` when that is still open."""
    aside = _free_name(path)
    os.replace(path, aside)
    for end in BESIDE:
        with contextlib.suppress(FileNotFoundError):
            os.replace(path.with_name(path.name + end), aside.with_name(aside.name + end))
    connection = connect(path)
    kept, whole = 0, False
    try:
        with contextlib.nullcontext(old) if old is not None else closing(readable(aside)) as source:
            kept, whole = carry_over(source, connection)
    except sqlite3.Error as error:
        log.warning("Nothing could be read from %s: %s", aside, error)
    some = "The 1 row that could be read was" if kept == 1 else f"The {kept} rows that could be read were"
    rest = "All rows were" if whole else some if kept else "Nothing could be"
    tell(
        "error",
        f"The database {path} is damaged ({reason}). It was moved to {aside} and a new one begun. {rest} taken over; "
        "check that disk, and the keys with `voicegw keys list`.",
        "database_damaged",
    )
    return connection


def restore_deleted(path: Path, old: sqlite3.Connection, tell: Tell) -> None:
    """Rewrite the database from the connection that still has the deleted file open."""
    for end in BESIDE:
        # SQLite would play the log of the deleted file into the new one
        path.with_name(path.name + end).unlink(missing_ok=True)
    with closing(connect(path)) as new:
        old.backup(new)
    tell(
        "warning",
        f"The database {path} was deleted while the gateway ran. It was written again, with all its records and keys; "
        "stop the gateway first to begin a new one.",
        "database_restored",
    )


def carry_over(source: sqlite3.Connection, target: sqlite3.Connection) -> tuple[int, bool]:
    """Copy every row that can be read into the tables of `target`; (how many, whether those were all)."""
    tables = target.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    whole = True
    before = target.total_changes
    for (table,) in tables.fetchall():
        columns = ", ".join(f'"{row[1]}"' for row in target.execute(f"PRAGMA table_info({table})"))
        into = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({', '.join('?' * (columns.count(',') + 1))})"
        # behind the first page that cannot be read, the rows are reached from the other end
        for order in ("", " ORDER BY rowid DESC"):
            target.execute("BEGIN IMMEDIATE")
            try:
                target.executemany(into, source.execute(f"SELECT {columns} FROM {table}{order}"))
                break
            except sqlite3.Error as error:
                whole = False
                log.warning("Table %s could not be read to its end: %s", table, error)
            finally:
                target.execute("COMMIT")
    return target.total_changes - before, whole


def check(path: Path) -> str | None:
    """What SQLite finds wrong with the file, read afresh; None: nothing, or it cannot be read at all.

    Only SQLite opens a database that is in use: when a program closes a file, Linux and macOS take away every lock it
    has on that file, and another program would then remove the log as no longer used.
    """
    try:
        # the file itself, whatever its log has instead of its first page
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
        with closing(readable(path)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error) if fault_of(error) == "damaged" else None
    except OSError:
        return None
    return None if found == "ok" else str(found)


def _sound(connection: sqlite3.Connection, path: Path) -> None:
    """Raises sqlite3.DatabaseError when a small database is damaged; a large one shows it when it is read."""
    if path.stat().st_size <= CHECKED_BYTES:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            error = sqlite3.DatabaseError(found)
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error


def _ours(path: Path) -> bool:
    """Whether a damaged file may be moved: another kind of file that db_path names by mistake may not."""
    try:
        with path.open("rb") as file:
            head = file.read(SEARCHED_BYTES)
    except OSError:
        return False
    return head.startswith(MAGIC) or OWN_TABLE in head or not any(head[:4096])


def _free_name(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (path.with_name(f"{path.name}.damaged-{stamp}{end}") for end in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


def _private_file(path: Path) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, mode=0o700)
    # SQLite gives -wal and -shm the mode of the database itself; of one that is there nothing is opened, see `check`
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if sys.platform != "win32":
        for name in (path.name, path.name + "-wal", path.name + "-shm"):
            file = path.with_name(name)
            if file.exists():
                file.chmod(0o600)
