"""One utterance through two or three picks, side by side: words, times, cost; the best can be kept as route."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.talking import Talking
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.state import MODALITIES, MODALITY_NAMES
from voicegw_desktop.app.viewmodels.talk import Column, Pick, served_words
from voicegw_desktop.app.viewmodels.words import size
from voicegw_desktop.app.windows.parts import Card, button, label, row_of, set_role
from voicegw_desktop.app.windows.picker import Picker
from voicegw_desktop.app.windows.waterfall import Waterfall

MOST = 3
STATES = {"waiting": "Waits for its turn …", "running": "Answering …"}


class ColumnView(QFrame):
    """One pick and its result."""

    def __init__(self, number: int, talking: Talking) -> None:
        super().__init__()
        self.setObjectName("tile")
        self._number, self._talking = number, talking
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        self.picker = Picker(tr(", choice {n}", n=number + 1), across=False)
        self.picker.pick = talking.model.columns[number].pick
        self.picker.changed.connect(self._picked)
        self._said = label("", "heading", wrap=True, selectable=True)
        self._answer = label("", "", wrap=True, selectable=True)
        self.bar = Waterfall()
        self._caption = label("", "small", wrap=True)
        self._served = label("", "small", wrap=True)
        self._notes = label("", "muted", wrap=True)
        self.keep = button("Keep as route", "circle-check", press=lambda: talking.keep(number))
        self.keep.setAccessibleName(tr("Keep choice {n} as route", n=number + 1))
        for widget in (self.picker, self._said, self._answer, self.bar, self._caption, self._served, self._notes):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(row_of(self.keep, 1))

    def _picked(self) -> None:
        self._talking.model.columns[self._number].pick = self.picker.pick

    @staticmethod
    def _served_by(modality: str, target: str, overview: Overview) -> str:
        engine = overview.engines.get(target)
        memory = (
            tr(", {size} in memory", size=size(engine.rss_bytes)) if engine is not None and engine.rss_bytes else ""
        )
        return f"{tr(MODALITY_NAMES[modality])}: {target}{memory}"

    def refresh(self, column: Column, overview: Overview, *, fastest: bool) -> None:
        """Show the result so far."""
        model = self._talking.model
        self.picker.show_choices(self._talking.stacks, overview)
        self.picker.setEnabled(not model.comparing)
        told = column.told
        said, answer = (told.turn.said, told.turn.answer.strip()) if told is not None else ("", "")
        served, notes, role = "", tr(STATES.get(column.state, "")), "muted"
        if told is not None:
            served = "\n".join(self._served_by(m, told.served[m], overview) for m in MODALITIES if m in told.served)
            if told.turn.error:
                notes, role = told.turn.error, "bad"
            elif other := served_words(told.served, column.pick.resolved(self._talking.stacks)):
                notes, role = other, "warn"
            elif fastest:
                notes, role = tr("Fastest to first sound"), "good"
        for widget, text in (
            (self._said, said), (self._answer, answer), (self._served, served), (self._notes, notes),
            (self._caption, told.caption if told is not None else ""),
        ):  # fmt: skip
            if widget.text() != text:
                widget.setText(text)
            widget.setVisible(bool(text))
        set_role(self._notes, role)
        stages = told.turn.stages if told is not None else []
        self.bar.setVisible(bool(stages))
        self.bar.show_stages(stages, model.longest_ms())
        self.keep.setEnabled(
            bool(told is not None and told.turn.done_at and not told.turn.error and not model.comparing)
        )


class Comparison(Card):
    """The columns, and the button that sends the utterance through them."""

    def __init__(self, overview: Overview, talking: Talking) -> None:
        super().__init__()
        self._view, self._talking = overview, talking
        self._what = label("", "muted", wrap=True)
        self.run = button("Compare now", "layers", "primary", press=talking.compare)
        self.more = button("Add a third", press=self._add)
        top = row_of(self._what, self.more, self.run)
        top.setStretch(0, 1)
        self.add_layout(top)
        inside = QWidget()
        inside.setObjectName("turns")
        self._row = QHBoxLayout(inside)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("Choices"))
        set_role(area, "stop")
        area.setWidget(inside)
        self.add(area, 1)
        self.columns: list[ColumnView] = []

    def build(self) -> Iterator[None]:
        """Make the columns, one at a time."""
        for number in range(len(self._talking.model.columns)):
            self._show(number)
            yield

    def _show(self, number: int) -> None:
        view = ColumnView(number, self._talking)
        self.columns.append(view)
        self._row.addWidget(view, 1)

    def _add(self) -> None:
        self._talking.model.columns.append(Column(Pick()))
        self._show(len(self.columns))
        self.refresh()

    def refresh(self) -> None:
        """Show every column as it is now."""
        model = self._talking.model
        self.more.setVisible(len(self.columns) < MOST)
        self.more.setEnabled(not model.comparing)
        # enabled while it compares, for the focus to stay: one more press does nothing
        self.run.setEnabled(self._view.life == "running" and (model.comparing or model.state == "idle"))
        what = tr("your last utterance") if model.utterance else tr("the recorded question")
        self._what.setText(
            tr("Each choice answers {what}. A model that is not loaded yet takes longer the first time.", what=what)
        )
        fastest = model.fastest
        for number, (view, column) in enumerate(zip(self.columns, model.columns, strict=True)):
            view.refresh(column, self._view, fastest=number == fastest)
