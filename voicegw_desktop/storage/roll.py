"""Adds days that are over up to thirds of months, months and years; packs latencies into histograms of all of these."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from voicegw_desktop.storage.histograms import of_counts, pack, unpack
from voicegw_desktop.storage.periods import above

ALL = ""
"""In the place of a project: all of them together."""
COST_COLUMNS = (
    "requests", "errors", "fallbacks", "unpriced", "cost_nanos", "input_units", "output_units", "estimated",
)  # fmt: skip
_ADD = ", ".join(f"{name} = {name} + excluded.{name}" for name in COST_COLUMNS)
_COSTS = f"""
INSERT INTO period_costs SELECT ?, project, provider, model_id, modality, {", ".join(COST_COLUMNS)}
FROM daily_costs WHERE day = ? ON CONFLICT DO UPDATE SET {_ADD}
"""
_COSTS_OF_ALL = f"""
INSERT INTO period_costs SELECT ?, '{ALL}', provider, model_id, modality,
    {", ".join(f"sum({name})" for name in COST_COLUMNS)}
FROM daily_costs WHERE day = ? GROUP BY 3, 4, 5 ON CONFLICT DO UPDATE SET {_ADD}
"""
ADD_COST = f"""
INSERT INTO period_costs VALUES (?, ?, ?, ?, ?, {", ".join("?" * len(COST_COLUMNS))})
ON CONFLICT DO UPDATE SET {_ADD}
"""

ROWS = 1_500
"""Counts of buckets that wait in daily_latency before they are packed: a report reads them one by one."""

Counts = dict[tuple[str, str, str], dict[str, int]]
"""Histograms by metric of each (project, modality, model)."""


def until(connection: sqlite3.Connection) -> int:
    """The last day (yyyymmdd) that has been added up; 0: none."""
    return int(connection.execute("SELECT until FROM rolled").fetchone()[0])


def next_day(connection: sqlite3.Connection, today: int) -> int | None:
    """The first day before `today` that is to be added up; None: there is none."""
    found = connection.execute(
        "SELECT min(day) FROM daily_costs WHERE day > ? AND day < ?", (until(connection), today)
    ).fetchone()[0]
    return None if found is None else int(found)


def roll(connection: sqlite3.Connection, today: int) -> bool:
    """Add up the next day that is over; False: there is none. Inside a transaction."""
    day = next_day(connection, today)
    if day is None:
        return False
    for period in above(day):
        connection.execute(_COSTS, (period, day))
    for period in (day, *above(day)):
        connection.execute(_COSTS_OF_ALL, (period, day))
    connection.execute("UPDATE rolled SET until = ?", (day,))
    return True


def pack_some(connection: sqlite3.Connection) -> None:
    """Pack when a report would have much to read otherwise; a backlog of an earlier version is left to `pack`."""
    waiting = connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM daily_latency LIMIT {2 * ROWS + 1})").fetchone()[
        0
    ]
    if ROWS < waiting <= 2 * ROWS:
        pack_rows(connection)


def pack_rows(connection: sqlite3.Connection) -> bool:
    """Move ROWS counts of buckets from daily_latency into the histograms of their day and of the periods above it.

    False: there was none. Inside a transaction.
    """
    rows = connection.execute(
        "SELECT day, project, provider, model_id, modality, metric, bucket, count FROM daily_latency "
        "ORDER BY 1, 2, 3, 4, 5, 6, 7 LIMIT ?",
        (ROWS,),
    ).fetchall()
    found: dict[int, dict[tuple[str, str, str, str], dict[int, int]]] = {}
    for day, project, _, model, modality, metric, bucket, count in rows:
        cell = found.setdefault(day, {}).setdefault((project, modality, model, metric), {})
        cell[bucket] = cell.get(bucket, 0) + count
    for day, cells in found.items():
        _add_latencies(connection, day, cells)
    connection.executemany(
        "DELETE FROM daily_latency WHERE day = ? AND project = ? AND provider = ? AND model_id = ? AND modality = ? "
        "AND metric = ? AND bucket = ?",
        [row[:7] for row in rows],
    )
    return bool(rows)


def _add_latencies(
    connection: sqlite3.Connection, day: int, counts: Mapping[tuple[str, str, str, str], Mapping[int, int]]
) -> None:
    """Add counts by bucket, of each (project, modality, model, metric) on a day, to its histograms and those above."""
    cells: Counts = {}
    for (project, modality, model, metric), buckets in counts.items():
        histogram = of_counts(buckets)
        for place in (project, ALL):
            cell = cells.setdefault((place, modality, model), {})
            cell[metric] = cell.get(metric, 0) + histogram
    for period in (day, *above(day)):
        _add(connection, period, cells)


def _add(connection: sqlite3.Connection, period: int, cells: Counts) -> None:
    rows: list[tuple[object, ...]] = []
    for cell, histograms in cells.items():
        place = (period, *cell)
        stored = connection.execute(
            "SELECT counts FROM latency WHERE period = ? AND project = ? AND modality = ? AND model_id = ?", place
        ).fetchone()
        merged = dict(histograms)
        for metric, histogram in unpack(stored[0]) if stored is not None else ():
            merged[metric] = merged.get(metric, 0) + histogram
        rows.append((*place, pack(merged)))
    connection.executemany("INSERT OR REPLACE INTO latency VALUES (?, ?, ?, ?, ?)", rows)


def add_costs(
    connection: sqlite3.Connection, sums: Iterable[tuple[tuple[int, str, str, str, str], list[float]]]
) -> None:
    """Add the sums of cells (day, project, provider, model, modality), of days added up already, to their periods."""
    for key, values in sums:
        connection.executemany(ADD_COST, [(*place, *key[2:], *values) for place in places(*key[:2])])


def places(day: int, project: str) -> Iterator[tuple[int, str]]:
    """(period, project) of all that a day's sums of a project are part of once the day is added up."""
    yield day, ALL
    for period in above(day):
        yield period, project
        yield period, ALL
