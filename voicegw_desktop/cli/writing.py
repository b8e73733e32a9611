"""Rows into a file: CSV, JSON Lines or Parquet."""

from __future__ import annotations

import contextlib
import csv
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from voicegw_desktop.cli.options import Options
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.install import command
from voicegw_desktop.core.replacing import replacing
from voicegw_desktop.core.text import spreadsheet_cell
from voicegw_desktop.core.typed import Record, is_record

if TYPE_CHECKING:
    import pyarrow

FORMATS = ("csv", "jsonl", "parquet")
Write = Callable[[Sequence[Record]], None]
"""Takes some rows, each with every column."""
WHOLE = frozenset({"cost_nanos", "requests", "unpriced", "estimated", "revision", "utterances", "false_starts",
                   "tool_calls", "errors", "fallbacks"})  # fmt: skip
"""Columns of whole numbers in Parquet, where they hold any."""
PLACES = 9  # decimal places of a cost in US dollars


@contextlib.contextmanager
def writing(options: Options, columns: Sequence[str]) -> Iterator[Write]:
    """A function that writes rows in the format of the options; JSON Lines, too, when the answer is to be JSON."""
    if options.format == "parquet":
        with _parquet(options, columns) as write:
            yield write
        return
    with output(options) as out:
        if options.json or options.format == "jsonl":
            yield lambda rows: out.writelines(json.dumps(row) + "\n" for row in rows)
            return
        writer = csv.writer(out)
        writer.writerow(columns)
        yield lambda rows: writer.writerows([_cell(row[name]) for name in columns] for row in rows)


@contextlib.contextmanager
def output(options: Options) -> Iterator[TextIO]:
    """The file that the options name, which is replaced at the end, else standard output."""
    if not options.output:
        yield sys.stdout
        return
    with replacing(Path(options.output)) as part, part.open("w", newline="", encoding="utf-8") as file:
        yield file


def needs_parquet(options: Options) -> str:
    """The file to write Parquet to. Raises BadRequest when there is none, or the package for it is not installed."""
    try:
        for package in ("pyarrow", "pyarrow.parquet"):
            importlib.import_module(package)
    except ImportError as error:
        raise BadRequest(
            f"Parquet needs the package pyarrow, which is not installed: {command('parquet')}. CSV and JSON Lines need "
            "none.",
            param="format",
        ) from error
    if not isinstance(options.output, str) or not options.output:
        raise BadRequest("Parquet is written to a file only: give -o FILE.", param="output")
    return options.output


@contextlib.contextmanager
def _parquet(options: Options, columns: Sequence[str]) -> Iterator[Write]:
    wanted = Path(needs_parquet(options))
    import pyarrow
    import pyarrow.parquet

    schema: pyarrow.Schema | None = None
    with replacing(wanted) as part, contextlib.ExitStack() as stack:
        writer: pyarrow.parquet.ParquetWriter | None = None

        def write(rows: Sequence[Record]) -> None:
            nonlocal schema, writer
            if schema is None or writer is None:
                schema = _schema(columns, rows)
                writer = stack.enter_context(pyarrow.parquet.ParquetWriter(str(part), schema))
            writer.write_table(pyarrow.Table.from_pylist([_typed(row, schema) for row in rows], schema=schema))

        yield write
        if writer is None:
            write([])


def _schema(columns: Sequence[str], rows: Sequence[Record]) -> pyarrow.Schema:
    """Dollars as exact decimals, times and amounts as numbers, everything else as text."""
    import pyarrow

    kinds = []
    for name in columns:
        values = [row[name] for row in rows if row[name] is not None]
        if name == "cost_usd":
            kind = pyarrow.decimal128(38, PLACES)
        elif values and all(isinstance(value, bool) for value in values):
            kind = pyarrow.bool_()
        elif name in WHOLE and all(isinstance(value, int) for value in values):
            kind = pyarrow.int64()
        elif name == "timestamp" or name.endswith(("_ms", "_units", "_s", "_at")):
            kind = pyarrow.float64()
        else:
            kind = pyarrow.string()
        kinds.append((name, kind))
    return pyarrow.schema(kinds)


def _typed(row: Record, schema: pyarrow.Schema) -> Record:
    import pyarrow

    found: Record = {}
    for field in schema:
        value = row[field.name]
        if value is not None and pyarrow.types.is_decimal(field.type):
            value = Decimal(str(value)).quantize(Decimal(1).scaleb(-PLACES))
        elif value is not None and pyarrow.types.is_string(field.type) and not isinstance(value, str):
            value = json.dumps(value)
        found[field.name] = value
    return found


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if is_record(value):
        value = json.dumps(value) if value else ""
    return spreadsheet_cell(value) if isinstance(value, str) else value
