"""Compares the sums of days, keys and sessions with the requests they were made from, one day at a time.

A day that agreed is read again only when its sums have changed since. Each day is a read of its own, so that no other
report waits for more than one of them and the journal of the database can be put away between two.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.retention import gone_before

SUMS = ("requests", "errors", "fallbacks", "unpriced", "cost_nanos")
_NAMES = ("project", "provider", "model", "modality")
_ROWS = """
SELECT project, provider, model_id, modality, count(*), sum(status = 'error'), sum(fallback_from IS NOT NULL),
    sum(cost_nanos IS NULL), coalesce(sum(cost_nanos), 0)
FROM requests WHERE timestamp >= ? AND timestamp < ? GROUP BY 1, 2, 3, 4
"""
_KEY_SUMS = ("requests", "unpriced", "cost_nanos", "errors")
_KEY_ROWS = """
SELECT key_id, project, count(*), sum(cost_nanos IS NULL), coalesce(sum(cost_nanos), 0), sum(status = 'error')
FROM requests WHERE timestamp >= ? AND timestamp < ? AND key_id IS NOT NULL GROUP BY 1, 2
"""
_SESSIONS = """
SELECT s.id, s.project, s.request_count, s.cost_nanos, count(r.id), coalesce(sum(r.cost_nanos), 0)
FROM sessions s LEFT JOIN requests r ON r.session_id = s.id AND +r.project = s.project
WHERE s.started_at >= ? AND s.started_at < ? AND s.ended_at >= ? GROUP BY s.id, s.project
HAVING s.request_count != count(r.id) OR s.cost_nanos != coalesce(sum(r.cost_nanos), 0)
"""
_TOTALS = " || ' ' || ".join(f"sum({name})" for name in SUMS)
_MARKS = f"SELECT day, count(*) || ' ' || {_TOTALS} FROM daily_costs GROUP BY 1"


class Day(NamedTuple):
    """A day whose sums are to be compared."""

    day: int
    """yyyymmdd"""
    begins: float
    ends: float
    mark: str
    """A checksum of its sums now."""


class Plan(NamedTuple):
    """What an audit has to read."""

    days: list[Day]
    requests: int
    """Stored ones, also of days that need not be read."""
    since: float | None
    """Unix seconds of the oldest request whose day is compared."""
    agreed: int
    """Days that agreed before and have not changed."""


class Found(NamedTuple):
    """Where sums and requests differ."""

    differences: list[dict[str, object]]
    sessions: list[dict[str, object]]


def plan(connection: sqlite3.Connection, everything: bool) -> Plan:
    """The days to compare: those that changed since they last agreed, or `everything`.

    Requests may have been removed for their age while their sums stay, so earlier days are not compared.
    """
    oldest, newest, count = connection.execute(
        "SELECT min(timestamp), max(timestamp), count(*) FROM requests"
    ).fetchone()
    gone = gone_before(connection).get("requests")
    at: float | None = oldest
    if gone is not None and at is not None:
        # a day that is gone in part has rows of the rest only
        _, begins, ends = day_bounds(gone)
        at = max(at, begins if begins == gone else ends)
    marks: dict[int, str] = dict(connection.execute(_MARKS))
    known: dict[int, str] = {} if everything else dict(connection.execute("SELECT day, mark FROM audited"))
    days: list[Day] = []
    agreed, since = 0, at
    while at is not None and at <= newest:
        day, begins, ends = day_bounds(at)
        mark = marks.get(day, "")
        if known.get(day) == mark:
            agreed += 1
        else:
            days.append(Day(day, begins, ends, mark))
        at = ends
    return Plan(days, count, since, agreed)


def compare(connection: sqlite3.Connection, day: Day, since: float) -> Found:
    """Where the day's sums, those of its keys, and those of sessions that were open on it differ from the requests."""
    connection.execute("BEGIN")  # one view of the database, however many requests end meanwhile
    try:
        rows = _by_names(connection.execute(_ROWS, (day.begins, day.ends)), len(_NAMES))
        names = f"project, provider, model_id, modality, {', '.join(SUMS)}"
        sums = _by_names(connection.execute(f"SELECT {names} FROM daily_costs WHERE day = ?", (day.day,)), len(_NAMES))
        found = _differences(day.day, _NAMES, SUMS, sums, rows)
        rows = _by_names(connection.execute(_KEY_ROWS, (day.begins, day.ends)), 2)
        names = f"key_id, project, {', '.join(_KEY_SUMS)}"
        sums = _by_names(connection.execute(f"SELECT {names} FROM daily_keys WHERE day = ?", (day.day,)), 2)
        # how many failed is not known of every earlier day
        rows = {key: (*row[:-1], None) if sums.get(key, row)[-1] is None else row for key, row in rows.items()}
        found += _differences(day.day, ("key", "project"), _KEY_SUMS, sums, rows)
        sessions = [
            {
                "session": id,
                "project": project,
                "sums": {"requests": n, "cost_nanos": nanos},
                "rows": {"requests": rows, "cost_nanos": cost},
            }
            for id, project, n, nanos, rows, cost in connection.execute(_SESSIONS, (since, day.ends, day.begins))
        ]
    finally:
        connection.execute("ROLLBACK")
    return Found(found, sessions)


def agrees(connection: sqlite3.Connection, day: Day) -> None:
    """Note that the day need not be read again until its sums change. Inside a transaction."""
    connection.execute("INSERT OR REPLACE INTO audited VALUES (?, ?)", (day.day, day.mark))


def _differences(
    day: int,
    names: tuple[str, ...],
    sums: tuple[str, ...],
    stored: dict[tuple[str, ...], tuple[int | None, ...]],
    rows: dict[tuple[str, ...], tuple[int | None, ...]],
) -> list[dict[str, object]]:
    nothing = (0,) * len(sums)
    return [
        {
            "day": f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}",
            **dict(zip(names, key, strict=True)),
            "sums": dict(zip(sums, stored.get(key, nothing), strict=True)),
            "rows": dict(zip(sums, rows.get(key, nothing), strict=True)),
        }
        for key in sorted(stored.keys() | rows.keys())
        if stored.get(key, nothing) != rows.get(key, nothing)
    ]


def _by_names(found: sqlite3.Cursor, count: int) -> dict[tuple[str, ...], tuple[int | None, ...]]:
    """The sums by the first `count` columns."""
    return {tuple(row[:count]): tuple(row[count:]) for row in found}
