"""A desktop of its own for each test: X server, session bus, window manager, and a panel where asked for."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

NEEDED = ("Xvfb", "dbus-daemon", "openbox", "import", "xdotool")
PATIENCE = 60.0  # s for anything to appear, on a machine that is busy with other things


def wait_for(what: str, look: Callable[[], object], seconds: float = PATIENCE) -> object:
    """The first true answer of `look`, asked again until the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.05)
    return found


class Desktop:
    """Starts programs on a virtual display and ends them with it."""

    def __init__(self, folder: Path, size: str) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self.env = {
            k: v for k, v in os.environ.items() if not k.startswith(("DBUS_", "XDG_", "QT_", "DISPLAY", "WAYLAND"))
        }
        self.env["HOME"] = str(folder / "home")
        self.env["XDG_RUNTIME_DIR"] = str(folder / "run")
        self.env["XDG_CURRENT_DESKTOP"] = "LXQt"
        self.env["QT_QPA_PLATFORM"] = "xcb"
        self.env["NO_AT_BRIDGE"] = "1"
        for name in ("home", "run"):
            (folder / name).mkdir(mode=0o700)
        self._x_server(size)
        self._session_bus()

    def _x_server(self, size: str) -> None:
        # a number of its own: the lowest free one may be that of a server which is ending, and removes the new socket
        for number in random.sample(range(100, 30_000), 5):
            read, write = os.pipe()
            self.start(
                # an X server that resets when its only client leaves refuses a client that comes at that moment
                "Xvfb", f":{number}", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp",
                "-noreset", pass_fds=(write,),
            )  # fmt: skip
            os.close(write)
            with os.fdopen(read) as pipe:
                shown = pipe.readline().strip()
            if shown:
                self.env["DISPLAY"] = f":{shown}"
                return
        raise RuntimeError("No X server could be started on any of five numbers.")

    def _session_bus(self) -> None:
        bus = self.start(
            "dbus-daemon", "--session", "--nofork", "--print-address=1", "--address=unix:tmpdir=" + str(self._folder),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert bus.stdout is not None
        self.env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        bus.stdout.close()

    @property
    def bus(self) -> str:
        """The session bus's address."""
        return self.env["DBUS_SESSION_BUS_ADDRESS"]

    def start(self, *command: str, **kwargs: object) -> subprocess.Popen[bytes]:
        """Run a program until the desktop ends."""
        options: dict[str, object] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **kwargs}
        process = subprocess.Popen(command, env=self.env, start_new_session=True, **options)  # type: ignore[call-overload]
        self._stack.callback(_end, process)
        return process  # type: ignore[no-any-return]

    def window(self, title: str) -> str:
        """The id of the visible window with that title, once there is one."""

        def look() -> str:
            done = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", title], env=self.env, capture_output=True, text=True
            )
            return done.stdout.split("\n")[0]

        try:
            return str(wait_for(f"a window titled {title}", look))
        except TimeoutError as e:
            # the folder is gone by the time the failure is read
            said = [f"{log.name}: {log.read_text('utf-8')[-2000:]}" for log in sorted(self._folder.rglob("*.log"))]
            raise TimeoutError("\n".join([str(e), *said])) from None

    def screenshot(self, path: Path) -> Path:
        """A picture of the whole screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["import", "-window", "root", str(path)], env=self.env, check=True, capture_output=True)
        return path

    def close(self) -> None:
        self._stack.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@contextlib.contextmanager
def desktop(size: str = "1280x800") -> Iterator[Desktop]:
    """A virtual desktop, or a skip that names what is missing."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; packaging/dev/system-packages.sh installs them")
    # a short path: unix socket names are limited to about a hundred characters
    with tempfile.TemporaryDirectory(prefix="vgw", ignore_cleanup_errors=True) as folder:
        screen = Desktop(Path(folder), size)
        try:
            yield screen
        finally:
            screen.close()
