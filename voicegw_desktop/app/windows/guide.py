"""The first page of a new user: fetch models, take a voice turn, copy the lines for an agent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.first_turn import TurnTaken
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.fetching import Fetching, failure
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import reason
from voicegw_desktop.app.viewmodels.snippets import SNIPPETS, Access, hidden
from voicegw_desktop.app.viewmodels.starting import Starter, missing, starters
from voicegw_desktop.app.viewmodels.state import Pull
from voicegw_desktop.app.viewmodels.words import millis, money, size
from voicegw_desktop.app.windows.parts import Card, Segments, button, flash, label, say, set_role
from voicegw_desktop.app.windows.wrapping import wrapped
from voicegw_desktop.core.money import NANOS_PER_USD
from voicegw_desktop.core.typed import records


class Snippets(QWidget):
    """Lines for each kind of agent; shown without secrets, copied with them."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__()
        self._view, self._actions = overview, actions
        self._names = list(SNIPPETS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._kinds = Segments(*self._names)
        self._kinds.chosen.connect(lambda _n: self.refresh())
        self._push = button("Copy lines", "copy", press=self._copy)
        column.addLayout(wrapped(self._kinds, 1, self._push))
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setAccessibleName(tr("Lines for your agent"))
        self._text.setFixedHeight(78)
        column.addWidget(self._text)

    def refresh(self) -> None:
        """Show the chosen kind's lines."""
        text = SNIPPETS[self._names[self._kinds.current]](hidden(self._view.endpoint))
        if self._text.toPlainText() != text:
            self._text.setPlainText(text)

    def _copy(self) -> None:
        name = self._names[self._kinds.current]

        def copy(access: Access) -> None:
            what = tr("Lines for {name}", name=name)
            self._actions.copy(SNIPPETS[name](access), what, lambda: flash(self._push, tr("Copied")))

        self._actions.with_access(copy)


class Guide(Card):
    """Three steps, of which the first button does two."""

    def __init__(self, overview: Overview, actions: Actions, cache: Path, hide: Callable[[], None]) -> None:
        super().__init__("Welcome. Your first voice turn is one click away")
        self._view, self._actions, self._cache = overview, actions, cache
        self._starters: list[Starter] = []
        self._known = -1
        self._first = overview.first
        self.add_to_heading(button("Hide", role="flat", press=hide))

        self._models = label("", "muted", wrap=True)
        self._get = button("Get models and talk", "download", "primary", press=self._fetch)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Models fetched"))
        self._cancel = button("Cancel", role="flat", press=self._stop_fetching)
        self._cancel.setAccessibleDescription(tr("What was fetched so far is kept."))
        self.add_layout(
            self._step("1", tr("Models that run on this machine"), self._models, self._get, self._bar, self._cancel)
        )

        self._turn = label("", "muted", wrap=True, selectable=True)
        self._talk = button("Take a voice turn", "mic", press=self._take)
        self._again = button("Play it", "volume-2", role="flat", press=self._play)
        self._again.hide()
        self.add_layout(
            self._step("2", tr("A voice turn that never leaves this machine"), self._turn, self._talk, self._again)
        )

        self.snippets = Snippets(overview, actions)
        self.add_layout(self._step("3", tr("Your agent, unchanged"), self.snippets))
        overview.changed.connect(self._follow)

    @property
    def engaged(self) -> bool:
        """True once the person has begun with the guide: it then stays until it is hidden."""
        return self._first.engaged

    @staticmethod
    def _step(number: str, title: str, body: QWidget, *buttons: QWidget) -> QHBoxLayout:
        badge = label(number, "number")
        badge.setFixedWidth(22)
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(label(title, "heading"))
        text.addWidget(body)
        aside = QVBoxLayout()
        aside.setSpacing(8)
        for push in buttons:
            aside.addWidget(push)
        aside.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 10, 0, 0)
        row.setSpacing(12)
        row.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        if buttons:
            row.addLayout(aside)
        return row

    def load(self) -> None:
        """Read the store again."""
        if self._view.life != "running":
            return

        def take(answer: Mapping[str, object]) -> None:
            self._starters = starters(records(answer["models"]), self._view.routes)
            self.refresh()
            if self._first.wanted and not missing(self._starters):
                self._first.wanted = False
                self._take()

        self._known = self._view.installed
        self._actions.run("list_store", take)

    def _follow(self) -> None:
        """Take the turn that was asked for as soon as the models are here, whichever page is in view."""
        if not self._first.wanted:
            return
        pulls = self._pulls()
        if self._known != self._view.installed:
            self.load()
        elif not any(p.active for p in pulls) and any(p.state in ("failed", "paused") for p in pulls):
            self._first.wanted = False

    def _pulls(self) -> list[Pull]:
        """How far the models are that are still missing."""
        return [self._view.pulls[s.id] for s in missing(self._starters) if s.id in self._view.pulls]

    def refresh(self) -> None:
        """Show how far it is."""
        if self._view.life == "running" and self._known != self._view.installed:
            self.load()
        held = self.window().focusWidget()
        lacking = missing(self._starters)
        active = [p for p in self._pulls() if p.active]
        serving = self._view.life == "running"
        self._get.setVisible(bool(lacking))
        self._get.setEnabled(serving and bool(lacking) and not active)
        say(self._get, tr("Fetching …") if active else tr("Get models and talk"))
        self._bar.setVisible(bool(active))
        self._cancel.setVisible(bool(active))
        if active and self._first.fetching is None:
            # begun elsewhere, as on the page Models
            self._first.fetching = Fetching(lacking, self._view.pulls, time.monotonic())
        if active and self._first.fetching is not None:
            self._bar.setValue(round(100 * self._first.fetching.share(self._view.pulls)))
        self._models.setText(self._models_text(lacking, bool(active)))
        ready = serving and bool(self._starters) and not lacking
        # enabled while a turn runs, for the focus to stay: one more press does nothing
        self._talk.setEnabled(ready)
        if held in (self._get, self._cancel, self._talk) and self.window().focusWidget() is not held:
            # Qt gave the focus to whatever comes next on the page
            for push in (self._cancel, self._talk, self._get):
                if push.isVisible() and push.isEnabled():
                    push.setFocus(Qt.FocusReason.OtherFocusReason)
                    break
        self._show_turn()
        self.snippets.refresh()

    def _models_text(self, lacking: list[Starter], active: bool) -> str:
        if not self._starters:
            return tr("Looking at the model store …")
        if not lacking:
            return tr("Installed: ") + "; ".join(s.title for s in self._starters) + "."
        failed = next((p for p in self._pulls() if p.state == "failed"), None)
        if failed is not None and not active:
            return failure(failed.message)
        if active and self._first.fetching is not None:
            return self._first.fetching.words(self._view.pulls, time.monotonic())
        each = "; ".join(f"{s.title} ({size(s.size_bytes)})" for s in lacking)
        return tr(
            "{each}. {size} in all; they stay on this machine.",
            each=each,
            size=size(sum(s.size_bytes for s in lacking)),
        )

    def _fetch(self) -> None:
        self._first.wanted = True
        self._first.fetching = Fetching(missing(self._starters), self._view.pulls, time.monotonic())
        self._actions.pull(*(s.id for s in missing(self._starters)))

    def _stop_fetching(self) -> None:
        self._first.wanted = False
        for pull in self._pulls():
            if pull.active:
                self._actions.pause(pull.model)

    def _take(self) -> None:
        # the answers below touch no widget: in another language the window is another one by then
        first, view, actions = self._first, self._view, self._actions
        if first.running:
            return
        first.running = True

        def told(turn: TurnTaken) -> None:
            first.running, first.taken, first.error, first.turns = False, turn, None, first.turns + 1
            view.touch()
            actions.play(turn.audio)

        def broke(error: BaseException) -> None:
            first.running, first.taken, first.error = False, None, error
            view.touch()

        actions.take_turn({s.modality: s.id for s in self._starters}, self._cache, told, broke)
        self.refresh()

    def _show_turn(self) -> None:
        first = self._first
        name = tr("Talking …") if first.running else tr("Take a voice turn") if first.error is None else tr("Try again")
        say(self._talk, name)
        self._again.setVisible(first.taken is not None)
        role = "muted"
        if first.running:
            text = tr("Listening, thinking, speaking. The first turn loads three models …")
        elif first.error is not None:
            text, role = reason(first.error), "bad"
        elif first.taken is not None:
            text, role = self._turn_words(first.taken), ""
        else:
            text = tr("A recorded question goes in, a spoken answer comes out, timed and priced.")
        self._turn.setText(text)
        set_role(self._turn, role)

    def _turn_words(self, turn: TurnTaken) -> str:
        stages = ", ".join(f"{name} {millis(ms)}" for name, _, ms in turn.stages)
        cost = (
            ""
            if turn.cost_usd is None
            else tr(" It cost {amount}.", amount=money(round(turn.cost_usd * NANOS_PER_USD)))
        )
        warm = self._first.turns > 1
        cold = "" if warm else tr(" The models had to load; take another to see how fast it is from now on.")
        return tr(
            "Heard: {heard}\nAnswered, in {speech_s} s of speech: {answered}\n{time} in all: {stages}.{cost}{cold}",
            heard=turn.heard,
            speech_s=f"{turn.speech_s:.1f}",
            answered=turn.answered,
            time=millis(turn.total_ms),
            stages=stages,
            cost=cost,
            cold=cold,
        )

    def _play(self) -> None:
        if self._first.taken is not None:
            self._actions.play(self._first.taken.audio)
