"""The application from outside: its icon and menu over the session bus, its window, and a second start."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desktop import Desktop, desktop, wait_for
from tests.support.tray_host import TrayHost, find

pytestmark = [pytest.mark.app, pytest.mark.e2e]

ROOT = Path(__file__).resolve().parents[2]
PICTURES = Path(os.environ.get("VOICEGW_TEST_PICTURES", ROOT / "artifacts"))
CONFIG = """
serve: {port: 0}
stacks:
  quick: {stt: whisper/tiny.en, llm: llamacpp/smollm2-135m, tts: piper/en_US-joe-medium}
  careful: {stt: whisper/base, llm: llamacpp/smollm2-135m, tts: piper/en_US-joe-medium}
routing:
  stt: {aliases: {"*": whisper/tiny.en}}
  llm: {aliases: {"*": llamacpp/smollm2-135m}}
  tts: {aliases: {"*": piper/en_US-joe-medium}}
"""


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with desktop() as it:
        it.env["VOICEGW_HOME"] = it.env["HOME"] + "/vgw"
        models = os.environ.get("VOICEGW_TEST_MODELS")
        if models:
            it.env["VOICEGW_MODELS_DIR"] = models
        config = Path(it.env["HOME"]) / "voicegw.yaml"
        config.write_text(CONFIG)
        it.env["VOICEGW_CONFIG"] = str(config)
        yield it


def start(screen: Desktop, *arguments: str) -> subprocess.Popen[bytes]:
    return screen.start(sys.executable, "-m", "voicegw_desktop.app.application", *arguments, stderr=subprocess.PIPE)


async def menu_with(host: TrayHost, item: str, text: str, *, checked: bool | None = None) -> None:
    """Wait until some line of the menu contains `text` (and is checked, or not)."""
    last: Exception | None = None
    for _ in range(1200):
        try:
            entry = find(await host.menu(item), text)
            if checked is None or entry.checked is checked:
                return
        except LookupError as e:
            last = e
        # another process's menu: there is no event to wait for
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the menu did not come to say {text!r}") from last


async def test_the_icon_says_ready_and_the_menu_switches(screen: Desktop) -> None:
    host = await TrayHost.start(screen.bus)
    try:
        app = start(screen)
        item = await host.item()
        await menu_with(host, item, "/v1")
        menu = await host.menu(item)
        assert find(menu, "VoiceGateway: ready")
        assert find(menu, "Today $0.00, 0 requests")
        assert find(menu, "No turn yet")
        pixmaps = await host.property(item, "IconPixmap")
        assert pixmaps
        tooltip = await host.property(item, "ToolTip")
        assert "Ready" in tooltip[2] + tooltip[3]

        await host.click(item, find(menu, "Offline"))
        await menu_with(host, item, "Offline", checked=True)
        await menu_with(host, item, "Stack: as each project says")

        await host.click(item, find(await host.menu(item), "careful"))
        await menu_with(host, item, "Stack: careful")

        await host.click(item, find(await host.menu(item), "Open window"))
        await asyncio.to_thread(screen.window, "VoiceGateway")

        await host.click(item, find(await host.menu(item), "Quit"))
        assert await asyncio.to_thread(app.wait, 20) == 0
        assert app.stderr is not None
        assert b"Traceback" not in app.stderr.read()
    finally:
        host.close()


async def test_an_engine_starts_and_stops_from_the_menu(screen: Desktop, models_dir: Path) -> None:
    host = await TrayHost.start(screen.bus)
    try:
        start(screen)
        item = await host.item()
        await menu_with(host, item, "piper/en_US-joe-medium: stopped")
        await host.click(item, find(await host.menu(item), "piper/en_US-joe-medium: "))
        await menu_with(host, item, "piper/en_US-joe-medium: ready")
        await host.click(item, find(await host.menu(item), "piper/en_US-joe-medium: "))
        await menu_with(host, item, "piper/en_US-joe-medium: stopped")
    finally:
        host.close()


async def test_a_turn_shows_up_in_the_menu(screen: Desktop, models_dir: Path) -> None:
    host = await TrayHost.start(screen.bus)
    try:
        start(screen)
        item = await host.item()
        await menu_with(host, item, "Copy http")
        address = find(await host.menu(item), "Copy http").label.removeprefix("Copy ")
        assert address.startswith("http://127.0.0.1:")

        def health() -> object:
            with urllib.request.urlopen(address.removesuffix("/v1") + "/health") as answer:
                return json.load(answer)

        assert (await asyncio.to_thread(health))["status"] == "ok"  # type: ignore[index]
        socket = Path(screen.env["VOICEGW_HOME"]) / "run" / "voicegw.sock"
        speech = json.dumps({"model": "piper/en_US-joe-medium", "voice": "alloy", "input": "Good morning.",
                             "response_format": "wav"})  # fmt: skip
        done = await asyncio.to_thread(
            subprocess.run,
            ["curl", "-s", "--fail", "--unix-socket", str(socket), "http://localhost/v1/audio/speech",
             "-H", "Content-Type: application/json", "-d", speech, "-o", "/dev/null"],
            check=False, capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        await menu_with(host, item, "1 request")
        await menu_with(host, item, "Last turn")
    finally:
        host.close()


def test_a_second_start_shows_the_first_ones_window(screen: Desktop) -> None:
    first = start(screen, "--window")
    screen.window("VoiceGateway")
    second = start(screen)
    assert second.wait(20) == 0
    assert first.poll() is None


def settled(screen: Desktop, picture: Path) -> None:
    """Take pictures until the gateway serves and two in a row are the same."""
    socket = Path(screen.env["VOICEGW_HOME"]) / "run" / "voicegw.sock"
    wait_for("the gateway's socket", socket.exists)
    before = b""

    def still() -> bool:
        nonlocal before
        last, before = before, screen.screenshot(picture).read_bytes()
        return last == before and len(before) > 10_000

    wait_for("a screen that stands still", still)


def test_without_a_tray_the_window_says_so(screen: Desktop) -> None:
    start(screen)
    screen.window("VoiceGateway")
    settled(screen, PICTURES / "no-tray.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_of_tray_and_window_under_a_panel(screen: Desktop, theme: str) -> None:
    config = Path(screen.env["VOICEGW_CONFIG"])
    config.write_text(config.read_text() + f"\ndesktop: {{theme: {theme}}}\n")
    screen.start("openbox")
    panel = Path(screen.env["HOME"]) / ".config" / "lxqt"
    panel.mkdir(parents=True)
    (panel / "panel.conf").write_text(
        "panels=panel1\n[panel1]\nplugins=mainmenu, taskbar, statusnotifier, worldclock\nposition=Bottom\n"
        "panelSize=32\nwidth-percent=true\nwidth=100\n[statusnotifier]\ntype=statusnotifier\n[taskbar]\ntype=taskbar\n"
        "[mainmenu]\ntype=mainmenu\n[worldclock]\ntype=worldclock\n"
    )
    screen.start("lxqt-panel")
    screen.window("panel")
    start(screen, "--window")
    screen.window("^VoiceGateway$")
    settled(screen, PICTURES / f"desktop-{theme}.png")
    # the icon stands at the right end of the panel; its menu opens at a right click
    subprocess.run(["xdotool", "mousemove", "1216", "784", "click", "3"], env=screen.env, check=True)
    wait_for("the tray's menu", lambda: len(visible_windows(screen)) > 2)
    settled(screen, PICTURES / f"menu-{theme}.png")


def visible_windows(screen: Desktop) -> list[str]:
    done = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", ".*"], env=screen.env, capture_output=True, text=True
    )
    return done.stdout.split()
