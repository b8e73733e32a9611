"""GNOME's keyring on a desktop of its own: made, locked, unlocked, its prompt answered or left open."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.desktop import Desktop, desktop, wait_for

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse"
PROMPTERS = ("/usr/libexec/gcr-prompter", "/usr/lib/gcr/gcr-prompter")
LOGIN = "/org/freedesktop/secrets/collection/login"
UNLOCKER = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"


class KeyringDesktop:
    """A session whose keychain is GNOME's keyring; programs started in it use the profile below `home`."""

    def __init__(self, screen: Desktop) -> None:
        self.screen = screen
        self.env = screen.env
        self.env["PYTHONPATH"] = str(ROOT)
        for name in ("VOICEGW_HOME", "VOICEGW_SECRET", "PYTHON_KEYRING_BACKEND"):
            self.env.pop(name, None)

    @property
    def profile(self) -> Path:
        """The configuration folder of the profile."""
        return Path(self.env["HOME"]) / ".config" / "voicegateway"

    def make_keyring(self) -> None:
        """Start the daemon with a login keyring that is open, as a log-in with a password does."""
        daemon = self.screen.start(
            "gnome-keyring-daemon", "--unlock", "--replace", "--components=secrets", "--foreground",
            stdin=subprocess.PIPE,
        )  # fmt: skip
        assert daemon.stdin is not None
        daemon.stdin.write(PASSWORD.encode())
        daemon.stdin.close()
        # asked sooner, the bus would start a second daemon for the name
        wait_for("the keyring's daemon", self._owned)
        wait_for("the login keyring", lambda: self.locked() is False)

    def _owned(self) -> bool:
        from jeepney import DBusAddress, new_method_call

        bus_itself = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        with self._connection() as bus:
            asked = new_method_call(bus_itself, "NameHasOwner", "s", ("org.freedesktop.secrets",))
            return bool(bus.send_and_get_reply(asked).body[0])

    def locked(self) -> bool | None:
        """Whether the login keyring is locked; None while there is none."""
        import secretstorage

        with self._connection() as bus:
            try:
                return bool(secretstorage.Collection(bus, LOGIN).is_locked())
            except (secretstorage.ItemNotFoundException, secretstorage.SecretServiceNotAvailableException):
                return None

    def lock(self) -> None:
        """Lock the login keyring, as an automatic log-in leaves it."""
        import secretstorage

        with self._connection() as bus:
            secretstorage.Collection(bus, LOGIN).lock()
        wait_for("the keyring to be locked", self.locked)

    def unlock(self) -> None:
        """Unlock the login keyring from elsewhere, without a prompt of the program under test."""
        from jeepney import DBusAddress, new_method_call
        from secretstorage.util import format_secret, open_session

        with self._connection() as bus:
            session = open_session(bus)
            address = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets", UNLOCKER)
            secret = format_secret(session, PASSWORD.encode(), "text/plain")
            bus.send_and_get_reply(
                new_method_call(address, "UnlockWithMasterPassword", "o(oayays)", (LOGIN, secret)), timeout=10
            )
        wait_for("the keyring to be open", lambda: self.locked() is False)

    def kept(self, name: str) -> str | None:
        """What the keychain holds under `name`."""
        code = f"import keyring; print(keyring.get_password('voicegateway', {name!r}) or '', end='')"
        return self.run("-c", code).stdout or None

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        from jeepney.io.blocking import open_dbus_connection

        with contextlib.closing(open_dbus_connection(self.screen.bus)) as bus:
            yield bus

    # -- the prompt ---------------------------------------------------------------------------------------------------

    def prompts(self) -> list[str]:
        """The ids of the windows that ask for a password now."""
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--class", "gcr-prompter"],
            env=self.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout.split()

    def await_prompt(self) -> None:
        """Wait until the keyring asks for a password."""
        wait_for("the keyring's prompt", self.prompts)

    def dismiss(self) -> None:
        """Press Escape in the prompt until it is gone."""
        self.await_prompt()

        def gone() -> bool:
            subprocess.run(["xdotool", "key", "Escape"], env=self.env, capture_output=True, check=False)
            return not self.prompts()

        wait_for("the prompt to go", gone)

    # -- the program --------------------------------------------------------------------------------------------------

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the interpreter in this session."""
        return subprocess.run(
            [sys.executable, *arguments], env=self.env, input=stdin, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    def voicegw(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the program in this session."""
        return self.run("-m", "voicegw_desktop", *arguments, stdin=stdin)


@contextlib.contextmanager
def keyring_desktop() -> Iterator[KeyringDesktop]:
    """The session, or a skip that names what is missing."""
    missing = [name for name in ("gnome-keyring-daemon",) if shutil.which(name) is None]
    missing += [] if any(map(os.path.exists, PROMPTERS)) else ["gcr-prompter (package gcr)"]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; packaging/dev/system-packages.sh installs them")
    with desktop() as screen:
        yield KeyringDesktop(screen)


class Serving:
    """`voicegw serve` in such a session."""

    def __init__(self, session: KeyringDesktop) -> None:
        self.process = session.screen.start(
            sys.executable, "-m", "voicegw_desktop", "serve", "--port", "0", stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.said: list[str] = []
        while "serves http" not in (line := self.process.stdout.readline().decode()):
            assert line, "".join(self.said)
            self.said.append(line)
        self.url = line.split()[2].removesuffix("/v1")

    def ask(self, path: str, token: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """(status, JSON) of a request with that key or LiveKit token."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def end(self) -> int:
        """Ask it to end; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)
