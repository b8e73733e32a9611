"""Starts the version that should run: the installed one, an update, or for the first time an update that may fail.

Every start of the installed program calls `launch`, so nothing heavy is imported before there is an update. A version
on trial runs in a child process: until it serves, this process watches it, and returns to the version before when the
child ends or does not serve in time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop import __version__, program

if TYPE_CHECKING:
    from voicegw_desktop.core.paths import Paths

LAUNCHED = "VOICEGW_LAUNCHED"
"""Environment variable of a program that was started here, which then starts no other version."""
TRIES = 2  # starts that a version on trial gets, as a power cut may end one early
HEALTH_LIMIT = 90.0  # s until a version on trial has to serve
HEALTH_VARIABLE = "VOICEGW_UPDATE_HEALTH_S"
"""Another limit than HEALTH_LIMIT, for slow machines and for tests."""
POLL = 0.1  # s between two looks at a version on trial
END_LIMIT = 10.0  # s that a failed version may take to end
SERVING = ("serve", "app")
"""Commands that serve, and so can show that a version works."""


def launch(role: str, arguments: Sequence[str]) -> int | None:
    """Start another version with these arguments. Returns its exit status, or None where this version continues."""
    if os.environ.pop(LAUNCHED, None):
        return None
    from voicegw_desktop.core.paths import system_paths
    from voicegw_desktop.updates import state

    paths = system_paths()
    folder = state.folder_of(paths)
    if not (folder / state.FILE).is_file():
        return None
    from voicegw_desktop.updates import installed

    if program.own_folder().parent != folder and installed.how() != installed.FOLDER:
        # another tool updates this program, and a user's copy must not replace it
        return None
    try:
        return _Launcher(paths, folder, role, arguments).launch()
    except OSError as error:
        print(f"voicegw: {folder} cannot be used ({error}): version {__version__} goes on.", file=sys.stderr)  # noqa: T201
        return None


class _Launcher:
    """One start of the installed program."""

    def __init__(self, paths: Paths, folder: Path, role: str, arguments: Sequence[str]) -> None:
        self._paths, self._folder, self._role, self._arguments = paths, folder, role, list(arguments)
        own = program.own_folder()
        self._here = own.name if own.parent == folder else ""
        """The update that runs; empty: the program as it was installed."""
        self._told_to_end = False

    def launch(self) -> int | None:
        from voicegw_desktop.updates import state

        if not self._here:
            self._settle_base()
        now = state.read(self._folder)
        if now.next and self._serves() and not _answers(self._paths):
            status = self._try()
            if status is not None:
                return status
            now = state.read(self._folder)
        if now.current == self._here:
            return None
        program_file = self._program(now.current)
        if not program_file.is_file():
            # an update that was removed by hand
            return None
        return self._become(program_file)

    def _serves(self) -> bool:
        return self._role != "voicegw" or any(word in SERVING for word in self._arguments)

    def _settle_base(self) -> None:
        """Record where the installed program is; remove updates that are not newer than it."""
        from voicegw_desktop.updates import state
        from voicegw_desktop.updates.manifest import order

        now, own = state.read(self._folder), str(program.own_folder())
        here = order(__version__)
        old = [name for name in (now.current, now.next) if name and order(name) <= here]
        if now.base == own and not old:
            return
        with state.changed(self._folder) as fresh:
            fresh.base = own
            fresh.current = "" if fresh.current in old else fresh.current
            fresh.next = "" if fresh.next in old else fresh.next
        for name in old:
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def _program(self, version: str) -> Path:
        from voicegw_desktop.updates import state

        folder = self._folder / version if version else Path(state.read(self._folder).base)
        return folder / (self._role + program.suffix())

    def _environment(self) -> dict[str, str]:
        return {**os.environ, LAUNCHED: "1"}

    def _become(self, program_file: Path) -> int:
        """Run another version in this process's place; on Windows, which cannot, as a child."""
        command = [str(program_file), *self._arguments]
        if os.name == "posix":
            os.execve(program_file, command, self._environment())
        return self._child(command).wait()

    # -- a version for the first time ---------------------------------------------------------------------------------

    def _try(self) -> int | None:
        """Start the version on trial; its exit status, or None when it failed."""
        from voicegw_desktop.updates import fallback, state

        with state.changed(self._folder) as now:
            version, database = now.next, Path(now.database) if now.database else None
            if now.tries >= TRIES or not self._program(version).is_file():
                fallback.refuse(now, version, f"it did not serve in {now.tries} starts")
                version = ""
            else:
                now.tries += 1
        if not version:
            return None
        copy = fallback.keep(self._folder, version, database)
        child = self._child([str(self._program(version)), *self._arguments])
        fault = self._watch(child, version)
        if not fault:
            return child.wait()
        if self._told_to_end:
            # ended by a person or the system: this start does not count
            with state.changed(self._folder) as now:
                now.tries = max(0, now.tries - 1)
            return child.returncode
        fallback.back(database, copy)
        with state.changed(self._folder) as now:
            fallback.refuse(now, version, fault)
        shutil.rmtree(self._folder / version, ignore_errors=True)
        print(f"voicegw: version {version} was taken back: {fault}.", file=sys.stderr)  # noqa: T201
        return None

    def _watch(self, child: subprocess.Popen[bytes], version: str) -> str:
        """Wait until the version serves; why it does not, or an empty text when it does."""
        from voicegw_desktop.updates import state

        limit = float(os.environ.get(HEALTH_VARIABLE) or HEALTH_LIMIT)
        deadline = time.monotonic() + limit
        while True:
            ended = child.poll() is not None
            if state.read(self._folder).current == version:
                return ""
            if ended:
                return f"it ended with status {child.returncode} before it served"
            if time.monotonic() > deadline:
                child.terminate()
                try:
                    child.wait(END_LIMIT)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                return f"it did not serve within {limit:.0f} s"
            time.sleep(POLL)

    def _child(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start another version; signals to this process, to end or to read settings again, are sent on to it."""
        started: list[subprocess.Popen[bytes]] = []

        def pass_on(number: int, _frame: object) -> None:
            self._told_to_end = self._told_to_end or number in (signal.SIGINT, signal.SIGTERM)
            for child in started:
                if child.poll() is None and os.name == "posix":
                    child.send_signal(number)

        # before the start: a signal in between would end this process and leave the child
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                signal.signal(number, pass_on)
        started.append(subprocess.Popen(command, env=self._environment()))
        if self._told_to_end:
            started[0].terminate()
        return started[0]


def _answers(paths: Paths) -> bool:
    """Whether a gateway of this profile runs: it has the port that a version would need to show that it works."""
    import socket

    from voicegw_desktop.core import control

    if not control.has_unix_socket(paths.socket):
        return control.find(paths.socket) is not None
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(str(paths.socket)) == 0
