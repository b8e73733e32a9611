"""What requests of a span have cost, by any of their properties: from sums of days, else from the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.money import known
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.queries import within
from voicegw_desktop.storage.records import ESTIMATE, usd
from voicegw_desktop.storage.retention import requests_since

COLUMNS = {"provider": "provider", "model": "model_id", "project": "project", "modality": "modality"}
"""By what the sums of a day are kept."""
BY = (*COLUMNS, "day", "key", "session")
"""By what costs can be asked."""
MOST_ROWS = 50_000
"""Rows of one answer; a sum that leaves some out would be wrong."""

_DAY_SUMS = "coalesce(sum(cost_nanos), 0), sum(requests), sum(unpriced), sum(estimated)"
_ROW_SUMS = (
    "coalesce(sum(cost_nanos), 0), count(*), sum(cost_nanos IS NULL), "
    f"sum(substr(pricing_source, 1, {len(ESTIMATE)}) = '{ESTIMATE}')"
)
_DAY_COLUMN = "substr(day, 1, 4) || '-' || substr(day, 5, 2) || '-' || substr(day, 7, 2)"
_ROW_COLUMNS = {
    **COLUMNS,
    "day": "date(CAST(timestamp AS INTEGER), 'unixepoch', 'localtime')",
    "key": "key_id",
    "session": "session_id",
}


def told(sums: Sequence[int]) -> dict[str, object]:
    """`{cost, cost_nanos, requests, unpriced, estimated}`; a cost of which nothing is known is None, never 0.

    A sum whose requests are `unpriced` in part is that of the others.
    """
    nanos, requests, unpriced, estimated = sums
    amount = known(nanos, requests, unpriced)
    return {
        "cost": usd(amount),
        "cost_nanos": amount,
        "requests": requests,
        "unpriced": unpriced,
        "estimated": estimated,
    }


def cost_summary(
    connection: sqlite3.Connection, span: Span, project: str | None, by: Sequence[str] = ()
) -> dict[str, object]:
    """`{period, from, to, project, total, total_nanos, requests, unpriced, estimated, by_provider, …}`.

    `by_provider`, `by_model`, `by_project` and `by_modality` map a name to `told`. With `by`, `rows` has one entry for
    each combination of these properties, such as day and model. `unpriced` requests are in no sum. Raises BadRequest
    for a property that is not one of BY, and for more than MOST_ROWS rows. Sums of whole days are kept for ever; what
    must be added up from single requests lacks those before `details_since`, which were removed for their age.
    """
    groups: list[dict[str, list[int]]] = [{}, {}, {}, {}]
    total = [0, 0, 0, 0]
    for names, sums in _grouped(connection, span, project, tuple(COLUMNS)):
        total = [a + b for a, b in zip(total, sums, strict=True)]
        for group, name in zip(groups, names, strict=True):
            group[name] = [a + b for a, b in zip(group.get(name, (0, 0, 0, 0)), sums, strict=True)]
    summed = told(total)
    answer = {
        "period": span.name,
        "from": span.start,
        "to": span.end,
        "project": project,
        "total": summed["cost"],
        "total_nanos": summed["cost_nanos"],
        **{name: summed[name] for name in ("requests", "unpriced", "estimated")},
    }
    from_rows = span.days is None or {"key", "session"} & set(by)
    answer["details_since"] = requests_since(connection, span) if from_rows else None
    for name, group in zip(COLUMNS, groups, strict=True):
        answer[f"by_{name}"] = {value: told(sums) for value, sums in group.items()}
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
    """As provider/model."""
    requests: int
    unpriced: int
    """Of the requests, those whose price is not known."""
    cost_nanos: int
    input_units: float
    """Seconds of audio, tokens or characters, by modality."""
    output_units: float
    errors: int


def usage(connection: sqlite3.Connection, span: Span, project: str | None) -> list[ModelUsage]:
    """What each model was used for."""
    if (days := span.days) is not None:
        found = connection.execute(
            "SELECT modality, provider, model_id, sum(requests), sum(unpriced), sum(cost_nanos), sum(input_units), "
            "sum(output_units), sum(errors) FROM daily_costs WHERE day BETWEEN ? AND ? AND (? IS NULL OR project = ?) "
            "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            (*days, project, project),
        )
    else:
        where, values = within(span, {"project": project})
        found = connection.execute(
            "SELECT modality, provider, model_id, count(*), sum(cost_nanos IS NULL), coalesce(sum(cost_nanos), 0), "
            "sum(input_units), sum(output_units), sum(status = 'error') "
            f"FROM requests WHERE {where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            values,
        )
    return [ModelUsage(*row) for row in found]


def _grouped(
    connection: sqlite3.Connection, span: Span, project: str | None, by: tuple[str, ...]
) -> list[tuple[tuple[Any, ...], tuple[int, ...]]]:
    for name in by:
        if name not in BY or by.count(name) > 1:
            raise BadRequest(f'"by" is "{name[:40]}"; give some of {", ".join(BY)}, each once.', param="by")
    groups = ", ".join(str(n + 1) for n in range(len(by)))
    days = span.days
    if days is not None and not {"key", "session"} & set(by):
        columns = ", ".join({**COLUMNS, "day": _DAY_COLUMN}[name] for name in by)
        found = connection.execute(
            f"SELECT {columns}, {_DAY_SUMS} FROM daily_costs WHERE day BETWEEN ? AND ? AND (? IS NULL OR project = ?) "
            f"GROUP BY {groups} ORDER BY {groups} LIMIT ?",
            (*days, project, project, MOST_ROWS + 1),
        ).fetchall()
    else:
        # keys and sessions are not in the sums of a day, nor are parts of a day
        where, values = within(span, {"project": project})
        columns = ", ".join(_ROW_COLUMNS[name] for name in by)
        found = connection.execute(
            f"SELECT {columns}, {_ROW_SUMS} FROM requests WHERE {where} GROUP BY {groups} ORDER BY {groups} LIMIT ?",
            (*values, MOST_ROWS + 1),
        ).fetchall()
    if len(found) > MOST_ROWS:
        raise BadRequest(
            f"This has more than {MOST_ROWS} rows: ask for a shorter time, or by fewer properties.", param="by"
        )
    return [(row[: len(by)], row[len(by) :]) for row in found]
