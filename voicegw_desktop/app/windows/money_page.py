"""What was spent: over days and months, by provider, model, project and key; budgets and how far they are over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.spent import GROUPS, PERIODS, Sum, by_time, sums, total_words
from voicegw_desktop.app.windows.charts import Bars
from voicegw_desktop.app.windows.day_bars import DayBars
from voicegw_desktop.app.windows.overview_page import budget_rows
from voicegw_desktop.app.windows.parts import GAP, Card, Page, Segments, button, label, row_of
from voicegw_desktop.app.windows.table import Column, Table
from voicegw_desktop.core.typed import Record, record, records

COLUMNS: tuple[Column[Sum], ...] = (
    Column("Name", lambda s: s.name or "none"),
    Column("Cost", lambda s: s.words, 12, right=True, share=lambda s: s.share if s.nanos else None),
    Column("Requests", lambda s: f"{s.requests:,}", 9, right=True, rank=1),
    Column("Not in the cost, or estimated", lambda s: s.notes, 26, tone=lambda _: "warn", rank=2),
)
SIDE = 250  # px
WIDEST = 1320  # px


class MoneyPage(Page):
    """Reads the costs again when it comes into view, and when a day's sum moved."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Money", widest=WIDEST)
        self._view, self._do = overview, actions
        self._costs: Mapping[str, object] = {}
        self._keys: dict[str, Record] | None = None
        self._counted = -1
        self._reading = False
        self._period = Segments(*PERIODS)
        self._period.setAccessibleName(tr("Time"))
        self._period.choose(1)
        self._period.chosen.connect(lambda _n: self._read())
        self.top.addStretch(1)
        self.top.addWidget(self._period)
        over = Card()
        self._total, self._requests = label("–", "figure"), label("", "muted")
        self._notes = label("", "warn", wrap=True)
        self.bars = DayBars()
        over.add_layout(row_of(self._total, 1, button("Export", "download", press=self._ask_file)))
        for widget in (self._requests, self._notes, self.bars):
            over.add(widget)
        parts = Card()
        self._by = Segments(*GROUPS)
        self._by.setAccessibleName(tr("By"))
        self._by.chosen.connect(lambda _n: self._group_chosen())
        parts.add_layout(row_of(self._by, 1))
        self.table = Table("Costs", COLUMNS, lambda s: s.name)
        self._nothing = label("Nothing was asked in this time.", "muted")
        parts.add(self._nothing)
        parts.add(self.table, 1)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(over)
        left.addWidget(parts, 1)
        side = Card("Budgets today")
        self._budgets = Bars("Budgets today", "No project has a budget.")
        side.add(self._budgets)
        side.add(button("Set budgets", press=lambda: self.wanted.emit("Projects", None)))
        side.add_stretch()
        side.setFixedWidth(SIDE)
        self.column.addLayout(row_of(left, side, spacing=GAP), 1)

    def on_shown(self) -> None:
        self._read()

    def refresh(self) -> None:
        """Show the costs read last; read them again when something was spent."""
        view = self._view
        self._budgets.show_rows(budget_rows(view, most=12))
        if self._counted != view.spending.requests and not self._reading:
            self._read()
        rows = self.sums()
        amount, requests, notes = total_words(self._costs)
        self._total.setText(amount)
        self._requests.setText(requests)
        self._notes.setText(notes)
        self._notes.setVisible(bool(notes))
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
                self._costs, self._keys = costs, None
                self._group_chosen()

        def broke(error: BaseException) -> None:
            self._reading = False
            self._notes.setText(str(error))
            self._notes.show()

        self._do.run("costs", take, on_error=broke, period=period, by=["day"])

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

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, tr("Export"), str(Path.home() / f"voicegateway-costs-{self._chosen}.csv"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("CSV (*.csv)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.export)
        dialog.open()

    def export(self, path: str) -> None:
        """Write the rows of the chosen group."""
        from voicegw_desktop.app.exporting import write_table

        rows = [
            {"name": s.name, "cost_nanos": s.nanos, "requests": s.requests, "unpriced": s.unpriced,
             "estimated": s.estimated}
            for s in self.sums()
        ]  # fmt: skip
        try:
            write_table(Path(path), ("name", "cost_usd", "requests", "unpriced", "estimated"), rows)
        except OSError as error:
            self._do.said(tr("Not written: {v}", v=error.strerror or error))
        else:
            self._do.said(tr("{rows} rows written", rows=len(rows)))
