"""Exported costs and requests: every row, exact amounts, an empty cell for an unknown value."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.records import NOON, record
from tests.support.unsafe import ATTACKS, steers
from voicegw_desktop.cli import exports, operate, tables
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, NotFound, VoiceGatewayError
from voicegw_desktop.core.text import FORMULAS
from voicegw_desktop.gateway.costs import summary
from voicegw_desktop.gateway.operations import Operation
from voicegw_desktop.pricing.invoice_page import as_csv, as_html
from voicegw_desktop.storage.export import SOURCES
from voicegw_desktop.storage.sqlite import SQLiteStorage
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Any]], None]:
    """A function that stores records, which the commands then read."""
    records: list[Any] = []

    async def ask(operation: Operation, params: dict[str, Any]) -> Any:
        storage = SQLiteStorage(tmp_path / "x.db", ManualClock(NOON))
        await storage.log(records)

        class Gateway:
            def __init__(self) -> None:
                self.storage, self.clock = storage, storage.clock
                self.config = SimpleNamespace(default_project="default")

            def project(self, name: str) -> None:
                if name == "none":
                    raise NotFound('There is no project "none".')

            async def start(self) -> None: ...

            async def aclose(self) -> None: ...

            async def cost_summary(self, span: Any, project: str | None, by: Any = ()) -> Any:
                return await summary(self, span, project, by)

        try:
            return await operation.call(Gateway(), **params)
        finally:
            await storage.aclose()

    monkeypatch.setattr(operate, "ask", ask)
    return records.extend


DATES = {"period": None, "from": None, "to": None, "project": None}


def options(**given: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"output": None, "json": False, "format": "csv", "by": None, **DATES, **given})


def test_costs_as_csv_tell_unknown_from_nothing(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stored([record(cost_nanos=50), record(cost_nanos=None, model_id="openai/gpt-99", pricing_source="unknown")])
    assert exports.export_costs(options()) == 0
    rows = {(r["group"], r["name"]): r for r in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert rows["model", "openai/gpt-99"]["cost_usd"] == ""
    assert rows["model", "openai/gpt-99"]["unpriced"] == "1"
    assert rows["model", "openai/gpt-4o-mini"]["cost_usd"] == "0.00000005"
    assert (rows["provider", "openai"]["cost_nanos"], rows["provider", "openai"]["unpriced"]) == ("50", "1")


def test_costs_by_day_and_key(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stored([record(cost_nanos=7, key_id="k", status="error"), record(cost_nanos=9)])
    exports.export_costs(options(by="key,model"))
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0][:2] == ["key", "model"]
    assert [row[:3] for row in rows[1:]] == [
        ["", "openai/gpt-4o-mini", "0.000000009"],
        ["k", "openai/gpt-4o-mini", "0.000000007"],
    ]
    assert [row[rows[0].index("errors")] for row in rows] == ["errors", "0", "1"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_every_request_is_exported_over_many_pages(
    stored: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    stored([record(id=f"r{n}", cost_nanos=n or None, error_message="=1+1") for n in range(10)])
    file = tmp_path / "out"
    assert exports.export_requests(options(format=form, output=str(file))) == 0
    text = file.read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text))) if form == "csv" else [json.loads(x) for x in text.splitlines()]
    assert sorted(row["id"] for row in rows) == sorted(f"r{n}" for n in range(10))
    of = {row["id"]: row for row in rows}
    assert of["r5"]["cost_usd"] == "0.000000005"
    assert of["r0"]["cost_usd"] == ("" if form == "csv" else None)
    if form == "csv":
        assert of["r1"]["error_message"] == "'=1+1"


def test_parquet_has_exact_decimals_and_types(stored: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(exports, "PAGE", 3)
    stored([record(id=f"r{n}", cost_nanos=n or None, metadata={"n": n}, ttfb_ms=1.5) for n in range(8)])
    file = tmp_path / "out.parquet"
    assert exports.export_requests(options(format="parquet", output=str(file))) == 0
    rows = {row["id"]: row for row in parquet.read_table(str(file)).to_pylist()}
    assert len(rows) == 8
    assert (rows["r5"]["cost_usd"], rows["r5"]["cost_nanos"], rows["r5"]["ttfb_ms"]) == (Decimal("0.000000005"), 5, 1.5)
    assert (rows["r0"]["cost_usd"], rows["r0"]["cost_nanos"], rows["r0"]["estimated"]) == (None, None, False)
    assert json.loads(rows["r5"]["metadata"]) == {"n": 5}
    file = tmp_path / "days.parquet"
    exports.export_costs(options(format="parquet", by="day,model", output=str(file)))
    (day,) = parquet.read_table(str(file)).to_pylist()
    assert (day["cost_usd"], day["requests"], day["unpriced"]) == (Decimal("0.000000028"), 8, 1)
    with pytest.raises(BadRequest, match="give -o FILE"):
        exports.export_requests(options(format="parquet"))


def test_without_pyarrow_parquet_says_what_to_install(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadRequest, match="parquet"):
        exports.export_requests(options(format="parquet", output="x"))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_every_turn_is_exported(stored: Any, tmp_path: Path, form: str) -> None:
    stored([TurnRecord(f"t{n}", "s", "p", NOON + n, cost_nanos=n, requests=["a", "b"]) for n in range(5)])
    file = tmp_path / "out"
    exports.export_turns(options(format=form, output=str(file)))
    text = file.read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text))) if form == "csv" else [json.loads(x) for x in text.splitlines()]
    assert [(row["id"], row["cost_usd"], row["requests"]) for row in rows[:2]] == [
        ("t4", "0.000000004", "a b"), ("t3", "0.000000003", "a b")
    ]  # fmt: skip
    assert set(rows[0]) == set(SOURCES["turns"].columns)


MONTH = {"month": "2025-06", "markup": "25", "currency": "eur", "rate": "0.8", "project": "default"}


@pytest.mark.parametrize("form", ["csv", "html", "json"])
def test_an_invoice_of_a_month(stored: Any, capsys: pytest.CaptureFixture[str], form: str) -> None:
    stored(
        [
            record(cost_nanos=3_000_000_000, input_units=1234.0),
            record(cost_nanos=5, model_id="openai/<b>", pricing_source="estimate x", modality="stt", input_units=0.001),
            record(cost_nanos=None, model_id="openai/gpt-99", pricing_source="unknown"),
            record(cost_nanos=10**9, project="other"),
            record(cost_nanos=10**9, timestamp=NOON - 60 * 86_400),
        ]
    )
    assert exports.export_invoice(options(format=form, json=form == "json", **MONTH)) == 0
    text = capsys.readouterr().out
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(r["model"], r["cost_usd"], r["amount"]) for r in rows] == [
            ("openai/gpt-4o-mini", "3.0", "3.00"), ("openai/gpt-99", "", ""),
            ("openai/<b>", "0.000000005", "0.000000005"), ("total", "3.000000005", "3.00"),
        ]  # fmt: skip
        # a spreadsheet reads 1,234 as text, or as 1.234
        assert [r["quantity"] for r in rows[::2]] == ["1234", "0.001000"]
        assert [r["estimated"] for r in rows] == ["0", "0", "1", "1"]
        assert [r["written_unit"] for r in rows] == ["tokens written", "tokens written", "", ""]
    elif form == "html":
        assert "<b>" not in text
        assert "&lt;b&gt;" in text
        assert "1 request of unknown price" in text
        assert "With an estimated amount: 1 request." in text
        assert "1 US dollar = 0.8 EUR." in text
        assert "1,234 tokens read" in text
        assert "markup" not in text
    else:
        told = json.loads(text)
        assert (told["total"], told["currency"], told["from_day"], told["to_day"]) == (
            "3.00", "EUR", "2025-06-01", "2025-06-30"
        )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "why"),
    [({"currency": "EUR"}, "how much EUR"), ({"currency": "euros"}, "three letters"),
     ({"month": "june"}, '"month" is "june"'), ({"month": "2026-13"}, '"month" is "2026-13"'),
     ({"month": "0000-01"}, '"month" is "0000-01"'), ({"month": "9999-12"}, '"month" is "9999-12"'),
     ({"rate": "0"}, "more than 0"), ({"markup": "10001"}, "per cent"),
     ({"rate": "-1"}, "more than 0"), ({"rate": "0.5"}, "name the currency"),
     ({"markup": -101}, "per cent"), ({"project": "none"}, "none")],
)  # fmt: skip
def test_an_invoice_needs_what_it_cannot_know(stored: Any, given: dict[str, Any], why: str) -> None:
    with pytest.raises(VoiceGatewayError, match=why):
        exports.export_invoice(options(**{"month": None, "markup": None, "currency": None, "rate": None, **given}))


@pytest.mark.parametrize(("currency", "total"), [("JPY", "235"), ("KWD", "234.568"), ("EUR", "234.57")])
def test_an_invoice_has_the_decimal_places_of_its_currency(
    stored: Any, capsys: pytest.CaptureFixture[str], currency: str, total: str
) -> None:
    stored([record(cost_nanos=2_345_678_000, output_units=70.0)])
    given = {**MONTH, "markup": "0", "currency": currency, "rate": "100"}
    exports.export_invoice(options(format="csv", **given))
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [r["amount"] for r in rows] == [total, total]
    assert [r["written"] for r in rows] == ["70", ""]


def test_an_invoice_of_which_no_price_is_known_names_no_amount(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stored([record(cost_nanos=None, pricing_source="unknown")])
    exports.export_invoice(options(format="html", **MONTH))
    text = capsys.readouterr().out
    assert "None" not in text
    assert text.count("not priced") == 2


def test_names_in_an_invoice_are_text() -> None:
    line = {"modality": "llm", "requests": 3, "quantity": "9", "unit": "tokens read", "written": "1", "cost_usd": "1.0",
            "amount": "1.00", "currency": "USD", "unpriced": 0}  # fmt: skip
    bill = {"month": "2026-10", "from_day": "2026-10-01", "to_day": "2026-10-31", "currency": "USD", "rate": "1",
            "requests": 3, "unpriced": 0, "estimated": 0, "cost_usd": "1.0", "total": "1.00"}  # fmt: skip
    for name in (*ATTACKS, "=cmd|' /C calc'!A1", "x" * 4000):
        told = {**bill, "project": name, "lines": [{**line, "model": name}]}
        html = as_html(told)
        assert "<b>" not in html
        assert not steers(html, lines=True)
        first = next(csv.DictReader(io.StringIO(as_csv(told))))["model"]
        assert first[:1] not in FORMULAS
        assert not steers(first)


@pytest.mark.parametrize("export", [exports.export_requests, exports.export_turns, exports.export_costs])
def test_an_export_that_fails_leaves_the_file_that_is_there(stored: Any, tmp_path: Path, export: Any) -> None:
    file = tmp_path / "out.csv"
    file.write_text("of last month")
    with pytest.raises(BadRequest):
        export(options(output=str(file), **{"from": "the other day"}))
    assert file.read_text() == "of last month"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_rows_that_break_off_leave_the_file_that_is_there(tmp_path: Path, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "out"
    file.write_text("of last month")
    asked = options(format=form, output=str(file))
    with pytest.raises((KeyError, TypeError)), exports.writing(asked, ("a", "b")) as write:
        list(map(write, ([{"a": "1", "b": "2"}], [{"a": {1, 2}}])))
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("out", "of last month")]


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [(5e-8, "usd_per_request", "$0.000000050"), (None, "usd_per_request", "unknown"), (0.0, "errors", "0"),
     (0.00002, "errors", "0.00002"), (0.01, "errors", "0.01"), (12.50, "", "12.5")],
)  # fmt: skip
def test_no_table_shows_a_small_number_as_nothing(value: float | None, name: str, shown: str) -> None:
    assert tables.cell(value, name) == shown
