"""Starting at login on each platform, and the operations on settings."""

from __future__ import annotations

import plistlib
import shlex
from pathlib import Path

import pytest

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway import autostart, preferences
from voicegw_desktop.gateway.autostart import DesktopEntry, LaunchAgent, RunKey
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run

pytestmark = pytest.mark.unit

COMMAND = ["/opt/voice gateway/50%/voicegw-desktop", "--flag", 'a"b']


class FakeRegistry:
    """One key of a registry."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def put(self, name: str, text: str | None) -> None:
        if text is None:
            self.values.pop(name, None)
        else:
            self.values[name] = text


def test_a_desktop_entry(tmp_path: Path) -> None:
    start = DesktopEntry(tmp_path / "autostart", COMMAND)
    assert not start.on()
    start.set(True)
    assert start.on()
    lines = (tmp_path / "autostart" / "voicegw-desktop.desktop").read_text().splitlines()
    words = next(line for line in lines if line.startswith("Exec=")).removeprefix("Exec=")
    assert shlex.split(words.replace("%%", "%")) == COMMAND
    # switched off by the desktop's own settings
    (tmp_path / "autostart" / "voicegw-desktop.desktop").write_text("[Desktop Entry]\nHidden=true\n")
    assert not start.on()
    start.set(False)
    start.set(False)
    assert not list((tmp_path / "autostart").iterdir())


def test_a_launch_agent(tmp_path: Path) -> None:
    start = LaunchAgent(tmp_path / "LaunchAgents", COMMAND)
    start.set(True)
    assert start.on()
    told = plistlib.loads((tmp_path / "LaunchAgents" / "voicegw-desktop.plist").read_bytes())
    assert (told["ProgramArguments"], told["RunAtLoad"]) == (COMMAND, True)
    start.set(False)
    assert not start.on()


def test_a_run_key_has_the_installers_name() -> None:
    registry = FakeRegistry()
    start = RunKey(registry, COMMAND[:2])
    start.set(True)
    assert start.on()
    assert registry.values == {"VoiceGateway": '"/opt/voice gateway/50%/voicegw-desktop" --flag'}
    script = (Path(__file__).parents[2] / "packaging" / "windows" / "installer.nsi").read_text()
    assert '!define NAME "VoiceGateway"' in script
    assert autostart.RUN_KEY in script
    start.set(False)
    assert not start.on()


def test_each_platform_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path))
    assert isinstance(autostart.autostart("linux"), DesktopEntry)
    assert isinstance(autostart.autostart("darwin"), LaunchAgent)
    assert isinstance(autostart.autostart("win32"), RunKey)
    autostart.change(True, autostart.autostart("linux"))
    assert (tmp_path / ".config" / "autostart" / "voicegw-desktop.desktop").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(VoiceGatewayError, match="in the system"):
        autostart.change(True, DesktopEntry(tmp_path / "file" / "x", COMMAND))


async def test_settings_are_told_and_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@proxy.example:3128")
    paths = paths_below(tmp_path)
    paths.config.mkdir(parents=True)
    (paths.config / "voicegw.yaml").write_text("desktop: {theme: dark}\n")
    gateway = Gateway(paths=paths)
    answer = await run(gateway, "set_setting", {"path": "engines.keep_alive", "value": "1m"})
    assert gateway.config.engines.keep_alive == "1m"
    assert "canary" not in str(answer)
    with pytest.raises(BadRequest, match=r"voicegw\.yaml:1, which overrides this"):
        await run(gateway, "set_setting", {"path": "desktop.theme", "value": "light"})
    assert not autostart.autostart().on()
    await run(gateway, "set_setting", {"path": preferences.LOGIN, "value": "true"})
    told = await run(gateway, "settings", {})
    assert next(r for r in told["settings"] if r["path"] == preferences.LOGIN)["value"] is True
    await gateway.aclose()
