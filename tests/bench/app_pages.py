"""How long opening and redrawing a page keeps the loop: `python -m tests.bench.app_pages`. Off screen, a real gateway.

The database holds 10,000 requests, the catalogue is the shipped one. Counted is the processor time the loop's thread
spends between two turns of a task that asks for one every millisecond: time of other programs is not counted. On an
otherwise idle machine it is the time that a stream waits.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from tests.support.figures import row, title
from tests.support.records import record
from voicegw_desktop.app import theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.host import LocalHost
from voicegw_desktop.app.loop import GatewayLoop
from voicegw_desktop.app.tasks import Tasks
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.book import page_factories, read_ahead
from voicegw_desktop.app.windows.main_window import MainWindow
from voicegw_desktop.core import events as e
from voicegw_desktop.core.paths import paths_below

RECORDS = 10_000
FRAME = 16.0  # ms
TURNS = 7
CONFIG = "serve: {port: 0}\nprojects: {default: {daily_budget: 1.0}}\n"


class Beat:
    """Asks the loop for a turn every millisecond and keeps the longest work between two turns."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            self.longest_ms = max(self.longest_ms, (time.thread_time() - before) * 1000)

    async def over(self, seconds: float) -> float:
        """The longest stretch from now on."""
        self.longest_ms = 0.0
        await asyncio.sleep(seconds)
        return self.longest_ms

    def end(self) -> None:
        self._task.cancel()


def request(n: int) -> Any:
    """One of many."""
    modality = ("stt", "llm", "tts")[n % 3]
    return record(modality=modality, timestamp=time.time() - n, wanted="openai/gpt-4o-mini", project="default")


async def measure(folder: Path) -> None:
    config = folder / "voicegw.yaml"
    config.write_text(CONFIG)
    view, tasks = Overview(), Tasks(lambda error: print("failed:", error))
    actions = Actions(view, tasks, lambda *_: None)
    host = LocalHost(paths_below(folder), str(config))
    actions.host = host
    await host.start(view.feed)
    await host._gateway.storage.log_requests([request(n) for n in range(RECORDS)])
    view.set_life("running", endpoint=host.endpoint)
    await actions.load()
    for n in range(RECORDS):
        view.feed(e.RequestFinished(request(n)))
    await read_ahead()  # as the application does once its window is shown
    settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    pages = page_factories(view, actions, folder)
    window = MainWindow(view, pages, settings=settings, on_close=lambda: False)
    beat = Beat()
    still = max([await beat.over(0.5) for _ in range(3)])
    window.show()
    await asyncio.sleep(3)
    first: dict[str, float] = {}
    again: dict[str, float] = {}
    redraw: dict[str, float] = {}
    for _ in range(TURNS):
        for leaf in [*pages[1:], pages[0]]:
            await asyncio.sleep(0.05)  # the redrawing below is no part of the next turn
            beat.longest_ms = 0.0
            began = time.thread_time()
            window.turn_to(leaf.name)
            sync = (time.thread_time() - began) * 1000
            longest = max(sync, await beat.over(0.4))
            into = again if leaf.name in first else first
            into[leaf.name] = min(longest, into.get(leaf.name, longest))
            for _ in range(5):
                view.feed(e.RequestFinished(request(0)))
                began = time.thread_time()
                window.refresh()
                window.stack.currentWidget().repaint()
                took = (time.thread_time() - began) * 1000
                redraw[leaf.name] = min(took, redraw.get(leaf.name, took))
    beat.end()
    title(f"pages over {RECORDS:,} requests: what the loop does in one go, best of {TURNS}")
    row("app: the loop at rest", still, "ms")
    for name in first:
        row(f"app: {name}, first turned to", first[name], "ms", at_most=FRAME)
    for name in again:
        row(f"app: {name}, turned to again", again[name], "ms", at_most=FRAME)
        row(f"app: {name}, redrawn with one more request", redraw[name], "ms", at_most=FRAME)
    window.hide()
    await tasks.close()
    await host.stop()


def main() -> None:
    app = QApplication([])
    theme.apply(app, "light")
    loop = GatewayLoop(app)
    with tempfile.TemporaryDirectory() as folder, loop:
        loop.run_until_complete(measure(Path(folder)))


if __name__ == "__main__":
    main()
