"""One connection that writes, on one thread; each transaction runs as one call there, so nothing interleaves with it;
reports on
connections of their own; and the health of the file."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
import sys
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import aiosqlite

from voicegw_desktop.core.database import fault_of, readable, unavailable
from voicegw_desktop.core.errors import ConfigError, DatabaseUnavailable
from voicegw_desktop.core.paths import expanded
from voicegw_desktop.storage import opening
from voicegw_desktop.storage.readers import Readers

log = logging.getLogger(__name__)

T = TypeVar("T")
Change = Literal["restored", "replaced", "mended", "writable"]

MOST_BUSY = 0.01  # s that another program may hold the database while the thread of a running loop waits
LOW_SPACE = 1 << 20  # bytes free on the disk below which nothing more will fit


class Database:
    """The connection. Opens on first use; works from any running loop.

    `before_read` runs before a report reads, so that records still in the writer's hands are in it. `look()` finds what
    has happened to the file and mends it; the gateway calls it every few seconds.
    """

    def __init__(self, db_path: str | os.PathLike[str]) -> None:
        self.path = expanded(db_path)
        self.before_read: Callable[[], Any] | None = None
        self.before_restore: Callable[[], Any] | None = None
        """A coroutine function, run before all that is stored is replaced."""
        self.tell: opening.Tell = _log
        """Called in the loop with (level, sentence, code)."""
        self.changed: Callable[[Change], Any] | None = None
        """A coroutine function, run after the file was restored, replaced, mended, or became writable."""
        self.trouble: str | None = None
        """What is wrong with the database at present, as a sentence; None: nothing."""
        self.read_only: str | None = None
        """Why the open connection only reads; None: it writes, too."""
        self._db: aiosqlite.Connection | None = None
        self._readers = Readers(self.path)
        self._opening: asyncio.Task[aiosqlite.Connection] | None = None
        self._mending: asyncio.Task[None] | None = None
        self._following: asyncio.Task[Any] | None = None
        self._identity: tuple[int, int] | None = None
        self._seen: tuple[int, int] | None = None
        self._damaged: str | None = None
        self._said: list[tuple[str, str, str]] = []

    async def open(self) -> None:
        """Open and migrate now rather than on first use. Raises ConfigError with a sentence when it cannot."""
        await self._connection()

    async def _connection(self) -> aiosqlite.Connection:
        while self._mending is not None and self._mending is not asyncio.current_task():
            await asyncio.wait([self._mending])
        if self._db is not None:
            return self._db
        if self._opening is None or self._opening.done():
            self._opening = asyncio.get_running_loop().create_task(self._connect())
        # shielded: one caller that gives up must not take the connection from the others
        return await asyncio.shield(self._opening)

    async def _connect(self) -> aiosqlite.Connection:
        def opened() -> sqlite3.Connection:
            connection, self.read_only = opening.open_whatever(self.path, self._note)
            return connection

        db = aiosqlite.Connection(opened, iter_chunk_size=64)
        # a program that forgets aclose() must still be able to end
        db._thread.daemon = True
        try:
            await db
        except BaseException:
            # its thread still reports its own end to this loop, which must be there to hear it
            await asyncio.to_thread(db._thread.join)
            raise
        self._identity, self._seen = self._found(), None
        self._db = db
        self._say()
        if self.read_only is not None:
            self._worry(self.read_only)
        return db

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(connection, *args)` on the database thread and return what it returns.

        Raises DatabaseUnavailable when the file is damaged, full, read-only, busy or out of reach.
        """
        db = await self._connection()
        try:
            # the one call of aiosqlite that runs a whole function; statement by statement, two tasks'
            # transactions on the same connection would mix
            result: T = await db._execute(lambda: work(db._conn, *args))  # type: ignore[no-untyped-call]
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error
        return result

    def _failed(self, error: sqlite3.DatabaseError) -> Exception:
        """What to raise for an error: DatabaseUnavailable where the file is at fault, else the error."""
        fault = fault_of(error)
        if fault is None:
            return error
        if fault == "damaged":
            self._damaged = str(error)
        return unavailable(self.path, error)

    async def transaction(self, work: Callable[..., T], *args: Any) -> T:
        """Like `run`, inside BEGIN IMMEDIATE … COMMIT; an exception rolls back."""
        return await self.run(_in_transaction, work, *args)

    async def _read(self, work: Callable[..., T], *args: Any) -> T:
        """A report: on a connection of its own, so that it holds up neither what is written nor other reports."""
        if self.before_read is not None:
            await self.before_read()
        await self._connection()
        if self.read_only is not None or self.moved():
            # what stands in for the file, or what is left of it, is open on the one connection only
            return await self.run(work, *args)
        try:
            return await self._readers.run(work, *args)
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def read_now(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work` on a connection of its own in this thread, which may run a loop. Takes about 1 ms.

        Nothing is created, mended or migrated. Raises sqlite3.Error where there is no database, or it is held.
        """
        with contextlib.closing(readable(self.path, busy=MOST_BUSY)) as connection:
            return work(connection, *args)

    async def aclose(self) -> None:
        """Close the connection; idempotent. The next call opens it again."""
        if self._opening is not None:
            await asyncio.wait([self._opening])
            self._opening = None
        await self._readers.aclose()
        db, self._db = self._db, None
        if db is not None:
            await db.close()

    # -- health -------------------------------------------------------------------------------------------------------

    def moved(self) -> bool:
        """Whether the file under this name is no longer the one that is open. Takes a few microseconds."""
        # Windows does not let an open file be deleted or replaced
        return self._db is not None and self.read_only is None and self._found() != self._identity

    async def look(self) -> None:
        """Find out whether the file was deleted, replaced, damaged, or cannot be written, tell it, and mend it.

        Raises DatabaseUnavailable when it cannot be mended now.
        """
        if self._mending is None:
            self._mending = asyncio.get_running_loop().create_task(self._look())
            self._mending.add_done_callback(self._mended)
        await asyncio.shield(self._mending)

    def _mended(self, task: asyncio.Task[None]) -> None:
        self._mending = None
        if not task.cancelled():
            task.exception()

    async def _look(self) -> None:
        change: Change | None = None
        try:
            if self._db is not None:
                change = await self._mend(self._db)
        except (ConfigError, sqlite3.Error, OSError) as error:
            problem = error if isinstance(error, ConfigError) else unavailable(self.path, error)
            self._worry(problem.message)
            raise DatabaseUnavailable(problem.message) from error
        finally:
            self._say()
        if change is not None:
            self._damaged = None
            await self.open()
            if self.changed is not None:
                # not awaited: the listeners use this connection, which waits until the file is mended
                self._following = asyncio.get_running_loop().create_task(self.changed(change))
        if self.read_only is None:
            self._worry(self._place())

    async def _mend(self, db: aiosqlite.Connection) -> Change | None:
        change: Change | None = None
        if self.read_only is not None or self.moved() or self._damaged:
            self._readers.forget()
        if self.read_only is not None:
            try:
                (await asyncio.to_thread(opening.connect, self.path)).close()
            except ConfigError as error:
                if fault_of(error) != "damaged":
                    return None
            change = "writable"
        elif self.moved():
            if self._found() is None:
                await self._on_thread(db, opening.restore_deleted, self.path, db._conn, self._note)
                change = "restored"
            else:
                self._note(
                    "warning",
                    f"The database {self.path} was replaced by another file while the gateway ran. The new one is used "
                    "from now on, with its keys and settings.",
                    "database_replaced",
                )
                change = "replaced"
        elif (reason := self._damaged or await self._altered()) is not None:
            await self._on_thread(db, self._replace, reason, db._conn)
            change = "mended"
        if change is not None:
            self._readers.forget()
            self._db = None
            await db.close()
        return change

    async def _on_thread(self, db: aiosqlite.Connection, work: Callable[..., Any], *args: Any) -> None:
        await db._execute(lambda: work(*args))  # type: ignore[no-untyped-call]

    def _replace(self, reason: str, old: sqlite3.Connection) -> None:
        opening.replace_damaged(self.path, reason, self._note, old).close()

    async def _altered(self) -> str | None:
        """What is wrong with a small file that has changed since the last look."""
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        seen = (found.st_mtime_ns, found.st_size)
        if seen == self._seen or found.st_size > opening.CHECKED_BYTES:
            return None
        reason = await asyncio.to_thread(opening.check, self.path)
        if reason is None:
            self._seen = seen
        return reason

    def _place(self) -> str | None:
        """Why the next record may not fit on the disk."""
        try:
            space = os.statvfs(self.path.parent)
        except (OSError, AttributeError):
            return None
        if space.f_flag & os.ST_RDONLY:
            return f"The disk of the database {self.path} has become read-only; records are kept in memory."
        if space.f_bavail * space.f_frsize < LOW_SPACE:
            return f"The disk of the database {self.path} is full; free space on it, or records are kept in memory."
        return None

    def _found(self) -> tuple[int, int] | None:
        if sys.platform == "win32":
            return (0, 0)
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _note(self, level: str, message: str, code: str) -> None:
        # on the database's thread, where nothing may be published
        self._said.append((level, message, code))

    def _say(self) -> None:
        said, self._said = self._said, []
        for each in said:
            self.tell(*each)

    def _worry(self, problem: str | None) -> None:
        """Note and announce what is wrong, once while it lasts."""
        before, self.trouble = self.trouble, problem
        if problem is not None and before is None:
            self.tell("error", problem, "database_not_writable")
        elif problem is None and before is not None:
            self.tell("info", f"The database {self.path} can be used again.", "database_writable")


def _log(level: str, message: str, code: str) -> None:
    log.log({"error": logging.ERROR, "warning": logging.WARNING}.get(level, logging.INFO), "%s", message)


def _in_transaction(connection: sqlite3.Connection, work: Callable[..., T], *args: Any) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection, *args)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result
