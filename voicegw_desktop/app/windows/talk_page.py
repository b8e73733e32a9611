"""Talk with what is served: by voice or typing, with each turn's words, times and cost, or compared side by side."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QListWidget, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.talking import Talking
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.talk import EMPTY, TalkModel, Told
from voicegw_desktop.app.windows.form import line
from voicegw_desktop.app.windows.parts import Card, Page, Segments, button, label, nothing, row_of, say, set_role
from voicegw_desktop.app.windows.picker import Picker
from voicegw_desktop.app.windows.talk_compare import Comparison
from voicegw_desktop.app.windows.talk_options import Options
from voicegw_desktop.app.windows.waterfall import Waterfall
from voicegw_desktop.app.windows.wrapping import wrapped

REDRAW = 50  # ms; a level meter that lags behind the voice looks broken
MOST_TURNS = 30  # shown; the page Conversations has all


class TurnView(QWidget):
    """One turn: what was said, the answer as it is spoken, and how long each stage took."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self.told = told
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(3)
        self._said = label("", "heading", wrap=True, selectable=True)
        self._answer = label("", "", wrap=True, selectable=True)
        self._notes = label("", "warn", wrap=True)
        self.bar = Waterfall()
        self._caption = label("", "small", wrap=True)
        for widget in (self._said, self._answer, self._notes, self.bar, self._caption):
            column.addWidget(widget)

    def refresh(self, longest_ms: float) -> None:
        """Show the turn as it is now."""
        told = self.told
        turn = told.turn
        self._said.setText(turn.said or "…")
        for widget, text in (
            (self._answer, turn.answer.strip()),
            (self._notes, told.notes),
            (self._caption, told.caption),
        ):
            if widget.text() != text:
                widget.setText(text)
            widget.setVisible(bool(text))
        set_role(self._notes, "bad" if turn.error else "warn")
        self.bar.setVisible(bool(turn.stages))
        self.bar.show_stages(turn.stages, longest_ms)


class TalkPage(Page):
    """Push to talk with the button or Space, hands-free, or by typing."""

    def __init__(self, overview: Overview, actions: Actions, talking: Talking | None = None) -> None:
        super().__init__("Talk")
        self._view = overview
        self.model = talking.model if talking is not None else TalkModel()
        self.talking = talking or Talking(self.model, actions)
        self._drawn = -1
        self._turns: list[TurnView] = []
        self._clock = QTimer(self)
        self._clock.setInterval(REDRAW)
        self._clock.timeout.connect(self._redraw)

    def build(self) -> Iterator[None]:
        self._kind = Segments("Talk", "Compare")
        self._kind.setAccessibleName(tr("Talk or compare"))
        self._kind.chosen.connect(self._turn_kind)
        self._options_push = button("Options", "settings", press=self._toggle_options)
        self._options_push.setCheckable(True)
        self.top.addWidget(self._kind)
        self.top.addStretch(1)
        self.top.addWidget(self._options_push)
        yield
        self.options = Options(self.talking)
        self.options.hide()
        self.column.addWidget(self.options)
        yield
        self._talk = self._talk_part()
        self.column.addWidget(self._talk, 1)
        yield
        self.comparison = Comparison(self._view, self.talking)
        self.comparison.hide()
        self.column.addWidget(self.comparison, 1)
        yield
        yield from self.comparison.build()
        yield
        self.column.addWidget(self._controls())

    # -- parts --------------------------------------------------------------------------------------------------------

    def _talk_part(self) -> QWidget:
        card = Card()
        self.picker = Picker()
        self.picker.changed.connect(self._picked)
        card.add(self.picker)
        inside = QWidget()
        inside.setObjectName("turns")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 8, 0)
        self._list.setSpacing(6)
        self._empty = nothing(EMPTY)
        self._list.addWidget(self._empty, 1000)
        self._list.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(tr("Turns"))
        set_role(self._area, "stop")
        self._area.setWidget(inside)
        # the newest turn stays in sight while it grows
        bar = self._area.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: bar.setValue(high))
        card.add(self._area, 1)
        return card

    def _controls(self) -> Card:
        card = Card()
        self.hold = button("Hold to talk", "mic", "primary")
        self.hold.setToolTip(tr("Or hold Space"))
        self.hold.pressed.connect(self.talking.press)
        self.hold.released.connect(self.talking.release)
        self.free = button("Hands-free", press=self._toggle_free)
        self.free.setCheckable(True)
        self.recorded = button("Recorded question", "play", press=self.talking.ask_recorded)
        self.stop = button("Stop", "square", press=self.talking.hush)
        self.level = QProgressBar()
        self.level.setRange(0, 100)
        self.level.setTextVisible(False)
        self.level.setFixedWidth(110)
        self.level.setAccessibleName(tr("Microphone level"))
        card.add_layout(wrapped(self.hold, self.free, self.recorded, self.stop, 1, self.level))
        self.text = line(tr("Type, and hear the answer"))
        self.text.setAccessibleName(tr("Type, and hear the answer"))
        self.text.setMaxLength(2000)
        self.text.returnPressed.connect(self._send)
        self._send_push = button("Send", press=self._send)
        typed = row_of(self.text, self._send_push)
        typed.setStretch(0, 1)
        card.add_layout(typed)
        self._status = label("", "muted", wrap=True)
        card.add(self._status)
        return card

    # -- what the person does -----------------------------------------------------------------------------------------

    def _picked(self) -> None:
        self.talking.pick = self.picker.pick

    def _turn_kind(self, number: int) -> None:
        self._talk.setVisible(number == 0)
        self.comparison.setVisible(number == 1)
        self.model.side_by_side = number == 1
        if number == 1 and self.model.free:
            self.talking.set_free(False)
        self.refresh()

    def _toggle_options(self) -> None:
        self.options.setVisible(self._options_push.isChecked())
        self.refresh()

    def _toggle_free(self) -> None:
        self.talking.set_free(self.free.isChecked())

    def _send(self) -> None:
        text = self.text.text().strip()
        if text and self._view.life == "running":
            self.text.clear()
            self.talking.write(text)

    # -- Space, wherever the focus is but in a field or on a button ---------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.hold.isEnabled():
            if not event.isAutoRepeat():
                self.hold.setDown(True)
                self.talking.press()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.hold.isDown():
            if not event.isAutoRepeat():
                self.hold.setDown(False)
                self.talking.release()
            return
        super().keyReleaseEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list of pages has the focus after a page was turned, and does nothing with Space."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            if event.type() == QEvent.Type.KeyPress:
                self.keyPressEvent(event)
                return True
            if event.type() == QEvent.Type.KeyRelease:
                self.keyReleaseEvent(event)
                return True
        return super().eventFilter(watched, event)

    # -- what it shows ------------------------------------------------------------------------------------------------

    def on_shown(self) -> None:
        if self._view.life == "running":
            self.talking.look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()
        if (nav := self.window().findChild(QListWidget, "nav")) is not None:
            nav.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()
        if (nav := self.window().findChild(QListWidget, "nav")) is not None:
            nav.removeEventFilter(self)
        if self.talking.engaged:
            # a page that is not visible must not listen
            self.talking.close()

    def _redraw(self) -> None:
        if self.model.version != self._drawn:
            self.refresh()

    def refresh(self) -> None:
        """Show the conversation as it is now."""
        model, view = self.model, self._view
        self._drawn = model.version
        serving = view.life == "running"
        self.picker.show_choices(self.talking.stacks, view)
        if self.options.isVisibleTo(self):
            self.options.refresh()
        comparing = self.comparison.isVisibleTo(self)
        if comparing:
            self.comparison.refresh()
        hearing = serving and not model.no_microphone and not model.comparing
        self.hold.setEnabled(hearing and not model.free)
        self.free.setEnabled(hearing and not comparing)
        self.free.setChecked(model.free)
        self.recorded.setEnabled(serving and not model.free and not model.comparing and model.state == "idle")
        self._send_push.setEnabled(serving and not comparing)
        self.text.setEnabled(serving and not comparing)
        self.stop.setEnabled(self.talking.answering)
        say(
            self.hold,
            tr("Release to get the answer") if model.state == "listening" and not model.free else tr("Hold to talk"),
        )
        self.level.setVisible(not model.no_microphone)
        self.level.setValue(round(model.level * 100))
        status = model.status(view.life)
        if self._status.text() != status:
            self._status.setText(status)
        set_role(self._status, "bad" if model.problem or not serving else "muted")
        self._show_turns()

    def _show_turns(self) -> None:
        shown = self.model.turns[-MOST_TURNS:]
        if [view.told for view in self._turns] != shown:
            for old in [view for view in self._turns if not any(view.told is told for told in shown)]:
                self._turns.remove(old)
                self._list.removeWidget(old)
                old.deleteLater()
            for told in shown:
                if not any(view.told is told for view in self._turns):
                    fresh = TurnView(told)
                    self._turns.append(fresh)
                    self._list.insertWidget(self._list.count() - 1, fresh)
                    # a layout would show it in the loop's next turn only
                    fresh.show()
        self._empty.setVisible(not shown)
        longest = self.model.longest_ms()
        for turn in self._turns:
            turn.refresh(longest)
