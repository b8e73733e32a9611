"""The tray icon comes before everything that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
