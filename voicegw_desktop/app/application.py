"""The application from start to quit: one instance, one loop, tray and window around a gateway."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from voicegw_desktop import __version__
from voicegw_desktop.app import theme
from voicegw_desktop.app.host import host_for
from voicegw_desktop.app.icons import tray_icon
from voicegw_desktop.app.loop import GatewayLoop
from voicegw_desktop.app.single import SingleInstance, raise_running
from voicegw_desktop.app.tasks import Tasks
from voicegw_desktop.app.tray import Tray, TrayActions
from voicegw_desktop.app.viewmodels.overview import RUNNING, Overview
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EngineState, Notice
from voicegw_desktop.core.paths import Paths, paths_below, system_paths

if TYPE_CHECKING:
    from voicegw_desktop.app.windows.main_window import MainWindow

log = logging.getLogger(__name__)

TRAY_PATIENCE = 3000  # ms a panel may take to appear after login before the window stands in for it
NO_TRAY = "This desktop shows no tray icons: keep this window, or use voicegw on the command line."


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
        self._qt = qt
        self._quit = asyncio.Event()
        self._window: MainWindow | None = None
        self._show_window = show_window
        self.overview = Overview()
        self._tasks = Tasks(self._failed)
        self._host = host_for(paths if own_profile else None, config, attach)
        self._single = SingleInstance(paths.runtime, self.open_window)
        self.tray = Tray(
            self.overview,
            TrayActions(
                open_window=self.open_window,
                copy_endpoint=self.copy_endpoint,
                copy_key=self.copy_key,
                toggle_engine=self.toggle_engine,
                choose_stack=self.choose_stack,
                set_offline=self.set_offline,
                quit=self._quit.set,
            ),
        )

    # -- life -----------------------------------------------------------------------------------------------------

    async def run(self) -> int:
        """Serve until somebody quits; 0, or 1 when the gateway never came up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, self._quit.set)
        self._qt.aboutToQuit.connect(self._quit.set)
        self.tray.show()
        if self._show_window:
            self.open_window()
        else:
            QTimer.singleShot(TRAY_PATIENCE, self._stand_in_for_a_tray)
        self._tasks.start(self._start())
        await self._quit.wait()
        self.overview.set_life("stopped", message="Quitting")
        self.tray.hide()
        if self._window is not None:
            self._window.hide()
        await self._tasks.close()
        await self._host.stop()
        self._single.close()
        return 0

    async def _start(self) -> None:
        try:
            await self._host.start(self.overview.feed)
        except (VoiceGatewayError, OSError) as error:
            log.error("The gateway did not start: %s", error)
            self.overview.set_life("stopped", message=str(error))
            self.open_window()
            return
        self._theme(self._host.theme)
        self._host.watch_lag(self._window is not None and self._window.isVisible())
        self.overview.set_life("running", endpoint=self._host.endpoint, message=self._host.origin)
        await self._load()

    async def _load(self) -> None:
        """Start the views from what is stored; events keep them true from here on."""
        self.overview.set_spending(await self._host.call("costs", period="today"))
        for engine in await self._host.engines():
            self.overview.feed(EngineState(**engine))
        self._show_routes(await self._host.call("show_routes"))

    def _show_routes(self, routes: dict[str, Any]) -> None:
        self.overview.set_routes(routes)

    def _stand_in_for_a_tray(self) -> None:
        if not Tray.available():
            self.overview.hint = NO_TRAY
            self.open_window()

    def _theme(self, name: str) -> None:
        theme.apply(self._qt, name)
        if self._window is not None:
            self._window.restyle()

    # -- what tray and window do ----------------------------------------------------------------------------------

    def open_window(self) -> None:
        """Show the window in front, making it at its first use."""
        if self._window is None:
            from voicegw_desktop.app.windows.activity_page import ActivityPage
            from voicegw_desktop.app.windows.engines_page import EnginesPage
            from voicegw_desktop.app.windows.main_window import MainWindow
            from voicegw_desktop.app.windows.overview_page import OverviewPage

            self._window = MainWindow(
                self.overview,
                [
                    ("Overview", "gauge", OverviewPage(self.overview, self.copy_endpoint, self.copy_key)),
                    ("Engines", "hard-drive", EnginesPage(self.overview, self.toggle_engine)),
                    ("Activity", "activity", ActivityPage(self.overview)),
                ],
                on_close=self._closing,
                on_visible=self._host.watch_lag,
            )
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def _closing(self) -> bool:
        """The close button: hide while the tray can bring the window back, else quit."""
        if Tray.available():
            return False
        self._quit.set()
        return True

    def copy_endpoint(self) -> None:
        QGuiApplication.clipboard().setText(self.overview.endpoint)

    def copy_key(self) -> None:
        self._tasks.start(self._host.api_key(), QGuiApplication.clipboard().setText)

    def toggle_engine(self, name: str, on: bool) -> None:
        engine = self.overview.engines.get(name)
        running = engine is not None and engine.state in RUNNING
        if on != running:
            operation = "start_engine" if on else "stop_engine"
            confirm = {} if on else {"confirm": True}
            self._tasks.start(self._host.call(operation, name=name, **confirm))

    def choose_stack(self, name: str | None) -> None:
        self._tasks.start(self._host.call("choose_stack", name=name), self._show_routes)

    def set_offline(self, on: bool) -> None:
        if on != self.overview.offline:
            self._tasks.start(self._set_offline(on))

    async def _set_offline(self, on: bool) -> None:
        await self._host.call("set_offline", offline=on)
        self._show_routes(await self._host.call("show_routes"))

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, VoiceGatewayError):
            log.error("A tray or window action failed", exc_info=error)
        self.overview.feed(Notice("error", str(error) or type(error).__name__))


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line of `voicegw-desktop` and `voicegw app`."""
    parser = argparse.ArgumentParser(prog="voicegw-desktop", description="Speech and language engines, from the tray.")
    parser.add_argument("--config", metavar="FILE", help="use this voicegw.yaml instead of searching for one")
    parser.add_argument("--attach", metavar="ADDRESS", help="show a gateway that runs already: unix:PATH or http://…")
    parser.add_argument("--window", action="store_true", help="open the window at once")
    parser.add_argument("--temp-basedir", action="store_true", help="use a new, empty profile, deleted at the end")
    parser.add_argument("--version", action="version", version=f"voicegw-desktop {__version__}")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tray application; the exit status."""
    options = parse(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with contextlib.ExitStack() as stack:
        if options.temp_basedir:
            base = stack.enter_context(tempfile.TemporaryDirectory(prefix="voicegw-", ignore_cleanup_errors=True))
            paths = paths_below(Path(base))
        else:
            paths = system_paths()
        qt = QApplication([sys.argv[0] if sys.argv else "voicegw-desktop"])
        qt.setApplicationName("VoiceGateway")
        qt.setDesktopFileName("voicegw-desktop")
        qt.setQuitOnLastWindowClosed(False)
        qt.setWindowIcon(tray_icon("ready"))
        if raise_running(paths.runtime):
            print("VoiceGateway is running already; its window is shown.")  # noqa: T201
            return 0
        theme.apply(qt, "system")
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
                return await application.run()

            return int(loop.run_until_complete(run()))


if __name__ == "__main__":
    sys.exit(main())
