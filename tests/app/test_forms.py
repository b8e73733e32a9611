"""Small windows with fields: budgets by day, week and month, what an invoice adds, backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.app.test_money_page import COSTS
from tests.support.desk import Desk
from tests.support.fake_host import FakeHost, project
from tests.support.gallery_hosts import BUDGETS, busy
from tests.support.pages import Play, texts

pytest.importorskip("PySide6.QtTest", reason="Qt's system libraries are missing")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from voicegw_desktop.app.windows.asking import InvoiceTerms, Limits
from voicegw_desktop.app.windows.form import IN_FILE
from voicegw_desktop.core.registry import PROVIDERS

pytestmark = pytest.mark.app

SAVED: dict[str, Any] = {"budgets": []}


def test_the_machine_and_a_key_get_limits_by_day_week_and_month(play: Play) -> None:
    key = {"id": "k1", "name": "till", "project": "shop"}
    host = FakeHost(costs=COSTS, budgets=BUDGETS, set_budget=SAVED, list_keys={"keys": [key]},
                    list_projects={"projects": [project("shop")]})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        desk.press("Set budgets")
        await desk.settle()
        limits = page.findChild(Limits)
        assert [edit.text() for edit in limits._amounts.values()] == ["", "", "10"]
        limits._amounts["weekly"].setText("much")
        limits.press()
        assert 'The budget is "much"' in texts(limits)
        limits._amounts["weekly"].setText("$2,50")
        limits.press()
        await desk.settle()
        wanted = {"action": "warn", "daily": None, "weekly": 2.5, "monthly": 10.0}
        assert host.asked("set_budget") == [wanted]
        desk.press("Set budgets")
        await desk.settle()
        desk.press("Budgets of projects and keys")
        page = await desk.open("Projects")
        page.side.keys.choose("k1")
        desk.press("Budget of the key")
        await desk.settle()
        page.findChild(Limits).press()
        await desk.settle()
        assert host.asked("set_budget")[-1]["key"] == "k1"

    play(host, scene)


@pytest.mark.parametrize(("name", "begin"), [("Projects", "New project"), ("Providers", "Add a server")])
def test_escape_leaves_what_is_new(play: Play, name: str, begin: str) -> None:
    async def scene(desk: Desk) -> None:
        page = await desk.open(name)
        desk.window.activateWindow()
        QTest.qWaitForWindowActive(desk.window)
        chosen = page.table.chosen()
        desk.press(begin)
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit)
        assert not page.table.selectionModel().hasSelection()
        QTest.keyClicks(field, "box")
        QTest.keyClick(field, Qt.Key.Key_Escape)
        assert page.table.selectionModel().hasSelection()
        assert page.table.chosen() == chosen
        assert not field.isVisible()
        assert page.table.hasFocus()

    play(busy(), scene)


def test_servers_of_every_kind_can_be_added(play: Play) -> None:
    host = FakeHost(add_provider={"provider": {"id": "box"}})

    async def scene(desk: Desk) -> None:
        page = await desk.open("Providers")
        kinds = {
            "openai_compatible": "http://box:8000/v1",
            "ollama": "http://box:11434",
            "wyoming": "wyoming://box:10300",
        }
        assert {page._kind.itemText(n) for n in range(page._kind.count())} == {
            "OpenAI-compatible server", "Ollama", "Wyoming server",
        }  # fmt: skip
        for kind, address in kinds.items():
            desk.press("Add a server")
            assert "Ollama" in texts(page.form)
            page._name.setText("box")
            page._kind.setCurrentIndex(page._kind.findText({"ollama": "Ollama"}.get(kind, PROVIDERS[kind].own_server)))
            page._address.setText(address)
            desk.press("Save")
            await desk.settle()
        assert host.asked("add_provider") == [
            {"provider_id": "box", "provider_type": kind, "base_url": address} for kind, address in kinds.items()
        ]

    play(host, scene)


def test_a_project_gets_limits_by_week_and_month(play: Play) -> None:
    there = project("kitchen", daily_budget=2.0, budget_action="block")
    host = FakeHost(list_projects={"projects": [there]}, update_project={"project": there},
                    get_project={"budget": {"status": "ok", "budget_nanos": 2 * 10**9, "action": "block"}})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Projects")
        page.table.choose("kitchen")
        desk.press("More budgets")
        limits = page.findChild(Limits)
        assert limits._action.value() == "block"
        limits._amounts["monthly"].setText("30")
        limits.press()
        await desk.settle()
        assert host.asked("update_project") == [
            {"project_id": "kitchen", "daily_budget": 2.0, "weekly_budget": None, "monthly_budget": 30.0,
             "budget_action": "block"}
        ]  # fmt: skip

    play(host, scene)


def test_what_voicegw_yaml_sets_cannot_be_typed_and_is_not_sent(play: Play) -> None:
    there = project("kitchen", daily_budget=2.0, source="yaml", in_file=["daily_budget", "name"])
    month = {"kind": "machine", "name": "", "period": "month", "budget_nanos": 10**10, "action": "warn",
             "in_file": ["monthly"]}  # fmt: skip
    host = FakeHost(costs=COSTS, budgets={**BUDGETS, "budgets": [month]}, set_budget=SAVED,
                    list_projects={"projects": [there]}, update_project={"project": there},
                    get_project={"budget": {"status": "ok", "budget_nanos": 2 * 10**9, "action": "warn"}})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Projects")
        page.table.choose("kitchen")
        assert not page._budget.isEnabled()
        assert page._budget.toolTip() == page._budget.accessibleDescription() == IN_FILE
        assert page._unpriced.isEnabled()
        desk.press("More budgets")
        limits = page.findChild(Limits)
        assert IN_FILE in texts(limits)
        assert not limits._amounts["daily"].isEnabled()
        limits._amounts["weekly"].setText("5")
        limits.press()
        await desk.settle()
        (sent,) = host.asked("update_project")
        assert sent == {"project_id": "kitchen", "weekly_budget": 5.0, "monthly_budget": None, "budget_action": "warn"}
        page = await desk.open("Money")
        desk.press("Set budgets")
        await desk.settle()
        page.findChild(Limits).press()
        await desk.settle()
        assert host.asked("set_budget") == [{"action": "warn", "daily": None, "weekly": None}]

    play(host, scene)


def test_an_invoice_takes_a_mark_up_and_a_currency(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bill = {"project": "default", "month": "2026-10", "from_day": "2026-10-01", "to_day": "2026-10-31",
            "currency": "EUR", "rate": "0.9", "markup": "20", "requests": 0, "unpriced": 0, "estimated": 0,
            "cost_usd": "0.0", "total": "0.00", "lines": []}  # fmt: skip
    host = FakeHost(costs=COSTS, invoice=bill)

    async def scene(desk: Desk) -> None:
        page = await desk.open("Money")
        monkeypatch.setattr(page, "_ask_invoice", lambda: page.invoice(str(tmp_path / "bill.csv")))
        desk.press("Invoice")
        terms = page.findChild(InvoiceTerms)
        terms._markup.setText("a fifth")
        terms.press()
        assert '"a fifth" is no number' in texts(terms)
        terms._markup.setText("20 %")
        terms._currency.setText("EUR")
        terms._rate.setText("0,9")
        terms.press()
        await desk.settle()
        (asked,) = host.asked("invoice")
        assert (asked["markup"], asked["currency"], asked["rate"]) == (20.0, "EUR", 0.9)

    play(host, scene)


def test_what_is_stored_is_backed_up_and_restored(play: Play) -> None:
    host = FakeHost(backup={"requests": 7}, restore={"restored": True, "would": "replace all requests"})

    async def scene(desk: Desk) -> None:
        page = await desk.open("Settings")
        page.back_up("/tmp/copy.db")
        await desk.settle()
        assert host.asked("backup") == [{"file": "/tmp/copy.db"}]
        assert desk.view.said == "7 requests backed up"
        page.restore("/tmp/copy.db")
        await desk.settle()
        assert host.asked("restore")[-1] == {"file": "/tmp/copy.db", "confirm": True}
        assert desk.questions[-1][0] == "Restore this backup?"

    play(host, scene)
