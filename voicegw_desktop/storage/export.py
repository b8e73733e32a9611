"""Stored requests and turns as lines of CSV or JSON, made by SQLite, without a Python object for each value.

`plan` cuts a span into parts, `lines` writes one of them: several threads work at once, because Python's lock is
released while SQLite works. Times are local; a part lies within one local day and one offset from UTC.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from voicegw_desktop.core.money import NANOS_PER_USD
from voicegw_desktop.core.text import FORMULAS, escaped_json, spreadsheet_cell
from voicegw_desktop.storage.days import Span, day_bounds
from voicegw_desktop.storage.queries import within
from voicegw_desktop.storage.records import COLUMNS as REQUESTS
from voicegw_desktop.storage.records import ESTIMATE
from voicegw_desktop.storage.turns import COLUMNS as TURNS

Form = Literal["csv", "jsonl"]
Kind = Literal["text", "number", "moment", "whole", "usd", "time", "flag", "object", "list"]
"""`number`: what was measured, with 15 digits; a `moment` has 17, so that it is the stored one to the last bit."""
ROWS = 10_000
"""Rows of one part, when their times differ."""
CRLF = "\r\n"  # what ends a line of CSV


@dataclass(frozen=True, slots=True)
class Source:
    """A table that can be exported: where its rows' time is, and the columns of the export with their kinds."""

    table: str
    time: str
    columns: Mapping[str, tuple[Kind, str]]
    """Name in the export → its kind, and the SQL of its value: for `usd` nano-dollars."""

    def header(self) -> str:
        """The first line of CSV."""
        return ",".join(self.columns) + CRLF


_NUMBERS = frozenset({"input_units", "output_units", "speech_s", "audio_s"})
_WHOLE = frozenset(
    {"cost_nanos", "revision", "utterances", "false_starts", "tool_calls", "errors", "fallbacks", "unpriced"}
)
_OTHERS: Mapping[str, Kind] = {
    "timestamp": "moment", "started_at": "moment", "metadata": "object", "recorded": "flag", "requests": "list"
}  # fmt: skip


def _column(name: str) -> tuple[Kind, str]:
    if name in _WHOLE:
        return "whole", name
    return ("number" if name in _NUMBERS or name.endswith("_ms") else _OTHERS.get(name, "text")), name


def _columns(time: str, names: tuple[str, ...], nanos: str) -> dict[str, tuple[Kind, str]]:
    """The time, the stored columns but for the cost, and the cost in dollars and as it is stored."""
    stored = {name: _column(name) for name in names if name != "cost_nanos"}
    return {"time": ("time", time), **stored, "cost_usd": ("usd", nanos), "cost_nanos": ("whole", nanos)}


_TURN_COST = "CASE WHEN unpriced > 0 AND unpriced >= json_array_length(requests) THEN NULL ELSE cost_nanos END"
"""SQL for a turn's cost, as `money.known` defines it."""
SOURCES: Mapping[str, Source] = {
    "requests": Source(
        "requests",
        "timestamp",
        {
            **_columns("timestamp", REQUESTS, "cost_nanos"),
            "estimated": ("flag", f"substr(pricing_source, 1, {len(ESTIMATE)}) = '{ESTIMATE}'"),
        },
    ),
    "turns": Source("turns", "started_at", _columns("started_at", TURNS, _TURN_COST)),
}


class Part(NamedTuple):
    """Rows from `start` until before `end` (Unix seconds), all of one local day with one offset from UTC."""

    start: float
    end: float
    day: str
    """The row's date, as in 2026-01-31T."""
    zero: float
    """The moment at which a clock that shows this offset would have shown midnight."""
    offset: str
    """The offset from UTC, as in +02:00."""


def plan(connection: sqlite3.Connection, source: Source, span: Span, project: str | None) -> list[Part]:
    """The parts of a span, newest first, without those in which nothing is."""

    def before(end: float | None, start: float | None, skipped: int) -> float | None:
        """The time of the last row but `skipped` between two moments."""
        # one limit on each side: SQLite would step over all rows between two limits on one side
        where, values = within(Span("part", start, end), {"project": project}, source.time)
        found = connection.execute(
            f"SELECT {source.time} FROM {source.table} WHERE {where} ORDER BY {source.time} DESC LIMIT 1 OFFSET ?",
            (*values, skipped),
        ).fetchone()
        return None if found is None else float(found[0])

    found: list[Part] = []
    end = span.end
    while (last := before(end, span.start, 0)) is not None:
        start, until, day, zero, offset = _stretch(last)
        start = start if span.start is None else max(start, span.start)
        end = until if end is None else min(end, until)
        while end > start:
            full = before(end, start, ROWS - 1)
            begin = start if full is None else full
            found.append(Part(begin, end, day, zero, offset))
            end = begin
    return found


def _stretch(at: float) -> Part:
    """The time around a moment, in which day and offset from UTC are the same."""
    _, start, end = day_bounds(at)
    offset = _offset(at)
    if _offset(start) != _offset(end - 1):
        # the clocks are changed on that day, at a full second
        low, high = int(start), int(end)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(middle) == _offset(start) else (low, middle)
        start, end = (start, high) if at < high else (high, end)
    local = datetime.fromtimestamp(int(start)).astimezone()
    zero = int(start) - (local.hour * 3600 + local.minute * 60 + local.second)
    return Part(start, end, f"{local:%Y-%m-%d}T", zero, offset)


def _offset(at: float) -> str:
    return datetime.fromtimestamp(int(at)).astimezone().isoformat()[19:]


def lines(connection: sqlite3.Connection, source: Source, form: Form, part: Part, project: str | None) -> bytes:
    """The rows of a part as UTF-8, newest first; none of them has a line break in it."""
    # one value from SQLite, which works without Python's lock until it is whole
    end = "char(13, 10)" if form == "csv" else "char(10)"
    sql, values = _rows(source, form, part, project)
    found = connection.execute(f"SELECT CAST(group_concat(line, {end}) || {end} AS BLOB) FROM ({sql})", values)
    whole: bytes = found.fetchone()[0] or b""
    if form == "jsonl" and (b"\x7f" in whole or not whole.isascii()):
        return escaped_json(whole.decode()).encode()
    if form == "csv" and _risky(whole):
        # every row again, as the list in JSON that it is made from
        texts = [kind in ("text", "object", "list") for kind, _ in source.columns.values()]
        sql, values = _rows(source, "json", part, project)
        return "".join(_line(row, texts) for (row,) in connection.execute(sql, values)).encode()
    return whole


def _rows(
    source: Source, form: Form | Literal["json"], part: Part, project: str | None
) -> tuple[str, tuple[object, ...]]:
    """The SQL of a part's lines, newest first, and its values."""
    where, values = within(Span("part", part.start, part.end), {"project": project}, source.time)
    # ?1 to ?3 are in the row's time
    sql = f"SELECT {_row(source, form)} AS line FROM {source.table} WHERE {where} ORDER BY {source.time} DESC"
    return sql, (part.day, part.zero, part.offset, *values)


def _row(source: Source, form: Form | Literal["json"]) -> str:
    """The SQL of one line: a JSON object, a list of cells in JSON, or that list with its quotation marks as in CSV."""
    if form == "jsonl":
        pairs = (f"'{name}', {_member(*column)}" for name, column in source.columns.items())
        return f"json_object({', '.join(pairs)})"
    cells = f"json_array({', '.join(_cell(*column) for column in source.columns.values())})"
    # the first cell is a time, the last a number or a flag: what is cut off is not theirs
    return cells if form == "json" else f"replace(trim({cells}, '[]'), '\\\"', '\"\"')"


def _cell(kind: Kind, value: str) -> str:
    if kind == "flag":
        return f"CASE WHEN {value} THEN 'true' ELSE 'false' END"
    if kind == "list":
        return f"ifnull((SELECT group_concat(value, ' ') FROM json_each({value})), '')"
    text = _text(kind, value)
    return text if kind in ("time", "moment") else f"ifnull({text}, '')"


def _member(kind: Kind, value: str) -> str:
    if kind == "flag":
        return f"CASE WHEN {value} THEN json('true') ELSE json('false') END"
    if kind == "moment":
        return f"json({_text(kind, value)})"
    if kind == "object":
        return f"json(ifnull({value}, '{{}}'))"
    return _cell(kind, value) if kind == "list" else _text(kind, value)


def _text(kind: Kind, value: str) -> str:
    """The SQL of a value as a text; of a number or a text, the value itself.

    A function or condition more for each number makes an export longer by a tenth.
    """
    if kind == "moment":
        return f"printf('%!.17g', {value})"
    if kind == "usd":
        # as `money.exact` writes it
        dollars, rest = f"({value} / {NANOS_PER_USD})", f"{value} % {NANOS_PER_USD}"
        digits = f"rtrim(printf('%d.%09d', {dollars}, {rest}), '0')"
        return f"CASE WHEN {rest} = 0 THEN {dollars} || '.0' WHEN {rest} <> 0 THEN {digits} END"
    if kind == "time":
        # cut off and not rounded: the end of a day stays in it
        seconds, micros = f"CAST({value} - ?2 AS INTEGER)", f"CAST(({value} - ?2) * 1e6 AS INTEGER) % 1000000"
        return f"?1 || time({seconds}, 'unixepoch') || '.' || substr(1000000 + {micros}, 2) || ?3"
    return value


_FORMULA = re.compile(f',"[ {"".join(re.escape(sign) for sign in sorted(FORMULAS) if sign.isascii())}]'.encode())


def _risky(text: bytes) -> bool:
    """True when a cell may hold what must not stand in it as it is: an escape, a control character, a formula."""
    return b"\\" in text or not text.isascii() or b"\x7f" in text or _FORMULA.search(text) is not None


def _line(row: str, texts: list[bool]) -> str:
    """A list of cells in JSON as a line of CSV. `texts`: which cells are texts of whatever kind."""
    cells: list[object] = json.loads(row)
    out = io.StringIO()
    csv.writer(out, lineterminator=CRLF, quoting=csv.QUOTE_NONNUMERIC).writerow(
        spreadsheet_cell(cell) if text and isinstance(cell, str) else cell
        for cell, text in zip(cells, texts, strict=True)
    )
    return out.getvalue()
