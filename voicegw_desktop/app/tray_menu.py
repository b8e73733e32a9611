"""The tray's menu: what a person reads and changes while agents talk, at most two levels deep."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.history import live_rows
from voicegw_desktop.app.viewmodels.memory import own_server
from voicegw_desktop.app.viewmodels.overview import RUNNING, Overview
from voicegw_desktop.app.viewmodels.sentences import told
from voicegw_desktop.app.viewmodels.state import MODALITIES, MODALITY_NAMES
from voicegw_desktop.app.viewmodels.store import summary
from voicegw_desktop.app.viewmodels.words import count, millis, money, size
from voicegw_desktop.core.text import printable

WATCHER = "org.kde.StatusNotifierWatcher"
STATE_WORDS = {
    "starting": "starting",
    "ready": "ready",
    "busy": "working",
    "attention": "needs attention",
    "stopped": "stopped",
}
LONGEST_LABEL = 64  # characters; panels cut longer ones badly
MOST_SESSIONS, MOST_BUDGETS = 8, 3  # lines
BAR = 8  # characters
MOST_TARGETS = 24  # lines of a submenu that still fit a small screen


def bar(share: float) -> str:
    """A bar of characters, because panels draw no pictures in menus: full at 1 and above."""
    full = min(BAR, round(share * BAR))
    return "\u25b0" * full + "\u25b1" * (BAR - full)


def shown_over_dbus() -> bool:
    """True where a desktop panel draws the menu from D-Bus messages instead of Qt."""
    if not sys.platform.startswith("linux"):
        return False
    from PySide6.QtDBus import QDBusConnection

    bus = QDBusConnection.sessionBus().interface()
    return bus is not None and bool(bus.isServiceRegistered(WATCHER).value())


class TrayMenu(QMenu):
    """Rebuilt only when its shape changes; otherwise labels and marks change in place.

    Qt on Linux shows tooltips of menus nowhere: all that must be known stands in a label, and what cannot be done now
    is disabled and says what would make it possible.
    """

    def __init__(
        self,
        overview: Overview,
        actions: Actions,
        *,
        open_window: Callable[[], None],
        serve: Callable[[bool], None],
        quit: Callable[[], None],
    ) -> None:
        super().__init__()
        self._overview, self._do = overview, actions
        self._open_window, self._serve, self._quit = open_window, serve, quit
        self.own = True
        """False: the gateway in view is another process and is not stopped from here."""
        self._shape: tuple[object, ...] = ()
        self._live: dict[str, QAction] = {}
        self._groups: list[QActionGroup] = []
        self._over_dbus = False

    def refresh(self) -> None:
        """Bring the menu up to date."""
        view = self._overview
        shape = (
            tuple(sorted(view.engines)),
            tuple(view.stack_choices(view.stack)[0]),
            tuple(tuple(self._targets(m)[0]) for m in MODALITIES),
            view.life,
            self.own,
            bool(view.exposed),
            view.vault_state,
            view.turn.total_ms is not None,
            bool(view.left.entries),
            any(pull.active for pull in view.pulls.values()),
        )
        if shape != self._shape:
            self._shape = shape
            self.rebuild()
        else:
            self._relabel()

    def rebuild(self) -> None:
        """Make the menu again."""
        self.clear()
        self._live.clear()
        self._groups.clear()
        self._over_dbus = shown_over_dbus()
        running = self._overview.life == "running"
        self._item(self, tr("Open window"), self._open_window)
        self._live["state"] = self._item(self, "", self._open_window)
        if self._overview.exposed:
            self._item(self, tr("Warning: other machines can connect without TLS"), self._open_window)
        self.addSeparator()
        self._live["endpoint"] = self._item(self, "", lambda: self._do.copy_endpoint())
        key = self._item(
            self, tr("Copy API key") if running else tr("No API key: not serving"), lambda: self._do.copy_key()
        )
        key.setEnabled(running)
        if running and self._overview.vault_state == "locked":
            self._item(self, tr("Unlock the keychain"), self._do.unlock_vault)
        self.addSeparator()
        self._figures()
        if running:
            for modality in MODALITIES:
                self._route_menu(modality)
            self._stack_menu()
            self._engine_menu()
            offline = self._item(self, tr("Offline: nothing leaves this machine"), None)
            offline.setCheckable(True)
            offline.triggered.connect(self._do.set_offline)
            self._live["offline"] = offline
            self.addSeparator()
        if self.own and self._overview.life != "starting":
            self._item(self, tr("Stop serving") if running else tr("Start serving"), lambda: self._serve(not running))
        self._item(self, tr("Quit"), self._quit)
        self._relabel()

    def renew(self) -> None:
        """Make the menu again where a panel draws it: some panels miss changes."""
        if self._over_dbus:
            # not from within an entry of the menu that is removed
            QTimer.singleShot(0, self.rebuild)

    def _figures(self) -> None:
        """Lines for what there is to tell; each opens the window."""
        view = self._overview
        told = {
            "turn": view.turn.total_ms is not None,
            "left": bool(view.left.entries),
            "pull": any(pull.active for pull in view.pulls.values()),
        }
        for number in range(MOST_BUDGETS):
            self._live[f"budget {number}"] = self._item(self, "", self._open_window)
        for name, there in told.items():
            if there:
                self._live[name] = self._item(self, "", self._open_window)
        sessions = self.addMenu("")
        self._live["sessions"] = sessions.menuAction()
        for number in range(MOST_SESSIONS):
            self._live[f"session {number}"] = self._item(sessions, "", self._open_window)
        self.addSeparator()

    def _relabel_running(self) -> None:
        """What runs and how far budgets are: made once and hidden, because an open menu that is rebuilt closes."""
        view = self._overview
        live = live_rows(view.active.values(), sessions=True)
        # empty where there is none: some panels show hidden entries
        self._set("sessions", count(len(live), "live session") if live else "")
        self._live["sessions"].setVisible(bool(live))
        for number in range(MOST_SESSIONS):
            action = self._live[f"session {number}"]
            action.setVisible(number < len(live))
            if number < len(live):
                self._set(f"session {number}", f"{live[number].id}: {', '.join(live[number].targets)}")
        spent = view.spending
        budgets = sorted(view.budgets.values(), key=lambda b: -b.used(spent.of(b.project)))
        for number in range(MOST_BUDGETS):
            self._live[f"budget {number}"].setVisible(number < len(budgets))
            if number < len(budgets):
                budget = budgets[number]
                used = budget.used(spent.of(budget.project))
                amount = tr("{v} of {amount}", v=f"{used:.0%}", amount=money(budget.limit_nanos))
                self._set(f"budget {number}", f"{bar(used)} {budget.name}: {amount}")

    # -- submenus -----------------------------------------------------------------------------------------------------

    def _targets(self, modality: str) -> tuple[list[tuple[str, str]], set[str]]:
        """What can be chosen, what is in force even if it could not be, and what cannot be chosen now."""
        view = self._overview
        return view.choices(view.targets[modality][:MOST_TARGETS], view.routes.get(modality))

    def _route_menu(self, modality: str) -> None:
        submenu = self.addMenu("")
        self._live[f"route {modality}"] = submenu.menuAction()
        pairs, barred = self._targets(modality)
        self._choices(
            submenu,
            f"{modality} ",
            [(tr("As requested"), None), *pairs],
            lambda target: self._do.set_route(modality, target),
        )
        for target in barred:
            self._live[f"{modality} {target}"].setEnabled(False)
        if not pairs:
            self._label(submenu, tr("No model for it is installed: open the window, page Models"))
        elif len(self._overview.targets[modality]) > MOST_TARGETS:
            self._label(submenu, tr("More in the window"))

    def _stack_menu(self) -> None:
        stacks, barred = self._overview.stack_choices(self._overview.stack)
        submenu = self.addMenu("")
        self._live["stack"] = submenu.menuAction()
        self._choices(submenu, "stack ", [(tr("Each project's own"), None), *stacks], self._do.choose_stack)
        for stack in barred:
            self._live[f"stack {stack}"].setEnabled(False)
        if not stacks:
            self._label(submenu, tr("Add stacks in voicegw.yaml, section stacks"))

    def _choices(
        self,
        submenu: QMenu,
        prefix: str,
        pairs: Sequence[tuple[str, str | None]],
        choose: Callable[[str | None], None],
    ) -> None:
        group = QActionGroup(submenu)
        self._groups.append(group)
        for text, value in pairs:
            action = self._item(submenu, self._cut(text), None)
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _on, chosen=value: choose(chosen))
            self._live[f"{prefix}{value}"] = action

    def _engine_menu(self) -> None:
        submenu = self.addMenu("")
        self._live["engines"] = submenu.menuAction()
        engines = [name for name in sorted(self._overview.engines) if not own_server(name)]
        if not engines:
            self._label(submenu, tr("No model installed: open the window, page Models"))
        for name in engines:
            action = self._item(submenu, self._cut(name), None)
            action.setCheckable(True)
            action.triggered.connect(lambda on, chosen=name: self._do.toggle_engine(chosen, on))
            self._live["engine " + name] = action

    # -- labels -------------------------------------------------------------------------------------------------------

    def _relabel(self) -> None:
        view = self._overview
        more = f": {view.why}" if view.state == "attention" else f", {self._figure()}"
        self._set("state", tr("VoiceGateway: {v}{told}", v=tr(STATE_WORDS[view.state]), told=more))
        self._live["endpoint"].setEnabled(bool(view.endpoint))
        self._set(
            "endpoint",
            tr("Copy {endpoint}", endpoint=view.endpoint) if view.endpoint else tr("No endpoint: not serving"),
        )
        self._relabel_figures()
        self._relabel_running()
        if view.life != "running":
            return
        for modality in MODALITIES:
            now, last = view.routes.get(modality), view.last_served.get(modality)
            served = tr(" (last {last})", last=last) if last and last != now else ""
            self._set(f"route {modality}", f"{tr(MODALITY_NAMES[modality])}: {now or tr('as requested')}{served}")
            self._check(f"{modality} {now}")
        self._set("stack", tr("Stack: {v}", v=view.stack or tr("as each project says")))
        self._check(f"stack {view.stack}")
        running = view.running_engines()
        memory = sum(e.rss_bytes for e in running)
        self._set(
            "engines",
            tr("Engines: {running} in memory", running=len(running)) + (f", {size(memory)}" if memory else ""),
        )
        for engine in view.engines.values():
            octets = f", {size(engine.rss_bytes)}" if engine.rss_bytes and engine.state in RUNNING else ""
            why = f": {told(engine.reason)}" if engine.state == "failed" and engine.reason else ""
            if own_server(engine.name):
                continue
            self._set("engine " + engine.name, f"{engine.name}: {engine.state}{octets}{why}")
            self._live["engine " + engine.name].setChecked(engine.state in RUNNING)
        self._live["offline"].setChecked(view.offline)

    def _figure(self) -> str:
        """The day's cost, and a budget that is spent or nearly so."""
        view, spent = self._overview, self._overview.spending
        cost = tr("today {amount}, {count}", amount=money(spent.total), count=count(spent.requests, "request"))
        tight = [b for b in view.budgets.values() if b.state != "ok"]
        if tight:
            worst = max(tight, key=lambda b: b.used(spent.of(b.project)))
            word = tr("budget spent") if worst.state == "exceeded" else tr("budget nearly spent")
            cost += f", {worst.name}: {word}"
        return cost

    def _relabel_figures(self) -> None:
        view = self._overview
        if "turn" in self._live:
            stages = " + ".join(f"{m.upper()} {millis(ms)}" for m, ms in view.turn.stages.items())
            self._set("turn", tr("Last turn {time}: {stages}", time=millis(view.turn.total_ms), stages=stages))
        left = view.left
        if "left" in self._live:
            first = max(left.hosts, key=lambda h: left.hosts[h])
            others = tr(" and {n} more", n=len(left.hosts) - 1) if len(left.hosts) > 1 else ""
            amount = f"{count(left.entries, 'request')}, {size(left.octets)}"
            self._set(
                "left",
                tr(
                    "Left {left_when}: {amount}, to {first}{others}",
                    left_when=view.left_when,
                    amount=amount,
                    first=first,
                    others=others,
                ),
            )
        if "pull" in self._live:
            self._set("pull", tr("Fetching {summary}", summary=summary([p for p in view.pulls.values() if p.active])))

    def _check(self, key: str) -> None:
        chosen = self._live.get(key)
        if chosen is not None and not chosen.isChecked():
            chosen.setChecked(True)

    def _set(self, key: str, text: str) -> None:
        text = self._cut(text)
        action = self._live[key]
        if action.text() != text:
            action.setText(text)

    def _cut(self, text: str) -> str:
        text = printable(text)
        text = text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
        if self._over_dbus:
            # in com.canonical.dbusmenu "_" marks a shortcut and "__" is the letter; Qt (6.11) does not double it
            text = text.replace("_", "__")
        return text.replace("&", "&&")

    @staticmethod
    def _label(menu: QMenu, text: str) -> QAction:
        action = menu.addAction(text)
        action.setEnabled(False)
        return action

    @staticmethod
    def _item(menu: QMenu, text: str, call: Callable[[], None] | None) -> QAction:
        action = menu.addAction(text)
        if call is not None:
            action.triggered.connect(lambda _checked=False: call())
        return action
