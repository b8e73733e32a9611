"""What requests of a span have cost, by any of their properties: from sums of days, else from the rows."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.money import known
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.periods import FIRST_DAY, Part, cover
from voicegw_desktop.storage.queries import within
from voicegw_desktop.storage.records import ESTIMATE, usd
from voicegw_desktop.storage.retention import requests_since
from voicegw_desktop.storage.roll import ALL, until

COLUMNS = {"provider": "provider", "model": "model_id", "project": "project", "modality": "modality"}
"""By what the sums of a day are kept."""
_OF_MODELS, _OF_PROJECTS = ("model", "provider", "modality"), ("project",)
BY = (*COLUMNS, "day", "month", "key", "session")
"""By what costs can be asked."""
MOST_ROWS = 50_000
"""Rows of one answer; a sum that leaves some out would be wrong."""

MEASURES = {
    "cost_nanos": "coalesce(sum(cost_nanos), 0)",
    "requests": "count(*)",
    "unpriced": "sum(cost_nanos IS NULL)",
    "estimated": f"sum(substr(pricing_source, 1, {len(ESTIMATE)}) = '{ESTIMATE}')",
    "input_units": "sum(input_units)",
    "output_units": "sum(output_units)",
    "errors": "sum(status = 'error')",
}
"""What is added up: the column of the sums, and the expression that makes it of requests."""
SUMS = ("cost_nanos", "requests", "unpriced", "estimated", "errors")
_BY_KEY = {"project", "day", "month", "key"}
"""By what the sums of keys are kept."""
_ROW_COLUMNS = {
    **COLUMNS,
    "day": "date(CAST(timestamp AS INTEGER), 'unixepoch', 'localtime')",
    "month": "strftime('%Y-%m', CAST(timestamp AS INTEGER), 'unixepoch', 'localtime')",
    "key": "key_id",
    "session": "session_id",
}


def told(sums: Sequence[Any]) -> dict[str, object]:
    """`{cost, cost_nanos, requests, unpriced, estimated, errors}`; a cost of which nothing is known is None, never 0.

    A sum whose requests are `unpriced` in part is that of the others. `errors`: how many requests failed; None: not
    known, for keys on days that were added up before this was counted, and some of whose requests were removed.
    """
    nanos, requests, unpriced, estimated, errors = sums
    amount = known(nanos, requests, unpriced)
    return {
        "cost": usd(amount),
        "cost_nanos": amount,
        "requests": requests,
        "unpriced": unpriced,
        "estimated": estimated,
        "errors": errors,
    }


def cost_summary(
    connection: sqlite3.Connection, span: Span, project: str | None, by: Sequence[str] = ()
) -> dict[str, object]:
    """`{period, from, to, project, total, total_nanos, requests, unpriced, estimated, errors, by_provider, …}`.

    `by_provider`, `by_model`, `by_project` and `by_modality` map a name to `told`. With `by`, `rows` has one entry for
    each combination of these properties, such as day and model. `unpriced` requests are in no sum. Raises BadRequest
    for a property that is not one of BY, and for more than MOST_ROWS rows. Rows by session tell the project too, whose
    name of a session it is. Sums of whole days are kept for ever; what must be added up from single requests lacks
    those before `details_since`, which were removed for their age.
    """
    with _snapshot(connection):
        return _cost_summary(connection, span, project, by)


def _cost_summary(
    connection: sqlite3.Connection, span: Span, project: str | None, by: Sequence[str]
) -> dict[str, object]:
    groups: dict[str, dict[str, tuple[int, ...]]] = {name: {} for name in COLUMNS}
    # a thousand models of as many projects are added up sooner apart; requests are not read twice
    asked = (_OF_MODELS, _OF_PROJECTS) if project is None and span.days is not None else (tuple(COLUMNS),)
    for columns in asked:
        found = [groups[name] for name in columns]
        for names, sums in _grouped(connection, span, project, columns):
            for group, name in zip(found, names, strict=True):
                if (kept := group.get(name)) is None:
                    group[name] = sums
                else:
                    # written out for speed
                    a, b, c, d, e = kept
                    f, g, h, i, j = sums
                    group[name] = a + f, b + g, c + h, d + i, e + j
    total = [sum(each) for each in zip(*groups["provider"].values(), strict=True)] or [0] * len(SUMS)
    summed = told(total)
    answer = {
        "period": span.name,
        "from": span.start,
        "to": span.end,
        "project": project,
        "total": summed["cost"],
        "total_nanos": summed["cost_nanos"],
        **{name: summed[name] for name in SUMS[1:]},
    }
    from_rows = span.days is None or not _in_sums(by)
    answer["details_since"] = requests_since(connection, span) if from_rows else None
    for name, group in groups.items():
        answer[f"by_{name}"] = {value: told(sums) for value, sums in group.items()}
    if "session" in by and "project" not in by:
        at = by.index("session")
        by = (*by[:at], "project", *by[at:])
    if by:
        answer["rows"] = [
            {**dict(zip(by, names, strict=True)), **told(sums)}
            for names, sums in _grouped(connection, span, project, tuple(by))
        ]
    return answer


class ModelUsage(NamedTuple):
    """What one model was used for in a span."""

    modality: str
    provider: str
    model: str
    """The target, as provider/model."""
    requests: int
    unpriced: int
    """The number of requests whose price is not known."""
    cost_nanos: int
    input_units: float
    """Minutes of audio, tokens or characters, by modality."""
    output_units: float
    errors: int
    estimated: int
    """The number of requests whose amount the provider did not say."""


def usage(connection: sqlite3.Connection, span: Span, project: str | None) -> list[ModelUsage]:
    """What each model was used for."""
    by = ("modality", "provider", "model")
    measures = ("requests", "unpriced", "cost_nanos", "input_units", "output_units", "errors", "estimated")
    # units are fractions: only what is added comes out even
    source, values = _source(connection, span, project, by, measures, subtract=False)
    sums = ", ".join(f"sum({name})" for name in measures)
    found = connection.execute(
        f"SELECT {', '.join(by)}, {sums} FROM ({source}) GROUP BY 1, 2, 3 HAVING sum(requests) ORDER BY 1, 2, 3", values
    )
    return [ModelUsage(*row) for row in found]


def by_utc_day(
    connection: sqlite3.Connection, span: Span, provider: str, project: str | None
) -> list[dict[str, object]]:
    """What one provider served, by day in UTC and its name of the model, as providers bill it."""
    where, values = within(span, {"project": project, "provider": provider})
    found = connection.execute(
        "SELECT date(CAST(timestamp AS INTEGER), 'unixepoch'), substr(model_id, instr(model_id, '/') + 1), modality, "
        "count(*), sum(status = 'error'), sum(cost_nanos IS NULL), "
        f"sum(substr(pricing_source, 1, {len(ESTIMATE)}) = '{ESTIMATE}'), coalesce(sum(cost_nanos), 0), "
        f"sum(input_units), sum(output_units) FROM requests WHERE {where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        values,
    )
    names = ("day", "model", "modality", "requests", "errors", "unpriced", "estimated", "nanos", "input_units",
             "output_units")  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in found]


def conversations(connection: sqlite3.Connection, span: Span, project: str | None) -> dict[str, object]:
    """What conversations that began in the span have cost: for each turn, and for each minute that they lasted.

    `{conversations, turns, minutes, unpriced, estimated, cost, cost_nanos, per_turn, per_turn_nanos, per_minute,
    per_minute_nanos}`; a conversation is a session with turns.
    """
    where, values = within(span, {"project": project}, "started_at")
    cursor = connection.execute(
        "SELECT count(*), coalesce(sum(turns), 0), coalesce(sum(lasted), 0), coalesce(sum(cost_nanos), 0), "
        "coalesce(sum(request_count), 0), coalesce(sum(unpriced), 0), coalesce(sum(estimated), 0) FROM ("
        "SELECT (SELECT count(*) FROM turns WHERE session_id = s.id AND +project = s.project) AS turns, "
        "ended_at - started_at AS lasted, "
        f"cost_nanos, request_count, unpriced, estimated FROM sessions s WHERE {where}) WHERE turns > 0",
        values,
    )
    count, turns, lasted, nanos, requests, unpriced, estimated = cursor.fetchone()
    amount = known(nanos, requests, unpriced)
    turn = round(amount / turns) if amount is not None and turns else None
    minute = round(amount / (lasted / 60)) if amount is not None and lasted > 0 else None
    return {
        "conversations": count,
        "turns": turns,
        "minutes": round(lasted / 60, 3),
        "unpriced": unpriced,
        "estimated": estimated,
        "cost": usd(amount) if count else None,
        "cost_nanos": amount if count else None,
        "per_turn": usd(turn),
        "per_turn_nanos": turn,
        "per_minute": usd(minute),
        "per_minute_nanos": minute,
    }


@contextlib.contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read in it is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        # nothing was written
        connection.execute("ROLLBACK")


def _in_sums(by: Sequence[str]) -> bool:
    """True when there are sums of days by these properties: of no sessions, and of keys only by project."""
    return "session" not in by and ("key" not in by or set(by) <= _BY_KEY)


def _grouped(
    connection: sqlite3.Connection, span: Span, project: str | None, by: tuple[str, ...]
) -> list[tuple[tuple[Any, ...], tuple[int, ...]]]:
    for name in by:
        if name not in BY or by.count(name) > 1:
            raise BadRequest(f'"by" is "{name[:40]}"; give some of {", ".join(BY)}, each once.', param="by")
    groups = ", ".join(str(n + 1) for n in range(len(by)))
    columns = ", ".join(f'"{name}"' for name in by)
    source, values = _source(connection, span, project, by, SUMS)
    measured = [f"sum({name})" for name in SUMS]
    if "key" in by:
        # a sum alone would leave out what is not known
        measured[SUMS.index("errors")] = "CASE WHEN count(errors) = count(*) THEN sum(errors) END"
    # of what was added and taken away again nothing is left
    found = connection.execute(
        f"SELECT {columns}, {', '.join(measured)} FROM ({source}) GROUP BY {groups} HAVING sum(requests) "
        f"ORDER BY {groups} LIMIT ?",
        (*values, MOST_ROWS + 1),
    ).fetchall()
    if len(found) > MOST_ROWS:
        raise BadRequest(
            f"This has more than {MOST_ROWS} rows: ask for a shorter time, or by fewer properties.", param="by"
        )
    width = len(by)
    return [(row[:width], row[width:]) for row in found]


def _source(
    connection: sqlite3.Connection,
    span: Span,
    project: str | None,
    by: tuple[str, ...],
    measures: tuple[str, ...],
    *,
    subtract: bool = True,
) -> tuple[str, list[Any]]:
    """A query whose rows, added up, are the sums of a span, with the columns `by` and `measures`; its parameters.

    Whole days come from the sums of days and of the periods above them, parts of days from the requests.
    """
    queries: list[str] = []
    values: list[Any] = []
    days, edges = span.split() if _in_sums(by) else (None, [span])
    for read in _read(connection, days, project, by, subtract=subtract) if days is not None else ():
        named = _sum_columns(read)
        columns = ", ".join(f'{named[name]} AS "{name}"' for name in by)
        # the rows of one day, or period, and project lie together: they are added up without sorting
        groups = f" GROUP BY {read.day}, project" if by == ("project",) else ""
        sign = "-" if read.part.sign < 0 else ""
        sums = ", ".join(f"{sign}{f'sum({name})' if groups else name} AS {name}" for name in measures)
        queries.append(
            f"SELECT {columns}, {sums} FROM {read.table} WHERE {read.day} BETWEEN ? AND ?{read.where}{groups}"
        )
        values += [read.part.low, read.part.high, *read.values]
    for edge in edges:
        where, given = within(edge, {"project": project})
        columns = ", ".join(f'{_ROW_COLUMNS[name]} AS "{name}"' for name in by)
        sums = ", ".join(f"{MEASURES[name]} AS {name}" for name in measures)
        groups = ", ".join(str(n + 1) for n in range(len(by)))
        queries.append(f"SELECT {columns}, {sums} FROM requests WHERE {where} GROUP BY {groups}")
        values += given
    return " UNION ALL ".join(queries), values


class _Read(NamedTuple):
    """Rows of sums that are read: of which table, the column of its day or period, from where to where, of whom."""

    table: str
    day: str
    part: Part
    where: str = ""
    values: tuple[str, ...] = ()
    key: str = "NULL"
    """The column of the key that they are told of; NULL: of none."""


def _sum_columns(read: _Read) -> dict[str, str]:
    """The SQL of each property of sums."""
    day = read.day
    month = f"substr({day}, 1, 4) || '-' || substr({day}, 5, 2)"
    return {**COLUMNS, "day": f"{month} || '-' || substr({day}, 7, 2)", "month": month, "key": read.key}


def _read(
    connection: sqlite3.Connection, days: tuple[int, int], project: str | None, by: tuple[str, ...], *, subtract: bool
) -> Iterator[_Read]:
    """What of the sums adds up to the days from the first to the last one."""
    one = ("", ()) if project is None else (" AND project = ?", (project,))
    if "key" in by:
        # what each key has spent; what all have spent, less that of keys, was spent without one
        yield _Read("daily_keys", "day", Part(1, *days), *one)._replace(key="key_id")
        yield _Read("daily_keys", "day", Part(-1, *days), *one)
        by = tuple(name for name in by if name != "key")
    rolled = until(connection)
    # sums of all projects together are kept for what has been added up
    together = project is None and "project" not in by
    of_periods = (" AND project = ?", (ALL,)) if together else one if project is not None else (" AND project > ''", ())
    if "day" in by or "month" in by:
        first, last = max(days[0], FIRST_DAY), days[1]
        cut = min(last, rolled) if together else first - 1
        parts = [part for part in (Part(1, first, cut), Part(1, max(first, cut + 1), last)) if part.low <= part.high]
    else:
        parts = cover(*days, rolled, subtract=subtract)
    for part in parts:
        if part.low < FIRST_DAY or (together and part.high <= rolled):
            yield _Read("period_costs", "period", part, *of_periods)
        else:
            yield _Read("daily_costs", "day", part, *one)
