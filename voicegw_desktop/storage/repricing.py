"""Gives stored requests another cost: the rows, the sums of their days and sessions, in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import record
from voicegw_desktop.storage.days import Span, day_bounds
from voicegw_desktop.storage.queries import within
from voicegw_desktop.storage.records import is_estimate
from voicegw_desktop.storage.roll import places, until

BEFORE = "cost_before"
"""In a row's metadata: `[nano-dollars, pricing_source]` as they were when the request was recorded."""


class Stored(NamedTuple):
    """What a price is found by."""

    provider: str
    model_id: str
    modality: str
    status: str
    input_units: float
    output_units: float
    metadata: Mapping[str, object]


NewCost = Callable[[Stored], tuple[int, str] | None]
"""Nano-dollars and `pricing_source` of a row; None: it stays as it is."""

_COLUMNS = (
    "rowid, timestamp, project, session_id, cost_nanos, pricing_source, "
    "provider, model_id, modality, status, input_units, output_units, metadata, key_id"
)


def reprice(
    connection: sqlite3.Connection, span: Span, project: str | None, priced: NewCost, *, unknown_only: bool, store: bool
) -> dict[str, int]:
    """`{requests, changed, before_nanos, after_nanos, unpriced_before, unpriced_after}` of a span.

    With `unknown_only` rows with a known cost stay. Without `store` it is only counted. All or nothing.
    """
    where, values = within(span, {"project": project})
    found = {
        "requests": 0,
        "changed": 0,
        "before_nanos": 0,
        "after_nanos": 0,
        "unpriced_before": 0,
        "unpriced_after": 0,
    }
    connection.execute("BEGIN IMMEDIATE" if store else "BEGIN")
    try:
        rows = map(_Row._make, connection.execute(f"SELECT {_COLUMNS} FROM requests WHERE {where}", values))
        # one read to its end before anything is written: a row that changes must not come again
        changes = [change for row in rows if (change := _change(row, priced, unknown_only, found)) is not None]
        if store:
            for change in changes:
                _store(connection, change)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return found


class _Row(NamedTuple):
    """The columns that are read of a request."""

    rowid: int
    timestamp: float
    project: str
    session: str | None
    nanos: int | None
    source: str
    provider: str
    model: str
    modality: str
    status: str
    taken: float
    given: float
    metadata: str | None
    key: str | None


class _Change(NamedTuple):
    """What is written of a request that gets another price."""

    rowid: int
    new: tuple[int, str]
    metadata: dict[str, object]
    sums: tuple[int, int, int]
    """By how much the sums grow: unpriced, nano-dollars, estimated."""
    day: tuple[int, str, str, str, str]
    session: str | None
    key: str | None


def _change(row: _Row, priced: NewCost, unknown_only: bool, found: dict[str, int]) -> _Change | None:
    nanos, source, text = row.nanos, row.source, row.metadata
    found["requests"] += 1
    found["before_nanos"] += nanos or 0
    found["unpriced_before"] += nanos is None
    metadata = record(loads(text)) if text else {}
    new = (
        None
        if unknown_only and nanos is not None
        else priced(Stored(row.provider, row.model, row.modality, row.status, row.taken, row.given, metadata))
    )
    if new is None or new[0] == nanos:
        found["after_nanos"] += nanos or 0
        found["unpriced_after"] += nanos is None
        return None
    found["changed"] += 1
    found["after_nanos"] += new[0]
    metadata.setdefault(BEFORE, [nanos, source])
    sums = (int(nanos is None), new[0] - (nanos or 0), int(is_estimate(new[1])) - int(is_estimate(source)))
    day = (day_bounds(row.timestamp)[0], row.project, row.provider, row.model, row.modality)
    return _Change(row.rowid, new, metadata, sums, day, row.session, row.key)


def _store(connection: sqlite3.Connection, change: _Change) -> None:
    rowid, new, metadata, sums, day, session, key = change
    connection.execute(
        "UPDATE requests SET cost_nanos = ?, pricing_source = ?, metadata = ? WHERE rowid = ?",
        (*new, json.dumps(metadata, separators=(",", ":"), allow_nan=False, ensure_ascii=False), rowid),
    )
    moved = "unpriced = unpriced - ?, cost_nanos = cost_nanos + ?, estimated = estimated + ?"
    connection.execute(
        f"UPDATE daily_costs SET {moved} "
        "WHERE day = ? AND project = ? AND provider = ? AND model_id = ? AND modality = ?",
        (*sums, *day),
    )
    for place in places(*day[:2]) if day[0] <= until(connection) else ():
        connection.execute(
            f"UPDATE period_costs SET {moved} "
            "WHERE period = ? AND project = ? AND provider = ? AND model_id = ? AND modality = ?",
            (*sums, *place, *day[2:]),
        )
    if key is not None:
        connection.execute(
            f"UPDATE daily_keys SET {moved} WHERE day = ? AND key_id = ? AND project = ?", (*sums, day[0], key, day[1])
        )
    if session is not None:
        connection.execute(f"UPDATE sessions SET {moved} WHERE id = ? AND project = ?", (*sums, session, day[1]))
