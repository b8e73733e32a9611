"""Pictures of tray, menu and every page under a real panel, and that each holds what it must: colours, not pixels."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtGui = pytest.importorskip("PySide6.QtGui", reason="Qt's system libraries are missing")

from tests.support.desktop import Desktop, wait_for  # noqa: E402
from tests.support.tray_app import app_screen, start  # noqa: E402
from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.icons import BADGE  # noqa: E402

pytestmark = [pytest.mark.app, pytest.mark.e2e]

ROOT = Path(__file__).resolve().parents[2]
PICTURES = Path(os.environ.get("VOICEGW_TEST_PICTURES", ROOT / "artifacts"))
PAGES = ("overview", "talk", "conversations", "money", "engines", "models", "providers", "projects", "settings", "help")
TRAY = (1200, 768, 40, 32)
"""Where a panel of this size puts its only icon: x, y, width, height."""
DOT = (8, 4, 36, 40)
"""The window's own sign of state, where no window manager moves the window from the corner."""
MARK = (230, 90, 24, 30)
"""The mark of the first thing that needs attention."""
PANEL = (
    "panels=panel1\n[panel1]\nplugins=mainmenu, taskbar, statusnotifier, worldclock\nposition=Bottom\n"
    "panelSize=32\nwidth-percent=true\nwidth=100\n[statusnotifier]\ntype=statusnotifier\n[taskbar]\ntype=taskbar\n"
    "[mainmenu]\ntype=mainmenu\n[worldclock]\ntype=worldclock\n"
)


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with app_screen() as it:
        yield it


def served(screen: Desktop) -> Path:
    """The gateway's socket, once it exists."""
    socket = Path(screen.env["VOICEGW_HOME"]) / "run" / "voicegw.sock"
    wait_for("the gateway's socket", socket.exists)
    return socket


def settled(screen: Desktop, picture: Path) -> Counter[str]:
    """Take pictures until two in a row are the same; how often each colour is in it."""
    before = b""

    def still() -> bool:
        nonlocal before
        last, before = before, screen.screenshot(picture).read_bytes()
        return last == before and len(before) > 10_000

    wait_for("a screen that stands still", still)
    return colors(picture)


def colors(picture: Path, area: tuple[int, int, int, int] | None = None) -> Counter[str]:
    """How often each colour is in it, looking at every second pixel."""
    image = QtGui.QImage(str(picture))
    x0, y0, width, height = area or (0, 0, image.width(), image.height())
    found = Counter(image.pixel(x, y) & 0xFFFFFF for x in range(x0, x0 + width, 2) for y in range(y0, y0 + height, 2))
    return Counter({f"#{value:06x}": count for value, count in found.items()})


def speak(socket: Path) -> None:
    """One request, so that there are figures to show; nothing without models."""
    if not os.environ.get("VOICEGW_TEST_MODELS"):
        return
    body = json.dumps({"model": "cartesia/sonic-3", "voice": "alloy", "input": "Good morning, how are you today?",
                       "response_format": "wav"})  # fmt: skip
    subprocess.run(
        ["curl", "-s", "--fail", "--unix-socket", str(socket), "http://localhost/v1/audio/speech",
         "-H", "Content-Type: application/json", "-d", body, "-o", "/dev/null"],
        check=True, capture_output=True,
    )  # fmt: skip


def visible_windows(screen: Desktop) -> list[str]:
    done = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", ".*"], env=screen.env, capture_output=True, text=True
    )
    return done.stdout.split()


def test_without_a_tray_the_window_says_so(screen: Desktop) -> None:
    start(screen)
    screen.window("VoiceGateway")
    served(screen)

    picture = PICTURES / "no-tray.png"

    def ready() -> Counter[str] | None:
        found = settled(screen, picture)
        return found if colors(picture, DOT)[theme.LIGHT.good] > 5 else None

    wait_for("the word Ready", ready)
    # the sentence that says so has a mark of its own colour, drawn in thin lines
    wanted = QtGui.QColor(theme.LIGHT.warn)
    assert any(abs(QtGui.QColor(c).hue() - wanted.hue()) < 8 for c in colors(picture, MARK) if c != theme.LIGHT.card)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tray_window_and_menu_under_a_panel(screen: Desktop, scheme: str) -> None:
    look = theme.DARK if scheme == "dark" else theme.LIGHT
    config = Path(screen.env["VOICEGW_CONFIG"])
    config.write_text(config.read_text() + f"\ndesktop: {{theme: {scheme}}}\n")
    screen.start("openbox")
    panel = Path(screen.env["HOME"]) / ".config" / "lxqt"
    panel.mkdir(parents=True)
    (panel / "panel.conf").write_text(PANEL)
    screen.start("lxqt-panel")
    screen.window("panel")
    start(screen, "--window")
    window = screen.window("^VoiceGateway$")
    speak(served(screen))
    shown: list[Counter[str]] = []
    for number, page in enumerate(PAGES, 1):
        subprocess.run(["xdotool", "windowfocus", window, "key", f"ctrl+{number % 10}"], env=screen.env, check=True)
        picture = PICTURES / f"{page}-{scheme}.png"
        found = settled(screen, picture)
        assert found[look.window] > 5_000, f"{page} does not show the window's ground"
        assert found[look.card] > 20_000, f"{page} shows no cards"
        assert found[look.accent] > 0, f"{page} shows no accent"
        assert colors(picture, TRAY)[BADGE["ready"]] > 20, "the icon is not in the tray"
        assert all(found != other for other in shown), f"{page} looks like another page"
        shown.append(found)
    # the icon stands at the right end of the panel; its menu opens at a right click
    subprocess.run(["xdotool", "mousemove", "1216", "784", "click", "3"], env=screen.env, check=True)
    wait_for("the tray's menu", lambda: len(visible_windows(screen)) > 2)
    assert settled(screen, PICTURES / f"menu-{scheme}.png") != shown[-1]
