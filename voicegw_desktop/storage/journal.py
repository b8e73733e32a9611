"""The append-only files in front of the database: a record is safe from a killed process once its line is written.

A line is `<crc32 as 8 hex digits> <JSON array of the record's row>`, or of an egress entry's or a turn's. Each writer
owns its segments through a lock, so that several programs may share a database and a later program adopts only what an
ended one left.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.core.locks import try_lock
from voicegw_desktop.storage import egress, turns
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.turns import TurnRecord

log = logging.getLogger(__name__)

SEGMENT_BYTES = 1 << 20  # a segment this long is followed by the next one
STALE_BYTES = 1 << 16  # of lines that are in the database already, kept rather than cut away after every batch


Record = RequestRecord | EgressRecorded | TurnRecord


@dataclass(slots=True)
class Segment:
    """One journal file and how many of its records are not in the database yet."""

    path: Path
    fd: int
    size: int = 0
    outstanding: int = 0
    torn: bool = False
    """The last write was cut short: the next line must not be glued to its rest."""


def encoded(record: Record) -> bytes:
    """The record as JSON. Raises TypeError or ValueError for half characters, NaN and the infinities."""
    return json.dumps(line_of(record), separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def line_of(record: Record) -> tuple[Any, ...]:
    """The values of the record's line."""
    if isinstance(record, RequestRecord):
        return record.row()
    return turns.line(record) if isinstance(record, TurnRecord) else egress.line(record)


def from_line(values: Sequence[Any]) -> Record:
    """The record whose line this is. Raises ValueError, TypeError or LookupError for what is none of this version."""
    if values[0] == egress.TAG:
        return egress.from_line(values)
    return turns.from_line(values) if values[0] == turns.TAG else RequestRecord.from_row(values)


class Journal:
    """Writes lines synchronously; forgets a segment once all of its records are committed."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._name = uuid4().hex[:12]
        self._number = 0
        self._current: Segment | None = None

    def append(self, record: Record) -> Segment:
        """Write the record's line before returning, and return the segment to `release` it from.

        Raises OSError when the line cannot be written, TypeError or ValueError when the record has no line.
        """
        # before anything is written: a record that cannot be encoded must leave no half line
        body = encoded(record)
        segment = self._current
        # deleting the database with the files beside it removes the journal's name: a kill would then lose its lines
        if segment is not None and sys.platform != "win32" and not os.fstat(segment.fd).st_nlink:
            segment = None
        if segment is None or segment.size >= SEGMENT_BYTES:
            segment = self._current = self._new()
        # a kill in the middle of the write leaves a prefix, which may still parse; the checksum tells it from a record
        line = b"%08x %s\n" % (zlib.crc32(body), body)
        if segment.torn:
            line = b"\n" + line
        # one unbuffered write and no fsync: the kernel has the line when this returns, so a killed process loses
        # nothing; a power cut may, and waiting for the disk would stall the loop at every request
        written = os.write(segment.fd, line)
        # a full disk takes part of a line
        segment.size += written
        segment.torn = written < len(line)
        if segment.torn:
            raise OSError(f"only {written} of {len(line)} bytes fitted into {segment.path}")
        segment.outstanding += 1
        return segment

    def release(self, segment: Segment, count: int) -> None:
        """`count` of the segment's records are committed."""
        segment.outstanding -= count
        if segment.outstanding:
            return
        try:
            if segment is self._current:
                # cutting may wait for the disk, and this is the loop thread; a line replayed twice is harmless
                if segment.size >= STALE_BYTES:
                    os.ftruncate(segment.fd, 0)
                    segment.size, segment.torn = 0, False
            else:
                _discard(segment)
        except OSError as error:
            # replaying it again is harmless
            log.warning("The journal %s could not be emptied: %s", segment.path, error)

    def turn(self) -> None:
        """Write into a new segment from here on; the present one goes as soon as its records are committed."""
        segment, self._current = self._current, None
        if segment is not None and not segment.outstanding:
            _discard(segment)

    def close(self) -> None:
        """Give the segment up; one that still owes records stays for the next start."""
        segment, self._current = self._current, None
        if segment is not None:
            if segment.outstanding:
                # closing releases the lock, by which the next start sees that this writer is gone
                os.close(segment.fd)
            else:
                _discard(segment)

    def _new(self) -> Segment:
        self._number += 1
        # a name per writer: two programs that share a database never write into one file
        path = self._database.with_name(f"{self._database.name}.pending-{self._name}-{self._number}")
        # a command such as `models pull` may write the first record of a profile, before its database is made
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        # before the first line is in it: a segment without a lock counts as left behind
        try_lock(fd)
        return Segment(path, fd)


@dataclass(slots=True)
class Orphan:
    """A segment that its writer left behind."""

    path: Path
    fd: int
    records: list[Record]
    damaged: int
    """Lines that were cut short or altered."""
    foreign: list[bytes]
    """Whole lines that are no record of this version."""

    def discard(self) -> None:
        """Remove the file: its records are committed."""
        with contextlib.suppress(OSError):
            _discard(Segment(self.path, self.fd))

    def keep(self) -> None:
        """Leave it for another time."""
        os.close(self.fd)


def orphans(database: Path) -> Iterator[Orphan]:
    """Every segment beside `database` whose writer is gone, locked against others who look."""
    for path in sorted(database.parent.glob(f"{database.name}.pending-*")):
        try:
            fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        except OSError:
            # another program adopted it a moment ago
            continue
        if not try_lock(fd):
            # its writer lives and will commit the records itself
            os.close(fd)
            continue
        try:
            # by its descriptor on Windows, where a locked range cannot be read through another one
            content = path.read_bytes() if sys.platform != "win32" else _read(fd)
        except OSError as error:
            log.warning("The journal %s could not be read now: %s", path.name, error)
            os.close(fd)
            continue
        yield Orphan(path, fd, *_parse(content))


def _parse(content: bytes) -> tuple[list[Record], int, list[bytes]]:
    records: list[Record] = []
    damaged = 0
    foreign: list[bytes] = []
    for line in content.split(b"\n"):
        if not line:
            continue
        checksum, _, body = line.partition(b" ")
        try:
            if int(checksum, 16) != zlib.crc32(body):
                raise ValueError("checksum")
        except ValueError:
            # the lines after it are whole: each has a checksum of its own
            damaged += 1
            continue
        try:
            records.append(from_line(json.loads(body)))
        except (ValueError, TypeError, LookupError, RecursionError):
            # a newer version wrote it; kept, so that going back a version loses nothing
            foreign.append(body)
    return records, damaged, foreign


def _read(fd: int) -> bytes:
    return os.read(fd, os.fstat(fd).st_size + 1)


def _discard(segment: Segment) -> None:
    if sys.platform == "win32":
        # an open file cannot be removed there; empty it first so that no other program replays it in between
        os.ftruncate(segment.fd, 0)
        os.close(segment.fd)
        segment.path.unlink(missing_ok=True)
    else:
        # the name first: closing releases the lock, and another program could then replay what is committed
        segment.path.unlink(missing_ok=True)
        os.close(segment.fd)
