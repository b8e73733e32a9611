"""The egress log in the database: what left this machine, up to a number of entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.queries import page

KEPT_ROWS = 100_000
TAG = "egress"
"""First value of an entry's line in the journal, where a request's is its id."""

COLUMNS = (
    "id",
    "at",
    "request",
    "target",
    "host",
    "zone",
    "project",
    "modality",
    "sent_bytes",
    "sent_s",
    "finished",
    "refused",
)


def row(entry: EgressRecorded) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    return tuple(getattr(entry, name) for name in COLUMNS)


def line(entry: EgressRecorded) -> tuple[Any, ...]:
    """What the journal writes."""
    return (TAG, *row(entry))


def from_line(values: Sequence[Any]) -> EgressRecorded:
    """The entry whose `line()` this is; in those of older versions `refused`, or `finished` too, is missing."""
    names = COLUMNS[: max(len(values) - 1, len(COLUMNS) - 2)]
    return EgressRecorded(**dict(zip(names, values[1:], strict=True)))


def insert(connection: sqlite3.Connection, entries: Sequence[EgressRecorded]) -> int:
    """Store them and forget the oldest beyond KEPT_ROWS; returns how many were new. Inside a transaction.

    An entry comes again as more of its stream has left; an older version never replaces a newer one.
    """
    names, marks = ", ".join(COLUMNS), ", ".join("?" for _ in COLUMNS)
    before = connection.total_changes
    connection.executemany(f"INSERT OR IGNORE INTO egress_log ({names}) VALUES ({marks})", [row(e) for e in entries])
    new = connection.total_changes - before
    connection.executemany(
        "UPDATE egress_log SET sent_bytes = ?1, sent_s = ?2, finished = ?3 "
        "WHERE id = ?4 AND (sent_bytes, finished) < (?1, ?3)",
        [(e.sent_bytes, e.sent_s, e.finished, e.id) for e in entries],
    )
    connection.execute(
        "DELETE FROM egress_log WHERE rowid <= (SELECT max(rowid) FROM egress_log) - ?",
        (KEPT_ROWS,),
    )
    return new


def recent(
    connection: sqlite3.Connection, limit: int, project: str | None, span: Span, before: str | float | None
) -> list[dict[str, object]]:
    """The newest first; see `queries.page` for `before`."""
    found = page(connection, "egress_log", "at", limit, {"project": project}, span, before)
    return [{**one, "finished": bool(one["finished"]), "refused": bool(one["refused"])} for one in found]
