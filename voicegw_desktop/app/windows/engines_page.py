"""The local engines: what runs, on how many threads, with how much memory, and a button to start or stop each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from voicegw_desktop.app.viewmodels.overview import RUNNING, Overview
from voicegw_desktop.app.viewmodels.words import size
from voicegw_desktop.app.windows.parts import Card, Page, label
from voicegw_desktop.core.events import EngineState

COLUMNS = ("Engine", "State", "Memory", "Threads", "Process", "")
BUTTON_WIDTH = 104  # px
EMPTY = "No model is installed yet. Pull one to begin:\n\nvoicegw models pull whisper/base piper/en_US-joe-medium"


class EnginesPage(Page):
    """One row an engine."""

    def __init__(self, overview: Overview, toggle: Callable[[str, bool], None]) -> None:
        super().__init__("Engines")
        self._view = overview
        self._toggle = toggle
        self._rows: dict[str, int] = {}
        self._pushes: dict[str, QPushButton] = {}
        self._memory = label("", "muted")
        self.top.addWidget(self._memory)
        card = Card("Local engines")
        self._table = QTableWidget(0, len(COLUMNS))
        self._table.setHorizontalHeaderLabels(COLUMNS)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(42)
        self._table.setShowGrid(False)
        self._table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(len(COLUMNS) - 1, BUTTON_WIDTH)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._empty = label(EMPTY, "muted", selectable=True)
        card.add(self._empty)
        card.add(self._table, 1)
        self.column.addWidget(card, 1)

    def refresh(self) -> None:
        """Show the engines as they are now."""
        engines = sorted(self._view.engines.values(), key=lambda e: e.name)
        self._empty.setVisible(not engines)
        self._table.setVisible(bool(engines))
        used = sum(e.rss_bytes for e in engines)
        self._memory.setText(f"{size(used)} in use" if used else "No engine in memory")
        if [e.name for e in engines] != list(self._rows):
            self._lay_out(engines)
        for engine in engines:
            self._show(self._rows[engine.name], engine)

    def _lay_out(self, engines: list[EngineState]) -> None:
        self._table.setRowCount(len(engines))
        self._rows = {engine.name: row for row, engine in enumerate(engines)}
        for name, row in self._rows.items():
            for column in range(len(COLUMNS) - 1):
                self._table.setItem(row, column, QTableWidgetItem())
            push = QPushButton("Start")
            push.setAccessibleName(f"Start or stop {name}")
            push.clicked.connect(lambda _checked=False, chosen=name: self._pushed(chosen))
            cell = QWidget()
            around = QHBoxLayout(cell)
            around.setContentsMargins(8, 4, 8, 4)
            around.addWidget(push)
            self._table.setCellWidget(row, len(COLUMNS) - 1, cell)
            self._pushes[name] = push

    def _pushed(self, name: str) -> None:
        self._toggle(name, self._view.engines[name].state not in RUNNING)

    def _show(self, row: int, engine: EngineState) -> None:
        running = engine.state in RUNNING
        state = engine.state if not engine.reason else f"{engine.state}: {engine.reason}"
        cells = (
            engine.name,
            state,
            size(engine.rss_bytes) if running else "–",
            str(engine.threads) if running and engine.threads else "–",
            str(engine.pid) if running and engine.pid else "–",
        )
        for column, text in enumerate(cells):
            item = self._table.item(row, column)
            if item is not None and item.text() != text:
                item.setText(text)
                item.setToolTip(text if column < 2 else "")
        push = self._pushes[engine.name]
        push.setText("Stop" if running else "Start")
        push.setEnabled(engine.state != "unloading")
