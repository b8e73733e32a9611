"""Exported rows are those that a scan finds, value for value, with any content and over changes of the clock."""

from __future__ import annotations

import csv
import io
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import record
from tests.support.unsafe import steers
from voicegw_desktop.core.money import exact
from voicegw_desktop.core.text import spreadsheet_cell
from voicegw_desktop.core.typed import whole
from voicegw_desktop.storage import export
from voicegw_desktop.storage.days import Span
from voicegw_desktop.storage.export import SOURCES
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be changed here"),
]

ALL = Span("all")
SUMMER = 1_774_746_000.0  # 29 March 2026, 01:00 UTC: the clocks of Europe go forward
WINTER = 1_792_890_000.0  # 25 October 2026, 01:00 UTC: back
ODD = ["", "=1+1", " @x", "a,b", 'say "x"', "one\ntwo\r\n", "Grüße", "\u202eback", "＝1", "\\", '\\"', '[]"],["', "-5",
       "\x7f", "🙂", "a\tb", "]"]  # fmt: skip


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def into(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield into
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(tmp_path / "voicegw.db")
    yield storage
    await storage.aclose()


async def exported(
    storage: SQLiteStorage,
    form: export.Form,
    span: Span = ALL,
    project: str | None = None,
    rows: str = "requests",
) -> list[dict[str, Any]]:
    file = io.BytesIO()
    count = await storage.export(SOURCES[rows], form, span, project, file)
    text = file.getvalue().decode()
    if form == "csv":
        found: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(text, newline="")))
        assert text.count("\r\n") == text.count("\n") == count + 1
    else:
        found = [json.loads(line) for line in text.splitlines()]
    assert len(found) == count
    return found


def some_records(chance: random.Random, around: float, count: int) -> list[RequestRecord]:
    def number() -> float | None:
        return chance.choice([None, 0.0, 7.0, 0.1, 1e-9, 1e300, chance.random() * 1000, round(chance.random() * 9, 2)])

    return [
        record(
            id=f"r{n}",
            timestamp=around + chance.uniform(-130_000, 130_000),
            project=chance.choice(["one", "two"]),
            wanted=chance.choice([None, *ODD]),
            error_message=chance.choice([None, *ODD]),
            metadata=chance.choice([{}, {"text": chance.choice(ODD), "n": [1, None, 0.5]}]),
            cost_nanos=chance.choice([None, 0, 5, 10**9, 10**12 + 7, chance.randrange(10**10)]),
            pricing_source=chance.choice(["catalogue 2026-01-01", "estimate catalogue"]),
            input_units=number() or 0.0,
            ttfb_ms=number(),
            total_latency_ms=number(),
            gateway_ms=number(),
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("around", [SUMMER, WINTER])
@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
async def test_every_value_is_that_of_the_record(
    storage: SQLiteStorage, zone: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str, around: float
) -> None:
    zone(name)
    monkeypatch.setattr(export, "ROWS", 40)
    stored = {r.id: r for r in some_records(random.Random(name), around, 300)}
    await storage.log_requests(list(stored.values()))
    found = await exported(storage, "jsonl")
    assert {row["id"] for row in found} == set(stored)
    assert [row["timestamp"] for row in found] == sorted((r.timestamp for r in stored.values()), reverse=True)
    cells = {row["id"]: row for row in await exported(storage, "csv")}
    for row in found:
        kept = stored[row["id"]]
        nanos = kept.cost_nanos
        wanted = {**kept.to_dict(), "cost_usd": None if nanos is None else exact(nanos), "estimated": kept.estimated}
        moment = datetime.fromisoformat(row["time"])
        assert abs(moment.timestamp() - kept.timestamp) < 2e-6
        assert moment.utcoffset() == datetime.fromtimestamp(kept.timestamp).astimezone().utcoffset()
        for column, value in wanted.items():
            # measured values have 15 digits; moments and money are exact
            measured = isinstance(value, float) and column != "timestamp"
            assert row[column] == (pytest.approx(value, rel=1e-14, abs=0) if measured else value)
        assert row.keys() - {"time"} == wanted.keys()
        assert list(row) == list(cells[kept.id]) == list(SOURCES["requests"].columns)
        for column, cell in cells[kept.id].items():
            value = row[column]
            if isinstance(value, float):
                assert float(cell) == value
            elif column == "metadata":
                assert cell == "" if not value else cell.startswith("{")
            else:
                text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                assert cell == spreadsheet_cell(text)


async def test_plain_rows_and_odd_ones_look_alike(storage: SQLiteStorage) -> None:
    await storage.log_requests([record(id="a", metadata={"n": 1})])
    (plain,) = await exported(storage, "csv")
    file = io.BytesIO()
    await storage.export(SOURCES["requests"], "csv", Span("all"), None, file)
    await storage.log_requests([record(id="b", wanted="=1", timestamp=1.0)])
    both = io.BytesIO()
    await storage.export(SOURCES["requests"], "csv", Span("all"), None, both)
    assert both.getvalue().startswith(file.getvalue())
    await storage.log_requests([record(id="c", wanted="=1")])
    assert plain in await exported(storage, "csv")


async def test_json_lines_steer_no_display_and_end_at_their_end(storage: SQLiteStorage) -> None:
    odd = "\x7f\x9b31m \u202egpj.exe \u2028 \x85 \ufeff\U000e0041 ü\U0001f600"
    await storage.log_requests([record(id="a", error_message=odd), record(id="b", error_message="ü")])
    file = io.BytesIO()
    await storage.export(SOURCES["requests"], "jsonl", ALL, None, file)
    text = file.getvalue().decode()
    assert not steers(text, lines=True)
    assert len(text.splitlines()) == 2
    # letters stay as they are
    assert text.count("ü") == 2
    assert {json.loads(line)["error_message"] for line in text.splitlines()} == {odd, "ü"}


async def test_only_the_span_and_the_project(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS", 7)
    stored = some_records(random.Random(5), SUMMER, 200)
    await storage.log_requests([*stored, *(record(id=f"same{n}", timestamp=SUMMER, project="one") for n in range(30))])
    everything = await exported(storage, "jsonl")
    assert len(everything) == 230
    for start, end in ((None, SUMMER), (SUMMER, None), (SUMMER - 7000, SUMMER + 7000), (SUMMER, SUMMER)):
        for project in (None, "one", "none"):
            found = await exported(storage, "jsonl", Span("range", start, end), project)
            assert sorted(row["id"] for row in found) == sorted(
                row["id"]
                for row in everything
                if (start is None or row["timestamp"] >= start)
                and (end is None or row["timestamp"] < end)
                and project in (None, row["project"])
            )


async def test_turns_with_their_cost(storage: SQLiteStorage) -> None:
    turns = [
        TurnRecord("t0", "s", "p", SUMMER, cost_nanos=5, requests=["a", "b"], first_audio_ms=812.25, recorded=True),
        TurnRecord("t1", "s", "p", SUMMER - 1, cost_nanos=0, unpriced=2, requests=["c", "d"]),
        TurnRecord("t2", "s", "p", SUMMER - 2, wire='"=x', unpriced=0),
    ]
    await storage.log(turns)
    found = await exported(storage, "jsonl", rows="turns")
    for row, turn in zip(found, turns, strict=True):
        told = turn.to_dict()
        wanted = {name: told[name] for name in SOURCES["turns"].columns if name not in ("time", "cost_usd")}
        wanted |= {"requests": " ".join(turn.requests), "cost_usd": exact(whole(told["cost_nanos"])) or None}
        assert wanted == {name: value for name, value in row.items() if name != "time"}
    cells = await exported(storage, "csv", rows="turns")
    assert [(row["cost_usd"], row["requests"], row["wire"], row["recorded"]) for row in cells] == [
        ("0.000000005", "a b", "", "true"), ("", "c d", "", "false"), ("0.0", "", '"=x', "false")
    ]  # fmt: skip
