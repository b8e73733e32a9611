"""The egress log in the database: what left this machine, kept for a time and up to a number of entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from voicegw_desktop.core.events import EgressRecorded

KEPT_DAYS = 90
KEPT_ROWS = 100_000
DAY = 86_400.0  # s
TAG = "egress"
"""First value of an entry's line in the journal, where a request's is its id."""

COLUMNS = ("id", "at", "request", "target", "host", "zone", "project", "modality", "sent_bytes", "sent_s")


def row(entry: EgressRecorded) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    return tuple(getattr(entry, name) for name in COLUMNS)


def line(entry: EgressRecorded) -> tuple[Any, ...]:
    """What the journal writes."""
    return (TAG, *row(entry))


def from_line(values: Sequence[Any]) -> EgressRecorded:
    """The entry whose `line()` this is."""
    return EgressRecorded(**dict(zip(COLUMNS, values[1:], strict=True)))


def insert(connection: sqlite3.Connection, entries: Sequence[EgressRecorded]) -> int:
    """Store them and forget the oldest beyond the bounds; returns how many were new. Inside a transaction."""
    names, marks = ", ".join(COLUMNS), ", ".join("?" for _ in COLUMNS)
    before = connection.total_changes
    connection.executemany(f"INSERT OR IGNORE INTO egress_log ({names}) VALUES ({marks})", [row(e) for e in entries])
    new = connection.total_changes - before
    connection.execute(
        "DELETE FROM egress_log WHERE at < ? OR rowid <= (SELECT max(rowid) FROM egress_log) - ?",
        (max(e.at for e in entries) - KEPT_DAYS * DAY, KEPT_ROWS),
    )
    return new


def recent(
    connection: sqlite3.Connection, limit: int, project: str | None, since: float | None
) -> list[dict[str, Any]]:
    """The newest first."""
    rows = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM egress_log WHERE (?1 IS NULL OR project = ?1) AND (?2 IS NULL OR at >= ?2) "
        "ORDER BY at DESC, rowid DESC LIMIT ?3",
        (project, since, limit),
    )
    return [dict(zip(COLUMNS, values, strict=True)) for values in rows]
