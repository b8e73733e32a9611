"""What projects, keys and the machine have spent in the present day, week and month: what budgets are compared with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from voicegw_desktop.storage.days import BUDGETED

MACHINE = "\0machine"
"""The scope of everything that is spent here. The scope of a project is its id, which holds no such character."""
_KEY = "\0key\0"

Counts = tuple[int, int, int]
"""Nano-dollars, requests, and those of them whose price is not known."""
Spent = dict[str, dict[str, Counts]]
"""Period (of BUDGETED) → scope → counts."""


def key_scope(key_id: str) -> str:
    """The scope of what one key spends."""
    return _KEY + key_id


def scopes(project: str, key_id: str | None) -> tuple[str, ...]:
    """Every scope that a request of this project and key is counted in."""
    return (project, MACHINE) if key_id is None else (project, key_scope(key_id), MACHINE)


def spent(connection: sqlite3.Connection, starts: Mapping[str, int], periods: Sequence[str] = BUDGETED) -> Spent:
    """The stored sums of each period from its first day (`starts`: period → yyyymmdd) to its last."""
    found: Spent = {}
    for period in periods:
        last = _last(period, starts[period])
        sums: dict[str, Counts] = {}
        machine = (0, 0, 0)
        projects: Iterable[tuple[str, int, int, int]] = connection.execute(
            "SELECT project, sum(cost_nanos), sum(requests), sum(unpriced) FROM daily_costs "
            "WHERE day BETWEEN ? AND ? GROUP BY 1",
            (starts[period], last),
        )
        for project, nanos, requests, unpriced in projects:
            sums[project] = (nanos, requests, unpriced)
            machine = (machine[0] + nanos, machine[1] + requests, machine[2] + unpriced)
        keys: Iterable[tuple[str, int, int, int]] = connection.execute(
            "SELECT key_id, sum(cost_nanos), sum(requests), sum(unpriced) FROM daily_keys "
            "WHERE day BETWEEN ? AND ? GROUP BY 1",
            (starts[period], last),
        )
        for key_id, nanos, requests, unpriced in keys:
            sums[key_scope(key_id)] = (nanos, requests, unpriced)
        found[period] = {**sums, MACHINE: machine} if machine[1] else sums
    return found


def tell_once(connection: sqlite3.Connection, scope: str, period: str, start: int, limit: int, percent: int) -> bool:
    """Note that `percent` of a budget was told of; False: it was already, by this or another program."""
    done = connection.execute(
        "INSERT INTO budget_told VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET start = excluded.start, "
        "budget_nanos = excluded.budget_nanos, percent = excluded.percent "
        # an earlier start: the clock was ahead, and was set back
        "WHERE excluded.start != start OR excluded.percent > percent OR excluded.budget_nanos != budget_nanos",
        (scope, period, start, limit, percent),
    )
    return done.rowcount == 1


def _last(period: str, start: int) -> int:
    """A number that no day of the period is above."""
    if period == "day":
        return start
    if period == "month":
        return start // 100 * 100 + 31
    end = date(start // 10_000, start // 100 % 100, start % 100) + timedelta(days=6)
    return end.year * 10_000 + end.month * 100 + end.day
