"""What a list of requests or sessions is narrowed by: words, dates, project, kind, target, errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.history import Filters
from voicegw_desktop.app.viewmodels.state import MODALITIES, MODALITY_NAMES
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import line
from voicegw_desktop.app.windows.parts import SEARCH

DATES = {"all": "Any time", "today": "Today", "yesterday": "Yesterday", "week": "Last 7 days", "month": "Last 30 days"}
PATIENCE = 250  # ms after the last key until the search begins
NARROW = 760  # px below which the target is left out
SPACE = 8  # px


class FilterRow(QWidget):
    """`changed` when anything in it was changed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        self.search = line(tr("Search"))
        self.search.setObjectName(SEARCH)
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(PATIENCE)
        self._typed.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda _text: self._typed.start())
        self._dates, self._project = Choice("Time"), Choice("Project")
        self._kind, self._target = Choice("Kind"), Choice("Target")
        self.errors = QCheckBox(tr("Errors"))
        self.errors.setAccessibleName(tr("Only errors"))
        self.errors.toggled.connect(lambda _on: self.changed.emit())
        row.addWidget(self.search, 1)
        for choice in (self._dates, self._project, self._kind, self._target):
            choice.setMinimumContentsLength(5)
            choice.chosen.connect(lambda _value: self.changed.emit())
            row.addWidget(choice, 1)
        row.addWidget(self.errors)

    def build(self) -> Iterator[None]:
        """Fill in the choices, once the row stands in its page."""
        yield
        self._dates.show_pairs([(tr(text), name) for name, text in DATES.items()], "all")
        yield
        self._kind.show_pairs([(tr("All kinds"), ""), *((tr(MODALITY_NAMES[m]), m) for m in MODALITIES)], "")
        yield
        self.offer((), ())

    def offer(self, projects: Iterable[str], targets: Iterable[str]) -> None:
        """Offer these to choose from."""
        project, target = self._project.value() or "", self._target.value() or ""
        self._project.show_pairs(
            [(tr("All projects"), ""), *((p, p) for p in sorted({*projects, str(project)} - {""}))], project
        )
        self._target.show_pairs(
            [(tr("All targets"), ""), *((t, t) for t in sorted({*targets, str(target)} - {""}))], target
        )

    def filters(self) -> Filters:
        """The filters that are chosen now."""
        return Filters(
            str(self._dates.value() or "all"), str(self._project.value() or ""), str(self._kind.value() or ""),
            str(self._target.value() or ""), self.errors.isChecked(), self.search.text(),
        )  # fmt: skip

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fold()

    def _fold(self) -> None:
        """Leave out what has no room, the target first and then the project: the others would be cut."""
        left = [self.search, self._dates, self._project, self._kind, self._target, self.errors]
        asked = [NARROW, 0]
        for choice in (self._target, self._project):
            needed = sum(one.minimumSizeHint().width() for one in left) + SPACE * (len(left) - 1)
            fits = self.width() >= max(needed, asked.pop(0))
            choice.setVisible(fits)
            if not fits:
                left.remove(choice)
