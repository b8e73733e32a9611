"""The page Money: sums over time and by what, the parts that are not known, budgets, export."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost, broken
from tests.support.gallery_hosts import BUDGETS
from tests.support.pages import Play, cells, texts
from voicegw_desktop.app.viewmodels.spent import by_time

QtTest = pytest.importorskip("PySide6.QtTest", reason="Qt's system libraries are missing")
from PySide6 import QtWidgets  # noqa: E402
from PySide6.QtCore import QRect, Qt  # noqa: E402

from voicegw_desktop.app.windows.charts import Bars  # noqa: E402

pytestmark = pytest.mark.app


def part(nanos: int | None, requests: int = 1, **more: Any) -> dict[str, Any]:
    """One sum of the operation `costs`."""
    return {"cost": None if nanos is None else nanos / 1e9, "cost_nanos": nanos, "requests": requests, "unpriced": 0,
            "estimated": 0, **more}  # fmt: skip


COSTS = {
    "total": 3.5, "total_nanos": 3_500_000_000, "requests": 9, "unpriced": 2, "estimated": 1,
    "by_provider": {"openai": part(3_500_000_000, 6, estimated=1), "piper": part(0),
                    "groq": part(None, 2, unpriced=2, errors=2)},
    "by_project": {"shop": part(3_500_000_000, 9)}, "by_model": {},
    "rows": [{"day": "2026-11-27", **part(1_000_000_000)}, {"day": "2026-11-28", **part(2_500_000_000)}],
}  # fmt: skip


def test_sums_tell_what_is_not_in_them(play: Play, tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        assert page._total.text() == "$3.50"
        assert "2 requests without a known price, not in the sum; 1 request with an estimated amount" in texts(page)
        assert cells(page.table) == [
            ["openai", "$3.50", "6", "", "1 estimated"],
            ["groq", "unknown", "2", "2", "2 without a price"],
            ["piper", "$0.00", "1", "", ""],
        ]
        page.export(str(tmp_path / "out.csv"))
        found = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
        assert [(r["name"], r["cost_usd"]) for r in found] == [("openai", "3.5"), ("groq", ""), ("piper", "0.0")]
        assert [r["errors"] for r in found] == ["", "2", ""]
        desk.press("Day")
        assert [line[0] for line in cells(page.table)] == ["2026-11-28", "2026-11-27"]
        desk.press("30 days")
        await desk.settle()
        assert desk.host.asked("costs")[-1] == {"period": "month", "by": ["day"]}

    play(FakeHost(costs=COSTS), scene)


def test_costs_that_cannot_be_read_say_why(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        desk.host.answers["costs"] = broken("The database is held by another program.")
        desk.press("30 days")
        await desk.settle()
        # the budgets that are read beside them do not hide it
        assert "The database is held by another program." in texts(page)
        desk.host.answers["costs"] = COSTS
        desk.press("7 days")
        await desk.settle()
        assert "The database is held by another program." not in texts(page)

    play(FakeHost(costs=COSTS, budgets=BUDGETS), scene)


def test_keys_are_counted_when_they_are_looked_at(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        assert not any(c.get("by") == ["key"] for c in desk.host.asked("costs"))
        desk.host.answers["costs"] = {**COSTS, "rows": [{"key": "k1", **part(5_000_000)}]}
        desk.press("Key")
        await desk.settle()
        assert cells(page.table)[0][:2] == ["k1", "$0.0050"]

    play(FakeHost(costs=COSTS), scene)


def test_budgets_of_each_period_tell_how_far_they_are_over_and_will_be(play: Play) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        assert page._budgets.accessibleDescription() == (
            "shop, day: 125%, $0.50 over, kitchen, month: 85% of $1.70, Machine, month: 56% of $10.00, "
            "till, week: 24% of $5.00"
        )
        shown = texts(page)
        assert "$5.61" in shown
        assert "At this pace it ends at $12.00." in shown
        assert "Over the budget at this pace: kitchen, month\u00a0+$0.20; Machine, month\u00a0+$2.00" in shown
        QtTest.QTest.keyClick(page.bars, Qt.Key.Key_Right)
        assert page.bars.accessibleName() == "Money over time, Nov 27: $1.00"

    play(FakeHost(costs=COSTS, budgets=BUDGETS), scene)


def test_the_time_is_compared_with_each_stack_when_asked(play: Play) -> None:
    stacks = [{"stack": "cloud", "would_cost": 41.2, "saved": 38.1, "unpriced": 0},
              {"stack": "local", "would_cost": 0.0, "saved": -3.1, "unpriced": 0},
              {"stack": "odd", "would_cost": None, "saved": None, "unpriced": 4}]  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        assert desk.host.asked("what_if") == []
        desk.press("Compare")
        await desk.settle()
        assert desk.host.asked("what_if") == [{"period": "week"}]
        assert page._compared.accessibleDescription() == (
            "cloud: $41.20 (+$38.10), local: $0.00 (-$3.10), odd: unknown, 4 without a price"
        )
        assert "As served: $3.10" in texts(page)

    play(FakeHost(costs=COSTS, what_if={"served": 3.1, "stacks": stacks}), scene)


@pytest.mark.parametrize("form", ["html", "csv"])
def test_an_invoice_is_written_for_the_project_that_is_chosen(play: Play, tmp_path: Path, form: str) -> None:
    line = {"model": "openai/gpt-4o", "modality": "llm", "requests": 3, "quantity": "9", "unit": "tokens read",
            "written": "1", "cost_usd": "1.0", "amount": "1.00", "currency": "USD", "unpriced": 0}  # fmt: skip
    bill = {"project": "shop", "month": "2026-10", "from_day": "2026-10-01", "to_day": "2026-10-31", "currency": "USD",
            "rate": "1", "markup": "0", "requests": 3, "unpriced": 0, "estimated": 0, "cost_usd": "1.0",
            "total": "1.00", "lines": [line]}  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        desk.press("Project")
        page.table.choose("shop")
        file = tmp_path / f"bill.{form}"
        page.invoice(str(file))
        await desk.settle()
        (asked,) = desk.host.asked("invoice")
        assert (asked["project"], len(asked["month"])) == ("shop", 7)
        assert "openai/gpt-4o" in file.read_text("utf-8")
        assert file.read_text("utf-8").startswith("<!doctype" if form == "html" else "model,")
        assert desk.view.said == "Invoice written: 1.00 USD"

    play(FakeHost(costs=COSTS, invoice=bill), scene)


def test_what_there_is_to_say_without_bars_is_said_whole() -> None:
    """The sentence wraps into lines: the cards beside the table are narrower than the sentence."""
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    word = Bars("Budgets", "Word")
    long = Bars("Budgets", "No project, key or machine has a budget. " * 3)
    heights = [bars.sizeHint().height() for bars in (word, long)]
    assert heights[1] > heights[0] == Bars.ROW
    last = QRect(0, Bars.ROW, long.sizeHint().width(), heights[1] - Bars.ROW)
    long.resize(long.sizeHint())
    picture = long.grab().toImage()
    ground = picture.pixel(0, 0)
    assert any(picture.pixel(x, y) != ground for y in range(last.top(), last.bottom()) for x in range(last.width()))


def test_many_days_become_months() -> None:
    rows = [
        {"day": f"2026-{m:02d}-{d:02d}", **part(None if m == 3 else 10, unpriced=int(m == 3))}
        for m in (1, 2, 3)
        for d in range(1, 29)
    ]
    assert [(s.name, s.nanos, s.requests) for s in by_time(rows)] == [
        ("2026-01", 280, 28), ("2026-02", 280, 28), ("2026-03", None, 28)]  # fmt: skip
