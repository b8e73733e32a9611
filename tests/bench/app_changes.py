"""How long the window keeps its thread while it changes beside 20 chats, and when the gateway goes and comes back.

`python -m tests.bench.app_changes [REQUESTS] [--size 2560x1440] [--blame] [--only colours] [--page Settings]`. As in
`app_streams`, with 100,000 requests stored. With each page in view: the window is dragged larger and smaller, a step
each 16 ms; made as large as the screen, and back; hidden and shown again; the gateway is said to be down, and back;
larger text and back; dark and back; then what `app_acts` opens. `chrt -f 1` before the command gives it the cores as an
idle machine would.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from tests.bench.app_acts import ACTS, keep_a_log
from tests.bench.app_streams import FRAME, STREAMS, Blocks, Opened, Watch, opened, options_of, percentile, run
from tests.support.figures import row, title
from voicegw_desktop.app import theme

SETTLED = 0.7  # s that a page has for itself before something changes
STAY = 0.5  # s behind a change
STEPS, STEP, PACE = 30, 8, 0.016  # of a window that is dragged: how many, px, and s between two
Change = Callable[[Opened, argparse.Namespace], Awaitable[None]]


async def drag(there: Opened, _options: argparse.Namespace) -> None:
    """Smaller, then larger to where it was."""
    began = there.window.size()
    for step in [*range(STEPS), *range(STEPS, -1, -1)]:
        there.window.resize(began - QSize(step * STEP, step * STEP // 2))
        await asyncio.sleep(PACE)


async def dress(there: Opened, look: str, text_size: int) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    there.window.dress(theme.applied(app, look, text_size))
    while there.window._turning is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def text_size(there: Opened, options: argparse.Namespace) -> None:
    """A quarter larger, and back."""
    for percent in (125, 100):
        await dress(there, options.look, percent)
        await asyncio.sleep(STAY)


async def colours(there: Opened, options: argparse.Namespace) -> None:
    """The other scheme, and back."""
    for look in ("dark" if options.look == "light" else "light", options.look):
        await dress(there, look, 100)
        await asyncio.sleep(STAY)


async def away(there: Opened, _options: argparse.Namespace) -> None:
    """What the application does when the gateway stops and is there again; the streams go on."""
    there.view.set_life("stopped", message="Stopped by you; requests are refused.")
    await asyncio.sleep(STAY)
    there.view.set_life("running", endpoint=there.host.endpoint)
    await there.actions.load()
    there.window.on_shown()
    await asyncio.sleep(STAY)


async def show(there: Opened, _options: argparse.Namespace) -> None:
    """Closed to the tray, and back."""
    there.window.hide()
    await asyncio.sleep(STAY)
    there.window.show()
    await asyncio.sleep(STAY)


async def maximised(there: Opened, _options: argparse.Namespace) -> None:
    """Fill the screen, and go back to where it was."""
    for larger in (there.window.showMaximized, there.window.showNormal):
        larger()
        await asyncio.sleep(STAY)


CHANGES: dict[str, Change] = {
    "dragged": drag,
    "maximised": maximised,
    "shown again": show,
    "gateway gone and back": away,
    "text size": text_size,
    "colours": colours,
    **{name: act for name, (act, _) in ACTS.items()},
}


async def measure(_app: QApplication, folder: Path, options: argparse.Namespace) -> None:
    """Make each change with each page in view, and print."""
    blocks = {name: Blocks() for name in CHANGES}
    where: dict[str, tuple[float, str]] = {}
    options.folder = folder
    keep_a_log()
    async with opened(folder, options) as there:
        for page in there.pages:
            there.window.turn_to(page.name)
            await asyncio.sleep(SETTLED)
        for name, change in CHANGES.items():
            if options.only and name not in options.only:
                continue
            for page in there.pages:
                wanted = options.page or (ACTS[name][1] if name in ACTS else ()) or [page.name]
                if page.name not in wanted:
                    continue
                there.window.turn_to(page.name)
                await asyncio.sleep(SETTLED)
                if options.blame:
                    print(page.name, name)
                watch = Watch(options.blame)
                await watch.begun()
                await change(there, options)
                found = watch.end()
                blocks[name] += found
                where[name] = max(where.get(name, (0.0, "")), (max(found.cpu), page.name))
    title(f"the window changes beside {STREAMS} streams, {options.requests:,} requests stored")
    for name, found in blocks.items():
        if not len(found):
            continue
        spent, waited = found.cpu, found.wall
        row(f"app: {name}, p99, processor time", percentile(spent, 0.99), "ms", at_most=FRAME)
        row(f"app: {name}, longest, processor time", max(spent), "ms")
        row(f"app: {name}, longest, clock", max(waited), "ms")
        row(f"app: {name}, more than a frame, processor time", sum(value > FRAME for value in spent))
        print(f"  longest with {where[name][1]} in view")


def main() -> None:
    known = options_of("How long the window keeps its thread while it changes.")
    known.add_argument("--only", action="append", choices=tuple(CHANGES), help="this change; may be repeated")
    known.add_argument("--page", action="append", help="with this page in view; may be repeated")
    options = known.parse_args()
    run(lambda: QApplication([]), measure, options)


if __name__ == "__main__":
    main()
