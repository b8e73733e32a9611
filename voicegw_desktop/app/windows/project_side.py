"""Beside the projects: what the chosen one spent over days, and its keys."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from PySide6.QtWidgets import QWidget

from voicegw_desktop.app import theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.spent import by_time
from voicegw_desktop.app.viewmodels.words import clock
from voicegw_desktop.app.windows.asking import ask_limits
from voicegw_desktop.app.windows.day_bars import DayBars
from voicegw_desktop.app.windows.parts import BESIDE, Card, button, flash, label
from voicegw_desktop.app.windows.rows import Column
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.app.windows.wrapping import wrapped
from voicegw_desktop.core.typed import Record, number, records, text, texts
from voicegw_desktop.secrets.keys import FOR_AGENTS

BARS = 84  # px: in a small window the keys need the room
DAYS = "month"  # the time over which spending is shown

KEYS: tuple[Column[Record], ...] = (
    Column("Key", lambda k: text(k.get("name")) or text(k["id"]), tip=lambda k: f"{k['id']} {_scopes(k)}".strip()),
    Column("Created", lambda k: clock(number(k.get("created_at")) or 0.0, time.time()), 9),
)


def _scopes(key: Record) -> str:
    return ", ".join(texts(key.get("scopes")))


class ProjectSide(Card):
    """Reads what it shows when another project is chosen."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._do = actions
        self._project = ""
        theme.keep_width(self, BESIDE)
        self.add(label("Spent in 30 days", "heading"))
        self.bars = DayBars()
        self.bars.setFixedHeight(BARS)
        self.add(self.bars)
        self.add(label("API keys", "heading"))
        self._none = label("No key yet. Copy API key makes the first.", "muted", wrap=True)
        self.add(self._none)

    def build(self) -> Iterator[None]:
        """Make the rest, one part for each step, as pages are made."""
        yield
        self.keys = Table("Keys of the project", KEYS, lambda k: k["id"])
        self.keys.keep_rows(1)
        self.keys.picked.connect(self._picked)
        self.add(self.keys, 1)
        self._room = QWidget()
        self.add(self._room, 1)
        yield
        self._new = button("New key", "key-round", press=self._make)
        self._limits = button("Budget", press=self._ask_limits)
        self._limits.setAccessibleName(tr("Budget of the key"))
        self._revoke = button("Revoke", "trash-2", press=self._end)
        self.add(self._new)
        self.add_layout(wrapped(self._limits, self._revoke))

    def show_project(self, project: str) -> None:
        """Show this one; nothing for an empty name."""
        self.setVisible(bool(project))
        if project != self._project:
            self._project = project
            self.bars.show_sums([])
            self.keys.show_rows([])
            self.read()

    def read(self) -> None:
        """Read spending and keys again."""
        project = self._project
        if not project:
            return

        def costs(answer: Mapping[str, object]) -> None:
            if project == self._project:
                self.bars.show_sums(by_time(records(answer.get("rows"))))

        def keys(answer: Mapping[str, object]) -> None:
            if project == self._project:
                mine = [key for key in records(answer.get("keys")) if key.get("project") == project]
                self.keys.show_rows(mine)
                self.keys.setVisible(bool(mine))
                self._none.setVisible(not mine)
                self._room.setVisible(not mine)
                self._picked()

        self._do.run("costs", costs, period=DAYS, project=project, by=["day"])
        self._do.run("list_keys", keys)

    def _picked(self) -> None:
        chosen = self.keys.chosen() is not None
        # in a small window there is more room for the keys without them
        self._limits.setVisible(chosen)
        self._revoke.setVisible(chosen)

    def _make(self) -> None:
        def made(answer: Mapping[str, object]) -> None:
            self._do.copy(text(answer["api_key"]), tr("API key"), lambda: flash(self._new, tr("Copied")))
            self.read()

        self._do.run("create_key", made, project=self._project, name="window", scopes=[*FOR_AGENTS])

    def _ask_limits(self) -> None:
        key: Record | None = self.keys.chosen()
        if key is not None:
            name = text(key["id"])
            ask_limits(self, self._do, tr("Budget of {name}", name=text(key.get("name")) or name), "key", name)

    def _end(self) -> None:
        key: Record | None = self.keys.chosen()
        if key is None:
            return

        def gone(_: object) -> None:
            self._do.said(tr("{key}: revoked", key=text(key.get("name")) or text(key["id"])))
            self.read()

        self._do.confirmed(tr("Revoke the key?"), tr("Revoke"), "revoke_key", gone, key_id=key["id"])
