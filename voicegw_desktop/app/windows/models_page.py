"""The catalogue in groups, all about the chosen model beside it, and one view of everything that is being fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from time import perf_counter

from PySide6.QtCore import QLocale, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLineEdit, QProgressBar

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import locale, tr
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.viewmodels.state import Pull
from voicegw_desktop.app.viewmodels.store import (
    KINDS,
    SIZES,
    Machine,
    Shelf,
    Wanted,
    facts,
    groups,
    language_name,
    languages,
    summary,
)
from voicegw_desktop.app.viewmodels.words import size
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.facts import Panel
from voicegw_desktop.app.windows.parts import SEARCH, Card, Page, Segments, button, label, nothing, say
from voicegw_desktop.app.windows.rows import Column, grouped, kind_tone
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.app.windows.wrapping import wrapped
from voicegw_desktop.core.packs import PROGRESS
from voicegw_desktop.core.typed import Record, record, records, text, whole

TONES = {"installed": "good", "damaged": "bad", "failed": "bad", "paused": "warn", "partial": "warn"}
FILTERS = {"All": "", "Installed": "installed", "Speech": "stt", "LLM": "llm", "Voices": "tts"}
PART = 0.004  # s of work between two pauses
PAUSE = 0.002  # s
MEASURED_OVER = "month"  # of the requests that the speed on this machine is taken from


def engine_of(model: Shelf) -> str:
    """Name of the engine that serves a model of the store: the part before the slash."""
    return model.id.partition("/")[0]


class ModelsPage(Page):
    """Search, choose, hear, fetch, pause, remove."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Models")
        self._view, self._do = overview, actions
        self._store: list[Record] = []
        self._taken: Mapping[str, object] = {}
        self._machine = Machine()
        self._voices: dict[str, list[Record]] = {}
        self._lacking: set[str] = set()
        self._asked = ""
        self._known = -1
        self._shown_for: object = None
        self._panel_of = ""
        self._groups: list[object] = []
        self._answers = 0

    def build(self) -> Iterator[None]:
        self._search = QLineEdit()
        self._search.setPlaceholderText(tr("Search by name, language or licence"))
        self._search.setObjectName(SEARCH)
        self._search.setAccessibleName(tr("Search models"))
        self._search.setClearButtonEnabled(True)
        self._search.setMinimumWidth(300)
        self._search.textChanged.connect(lambda _text: self._show())
        self.top.addStretch(1)
        self.top.addWidget(self._search)
        yield
        self._filter = Segments(*FILTERS)
        self._filter.chosen.connect(lambda _n: self._show())
        self._language, self._size = Choice("Language"), Choice("Size")
        self._size.show_pairs([(tr(name or "Any size"), most) for name, most in SIZES.items()], 0)
        for choice in (self._language, self._size):
            choice.chosen.connect(lambda _value: self._show())
            choice.setMinimumContentsLength(3)
            choice.setMaximumWidth(150)
        filters = wrapped(self._filter, 1)
        for choice in (self._language, self._size):
            filters.addWidget(choice, 1)
        self.column.addLayout(filters)
        yield
        self._pulling = Card("Being fetched")
        self._progress_text = label("", "muted")
        self._pulling.add_to_heading(self._progress_text)
        self._pulling.add_to_heading(button("Pause all", "pause", press=self._pause_all))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("All pulls together"))
        self._pulling.add(self._bar)
        self._pulling.hide()
        self.column.addWidget(self._pulling)
        yield
        row = self.halves()
        card = Card()
        row.addWidget(card, 1)
        self._empty = nothing("")
        columns: tuple[Column[Shelf], ...] = (
            Column("Model", lambda m: str(m.title), tip=lambda m: m.id, share=lambda m: m.share, least=22),
            Column(
                "Kind", lambda m: tr(KINDS.get(m.modality, m.modality)), 9, tone=lambda m: kind_tone(m.modality), rank=3
            ),
            Column("Languages", lambda m: m.spoken, 10, rank=4),
            Column("Size", lambda m: size(m.size_bytes), 7, right=True, rank=2, by=lambda m: m.size_bytes),
            Column("Licence", lambda m: m.licence, 12, rank=5),
            Column("State", self._state, 11, tone=lambda m: TONES.get(m.state, "muted"), rank=1, sparse=True),
            Column("", self._verb, 7, press=self._act),
        )
        self.table = Table("Models", columns, lambda m: m.id)
        self.table.picked.connect(self._show_chosen)
        self.table.opened.connect(self._act)
        card.add(self._empty, 1)
        card.add(self.table, 1)
        yield
        panel = self._panel = self.beside = Panel("The chosen model")
        row.addWidget(panel)
        yield
        self._make_buttons()
        yield
        yield from panel.facts.prepared()

    def _make_buttons(self) -> None:
        self._voice = Choice("Voice")
        self._hear = button("Play a sample", "volume-2", press=self._play)
        self._get = button("Fetch", "download", "primary", press=self._act)
        self._pause = button("Pause", "pause", press=self._pause_one)
        self._cancel = button("Cancel", "circle-x", press=self._cancel_one)
        self._engine = button("Fetch its engine", "download", press=self._fetch_engine)
        self._page = button("About this model", "info", press=self._open_page)
        self._verify = button("Verify", "circle-check", press=self._verify_one)
        self._remove = button("Remove", "trash-2", press=self._remove_one)
        for widget in (self._engine, self._voice, self._hear, self._page):
            self._panel.foot.addWidget(widget)
        # one below the other: side by side the words of some languages would be cut
        for push in (self._verify, self._remove, self._cancel, self._pause, self._get):
            self._panel.foot.addWidget(push)

    @staticmethod
    def _state(model: Shelf) -> str:
        # what is installed stands below that heading
        return "" if model.state == "installed" else model.words

    @staticmethod
    def _verb(model: Shelf) -> str:
        if model.state in ("waiting", "pulling", "verifying"):
            return tr("Pause")
        if model.state == "installed" or model.outside:
            return ""
        begun = model.state in ("partial", "paused", "failed")
        return tr("Go on") if begun else tr("Repair") if model.state == "damaged" else tr("Fetch")

    def on_shown(self) -> None:
        self._ask()

    def _ask(self) -> None:
        if self._view.life != "running":
            return
        self._known = self._view.installed

        def take(answer: Mapping[str, object]) -> None:
            self._taken = answer
            self._do.start(self._fill(answer))

        def measured(answer: Mapping[str, object]) -> None:
            latency = record(record(answer.get("latency")).get("by_model"))
            now = self._machine
            self._answers += 1
            self._machine = Machine(now.memory, now.free, now.language, latency)
            self._show()

        def offered(answer: Mapping[str, object]) -> None:
            # an engine's pack has its name
            self._lacking = {text(p["name"]) for p in records(answer.get("packs")) if not p["installed"]}
            self._show_chosen()

        self._do.run("list_store", take)
        self._do.run("latency", measured, period=MEASURED_OVER)
        # a key of one project may not ask that: then there is no button
        self._do.run("list_packs", offered, on_error=lambda _error: None)

    async def _fill(self, answer: Mapping[str, object]) -> None:
        """Take the answer in parts, so that the streams do not wait for all of it."""
        store, began = records(answer["models"]), perf_counter()
        for model in store:
            # the words found are kept: grouping the models is quick then
            told(text(model["note"]))
            if perf_counter() - began > PART:
                await asyncio.sleep(PAUSE)
                began = perf_counter()
        if answer is not self._taken:
            return
        self._answers += 1
        self._store = store
        self._machine = Machine(
            whole(answer.get("memory_limit")),
            whole(answer.get("free_bytes")),
            QLocale.languageToCode(locale().language()),
            self._machine.latency,
        )
        chosen = self._language.value() or ""
        named = [(language_name(tag), tag) for tag in languages(store)]
        self._language.show_pairs([(tr("Any language"), ""), *sorted(named)], chosen)
        self._do.start(self._language.know_letters())
        await asyncio.sleep(PAUSE)
        self._show_rows()
        await asyncio.sleep(PAUSE)
        self._show()

    def refresh(self) -> None:
        """Show the store and its pulls as they are now."""
        if self._known != self._view.installed:
            self._ask()
        self._show()

    def _show(self) -> None:
        self._show_rows()
        if self.table.chosen() is None and self._groups:
            self.table.choose_first()
        active = [p for p in self._view.pulls.values() if p.active]
        self._pulling.setVisible(bool(active))
        if active:
            self._progress_text.setText(summary(active))
            total = sum(p.total for p in active)
            # never without an end: Qt would animate that
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * sum(p.done for p in active) / total) if total else 0)
        self._show_chosen()

    def _show_rows(self) -> None:
        wanted = Wanted(
            list(FILTERS.values())[self._filter.current],
            text(self._language.value()),
            whole(self._size.value()) or 0,
            self._search.text(),
        )
        moved = tuple((p.model, p.state, p.done, p.total, p.message) for p in self._view.pulls.values())
        shown_for = (self._answers, wanted, moved)
        if shown_for != self._shown_for:
            # grouping a hundred models takes half a frame, and most redraws change none of them
            self._shown_for = shown_for
            self._groups = grouped(groups(self._store, self._view.pulls, wanted, self._machine))
        shown = self._groups
        self._empty.setVisible(not shown)
        self.table.setVisible(bool(shown))
        if not shown:
            self._empty.setText(tr("No matching model.") if self._store else tr("Looking at the model store …"))
        self.table.show_rows(shown)

    def _show_chosen(self) -> None:
        model: Shelf | None = self.table.chosen()
        if model is None:
            self._panel.hide()
            return
        focus = QApplication.focusWidget()
        if model.id != self._panel_of and not (focus is not None and self._panel.isAncestorOf(focus)):
            # Qt lays out the whole page for each part that appears where it is seen: here once, at the end
            self._panel.hide()
        self._panel_of = model.id
        active = model.state in ("waiting", "pulling", "verifying")
        whole_ = model.state == "installed"
        begun = model.state in ("partial", "paused", "failed")
        self._panel.entitle(model.title, model.words or tr("can be fetched"), TONES.get(model.state, "muted"))
        self._panel.facts.show_pairs(facts(model, self._machine))
        self._get.setVisible(not active and not whole_ and not model.outside)
        say(self._get, self._verb(model) or tr("Fetch"))
        self._pause.setVisible(active)
        self._cancel.setVisible(active or begun)
        self._verify.setVisible(whole_ and not model.outside)
        self._remove.setVisible(whole_ and not model.outside)
        self._page.setVisible(bool(model.page))
        name = engine_of(model)
        self._engine.setVisible(name in self._lacking)
        say(self._engine, tr("Stop fetching") if self._do.fetching_pack(name) else tr("Fetch its engine"))
        self._show_voices(model)
        self._panel.show()

    # -- hearing a voice ----------------------------------------------------------------------------------------------

    def _show_voices(self, model: Shelf) -> None:
        voice = model.modality == "tts"
        self._hear.setVisible(voice)
        self._hear.setEnabled(model.state == "installed")
        why = "" if model.state == "installed" else tr("Fetch it first: a sample is made on this machine.")
        self._hear.setToolTip(why)
        self._hear.setAccessibleDescription(why)
        known = self._voices.get(model.id, [])
        self._voice.setVisible(len(known) > 1)
        if known:
            pairs = [(text(v.get("name")) or text(v["id"]), text(v["id"])) for v in known]
            now = self._voice.value()
            self._voice.show_pairs(pairs, now if now in [value for _, value in pairs] else pairs[0][1])
        elif voice and model.state == "installed" and self._asked != model.id:
            self._asked = model.id
            self._do.list_voices(model.id, lambda found: self._take_voices(model.id, found))

    def _take_voices(self, model: str, found: list[Record]) -> None:
        self._voices[model] = found
        self._show_chosen()

    def _play(self) -> None:
        model: Shelf | None = self.table.chosen()
        if model is None:
            return
        known = self._voices.get(model.id, [])
        voice = text(self._voice.value()) if len(known) > 1 else text(known[0]["id"]) if known else ""
        spoken = next((text(v.get("language")) for v in known if v["id"] == voice), "")
        language = spoken or (model.languages[0] if model.languages else "en")
        self._do.play_sample(model.id, voice or "alloy", language)

    def _open_page(self) -> None:
        model: Shelf | None = self.table.chosen()
        if model is not None:
            QDesktopServices.openUrl(QUrl(model.page))

    # -- what is done -------------------------------------------------------------------------------------------------

    def _act(self, model: Shelf | None = None) -> None:
        model = model or self.table.chosen()
        if model is not None and model.state != "installed":
            pull: Pull | None = self._view.pulls.get(model.id)
            if pull is not None and pull.active:
                self._do.pause(model.id)
            else:
                self._do.pull(model.id)

    def _fetch_engine(self) -> None:
        """Fetch the pack with the engine of the chosen model, or stop that."""
        name = engine_of(self.table.chosen())
        if self._do.fetching_pack(name):
            self._do.stop_pack(name)
            return

        def here(_: object) -> None:
            self._do.said(tr("{name}: its engine is here", name=name))
            self._ask()

        self._do.fetch_pack(name, tr("Fetch the engine {name}?", name=name), here)

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
            if pull.active and pull.model.startswith(PROGRESS):
                self._do.stop_pack(pull.model.removeprefix(PROGRESS))
            elif pull.active:
                self._do.pause(pull.model)
