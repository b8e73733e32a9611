"""What was spent and what will be: by time, provider, model, project and key; budgets, other stacks, invoices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout

from voicegw_desktop.app import theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr, whole_number
from voicegw_desktop.app.viewmodels import ahead
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import reason
from voicegw_desktop.app.viewmodels.spent import GROUPS, PERIODS, Sum, by_time, sums, total_words
from voicegw_desktop.app.windows.asking import InvoiceTerms, ask_limits
from voicegw_desktop.app.windows.charts import Bars
from voicegw_desktop.app.windows.day_bars import DayBars
from voicegw_desktop.app.windows.parts import GAP, Card, Page, Segments, button, label, nothing
from voicegw_desktop.app.windows.rows import Column
from voicegw_desktop.app.windows.saving import ask_file
from voicegw_desktop.app.windows.scrolling import Scrolled
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.app.windows.wrapping import wrapped
from voicegw_desktop.core.replacing import replacing
from voicegw_desktop.core.typed import Record, record, records

COLUMNS: tuple[Column[Sum], ...] = (
    Column("Name", lambda s: s.name or "none"),
    Column(
        "Cost", lambda s: s.words, 12, right=True, share=lambda s: s.share if s.nanos else None, by=lambda s: s.nanos
    ),
    Column("Requests", lambda s: whole_number(s.requests), 9, right=True, rank=1, by=lambda s: s.requests),
    Column(
        "Errors",
        lambda s: whole_number(s.errors) if s.errors else "",
        7,
        right=True,
        tone=lambda _: "bad",
        rank=2,
        sparse=True,
        by=lambda s: s.errors,
    ),
    Column("Not in the cost, or estimated", lambda s: s.notes, 26, tone=lambda _: "warn", rank=3, sparse=True),
)
SIDE = 250  # px
NAME = 60  # characters of a project in the name of a file: Unix takes 255 bytes


def _column(row: QHBoxLayout) -> Scrolled:
    """Room for cards one below the other at the end of `row`, in an area that scrolls."""
    scrolled = Scrolled()
    scrolled.column.setSpacing(GAP)
    row.addWidget(scrolled.area)
    return scrolled


class MoneyPage(Page):
    """Reads the costs again when it comes into view, and when a day's sum moved."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Money")
        self._view, self._do = overview, actions
        self._costs: Mapping[str, object] = {}
        self._trouble = ""
        """Why the costs could not be read."""
        self._keys: dict[str, Record] | None = None
        self._ahead: Mapping[str, object] = {}
        self._stacks: Mapping[str, object] = {}
        self._terms: Record = {}
        self._counted = -1
        self._reading = False

    def build(self) -> Iterator[None]:
        self._period = Segments(*PERIODS)
        self._period.setAccessibleName(tr("Time"))
        self._period.choose(1)
        self._period.chosen.connect(lambda _n: self._read())
        self.top.addStretch(1)
        self.top.addWidget(self._period)
        yield
        whole = self.halves()
        left = _column(whole).column
        over = Card()
        left.addWidget(over)
        yield
        self._total, self._requests = label("–", "figure"), label("", "muted")
        self._notes = label("", "warn", wrap=True)
        self.bars = DayBars()
        over.add_layout(wrapped(self._total, 1, button("Export", "download", press=self._ask_file)))
        for widget in (self._requests, self._notes, self.bars):
            over.add(widget)
        yield
        parts = Card()
        left.addWidget(parts, 1)
        self._by = Segments(*GROUPS)
        self._by.setAccessibleName(tr("By"))
        self._by.chosen.connect(lambda _n: self._group_chosen())
        parts.add_layout(wrapped(self._by, 1))
        yield
        self.table = Table("Costs", COLUMNS, lambda s: s.name)
        yield
        self.table.keep_rows(2)
        self._nothing = nothing("No requests in this period.")
        parts.add(self._nothing, 1)
        parts.add(self.table, 1)
        yield
        yield from self._side(whole)

    def _side(self, whole: QHBoxLayout) -> Iterator[None]:
        """What lies ahead: this month, the budgets, the same work on another stack, and the invoice."""
        beside = _column(whole)
        side = beside.column
        theme.keep_width(beside.area, SIDE)
        month = Card("This month")
        side.addWidget(month)
        self._month, self._pace = label("–", "figure"), label("", "muted", wrap=True)
        month.add(self._month)
        month.add(self._pace)
        month.add(button("Invoice", "download", press=self._ask_terms))
        yield
        budgets = Card("Budgets")
        side.addWidget(budgets)
        self._budgets = Bars("Budgets", "No budgets are set.")
        self._overruns = label("", "warn", wrap=True)
        budgets.add(self._budgets)
        budgets.add(self._overruns)
        budgets.add(button("Set budgets", press=self._ask_limits))
        yield
        stacks = Card("On another stack")
        side.addWidget(stacks)
        side.addStretch(1)
        stacks.add(label("What these requests would have cost on another stack.", "muted", wrap=True))
        self._served = label("", "muted")
        self._compared = Bars("On another stack", "There is no stack to compare with.")
        stacks.add(self._served)
        stacks.add(self._compared)
        stacks.add(button("Compare", press=self._compare))

    def on_shown(self) -> None:
        self._read()

    def refresh(self) -> None:
        """Show the costs read last; read them again when something was spent."""
        view = self._view
        spent, pace = ahead.month_words(self._ahead)
        self._month.setText(spent)
        self._pace.setText(pace)
        self._pace.setVisible(bool(pace))
        self._budgets.show_rows(ahead.budget_rows(self._ahead))
        overruns = ahead.overruns(self._ahead)
        self._overruns.setText(overruns)
        self._overruns.setVisible(bool(overruns))
        self._served.setText(ahead.served_words(self._stacks))
        for widget in (self._served, self._compared):
            widget.setVisible(bool(self._stacks))
        self._compared.show_rows(ahead.stack_rows(self._stacks))
        if self._counted != view.spending.requests and not self._reading:
            self._read()
        rows = self.sums()
        amount, requests, notes = total_words(self._costs)
        self._total.setText(amount)
        self._requests.setText(requests)
        self._notes.setText(self._trouble or notes)
        self._notes.setVisible(bool(self._trouble or notes))
        self.bars.show_sums(by_time(records(self._costs.get("rows"))))
        self.table.show_rows(rows)
        self.table.setVisible(bool(rows))
        self._nothing.setVisible(not rows)

    def sums(self) -> list[Sum]:
        """The rows of the chosen group."""
        group = list(GROUPS.values())[self._by.current]
        if group == "day":
            return by_time(records(self._costs.get("rows")))[::-1]
        if group == "key":
            return sums(self._keys or {})
        return sums({name: record(entry) for name, entry in record(self._costs.get(group)).items()})

    @property
    def _chosen(self) -> str:
        return list(PERIODS.values())[self._period.current]

    def _read(self) -> None:
        if self._view.life != "running":
            return
        self._reading, self._counted, period = True, self._view.spending.requests, self._chosen

        def take(costs: Mapping[str, object]) -> None:
            self._reading = False
            if period == self._chosen:
                self._costs, self._keys, self._trouble = costs, None, ""
                self._group_chosen()

        def broke(error: BaseException) -> None:
            self._reading, self._trouble = False, reason(error)
            self.refresh()

        def take_ahead(answer: Mapping[str, object]) -> None:
            self._ahead = answer
            self.refresh()

        self._do.run("costs", take, on_error=broke, period=period, by=["day"])
        self._do.run("budgets", take_ahead, on_error=broke)
        if self._stacks:
            self._compare()

    def _group_chosen(self) -> None:
        if list(GROUPS.values())[self._by.current] == "key" and self._keys is None:
            period = self._chosen

            def take(costs: Mapping[str, object]) -> None:
                if period == self._chosen:
                    self._keys = {str(row.get("key") or ""): row for row in records(costs.get("rows"))}
                    self.refresh()

            # requests are counted one by one for this: only when it is looked at
            self._do.run("costs", take, period=period, by=["key"])
        self.refresh()

    def _compare(self) -> None:
        """Ask what the chosen time would have cost on each stack."""

        def take(answer: Mapping[str, object]) -> None:
            self._stacks = answer
            self.refresh()

        self._do.run("what_if", take, period=self._chosen)

    def _ask_limits(self) -> None:
        others = button("Budgets of projects and keys", press=lambda: self.wanted.emit("Projects", None))
        ask_limits(self, self._do, tr("Budget of the machine"), "machine", "", then=self._read, beside=others)

    def _ask_terms(self) -> None:
        """Ask what the invoice adds to the cost, then where it is to be written."""

        def take(terms: Record) -> None:
            dialog.accept()
            self._terms = terms
            self._ask_invoice()

        whose = self._project or tr("the default project")
        dialog = InvoiceTerms(self, tr("Invoice of {name}, {month}", name=whose, month=self._invoice_month), take)
        dialog.open()

    def _ask_invoice(self) -> None:
        # a project may have slashes in its name, or a name too long for a file
        whose = re.sub(r"[^\w. -]", "-", self._project or "default")[:NAME]
        name = f"invoice-{whose}-{self._invoice_month}.html"
        ask_file(self, tr("Invoice"), name, ["HTML (*.html)", "CSV (*.csv)"], self.invoice)

    @property
    def _project(self) -> str | None:
        """The project that is chosen in the table; None: the default one."""
        chosen = self.table.chosen() if list(GROUPS.values())[self._by.current] == "by_project" else None
        return chosen.name if chosen is not None else None

    @property
    def _invoice_month(self) -> str:
        """This month where it is shown, else the last whole one."""
        today = datetime.now().date()
        day = today if self._chosen == "this-month" else today.replace(day=1) - timedelta(days=1)
        return f"{day:%Y-%m}"

    def invoice(self, path: str) -> None:
        """Write the invoice of a project's month, as its name ends: a page or a table."""
        from voicegw_desktop.pricing.invoice_page import as_csv, as_html

        def take(found: Mapping[str, object]) -> None:
            try:
                text = as_csv(found) if path.endswith(".csv") else as_html(found)
                with replacing(Path(path)) as part:
                    part.write_text(text, "utf-8", newline="")
            except OSError as error:
                self._do.said(tr("Not written: {v}", v=error.strerror or error))
            else:
                self._do.said(tr("Invoice written: {total}", total=f"{found['total']} {found['currency']}"))

        def broke(error: BaseException) -> None:
            self._do.said(tr("Not written: {v}", v=reason(error)))

        whose = {"project": self._project} if self._project else {}
        self._do.run("invoice", take, on_error=broke, month=self._invoice_month, **whose, **self._terms)

    def _ask_file(self) -> None:
        ask_file(self, tr("Export"), f"voicegateway-costs-{self._chosen}.csv", ["CSV (*.csv)"], self.export)

    def export(self, path: str) -> None:
        """Write the rows of the chosen group."""
        from voicegw_desktop.app.exporting import write_table

        rows = [
            {"name": s.name, "cost_nanos": s.nanos, "requests": s.requests, "unpriced": s.unpriced,
             "estimated": s.estimated, "errors": s.errors}
            for s in self.sums()
        ]  # fmt: skip
        try:
            write_table(Path(path), ("name", "cost_usd", "requests", "unpriced", "estimated", "errors"), rows)
        except OSError as error:
            self._do.said(tr("Not written: {v}", v=error.strerror or error))
        else:
            self._do.said(tr("{rows} rows written", rows=len(rows)))
