"""The first page: what needs attention, where agents connect, what serves them, how fast, and what the day has cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QStyle, QVBoxLayout, QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.matters import matters
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.samples import SPANS
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.viewmodels.state import MODALITIES, MODALITY_NAMES
from voicegw_desktop.app.viewmodels.talk import FIRSTS, STAGE_NAMES
from voicegw_desktop.app.viewmodels.words import count, millis, money, places
from voicegw_desktop.app.windows.attention import Attention
from voicegw_desktop.app.windows.charts import Bars
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.folding import Folding
from voicegw_desktop.app.windows.guide import Guide, Snippets
from voicegw_desktop.app.windows.latency_chart import LatencyChart
from voicegw_desktop.app.windows.latency_tile import LatencyTile
from voicegw_desktop.app.windows.parts import (
    GAP,
    SIDE,
    Card,
    Elided,
    Page,
    Segments,
    button,
    flash,
    label,
    row_of,
)
from voicegw_desktop.app.windows.waterfall import Waterfall

MOST_BARS = 6
HIGHEST = 860  # px; more would only stretch the chart
SPENT_WIDTH = 250  # px


class OverviewPage(Page):
    """Endpoint, routes, latency and spending, live; a guide in their place while nothing has been asked yet."""

    def __init__(self, overview: Overview, actions: Actions, cache: Path) -> None:
        super().__init__("Overview", scrolls=True)
        self._view, self._do, self._cache = overview, actions, cache
        self._guide_open: bool | None = None
        self._spending: Card | None = None

    def build(self) -> Iterator[None]:
        self.attention = Attention()
        self.attention.wanted.connect(self.wanted)
        self.column.addWidget(self.attention)
        yield
        self.guide = Guide(self._view, self._do, self._cache, self._hide_guide)
        self.guide.hide()
        self.column.addWidget(self.guide)
        yield
        self._usual = QWidget()
        usual = QVBoxLayout(self._usual)
        usual.setContentsMargins(0, 0, 0, 0)
        usual.setSpacing(GAP)
        self.column.addWidget(self._usual, 1000)
        usual.addWidget(self._strip())
        yield
        self._latency = self._latency_card()
        self._figures = row_of(self._latency, spacing=GAP)
        usual.addLayout(self._figures, 1)
        yield
        self._spending = self._spending_card()
        self._figures.addWidget(self._spending)
        self._stand()
        self._below = label("", "small", wrap=True)
        self._below.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._below.setContentsMargins(16, 0, 16, 0)
        self.column.addWidget(self._below, 1)
        self.column.addStretch(1)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _strip(self) -> Card:
        """Endpoint and routes."""
        card = Card()
        self._endpoint = Elided("", "mono", Qt.TextElideMode.ElideRight)
        self._endpoint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = button("Copy address", "copy", press=lambda: self._do.copy_endpoint(self._copied))
        self._copy_key = button("Copy API key", "key-round", press=self._copy_a_key)
        self._connect = button("Connect", "plug-zap", press=self._toggle_snippets)
        self._connect.setAccessibleName(tr("Connect an agent"))
        self._connect.setCheckable(True)
        self._address = Folding(self._endpoint, self._connect, self._copy, self._copy_key)
        card.add(self._address)
        self.snippets = Snippets(self._view, self._do)
        self.snippets.hide()
        card.add(self.snippets)
        columns = QHBoxLayout()
        columns.setSpacing(GAP)
        self._stack = Choice("Stack")
        self._stack.setMinimumContentsLength(4)
        self._stack.chosen.connect(self._do.choose_stack)
        self._offline = QCheckBox(tr("Offline"))
        self._offline.setToolTip(tr("Nothing leaves this machine."))
        self._offline.setAccessibleName(tr("Offline: nothing leaves this machine"))
        self._offline.clicked.connect(self._do.set_offline)
        self._stack_box = _column(tr("Stack"), self._stack, self._offline)
        columns.addWidget(self._stack_box, 1)
        self._routes: dict[str, Choice] = {}
        self._served: dict[str, Elided] = {}
        for modality in MODALITIES:
            choice = Choice("")
            choice.setMinimumContentsLength(4)
            choice.chosen.connect(lambda target, m=modality: self._do.set_route(m, target))
            served = Elided("", "small", Qt.TextElideMode.ElideRight)
            columns.addWidget(_column(MODALITY_NAMES[modality], choice, served), 1)
            choice.setAccessibleName(tr("What serves {lower}", lower=tr(MODALITY_NAMES[modality]).lower()))
            self._routes[modality], self._served[modality] = choice, served
        card.add_layout(columns)
        return card

    def _latency_card(self) -> Card:
        card = Card("Median latency")
        self._span = Segments(*SPANS)
        self._span.setAccessibleName(tr("Time shown"))
        self._span.chosen.connect(self._span_chosen)
        card.add_to_heading(self._span)
        tiles = QHBoxLayout()
        tiles.setSpacing(8)
        self._tiles: dict[str, LatencyTile] = {}
        for modality in MODALITIES:
            self._tiles[modality] = LatencyTile(modality)
            tiles.addWidget(self._tiles[modality], 1)
        card.add_layout(tiles)
        self._chart = LatencyChart()
        card.add(self._chart, 1)
        self._turn = Elided("", "small", Qt.TextElideMode.ElideRight)
        self._bar = Waterfall()
        self._turn_row = QWidget()
        turn = QVBoxLayout(self._turn_row)
        turn.setContentsMargins(0, 0, 0, 0)
        turn.setSpacing(4)
        turn.addWidget(self._turn)
        turn.addWidget(self._bar)
        card.add(self._turn_row)
        self._lag = label("", "small")
        self._lag.setToolTip(tr("How late the gateway's own loop ran over the last second; streams wait for it."))
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
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stand()

    def _stand(self) -> None:
        """Spending stands beside the latency, and below it where there is no room for both."""
        if self._spending is None:
            return
        margins = 2 * SIDE + self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        need = self._latency.minimumSizeHint().width() + GAP + theme.scaled(SPENT_WIDTH, 0.5)
        way = QBoxLayout.Direction
        direction = way.LeftToRight if need <= self.width() - margins else way.TopToBottom
        if direction == way.LeftToRight:
            theme.keep_width(self._spending, SPENT_WIDTH)
        else:
            theme.free_width(self._spending)
        self._usual.setMaximumHeight(HIGHEST if direction == way.LeftToRight else theme.UNLIMITED)
        self._figures.setDirection(direction)

    # -- what it shows ------------------------------------------------------------------------------------------------

    def on_shown(self) -> None:
        if self._guide_open is not False:
            self.guide.load()

    def refresh(self) -> None:
        """Show the overview as it is now."""
        view = self._view
        self.attention.show_matters(matters(view))
        self._decide_guide()
        if self._guide_open:
            self.guide.refresh()
            self._below.setText(told(self._view.message))
            return
        self._show_endpoint()
        self._show_routes()
        self._show_latency()
        self._show_spending()
        self._stand()

    def _decide_guide(self) -> None:
        """Open it for those who have not asked anything yet; then it stays until it is hidden."""
        if self._guide_open is None and self._view.loaded:
            first = self._view.first
            asked = self._view.requests or self._view.active
            self._guide_open = not first.hidden and (first.engaged or not asked)
        elif self._guide_open and self._view.requests and not self.guide.engaged:
            # an agent is connected already: figures are shown instead of the guide
            self._guide_open = False
        self.guide.setVisible(bool(self._guide_open))
        self._usual.setVisible(not self._guide_open)
        self._below.setVisible(bool(self._guide_open))

    def _hide_guide(self) -> None:
        self._guide_open = False
        self._view.first.hidden = True
        self.refresh()

    def _copied(self) -> None:
        flash(self._copy, tr("Copied"))

    def _copy_a_key(self) -> None:
        self._do.copy_key(done=lambda: flash(self._copy_key, tr("Copied")))

    def _toggle_snippets(self) -> None:
        self.snippets.setVisible(self._connect.isChecked())
        self.snippets.refresh()

    def _show_endpoint(self) -> None:
        view = self._view
        serving = bool(view.endpoint)
        self._endpoint.show_text(view.endpoint or tr("not serving"))
        self._address.fold()
        for push in (self._copy, self._copy_key, self._connect):
            push.setEnabled(serving)
        if self.snippets.isVisible():
            self.snippets.refresh()

    def _show_routes(self) -> None:
        view = self._view
        serving = view.life == "running"
        stacks, barred = view.stack_choices(view.stack)
        self._stack.show_pairs([(tr("Each project's own"), None), *stacks], view.stack, barred=barred)
        if self._offline.isChecked() != view.offline:
            self._offline.setChecked(view.offline)
        self._stack.setEnabled(serving and bool(view.stacks))
        self._offline.setEnabled(serving)
        for modality in MODALITIES:
            now = view.routes.get(modality)
            pairs, barred = view.choices(view.targets[modality], now)
            self._routes[modality].show_pairs([(tr("As requested"), None), *pairs], now, barred=barred)
            self._routes[modality].setEnabled(serving)
            last = view.last_served.get(modality)
            self._served[modality].show_text(tr("Last: {last}", last=last) if last else tr("Not used yet"))

    def _span_chosen(self, _number: int) -> None:
        if self._seconds > SPANS["5 min"]:
            self._do.load_samples(self._seconds)
        self.refresh()

    @property
    def _seconds(self) -> float:
        return list(SPANS.values())[self._span.current]

    def _show_latency(self) -> None:
        view, span = self._view, self._seconds
        self._chart.show_points({m: view.samples.within(m, span) for m in MODALITIES}, time.time(), span)
        for modality, tile in self._tiles.items():
            tile.show_figures(view.samples.latency(modality, span), *view.samples.outcome(modality, span), span)
        self._lag.setText(tr("Gateway loop: p99 {p99_ms} ms late", p99_ms=f"{view.lag.p99_ms:.1f}") if view.lag else "")
        self._lag.setVisible(view.lag is not None)
        total = view.turn.total_ms
        self._turn_row.setVisible(total is not None)
        if total is not None:
            stages = [(FIRSTS[m], ms) for m, ms in view.turn.stages.items()]
            whole = tr("Last turn {time}", time=millis(total))
            each = " · ".join(f"{tr(STAGE_NAMES[name])} {millis(ms)}" for name, ms in stages)
            self._turn.show_text(f"{whole}: {each}", whole)
            self._bar.show_stages(stages, total)

    def _show_spending(self) -> None:
        view, spent = self._view, self._view.spending
        self._total.setText(money(spent.total))
        self._requests.setText(count(spent.requests, "request"))
        notes = (
            [tr("{count} without a known price, not in the sum", count=count(spent.unpriced, "request"))]
            if spent.unpriced
            else []
        )
        notes += (
            [tr("{count} with an estimated amount", count=count(spent.estimated, "request"))] if spent.estimated else []
        )
        self._unpriced.setVisible(bool(notes))
        self._unpriced.setText("; ".join(notes))
        chosen = spent.by_project if self._by.current else spent.by_provider
        rows = sorted(chosen.items(), key=lambda item: (-(item[1] or 0), item[0]))
        biggest, fine = max((nanos or 0 for _, nanos in rows), default=0) or 1, places(chosen.values())
        # nothing spent is $0.00 and not "free": a provider that only failed was paid nothing
        self._bars.show_rows(
            [(name, money(nanos, fine), (nanos or 0) / biggest, "accent") for name, nanos in rows[:MOST_BARS]]
        )
        budgets = budget_rows(view, most=3)
        self._budget_title.setVisible(bool(budgets))
        self._budgets.setVisible(bool(budgets))
        self._budgets.show_rows(budgets)


def budget_rows(view: Overview, most: int) -> list[tuple[str, str, float, str]]:
    """The fullest budgets for `Bars`, with what is over them."""
    spent = view.spending
    tones = {"ok": "good", "warning": "warn", "exceeded": "bad"}
    found = sorted(view.budgets.values(), key=lambda b: -b.used(spent.of(b.project)))[:most]
    return [
        (b.name, _of_budget(used, spent.of(b.project), b.limit_nanos), used, tone)
        for b in found
        for used in (b.used(spent.of(b.project)),)
        for tone in ("bad" if used > 1 else tones.get(b.state, "good"),)
    ]


def _of_budget(used: float, spent: int, limit: int) -> str:
    if spent > limit:
        return tr("{used}, {amount} over", used=f"{used:.0%}", amount=money(spent - limit))
    return tr("{used} of {amount}", used=f"{used:.0%}", amount=money(limit))


def _column(name: str, widget: QWidget, below: QWidget) -> QWidget:
    """A field with its name above and a line below."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    above = label(name, "small")
    above.setBuddy(widget)
    for item in (above, widget, below):
        column.addWidget(item)
    column.addStretch(1)
    return box
