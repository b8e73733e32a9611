"""Sessions and requests, those that run on top; what left this machine; the notices a person should not miss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.history import History, Row, shown_words
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import reason, told_notice
from voicegw_desktop.app.viewmodels.words import count, size
from voicegw_desktop.app.windows.activity_lists import EGRESS, NOTICES, REQUESTS, SESSIONS
from voicegw_desktop.app.windows.filters import FilterRow
from voicegw_desktop.app.windows.parts import Card, Page, Segments, button, label, row_of
from voicegw_desktop.app.windows.saving import ask_file
from voicegw_desktop.app.windows.story import Story
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.core.typed import records

TABS = ("Sessions", "Requests", "Left this machine", "Notices")
SESSIONS_TAB, REQUESTS_TAB, EGRESS_TAB, NOTICES_TAB = range(4)
ENOUGH = 40  # rows found; a search reads on until there are so many
NOTHING = {
    SESSIONS_TAB: "No sessions yet. A live transcription starts one, and so does an agent that names its room or"
    " session. Single requests are under Requests.",
    REQUESTS_TAB: "No requests yet. They appear here as agents talk: which target served each, how fast, for how much.",
}


class ConversationsPage(Page):
    """Four lists, one of them shown, and details of the chosen row."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Conversations")
        self._view, self._do = overview, actions
        self._histories = {SESSIONS_TAB: History("sessions"), REQUESTS_TAB: History("logs")}
        self._reading: set[int] = set()
        self._session = ("", "")

    def build(self) -> Iterator[None]:
        self._tabs = Segments(*TABS)
        self._tabs.chosen.connect(lambda _n: self._turned())
        self.top.addStretch(1)
        self.top.addWidget(self._tabs)
        yield
        self.filters = FilterRow()
        self.filters.changed.connect(self._filter)
        self._export = button("Export", "download", press=self._ask_file)
        self._filter_row = row_of(self.filters, self._export)
        self._filter_row.setStretch(0, 1)
        self.column.addLayout(self._filter_row)
        yield from self.filters.build()
        yield
        row = self.halves()
        card = self._card = Card()
        row.addWidget(card)
        self._summary = label("", "muted", wrap=True)
        card.add(self._summary)
        self._made: dict[int, Table] = {}
        self._place = QVBoxLayout()
        card.column.addLayout(self._place, 1)
        self._about = label("", "", wrap=True, selectable=True)
        card.add(self._about)
        yield
        self.story = Story(self._stop, self._ask_words)
        row.addWidget(self.story)
        yield from self.story.build()
        yield
        # each in a part of its own: one that is made where its list is turned to keeps the thread for a frame
        makers: tuple[Callable[[], Table], ...] = (
            lambda: Table("Sessions", SESSIONS, lambda r: r.key),
            lambda: Table("Requests", REQUESTS, lambda r: r.id),
            lambda: Table("What left this machine", EGRESS, lambda e: (e.request, e.target, e.at)),
            lambda: Table("Notices", NOTICES, id),
        )
        for number, make in enumerate(makers):
            self._add(number, make())
            yield

    def _add(self, number: int, table: Table) -> None:
        self._made[number] = table
        table.picked.connect(self._picked)
        table.opened.connect(self._opened)
        table.end_near.connect(lambda: self._read(number))
        self._place.addWidget(table)
        table.hide()
        # Tab goes from the list to what stands beside it, which was made before
        self.setTabOrder(self._export, table)

    def table(self, number: int) -> Table:
        """One of the four."""
        return self._made[number]

    def on_shown(self) -> None:
        for history in self._histories.values():
            history.clear()
        self._read(self._tabs.current)
        self.refresh()

    def show_notices(self) -> None:
        """Turn to the notices, the newest of them chosen."""
        self._tabs.choose(NOTICES_TAB)
        if self._view.notices:
            self.table(NOTICES_TAB).choose_first()

    # -- reading ------------------------------------------------------------------------------------------------------

    def _turned(self) -> None:
        self.story.hide()
        tab = self._tabs.current
        if tab == NOTICES_TAB:
            self._view.read()
        history = self._histories.get(tab)
        if history is not None and not history.rows:
            self._read(tab)
        self._filter()

    def _filter(self) -> None:
        tab = self._tabs.current
        history = self._histories.get(tab)
        if history is not None and history.change(**asdict(self.filters.filters())):
            history.clear()
            self._read(tab)
        self.refresh()
        self._read_on(tab)

    def _read(self, tab: int) -> None:
        """Ask for the next page of a list."""
        history = self._histories.get(tab)
        if history is None or history.whole or tab in self._reading or self._view.life != "running":
            return
        self._reading.add(tab)
        asked = history.params()

        def take(answer: Mapping[str, object]) -> None:
            self._reading.discard(tab)
            if asked != history.params():
                # the filters were changed meanwhile
                self._read(tab)
                return
            history.take(answer)
            self.refresh()
            self._read_on(tab)

        def broke(error: BaseException) -> None:
            self._reading.discard(tab)
            history.whole = True
            self._summary.setText(reason(error))

        self._do.run(history.kind, take, on_error=broke, **asked)

    def _read_on(self, tab: int) -> None:
        """A search goes on over older pages until enough was found."""
        history = self._histories.get(tab)
        if history is not None and history.filters != type(history.filters)() and len(self._rows(tab)) < ENOUGH:
            self._read(tab)

    def _rows(self, tab: int) -> list[Row]:
        return self._histories[tab].shown(self._view.active.values(), self._view.requests)

    # -- showing ------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._tabs.current == NOTICES_TAB:
            self._view.read()

    def refresh(self) -> None:
        """Show the chosen list as it is now."""
        view, tab = self._view, self._tabs.current
        filtered = tab in self._histories
        for widget in (self.filters, self._export):
            widget.setVisible(filtered)
        rows: Sequence[Any]
        if filtered:
            known = (r.project for r in self._histories[tab].rows)
            self.filters.offer({*view.spending.by_project, *known}, {t for some in view.targets.values() for t in some})
            rows, text = self._rows(tab), ""
            if not rows:
                searched = self._histories[tab].filters != type(self._histories[tab].filters)()
                text = tr("Nothing fits these filters.") if searched else tr(NOTHING[tab])
                text = tr("Looking …") if tab in self._reading else text
        elif tab == EGRESS_TAB:
            rows, text = list(view.egress), self._egress_text()
        else:
            rows, text = list(view.notices), "" if view.notices else tr("No notices.")
        if rows:
            # an order of the pages read so far would tell a wrong first and last
            self.table(tab).let_sort(not filtered or self._histories[tab].whole)
            self.table(tab).show_rows(rows)
        for number, table in self._made.items():
            table.setVisible(number == tab and bool(rows))
        if rows and tab in self._histories:
            history = self._histories[tab]
            text = shown_words(rows, sessions=tab == SESSIONS_TAB, whole=history.whole)
        middle = Qt.AlignmentFlag.AlignCenter if not rows else Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        self._summary.setAlignment(middle)
        self._card.column.setStretchFactor(self._summary, 0 if rows else 1)
        self._summary.setText(text)
        self._summary.setVisible(bool(text))
        self._show_about()

    def _egress_text(self) -> str:
        left = self._view.left
        if not left.entries:
            return tr("Nothing has left this machine {left_when}.", left_when=self._view.left_when)
        hosts = sorted(left.hosts.items(), key=lambda item: -item[1])
        named = ", ".join(f"{host} ({n})" for host, n in hosts[:4]) + (" …" if len(hosts) > 4 else "")
        amount = f"{count(left.entries, 'request')}, {size(left.octets)}"
        return tr(
            "Left this machine {left_when}: {amount}. To {named}. Enter shows the request.",
            left_when=self._view.left_when,
            amount=amount,
            named=named,
        )

    def _show_about(self) -> None:
        row = self._chosen() if self._tabs.current == NOTICES_TAB else None
        self._about.setText("" if row is None else "\n".join(t for t in (told_notice(row), row.details) if t))
        self._about.setVisible(row is not None)

    def _chosen(self) -> Any:
        table = self._made.get(self._tabs.current)
        return table.chosen() if table is not None and table.isVisibleTo(self) else None

    def _picked(self) -> None:
        row, tab = self._chosen(), self._tabs.current
        self._show_about()
        if tab == REQUESTS_TAB and isinstance(row, Row):
            self.story.show_request(row)
        elif tab == SESSIONS_TAB and isinstance(row, Row):
            self._show_session(row)
        else:
            self.story.hide()

    def _show_session(self, row: Row) -> None:
        self._session = row.key
        self.story.show_session(row, None)
        if row.live and not row.at:
            # nothing of it may be stored yet
            return

        def take(answer: Mapping[str, object]) -> None:
            if self._session == row.key:
                self.story.show_session(row, answer)

        self._do.run("session", take, session_id=row.id, project=row.project)

    def _ask_words(self, row: Row) -> None:
        def take(answer: Mapping[str, object]) -> None:
            turns = records(answer.get("turns"))
            if not any("person" in turn or "agent" in turn for turn in turns):
                self._do.said(tr("What is said is not kept (observability.transcripts)"))
            elif self._session == row.key and isinstance(chosen := self._chosen(), Row):
                self.story.show_session(chosen, answer)

        self._do.run("session", take, session_id=row.id, project=row.project, texts=True)

    def _opened(self) -> None:
        """Enter or a double click: from an entry to its request."""
        row = self._chosen()
        if self._tabs.current == EGRESS_TAB and row is not None:
            self._tabs.choose(REQUESTS_TAB)
            self.filters.search.setText(str(row.request))

    def _stop(self, ids: Sequence[str]) -> None:
        if ids:
            self._do.run("stop_requests", lambda _answer: self._do.said(tr("Stopped")), ids=list(ids))

    def _ask_file(self) -> None:
        kind = self._histories[self._tabs.current].kind
        name = f"voicegateway-{'requests' if kind == 'logs' else kind}.csv"
        ask_file(self, tr("Export"), name, ["CSV (*.csv)"], self.export)

    def export(self, path: str) -> None:
        """Write everything that fits the filters, not only what was read so far."""
        from voicegw_desktop.app.exporting import export_rows

        history = self._histories[self._tabs.current]
        self._do.start(export_rows(self._do, history, Path(path)))
