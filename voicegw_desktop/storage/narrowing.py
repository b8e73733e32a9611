"""By which index the newest rows that fit several filters are looked for, and whether there are any.

SQLite knows no counts of values. Without these it steps over every request of a project to find that it never used a
provider, or not for a year.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime

from voicegw_desktop.storage.days import Span, day_bounds
from voicegw_desktop.storage.periods import above
from voicegw_desktop.storage.roll import until

FEW = 1000  # rows that are looked through in a few milliseconds
MOST_PROJECTS = 20
"""Projects of a key that are looked for one after another."""
SUMMED = frozenset({"project", "provider", "model_id", "modality"})
"""What the sums of days tell apart."""
DAY = 86_400.0  # s
FAILED = "status != 'success'"
"""By these words SQLite knows that the index of what failed holds every row of another status."""


def conditions(filters: Mapping[str, object]) -> list[str]:
    """The condition of each filter that has a value."""
    found = [f"{column} = ?" for column, value in filters.items() if value is not None]
    return [*found, FAILED] if filters.get("status") not in (None, "success") else found


def narrowed(connection: sqlite3.Connection, table: str, time: str, filters: Mapping[str, object]) -> dict[str, object]:
    """The filters that have a value, all but that of the index which leaves the fewest rows written with a plus sign.

    With that sign SQLite does not take a column's index.
    """
    given = {column: value for column, value in filters.items() if value is not None}
    if len(given) < 2:
        return given
    oldest: dict[str, float] = {}
    for column, value in given.items():
        where = " AND ".join(conditions({column: value}))
        query = f"SELECT {time} FROM {table} WHERE {where} ORDER BY {time} DESC LIMIT 1 OFFSET {FEW - 1}"
        row = connection.execute(query, (value,)).fetchone()
        if row is None:
            # fewer than that in all
            oldest = {column: 0.0}
            break
        # so many rows of the rarer value reach back further
        oldest[column] = row[0]
    best = min(oldest, key=lambda column: oldest[column])
    return {column if column == best else f"+{column}": value for column, value in given.items()}


def stretches(connection: sqlite3.Connection, filters: Mapping[str, object], span: Span) -> Iterator[Span]:
    """The parts of a span in which requests that fit may be, newest first: each holds few of the rarest filter's.

    Whole years in which no request had these properties together are passed over, by the sums of days.
    """
    given = {column: value for column, value in filters.items() if value is not None}
    summed = {column: value for column, value in given.items() if column in SUMMED}
    end, rows = span.end, FEW
    while len(summed) > 1:
        floor = min(_nth(connection, column, value, rows, end) for column, value in given.items())
        if floor <= (span.start or 0.0):
            break
        yield Span(span.name, floor, end)
        # a day more on each side: the machine may have been in another time zone
        day = _newest_day(connection, summed, day_bounds(floor + DAY)[0])
        if day is None:
            return
        over = datetime(day // 10_000, day // 100 % 100, day % 100).timestamp() + 2.5 * DAY
        end, rows = (over, FEW) if over < floor else (floor, rows * 2)
    yield Span(span.name, span.start, end)


def _nth(connection: sqlite3.Connection, column: str, value: object, rows: int, end: float | None) -> float:
    """When the newest `rows` requests of a filter before `end` began; 0: there are fewer."""
    where = " AND ".join(conditions({column: value}))
    before, values = ("", (value,)) if end is None else (" AND timestamp < ?", (value, end))
    query = f"SELECT timestamp FROM requests WHERE {where}{before} ORDER BY timestamp DESC LIMIT 1 OFFSET {rows - 1}"
    row = connection.execute(query, values).fetchone()
    return 0.0 if row is None else float(row[0])


def _newest_day(connection: sqlite3.Connection, summed: Mapping[str, object], last: int) -> int | None:
    """The newest day (yyyymmdd) until `last` with a request that had all these properties; None: there is none."""
    where = " AND ".join(f"{column} = ?" for column in summed)

    def newest(low: int, high: int, table: str = "period_costs", column: str = "period") -> int | None:
        query = (
            f"SELECT {column} FROM {table} WHERE {column} BETWEEN ? AND ? AND {where} ORDER BY {column} DESC LIMIT 1"
        )
        row = connection.execute(query, (low, high, *summed.values())).fetchone()
        return None if row is None else int(row[0])

    rolled = until(connection)
    if last > rolled:
        if (day := newest(rolled + 1, last, "daily_costs", "day")) is not None:
            return day
        last = rolled
    year, month, third = above(last)
    if (day := newest(month * 100 + (1, 11, 21)[third % 10 - 1], last, "daily_costs", "day")) is not None:
        return day
    for low, high in ((month * 10 + 1, third - 1), (year * 100 + 1, month - 1), (1000, year - 1)):
        if (period := newest(low, high)) is not None:
            break
    else:
        return None
    if period < 10_000:
        period = newest(period * 100 + 1, period * 100 + 12) or 0
    if period < 1_000_000:
        period = newest(period * 10 + 1, period * 10 + 3) or 0
    return newest(period // 10 * 100 + 1, period // 10 * 100 + 31, "daily_costs", "day")


def fitting(connection: sqlite3.Connection, filters: Mapping[str, object]) -> dict[str, object] | None:
    """The filters that have a value, with the model where every request that fits was one model's: it has an index.

    None when the sums of days say that no request ever had these properties together.
    """
    given = {column: value for column, value in filters.items() if value is not None}
    summed = {column: value for column, value in given.items() if column in SUMMED}
    if summed and (key := given.get("key_id")) is not None and not _key_had(connection, key, summed):
        return None
    if len(summed) < 2:
        return given
    found = _models(connection, summed, 2)
    if not found:
        return None
    return {**given, "model_id": found[0]} if len(found) == 1 else given


def _key_had(connection: sqlite3.Connection, key: object, summed: Mapping[str, object]) -> bool:
    """Whether requests of a key can have had these properties: its sums tell projects apart, no models."""
    asked = "SELECT DISTINCT project FROM daily_keys WHERE key_id = ? LIMIT ?"
    projects = [project for (project,) in connection.execute(asked, (key, MOST_PROJECTS))]
    # a key has few projects
    if not projects or len(projects) == MOST_PROJECTS:
        return True
    if "project" in summed:
        return summed["project"] in projects
    return any(_models(connection, {**summed, "project": project}, 1) for project in projects)


def _models(connection: sqlite3.Connection, given: Mapping[str, object], most: int) -> list[str]:
    """The models, at most so many, of requests that ever had these properties, which the sums of days tell apart."""
    where = " AND ".join(f"{column} = ?" for column in given)
    values, rolled = tuple(given.values()), until(connection)
    (first,) = connection.execute("SELECT min(period) FROM period_costs WHERE period BETWEEN 1000 AND 9999").fetchone()
    # each by itself: of a range SQLite reads the rows of every project
    years = ", ".join(str(year) for year in range(first or rolled // 10_000, rolled // 10_000 + 1))
    # and the days that are in no year yet
    found = connection.execute(
        "SELECT DISTINCT model_id FROM ("
        f"SELECT model_id FROM period_costs WHERE period IN ({years}) AND {where} "
        f"UNION ALL SELECT model_id FROM daily_costs WHERE day > ? AND {where}) LIMIT ?",
        (*values, rolled, *values, most),
    )
    return [model for (model,) in found]
