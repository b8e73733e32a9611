"""Compares the daily and session sums with the rows they were made from."""

from __future__ import annotations

import sqlite3

from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.retention import gone_before

SUMS = ("requests", "errors", "fallbacks", "unpriced", "cost_nanos")
_ROWS = """
SELECT project, provider, model_id, modality, count(*), sum(status = 'error'), sum(fallback_from IS NOT NULL),
    sum(cost_nanos IS NULL), coalesce(sum(cost_nanos), 0)
FROM requests WHERE timestamp >= ? AND timestamp < ? GROUP BY 1, 2, 3, 4
"""
_SESSIONS = """
SELECT s.id, s.request_count, s.cost_nanos, count(r.id), coalesce(sum(r.cost_nanos), 0)
FROM sessions s LEFT JOIN requests r ON r.session_id = s.id WHERE s.started_at >= ? GROUP BY s.id
HAVING s.request_count != count(r.id) OR s.cost_nanos != coalesce(sum(r.cost_nanos), 0)
"""


def reconcile(connection: sqlite3.Connection) -> dict[str, object]:
    """`{days, requests, since, differences: [{day, project, provider, model, modality, sums, rows}], sessions: […]}`.

    Rows may have been forgotten while their sums stay, so days before that of the oldest row are not compared.
    """
    connection.execute("BEGIN")  # one view of the database, however many requests end meanwhile
    try:
        gone = gone_before(connection).get("requests")
        stored: tuple[float | None, float | None, int] = connection.execute(
            "SELECT min(timestamp), max(timestamp), count(*) FROM requests"
        ).fetchone()
        oldest, newest, count = stored
        differences: list[dict[str, object]] = []
        days, at = 0, oldest
        if gone is not None and at is not None:
            # a day that is gone in part has rows of the rest only
            _, begins, ends = day_bounds(gone)
            at = max(at, begins if begins == gone else ends)
        while at is not None and newest is not None and at <= newest:
            day, start, end = day_bounds(at)
            differences += _day(connection, day, start, end)
            days, at = days + 1, end
        sessions = [
            {
                "session": id,
                "sums": {"requests": n, "cost_nanos": nanos},
                "rows": {"requests": rows, "cost_nanos": cost},
            }
            for id, n, nanos, rows, cost in connection.execute(_SESSIONS, (oldest or 0,))
        ]
    finally:
        connection.execute("ROLLBACK")
    return {"days": days, "requests": count, "since": oldest, "differences": differences, "sessions": sessions}


def _day(connection: sqlite3.Connection, day: int, start: float, end: float) -> list[dict[str, object]]:
    query = f"SELECT project, provider, model_id, modality, {', '.join(SUMS)} FROM daily_costs WHERE day = ?"
    sums = _by_names(connection.execute(query, (day,)))
    rows = _by_names(connection.execute(_ROWS, (start, end)))
    nothing = (0,) * len(SUMS)
    return [
        {
            "day": f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}",
            **dict(zip(("project", "provider", "model", "modality"), key, strict=True)),
            "sums": dict(zip(SUMS, sums.get(key, nothing), strict=True)),
            "rows": dict(zip(SUMS, rows.get(key, nothing), strict=True)),
        }
        for key in sorted(sums.keys() | rows.keys())
        if sums.get(key, nothing) != rows.get(key, nothing)
    ]


def _by_names(found: sqlite3.Cursor) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The sums of each (project, provider, model, modality)."""
    return {tuple(row[:4]): tuple(row[4:]) for row in found}
