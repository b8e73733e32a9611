"""Pictures of every page in every state, light and dark, at 1x and 2x: `python -m tests.app.gallery FOLDER`.

Needs no display. A contact sheet of the default size is written as `sheet-light.png` and `sheet-dark.png`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from tests.app import approved
from tests.support.desk import Desk
from tests.support.gallery_hosts import STATES, fill
from tests.support.gallery_talk import compare, converse
from voicegw_desktop.app import language, theme
from voicegw_desktop.app.loop import GatewayLoop
from voicegw_desktop.app.windows.conversations_page import ConversationsPage
from voicegw_desktop.app.windows.engines_page import EnginesPage
from voicegw_desktop.app.windows.providers_page import ProvidersPage
from voicegw_desktop.app.windows.talk_page import TalkPage

SIZES = {"usual": QSize(1180, 720), "small": QSize(900, 600), "large": QSize(2560, 1440)}
LOOKS = ("light", "dark")
NOW = time.mktime((2026, 11, 28, 15, 30, 0, 0, 0, -1))
TILE = QSize(330, 202)  # of the contact sheet


@contextlib.contextmanager
def at_one_time() -> Iterator[None]:
    """Stops the clock, so that pictures of two days show equal times."""
    before, time.time = time.time, lambda: NOW
    try:
        yield
    finally:
        time.time = before


async def draw(options: argparse.Namespace, mark: str) -> None:
    """Write one picture for each combination that the command line asks for."""
    with at_one_time():
        await _draw(options, mark)


async def _draw(options: argparse.Namespace, mark: str) -> None:
    folder: Path = options.folder
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for look in options.looks:
        # before the states: it sets the style of each widget there is, and windows of other states keep theirs
        theme.apply(app, look, options.text)
        for state in options.states:
            with tempfile.TemporaryDirectory() as home:
                desk = Desk(STATES[state](), Path(home))
                names = options.pages or list(desk.window.names)
                await desk.serve(state != "down")
                fill(desk.view, state)
                for size in options.sizes:
                    desk.window.resize(SIZES[size])
                    for name in names:
                        await desk.turn_to(name)
                        page = desk.window.page(name)
                        if state == "busy" and isinstance(page, ConversationsPage):
                            page.table(0).choose_row(1)
                        if state == "busy" and isinstance(page, TalkPage):
                            converse(page)
                        if state == "servers" and isinstance(page, EnginesPage | ProvidersPage):
                            page.table.choose("gpu-box")
                        await desk.settle()
                        desk.window.grab().save(str(folder / f"{name.lower()}-{state}-{look}-{size}{mark}.png"))
                        if state == "busy" and isinstance(page, TalkPage):
                            compare(page)
                            page._kind.choose(1)
                            await desk.settle()
                            desk.window.grab().save(str(folder / f"compare-{state}-{look}-{size}{mark}.png"))
                            page._kind.choose(0)
                await desk.close()


def sheet(folder: Path, look: str) -> None:
    """Put the pictures of all pages, as an everyday user sees them, on one."""
    found = sorted(folder.glob(f"*-busy-{look}-usual.png"))
    across = 3
    rows = -(-len(found) // across)
    whole = QImage(QSize(across * (TILE.width() + 8) + 8, rows * (TILE.height() + 8) + 8), QImage.Format.Format_RGB32)
    whole.fill(Qt.GlobalColor.white if look == "light" else Qt.GlobalColor.black)
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for number, path in enumerate(found):
        picture = QImage(str(path)).scaled(
            TILE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        x, y = 8 + number % across * (TILE.width() + 8), 8 + number // across * (TILE.height() + 8)
        painter.drawImage(QRect(x, y, picture.width(), picture.height()), picture)
    painter.end()
    # 0: pressed as hard as it goes
    whole.save(str(folder / f"sheet-{look}.png"), "PNG", 0)  # type: ignore[call-overload]


def finish(options: argparse.Namespace) -> int:
    """Make the contact sheets, approve or compare as the command line asks; the exit status."""
    for look in options.looks:
        sheet(options.folder, look)
    if options.approve:
        approved.keep(options.folder)
    found = list(approved.strangers(options.folder)) if options.check else []
    print(*found, sep="\n")
    return 1 if found else 0


def parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    known = argparse.ArgumentParser(description=__doc__)
    known.add_argument("folder", type=Path)
    known.add_argument("--states", nargs="*", default=list(STATES))
    known.add_argument("--looks", nargs="*", default=list(LOOKS))
    known.add_argument("--sizes", nargs="*", default=["usual", "small"])
    known.add_argument("--pages", nargs="*", default=[])
    known.add_argument("--language", choices=list(language.LANGUAGES), default="en")
    known.add_argument("--mirrored", action="store_true", help="as for a language that is read leftwards")
    known.add_argument("--text", type=int, default=100, help="size of texts in per cent")
    known.add_argument("--contrast", action="store_true", help="as where the desktop asks for high contrast")
    known.add_argument("--approve", action="store_true", help="keep what is drawn as approved")
    known.add_argument("--check", action="store_true", help="compare with what is approved")
    known.add_argument("--scales", nargs="*", type=int, default=[1, 2])
    return known


def main() -> int:
    """Draw what the command line asks for."""
    options = parser().parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if len(options.scales) > 1:
        # the scale is fixed once a program has begun
        given = [word for word in sys.argv[1:] if word not in ("--approve", "--check")]
        for scale in options.scales:
            again = [sys.executable, "-m", "tests.app.gallery", *given, "--scales", str(scale)]
            subprocess.run(again, check=True)
        return finish(options)
    scale = options.scales[0]
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    app = QApplication([])
    cache = tempfile.TemporaryDirectory()
    language.use(options.language, Path(cache.name))
    if options.mirrored:
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    if options.contrast:
        theme.wants_contrast = lambda: True
    loop = GatewayLoop(app)
    asyncio.set_event_loop(loop)
    mark = "" if scale == 1 else f"@{scale}x"
    with loop:
        loop.run_until_complete(draw(options, mark))
    return finish(options)


if __name__ == "__main__":
    sys.exit(main())
