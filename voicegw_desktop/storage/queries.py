"""The questions reports ask, as plain functions on a SQLite connection."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.money import known
from voicegw_desktop.core.text import shown
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.narrowing import conditions, fitting, narrowed, stretches
from voicegw_desktop.storage.records import ESTIMATE, row_to_dict, usd

MOST_REQUESTS = 1000
"""Requests of one session in one answer."""


def within(span: Span, filters: Mapping[str, object], time: str = "timestamp") -> tuple[str, list[Any]]:
    """The condition for rows of a span whose columns have these values (None: any), and its parameters."""
    parts, values = ["1", *conditions(filters)], [value for value in filters.values() if value is not None]
    if span.start is not None:
        parts.append(f"{time} >= ?")
        values.append(span.start)
    if span.end is not None:
        parts.append(f"{time} < ?")
        values.append(span.end)
    return " AND ".join(parts), values


def recent_requests(
    connection: sqlite3.Connection, limit: int, filters: Mapping[str, object], span: Span, before: str | float | None
) -> list[dict[str, object]]:
    """The newest requests first, every column by name; see `page` for `before`."""
    given = fitting(connection, filters)
    if given is None:
        return []
    found: list[dict[str, object]] = []
    told = narrowed(connection, "requests", "timestamp", given)
    for stretch in stretches(connection, given, before_only(span, before)):
        found += page(connection, "requests", "timestamp", limit - len(found), told, stretch, before)
        if len(found) >= limit:
            break
    return [row_to_dict(row) for row in found]


def page(
    connection: sqlite3.Connection,
    table: str,
    time: str,
    limit: int,
    filters: Mapping[str, object],
    span: Span,
    before: str | float | None,
) -> list[dict[str, object]]:
    """Rows of a table, newest first, older than `before`: Unix seconds, or the `cursor` of the row seen last.

    A cursor holds the row's time and id, so that of several rows with one time none is left out or comes twice. Several
    filters are given as `narrowed` writes them.
    """
    where, values = within(span, filters, time)
    older, more = behind(before, time)
    where, values = where + older, [*values, *more]
    found = connection.execute(
        f"SELECT * FROM {table} WHERE {where} ORDER BY {time} DESC, id DESC LIMIT ?", (*values, limit)
    )
    return _dicts(found)


def behind(before: str | float | None, time: str) -> tuple[str, list[object]]:
    """The condition, beginning with AND, for rows that come after `before` in a list (see `page`), and its values."""
    if isinstance(before, str):
        at, id = _cursor(before)
        if id:
            # the comparison of pairs alone would not use the index
            return f" AND ({time}, id) < (?, ?) AND {time} <= ?", [at, id, at]
        before = at
    return ("", []) if before is None else (f" AND {time} < ?", [before])


def before_only(span: Span, before: str | float | None) -> Span:
    """The span without what is clearly newer than `before`, of which `behind` tells the rest."""
    if before is None:
        return span
    at = math.nextafter(_cursor(before)[0] if isinstance(before, str) else before, math.inf)
    return Span(span.name, span.start, at if span.end is None else min(at, span.end))


def cursor(row: Mapping[str, object], time: str = "timestamp") -> str:
    """What `before` takes to go on after this row."""
    return f"{row[time]!r}/{row['id']}"


def _cursor(text: str) -> tuple[float, str]:
    at, _, id = text.partition("/")
    try:
        moment = float(at)
    except ValueError:
        moment = math.nan
    if not math.isfinite(moment):
        raise BadRequest(
            f'"before" is "{shown(text)}"; give the "next" of the page before, or Unix seconds.', param="before"
        )
    return moment, id


def sessions(
    connection: sqlite3.Connection, limit: int, project: str | None, span: Span, before: str | float | None
) -> list[dict[str, object]]:
    """The newest sessions first; see `page` for `before`, and `_told` for `project`."""
    return _told(
        connection, page(connection, "sessions", "started_at", limit, {"project": project}, span, before), project
    )


def session(
    connection: sqlite3.Connection, session_id: str, limit: int, project: str | None
) -> dict[str, object] | None:
    """One session with its `requests`, at most `limit` of the newest, oldest first; None: there is none of that id.
    See `_told` for `project`."""
    found = _told(connection, _dicts(connection.execute("SELECT * FROM sessions WHERE id = ?", (session_id,))), project)
    if not found:
        return None
    filters = {"session_id": session_id, "project": project}
    return {**found[0], "requests": recent_requests(connection, limit, filters, Span("all"), None)[::-1]}


_COUNTS = ("cost_nanos", "request_count", "unpriced")
_SUMS = (*_COUNTS, "estimated")
_REQUESTS = f"""
SELECT session_id, modality, model_id, project, sum(status = 'error'), coalesce(sum(cost_nanos), 0), count(*),
    sum(cost_nanos IS NULL), sum(pricing_source LIKE '{ESTIMATE}%%')
FROM requests WHERE session_id IN (%s) GROUP BY 1, 2, 3, 4 ORDER BY min(timestamp)
"""


def _told(
    connection: sqlite3.Connection, rows: list[dict[str, object]], project: str | None
) -> list[dict[str, object]]:
    """Sessions with what served them, `{modality: [targets, in the order in which they came]}`, and how many of their
    requests failed, as far as these are kept.

    Clients choose the names of sessions, and those of two projects may choose one: with a project, what the requests
    of others add to the sums is left out.
    """
    ids = [str(row["id"]) for row in rows]
    served: dict[str, dict[str, list[str]]] = {id: {} for id in ids}
    errors, others = dict.fromkeys(ids, 0), {id: [0, 0, 0, 0] for id in ids}
    for id, modality, target, of, failed, *sums in connection.execute(_REQUESTS % ", ".join("?" * len(ids)), ids):
        if project not in (None, of):
            others[id] = [a + b for a, b in zip(others[id], sums, strict=True)]
            continue
        errors[id] += failed
        targets = served[id].setdefault(modality, [])
        if target not in targets:
            targets.append(target)
    return [
        {**_session(row, others[id], served[id]), "errors": errors[id], "served_by": served[id]}
        for id, row in zip(ids, rows, strict=True)
    ]


def _session(row: dict[str, object], others: list[int], served: Mapping[str, object]) -> dict[str, object]:
    own = [(count if isinstance(count := row[name], int) else 0) - o for name, o in zip(_SUMS, others, strict=True)]
    nanos = known(*own[: len(_COUNTS)])
    modalities = served if any(others) else str(row["modalities"]).split(",")
    return {
        **row,
        **dict(zip(_SUMS, own, strict=True)),
        "cost_nanos": nanos,
        "total_cost_usd": usd(nanos),
        "modalities": sorted(m for m in modalities if m),
    }


def _dicts(cursor: sqlite3.Cursor) -> list[dict[str, object]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
