"""Starting at login: an XDG autostart entry, a launch agent or a value of the Run key, by platform."""

from __future__ import annotations

import os
import plistlib
import sys
from pathlib import Path
from typing import Protocol

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.program import command_line

NAME = "voicegw-desktop"
RUN_KEY, RUN_VALUE = r"Software\Microsoft\Windows\CurrentVersion\Run", "VoiceGateway"


class Autostart(Protocol):
    """Whether the desktop session starts this program."""

    def on(self) -> bool:
        """True when it does."""
        ...

    def set(self, on: bool) -> None:
        """Change that; OSError where the platform refuses."""
        ...


class DesktopEntry:
    """`voicegw-desktop.desktop` in the user's autostart folder (Linux and other freedesktop systems)."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._file, self._command = folder / f"{NAME}.desktop", command

    def on(self) -> bool:
        try:
            lines = self._file.read_text("utf-8").splitlines()
        except OSError:
            return False
        # desktops switch an entry off by one of these two
        return not {"Hidden=true", "X-GNOME-Autostart-enabled=false"} & {line.replace(" ", "") for line in lines}

    def set(self, on: bool) -> None:
        if not on:
            self._file.unlink(missing_ok=True)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        words = " ".join(_quoted(word) for word in self._command)
        self._file.write_text(
            f"[Desktop Entry]\nType=Application\nName=VoiceGateway\nExec={words}\nIcon={NAME}\nTerminal=false\n",
            "utf-8",
        )


class LaunchAgent:
    """A property list in the user's LaunchAgents folder (macOS)."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._file, self._command = folder / f"{NAME}.plist", command

    def on(self) -> bool:
        return self._file.exists()

    def set(self, on: bool) -> None:
        if not on:
            self._file.unlink(missing_ok=True)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        told = {"Label": NAME, "ProgramArguments": self._command, "RunAtLoad": True, "ProcessType": "Interactive"}
        self._file.write_bytes(plistlib.dumps(told))


class Registry(Protocol):
    """The values of one key of the user's registry."""

    def get(self, name: str) -> str | None:
        """The value's text; None when there is no such value."""
        ...

    def put(self, name: str, text: str | None) -> None:
        """Set a value, or delete it with None."""
        ...


class RunKey:
    """A value of `HKEY_CURRENT_USER\\…\\Run` (Windows)."""

    def __init__(self, registry: Registry, command: list[str]) -> None:
        self._registry, self._command = registry, command

    def on(self) -> bool:
        return self._registry.get(RUN_VALUE) is not None

    def set(self, on: bool) -> None:
        words = " ".join(f'"{word}"' if " " in word else word for word in self._command)
        self._registry.put(RUN_VALUE, words if on else None)


class UserRegistry:
    """A key below HKEY_CURRENT_USER."""

    def __init__(self, key: str) -> None:
        self._key = key

    def get(self, name: str) -> str | None:
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, self._key) as key:  # type: ignore[attr-defined,unused-ignore]
                return str(winreg.QueryValueEx(key, name)[0])  # type: ignore[attr-defined,unused-ignore]
        except FileNotFoundError:
            return None

    def put(self, name: str, text: str | None) -> None:
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, self._key) as key:  # type: ignore[attr-defined,unused-ignore]
            if text is not None:
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, text)  # type: ignore[attr-defined,unused-ignore]
            elif self.get(name) is not None:
                winreg.DeleteValue(key, name)  # type: ignore[attr-defined,unused-ignore]


def autostart(platform: str = sys.platform) -> Autostart:
    """What this platform has. VOICEGW_HOME keeps it below that folder, so that no test reaches the real one."""
    command = command_line("voicegw-desktop")
    home = Path(os.environ.get("VOICEGW_HOME") or Path.home())
    if platform == "win32":
        return RunKey(UserRegistry(RUN_KEY), command)
    if platform == "darwin":
        return LaunchAgent(home / "Library" / "LaunchAgents", command)
    config = os.environ.get("XDG_CONFIG_HOME") if "VOICEGW_HOME" not in os.environ else None
    return DesktopEntry(Path(config or home / ".config") / "autostart", command)


def change(on: bool, start: Autostart | None = None) -> None:
    """Start at login, or no longer; VoiceGatewayError where the platform refuses."""
    try:
        (start or autostart()).set(on)
    except OSError as error:
        raise VoiceGatewayError(
            f"The start at login could not be changed: {error.strerror or error}. Change it in the system's settings."
        ) from error


def _quoted(word: str) -> str:
    """A word of an `Exec` line."""
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, "\\" + sign)
    return f'"{word.replace("%", "%%")}"'
