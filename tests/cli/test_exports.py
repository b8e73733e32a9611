"""Exported costs and requests: every row, exact amounts, nothing in the place of what is not known."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.cli import exports, operate
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.gateway.operations import Operation
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = pytest.mark.unit


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Any]], None]:
    """A function that stores records, which the commands then read."""
    records: list[Any] = []

    async def ask(operation: Operation, params: dict[str, Any]) -> Any:
        storage = SQLiteStorage(tmp_path / "x.db", ManualClock(NOON))
        await storage.log_requests(records)

        class Gateway:
            clock = storage.clock

            async def cost_summary(self, span: Any, project: str | None, by: Any) -> Any:
                return await storage.get_cost_summary(span, project, by)

        gateway = Gateway()
        gateway.storage = storage  # type: ignore[attr-defined]
        try:
            return await operation.call(gateway, **params)
        finally:
            await storage.aclose()

    monkeypatch.setattr(operate, "ask", ask)
    return records.extend


def options(**given: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"output": None, "json": False, "format": "csv", "by": None, **given})


def test_costs_as_csv_tell_unknown_from_nothing(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stored([record(cost_nanos=50), record(cost_nanos=None, model_id="openai/gpt-99", pricing_source="unknown")])
    assert exports.export_costs(options()) == 0
    rows = {(r["group"], r["name"]): r for r in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert rows["model", "openai/gpt-99"]["cost_usd"] == ""
    assert rows["model", "openai/gpt-99"]["unpriced"] == "1"
    assert rows["model", "openai/gpt-4o-mini"]["cost_usd"] == "0.00000005"
    assert (rows["provider", "openai"]["cost_nanos"], rows["provider", "openai"]["unpriced"]) == ("50", "1")


def test_costs_by_day_and_key(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stored([record(cost_nanos=7, key_id="k"), record(cost_nanos=9)])
    exports.export_costs(options(by="key,model"))
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0][:2] == ["key", "model"]
    assert [row[:3] for row in rows[1:]] == [
        ["", "openai/gpt-4o-mini", "0.000000009"],
        ["k", "openai/gpt-4o-mini", "0.000000007"],
    ]


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
