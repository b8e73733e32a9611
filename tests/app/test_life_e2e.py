"""The application's life from outside: a port that is taken, stopping and serving again, closing, ending."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desktop import Desktop, wait_for
from tests.support.tray_app import CONFIG, app_screen, menu_with, said, start
from tests.support.tray_host import TrayHost, find

pytestmark = [pytest.mark.app, pytest.mark.e2e]


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with app_screen() as it:
        yield it


async def test_a_taken_port_is_told_and_serving_starts_when_it_is_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with app_screen(CONFIG.replace("port: 0", f"port: {port}")) as screen:
            host = await TrayHost.start(screen.bus)
            try:
                start(screen)
                item = await host.item()
                await menu_with(host, item, "VoiceGateway: needs attention: Port")
                menu = await host.menu(item)
                assert not find(menu, "No endpoint: not serving").enabled
                assert not find(menu, "No API key: not serving").enabled
                tooltip = await host.property(item, "ToolTip")
                assert f"Port {port} on 127.0.0.1 is taken" in tooltip[2] + tooltip[3]
                await asyncio.to_thread(screen.window, "^VoiceGateway$")
                taken.close()
                await host.click(item, find(menu, "Start serving"))
                await menu_with(host, item, f"Copy http://127.0.0.1:{port}/v1")
                await menu_with(host, item, "VoiceGateway: ready")
            finally:
                host.close()
            assert "Traceback" not in said(screen)


async def test_the_gateway_is_stopped_and_started_from_the_tray(screen: Desktop) -> None:
    host = await TrayHost.start(screen.bus)
    try:
        start(screen)
        item = await host.item()
        await host.click(item, await menu_with(host, item, "Stop serving"))
        await menu_with(host, item, "VoiceGateway: stopped")
        await host.click(item, await menu_with(host, item, "Start serving"))
        await menu_with(host, item, "VoiceGateway: ready")
    finally:
        host.close()
    assert "Traceback" not in said(screen)


async def test_closing_the_window_keeps_the_icon_and_the_icon_brings_it_back(screen: Desktop) -> None:
    screen.start("openbox")
    host = await TrayHost.start(screen.bus)
    try:
        app = start(screen, "--window")
        item = await host.item()
        await menu_with(host, item, "VoiceGateway: ready")
        window = await asyncio.to_thread(screen.window, "^VoiceGateway$")
        await asyncio.to_thread(close, screen, window)
        assert app.poll() is None
        await menu_with(host, item, "VoiceGateway: ready")
        await host.activate(item)
        await asyncio.to_thread(screen.window, "^VoiceGateway$")
    finally:
        host.close()


def close(screen: Desktop, window: str) -> None:
    """Press Ctrl+W in the window until it is closed: keys before it has the focus have no effect."""

    def gone() -> bool:
        subprocess.run(["xdotool", "windowfocus", window, "key", "ctrl+w"], env=screen.env, capture_output=True)
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "^VoiceGateway$"], env=screen.env, capture_output=True
        )
        return not found.stdout.strip()

    wait_for("the window to close", gone)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(screen: Desktop, number: signal.Signals) -> None:
    host = await TrayHost.start(screen.bus)
    try:
        app = start(screen)
        await menu_with(host, await host.item(), "VoiceGateway: ready")
        app.send_signal(number)
        assert await asyncio.to_thread(app.wait, 30) == 0
    finally:
        host.close()
    assert f"Stopping: signal {number.name}." in said(screen)
    assert "Traceback" not in said(screen)


async def test_an_open_door_is_warned_of_in_menu_and_tooltip() -> None:
    with app_screen(CONFIG.replace("port: 0", "port: 0, host: 0.0.0.0, allow_lan: true")) as screen:
        host = await TrayHost.start(screen.bus)
        try:
            start(screen)
            item = await host.item()
            await menu_with(host, item, "Warning: other machines can connect without TLS")
            await menu_with(host, item, "Copy http://127.0.0.1:")
            tooltip = await host.property(item, "ToolTip")
            assert "without TLS" in tooltip[2] + tooltip[3]
        finally:
            host.close()


async def test_the_window_can_be_wanted_at_every_start() -> None:
    with app_screen(CONFIG + "\ndesktop: {start_hidden: false}\n") as screen:
        host = await TrayHost.start(screen.bus)
        try:
            start(screen)
            await asyncio.to_thread(screen.window, "^VoiceGateway$")
        finally:
            host.close()


@pytest.mark.parametrize("told", [True, False])
async def test_the_tray_shows_a_gateway_that_runs_elsewhere_and_leaves_it_running(told: bool) -> None:
    """One of the same profile also without `--attach`: a second one would find its port taken."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with app_screen(CONFIG.replace("port: 0", f"port: {port}")) as screen:
        served = screen.start(sys.executable, "-m", "voicegw_desktop", "serve")
        path = Path(screen.env["VOICEGW_HOME"]) / "run" / "voicegw.sock"
        await asyncio.to_thread(wait_for, "the gateway's socket", path.exists)
        host = await TrayHost.start(screen.bus)
        try:
            app = start(screen, *(("--attach", f"unix:{path}") if told else ()))
            item = await host.item()
            await menu_with(host, item, f"Copy http://127.0.0.1:{port}/v1")
            await host.click(item, await menu_with(host, item, "Offline: "))
            await menu_with(host, item, "Offline: ", checked=True)
            labels = [entry.label for entry in await host.menu(item)]
            assert "Stop serving" not in labels
            await host.click(item, find(await host.menu(item), "Quit"))
            assert await asyncio.to_thread(app.wait, 30) == 0
            assert served.poll() is None
        finally:
            host.close()
        assert "Traceback" not in said(screen)
