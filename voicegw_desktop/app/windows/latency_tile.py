"""A tile of figures for one modality, above the chart of latencies."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import tr, whole_number
from voicegw_desktop.app.viewmodels.state import FIRST_NAMES, MODALITY_NAMES, Latency
from voicegw_desktop.app.viewmodels.words import count, millis
from voicegw_desktop.app.windows.latency_chart import span_text
from voicegw_desktop.app.windows.parts import Elided, label, row_of, set_role


class LatencyTile(QFrame):
    """One modality: the usual latency large, then how many requests and how many failed."""

    def __init__(self, modality: str) -> None:
        super().__init__()
        self.setObjectName("tile")
        self._modality = modality
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(1)
        self._mark = label("●")
        name = Elided("", "small", Qt.TextElideMode.ElideRight)
        first = FIRST_NAMES[modality]
        name.show_text(f"{tr(MODALITY_NAMES[modality])} · {first}", f"{modality.upper()} · {first}")
        line = row_of(self._mark, name, spacing=6)
        line.setStretch(1, 1)
        column.addLayout(line)
        self._middle = label("–", "number")
        self._usual = Elided("", "small", Qt.TextElideMode.ElideRight)
        self._count = Elided("", "small", Qt.TextElideMode.ElideRight)
        for widget in (self._middle, self._usual, self._count):
            column.addWidget(widget)

    def show_figures(self, found: Latency, ended: int, failed: int, span: float) -> None:
        """Latency, requests that ended and those that failed, over `span` seconds."""
        looks = f"color: {getattr(theme.tokens(), self._modality)}; font-size: 9pt;"
        if self._mark.styleSheet() != looks:
            self._mark.setStyleSheet(looks)
        self._middle.setText(millis(found.p50))
        self._usual.show_text(
            tr("p95 {time} · last {time2}", time=millis(found.p95), time2=millis(found.last)) if found.n else "",
            tr("p95 {time}", time=millis(found.p95)) if found.n else "",
        )
        asked = max(ended, found.n)
        told = (
            tr("{failed} of {asked} failed", failed=failed, asked=whole_number(asked))
            if failed
            else count(asked, "request")
        )
        nothing = tr("no requests in {span_text}", span_text=span_text(span))
        few = tr("{failed} failed", failed=failed) if failed else ""
        self._count.show_text(told if asked else nothing, few if asked else tr("none"))
        set_role(self._count, "bad" if failed else "small")
        self.setAccessibleName(
            tr(
                "{v}: median {time}, p95 {time2}; {told}",
                v=tr(MODALITY_NAMES[self._modality]),
                time=millis(found.p50),
                time2=millis(found.p95),
                told=told,
            )
        )
