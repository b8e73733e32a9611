"""Insert records and move the day's sums, histograms and sessions with them, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from voicegw_desktop.storage import roll
from voicegw_desktop.storage.days import day_bounds
from voicegw_desktop.storage.percentiles import bucket_of
from voicegw_desktop.storage.records import COLUMNS, RECORDED, WAITS, RequestRecord

_INSERT = f"INSERT OR IGNORE INTO requests ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_COSTS = """
INSERT INTO daily_costs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors,
    fallbacks = fallbacks + excluded.fallbacks, unpriced = unpriced + excluded.unpriced,
    cost_nanos = cost_nanos + excluded.cost_nanos, input_units = input_units + excluded.input_units,
    output_units = output_units + excluded.output_units, estimated = estimated + excluded.estimated
"""
_LATENCY = """
INSERT INTO daily_latency VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count
"""
_KEYS = """
INSERT INTO daily_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, unpriced = unpriced + excluded.unpriced,
    cost_nanos = cost_nanos + excluded.cost_nanos, estimated = estimated + excluded.estimated,
    errors = errors + excluded.errors
"""
_SESSION = """
INSERT INTO sessions (id, project, started_at, ended_at, modalities, cost_nanos, unpriced, request_count, estimated)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET started_at = min(started_at, excluded.started_at),
    ended_at = max(ended_at, excluded.ended_at), modalities = excluded.modalities,
    cost_nanos = cost_nanos + excluded.cost_nanos, unpriced = unpriced + excluded.unpriced,
    request_count = request_count + excluded.request_count, estimated = estimated + excluded.estimated
"""


def insert_records(connection: sqlite3.Connection, records: Sequence[RequestRecord]) -> int:
    """Store the records that are not stored yet and return how many those were; all or nothing.

    A record whose id is known is left alone and counted nowhere, so replaying a journal is harmless.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        fresh = [record for record in records if connection.execute(_INSERT, record.row()).rowcount == 1]
        _add_up(connection, fresh)
        connection.execute("COMMIT")
    except BaseException:
        # a full disk has already rolled back by itself
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return len(fresh)


def buckets(times: Sequence[float | None], metadata: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """(metric, bucket, count) of a request's (ttfb, total, gateway) in milliseconds; None: not measured."""
    ttfb, total, gateway = times
    waits = metadata.get(WAITS)
    if isinstance(waits, Mapping):
        for bucket, count in waits.items():
            yield "ttfb", int(bucket), int(count)
    elif ttfb is not None:
        yield "recorded" if metadata.get(RECORDED) else "ttfb", bucket_of(ttfb), 1
    if total is not None:
        yield "total", bucket_of(total), 1
    if gateway is not None:
        yield "gateway", bucket_of(gateway), 1


def _add_up(connection: sqlite3.Connection, records: list[RequestRecord]) -> None:
    costs: dict[tuple[int, str, str, str, str], list[float]] = {}
    latency: dict[tuple[int, str, str, str, str, str, int], int] = {}
    keys: dict[tuple[int, str, str], list[int]] = {}
    sessions: dict[tuple[str, str], list[RequestRecord]] = {}
    day, start, end = 0, 0.0, 0.0
    for record in records:
        if not start <= record.timestamp < end:
            day, start, end = day_bounds(record.timestamp)
        key = (day, record.project, record.provider, record.model_id, record.modality)
        sums = costs.setdefault(key, [0, 0, 0, 0, 0, 0.0, 0.0, 0])
        sums[0] += 1
        sums[1] += record.status == "error"
        sums[2] += record.fallback_from is not None
        sums[3] += record.cost_nanos is None
        sums[4] += record.cost_nanos or 0
        sums[5] += record.input_units
        sums[6] += record.output_units
        sums[7] += record.estimated
        if record.key_id is not None:
            spent = keys.setdefault((day, record.key_id, record.project), [0, 0, 0, 0, 0])
            spent[0] += 1
            spent[1] += record.cost_nanos is None
            spent[2] += record.cost_nanos or 0
            spent[3] += record.estimated
            spent[4] += record.status == "error"
        # failures are fast or endless; counting them would say nothing about the engine
        if record.status == "success":
            times = (record.ttfb_ms, record.total_latency_ms, record.gateway_ms)
            for metric, bucket, count in buckets(times, record.metadata):
                place = (*key, metric, bucket)
                latency[place] = latency.get(place, 0) + count
        if record.session_id:
            sessions.setdefault((record.session_id, record.project), []).append(record)
    connection.executemany(_COSTS, [(*key, *sums) for key, sums in costs.items()])
    connection.executemany(_KEYS, [(*key, *sums) for key, sums in keys.items()])
    connection.executemany(_LATENCY, [(*place, count) for place, count in latency.items()])
    roll.pack_some(connection)
    # of a day that has been added up already: a journal from before, or an import
    rolled = roll.until(connection)
    roll.add_costs(connection, [(key, sums) for key, sums in costs.items() if key[0] <= rolled])
    for members in sessions.values():
        _add_session(connection, members)


def _add_session(connection: sqlite3.Connection, members: list[RequestRecord]) -> None:
    """Add requests of one session: they have its name and its project in common."""
    session = (members[0].session_id, members[0].project)
    known = connection.execute("SELECT modalities FROM sessions WHERE id = ? AND project = ?", session).fetchone()
    modalities = {m.modality for m in members} | set(filter(None, (known[0] if known else "").split(",")))
    values = (
        *session,
        min(m.timestamp for m in members),
        max(m.timestamp + (m.total_latency_ms or 0) / 1000 for m in members),
        ",".join(sorted(modalities)),
        sum(m.cost_nanos or 0 for m in members),
        sum(m.cost_nanos is None for m in members),
        len(members),
        sum(m.estimated for m in members),
    )
    connection.execute(_SESSION, values)
