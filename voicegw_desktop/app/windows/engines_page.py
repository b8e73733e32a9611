"""The local engines: what runs, with how much memory, why, and what starts or stops each."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import count, tr
from voicegw_desktop.app.viewmodels import machine
from voicegw_desktop.app.viewmodels.memory import APART, own_server
from voicegw_desktop.app.viewmodels.overview import RUNNING, Overview
from voicegw_desktop.app.viewmodels.sentences import reason, told
from voicegw_desktop.app.viewmodels.words import duration, size
from voicegw_desktop.app.windows.charts import Sparkline, Stacked
from voicegw_desktop.app.windows.facts import Panel
from voicegw_desktop.app.windows.parts import Card, Page, button, label, nothing, row_of, say
from voicegw_desktop.app.windows.rows import Column, grouped
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.core.events import EngineState
from voicegw_desktop.core.typed import Record, records, text, whole

EMPTY = "No model is installed yet. The page Models has them."
LOOK_EVERY = 5.0  # s between two looks at engines that run and at servers of one's own
ASK_EVERY = 500  # ms between two looks while engines change


def _memory(engine: Record) -> str:
    return size(whole(engine.get("rss_bytes"))) if engine["state"] in RUNNING and engine.get("rss_bytes") else ""


def _held(engine: Record) -> int | None:
    return (whole(engine.get("rss_bytes")) or None) if engine["state"] in RUNNING else None


class EnginesPage(Page):
    """One row an engine with its button, and all about the chosen one beside it."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Engines")
        self._view, self._do = overview, actions
        self._engines: list[Record] = []
        self._seen: dict[str, EngineState] = {}
        self._asking = self._answered = False
        self._next = 0.0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ASK_EVERY)
        self._soon.timeout.connect(self._ask)

    def build(self) -> Iterator[None]:
        self._summary = label("", "muted")
        self._used = Stacked("Memory of the engines")
        self._used.setMinimumWidth(160)
        self.top.addStretch(1)
        self.top.addWidget(self._summary)
        self.top.addWidget(self._used)
        yield
        row = self.halves()
        card = Card()
        row.addWidget(card, 1)
        self._empty = QWidget()
        way = QVBoxLayout(self._empty)
        models = button("Open Models", "box", "primary", press=lambda: self.wanted.emit("Models", None))
        way.addStretch(1)
        way.addWidget(nothing(EMPTY))
        way.addLayout(row_of(1, models, 1))
        way.addStretch(1)
        kept = tr("How long it stays in memory without requests")
        columns: tuple[Column[Record], ...] = (
            Column("Engine", lambda e: str(e["name"]), tip=lambda e: told(text(e.get("reason")))),
            Column("State", machine.state, 14, tone=machine.tone, tip=lambda e: told(text(e.get("reason")))),
            Column("Memory", _memory, 7, right=True, rank=1, by=_held),
            Column("Last used", lambda e: machine.last_used(e, time.time()), 10, rank=3, by=machine.used_at),
            Column("Stays", machine.stays, 13, tip=lambda _: tr(kept), rank=2, by=machine.stays_for),
            Column("", machine.verb, 8, press=self._toggle),
        )
        yield
        self.table = Table("Engines", columns, lambda e: e["name"])
        yield
        self.table.picked.connect(self._show_chosen)
        self.table.opened.connect(self._toggle)
        for widget in (self._empty, self.table):
            card.add(widget, 1)
            widget.hide()
        yield
        self._panel = self.beside = Panel("The chosen engine")
        row.addWidget(self._panel)
        self._panel.hide()
        yield
        self._toggle_push = button("Start", "play", press=self._toggle)
        self._held = label("", "small", wrap=True)
        self._line = Sparkline("Memory of the chosen engine")
        for widget in (self._held, self._line, self._toggle_push):
            self._panel.foot.addWidget(widget)

    def on_shown(self) -> None:
        self._ask()

    def _ask(self) -> None:
        """Read what events do not carry: device, keep-alive, the threads of the next load."""
        if self._asking or self._view.life != "running":
            return
        self._asking = True
        self._next = time.monotonic() + LOOK_EVERY
        self._seen = dict(self._view.engines)

        def take(answer: Mapping[str, object]) -> None:
            self._engines = records(answer["engines"])
            limit = whole(answer.get("memory_limit"))
            running = machine.held(self._engines)
            used = {str(e["name"]): whole(e.get("rss_bytes")) or 0 for e in running}
            total = sum(used.values())
            of = tr("{used} of {limit}", used=size(total), limit=size(limit)) if limit and total else size(total)
            self._summary.setText(f"{count(len(running), 'engine')} {tr('in memory')}, {of if total else '0 MB'}")
            self._used.show_parts(used, limit or total, size)
            self._used.setVisible(bool(total))
            self._asking, self._answered = False, True
            for name, held in used.items():
                self._view.memory.add(name, held, time.time())
            self._show()

        self._do.run("list_engines", take, on_error=self._not_read)

    def _not_read(self, error: BaseException) -> None:
        self._asking = False
        self._summary.setText(reason(error))

    def refresh(self) -> None:
        """Show the engines as they are now; ask again when one changed."""
        if self._view.life != "running":
            self._engines, self._answered = [], False
            self._summary.setText("")
            self._show()
        elif not self._soon.isActive() and (self._view.engines != self._seen or self._look_again()):
            self._soon.start()

    def _look_again(self) -> bool:
        """What an engine holds while it serves is told by no event, nor whether a server of one's own answers."""
        told = not self._view.running_engines() and not any(own_server(text(e["name"])) for e in self._engines)
        return not told and time.monotonic() >= self._next

    def _show(self) -> None:
        # not before the gateway has said so
        self._empty.setVisible(self._answered and not self._engines)
        self.table.setVisible(bool(self._engines))
        self.table.show_rows(grouped(machine.groups(self._engines)))
        if self.table.chosen() is None and self._engines:
            self.table.choose_first()
        self._show_chosen()

    def _show_chosen(self) -> None:
        engine: Record | None = self.table.chosen()
        self._panel.setVisible(engine is not None)
        if engine is None:
            return
        verb, why = machine.verb(engine), told(text(engine.get("reason"))) or machine.missing(engine)
        said = f"{machine.state(engine)}: {why}" if why else machine.state(engine)
        self._panel.entitle(str(engine["name"]), said, machine.tone(engine))
        self._panel.facts.show_pairs(machine.facts(engine, time.time()))
        self._show_memory(str(engine["name"]))
        say(self._toggle_push, verb, "square" if engine["state"] in RUNNING else "play")
        self._toggle_push.setVisible(bool(verb))

    def _show_memory(self, name: str) -> None:
        """The line of what it held, once there are two looks."""
        held = self._view.memory.of(name)
        enough = len(held) > 1 and held[-1][0] - held[0][0] >= APART
        self._held.setVisible(enough)
        self._line.setVisible(enough)
        if enough:
            amounts = [amount for _, amount in held]
            words = tr(
                "Memory over {time}: {least} to {most}",
                time=duration(held[-1][0] - held[0][0]),
                least=size(min(amounts)),
                most=size(max(amounts)),
            )
            self._held.setText(words)
            self._line.show_points(held, words)

    def _toggle(self, engine: Record | None = None) -> None:
        engine = engine or self.table.chosen()
        if engine is not None and machine.verb(engine):
            self._do.toggle_engine(str(engine["name"]), engine["state"] not in RUNNING)
