"""Files for a spreadsheet or a program: costs of a period, every stored request and turn of it, a month's invoice."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.terminal import say_json
from voicegw_desktop.cli.writing import FORMATS, needs_parquet, output, writing
from voicegw_desktop.core.money import exact
from voicegw_desktop.core.replacing import direct, replacing
from voicegw_desktop.core.typed import Record, is_record, record, records
from voicegw_desktop.storage.export import SOURCES
from voicegw_desktop.storage.records import to_nanos

PAGE = 1000  # rows written to Parquet at a time
GROUPS = ("provider", "model", "project", "modality")


def export_costs(options: Options) -> int:
    """The costs of a period: a row for each provider, model, project and modality, or as `by` says."""
    from voicegw_desktop.gateway.operations import OPERATIONS

    operation = OPERATIONS["costs"]
    costs = asyncio.run(_ask("costs", operation.take(_given(options, ("period", "from", "to", "project", "by")))))
    if options.json:
        with output(options) as out:
            say_json(costs, file=out)
        return 0
    if costs.get("rows") is not None:
        asked = records(costs["rows"])
        by = [name for name in (asked[0] if asked else {}) if name not in _SUMS and name != "cost"]
        columns, rows = (*by, *_SUMS), [{**{name: row[name] or "" for name in by}, **_sums(row)} for row in asked]
    else:
        columns = ("period", "group", "name", *_SUMS)
        rows = [
            {"period": costs["period"], "group": group, "name": name, **_sums(entry)}
            for group in GROUPS
            for name, entry in record(costs.get(f"by_{group}")).items()
        ]
    with writing(options, columns) as write:
        write(rows)
    return 0


_SUMS = ("cost_usd", "cost_nanos", "requests", "unpriced", "estimated", "errors")


def _sums(entry: object) -> Record:
    """The values of `_SUMS`: dollars as exact text, and nothing in the place of a cost that is not known."""
    told = entry if is_record(entry) else {"cost": entry}
    nanos, cost = told.get("cost_nanos"), told.get("cost")
    if not isinstance(nanos, int):
        nanos = to_nanos(cost) if isinstance(cost, int | float | str) else None
    return {
        "cost_usd": None if nanos is None else exact(nanos),
        "cost_nanos": nanos,
        **{name: told.get(name) for name in _SUMS[2:]},
    }


def export_requests(options: Options) -> int:
    """Every stored request of a period, newest first."""
    return _export(options, "requests")


def export_turns(options: Options) -> int:
    """Every stored turn of a period, newest first."""
    return _export(options, "turns")


def export_invoice(options: Options) -> int:
    """A page (HTML) or a table (CSV) of what a project is charged for a month."""
    from voicegw_desktop.gateway.operations import OPERATIONS
    from voicegw_desktop.pricing.invoice_page import as_csv, as_html

    given = _given(options, ("project", "month", "markup", "currency", "rate"))
    found = asyncio.run(_ask("invoice", OPERATIONS["invoice"].take(given)))
    with output(options) as out:
        if options.json:
            say_json(found, file=out)
        else:
            out.write(as_html(found) if options.format == "html" else as_csv(found))
    return 0


def _export(options: Options, rows: str) -> int:
    """Have the rows written to a file of their own, which then becomes the one asked for, or standard output."""
    from voicegw_desktop.gateway.operations import OPERATIONS

    parquet = options.format == "parquet"
    wanted = Path(options.output).absolute() if options.output else None
    form = "jsonl" if parquet or options.json else options.format
    params: Record = {**_given(options, ("period", "from", "to", "project")), "rows": rows, "form": form}
    if parquet:
        needs_parquet(options)
    if wanted is not None and not parquet and not direct(wanted):
        with replacing(wanted) as part:
            asyncio.run(_ask("export", OPERATIONS["export"].take({**params, "file": str(part)})))
        return 0
    # beside the Parquet file asked for: the disk with room for it
    beside = wanted.parent if wanted is not None and parquet and wanted.parent.is_dir() else None
    with tempfile.TemporaryDirectory(dir=beside) as folder:
        made = Path(folder) / rows
        asyncio.run(_ask("export", OPERATIONS["export"].take({**params, "file": str(made)})))
        if parquet:
            with made.open(encoding="utf-8") as file, writing(options, tuple(SOURCES[rows].columns)) as write:
                while lines := list(islice(file, PAGE)):
                    write([json.loads(line) for line in lines])
        else:
            with made.open(encoding="utf-8", newline="") as file, output(options) as out:
                shutil.copyfileobj(file, out)
    return 0


def _given(options: Options, names: tuple[str, ...]) -> Record:
    given: Record = vars(options)
    return {name: value for name in names if (value := given.get(name))}


async def _ask(name: str, params: Record) -> Mapping[str, object]:
    from voicegw_desktop.cli import operate
    from voicegw_desktop.gateway.operations import OPERATIONS

    return await operate.ask(OPERATIONS[name], params)


def export_costs_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `voicegw export-costs`."""
    export_rows_arguments(parser)
    parser.add_argument("--by", metavar="A,B", help="a row for each combination, such as day,project,model,key")


def export_rows_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `voicegw export-requests` and `export-turns`."""
    _period_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, default="csv", help="csv, jsonl, or parquet (a package's extra)")


def export_invoice_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `voicegw export-invoice`."""
    parser.add_argument("--project", help="none: the default project")
    parser.add_argument("--month", metavar="YYYY-MM", help="none: the last whole month")
    parser.add_argument("--markup", metavar="PERCENT", help="on top of the cost")
    parser.add_argument("--currency", metavar="CODE", help="three letters; none: USD")
    parser.add_argument("--rate", metavar="N", help="how much of the currency a US dollar is")
    parser.add_argument("--format", choices=("html", "csv"), default="html")
    parser.add_argument("-o", "--output", help="a file; none: standard output")


def _period_arguments(parser: argparse.ArgumentParser) -> None:
    from voicegw_desktop.storage.days import PERIODS

    parser.add_argument("--period", metavar="PERIOD", choices=PERIODS, help=", ".join(PERIODS))
    parser.add_argument("--from", metavar="MOMENT", help="a day (2026-01-31), month (2026-01), year, time, or age (7d)")
    parser.add_argument("--to", metavar="MOMENT", help="a day, month or year named is included")
    parser.add_argument("--project")
    parser.add_argument("-o", "--output", help="a file; none: standard output")
