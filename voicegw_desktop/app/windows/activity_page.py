"""What was asked lately, who served it, how fast and for how much; and the notices a person should not miss."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from voicegw_desktop.app import theme
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.words import millis, money
from voicegw_desktop.app.windows.parts import Card, Page, label

COLUMNS = ("Time", "Modality", "Served by", "Asked for", "Project", "First byte", "Total", "Cost", "Status")
EMPTY = "No requests yet. They appear here as agents talk."
Index = QModelIndex | QPersistentModelIndex


class RequestsModel(QAbstractTableModel):
    """Records, newest first."""

    def __init__(self, overview: Overview) -> None:
        super().__init__()
        self._view = overview
        self._records: list[Any] = []

    def refresh(self) -> None:
        """Take the records as they are now, if any came."""
        records = list(self._view.requests)
        if [r.id for r in records[:1]] != [r.id for r in self._records[:1]] or len(records) != len(self._records):
            self.beginResetModel()
            self._records = records
            self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._records)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record = self._records[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(record)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return record.error_message or self._cells(record)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == len(COLUMNS) - 1 and record.status == "error":
            return QColor(theme.tokens().bad)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (5, 6, 7):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    @staticmethod
    def _cells(record: Any) -> tuple[str, ...]:
        served = f"{record.provider}/{record.model_id.removeprefix(record.provider + '/')}"
        return (
            time.strftime("%H:%M:%S", time.localtime(record.timestamp)),
            record.modality.upper(),
            served + (f" (for {record.fallback_from})" if record.fallback_from else ""),
            getattr(record, "wanted", None) or "–",
            record.project,
            millis(record.ttfb_ms),
            millis(record.total_latency_ms),
            money(record.cost_nanos),
            record.status,
        )


class ActivityPage(Page):
    """Requests and notices."""

    def __init__(self, overview: Overview) -> None:
        super().__init__("Activity")
        self._view = overview
        self._model = RequestsModel(overview)
        notices = Card("Notices")
        self._notices = label("", "", wrap=True, selectable=True)
        notices.add(self._notices)
        self._notices_card = notices
        self.column.addWidget(notices)
        card = Card("Requests")
        self._empty = label(EMPTY, "muted")
        card.add(self._empty)
        self._table = QTableView()
        self._table.setModel(self._model)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(30)
        self._table.setShowGrid(False)
        self._table.setAlternatingRowColors(True)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setWordWrap(False)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        card.add(self._table, 1)
        self.column.addWidget(card, 1)

    def refresh(self) -> None:
        """Show requests and notices as they are now."""
        self._model.refresh()
        some = self._model.rowCount() > 0
        self._empty.setVisible(not some)
        self._table.setVisible(some)
        notices = list(self._view.notices)[:5]
        self._notices_card.setVisible(bool(notices))
        self._notices.setText("\n".join(f"{n.level}: {n.message}" for n in notices))
