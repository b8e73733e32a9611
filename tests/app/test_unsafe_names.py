"""The pages Money and Conversations show names of projects, models and sessions as plain text, whatever is in them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.pages import Play, row
from tests.support.unsafe import ATTACKS, steers
from voicegw_desktop.core.text import FORMULAS

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")
from PySide6.QtCore import Qt  # noqa: E402

from voicegw_desktop.app.windows.parts import ROOMY  # noqa: E402

pytestmark = pytest.mark.app

MARKUP = "<img src='file:///etc/hostname'><b>bold</b>"
NAMES = (*ATTACKS, MARKUP, "=cmd|' /C calc'!A1", "x" * 4000)


def check_plain(widget: Any) -> None:
    """No label reads markup, nothing that is shown or told steers a display."""
    for label in widget.findChildren(QtWidgets.QLabel):
        assert label.text() == "" or label.textFormat() == Qt.TextFormat.PlainText
        assert not steers(label.text(), lines=True)
    for part in [widget, *widget.findChildren(QtWidgets.QWidget)]:
        assert "<b>" not in part.toolTip()
        assert "<img" not in part.toolTip()
        for told in (part.toolTip(), part.accessibleName(), part.accessibleDescription(), part.windowTitle()):
            assert not steers(told, lines=True)
    for table in widget.findChildren(QtWidgets.QTableView):
        model = table.model()
        for index in (model.index(r, c) for r in range(model.rowCount()) for c in range(model.columnCount())):
            assert not steers(index.data() or "")
            assert "<b>" not in (index.data(Qt.ItemDataRole.ToolTipRole) or "")


def check_cells(file: Path, column: str) -> None:
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert len(rows) == len(NAMES)
    for told in rows:
        assert told[column][:1] not in FORMULAS
        assert not steers(told[column])


def test_money(play: Play, tmp_path: Path) -> None:
    sums = {name: {"cost": 1.0, "cost_nanos": 10**9 + n, "requests": 1, "unpriced": 0, "estimated": 0}
            for n, name in enumerate(NAMES)}  # fmt: skip
    costs = {"total": 1.0, "total_nanos": 10**9, "requests": 9, "unpriced": 0, "estimated": 0, "by_provider": sums,
             "by_project": sums, "by_model": sums, "rows": []}  # fmt: skip
    budgets = [
        {"name": name, "scope": "project", "period": "day", "budget_nanos": 10**9, "spent_nanos": 9 * 10**8,
         "forecast_nanos": 3 * 10**9, "status": "ok"}
        for name in NAMES
    ]  # fmt: skip
    stacks = [{"stack": name, "would_cost": 1.0, "saved": 1.0, "unpriced": 0} for name in NAMES]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        desk.press("Compare")
        await desk.settle()
        for by in ("Provider", "Model", "Project"):
            desk.press(by)
            check_plain(page)
        page.export(str(tmp_path / "out.csv"))
        check_cells(tmp_path / "out.csv", "name")
        assert page.minimumSizeHint().width() < ROOMY
        for name in NAMES:
            page.table.choose(name)
            page._ask_terms()
            (asked,) = page.findChildren(QtWidgets.QDialog)
            check_plain(asked)
            assert asked.sizeHint().width() < ROOMY
            asked.setParent(None)

    play(FakeHost(costs=costs, budgets={"budgets": budgets}, what_if={"served": 3.1, "stacks": stacks}), scene)


def test_conversations(play: Play, tmp_path: Path) -> None:
    rows = [
        row(f"r{n}", project=name, model_id=name, provider=name, session_id=name, error_message=name, wanted=name)
        for n, name in enumerate(NAMES)
    ]
    sessions = [
        {"id": name, "project": name, "started_at": 1.0, "ended_at": 5.0, "modalities": ["stt"], "cost_nanos": 0,
         "request_count": 2, "served_by": {"stt": [name]}}
        for name in NAMES
    ]  # fmt: skip
    host = FakeHost(
        logs={"logs": rows, "next": None},
        sessions={"sessions": sessions, "next": None},
        session={**sessions[0], "requests": rows},
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Conversations")
        for tab, column in enumerate(("id", "model_id")):
            desk.press(("Sessions", "Requests")[tab])
            await desk.settle()
            check_plain(page)
            for key in NAMES if tab == 0 else [told["id"] for told in rows]:
                page.table(tab).choose(key)
                check_plain(page.story)
            await desk.settle()
            check_plain(page)
            file = tmp_path / f"{column}.csv"
            page.export(str(file))
            await desk.settle()
            check_cells(file, column)
        assert page.minimumSizeHint().width() < ROOMY

    play(host, scene)
