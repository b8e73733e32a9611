"""The application from start to quit: one instance, one loop, tray and window around a gateway."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.crash import CrashMark
from voicegw_desktop.app.free_port import keep_free_port
from voicegw_desktop.app.hosts import host_for
from voicegw_desktop.app.icons import tray_icon
from voicegw_desktop.app.in_parts import finish
from voicegw_desktop.app.lag import LagWatch
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.look import Look
from voicegw_desktop.app.loop import GatewayLoop
from voicegw_desktop.app.midnight import Midnight
from voicegw_desktop.app.options import parse
from voicegw_desktop.app.single import SingleInstance, raise_running
from voicegw_desktop.app.speaking import Speaking
from voicegw_desktop.app.tasks import Tasks
from voicegw_desktop.app.tray import Tray
from voicegw_desktop.app.viewmodels import matters
from voicegw_desktop.app.viewmodels.matters import Matter
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.core import logbook, logs, stopping
from voicegw_desktop.core.ending import end_within
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import Paths, paths_below, system_paths
from voicegw_desktop.core.preferences import DesktopPreferences

if TYPE_CHECKING:
    from voicegw_desktop.app.windows.main_window import MainWindow

log = logging.getLogger(__name__)

TRAY_PATIENCE = 3000  # ms a panel may take to appear after login before the window stands in for it
TOLD_CLOSING, GREETED = "told/closing", "told/greeted"
WHERE = "VoiceGateway runs in the tray: its icon shows the state, and it keeps serving when the window is closed."


class Application:
    """Ties host, overview, tray and window together. Lives on the Qt thread only."""

    def __init__(
        self,
        qt: QApplication,
        paths: Paths,
        *,
        own_profile: bool = False,
        config: str | None = None,
        attach: str | None = None,
        show_window: bool = False,
    ) -> None:
        self._qt, self._paths = qt, paths
        self._profile = paths if own_profile else None
        self._config, self._attach = config, attach
        self._quit = asyncio.Event()
        self._crash = CrashMark(paths.logs)
        self._why = ""
        self._window: MainWindow | None = None
        self._show_window = show_window
        self._settings = QSettings(str(paths.config / "window.ini"), QSettings.Format.IniFormat)
        self.overview = Overview()
        self._tasks = Tasks(self._failed)
        self._wanted = True
        self._preferences = DesktopPreferences()
        self._speaking = Speaking(self._settings, paths.cache)
        self._look = Look(qt, self._settings)
        self._changing: asyncio.Task[None] | None = None
        self.actions = Actions(self.overview, self._tasks, self._ask)
        self.actions.samples = paths.cache
        self.actions.prefer, self.actions.serve_anew = self._prefer, self._serve_anew
        self.overview.preferred.connect(self._wear)
        self._single = SingleInstance(paths.runtime, self.open_window)
        self.tray = Tray(
            self.overview,
            self.actions,
            open_window=self.open_window,
            serve=self.serve,
            quit=lambda: self.ask_quit("Quit in the tray"),
        )
        self._lag = LagWatch(self.overview, self.actions, lambda: self._visible)
        self._midnight = Midnight(self._new_day)
        # queued: it is also said while looks are being taken
        qt.styleHints().colorSchemeChanged.connect(self._follow_desktop, Qt.ConnectionType.QueuedConnection)

    # -- life -----------------------------------------------------------------------------------------------------

    async def run(self) -> int:
        """Run until the program is asked to quit."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, self._signalled, number)
        self._qt.commitDataRequest.connect(lambda _session: self.quit("the desktop session ends"))
        self._qt.aboutToQuit.connect(lambda: self.quit("the desktop ends the program"))
        note = self._crash.begin()
        self.tray.show()
        if note:
            self._tell("warning", tr(note), "crashed")
        if self._show_window:
            self.open_window()
        QTimer.singleShot(TRAY_PATIENCE, self._stand_in_for_a_tray)
        self._midnight.begin()
        self.serve(True)
        await self._quit.wait()
        log.info("Stopping: %s.", self._why)
        end_within()
        self._single.leave()
        self.overview.set_life("stopped", message=tr("Quitting"))
        self.tray.hide()
        if self._window is not None:
            self._window.hide()
        await self._tasks.close()
        if self.actions.chosen:
            await self.actions.host.stop()
        self._single.close()
        self._crash.end()
        return 0

    def quit(self, why: str) -> None:
        """End the program; the log tells the first reason given."""
        self._why = self._why or why
        self._quit.set()

    def ask_quit(self, why: str) -> None:
        """Quit; while streams run, only once the person was told and said so."""
        running = len(self.overview.active)
        if not running or self.overview.life != "running" or not self.tray.menu.own:
            self.quit(why)
            return
        those = tr("{running} requests run", running=running) if running > 1 else tr("One request runs")
        ended = tr("them") if running > 1 else tr("it")
        text = tr("{those} now. Quitting ends {v}; the clients are told.", those=those, v=ended)
        self._ask(tr("Quit VoiceGateway?"), text, tr("Quit"), lambda: self.quit(why))

    def _signalled(self, number: int) -> None:
        self.quit(stopping.reason(self._paths.runtime, number))

    def serve(self, on: bool) -> None:
        """Start the gateway, or stop it and keep the icon; what was asked last holds, also while a change runs."""
        self._wanted = on
        if self._changing is None or self._changing.done():
            self._changing = self._tasks.start(self._follow())

    async def _follow(self) -> None:
        while True:
            wanted = self._wanted
            await (self._start() if wanted else self._stop())
            if self._wanted == wanted:
                return

    async def _start(self) -> None:
        self.overview.set_life("starting")
        try:
            if not self.actions.chosen:
                self.actions.host = await host_for(self._profile, self._config, self._attach)
            host = self.actions.host
            self.tray.take_own(host.own)
            await host.start(self.overview.feed)
        except Exception as error:
            told = isinstance(error, VoiceGatewayError | OSError)
            log.error("The gateway did not start: %s", error, exc_info=not told)
            fault = tr(
                "The program has an error. Start it again, or copy the report on the page Help and send it to the"
                " developers."
            )
            problem = getattr(error, "code", None) or ""
            self.overview.set_life("failed", message=str(error) if told else fault, problem=problem)
            self.open_window()
            return
        self._take_preferences(host.preferences)
        self.overview.set_life("running", endpoint=host.endpoint, message=host.origin)
        await self.actions.load()
        if self._window is not None:
            self._window.on_shown()

    async def _stop(self) -> None:
        self.overview.set_life("stopped", message=tr("Stopped by you; requests are refused."))
        await self.actions.host.stop()

    def _take_preferences(self, preferences: DesktopPreferences) -> None:
        self.tray.balloons = preferences.notifications
        first = not self._settings.value(GREETED, False, type=bool)
        if (first or not preferences.start_hidden) and self._window is None:
            self.open_window()
        if first:
            self._settings.setValue(GREETED, True)
            if Tray.available():
                self.tray.tell(tr(WHERE))
        self._preferences = preferences
        self._dress()

    def _dress(self) -> None:
        self._speaking.change(self._preferences.language, self._tasks.start, self._speak)
        parts = self._look.take(self._preferences.theme, self._preferences.text_size)
        if self._window is not None:
            self._window.dress(parts)
        else:
            finish(parts)

    def _follow_desktop(self) -> None:
        """The desktop turned dark or light."""
        if self._preferences.theme == "system" and self._window is not None:
            self._dress()

    def _speak(self, taken: Iterator[None]) -> None:
        """Take the texts of a language; those on the screen are made again."""
        parts = self._spoken(taken)
        if self._window is not None:
            self._window.speak(parts)
        else:
            finish(parts)

    def _spoken(self, taken: Iterator[None]) -> Iterator[None]:
        yield from taken
        self.tray.menu.rebuild()
        yield
        self.tray.refresh()

    def _prefer(self, path: str, value: object) -> None:
        """A setting was changed: what of it shows here takes effect now."""
        section, _, name = path.partition(".")
        if section == "desktop" and name in {field.name for field in dataclasses.fields(DesktopPreferences)}:
            self._wear(dataclasses.replace(self._preferences, **{name: value}))  # type: ignore[arg-type]

    def _wear(self, preferences: DesktopPreferences) -> None:
        if preferences != self._preferences:
            self._preferences = preferences
            self.tray.balloons = preferences.notifications
            self._dress()

    def _serve_anew(self) -> None:
        async def again() -> None:
            await self._stop()
            self.serve(True)

        self._tasks.start(again())

    def _stand_in_for_a_tray(self) -> None:
        if not Tray.available():
            self.tray.tell_closing()
            self.open_window()

    def _new_day(self) -> None:
        if self.overview.new_day() and self.overview.life == "running":
            self.actions.reload_day()

    # -- the window -----------------------------------------------------------------------------------------------

    @property
    def _visible(self) -> bool:
        return self._window is not None and self._window.isVisible()

    def unwatched(self) -> bool:
        """Whether no request waits for this thread, nor a person: another program has the keyboard."""
        return not self.overview.active and QApplication.activeWindow() is None

    def open_window(self) -> None:
        """Show the window in front, making it at its first use."""
        if self._window is None:
            from voicegw_desktop.app.windows.book import page_factories, read_ahead
            from voicegw_desktop.app.windows.main_window import MainWindow

            self._look.at_start()
            self._window = MainWindow(
                self.overview,
                page_factories(self.overview, self.actions, self._paths.cache, self._paths.logs),
                settings=self._settings,
                on_close=self._closing,
                on_hidden=self._lag.end,
                act=self._mend,
                quit=lambda: self.ask_quit("Ctrl+Q"),
            )
            # on a small screen its edges, and what is there, would be out of reach
            self._window.resize(self._window.size().boundedTo(self._window.screen().availableSize()))
            self._tasks.start(read_ahead())
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self.tray.renew()

    def _mend(self, does: str, _matter: Matter) -> None:
        """Do what a matter's button says, where that is not to show a page."""
        if does == matters.MEND_VAULT:
            if self.overview.vault_state == "locked":
                self.actions.unlock_vault()
            else:
                self.actions.move_vault("keychain" if self.overview.vault_state == "open" else "file")
        elif does == matters.SERVE:
            self.serve(True)
        elif does == matters.PORT:
            self._tasks.start(self._use_free_port(), on_error=self._no_port)
        elif does == matters.OPEN_FILE:
            self.actions.open_configuration()
        elif does in (matters.LOOK, matters.LOOK_NEVER):
            self.overview.asks_about_updates = False
            mode = "check" if does == matters.LOOK else "never"
            self.actions.run("set_setting", path="updates.mode", value=mode)

    async def _use_free_port(self) -> None:
        if await keep_free_port(self.actions.host, self.overview):
            self.serve(True)

    def _no_port(self, error: BaseException) -> None:
        self._failed(error)
        if self._window is not None:
            self._window.turn_to("Settings")

    def _closing(self) -> bool:
        """The close button: hide while the tray can bring the window back, else quit; ask while requests run."""
        if Tray.available():
            if not self._settings.value(TOLD_CLOSING, False, type=bool):
                self._settings.setValue(TOLD_CLOSING, True)
                self.tray.tell(tr("VoiceGateway keeps running in the tray; click the icon to reopen this window."))
            return False
        self.ask_quit("the window was closed and there is no tray")
        return self._quit.is_set()

    def _ask(self, title: str, would: str, yes: str, then: Callable[[], None]) -> None:
        self.open_window()
        assert self._window is not None
        self._window.ask(title, would, yes, then)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, VoiceGatewayError):
            self.overview.refuse(str(error), error.code or "")
            return
        log.error("A tray or window action failed", exc_info=error)
        self._tell("error", str(error) or type(error).__name__)

    def _tell(self, level: str, message: str, code: str = "") -> None:
        # imported here: the icon is visible before
        from voicegw_desktop.core.events import Notice

        self.overview.feed(Notice(level, message, code))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tray application; the exit status."""
    options = parse(sys.argv[1:] if argv is None else argv)
    logs.set_up(logging.INFO)
    with contextlib.ExitStack() as stack:
        if options.temp_basedir:
            base = stack.enter_context(tempfile.TemporaryDirectory(prefix="voicegw-", ignore_cleanup_errors=True))
            paths = paths_below(Path(base))
        else:
            paths = system_paths()
        logbook.keep(paths.logs)
        qt = QApplication([sys.argv[0] if sys.argv else "voicegw-desktop"])
        qt.setApplicationName("VoiceGateway")
        qt.setDesktopFileName("voicegw-desktop")
        qt.setQuitOnLastWindowClosed(False)
        qt.setWindowIcon(tray_icon("ready"))
        if raise_running(paths.runtime):
            print("VoiceGateway is running already; its window is shown.")  # noqa: T201
            return 0
        loop = GatewayLoop(qt)
        asyncio.set_event_loop(loop)
        with loop:

            async def run() -> int:
                application = Application(
                    qt,
                    paths,
                    own_profile=options.temp_basedir,
                    config=options.config,
                    attach=options.attach,
                    show_window=options.window,
                )
                loop.collector.quiet = application.unwatched
                return await application.run()

            return int(loop.run_until_complete(run()))
