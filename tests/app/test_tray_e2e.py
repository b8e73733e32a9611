"""The application from outside: its icon and menu over the session bus, its window, and a second start."""

from __future__ import annotations

import asyncio
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desktop import Desktop
from tests.support.tray_app import app_screen, menu_with, said, start
from tests.support.tray_host import TrayHost, find

pytestmark = [pytest.mark.app, pytest.mark.e2e]


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with app_screen() as it:
        yield it


async def test_the_icon_says_ready_and_the_menu_switches(screen: Desktop) -> None:
    host = await TrayHost.start(screen.bus)
    try:
        app = start(screen)
        item = await host.item()
        await menu_with(host, item, "/v1")
        menu = await host.menu(item)
        assert find(menu, "VoiceGateway: ready")
        assert find(menu, "VoiceGateway: ready, today $0.00, 0 requests").enabled
        assert menu[0].label == "Open window"
        # in place of lines without effect, what is missing
        assert [entry.label for entry in menu if entry.label and not entry.enabled] == []
        pixmaps = await host.property(item, "IconPixmap")
        assert pixmaps
        tooltip = await host.property(item, "ToolTip")
        assert "Ready" in tooltip[2] + tooltip[3]

        await host.click(item, find(menu, "Offline"))
        await menu_with(host, item, "Offline", checked=True)
        await menu_with(host, item, "Stack: as each project says")

        await host.click(item, find(await host.menu(item), "careful"))
        await menu_with(host, item, "Stack: careful")

        await host.click(item, find(find(await host.menu(item), "Speech to text: ").children, "whisper/base"))
        await menu_with(host, item, "Speech to text: whisper/base")

        await host.click(item, find(await host.menu(item), "Open window"))
        await asyncio.to_thread(screen.window, "VoiceGateway")

        await host.click(item, find(await host.menu(item), "Quit"))
        assert await asyncio.to_thread(app.wait, 30) == 0
        assert "Traceback" not in said(screen)
    finally:
        host.close()


@pytest.fixture
def bare_screen(tmp_path: Path) -> Iterator[Desktop]:
    with app_screen("serve: {port: 0}\n") as it:
        it.env["VOICEGW_MODELS_DIR"] = str(tmp_path)
        yield it


async def test_the_menu_is_two_levels_deep_and_says_why_it_cannot(bare_screen: Desktop) -> None:
    screen = bare_screen
    host = await TrayHost.start(screen.bus)
    try:
        start(screen)
        item = await host.item()
        await menu_with(host, item, "VoiceGateway: ready")
        await menu_with(host, item, "Engines: ")
        assert not [entry for entry in await host.menu(item) if "Rebuild" in entry.label]
        # opening the window makes the menu again, for panels that missed a change
        await host.click(item, find(await host.menu(item), "Open window"))
        await menu_with(host, item, "No model for it is installed: open the window, page Models")
        menu = await host.menu(item)
        assert not find(menu, "Add stacks in voicegw.yaml, section stacks").enabled
        assert all(not child.children for entry in menu for child in entry.children)
        assert all(len(entry.label) <= 70 for entry in menu)
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


async def test_a_request_shows_up_in_the_menu(screen: Desktop, models_dir: Path) -> None:
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
        await menu_with(host, item, "today $0.00, 1 request")
    finally:
        host.close()


def test_a_second_start_shows_the_first_ones_window(screen: Desktop) -> None:
    first = start(screen, "--window")
    screen.window("VoiceGateway")
    second = start(screen)
    assert second.wait(60) == 0
    assert first.poll() is None
