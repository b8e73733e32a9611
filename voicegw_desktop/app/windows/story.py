"""Beside the list: all that is known about the chosen request, or a session's requests one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt

from voicegw_desktop.app.viewmodels.history import Row, story
from voicegw_desktop.app.viewmodels.words import count, millis
from voicegw_desktop.app.windows.facts import Facts
from voicegw_desktop.app.windows.parts import Card, Elided, button, label, row_of
from voicegw_desktop.app.windows.table import Column, Table
from voicegw_desktop.core.money import money
from voicegw_desktop.core.typed import Record, number

WIDTH = 300  # px
STEPS: tuple[Column[Record], ...] = (
    Column("After", lambda r: f"{r['after']:.1f} s", 6, right=True),
    Column("Kind", lambda r: str(r["modality"]).upper(), 4),
    Column("First", lambda r: millis(number(r["ttfb_ms"])), 7, right=True),
    Column("Status", lambda r: "ok" if r["status"] == "success" else str(r["status"]), 6,
           tone=lambda r: "muted" if r["status"] == "success" else "bad"),
)  # fmt: skip


class Story(Card):
    """Hidden until something is chosen; `stop` ends the requests of those ids."""

    def __init__(self, stop: Callable[[Sequence[str]], None]) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self._live: tuple[str, ...] = ()
        self._title = Elided("", "heading", Qt.TextElideMode.ElideRight)
        self.stop = button("Stop", "square", press=lambda: stop(self._live))
        self.add_layout(row_of(self._title, self.stop))
        self._about = label("", "small", wrap=True)
        self.add(self._about)
        self.steps = Table("Requests of the session", STEPS, lambda r: r["id"])
        self.steps.picked.connect(self._step_chosen)
        self.add(self.steps, 1)
        self.facts = Facts()
        self.add(self.facts, 2)
        self.hide()

    def show_request(self, row: Row) -> None:
        """A stored request, or one that runs."""
        self._begin(row, "Request")
        self._about.hide()
        self.steps.hide()
        self._show_pairs(story(row.source) if row.source else [("Serves now", ", ".join(row.targets)),
                                                               ("Project", row.project)])  # fmt: skip

    def show_session(self, row: Row, session: Mapping[str, Any] | None) -> None:
        """A session; its requests come with the answer of the operation `session`."""
        self._begin(row, row.id)
        requests = sorted((session or {}).get("requests") or (), key=lambda r: float(r["timestamp"]))
        began = float(requests[0]["timestamp"]) if requests else 0.0
        steps = [{**r, "after": float(r["timestamp"]) - began} for r in requests]
        failed = sum(r["status"] == "error" for r in requests)
        parts = [
            row.project,
            count(row.requests, "request"),
            row.length,
            "free" if row.nanos == 0 else money(row.nanos),
        ]
        self._about.setText(" · ".join(p for p in parts if p) + (f" · {failed} failed" if failed else ""))
        self._about.show()
        self.steps.setVisible(bool(steps))
        self.steps.show_rows(steps)
        self._show_pairs([("Serves now", ", ".join(row.targets))] if row.live else [])
        if steps:
            self.steps.choose(next((r["id"] for r in steps if r["status"] == "error"), steps[0]["id"]))

    def _begin(self, row: Row, title: str) -> None:
        self._live = row.live
        self._title.show_text(title)
        self.stop.setVisible(bool(row.live))
        self.show()

    def _step_chosen(self) -> None:
        chosen = self.steps.chosen()
        if chosen is not None:
            self._show_pairs([pair for pair in story(chosen) if pair[0] not in ("Session", "Project")])

    def _show_pairs(self, pairs: list[tuple[str, str]]) -> None:
        self.facts.show_pairs(pairs)
        self.facts.setVisible(bool(pairs))
