"""What was asked lately and who served it, what left this machine, and the notices a person should not miss."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.words import count, millis, size
from voicegw_desktop.app.windows.parts import Card, Page, Segments, label
from voicegw_desktop.app.windows.table import Column, Table
from voicegw_desktop.core.money import money

TONES = {"error": "bad", "warning": "warn", "info": "muted"}


def _served(record: Any) -> str:
    return f"{record.provider}/{record.model_id.removeprefix(record.provider + '/')}"


def _asked(record: Any) -> str:
    wanted = getattr(record, "wanted", None)
    return "the same" if wanted in (_served(record), None) else str(wanted)


def _status(record: Any) -> str:
    if record.status == "success":
        return "fell back" if record.fallback_from else "ok"
    return str(record.status)


def _goes_on(entry: Any) -> bool:
    return not getattr(entry, "finished", True)


def _uncounted(entry: Any) -> str:
    return "Still open, or the program was killed before the rest was counted." if _goes_on(entry) else ""


def _told(record: Any) -> str:
    """The whole story of one request."""
    parts = [f"{_served(record)} served it" if record.status == "success" else f"{_served(record)}: {record.status}"]
    if getattr(record, "wanted", None):
        parts.append(f"asked for as {record.wanted}")
    if record.fallback_from:
        parts.append(f"{record.fallback_from} should have")
    if getattr(record, "wire", None):
        parts.append(f"by way of {record.wire}")
    text = ", ".join(parts) + "."
    return f"{text} {record.error_message}" if record.error_message else text


def _at(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))


REQUESTS = (
    Column("Time", lambda r: _at(r.timestamp), 7),
    Column("Kind", lambda r: str(r.modality).upper(), 4),
    Column("Served by", _served),
    Column("Asked for", _asked, tone=lambda r: "muted" if _asked(r) == "the same" else ""),
    Column("Project", lambda r: str(r.project), 8),
    Column("First", lambda r: millis(r.ttfb_ms), 6, right=True, tip=lambda _: "Time to first byte"),
    Column("Total", lambda r: millis(r.total_latency_ms), 6, right=True),
    Column("Cost", lambda r: money(r.cost_nanos), 9, right=True, tip=lambda r: f"Price from: {r.pricing_source}"),
    Column(
        "Status", _status, 7,
        tone=lambda r: "bad" if r.status == "error" else "warn" if r.fallback_from else "muted", tip=_told,
    ),
)  # fmt: skip
EGRESS = (
    Column("Time", lambda e: _at(e.at), 7),
    Column("Kind", lambda e: str(e.modality).upper(), 4),
    Column("Sent to", lambda e: str(e.host)),
    Column("Target", lambda e: str(e.target)),
    Column("Project", lambda e: str(e.project), 12),
    Column("Zone", lambda e: str(e.zone), 6),
    Column("Audio", lambda e: f"{e.sent_s:.1f} s" if e.sent_s else "–", 8, right=True),
    Column("Sent", lambda e: size(e.sent_bytes) + (" …" if _goes_on(e) else ""), 8, right=True, tip=_uncounted),
)
NOTICES = (
    Column("Level", lambda n: str(n.level), 8, tone=lambda n: TONES.get(n.level, "")),
    Column("What happened", lambda n: str(n.message)),
)


class ActivityPage(Page):
    """Three lists, one in view."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Activity")
        self._view = overview
        self._kind = Segments("Requests", "Left this machine", "Notices")
        self._kind.chosen.connect(lambda _n: self.refresh())
        self.top.addStretch(1)
        self.top.addWidget(self._kind)
        card = Card()
        self._summary = label("", "muted", wrap=True)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        card.add(self._summary)
        self._makers: tuple[Callable[[], Table], ...] = (
            lambda: Table("Requests", REQUESTS, lambda r: r.id),
            lambda: Table("What left this machine", EGRESS, lambda e: (e.request, e.target, e.at)),
            lambda: Table("Notices", NOTICES, id),
        )
        self._made: dict[int, Table] = {}
        self._place = QVBoxLayout()
        card.column.addLayout(self._place, 1)
        self._about = label("", "", wrap=True, selectable=True)
        card.add(self._about)
        self.column.addWidget(card, 1)

    def table(self, number: int) -> Table:
        """One of the three, made at its first use."""
        if number not in self._made:
            table = self._made[number] = self._makers[number]()
            table.picked.connect(self._show_chosen)
            self._place.addWidget(table)
        return self._made[number]

    def on_shown(self) -> None:
        self._view.seen()

    def refresh(self) -> None:
        """Show the chosen list as it is now."""
        view, chosen = self._view, self._kind.current
        lists: tuple[Sequence[Any], ...] = (list(view.requests), list(view.egress), list(view.notices))
        texts = (self._requests_text(), self._egress_text(), "" if view.notices else "Nothing to tell.")
        if lists[chosen]:
            self.table(chosen).show_rows(lists[chosen])
        for number, table in self._made.items():
            table.setVisible(number == chosen and bool(lists[number]))
        self._summary.setText(texts[chosen])
        self._summary.setVisible(bool(texts[chosen]))
        self._show_chosen()

    def _requests_text(self) -> str:
        if self._view.requests:
            return ""
        return "No requests yet. They appear here as agents talk: who served each, how fast, and for how much."

    def _egress_text(self) -> str:
        left = self._view.left
        if not left.entries:
            return f"Nothing has left this machine {self._view.left_when}."
        hosts = sorted(left.hosts.items(), key=lambda item: -item[1])
        named = ", ".join(f"{host} ({n})" for host, n in hosts[:4]) + (" …" if len(hosts) > 4 else "")
        amount = f"{count(left.entries, 'request')}, {size(left.octets)}"
        return f"Left this machine {self._view.left_when}: {amount}. To {named}."

    def _show_chosen(self) -> None:
        chosen = self._kind.current
        table = self._made.get(chosen)
        row = table.chosen() if table is not None and table.isVisible() else None
        text = "" if row is None or chosen == 1 else _told(row) if chosen == 0 else str(row.message)
        self._about.setText(text)
        self._about.setVisible(bool(text))
