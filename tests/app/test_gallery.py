"""Every page in every state looks as it was last approved; `python -m tests.app.gallery FOLDER --approve` approves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtGui import QColor, QImage, QPainter  # noqa: E402

from tests.app import approved, gallery  # noqa: E402
from tests.support.gallery_hosts import STATES  # noqa: E402
from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.loop import GatewayLoop  # noqa: E402

pytestmark = pytest.mark.app


@pytest.mark.parametrize(
    ("look", "size", "states"), [("light", "usual", list(STATES)), ("dark", "small", ["busy", "down"])]
)
def test_pages_look_as_approved(tmp_path: Path, look: str, size: str, states: list[str]) -> None:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    loop = GatewayLoop(app)
    try:
        asked = [str(tmp_path), "--states", *states, "--looks", look, "--sizes", size]
        loop.run_until_complete(gallery.draw(gallery.parser().parse_args(asked), ""))
    finally:
        loop.close()
        theme.apply(app, "light")
        asyncio.set_event_loop(None)
    assert len(list(tmp_path.glob("*.png"))) == len(states) * len(approved.PAGES) + 1  # Talk has a comparison, too
    assert list(approved.strangers(tmp_path)) == []


@pytest.mark.process
def test_pages_are_the_same_on_a_dense_screen(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.app.gallery", str(tmp_path), "--scales", "2", "--looks", "light"]
    subprocess.run([*command, "--states", "busy", "--sizes", "usual"], check=True, timeout=120)
    pictures = sorted(tmp_path.glob("*@2x.png"))
    assert len(pictures) == len(approved.PAGES) + 1
    assert QImage(str(pictures[0])).width() == 2 * gallery.SIZES["usual"].width()
    assert list(approved.strangers(tmp_path)) == []


def test_a_page_that_changed_is_noticed() -> None:
    known = approved.approved()["models-busy-light-usual"]
    changed = known.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(changed)
    painter.fillRect(40, 10, 12, 6, QColor("black"))
    painter.end()
    mean, spot = approved.difference(changed, known)
    assert spot > approved.SPOT
    assert mean > 0
    assert approved.difference(known, known) == (0.0, 0.0)
    assert approved.FILE.stat().st_size <= 300_000
