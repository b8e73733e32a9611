"""Files for a spreadsheet or a program: the costs of a period, and every stored request of it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.terminal import say_json
from voicegw_desktop.core.money import exact
from voicegw_desktop.core.text import spreadsheet_cell
from voicegw_desktop.core.typed import Record, is_record, record, records
from voicegw_desktop.storage.records import COLUMNS, is_estimate, to_nanos

PAGE = 1000  # requests asked for at a time
GROUPS = ("provider", "model", "project", "modality")
REQUEST_COLUMNS = ("time", *(name for name in COLUMNS if name != "cost_nanos"), "cost_usd", "cost_nanos", "estimated")


def export_costs(options: Options) -> int:
    """CSV (or JSON) of the costs of a period: a row for each provider, model, project and modality, or as `by` says."""
    from voicegw_desktop.gateway.operations import OPERATIONS

    operation = OPERATIONS["costs"]
    costs = asyncio.run(_ask("costs", operation.take(_given(options, ("period", "from", "to", "project", "by")))))
    with _output(options) as out:
        if options.json:
            say_json(costs, file=out)
            return 0
        writer = csv.writer(out)
        if costs.get("rows") is not None:
            rows = records(costs["rows"])
            by = [name for name in (rows[0] if rows else {}) if name not in _SUMS and name != "cost"]
            writer.writerow((*by, *_SUMS))
            for row in rows:
                writer.writerow((*(spreadsheet_cell(str(row[name] or "")) for name in by), *_sums(row)))
            return 0
        writer.writerow(("period", "group", "name", *_SUMS))
        for group in GROUPS:
            for name, entry in record(costs.get(f"by_{group}")).items():
                writer.writerow((costs["period"], group, spreadsheet_cell(str(name)), *_sums(entry)))
    return 0


_SUMS = ("cost_usd", "cost_nanos", "requests", "unpriced", "estimated")


def _sums(entry: object) -> tuple[object, ...]:
    """The values of `_SUMS`: dollars as exact text, and nothing in the place of a cost that is not known."""
    told = entry if is_record(entry) else {"cost": entry}
    nanos, cost = told.get("cost_nanos"), told.get("cost")
    if not isinstance(nanos, int):
        nanos = to_nanos(cost) if isinstance(cost, int | float | str) else None
    counts = (told.get(name, "") for name in _SUMS[2:])
    return (exact(nanos), "" if nanos is None else nanos, *counts)


def export_requests(options: Options) -> int:
    """CSV or JSON Lines of every stored request of a period, newest first."""
    given = _given(options, ("period", "from", "to", "project"))
    return asyncio.run(_export_requests(options, given))


async def _export_requests(options: Options, given: Record) -> int:
    from voicegw_desktop.gateway.operations import OPERATIONS

    params: Record = {**given, "limit": PAGE}
    lines = options.json or options.format == "jsonl"
    with _output(options) as out:
        writer = None if lines else csv.writer(out)
        if writer is not None:
            writer.writerow(REQUEST_COLUMNS)
        while True:
            page = await _ask("logs", OPERATIONS["logs"].take(params))
            for row in records(page["logs"]):
                told = _request(row)
                if writer is None:
                    out.write(json.dumps(told) + "\n")
                else:
                    writer.writerow(_cell(told[name]) for name in REQUEST_COLUMNS)
            if page["next"] is None:
                return 0
            params["before"] = page["next"]


def _request(row: Record) -> Record:
    """A stored request with its local time, and dollars as exact text; None where the price is not known."""
    nanos, at = row["cost_nanos"], row["timestamp"]
    told = {
        **row,
        "time": datetime.fromtimestamp(at).astimezone().isoformat() if isinstance(at, int | float) else "",
        "cost_usd": exact(nanos) if isinstance(nanos, int) else None,
        "estimated": is_estimate(row["pricing_source"]),
    }
    return {name: told[name] for name in REQUEST_COLUMNS}


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if is_record(value):
        value = json.dumps(value) if value else ""
    return spreadsheet_cell(value) if isinstance(value, str) else value


def _given(options: Options, names: tuple[str, ...]) -> Record:
    given: Record = vars(options)
    return {name: value for name in names if (value := given.get(name))}


async def _ask(name: str, params: Record) -> Mapping[str, object]:
    from voicegw_desktop.cli import operate
    from voicegw_desktop.gateway.operations import OPERATIONS

    return await operate.ask(OPERATIONS[name], params)


@contextlib.contextmanager
def _output(options: Options) -> Iterator[TextIO]:
    if not options.output:
        yield sys.stdout
        return
    with Path(options.output).open("w", newline="", encoding="utf-8") as file:
        yield file


def export_costs_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `voicegw export-costs`."""
    _period_arguments(parser)
    parser.add_argument("--by", metavar="A,B", help="a row for each combination, such as day,project,model,key")


def export_requests_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `voicegw export-requests`."""
    _period_arguments(parser)
    parser.add_argument("--format", choices=("csv", "jsonl"), default="csv")


def _period_arguments(parser: argparse.ArgumentParser) -> None:
    from voicegw_desktop.storage.days import PERIODS

    parser.add_argument("--period", metavar="PERIOD", choices=PERIODS, help=", ".join(PERIODS))
    parser.add_argument("--from", metavar="MOMENT", help="a day (2026-01-31), month (2026-01), time, or age (7d)")
    parser.add_argument("--to", metavar="MOMENT", help="a day or month named is included")
    parser.add_argument("--project")
    parser.add_argument("-o", "--output", help="a file; none: standard output")
