"""Names the fault of a database file from SQLite's codes, and opens what can still be read."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from voicegw_desktop.core.errors import DatabaseUnavailable

Fault = Literal["damaged", "full", "read_only", "busy", "unreachable"]

_BY_CODE: dict[int, Fault] = {
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_IOERR: "unreachable",
    sqlite3.SQLITE_AUTH: "unreachable",
}
_BY_ERRNO: dict[int, Fault] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}
_NEXT = {
    "damaged": "a running gateway moves it aside within seconds and begins a new one",
    "full": "free space on its disk",
    "read_only": "make the file and its folder writable for this user",
    "busy": "another program holds it for long: try again",
    "unreachable": "check its disk and folder, cost_tracking.db_path and VOICEGW_DB_PATH",
}


def fault_of(error: BaseException | None) -> Fault | None:
    """The kind of fault that `error`, or the error it was raised from, tells of; None: another kind."""
    while error is not None:
        if isinstance(error, sqlite3.Error):
            # the upper bits tell the same fault in more detail
            code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
            return _BY_CODE.get(code)
        if isinstance(error, OSError):
            return _BY_ERRNO.get(error.errno or 0, "unreachable")
        if isinstance(error, UnicodeDecodeError):
            return "damaged"
        error = error.__cause__
    return None


def unavailable(path: Path, error: Exception) -> DatabaseUnavailable:
    """The error for people and wires: what is wrong with the database and what to do."""
    fault = fault_of(error)
    return DatabaseUnavailable(
        f"The database {path} cannot be used ({error}): {_NEXT[fault or 'unreachable']}.",
        code=f"database_{fault}" if fault else None,
    )


BUSY = 5.0  # s that another program may hold the database before a reader gives up


def readable(path: Path, busy: float = BUSY) -> sqlite3.Connection:
    """A connection that only reads, also where nothing can be written beside the file. Raises sqlite3.Error.

    `busy`: seconds to wait while another program holds the database.
    """
    last: sqlite3.Error | None = None
    # a database in WAL mode on a read-only disk opens as `immutable` only, without what its log still holds
    for how in ("mode=ro", "mode=ro&immutable=1"):
        connection = None
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(path))}?{how}",
                timeout=busy,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return connection
        except sqlite3.Error as error:
            last = error
        except UnicodeDecodeError:
            # SQLite's message quotes a part of the schema that is no text
            last = sqlite3.DatabaseError("malformed database schema")
            last.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        if connection is not None:
            connection.close()
    assert last is not None
    raise last
