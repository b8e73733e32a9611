"""Beside the list: all that is known about the chosen request, or a session's requests one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt

from voicegw_desktop.app import theme
from voicegw_desktop.app.language import decimal, tr
from voicegw_desktop.app.viewmodels.history import Row, story
from voicegw_desktop.app.viewmodels.turns import TurnRow
from voicegw_desktop.app.viewmodels.turns import facts as turn_facts
from voicegw_desktop.app.viewmodels.turns import rows as turn_rows
from voicegw_desktop.app.viewmodels.words import count, millis, spent
from voicegw_desktop.app.windows.facts import Facts
from voicegw_desktop.app.windows.parts import Card, Elided, Segments, button, label, row_of
from voicegw_desktop.app.windows.rows import Column
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.app.windows.wrapping import wrapped
from voicegw_desktop.core.typed import Record, number, records

WIDTH = 320  # px
FACTS = 14  # lines: as many as a request may have


def _tone(turn: TurnRow) -> str:
    return "bad" if turn.source.get("errors") else "warn" if turn.mark else ""


TURNS: tuple[Column[TurnRow], ...] = (
    Column("Turn", lambda t: str(t.number), 4, tone=_tone, tip=lambda t: t.mark),
    Column("Wait by stage", lambda t: t.spoken, segments=lambda t: t.segments),
    Column("Total", lambda t: millis(t.total), 7, right=True, tone=_tone, tip=lambda t: t.mark),
)
STEPS: tuple[Column[Record], ...] = (
    Column("After", lambda r: f"{decimal(number(r['after']) or 0.0, 1)} s", 6, right=True),
    Column("Kind", lambda r: str(r["modality"]).upper(), 4),
    Column("First", lambda r: millis(number(r["ttfb_ms"])), 7, right=True),
    Column("Status", lambda r: tr("ok" if r["status"] == "success" else str(r["status"])), 6,
           tone=lambda r: "muted" if r["status"] == "success" else "bad"),
)  # fmt: skip


class Story(Card):
    """Hidden until a row is chosen; `stop` ends the requests of those ids."""

    def __init__(self, stop: Callable[[Sequence[str]], None], ask_words: Callable[[Row], None]) -> None:
        """`ask_words` reads a session again, with what was said in it."""
        super().__init__()
        self._row: Row | None = None
        theme.keep_width(self, WIDTH)
        self._live: tuple[str, ...] = ()
        self._filling = False
        """Whether lists are being filled: what is chosen in them is shown once they are."""
        self._stop_these, self._ask_words = stop, ask_words
        self.hide()

    def build(self) -> Iterator[None]:
        """Make the content, once the card stands in its page."""
        self._title = Elided("", "heading", Qt.TextElideMode.ElideRight)
        self.stop = button("Stop", "square", press=lambda: self._stop_these(self._live))
        self.add_layout(row_of(self._title, self.stop))
        self._about = label("", "small", wrap=True)
        self.add(self._about)
        yield
        self._which = Segments("Turns", "Requests")
        self._which.chosen.connect(lambda _number: self._show_lists())
        self._words = button("Words", "message-square", press=self._press_words)
        self.add_layout(wrapped(self._which, 1, self._words))
        yield
        self.turns = Table("Turns of the session", TURNS, lambda t: t.id)
        self.turns.picked.connect(self._turn_chosen)
        yield
        self.add(self.turns, 1)
        yield
        self.steps = Table("Requests of the session", STEPS, lambda r: r["id"])
        self.steps.picked.connect(self._step_chosen)
        yield
        self.add(self.steps, 1)
        self.facts = Facts()
        self.add(self.facts, 2)
        yield from self.facts.prepared(FACTS)

    def show_request(self, row: Row) -> None:
        """A stored request, or one that runs."""
        self._begin(row, tr("Request"))
        self._about.hide()
        self._no_lists()
        self._show_pairs(story(row.source) if row.source else [(tr("Serves now"), ", ".join(row.targets)),
                                                               (tr("Project"), row.project)])  # fmt: skip

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
            spent(row.nanos, row.unpriced, failed=row.served_nothing),
        ]
        self._about.setText(
            " · ".join(p for p in parts if p) + (tr(" · {failed} failed", failed=failed) if failed else "")
        )
        self._about.show()
        self._row = row
        self._filling = True
        self.steps.show_rows(steps)
        self.turns.show_rows(turn_rows(records((session or {}).get("turns"))))
        if steps:
            self.steps.choose(next((r["id"] for r in steps if r["status"] == "error"), steps[0]["id"]))
        self.turns.choose_first()
        self._filling = False
        if not steps and not self.turns.model_.rows:
            self._show_pairs([(tr("Serves now"), ", ".join(row.targets))] if row.live else [])
        self._show_lists()

    def _show_lists(self) -> None:
        """The turns or the requests; a session without turns, as of one lone request, has its requests only."""
        turns, steps = bool(self.turns.model_.rows), bool(self.steps.model_.rows)
        first = turns and self._which.current == 0
        self._which.setVisible(turns and steps)
        self._words.setVisible(first)
        self.turns.setVisible(first)
        self.steps.setVisible(steps and not first)
        if first:
            self._turn_chosen()
        elif steps:
            self._step_chosen()

    def _press_words(self) -> None:
        if self._row is not None:
            self._ask_words(self._row)

    def _no_lists(self) -> None:
        for widget in (self._which, self._words, self.turns, self.steps):
            widget.hide()

    def _turn_chosen(self) -> None:
        turn: TurnRow | None = None if self._filling else self.turns.chosen()
        if turn is not None and self._which.current == 0:
            self._show_pairs(turn_facts(turn))

    def _begin(self, row: Row, title: str) -> None:
        self._live = row.live
        self._title.show_text(title)
        self.stop.setVisible(bool(row.live))
        self.show()

    def _step_chosen(self) -> None:
        chosen = None if self._filling else self.steps.chosen()
        if chosen is not None and not (self._which.current == 0 and self.turns.model_.rows):
            self._show_pairs([pair for pair in story(chosen) if pair[0] not in ("Session", "Project")])

    def _show_pairs(self, pairs: list[tuple[str, str]]) -> None:
        self.facts.show_pairs(pairs)
        self.facts.setVisible(bool(pairs))
