"""The program's log, a report to copy, the shortcuts, and which licences hold."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from voicegw_desktop import __version__
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.report import licences, report
from voicegw_desktop.app.viewmodels.history import moment
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import line
from voicegw_desktop.app.windows.parts import SEARCH, Card, Page, Segments, button, flash, label, nothing
from voicegw_desktop.app.windows.rows import Column
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.app.windows.wrapping import Wrapping
from voicegw_desktop.core.logbook import BOOK, Entry
from voicegw_desktop.core.paths import system_paths

LOG_TAB, KEYS_TAB, ABOUT_TAB = range(3)
TONES = {"ERROR": "bad", "CRITICAL": "bad", "WARNING": "warn"}
LOG: tuple[Column[Entry], ...] = (
    Column("Time", lambda e: moment(e.at, time.time()), 13),
    Column("Level", lambda e: e.level.lower(), 8, tone=lambda e: TONES.get(e.level, "muted")),
    Column("From", lambda e: e.source, 18, tone=lambda _: "muted", rank=1),
    Column("Message", lambda e: e.text.split("\n")[0], tip=lambda e: e.text),
)
Pair = tuple[str, str]
SHORTCUTS: tuple[Pair, ...] = (
    ("?", "this list"),
    ("Ctrl+1 … Ctrl+0", "the pages, from the top"),
    ("Ctrl+F", "search on this page"),
    ("Ctrl+W", "close the window; the tray keeps serving"),
    ("Ctrl+Q", "quit"),
    ("Space", "on Talk: hold to speak"),
    ("Tab, Shift+Tab", "to the next control, and back"),
    ("Arrows, Enter", "in a list: move, open"),
    ("Ctrl+S", "in a list: sort by the next column"),
    ("Escape", "clear the search; close a dialog; leave a new project or server"),
)
KEYS: tuple[Column[Pair], ...] = (Column("Keys", lambda p: p[0], 20), Column("Do", lambda p: p[1]))
Licence = tuple[str, str, str]
LICENCES: tuple[Column[Licence], ...] = (
    Column("Package", lambda p: p[0]),
    Column("Version", lambda p: p[1], 14),
    Column("Licence", lambda p: p[2], 36),
)


class HelpPage(Page):
    """Three parts, one in view."""

    def __init__(self, overview: Overview, actions: Actions, logs: Path | None = None) -> None:
        super().__init__("Help")
        self._view, self._do, self._logs = overview, actions, logs or system_paths().logs
        self._shown = -1

    def build(self) -> Iterator[None]:
        self._tabs = Segments("Log", "Shortcuts", "About")
        self._tabs.chosen.connect(self._turned)
        self.top.addStretch(1)
        self.top.addWidget(self._tabs)
        self._parts = QStackedWidget()
        self.column.addWidget(self._parts, 1)
        yield
        yield from self._log_part()
        yield
        yield from self._keys_part()
        yield
        yield from self._about_part()

    def _log_part(self) -> Iterator[None]:
        part = QWidget()
        self._parts.addWidget(part)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.search = line(tr("Search"))
        self.search.setObjectName(SEARCH)
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._show_log(anew=True))
        yield
        self.level = Choice("Level")
        self.level.setMinimumContentsLength(9)
        levels = ((tr("Everything"), logging.NOTSET), (tr("Warnings"), logging.WARNING), (tr("Errors"), logging.ERROR))
        self.level.show_pairs(levels, logging.NOTSET)
        self.level.chosen.connect(lambda _level: self._show_log(anew=True))
        copy = self._push = button("Copy report", "copy", "primary", press=self.copy_report)
        folder = button("Open the logs", press=self._open)
        row = Wrapping()
        row.addWidget(self.search, 1)
        for widget in (self.level, folder, copy):
            row.addWidget(widget)
        column.addLayout(row)
        yield
        card = Card()
        column.addWidget(card, 1)
        yield
        self.log = Table("Log", LOG, lambda e: e.number)
        yield
        self.log.picked.connect(self._show_entry)
        card.add(self.log, 1)
        self._empty = nothing("")
        card.add(self._empty, 1)
        self._entry = label("", "mono", wrap=True, selectable=True)
        self._entry.hide()
        card.add(self._entry)

    def _keys_part(self) -> Iterator[None]:
        card = Card()
        self._parts.addWidget(card)
        table = Table("Shortcuts", KEYS, lambda p: p[0])
        yield
        table.show_rows([(keys, tr(does)) for keys, does in SHORTCUTS])
        card.add(table, 1)

    def _about_part(self) -> Iterator[None]:
        card = Card(tr("VoiceGateway Desktop {version}", version=__version__))
        about = tr(
            "Speech and language engines on one local socket. Apache-2.0 licence. "
            "It uses these packages, each with its licence:"
        )
        card.add(label(about, "muted", wrap=True))
        self._parts.addWidget(card)
        yield
        self.licences = Table("Licences", LICENCES, lambda p: p[0])
        yield
        card.add(self.licences, 1)

    def on_shown(self) -> None:
        self._show_log(anew=True)

    def refresh(self) -> None:
        """Show what was logged since."""
        if self._tabs.current == LOG_TAB:
            self._show_log()

    def show_shortcuts(self) -> None:
        """Turn to the shortcuts."""
        self._tabs.choose(KEYS_TAB)

    def _turned(self, number: int) -> None:
        self._parts.setCurrentIndex(number)
        if number == ABOUT_TAB and not self.licences.model_.rows:

            async def read() -> None:
                self.licences.show_rows(await asyncio.to_thread(licences))

            self._do.start(read())
        self.refresh()

    def _show_log(self, *, anew: bool = False) -> None:
        if anew or self._shown != BOOK.count:
            self._shown = BOOK.count
            level = self.level.value()
            found = BOOK.entries(level if isinstance(level, int) else 0, self.search.text())
            self.log.show_rows(found)
            self.log.setVisible(bool(found))
            self._empty.setVisible(not found)
            self._empty.setText(tr("Nothing matches.") if BOOK.count else tr("Nothing was logged since the start."))

    def _show_entry(self) -> None:
        entry = self.log.chosen()
        self._entry.setText(entry.text[:2000] if entry is not None else "")
        self._entry.setVisible(entry is not None)

    def copy_report(self) -> None:
        """Put versions, doctor and the last errors on the clipboard."""

        def then(doctor: Mapping[str, object]) -> None:
            told = report(doctor, BOOK.entries(), self._view.notices, qVersion())
            self._do.copy(told, tr("Report"), lambda: flash(self._push, tr("Copied")))

        if self._view.life == "running":
            self._do.run("doctor", then, on_error=lambda _error: then({}))
        else:
            then({})

    def _open(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._logs))):
            self._do.said(tr("Open {logs} by hand", logs=self._logs))
