"""The first page: where agents connect, how fast answers come, what the day has cost."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from voicegw_desktop.app import theme
from voicegw_desktop.app.viewmodels.overview import MODALITIES, Overview
from voicegw_desktop.app.viewmodels.words import count, millis, money
from voicegw_desktop.app.windows.charts import MODALITY_NAMES, LatencyChart, SpendingBars
from voicegw_desktop.app.windows.parts import GAP, Card, Elided, Page, button, label, set_role

STATE_ROLE = {"ready": "good", "busy": "good", "attention": "warn", "starting": "muted", "stopped": "bad"}
STATE_WORD = {
    "ready": "Ready",
    "busy": "Working",
    "attention": "Needs attention",
    "starting": "Starting",
    "stopped": "Stopped",
}


class OverviewPage(Page):
    """Endpoint, latency and spending, live."""

    def __init__(self, overview: Overview, copy_endpoint: Callable[[], None], copy_key: Callable[[], None]) -> None:
        super().__init__("Overview")
        self._view = overview
        self._state = Elided("", "muted")
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.top.takeAt(1)
        self.top.addSpacing(24)
        self.top.addWidget(self._state, 1)
        self.column.addWidget(self._endpoint_card(copy_endpoint, copy_key))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._latency_card(), 3)
        row.addWidget(self._spending_card(), 1)
        self.column.addLayout(row, 1)

    def _endpoint_card(self, copy_endpoint: Callable[[], None], copy_key: Callable[[], None]) -> Card:
        card = Card("Endpoint")
        line = QHBoxLayout()
        self._endpoint = label("", "mono", selectable=True)
        self._copy = button("Copy address", "copy")
        self._copy.clicked.connect(lambda _checked=False: copy_endpoint())
        self._copy_key = button("Copy API key", "key-round")
        self._copy_key.clicked.connect(lambda _checked=False: copy_key())
        line.addWidget(self._endpoint, 1)
        line.addWidget(self._copy)
        line.addWidget(self._copy_key)
        card.add_layout(line)
        self._hint = Elided("", "muted")
        card.add(self._hint)
        return card

    def _latency_card(self) -> Card:
        card = Card("Latency: time to first byte")
        self._turn = label("", "muted")
        card.add_to_heading(self._turn)
        legend = QHBoxLayout()
        legend.setSpacing(18)
        self._now: dict[str, QLabel] = {}
        for modality in MODALITIES:
            swatch = label("●")
            swatch.setObjectName("swatch-" + modality)
            text = label("", "muted")
            pair = QHBoxLayout()
            pair.setSpacing(6)
            pair.addWidget(swatch)
            pair.addWidget(text)
            legend.addLayout(pair)
            self._now[modality] = text
        legend.addStretch(1)
        card.add_layout(legend)
        self._chart = LatencyChart()
        card.add(self._chart, 1)
        self._lag = label("", "muted")
        self._lag.setToolTip("How late the gateway's own loop ran over the last second; streams wait for it.")
        card.add(self._lag)
        return card

    def _spending_card(self) -> Card:
        card = Card("Spent today")
        self._total = label("$0.00", "figure")
        self._requests = label("", "muted")
        self._unpriced = label("", "warn", wrap=True)
        self._bars = SpendingBars()
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._total)
        column.addWidget(self._requests)
        column.addWidget(self._unpriced)
        card.add_layout(column)
        card.add(self._bars)
        card.add_stretch()
        card.setMinimumWidth(250)
        return card

    def refresh(self) -> None:
        """Show the overview as it is now."""
        view = self._view
        self._state.show_text(STATE_WORD[view.state] if view.state != "attention" else view.why)
        set_role(self._state, STATE_ROLE[view.state])
        serving = bool(view.endpoint)
        self._endpoint.setText(view.endpoint or "not serving")
        self._copy.setEnabled(serving)
        self._copy_key.setEnabled(serving)
        self._hint.show_text("  ".join(filter(None, (view.message, view.hint))) or self._routes_hint())
        self._chart.show_series({m: list(points) for m, points in view.points.items()}, time.time())
        look = theme.tokens()
        for modality, text in self._now.items():
            points = view.points[modality]
            text.setText(f"{MODALITY_NAMES[modality]}  {millis(points[-1].ms) if points else '–'}")
            swatch = self.findChild(QLabel, "swatch-" + modality)
            if isinstance(swatch, QLabel):
                swatch.setStyleSheet(f"color: {getattr(look, modality)}")
        self._lag.setText(f"Gateway loop p99 {view.lag.p99_ms:.1f} ms" if view.lag else "")
        total = view.turn.total_ms
        self._turn.setText(f"Last turn {millis(total)}" if total is not None else "")
        spent = view.spending
        self._total.setText(money(spent.nanos))
        self._requests.setText(count(spent.requests, "request"))
        self._unpriced.setVisible(spent.unpriced > 0)
        self._unpriced.setText(f"{count(spent.unpriced, 'request')} without a known price, not in the sum")
        self._bars.show_rows(spent.by_provider)

    def _routes_hint(self) -> str:
        view = self._view
        if view.offline:
            return "Offline: nothing leaves this machine. Cloud names are served by local engines."
        chosen = [f"{MODALITY_NAMES[m]}: {t}" for m, t in view.routes.items() if t]
        return (
            "  ·  ".join(chosen) or "Any OpenAI, LiveKit or Wyoming client may connect; models are served as requested."
        )
