"""The catalogue: what can be fetched, what is here, one view of everything that is being fetched."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QLineEdit, QProgressBar

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.state import Pull
from voicegw_desktop.app.viewmodels.store import KINDS, Shelf, rows, summary
from voicegw_desktop.app.viewmodels.words import size
from voicegw_desktop.app.windows.parts import Card, Elided, Page, Segments, button, label, row_of
from voicegw_desktop.app.windows.table import Column, Table
from voicegw_desktop.core.typed import Record, records

TONES = {"installed": "good", "damaged": "bad", "failed": "bad", "paused": "warn", "partial": "warn"}


def _memory(model: Shelf) -> str:
    return size(model.ram_mb * 1_000_000) if model.ram_mb else "–"


COLUMNS: tuple[Column[Shelf], ...] = (
    Column("Model", lambda m: str(m.title), tip=lambda m: m.id),
    Column("Kind", lambda m: KINDS.get(m.modality) or m.modality, 9, rank=1),
    Column("Languages", lambda m: m.languages, 11, rank=4),
    Column("Size", lambda m: size(m.size_bytes), 7, right=True),
    Column("Memory", _memory, 8, right=True, tip=lambda _: "Resident memory while it serves", rank=3),
    Column("Licence", lambda m: m.licence, 12, rank=2),
    Column("State", lambda m: m.words, 15, tone=lambda m: TONES.get(m.state, "muted"), share=lambda m: m.share),
)
FILTERS = ("All", "Installed", "Speech to text", "Language", "Voices")
ONLY = ("", "installed", "stt", "llm", "tts")


class ModelsPage(Page):
    """Search, choose, fetch, pause, remove."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Models")
        self._view, self._do = overview, actions
        self._store: list[Record] = []
        self._known = -1
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search by name, language or licence")
        self._search.setAccessibleName("Search models")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(lambda _text: self._show())
        self._filter = Segments(*FILTERS)
        self._filter.chosen.connect(lambda _n: self._show())
        self.column.addLayout(row_of(self._filter, self._search))
        self._pulling = Card("Being fetched")
        self._progress_text = label("", "muted")
        self._pulling.add_to_heading(self._progress_text)
        self._pulling.add_to_heading(button("Pause all", "pause", press=self._pause_all))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("All pulls together")
        self._pulling.add(self._bar)
        self._pulling.hide()
        self.column.addWidget(self._pulling)
        card = Card()
        self._empty = label("", "muted")
        self.table = Table("Models", COLUMNS, lambda m: m.id)
        self.table.picked.connect(self._show_chosen)
        self.table.opened.connect(self._act)
        card.add(self._empty)
        card.add(self.table, 1)
        self._about = Elided("", "muted")
        self._get = button("Fetch", "download", "primary", press=self._act)
        self._pause = button("Pause", "pause", press=self._pause_one)
        self._cancel = button("Cancel", "circle-x", press=self._cancel_one)
        self._verify = button("Verify", "circle-check", press=self._verify_one)
        self._remove = button("Remove", "trash-2", press=self._remove_one)
        card.add_layout(row_of(self._about, self._verify, self._remove, self._cancel, self._pause, self._get))
        self.column.addWidget(card, 1)

    def on_shown(self) -> None:
        self._ask()

    def _ask(self) -> None:
        if self._view.life != "running":
            return
        self._known = self._view.installed

        def take(answer: Mapping[str, object]) -> None:
            self._store = records(answer["models"])
            self._show()

        self._do.run("list_store", take)

    def refresh(self) -> None:
        """Show the store and its pulls as they are now."""
        if self._known != self._view.installed:
            self._ask()
        self._show()

    def _show(self) -> None:
        shown = rows(self._store, self._view.pulls, ONLY[self._filter.current], self._search.text())
        self._empty.setVisible(not shown)
        self.table.setVisible(bool(shown))
        if not shown:
            self._empty.setText("No matching model." if self._store else "Looking at the model store …")
        self.table.show_rows(shown)
        if self.table.chosen() is None and shown:
            self.table.choose(shown[0].id)
        active = [p for p in self._view.pulls.values() if p.active]
        self._pulling.setVisible(bool(active))
        if active:
            self._progress_text.setText(summary(active))
            total = sum(p.total for p in active)
            self._bar.setRange(0, 1000 if total else 0)
            self._bar.setValue(round(1000 * sum(p.done for p in active) / total) if total else 0)
        self._show_chosen()

    def _show_chosen(self) -> None:
        model: Shelf | None = self.table.chosen()
        pull = self._view.pulls.get(model.id) if model else None
        active = pull is not None and pull.active
        whole = model is not None and model.state == "installed"
        begun = model is not None and model.state in ("partial", "paused", "failed")
        self._get.setVisible(model is not None and not active and not whole)
        self._get.setText(" Go on" if begun else " Repair" if model and model.state == "damaged" else " Fetch")
        self._get.setAccessibleName(self._get.text().strip())
        self._pause.setVisible(active)
        self._cancel.setVisible(active or begun)
        self._verify.setVisible(whole)
        self._remove.setVisible(whole)
        self._about.show_text(model.about if model else "")

    def _chosen_pull(self) -> Pull | None:
        model: Shelf | None = self.table.chosen()
        return self._view.pulls.get(model.id) if model else None

    def _act(self) -> None:
        model: Shelf | None = self.table.chosen()
        if model is not None and model.state != "installed":
            pull = self._chosen_pull()
            if pull is not None and pull.active:
                self._do.pause(model.id)
            else:
                self._do.pull(model.id)

    def _pause_one(self) -> None:
        self._do.pause(self.table.chosen().id)

    def _cancel_one(self) -> None:
        self._do.cancel(self.table.chosen().id)

    def _verify_one(self) -> None:
        self._do.verify(self.table.chosen().id)

    def _remove_one(self) -> None:
        self._do.remove(self.table.chosen().id)

    def _pause_all(self) -> None:
        for pull in self._view.pulls.values():
            if pull.active:
                self._do.pause(pull.model)
