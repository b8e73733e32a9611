"""The first page: where agents connect, what serves them, how fast answers come, what the day has cost."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.state import FIRST_NAMES, MODALITIES, MODALITY_NAMES
from voicegw_desktop.app.viewmodels.words import count, millis
from voicegw_desktop.app.windows.charts import Bars, LatencyChart
from voicegw_desktop.app.windows.guide import Guide, Snippets
from voicegw_desktop.app.windows.parts import (
    GAP,
    Card,
    Choice,
    Elided,
    Page,
    Segments,
    button,
    label,
    row_of,
    set_role,
)
from voicegw_desktop.core.money import money

STATE_ROLE = {"ready": "good", "busy": "good", "attention": "warn", "starting": "muted", "stopped": "bad"}
MOST_BARS = 6


class OverviewPage(Page):
    """Endpoint, routes, latency and spending, live; a guide in their place while nothing has been asked yet."""

    def __init__(self, overview: Overview, actions: Actions, cache: Path) -> None:
        super().__init__("Overview", scrolls=True)
        self._view, self._do = overview, actions
        self._guide_open: bool | None = None
        self._state = Elided("", "muted")
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.top.addWidget(self._state, 1)
        self.guide = Guide(overview, actions, cache, self._hide_guide)
        self.guide.hide()
        self.column.addWidget(self.guide)
        self._usual = QWidget()
        usual = QVBoxLayout(self._usual)
        usual.setContentsMargins(0, 0, 0, 0)
        usual.setSpacing(GAP)
        usual.addWidget(self._endpoint_card())
        usual.addWidget(self._serving_card())
        usual.addLayout(row_of(self._latency_card(), self._spending_card(), spacing=GAP), 1)
        self.column.addWidget(self._usual, 1)
        self._below = label("", "small", wrap=True)
        self._below.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._below.setContentsMargins(16, 0, 16, 0)
        self.column.addWidget(self._below, 1)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _endpoint_card(self) -> Card:
        card = Card("Endpoint")
        self._endpoint = label("", "mono", selectable=True)
        self._copy = button("Copy address", "copy", press=self._do.copy_endpoint)
        self._copy_key = button("Copy API key", "key-round", press=lambda: self._do.copy_key())
        self._connect = button("Connect an agent", "plug-zap", press=self._toggle_snippets)
        self._connect.setCheckable(True)
        card.add_layout(row_of(self._endpoint, 1, self._connect, self._copy, self._copy_key))
        self.snippets = Snippets(self._view, self._do)
        self.snippets.hide()
        card.add(self.snippets)
        self._hint = Elided("", "muted", Qt.TextElideMode.ElideRight)
        card.add(self._hint)
        return card

    def _serving_card(self) -> Card:
        card = Card("What serves")
        self._stack = Choice("Stack")
        self._stack.setFixedWidth(230)
        self._stack.chosen.connect(self._do.choose_stack)
        self._offline = QCheckBox("Offline: nothing leaves this machine")
        self._offline.clicked.connect(self._do.set_offline)
        card.add_to_heading(self._offline)
        card.add_to_heading(self._stack)
        columns = QHBoxLayout()
        columns.setSpacing(GAP)
        self._routes: dict[str, Choice] = {}
        self._served: dict[str, Elided] = {}
        for modality in MODALITIES:
            column = QVBoxLayout()
            column.setSpacing(4)
            choice = Choice(f"What serves {MODALITY_NAMES[modality].lower()}")
            choice.chosen.connect(lambda target, m=modality: self._do.set_route(m, target))
            served = Elided("", "small", Qt.TextElideMode.ElideRight)
            column.addWidget(label(MODALITY_NAMES[modality], "small"))
            column.addWidget(choice)
            column.addWidget(served)
            columns.addLayout(column, 1)
            self._routes[modality], self._served[modality] = choice, served
        card.add_layout(columns)
        return card

    def _latency_card(self) -> Card:
        card = Card("Latency")
        self._turn = label("", "muted")
        card.add_to_heading(self._turn)
        tiles = QHBoxLayout()
        tiles.setSpacing(8)
        self._tiles: dict[str, _Tile] = {}
        for modality in MODALITIES:
            self._tiles[modality] = _Tile(modality)
            tiles.addWidget(self._tiles[modality], 1)
        card.add_layout(tiles)
        self._chart = LatencyChart()
        card.add(self._chart, 1)
        self._lag = label("", "small")
        self._lag.setToolTip("How late the gateway's own loop ran over the last second; streams wait for it.")
        card.add(self._lag)
        return card

    def _spending_card(self) -> Card:
        card = Card("Spent today")
        self._total = label("$0.00", "figure")
        self._requests = label("", "muted")
        self._unpriced = label("", "warn", wrap=True)
        self._by = Segments("Provider", "Project")
        self._by.chosen.connect(lambda _n: self.refresh())
        self._bars = Bars("Spending today", "Nothing used today.")
        self._budget_title = label("Budgets", "small")
        self._budgets = Bars("Budgets today", "")
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._total)
        column.addWidget(self._requests)
        column.addWidget(self._unpriced)
        card.add_layout(column)
        card.add(self._by)
        card.add(self._bars)
        card.add(self._budget_title)
        card.add(self._budgets)
        card.add_stretch()
        card.setFixedWidth(280)
        return card

    # -- what it shows ------------------------------------------------------------------------------------------------

    def on_shown(self) -> None:
        if self._guide_open is not False:
            self.guide.load()

    def refresh(self) -> None:
        """Show the overview as it is now."""
        view = self._view
        self._state.show_text(view.why if view.state != "ready" else "")
        set_role(self._state, STATE_ROLE[view.state])
        self._decide_guide()
        if self._guide_open:
            self.guide.refresh()
            self._below.setText(self._view.message)
            return
        self._show_endpoint()
        self._show_routes()
        self._show_latency()
        self._show_spending()

    def _decide_guide(self) -> None:
        """Open it for those who have not asked anything yet; then it stays until it is hidden."""
        if self._guide_open is None and self._view.life == "running":
            self._guide_open = not self._view.requests and not self._view.active
        elif self._guide_open and self._view.requests and not self.guide.engaged:
            # an agent talks already: it needs no guide, its person wants the figures
            self._guide_open = False
        self.guide.setVisible(bool(self._guide_open))
        self._usual.setVisible(not self._guide_open)
        self._below.setVisible(bool(self._guide_open))

    def _hide_guide(self) -> None:
        self._guide_open = False
        self.refresh()

    def _toggle_snippets(self) -> None:
        self.snippets.setVisible(self._connect.isChecked())
        self.snippets.refresh()

    def _show_endpoint(self) -> None:
        view = self._view
        serving = bool(view.endpoint)
        self._endpoint.setText(view.endpoint or "not serving")
        for push in (self._copy, self._copy_key, self._connect):
            push.setEnabled(serving)
        self._hint.show_text(view.message)
        self._hint.setVisible(bool(view.message))
        if self.snippets.isVisible():
            self.snippets.refresh()

    def _show_routes(self) -> None:
        view = self._view
        self._stack.show_pairs(
            [("Each project's own stack", None), *((f"Stack: {name}", name) for name in view.stacks)], view.stack
        )
        self._stack.setVisible(bool(view.stacks))
        if self._offline.isChecked() != view.offline:
            self._offline.setChecked(view.offline)
        for modality in MODALITIES:
            now = view.routes.get(modality)
            targets = sorted({*view.targets[modality], *([now] if now else [])})
            self._routes[modality].show_pairs([("As requested", None), *((t, t) for t in targets)], now)
            last = view.last_served.get(modality)
            self._served[modality].show_text(f"Last served by {last}" if last else "Not used yet")

    def _show_latency(self) -> None:
        view = self._view
        self._chart.show_series({m: list(points) for m, points in view.points.items()}, time.time())
        for modality, tile in self._tiles.items():
            found = view.latency(modality)
            tile.show_latency(found.last, found.p50, found.p95, found.n)
        self._lag.setText(f"Gateway loop: p99 {view.lag.p99_ms:.1f} ms late" if view.lag else "")
        self._lag.setVisible(view.lag is not None)
        total = view.turn.total_ms
        self._turn.setText(f"Last turn {millis(total)}" if total is not None else "")

    def _show_spending(self) -> None:
        view, spent = self._view, self._view.spending
        self._total.setText(money(spent.total))
        self._requests.setText(count(spent.requests, "request"))
        notes = [f"{count(spent.unpriced, 'request')} without a known price, not in the sum"] if spent.unpriced else []
        notes += [f"{count(spent.estimated, 'request')} with an estimated amount"] if spent.estimated else []
        self._unpriced.setVisible(bool(notes))
        self._unpriced.setText("; ".join(notes))
        chosen = spent.by_project if self._by.current else spent.by_provider
        rows = sorted(chosen.items(), key=lambda item: (-(item[1] or 0), item[0]))
        biggest = max((nanos or 0 for _, nanos in rows), default=0) or 1
        self._bars.show_rows(
            [
                (name, "free" if nanos == 0 else money(nanos), (nanos or 0) / biggest, "accent")
                for name, nanos in rows[:MOST_BARS]
            ]
        )
        budgets = sorted(view.budgets.values(), key=lambda b: -b.used(spent.of(b.project)))
        self._budget_title.setVisible(bool(budgets))
        self._budgets.setVisible(bool(budgets))
        tones = {"ok": "good", "warning": "warn", "exceeded": "bad"}
        self._budgets.show_rows(
            [
                (b.name, f"{used:.0%} of {money(b.limit_nanos)}", used, tones.get(b.state, "good"))
                for b in budgets[:3]
                for used in (b.used(spent.of(b.project)),)
            ]
        )


class _Tile(QFrame):
    """One modality's latency: the last large, the usual below."""

    def __init__(self, modality: str) -> None:
        super().__init__()
        self.setObjectName("tile")
        self._modality = modality
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(1)
        self._mark = label("●")
        name = Elided(f"{MODALITY_NAMES[modality]} · {FIRST_NAMES[modality]}", "small", Qt.TextElideMode.ElideRight)
        line = row_of(self._mark, name, spacing=6)
        line.setStretch(1, 1)
        column.addLayout(line)
        self._last = label("–", "number")
        self._usual = Elided("", "small", Qt.TextElideMode.ElideRight)
        column.addWidget(self._last)
        column.addWidget(self._usual)

    def show_latency(self, last: float | None, p50: float | None, p95: float | None, n: int) -> None:
        """Milliseconds over the last `n` requests."""
        self._mark.setStyleSheet(f"color: {getattr(theme.tokens(), self._modality)}; font-size: 9pt;")
        self._last.setText(millis(last))
        self._usual.show_text(f"p50 {millis(p50)}   p95 {millis(p95)}" if n else "no requests yet")
        self.setAccessibleName(
            f"{MODALITY_NAMES[self._modality]}: last {millis(last)}, p50 {millis(p50)}, p95 {millis(p95)} of {n}"
        )
