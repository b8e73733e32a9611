"""The tray icon and its menu: state at a glance, and what one changes while agents talk, two levels deep at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from voicegw_desktop.app.icons import tray_icon
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.words import count, millis, money, size
from voicegw_desktop.core.events import Notice

STATE_WORDS = {
    "starting": "starting",
    "ready": "ready",
    "busy": "working",
    "attention": "needs attention",
    "stopped": "stopped",
}
BALLOON = 8000  # ms
LONGEST_LABEL = 64  # characters; panels cut longer ones badly


@dataclass(frozen=True)
class TrayActions:
    """What the menu can do; each is a plain call that returns at once."""

    open_window: Callable[[], None]
    copy_endpoint: Callable[[], None]
    copy_key: Callable[[], None]
    toggle_engine: Callable[[str, bool], None]
    choose_stack: Callable[[str | None], None]
    set_offline: Callable[[bool], None]
    quit: Callable[[], None]


class Tray(QObject):
    """Shows an Overview as an icon and a menu; the menu is rebuilt only when its shape changes."""

    def __init__(self, overview: Overview, actions: TrayActions) -> None:
        super().__init__()
        self._overview = overview
        self._do = actions
        self._icon = QSystemTrayIcon(tray_icon("starting"), self)
        self._menu = QMenu()
        self._shape: tuple[object, ...] = ()
        self._live: dict[str, QAction] = {}
        self._state = ""
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        overview.changed.connect(self.refresh)
        overview.noticed.connect(self._balloon)
        self.refresh()

    @staticmethod
    def available() -> bool:
        """Is there a tray host now?"""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Appear; where no tray host is running yet, Qt shows the icon when one comes."""
        self._icon.show()

    def hide(self) -> None:
        """Leave the tray."""
        self._icon.hide()

    def refresh(self) -> None:
        """Bring icon, tooltip and menu up to date."""
        view = self._overview
        if view.state != self._state:
            self._state = view.state
            self._icon.setIcon(tray_icon(view.state))
        self._icon.setToolTip(f"VoiceGateway: {view.why}\nToday {money(view.spending.nanos)}")
        shape = (
            tuple(sorted(view.engines)),
            tuple(view.stacks),
            view.life,
        )
        if shape != self._shape:
            self._shape = shape
            self.rebuild()
        self._relabel()

    def rebuild(self) -> None:
        """Make the menu anew; also offered in the menu, for panels that lose track of changes."""
        view, menu = self._overview, self._menu
        menu.clear()
        self._live.clear()
        # Qt on Linux shows tooltips of menus nowhere: all that must be known stands in a label
        self._live["state"] = self._label(menu, "")
        self._live["endpoint"] = self._item(menu, "", self._do.copy_endpoint)
        self._item(menu, "Copy API key", self._do.copy_key).setEnabled(view.life == "running")
        menu.addSeparator()
        self._live["cost"] = self._label(menu, "")
        self._live["turn"] = self._label(menu, "")
        menu.addSeparator()
        self._engine_menu(menu.addMenu("Engines"))
        self._stack_menu(menu)
        offline = self._item(menu, "Offline: nothing leaves this machine", None)
        offline.setCheckable(True)
        offline.toggled.connect(self._do.set_offline)
        self._live["offline"] = offline
        menu.addSeparator()
        self._item(menu, "Open window", self._do.open_window)
        self._item(menu, "Rebuild menu", self.rebuild_and_label)
        self._item(menu, "Quit", self._do.quit)

    def rebuild_and_label(self) -> None:
        """What `Rebuild menu` does."""
        self.rebuild()
        self._relabel()

    def _engine_menu(self, menu: QMenu) -> None:
        engines = sorted(self._overview.engines.values(), key=lambda e: e.name)
        if not engines:
            self._label(menu, "No engine installed: voicegw models pull whisper/base")
        for engine in engines:
            action = self._item(menu, engine.name, None)
            action.setCheckable(True)
            action.triggered.connect(lambda on, name=engine.name: self._do.toggle_engine(name, on))
            self._live["engine " + engine.name] = action

    def _stack_menu(self, menu: QMenu) -> None:
        stacks = self._overview.stacks
        submenu = menu.addMenu("Stack")
        self._live["stack"] = submenu.menuAction()
        group = QActionGroup(submenu)
        for name in [None, *stacks]:
            action = self._item(submenu, name or "As requested", None)
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _on, chosen=name: self._do.choose_stack(chosen))
            self._live[f"stack {name}"] = action
        if not stacks:
            self._label(submenu, "Add stacks in voicegw.yaml, section stacks")

    def _relabel(self) -> None:
        view = self._overview
        self._set("state", f"VoiceGateway: {STATE_WORDS[view.state]}" + (f" – {view.why}" if self._worth(view) else ""))
        endpoint = self._live["endpoint"]
        endpoint.setEnabled(bool(view.endpoint))
        self._set("endpoint", f"Copy {view.endpoint}" if view.endpoint else "No endpoint: not serving")
        spent = view.spending
        self._set("cost", f"Today {money(spent.nanos)}, {count(spent.requests, 'request')}")
        stages = " + ".join(f"{m.upper()} {millis(ms)}" for m, ms in view.turn.stages.items())
        total = view.turn.total_ms
        self._set("turn", f"Last turn {millis(total)}: {stages}" if total is not None else "No turn yet")
        for engine in view.engines.values():
            action = self._live.get("engine " + engine.name)
            if action is not None:
                running = engine.state not in ("stopped", "failed")
                memory = f", {size(engine.rss_bytes)}" if engine.rss_bytes else ""
                action.setText(self._cut(f"{engine.name}: {engine.state}{memory}"))
                action.setChecked(running)
        self._live["stack"].setText(f"Stack: {view.stack or 'as requested'}")
        chosen = self._live.get(f"stack {view.stack}")
        if chosen is not None:
            chosen.setChecked(True)
        offline = self._live["offline"]
        offline.blockSignals(True)
        offline.setChecked(view.offline)
        offline.blockSignals(False)

    @staticmethod
    def _worth(view: Overview) -> bool:
        return view.state in ("attention", "stopped", "busy")

    def _set(self, key: str, text: str) -> None:
        text = self._cut(text)
        action = self._live[key]
        if action.text() != text:
            action.setText(text)

    @staticmethod
    def _cut(text: str) -> str:
        text = text.replace("&", "&&")
        return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"

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

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self._do.open_window()

    def _balloon(self, notice: Notice) -> None:
        kind = {
            "warning": QSystemTrayIcon.MessageIcon.Warning,
            "error": QSystemTrayIcon.MessageIcon.Critical,
        }.get(notice.level, QSystemTrayIcon.MessageIcon.Information)
        self._icon.showMessage("VoiceGateway", notice.message, kind, BALLOON)
