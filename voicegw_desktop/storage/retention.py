"""What is removed for its age, or because the database has grown too large: details only, whose sums stay.

It goes in small steps, each a transaction: whenever the program is killed, every request before one moment is gone,
every later one is there, and that moment is stored with them.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from voicegw_desktop.storage.days import Span, day_bounds
from voicegw_desktop.storage.periods import FIRST_DAY
from voicegw_desktop.storage.roll import until

DAY = 86_400.0  # s
ROWS = 2_000  # removed in one step, which takes some tens of milliseconds
YOUNG = 7 * DAY  # s; what is younger is never removed, so that no journal of a killed program holds what was removed
PAGES = 512  # given back to the disk in one step, 2 MB
FREE_PART = 0.25  # of a file: unused space from which on an old file is rewritten by itself
FREE_BYTES = 16 << 20
SMALL = 512 << 20  # bytes; a larger file is rewritten only when a person asks, because it takes its time


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that each kind is kept, and bytes of the database; None: without a limit."""

    requests: float | None = None
    turns: float | None = None
    latency: float | None = None
    transcripts: float | None = None
    egress: float | None = None
    size: int | None = None


class Kind(NamedTuple):
    """Rows that have an age: their table, and its column of Unix seconds."""

    table: str
    time: str


KINDS = {
    "requests": Kind("requests", "timestamp"),
    "turns": Kind("turns", "started_at"),
    "transcripts": Kind("transcripts", "at"),
    "egress": Kind("egress_log", "at"),
}


class Space(NamedTuple):
    """Bytes of the database file, and how many of them hold nothing."""

    size: int
    free: int


def gone_before(connection: sqlite3.Connection) -> dict[str, float]:
    """Kind → the moment (Unix seconds) before which all of it was removed; without kinds of which nothing was."""
    return {str(kind): float(at) for kind, at in connection.execute("SELECT kind, before FROM forgotten")}


def requests_since(connection: sqlite3.Connection, span: Span) -> float | None:
    """The moment since which there are single requests, when the span begins before; None: the span has them all."""
    gone = gone_before(connection).get("requests")
    return gone if gone is not None and (span.start is None or span.start < gone) else None


def oldest(connection: sqlite3.Connection, kind: str) -> float | None:
    """When the oldest of a kind is from (Unix seconds); None: there is none."""
    table, time = KINDS[kind]
    found = connection.execute(f"SELECT min({time}) FROM {table}").fetchone()[0]
    return None if found is None else float(found)


def cutoffs(connection: sqlite3.Connection, limits: Limits, now: float) -> dict[str, float]:
    """The moment before which each kind is to go by its age, where it has one.

    Counted from the newest of its kind, so that a program that was not used for years keeps what it has of the last.
    """
    found = {}
    for kind, (table, time) in KINDS.items():
        kept: float | None = getattr(limits, kind)
        newest = connection.execute(f"SELECT max({time}) FROM {table}").fetchone()[0]
        if kept is not None and newest is not None:
            found[kind] = min(now, newest) - kept
    return found


def step(connection: sqlite3.Connection, limits: Limits, now: float) -> dict[str, int]:
    """Remove at most ROWS rows of one kind: `{kind: rows}`; empty: there is nothing to remove. Inside a transaction."""
    for kind, cutoff in cutoffs(connection, limits, now).items():
        if removed := _remove(connection, kind, cutoff):
            return {kind: removed}
    if limits.size is not None:
        found = space(connection)
        if found.size - found.free > limits.size:
            for kind in ("requests", "turns"):
                if removed := _remove(connection, kind, now - YOUNG):
                    return {kind: removed}
    if limits.latency is not None and (removed := _thin(connection, now - limits.latency)):
        return {"latency": removed}
    removed = _remove_sessions(connection)
    return {"sessions": removed} if removed else {}


def to_remove(connection: sqlite3.Connection, limits: Limits, now: float) -> dict[str, int]:
    """How many rows of each kind are beyond their age now."""
    found = {}
    for kind, cutoff in cutoffs(connection, limits, now).items():
        table, time = KINDS[kind]
        count = connection.execute(f"SELECT count(*) FROM {table} WHERE {time} < ?", (cutoff,)).fetchone()[0]
        if count:
            found[kind] = int(count)
    return found


def _remove(connection: sqlite3.Connection, kind: str, cutoff: float) -> int:
    """Remove the oldest rows before `cutoff`, and remember until when."""
    table, time = KINDS[kind]
    last = connection.execute(
        f"SELECT {time} FROM {table} WHERE {time} < ? ORDER BY {time} LIMIT 1 OFFSET ?", (cutoff, ROWS - 1)
    ).fetchone()
    # rows of one moment go together: only then does a moment say which are gone
    bound = cutoff if last is None else math.nextafter(last[0], math.inf)
    if kind == "turns":
        connection.execute(
            "DELETE FROM transcripts WHERE turn_id IN (SELECT id FROM turns WHERE started_at < ?)", (bound,)
        )
    removed = connection.execute(f"DELETE FROM {table} WHERE {time} < ?", (bound,)).rowcount
    if removed:
        _mark(connection, kind, bound)
    return removed


def _thin(connection: sqlite3.Connection, cutoff: float) -> int:
    """Remove the histograms of days and thirds of one month that ended before `cutoff`; those of the month answer."""
    day = min(day_bounds(cutoff)[0], until(connection))
    first = day // 100 * 100 + 1
    # what is of the month of that day stays, so that a range has whole months or days in it
    found = connection.execute(
        "SELECT min(period) FROM latency WHERE project = '' AND period BETWEEN ? AND ?", (FIRST_DAY, first - 1)
    ).fetchone()[0]
    if found is None:
        return 0
    month = found // 100
    projects = connection.execute("SELECT DISTINCT project FROM latency").fetchall()
    removed = 0
    for low, high in ((month * 100, month * 100 + 99), (month * 10, month * 10 + 9)):
        removed += connection.executemany(
            "DELETE FROM latency WHERE project = ? AND period BETWEEN ? AND ?", [(p, low, high) for (p,) in projects]
        ).rowcount
    year, number = month // 100 + (month % 100 == 12), month % 100 % 12 + 1
    _mark(connection, "latency", datetime(year, number, 1).timestamp())
    return removed


def _mark(connection: sqlite3.Connection, kind: str, before: float) -> None:
    connection.execute(
        "INSERT INTO forgotten VALUES (?1, ?2) ON CONFLICT DO UPDATE SET before = max(before, ?2)", (kind, before)
    )


def _remove_sessions(connection: sqlite3.Connection) -> int:
    """Remove sessions of which neither a request nor a turn is left: they ended before the oldest of both."""
    left = [at for kind in ("requests", "turns") if (at := oldest(connection, kind)) is not None]
    return connection.execute(
        "DELETE FROM sessions WHERE rowid IN (SELECT rowid FROM sessions WHERE ended_at < ? ORDER BY ended_at LIMIT ?)",
        (min(left, default=math.inf), ROWS),
    ).rowcount


def space(connection: sqlite3.Connection) -> Space:
    """How large the database is, and how much of that is unused."""
    names = ("page_size", "page_count", "freelist_count")
    page, pages, free = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return Space(page * pages, page * free)


def shrink(connection: sqlite3.Connection) -> bool:
    """Give unused space back to the disk, at most PAGES pages; whether there is more to give. Outside a transaction."""
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != 2:
        # a file of an earlier version gives nothing back piece by piece
        size, free = space(connection)
        if free > max(FREE_BYTES, size * FREE_PART) and size - free <= SMALL:
            write_anew(connection)
        return False
    connection.execute(f"PRAGMA incremental_vacuum({PAGES})").fetchall()
    return space(connection).free > 0


def write_anew(connection: sqlite3.Connection) -> None:
    """Rewrite the whole file, without unused space, so that it gives space back piece by piece from then on.

    Takes about a second for 100 MB, and room for a second copy on the disk. Outside a transaction.
    """
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("VACUUM")
    # or the log keeps the size of the whole file
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
