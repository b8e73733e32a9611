"""The pages show names and words of other people and programs as plain text, whatever is in them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.gallery_hosts import busy
from tests.support.pages import Play, cells, row
from tests.support.unsafe import ATTACKS, steers
from voicegw_desktop.core import events as e
from voicegw_desktop.core.text import FORMULAS, printable

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import Qt as GuiQt  # noqa: E402

from voicegw_desktop.app.windows.parts import ROOMY  # noqa: E402

pytestmark = pytest.mark.app

MARKUP = "<img src='file:///etc/hostname'><b>bold</b>"
NAMES = (*ATTACKS, MARKUP, "=cmd|' /C calc'!A1", "x" * 4000)


def is_plain(tip: str) -> bool:
    """Whether Qt shows a tooltip as it is written: it reads one as HTML where a tag stands in the first line."""
    return not GuiQt.mightBeRichText(tip) or ("<b>" not in tip and "<img" not in tip)


def check_plain(widget: Any) -> None:
    """No label reads markup, nothing that is shown or told steers a display."""
    for label in widget.findChildren(QtWidgets.QLabel):
        assert label.text() == "" or label.textFormat() == Qt.TextFormat.PlainText
        assert not steers(label.text(), lines=True)
    for part in [widget, *widget.findChildren(QtWidgets.QWidget)]:
        assert is_plain(part.toolTip())
        for told in (part.toolTip(), part.accessibleName(), part.accessibleDescription(), part.windowTitle()):
            assert not steers(told, lines=True)
    for table in widget.findChildren(QtWidgets.QTableView):
        model = table.model()
        for index in (model.index(r, c) for r in range(model.rowCount()) for c in range(model.columnCount())):
            assert not steers(index.data() or "")
            assert is_plain(index.data(Qt.ItemDataRole.ToolTipRole) or "")


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


FREE = {"name", "title", "description", "note", "message", "reason", "error_message", "licence", "source", "speed",
        "api_key", "host", "warnings", "install", "why", "setting", "language", "tags"}  # fmt: skip
"""Fields of answers that a person, an agent or a provider writes."""


def spoilt(value: Any, text: str, field: str = "") -> Any:
    """An answer with `text` in each of those fields."""
    if isinstance(value, dict):
        return {name: spoilt(part, text, name) for name, part in value.items()}
    if isinstance(value, list):
        return [spoilt(part, text, field) for part in value]
    return text if isinstance(value, str) and field in FREE else value


@pytest.mark.parametrize("text", [MARKUP, " ".join((*ATTACKS, "x" * 4000))], ids=["markup", "all others"])
def test_every_page(play: Play, text: str) -> None:
    host = busy()
    host.answers = {name: spoilt(answer, text) for name, answer in host.answers.items() if name != "settings"} | {
        "settings": host.answers["settings"]
    }

    async def scene(desk: Desk) -> None:
        await desk.open()
        for n in range(3):
            desk.view.feed(e.RequestStarted(f"r{n}", "llm", text, text, text, text))
            desk.view.feed(e.Notice(("info", "warning", "error")[n], text, f"code{n}"))
        desk.view.feed(e.ModelProgress("whisper/base", 10, 100, "failed", text))
        for name in ("Overview", "Talk", "Conversations", "Money", "Projects", "Models", "Engines", "Providers",
                     "Settings", "Help"):  # fmt: skip
            await desk.turn_to(name)
            page = desk.window.page(name)
            check_plain(page)
            for table in page.findChildren(QtWidgets.QTableView):
                if table.model() is not None and table.model().rowCount():
                    table.selectRow(min(1, table.model().rowCount() - 1))
            await desk.settle()
            check_plain(desk.window)
            if name == "Projects":
                # it is there, as it is written
                assert any(printable(text)[:20] in cell for line in cells(page.table) for cell in line)

    play(host, scene)
