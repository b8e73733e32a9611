"""The questions reports ask, as plain functions on a SQLite connection."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.money import known
from voicegw_desktop.core.text import shown
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.narrowing import conditions, fitting, narrowed, stretches
from voicegw_desktop.storage.records import row_to_dict, usd

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
    *,
    by_project: bool = False,
) -> list[dict[str, object]]:
    """Rows of a table, newest first, older than `before`: Unix seconds, or the `cursor` of the row seen last.

    A cursor holds the row's time and id, so that of several rows with one time none is left out or comes twice. Several
    filters are given as `narrowed` writes them. `by_project`: ids are those of one project, see `session_cursor`.
    """
    where, values = within(span, filters, time)
    older, more = behind(before, time, by_project=by_project)
    where, values = where + older, [*values, *more]
    found = connection.execute(
        f"SELECT * FROM {table} WHERE {where} ORDER BY {time} DESC, id DESC{', project DESC' if by_project else ''} "
        "LIMIT ?",
        (*values, limit),
    )
    return _dicts(found)


def behind(before: str | float | None, time: str, *, by_project: bool = False) -> tuple[str, list[object]]:
    """The condition, beginning with AND, for rows that come after `before` in a list (see `page`), and its values."""
    if isinstance(before, str):
        at, id = _cursor(before)
        # the comparison of pairs alone would not use the index
        if id and by_project:
            id, _, project = id.rpartition("/") if "/" in id else (id, "", "")
            return f" AND ({time}, id, project) < (?, ?, ?) AND {time} <= ?", [at, id, unquote(project), at]
        if id:
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


def session_cursor(row: Mapping[str, object]) -> str:
    """The `cursor` of a session, whose id is that of one session in each project."""
    return f"{cursor(row, 'started_at')}/{quote(str(row['project']), safe='')}"


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
    """The newest sessions first; see `page` for `before`, and `session_cursor`."""
    filters = {"project": project}
    return _told(connection, page(connection, "sessions", "started_at", limit, filters, span, before, by_project=True))


def session(
    connection: sqlite3.Connection, session_id: str, limit: int, project: str | None
) -> dict[str, object] | None:
    """One session with its `requests`, at most `limit` of the newest, oldest first; None: there is none of that name.

    Clients choose the names of sessions, and those of two projects may choose one. Without `project` it is the one that
    began last. `other_projects` are those which have a session of this name, too, the newest first.
    """
    alike = connection.execute("SELECT * FROM sessions WHERE id = ? ORDER BY started_at DESC, project", (session_id,))
    rows = _dicts(alike)
    own = next((row for row in rows if project in (None, row["project"])), None)
    if own is None:
        return None
    (told,) = _told(connection, [own])
    filters = {"session_id": session_id, "project": own["project"]}
    return {
        **told,
        "other_projects": [row["project"] for row in rows if row is not own],
        "requests": recent_requests(connection, limit, filters, Span("all"), None)[::-1],
    }


_REQUESTS = """
SELECT session_id, project, modality, model_id, sum(status = 'error')
FROM requests WHERE session_id IN (%s) GROUP BY 1, 2, 3, 4 ORDER BY min(timestamp)
"""


def _told(connection: sqlite3.Connection, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Sessions with what served them, `{modality: [targets, in the order in which they came]}`, and how many of their
    requests failed, as far as these are kept."""
    keys = [(str(row["id"]), str(row["project"])) for row in rows]
    served: dict[tuple[str, str], dict[str, list[str]]] = {key: {} for key in keys}
    errors = dict.fromkeys(keys, 0)
    ids = list({id for id, _ in keys})
    for id, project, modality, target, failed in connection.execute(_REQUESTS % ", ".join("?" * len(ids)), ids):
        # not of a session that another project named alike
        if (id, project) in served:
            errors[id, project] += failed
            served[id, project].setdefault(modality, []).append(target)
    return [
        {**_session(row), "errors": errors[key], "served_by": served[key]} for key, row in zip(keys, rows, strict=True)
    ]


def _session(row: dict[str, object]) -> dict[str, object]:
    nanos, requests, unpriced = (
        count if isinstance(count := row[name], int) else 0 for name in ("cost_nanos", "request_count", "unpriced")
    )
    cost = known(nanos, requests, unpriced)
    modalities = sorted(filter(None, str(row["modalities"]).split(",")))
    return {**row, "cost_nanos": cost, "total_cost_usd": usd(cost), "modalities": modalities}


def _dicts(cursor: sqlite3.Cursor) -> list[dict[str, object]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
