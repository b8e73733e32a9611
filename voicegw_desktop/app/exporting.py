"""Files for a spreadsheet from what the window shows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr, whole_number
from voicegw_desktop.app.viewmodels.history import History, request_row, session_row
from voicegw_desktop.core.money import exact
from voicegw_desktop.core.replacing import replacing
from voicegw_desktop.core.text import spreadsheet_cell
from voicegw_desktop.core.typed import records

REQUESTS = (
    "id", "timestamp", "modality", "model_id", "provider", "project", "session_id", "status", "ttfb_ms",
    "total_latency_ms", "cost_usd", "pricing_source", "fallback_from", "wanted", "wire", "key_id", "error_message",
)  # fmt: skip
SESSIONS = (
    "id", "started_at", "ended_at", "project", "request_count", "errors", "modalities", "cost_usd", "unpriced",
)  # fmt: skip
MOST = 1000  # rows of one answer


async def export_rows(actions: Actions, history: History, path: Path) -> None:
    """Write every stored row that fits the history's filters, page by page, and say how many there were."""
    filters, kind = history.filters, history.kind
    columns, make = (REQUESTS, request_row) if kind == "logs" else (SESSIONS, session_row)
    params = {**filters.params(kind), "limit": MOST}
    written = 0
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        while True:
            answer = await actions.host.call(kind, **params)
            rows = [row for row in records(answer.get(kind)) if filters.fits(make(row))]
            writer.writerows(cells(row, columns) for row in rows)
            written += len(rows)
            if not answer.get("next"):
                break
            params["before"] = answer["next"]
    actions.said(tr("{written} rows written", written=whole_number(written)))


def cells(row: Mapping[str, Any], columns: Sequence[str]) -> list[object]:
    """The row's values; dollars as exact text, nothing for a cost that is not known."""
    nanos = row.get("cost_nanos")
    told = {**row, "cost_usd": None if nanos is None else exact(nanos)}
    return [_cell(told.get(name)) for name in columns]


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows that are at hand."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(cells(row, columns) for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    return spreadsheet_cell(value) if isinstance(value, str) else value
