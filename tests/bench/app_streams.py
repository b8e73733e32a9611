"""How long the window keeps its thread while 20 chats stream and pages turn over 100,000 stored requests.

`python -m tests.bench.app_streams [REQUESTS] [--size 2560x1440] [--scale 2] [--look dark] [--blame] [--events]`. Off
screen, a real gateway in the window's own loop; provider and clients are one other process. Each page is turned to for
the first time, then all of them several times over. A block is the time between two turns of a task that asks for one
every millisecond, which a stream waits at most. By the clock it holds what other programs take from the machine; `chrt
-f 1` before the command gives it the cores as an idle machine would. `--events` measures each event of the loop
instead, in processor time; looking at all of them makes a page a third slower, so no block is told then. `--blame`
prints each block of more than a frame, what other threads took of the processor meanwhile, and where looks from its
8th millisecond on found each thread.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import sys
import tempfile
import threading
import time
import traceback
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import aiohttp
from aiohttp import web
from PySide6.QtCore import QEvent, QObject, QSettings, QSize
from PySide6.QtWidgets import QApplication

from tests.bench.scale import fill
from tests.support.figures import row, title
from voicegw_desktop.app import theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.host import LocalHost
from voicegw_desktop.app.imports import without_features
from voicegw_desktop.app.loop import GatewayLoop
from voicegw_desktop.app.tasks import Tasks
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.book import page_factories, read_ahead
from voicegw_desktop.app.windows.main_window import MainWindow
from voicegw_desktop.app.windows.showing import PageFactory
from voicegw_desktop.core.paths import Paths, paths_below
from voicegw_desktop.storage.sqlite import SQLiteStorage

REQUESTS, DAYS, STREAMS = 100_000, 60, 20
FRAME = 16.0  # ms
PACE = 0.025  # s between two words of an answer
WORDS = 120  # of an answer
ROUNDS = 4
STAY = 0.5  # s on each page
BLAMED = 12  # places told of a long block
CORE = "waited for a core"
MODEL = "openai/gpt-4o-mini"
Measure = Callable[[QApplication, Path, argparse.Namespace], Awaitable[None]]


@dataclass(frozen=True)
class Block:
    """One stretch during which the thread took nothing new, in milliseconds."""

    wall: float
    cpu: float


def _thread_seconds() -> dict[str, float]:
    """Processor time of each of Python's threads but the calling one, and the time that one waited for a core."""
    me, found = threading.get_native_id(), {}
    for thread in threading.enumerate():
        if (tid := thread.native_id) not in (None, me):
            with contextlib.suppress(OSError):  # it has ended
                found[thread.name] = time.clock_gettime(~tid << 3 | 6)  # Linux: the clock of the thread of that number
    waited = Path(f"/proc/self/task/{me}/schedstat").read_text().split()[1]
    return found | {CORE: int(waited) / 1e9}


class Blocks:
    """Many blocks, in milliseconds, without an object for each: Python's collector would look at them."""

    def __init__(self) -> None:
        self.wall, self.cpu = array("d"), array("d")

    def add(self, block: Block) -> None:
        self.wall.append(block.wall)
        self.cpu.append(block.cpu)

    def __iadd__(self, more: Blocks) -> Blocks:
        self.wall += more.wall
        self.cpu += more.cpu
        return self

    def __len__(self) -> int:
        return len(self.wall)


class Watch:
    """Keeps every block; with `blame`, a thread looks what all threads do, and blocks over a frame are told."""

    def __init__(self, blame: bool) -> None:
        self.blocks = Blocks()
        self._seen: list[tuple[str, str]] = []
        self._since = time.perf_counter()
        self._main = threading.get_ident()
        self._blame = blame
        self._ended = threading.Event()
        self._task = asyncio.create_task(self._run())
        threading.Thread(target=self._look, name="look", daemon=True).start()

    async def begun(self) -> None:
        """Wait until what follows is within a block, also where it waits for nothing itself."""
        while not self.blocks:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    async def _run(self) -> None:
        while True:
            self._seen.clear()
            others = _thread_seconds() if self._blame else {}
            self._since, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            block = Block((time.perf_counter() - self._since) * 1000 - 1, (time.thread_time() - cpu) * 1000)
            self.blocks.add(block)
            if self._blame and max(block.wall, block.cpu) > FRAME:
                self._tell(block, others)

    def _tell(self, block: Block, others: Mapping[str, float]) -> None:
        print(f"  {block.wall:.0f} ms, {block.cpu:.0f} ms of the processor")
        for name, seconds in _thread_seconds().items():
            if (took := (seconds - others.get(name, seconds)) * 1000) > 1:
                print(f"    {name}: {took:.1f} ms")
        for (thread, where), times in Counter(self._seen).most_common(BLAMED):
            print(f"    {times} x {thread}: {where}")

    def _look(self) -> None:
        while self._blame and not self._ended.wait(0.002):
            if (time.perf_counter() - self._since) * 1000 > FRAME / 2:
                names = {thread.ident: thread.name for thread in threading.enumerate()}
                for ident, frame in sys._current_frames().items():
                    # a frame that is kept keeps Python's side of events that Qt has freed
                    where = traceback.extract_stack(frame, limit=9)
                    if ident != threading.get_ident() and where[-1].name not in ("wait", "_worker"):
                        at = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(where))
                        self._seen.append((names.get(ident, "?"), at))

    def end(self) -> Blocks:
        """Stop; all blocks so far."""
        self._task.cancel()
        self._ended.set()
        return self.blocks


class Timed(QApplication):
    """Keeps the processor time of each event that the loop handles, with what it led to."""

    def __init__(self) -> None:
        super().__init__([])
        self.took: list[tuple[float, str]] = []
        self._within = False

    def notify(self, target: QObject, event: QEvent) -> bool:
        if self._within:
            return super().notify(target, event)
        self._within, name = True, f"{event.type().name} of {type(target).__name__}"
        began = time.thread_time()
        try:
            return super().notify(target, event)
        finally:
            self._within = False
            self.took.append(((time.thread_time() - began) * 1000, name))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def _answer(request: web.Request) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await request.read()
    await reply.prepare(request)
    for n in range(WORDS):
        choice = {"index": 0, "delta": {"content": "word "}, "finish_reason": None if n < WORDS - 1 else "stop"}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        try:
            await reply.write(f"data: {json.dumps(chunk)}\n\n".encode())
        except ConnectionResetError:  # the gateway ends before its streams
            return reply
        await asyncio.sleep(PACE)
    with contextlib.suppress(ConnectionResetError):
        await reply.write(b"data: [DONE]\n\n")
    return reply


async def others() -> None:
    """The client process: prints the provider's address, reads the gateway's address and a key, then sends requests."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    url, key = (await asyncio.to_thread(sys.stdin.readline)).split()
    body = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "hello"}]}

    async def ask(http: aiohttp.ClientSession, n: int) -> None:
        await asyncio.sleep(n * PACE * WORDS / STREAMS)
        while True:
            async with http.post(f"{url}/chat/completions", json=body) as reply:
                assert reply.status == 200, await reply.text()
                async for _ in reply.content:
                    pass

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        streams = [asyncio.create_task(ask(http, n)) for n in range(STREAMS)]
        end = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        await asyncio.wait([*streams, end], return_when=asyncio.FIRST_COMPLETED)
        for task in streams:
            task.cancel()
    await runner.cleanup()


async def stored(paths: Paths, requests: int) -> None:
    """A database with so many requests, made as SQL before the gateway opens it."""
    path = paths.database
    path.parent.mkdir(parents=True, exist_ok=True)
    storage = SQLiteStorage(path)
    await storage.open()
    await storage.aclose()
    await asyncio.to_thread(fill, path, requests, DAYS)


@dataclass
class Opened:
    """A window over a gateway that serves streams; another one may take its place."""

    window: MainWindow
    pages: Sequence[PageFactory]
    view: Overview
    actions: Actions
    host: LocalHost


@contextlib.asynccontextmanager
async def opened(folder: Path, options: argparse.Namespace) -> AsyncIterator[Opened]:
    """Fill a database, start gateway and streams, and show the window."""
    paths = paths_below(folder)
    await stored(paths, options.requests)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.app_streams", "--others",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    provider = (await child.stdout.readline()).decode().strip()
    config = folder / "voicegw.yaml"
    config.write_text(
        f"serve: {{port: 0}}\nproviders: {{openai: {{api_key: k, base_url: '{provider}'}}}}\n"
        "projects: {default: {daily_budget: 1.0}}\n"
    )
    view, tasks = Overview(), Tasks(lambda error: print("failed:", error))
    actions = Actions(view, tasks, lambda *_: None)
    host = LocalHost(paths, str(config))
    actions.host = host
    await host.start(view.feed)
    view.set_life("running", endpoint=host.endpoint)
    await actions.load()
    key = (await host.call("show_key", key_id="first"))["api_key"]
    without_features()
    await read_ahead()  # as the application does once its window is shown
    pages = page_factories(view, actions, folder)
    settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(view, pages, settings=settings, on_close=lambda: False)
    window.resize(QSize(*(int(part) for part in options.size.split("x"))))
    window.show()
    child.stdin.write(f"{host.endpoint} {key}\n".encode())
    async with asyncio.timeout(60):
        while len(view.active) < STREAMS - 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    there = Opened(window, pages, view, actions, host)
    yield there
    child.stdin.write(b"end\n")
    await child.wait()
    there.window.hide()
    await tasks.close()
    await host.stop()


async def measure(app: QApplication, folder: Path, options: argparse.Namespace) -> None:
    """Turn pages beside the streams, and print."""
    async with opened(folder, options) as there:
        await turn_pages(app, there, options)


async def turn_pages(app: QApplication, there: Opened, options: argparse.Namespace) -> None:
    """Turn to each page for the first time, then to all of them several times over."""
    pages, blame = there.pages, options.blame
    title(f"pages turned beside {STREAMS} streams, {options.requests:,} requests stored")
    took: list[tuple[float, str]] = app.took if isinstance(app, Timed) else []
    blocks = Blocks()
    longest: dict[str, float] = {}
    took.clear()
    for number, leaf in zip(range(ROUNDS * len(pages)), itertools.cycle([*pages[1:], pages[0]]), strict=False):
        if blame:
            print(leaf.name, "again" if number >= len(pages) else "first")
        watch, events = Watch(blame), len(took)
        await watch.begun()
        there.window.turn_to(leaf.name)
        await asyncio.sleep(STAY)
        blocks += watch.end()
        if took:
            name = f"{leaf.name}, {'first' if number < len(pages) else 'again'}"
            most, what = max(took[events:])
            if most < longest.get(name, most + 1):
                longest[name] = most
            if blame:
                print(f"    {most:.1f} ms: {what}")
    for name, most in longest.items():
        row(f"app: {name} turned to, longest event, processor", most, "ms", at_most=FRAME)
    if took:
        _tell_events([ms for ms, _ in took])
    else:
        _tell_blocks(blocks)


def _tell_events(took: Sequence[float]) -> None:
    row("app: event p99, processor time", percentile(took, 0.99), "ms", at_most=FRAME)
    row("app: event, longest, processor time", max(took), "ms")
    row("app: events of more than a frame", sum(ms > FRAME for ms in took))
    row("app: events measured", len(took))


def _tell_blocks(blocks: Blocks) -> None:
    for what, values in (
        ("processor time", blocks.cpu),
        ("clock", blocks.wall),
    ):
        row(f"app: block p50, {what}", percentile(values, 0.5), "ms")
        row(f"app: block p99, {what}", percentile(values, 0.99), "ms", at_most=FRAME)
        row(f"app: block, longest, {what}", max(values), "ms")
        row(f"app: blocks of more than a frame, {what}", sum(value > FRAME for value in values))
    row("app: blocks measured", len(blocks))


def options_of(description: str) -> argparse.ArgumentParser:
    """What a measurement of the window takes from the command line."""
    known = argparse.ArgumentParser(description=description)
    known.add_argument("requests", nargs="?", type=int, default=REQUESTS)
    known.add_argument("--size", default="1180x720", help="of the window, in pixels at 1x")
    known.add_argument("--scale", default="1")
    known.add_argument("--look", choices=("light", "dark"), default="light")
    known.add_argument("--blame", action="store_true", help="print where long blocks were")
    return known


def run(make: Callable[[], QApplication], measure: Measure, options: argparse.Namespace) -> None:
    """Measure in a loop of its own, over a new folder."""
    os.environ["QT_SCALE_FACTOR"] = options.scale
    app = make()
    theme.apply(app, options.look)
    loop = GatewayLoop(app)
    with tempfile.TemporaryDirectory() as folder, loop:
        loop.run_until_complete(measure(app, Path(folder), options))


def main() -> None:
    if "--others" in sys.argv:
        asyncio.run(others())
        return
    known = options_of("How long the window keeps its thread beside 20 streams.")
    known.add_argument("--events", action="store_true", help="measure each event of the loop")
    options = known.parse_args()
    run(Timed if options.events else lambda: QApplication([]), measure, options)


if __name__ == "__main__":
    main()
