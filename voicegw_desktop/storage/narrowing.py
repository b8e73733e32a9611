"""By which index the newest rows that fit several filters are looked for, and whether there are any.

SQLite knows no counts of values. Without these it steps over every request of a project to find that it never used a
provider.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from voicegw_desktop.storage.roll import until

FEW = 1000  # rows that are looked through in a few milliseconds
SUMMED = frozenset({"project", "provider", "model_id", "modality"})
"""What the sums of days tell apart."""
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


def none_fits(connection: sqlite3.Connection, filters: Mapping[str, object]) -> bool:
    """True when the sums of days say that no request ever had these properties together."""
    given = {column: value for column, value in filters.items() if value is not None and column in SUMMED}
    if len(given) < 2:
        return False
    where = " AND ".join(f"{column} = ?" for column in given)
    values = tuple(given.values())
    # years, and the days that are in none of them yet
    found = connection.execute(
        f"SELECT EXISTS (SELECT 1 FROM period_costs WHERE period BETWEEN 1000 AND 9999 AND {where}) "
        f"OR EXISTS (SELECT 1 FROM daily_costs WHERE day > ? AND {where})",
        (*values, until(connection), *values),
    )
    return not found.fetchone()[0]
