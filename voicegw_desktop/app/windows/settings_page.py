"""Settings: each with what it does, where its value comes from, and the file or folder behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from voicegw_desktop.app import theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import capital, tr
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import reason
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import line
from voicegw_desktop.app.windows.parts import GAP, Card, Page, button, label, set_role
from voicegw_desktop.app.windows.saving import ask_file
from voicegw_desktop.app.windows.showing import dressed, laid_out
from voicegw_desktop.app.windows.wrapping import wrapped
from voicegw_desktop.core.typed import Record, record, records, text, whole

Change = Callable[[str, str | None, bool], None]
WIDEST = 900  # px
CONTROL = 200  # px
PAUSE = 0.002  # s between two rows that are made
GROUPS = {
    "Program": (
        "start_at_login",
        "desktop.start_hidden",
        "desktop.notifications",
        "desktop.theme",
        "desktop.language",
        "desktop.text_size",
        "updates.mode",
    ),
    "Serving": ("serve.port", "serve.allow_lan", "proxy"),
    "Records": (
        "retention.requests_days",
        "retention.turns_days",
        "retention.latency_days",
        "retention.transcripts_days",
        "retention.egress_days",
        "retention.max_size",
    ),
    "Engines": ("engines.keep_alive", "engines.memory_limit", "engines.models_folder"),
}


class SettingsPage(Page):
    """The settings; shown also while the gateway is down, because a setting may be the reason."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Settings", scrolls=True, widest=WIDEST)
        self._view, self._do = overview, actions
        self._file, self._folders = "", dict[str, str]()
        self.rows: dict[str, SettingRow] = {}
        self._found: dict[str, Record] = {}
        self._filling = False
        overview.preferred.connect(self._ask_again)

    def build(self) -> Iterator[None]:
        self._again = button("Start again", "refresh-cw", "primary", press=self._restart)
        self._again.hide()
        self.top.addStretch(1)
        self.top.addWidget(self._again)
        self._message = label("", "bad", wrap=True, selectable=True)
        self._message.hide()
        self.column.addWidget(self._message)
        self._groups = QWidget()
        self._groups.hide()
        self._cards = QVBoxLayout(self._groups)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(GAP)
        self._cards.addStretch(1)
        self.column.addWidget(self._groups)
        yield
        files = Card("Files")
        self._where = label("", "muted", wrap=True, selectable=True)
        files.add(self._where)
        self._open_file = button("Open voicegw.yaml", "file-text", press=lambda: self._open(self._file))
        folder = button("Open the folder", press=lambda: self._open(self._folders.get("configuration", "")))
        models = button("Open the models folder", press=lambda: self._open(self._folders.get("models", "")))
        files.add_layout(wrapped(self._open_file, folder, models, 1))
        copies = Card("Backup")
        about = tr(
            "A backup holds requests, totals, settings made here and hashes of keys. A revoked key stays revoked."
        )
        copies.add(label(about, "muted", wrap=True))
        backup = button("Back up", "download", press=self._ask_backup)
        restore = button("Restore", press=self._ask_restore)
        copies.add_layout(wrapped(backup, restore, 1))
        self._below = [backup, restore, self._open_file, folder, models]
        self.column.addWidget(copies)
        self.column.addWidget(files)
        self.column.addStretch(1)

    def on_shown(self) -> None:
        if self._do.chosen:
            self._do.run("settings", self._take, on_error=self._broke)

    def _ask_again(self) -> None:
        if self.isVisible():
            self.on_shown()

    def _take(self, answer: Mapping[str, object], sentence: str = "") -> None:
        if not isValid(self):
            # a change of the language put another window in the place of this page's
            return
        self._tell(sentence)
        self._file = text(answer.get("file"))
        self._folders = {name: text(path) for name, path in record(answer.get("folders")).items()}
        self._found = {text(row.get("path")): row for row in records(answer.get("settings"))}
        if self.rows:
            for path, row in self.rows.items():
                if path in self._found:
                    row.show_row(self._found[path])
        elif not self._filling:
            self._filling = True
            self._do.start(self._fill())
        where = self._file or tr("No voicegw.yaml was found: what is not set here has its default.")
        self._where.setText(f"{where}\n{self._folders.get('configuration', '')}")
        self._open_file.setEnabled(bool(self._file))

    async def _fill(self) -> None:
        """Make the rows one by one, and show one group after the other, so that the streams do not wait for all."""
        cards: list[Card] = []
        for heading, paths in GROUPS.items():
            card = Card(heading)
            # Qt would lay the page out for each row that comes into view
            card.hide()
            self._cards.insertWidget(len(cards), card)
            for path in paths:
                if path in self._found:
                    row = SettingRow(self._found[path], self._set)
                    card.add(row)
                    row.show_row(self._found[path])
                    for _ in dressed(row):
                        await asyncio.sleep(PAUSE)
                    self.rows[path] = row
                    await asyncio.sleep(PAUSE)
            cards.append(card)
        await self._show_cards(cards)
        # Tab goes down the page: Qt takes widgets in the order in which they were made
        last: QWidget = list(self.rows.values())[-1].control if self.rows else self._again
        for push in self._below:
            QWidget.setTabOrder(last, push)
            last = push

    async def _show_cards(self, cards: Sequence[Card]) -> None:
        width = self.scrolled.width_with(self._groups)
        heights = []
        for card in cards:
            heights.append(card.heightForWidth(width))
            await asyncio.sleep(PAUSE)
            for _ in laid_out(card, QSize(width, heights[-1])):
                await asyncio.sleep(PAUSE)
        # their room at once, so that what is below moves once
        self._groups.setFixedHeight(sum(heights) + GAP * (len(cards) - 1))
        self._groups.show()
        try:
            for card in cards:
                await asyncio.sleep(PAUSE)
                card.show()
            await asyncio.sleep(PAUSE)
        finally:
            self._groups.setMinimumHeight(0)
            self._groups.setMaximumHeight(theme.UNLIMITED)

    def _set(self, path: str, value: str | None, restart: bool) -> None:
        def then(answer: Mapping[str, object]) -> None:
            self._take(answer)
            self._do.prefer(
                path, next((r.get("value") for r in records(answer.get("settings")) if r["path"] == path), None)
            )
            if restart and isValid(self):
                self._again.show()

        def broke(error: BaseException) -> None:
            # the field shows the value in force again, and the sentence stays
            self._do.run("settings", lambda answer: self._take(answer, reason(error)), on_error=self._broke)

        self._do.run("set_setting", then, on_error=broke, path=path, value=value)

    def _broke(self, error: BaseException) -> None:
        if isValid(self):
            self._tell(reason(error))

    def _tell(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))

    def _restart(self) -> None:
        self._again.hide()
        self._do.serve_anew()

    def _ask_backup(self) -> None:
        ask_file(self, tr("Back up"), f"voicegateway-{datetime.now():%Y-%m-%d}.db", ["*.db"], self.back_up)

    def _ask_restore(self) -> None:
        dialog = ask_file(self, tr("Restore"), "", ["*.db"], self.restore)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

    def back_up(self, path: str) -> None:
        """Copy what is stored to a new file."""

        def then(answer: Mapping[str, object]) -> None:
            self._tell("")
            self._do.said(tr("{rows} requests backed up", rows=whole(answer.get("requests")) or 0))

        self._do.run("backup", then, on_error=self._broke, file=path)

    def restore(self, path: str) -> None:
        """Replace what is stored by a backup, after a question."""

        def then(_: object) -> None:
            self._tell("")
            self._do.said(tr("The backup was restored"))
            self._do.reload_day()

        self._do.confirmed(tr("Restore this backup?"), tr("Restore"), "restore", then, on_error=self._broke, file=path)

    def _open(self, path: str) -> None:
        if not path or not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self._tell(tr("{v} could not be opened. Open it in your file manager.", v=path or tr("the file")))


class SettingRow(QWidget):
    """One setting: `change(path, value, restart)` is called with what the person sets, None for the default."""

    def __init__(self, row: Record, change: Change) -> None:
        super().__init__()
        self._path, self._change, self._restart = text(row["path"]), change, bool(row.get("restart"))
        self._shown = ""
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 4, 0, 4)
        outer.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(0)
        title = label(text(row["title"]), wrap=True)
        self._about = label(text(row.get("about")), "small", wrap=True)
        self._origin = label("", "small")
        for part in (title, self._about, self._origin):
            words.addWidget(part)
        outer.addLayout(words, 1)
        # not before it has a parent: it would be a window of its own for a moment, and take the keyboard
        self._about.setVisible(bool(row.get("about")))
        self._reset = button("Reset", role="flat", press=lambda: self._say(None))
        self._reset.setAccessibleName(tr("Reset {lower}", lower=tr(text(row["title"])).lower()))
        outer.addWidget(self._reset)
        self.control = self._make(row)
        theme.keep_width(self.control, CONTROL)
        self.control.setAccessibleName(tr(text(row["title"])))
        self.control.setAccessibleDescription(tr(text(row.get("about"))))
        title.setBuddy(self.control)
        outer.addWidget(self.control)

    def _make(self, row: Record) -> QWidget:
        kind = text(row["kind"])
        if kind == "boolean":
            box = QCheckBox()
            box.clicked.connect(lambda on: self._say("true" if on else "false"))
            return box
        if kind == "choice":
            choice = Choice("")
            choice.chosen.connect(lambda value: self._say(str(value)))
            return choice
        edit = line()
        edit.editingFinished.connect(self._typed)
        edit.setReadOnly(kind == "told")
        return edit

    def show_row(self, row: Record) -> None:
        """Show value and origin as they are now."""
        value, locked = row.get("value"), bool(row.get("locked"))
        shown = "" if value is None else str(value)
        match self.control:
            case QCheckBox():
                self.control.setChecked(bool(value))
            case Choice():
                pairs = [(capital(tr(text(c.get("title")))), c.get("value")) for c in records(row.get("choices"))]
                if value not in [known for _, known in pairs]:
                    pairs.append((shown, value))
                self.control.show_pairs(pairs, value)
            case QLineEdit():
                if not self.control.hasFocus() or shown != self._shown:
                    self.control.setText(tr("none") if self.control.isReadOnly() and shown == "none" else shown)
        self._shown = shown
        self.control.setEnabled(not locked)
        source = text(row.get("source"))
        self._origin.setText(
            tr("Set in {name}", name=Path(text(row.get("where"))).name) if locked and source == "yaml" else ""
        )
        self._origin.setVisible(bool(self._origin.text()))
        set_role(self._origin, "warn" if locked else "small")
        self._reset.setVisible(source == "settings")

    def _typed(self) -> None:
        assert isinstance(self.control, QLineEdit)
        typed = self.control.text().strip()
        if typed != self._shown and not self.control.isReadOnly():
            self._say(typed or None)

    def _say(self, value: str | None) -> None:
        self._change(self._path, value, self._restart)
