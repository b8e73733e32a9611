"""The local engines: what runs, why, on how many threads, with how much memory, and what starts or stops each."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import QTimer

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.viewmodels.overview import RUNNING, Overview
from voicegw_desktop.app.viewmodels.words import count, size, stay
from voicegw_desktop.app.windows.parts import Card, Elided, Page, button, label, row_of, say
from voicegw_desktop.app.windows.table import Column, Table
from voicegw_desktop.core.events import EngineState
from voicegw_desktop.core.typed import Record, number, record, records, text, whole

EMPTY = "No model is installed yet. The Models page fetches them."
ASK_EVERY = 500  # ms between two looks while engines change
TONES = {"failed": "bad", "ready": "good", "busy": "good", "idle": "good", "loading": "warn", "starting": "warn"}


def _device(engine: Record) -> str:
    info = record(engine.get("info"))
    parts = [str(info[k]) for k in ("device", "compute_type") if info.get(k)]
    return " ".join(parts)


def _threads(engine: Record) -> str:
    if engine["state"] in RUNNING and engine.get("threads"):
        return str(engine["threads"])
    return f"{engine['threads_next']} next" if engine.get("threads_next") else ""


def _stays(engine: Record) -> str:
    if engine["state"] not in RUNNING:
        return ""
    expires = number(engine.get("expires_at"))
    if expires:
        return time.strftime("until %H:%M:%S", time.localtime(expires))
    return stay(number(engine.get("keep_alive_s"))) if "keep_alive_s" in engine else "–"


COLUMNS: tuple[Column[Record], ...] = (
    Column("Engine", lambda e: str(e["name"]), 28),
    Column("State", lambda e: str(e["state"]), 9, tone=lambda e: TONES.get(str(e["state"]), "muted")),
    Column("Memory", lambda e: size(whole(e.get("rss_bytes"))) if e["state"] in RUNNING else "", 8, right=True),
    Column("Card", lambda e: size(whole(e["gpu_bytes"])) if e.get("gpu_bytes") else "", 8, right=True, rank=4),
    Column(
        "Threads", _threads, 8, right=True, tip=lambda _: "What it computes with now, or would get at its next load"
    ),
    Column("Device", _device, 10, tip=lambda e: text(record(e.get("info")).get("why")), rank=2),
    Column("Stays", _stays, 14, tip=lambda _: "How long it stays in memory without requests (engines.keep_alive)"),
    Column("Why", lambda e: text(e.get("reason")), tone=lambda e: "bad" if e["state"] == "failed" else "muted"),
)


class EnginesPage(Page):
    """One row an engine, and what can be done with the chosen one."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Engines")
        self._view, self._do = overview, actions
        self._engines: list[Record] = []
        self._seen: dict[str, EngineState] = {}
        self._asking = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ASK_EVERY)
        self._soon.timeout.connect(self._ask)
        self._summary = label("", "muted")
        self.top.addStretch(1)
        self.top.addWidget(self._summary)
        card = Card()
        self._empty = label(EMPTY, "muted")
        self.table = Table("Engines", COLUMNS, lambda e: e["name"])
        self.table.picked.connect(self._show_chosen)
        self.table.opened.connect(self._toggle)
        card.add(self._empty)
        card.add(self.table, 1)
        self._about = Elided("", "muted")
        self._toggle_push = button("Start", "play", press=self._toggle)
        card.add_layout(row_of(self._about, self._toggle_push))
        self.column.addWidget(card, 1)

    def on_shown(self) -> None:
        self._ask()

    def _ask(self) -> None:
        """Read what events do not carry: device, keep-alive, the threads of the next load."""
        if self._asking or self._view.life != "running":
            return
        self._asking = True
        self._seen = dict(self._view.engines)

        def take(answer: Mapping[str, object]) -> None:
            self._engines = records(answer["engines"])
            limit = whole(answer.get("memory_limit"))
            used = sum(whole(engine.get("rss_bytes")) or 0 for engine in self._engines)
            running = sum(e["state"] in RUNNING for e in self._engines)
            of = f" of {size(limit)}" if limit else ""
            self._summary.setText(f"{count(running, 'engine')} in memory, {size(used) if used else '0 MB'}{of}")
            self._asking = False
            self._show()

        self._do.run("list_engines", take, on_error=self._not_read)

    def _not_read(self, error: BaseException) -> None:
        self._asking = False
        self._summary.setText(str(error))

    def refresh(self) -> None:
        """Show the engines as they are now; ask again when one changed."""
        if self._view.life != "running":
            self._engines = []
            self._summary.setText("")
            self._show()
        elif self._view.engines != self._seen and not self._soon.isActive():
            self._soon.start()

    def _show(self) -> None:
        self._empty.setVisible(not self._engines)
        self.table.setVisible(bool(self._engines))
        self.table.show_rows(self._engines)
        if self.table.chosen() is None and self._engines:
            self.table.choose(self._engines[0]["name"])
        self._show_chosen()

    def _show_chosen(self) -> None:
        engine: Record | None = self.table.chosen()
        self._toggle_push.setVisible(engine is not None)
        self._about.setVisible(engine is not None)
        if engine is None:
            return
        running = engine["state"] in RUNNING
        say(self._toggle_push, "Stop" if running else "Start")
        self._toggle_push.setEnabled(engine["state"] != "unloading")
        history = records(engine.get("history"))
        pid = f"process {engine['pid']}. " if running and engine.get("pid") else ""
        told = f"{history[-1]['message']}" if history else ""
        self._about.show_text(f"{engine['name']}: {pid}{told}".rstrip(": "))

    def _toggle(self) -> None:
        engine: Record | None = self.table.chosen()
        if engine is not None:
            self._do.toggle_engine(str(engine["name"]), engine["state"] not in RUNNING)
