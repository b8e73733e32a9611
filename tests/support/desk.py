"""The window over a fake host, for tests of pages and for the gallery."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QPushButton, QWidget

from tests.support.fake_host import FakeHost
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.tasks import Tasks
from voicegw_desktop.app.viewmodels.matters import Matter
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.book import page_factories
from voicegw_desktop.app.windows.main_window import MainWindow

LAYOUTS = 3  # turns of Qt in which widgets around widgets are laid out one after the other


class Desk:
    """A window over a fake host, inside the running loop."""

    def __init__(self, host: FakeHost, folder: Path) -> None:
        self.host = host
        self.errors: list[BaseException] = []
        self.questions: list[tuple[str, str, str]] = []
        self.mended: list[str] = []
        self.closed = False
        self.quits = 0
        # looked up at each call: the gallery stops the clock
        self.view = Overview(lambda: time.time())
        self.tasks = Tasks(self.errors.append)
        self.actions = Actions(self.view, self.tasks, self._ask)
        self.actions.host = host
        self.window = MainWindow(
            self.view,
            page_factories(self.view, self.actions, folder),
            settings=QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat),
            on_close=lambda: self.closed,
            act=self._act,
            quit=self._quit,
        )

    def _ask(self, title: str, would: str, yes: str, then: Callable[[], None]) -> None:
        self.questions.append((title, would, yes))
        then()

    def _act(self, does: str, _matter: Matter) -> None:
        self.mended.append(does)

    def _quit(self) -> None:
        self.quits += 1

    async def serve(self, on: bool = True) -> None:
        """Start and read what is stored, or fail."""
        if on:
            self.view.set_life("running", endpoint=self.host.endpoint)
            await self.actions.load()
        else:
            self.view.set_life(
                "failed",
                message="Port 7717 on 127.0.0.1 is taken by another program (or by a gateway that runs already):"
                " stop it, or set serve.port to another number, or to 0 for any free one.",
                problem="port_in_use",
            )
        self.window.show()

    async def turn_to(self, name: str) -> None:
        """Turn to a page and let it read what it shows."""
        self.window.turn_to(name)
        await self.settle()

    async def open(self, name: str = "Overview") -> Any:
        """Serve, show the window and turn to a page that has read what it shows."""
        await self.serve()
        await self.turn_to(name)
        return self.window.page(name)

    async def settle(self) -> None:
        """Wait until the page is in view and no task that was started still runs."""
        await asyncio.sleep(0.001)
        await self._rest()
        self.window.refresh()
        # a page whose gateway is back begins to come then
        await self._rest()
        await self.turns()

    async def turns(self) -> None:
        """Let Qt lay out and draw what is due: it does so in its next turns, also after the test would have looked."""
        for _ in range(LAYOUTS):
            turned = asyncio.get_running_loop().create_future()
            QTimer.singleShot(0, lambda turned=turned: turned.set_result(None))
            await turned

    async def _rest(self) -> None:
        # a new page is made in parts, each in a later turn of the loop
        while self.window.isVisible() and self.window._turning is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        while self.tasks._running:
            await asyncio.gather(*self.tasks._running, return_exceptions=True)

    def press(self, text: str, within: QWidget | None = None) -> None:
        """Push the visible button of that name."""
        found = [b for b in (within or self.window).findChildren(QPushButton) if b.accessibleName() == text]
        seen = [b for b in found if b.isVisible() and b.isEnabled()]
        assert len(seen) == 1, (text, [(b.isVisible(), b.isEnabled()) for b in found])
        seen[0].click()

    async def close(self) -> None:
        """End everything."""
        await self.tasks.close()
        self.window.hide()
        self.window.deleteLater()
