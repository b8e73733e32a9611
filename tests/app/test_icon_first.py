"""The tray icon comes before everything that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from tests.support.desk import Desk
from tests.support.fake_host import FakeHost
from tests.support.pages import Play
from voicegw_desktop.app.tray import Tray

_UNTIL_THE_ICON = """
import os, sys
from voicegw_desktop.app import start, tray

def show(self):
    print(*(name for name in sys.modules if name.startswith("voicegw_desktop.")), flush=True)
    os._exit(0)

tray.Tray.show = show
start.main([])
"""
LATER = ("app.theme", "app.windows", "config", "core.events", "gateway", "middleware", "secrets", "sockets")


@pytest.mark.app
def test_what_the_icon_does_not_need_is_imported_after_it(tmp_path: Path) -> None:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "VOICEGW_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", _UNTIL_THE_ICON], capture_output=True, text=True, env=env, timeout=120)
    assert "voicegw_desktop.app.tray_menu" in done.stdout.split(), done.stderr
    early = [f"{name}." for name in done.stdout.split()]
    assert [name for name in early if name.startswith(tuple(f"voicegw_desktop.{room}." for room in LATER))] == []


@pytest.mark.app
def test_the_icon_tells_no_older_state_than_the_menu_that_is_made_with_the_window(play: Play) -> None:
    """Changes reach the icon a moment later, so that many are one; what the window opens for is told at once."""

    async def scene(desk: Desk) -> None:
        tray = Tray(desk.view, desk.actions, open_window=bool, serve=bool, quit=bool)
        desk.view.set_life("failed", message="Port 7717 is taken.")
        assert "Port 7717" not in tray._icon.toolTip()
        tray.renew()
        assert "Port 7717 is taken." in tray._icon.toolTip()
        tray.deleteLater()

    play(FakeHost(), scene)
