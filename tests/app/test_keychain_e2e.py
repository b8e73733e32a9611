"""The tray with a real keychain: what it says while the prompt is shown, after it was dismissed, and once the keychain
is open."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.keyring import KeyringDesktop, keyring_desktop
from tests.support.tray_app import CONFIG, menu_with, said, start
from tests.support.tray_host import TrayHost, find

pytestmark = [pytest.mark.app, pytest.mark.e2e, pytest.mark.process]

APP = (sys.executable, "-m", "voicegw_desktop.app.start")


@pytest.fixture
def session() -> Iterator[KeyringDesktop]:
    with keyring_desktop() as it:
        path = Path(it.env["HOME"]) / "voicegw.yaml"
        path.write_text(CONFIG)
        it.env["VOICEGW_CONFIG"] = str(path)
        yield it


async def test_a_first_start_serves_behind_the_prompt_and_quit_ends_it(session: KeyringDesktop) -> None:
    host = await TrayHost.start(session.screen.bus)
    try:
        app = start(session.screen)
        item = await host.item()
        await menu_with(host, item, "Copy http://127.0.0.1:")
        await asyncio.to_thread(session.await_prompt)
        await menu_with(host, item, "VoiceGateway: needs attention: The keychain does not answer")
        second = await asyncio.to_thread(
            subprocess.run, APP, env=session.env, capture_output=True, text=True, timeout=60
        )
        assert second.returncode == 0
        assert "is running already" in second.stdout
        await host.click(item, find(await host.menu(item), "Quit"))
        assert await asyncio.to_thread(app.wait, 15) == 0
    finally:
        host.close()
    assert "Traceback" not in said(session.screen)


async def test_a_locked_keychain_is_told_and_is_ready_when_it_is_unlocked(session: KeyringDesktop) -> None:
    await asyncio.to_thread(session.make_keyring)
    made = await asyncio.to_thread(session.voicegw, "keys", "show")
    assert made.returncode == 0, made.stderr
    await asyncio.to_thread(session.lock)
    host = await TrayHost.start(session.screen.bus)
    try:
        app = start(session.screen)
        item = await host.item()
        await asyncio.to_thread(session.dismiss)
        await menu_with(host, item, "VoiceGateway: needs attention: The keychain is locked")
        await menu_with(host, item, "Unlock the keychain")
        await asyncio.to_thread(session.unlock)
        await menu_with(host, item, "VoiceGateway: ready")
        app.terminate()
        assert await asyncio.to_thread(app.wait, 15) == 0
    finally:
        host.close()
    assert "Traceback" not in said(session.screen)
