"""The tray icon: its mark shows the state, its tooltip the reason, balloons what needs a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.icons import tray_icon
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.tray_menu import TrayMenu
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import told_notice
from voicegw_desktop.app.viewmodels.words import millis, money
from voicegw_desktop.core.text import printable

if TYPE_CHECKING:
    from voicegw_desktop.core.events import Notice

BALLOON = 8000  # ms
NO_TRAY = "This desktop shows no tray icons. Closing this window ends the program."
NO_TRAY_ATTACHED = "This desktop shows no tray icons. Closing this window leaves the gateway running."


class Tray(QObject):
    """Shows an Overview as an icon with a menu."""

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
        self._overview = overview
        self._open_window = open_window
        self._icon = QSystemTrayIcon(tray_icon("starting"), self)
        self.menu = TrayMenu(overview, actions, open_window=open_window, serve=serve, quit=quit)
        self.balloons = True
        """False: `desktop.notifications` is off."""
        self._state = self._tip = ""
        self._icon.setContextMenu(self.menu)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(open_window)
        overview.changed.connect(self.refresh)
        overview.noticed.connect(self._balloon)
        self.refresh()

    @staticmethod
    def available() -> bool:
        """True while the desktop shows tray icons."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def take_own(self, own: bool) -> None:
        """Whether this program runs the gateway, so that its end is the gateway's."""
        self.menu.own = own
        if self._overview.hint:
            self.tell_closing()

    def tell_closing(self) -> None:
        """Show in the window what closing it does, where there is no icon to open it again."""
        self._overview.hint = tr(NO_TRAY) if self.menu.own else tr(NO_TRAY_ATTACHED)
        self._overview.touch()

    def show(self) -> None:
        """Appear; where no tray host is running yet, Qt shows the icon when one comes."""
        self._icon.show()

    def hide(self) -> None:
        """Remove the icon."""
        self._icon.hide()

    def refresh(self) -> None:
        """Bring icon, tooltip and menu up to date; what has not changed is not sent to the panel again."""
        view = self._overview
        if view.state != self._state:
            self._state = view.state
            self._icon.setIcon(tray_icon(view.state))
        tip = self._tooltip()
        if tip != self._tip:
            self._tip = tip
            self._icon.setToolTip(tip)
        self.menu.refresh()

    def renew(self) -> None:
        """Bring all of it up to date now, and make the menu again. Called when the window is opened."""
        # the menu that is made tells the newest state: icon and tooltip do, too
        self.refresh()
        self.menu.renew()

    def _tooltip(self) -> str:
        view = self._overview
        lines = [tr("VoiceGateway: {why}", why=view.why), tr("Today {amount}", amount=money(view.spending.total))]
        if view.turn.total_ms is not None:
            lines.append(tr("Last turn {time}", time=millis(view.turn.total_ms)))
        if view.exposed:
            lines.append(tr("Other machines can connect without TLS"))
        return printable("\n".join(lines), lines=True)

    def tell(self, message: str) -> None:
        """Show a balloon that needs no answer."""
        if self.balloons:
            self._icon.showMessage(
                "VoiceGateway", printable(message, lines=True), QSystemTrayIcon.MessageIcon.Information, BALLOON
            )

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self._open_window()

    def _balloon(self, notice: Notice) -> None:
        if not self.balloons:
            return
        kind = {
            "warning": QSystemTrayIcon.MessageIcon.Warning,
            "error": QSystemTrayIcon.MessageIcon.Critical,
        }.get(notice.level, QSystemTrayIcon.MessageIcon.Information)
        self._icon.showMessage("VoiceGateway", printable(told_notice(notice), lines=True), kind, BALLOON)
