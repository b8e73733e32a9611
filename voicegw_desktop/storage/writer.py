"""The one writer of request records and egress entries: journal first, then batches into the database."""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.storage.journal import Journal, Record, Segment, encoded, orphans
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.retention import gone_before
from voicegw_desktop.storage.set_aside import SetAside, readable
from voicegw_desktop.storage.sqlite import SQLiteStorage

log = logging.getLogger(__name__)

BATCH_DELAY = 0.25  # s
"""The journal has them by then, and a read stores them first. The thread that stores takes the interpreter from the
loop: done sooner, it would do so more often while the next request waits for its first token.
"""
BATCH_ROWS = 500
RETRY_FIRST = 1.0  # s
RETRY_LONGEST = 30.0  # s
MOST_PENDING = 200_000  # records held in memory, about 200 MB, while the database takes none


class Sink(Protocol):
    """Where finished records go."""

    def submit(self, record: RequestRecord) -> None: ...


class Writer:
    """`submit` is synchronous and cheap; what it accepted survives a kill -9 and reaches the database once.

    `start()` adopts what a killed program left. `aclose()` writes out the rest; the storage itself stays open.
    """

    def __init__(self, storage: SQLiteStorage, bus: EventBus | None = None) -> None:
        self._storage = storage
        self._bus = bus or EventBus()
        self._journal = Journal(storage.path)
        self._aside = SetAside(storage.path, self._bus)
        self._pending: list[tuple[Record, Segment | None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._retry = RETRY_FIRST
        self._journal_failed = False
        self._database_failed = False
        self._told = False
        self._dropped = 0
        self._closed = False

    @property
    def pending(self) -> int:
        """Records that are not in the database yet."""
        return len(self._pending)

    @property
    def trouble(self) -> str | None:
        """Why records are not stored at present, as a sentence; None: they are."""
        return f"The database {self._storage.path} takes no records." if self._database_failed else None

    def waiting(self) -> list[RequestRecord]:
        """The request records among `pending`."""
        return [record for record, _ in self._pending if isinstance(record, RequestRecord)]

    async def start(self) -> int:
        """Open the storage and store what killed programs left; returns how many records were rescued."""
        await self._storage.open()
        self._storage.before_read = self.flush
        self._storage.before_restore = self._turn
        return await self.adopt()

    async def adopt(self) -> int:
        """Store what killed programs left in their journals; returns how many records were rescued."""
        rescued = 0
        # a journal may still have a line of what was stored and removed: stored again, it would count twice
        gone = (await self._storage.run(gone_before)).get("requests", -math.inf)
        for orphan in orphans(self._storage.path):
            if orphan.damaged:
                log.warning("%d damaged line(s) in %s were dropped", orphan.damaged, orphan.path.name)
            try:
                for line in orphan.foreign:
                    self._aside.add(line, "it is no record of this version")
                fresh = [r for r in orphan.records if not _removed(r, gone)]
                rescued += await self._store([fit for r in fresh if (fit := self._fit(r)) is not None])
            except (sqlite3.Error, OSError, VoiceGatewayError) as error:
                log.warning("The journal %s could not be replayed now: %s", orphan.path.name, error)
                orphan.keep()
            else:
                orphan.discard()
        if rescued:
            log.info("Records of an interrupted run that were stored: %d", rescued)
        return rescued

    def submit(self, record: Record) -> None:
        """Journal the record before returning and store it within about 250 ms. Never raises, never waits."""
        segment: Segment | None = None
        try:
            try:
                segment = self._journal.append(record)
            except (TypeError, ValueError):
                fit = self._fit(record)
                if fit is None:
                    return
                record = fit
                segment = self._journal.append(record)
        except OSError as error:
            if not self._journal_failed:
                self._journal_failed = True
                self._tell(
                    "error",
                    f"Request records cannot be written beside {self._storage.path} ({error}). Requests are served "
                    "on and their records kept in memory; free space on that disk.",
                    "records_in_memory",
                )
        else:
            if self._journal_failed:
                self._journal_failed = False
                self._tell("info", "Request records are written to disk again.", "records_on_disk")
        if len(self._pending) >= MOST_PENDING:
            # a journalled one waits on disk for the next start; only one without a line is lost
            self._dropped += segment is None
            return
        self._pending.append((record, segment))
        self._schedule()

    async def flush(self) -> None:
        """Try to store all that is pending now; returns without error also when the database takes nothing."""
        if self._pending and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.get_running_loop().create_task(self._flush())
        if self._flushing is not None:
            await asyncio.shield(self._flushing)

    async def aclose(self) -> None:
        """Store the rest and end; what cannot be stored stays in the journal for the next start. Idempotent."""
        if self._closed:
            return
        await self.flush()
        if self._pending and not self._database_failed:
            await self.flush()
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._storage.before_read == self.flush:
            self._storage.before_read = self._storage.before_restore = None
        self._journal.close()

    async def _turn(self) -> None:
        """Store all that is pending and drop its lines: a replay would put them into what replaces the database now."""
        self._journal.turn()
        await self.flush()

    def _schedule(self) -> None:
        if self._closed or (self._flushing is not None and not self._flushing.done()):
            return
        if self._timer is not None:
            if len(self._pending) != BATCH_ROWS or self._database_failed:
                return
            self._timer.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # no loop yet: the next flush takes it, or the next start replays it
            return
        full = len(self._pending) >= BATCH_ROWS
        delay = self._retry if self._database_failed else 0.0 if full else BATCH_DELAY
        self._timer = loop.call_later(delay, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._pending:
            batch = self._pending[:BATCH_ROWS]
            try:
                await self._store([record for record, _ in batch])
                if self._storage.moved():
                    # stored in a file that has no name any more: a kill now would lose it
                    await self._storage.look()
                    continue
            except Exception as error:
                self._failed(error)
                break
            del self._pending[: len(batch)]
            for segment, count in _segments(batch):
                self._journal.release(segment, count)
            self._recovered()
        if self._pending:
            asyncio.get_running_loop().call_soon(self._schedule)

    def _fit(self, record: Record) -> Record | None:
        """The record as it can be stored, half characters replaced; None when it cannot and was set aside."""
        try:
            try:
                encoded(record)
            except UnicodeEncodeError:
                record = readable(record)
                encoded(record)
        except (TypeError, ValueError, AttributeError, RecursionError) as error:
            self._aside.add(record, str(error))
            return None
        return record

    async def _store(self, records: list[Record]) -> int:
        """Store them and return how many were new; raises only for faults of the database, not of a record."""
        try:
            return await self._storage.log(records)
        except Exception as error:
            if _of_the_database(error):
                raise
        new = 0
        for record in records:
            # one record that no table can hold must not keep the others out
            try:
                new += await self._storage.log([record])
            except Exception as error:
                if _of_the_database(error):
                    raise
                # a connection that was closed in between refuses everything, with errors of the same kinds
                await self._storage.run(lambda db: db.execute("SELECT 1").fetchone())
                self._aside.add(record, str(error))
        return new

    def _failed(self, error: Exception) -> None:
        self._retry = min(self._retry * 2, RETRY_LONGEST) if self._database_failed else RETRY_FIRST
        if not self._database_failed:
            self._database_failed = True
            if self._storage.trouble is not None:
                # told already
                return
            self._told = True
            self._tell(
                "error",
                f"The database {self._storage.path} takes no records ({error}). Requests are served on and their "
                "records kept; free space on that disk or check the file.",
                "database_not_writable",
            )

    def _recovered(self) -> None:
        if self._database_failed:
            self._database_failed = False
            lost, self._dropped = self._dropped, 0
            if self._told or lost:
                self._told = False
                some = " 1 record was lost." if lost == 1 else f" {lost} records were lost."
                more = some if lost else ""
                self._tell("info", f"The database takes records again.{more}", "database_writable")

    def _tell(self, level: str, message: str, code: str) -> None:
        log.log(logging.ERROR if level == "error" else logging.INFO, "%s", message)
        self._bus.publish(Notice(level, message, code))


def _removed(record: Record, gone: float) -> bool:
    """Whether it is a request from before a moment; a line of an earlier version may hold anything for a time."""
    return isinstance(record, RequestRecord) and isinstance(record.timestamp, int | float) and record.timestamp < gone


def _of_the_database(error: Exception) -> bool:
    """Whether the database is at fault; any other error comes from what one of the records holds."""
    # a damaged file raises DatabaseError itself, a constraint or a value out of range one of its other subclasses
    return isinstance(error, sqlite3.OperationalError | sqlite3.InternalError | OSError | VoiceGatewayError) or (
        type(error) in (sqlite3.DatabaseError, sqlite3.Error, sqlite3.NotSupportedError)
    )


def _segments(batch: Sequence[tuple[Record, Segment | None]]) -> list[tuple[Segment, int]]:
    counts: Counter[int] = Counter(id(segment) for _, segment in batch)
    unique = {id(segment): segment for _, segment in batch if segment is not None}
    return [(segment, counts[key]) for key, segment in unique.items()]
