"""The questions reports ask, as plain functions on a SQLite connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from voicegw_desktop.storage.days import first_day
from voicegw_desktop.storage.percentiles import label, quantiles
from voicegw_desktop.storage.records import row_to_dict, usd
from voicegw_desktop.storage.rollups import METRICS

GROUPS = ("provider", "model_id", "project", "modality")


def _entry() -> dict[str, Any]:
    return {"cost": 0.0, "cost_nanos": 0, "requests": 0, "unpriced": 0}


def _put(into: dict[str, dict[str, Any]], name: str, nanos: int, requests: int, unpriced: int) -> None:
    entry = into.setdefault(name, _entry())
    entry["cost_nanos"] += nanos
    entry["cost"] = usd(entry["cost_nanos"])
    entry["requests"] += requests
    entry["unpriced"] += unpriced


def cost_summary(connection: sqlite3.Connection, period: str, project: str | None, now: float) -> dict[str, Any]:
    """`{period, project, total, total_nanos, requests, unpriced, by_provider, by_model, by_project, by_modality}`.

    Each `by_…` maps a name to `{cost, cost_nanos, requests, unpriced}`; `unpriced` counts requests whose price is
    not known and which are therefore missing in the sums.
    """
    rows = connection.execute(
        "SELECT provider, model_id, project, modality, sum(cost_nanos), sum(requests), sum(unpriced) "
        "FROM daily_costs WHERE day >= ? AND (? IS NULL OR project = ?) GROUP BY 1, 2, 3, 4",
        (first_day(period, now), project, project),
    ).fetchall()
    groups: list[dict[str, dict[str, Any]]] = [{}, {}, {}, {}]
    total = _entry()
    for row in rows:
        nanos, requests, unpriced = row[4], row[5], row[6]
        for group, name in zip(groups, row[:4], strict=True):
            _put(group, name, nanos, requests, unpriced)
        total["cost_nanos"] += nanos
        total["requests"] += requests
        total["unpriced"] += unpriced
    return {
        "period": period,
        "project": project,
        "total": usd(total["cost_nanos"]),
        "total_nanos": total["cost_nanos"],
        "requests": total["requests"],
        "unpriced": total["unpriced"],
        "by_provider": groups[0],
        "by_model": groups[1],
        "by_project": groups[2],
        "by_modality": groups[3],
    }


def daily_totals(connection: sqlite3.Connection, day: int) -> dict[str, tuple[int, int, int]]:
    """Per project: (cost in nanos, requests, unpriced) of one local day."""
    rows = connection.execute(
        "SELECT project, sum(cost_nanos), sum(requests), sum(unpriced) FROM daily_costs WHERE day = ? GROUP BY 1",
        (day,),
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def latency_stats(
    connection: sqlite3.Connection,
    period: str,
    project: str | None,
    percentiles: Iterable[float],
    now: float,
) -> dict[str, Any]:
    """`{period, project, by_modality: {stt: {count, ttfb_ms: {p50, …}, total_ms, gateway_ms}}, by_model: {…}}`.

    Successful requests only; values are within 2 %.
    """
    rows = connection.execute(
        "SELECT modality, model_id, metric, bucket, sum(count) FROM daily_latency "
        "WHERE day >= ? AND (? IS NULL OR project = ?) GROUP BY 1, 2, 3, 4",
        (first_day(period, now), project, project),
    )
    histograms: dict[tuple[str, str], dict[str, dict[int, int]]] = {}
    for modality, model, metric, bucket, count in rows:
        for place in (("by_modality", modality), ("by_model", model)):
            counts = histograms.setdefault(place, {}).setdefault(metric, {})
            counts[bucket] = counts.get(bucket, 0) + count
    wanted = tuple(percentiles)
    answer: dict[str, Any] = {"period": period, "project": project, "by_modality": {}, "by_model": {}}
    for (group, name), metrics in histograms.items():
        entry: dict[str, Any] = {"count": max(sum(counts.values()) for counts in metrics.values())}
        for metric in METRICS:
            found = quantiles(metrics.get(metric, {}), wanted)
            entry[f"{metric}_ms"] = {label(p): found[p] for p in wanted}
        answer[group][name] = entry
    return answer


def recent_requests(
    connection: sqlite3.Connection,
    limit: int,
    project: str | None,
    modality: str | None,
    status: str | None,
    session_id: str | None,
    before: float | None,
) -> list[dict[str, Any]]:
    """The newest requests first, every column by name."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    for column, value in (
        ("project", project),
        ("modality", modality),
        ("status", status),
        ("session_id", session_id),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    if before is not None:
        conditions.append("timestamp < ?")
        values.append(before)
    cursor = connection.execute(
        f"SELECT * FROM requests WHERE {' AND '.join(conditions)} ORDER BY timestamp DESC LIMIT ?",
        (*values, limit),
    )
    return [row_to_dict(row) for row in _dicts(cursor)]


def sessions(connection: sqlite3.Connection, limit: int, project: str | None) -> list[dict[str, Any]]:
    """The newest sessions first."""
    cursor = connection.execute(
        "SELECT * FROM sessions WHERE (? IS NULL OR project = ?) ORDER BY started_at DESC LIMIT ?",
        (project, project, limit),
    )
    found = [_session(row) for row in _dicts(cursor)]
    served = _served_by(connection, [row["id"] for row in found])
    return [{**row, "served_by": served.get(row["id"], {})} for row in found]


def session(connection: sqlite3.Connection, session_id: str) -> dict[str, Any] | None:
    """One session with its `requests`, oldest first; None when there is none of that id."""
    found = _dicts(connection.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)))
    if not found:
        return None
    cursor = connection.execute("SELECT * FROM requests WHERE session_id = ? ORDER BY timestamp", (session_id,))
    served = _served_by(connection, [session_id]).get(session_id, {})
    requests = [row_to_dict(row) for row in _dicts(cursor)]
    return {**_session(found[0]), "served_by": served, "requests": requests}


def _served_by(connection: sqlite3.Connection, ids: list[str]) -> dict[str, dict[str, list[str]]]:
    """`{session: {modality: [targets, in the order in which they came]}}`."""
    cursor = connection.execute(
        f"SELECT session_id, modality, model_id FROM requests WHERE session_id IN ({', '.join('?' * len(ids))}) "
        "GROUP BY 1, 2, 3 ORDER BY min(timestamp)",
        ids,
    )
    found: dict[str, dict[str, list[str]]] = {}
    for id, modality, target in cursor:
        found.setdefault(id, {}).setdefault(modality, []).append(target)
    return found


def _session(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "modalities": [m for m in row["modalities"].split(",") if m]}


def _dicts(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
