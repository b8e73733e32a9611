"""This program as a command line: run by an interpreter, or frozen into a folder that needs none.

`packaging/voicegw.spec` builds that folder: `voicegw` with a console, `voicegw-desktop` without. Its programs know no
`-m`, so a child is the same `voicegw` with the name of its role before everything else.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

ROLES = {
    "voicegw": "voicegw_desktop.cli.main",
    "voicegw-desktop": "voicegw_desktop.app.start",
    "--engine-worker": "voicegw_desktop.workers.worker",
    "--engine-guard": "voicegw_desktop.workers.guard",
    "--engine-sound": "voicegw_desktop.sound.worker",
}
"""What this program can be started as, and the module whose `main` that is."""
LAUNCHER = "voicegw_desktop.updates.launch"
"""Starts another version of the program where an update was made."""
LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")
"""Where the frozen program's loader finds its libraries; what stood there before is kept under `NAME_ORIG`."""
LOADER_NOTES = "_PYI_"
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS, Alpine
)


def is_frozen() -> bool:
    """Whether this is the installed folder, without an interpreter that others could use."""
    return bool(getattr(sys, "frozen", False))


def own_folder() -> Path:
    """The installed folder that this program was started from; only where it is frozen."""
    return Path(sys.executable).parent


def suffix() -> str:
    """What the names of the installed folder's programs end with: `.exe` on Windows."""
    return Path(sys.executable).suffix


def parts_folder() -> Path:
    """Where the installed folder keeps everything but its programs."""
    return Path(str(getattr(sys, "_MEIPASS", own_folder() / "_internal")))


def command_line(role: str = "voicegw") -> list[str]:
    """The command line that starts this program once more in a role."""
    if not is_frozen():
        return [sys.executable, "-m", ROLES[role]]
    beside = Path(sys.executable)
    # always the console program: on Windows the other one has no standard streams, which workers speak through
    if role == "voicegw-desktop":
        return [str(beside.with_name(role + beside.suffix))]
    console = str(beside.with_name("voicegw" + beside.suffix))
    return [console] if role == "voicegw" else [console, role]


def main() -> int:
    """Entry point of both frozen programs: takes the role from the first argument, else from the program's name."""
    tidy(os.environ)
    if sys.stdout is None or sys.stderr is None:
        # the windowed program on Windows: what is printed goes nowhere, rather than failing
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    role = sys.argv[1] if len(sys.argv) > 1 else ""
    if role.startswith("--engine-") and role in ROLES:
        del sys.argv[1]
    else:
        # on Linux both names are one file
        role = "voicegw-desktop" if Path(sys.argv[0]).stem == "voicegw-desktop" else "voicegw"
        status = _called(LAUNCHER, "launch", role, sys.argv[1:])
        if status is not None:
            return status
    return _called(ROLES[role], "main", *([sys.argv] if role == "--engine-guard" else [])) or 0


def _called(module: str, name: str, *arguments: object) -> int | None:
    """What a function of a module returns, imported by name because a role may lie in any room."""
    function: object = getattr(importlib.import_module(module), name)
    if not callable(function):
        raise TypeError(f"{name} of {module} is no function.")
    status: object = function(*arguments)
    return status if isinstance(status, int) else None


def tidy(environ: MutableMapping[str, str]) -> None:
    """Take out what the frozen program's loader put in, and say where the system keeps its certificates.

    A player or npm started from here must not find our libraries, and this program started once more must not believe
    that its own loader has run already. OpenSSL would look for certificates where the machine it was built on has them.
    """
    for name in [name for name in environ if name.startswith(LOADER_NOTES)]:
        del environ[name]
    for name in LOADER:
        before = environ.pop(f"{name}_ORIG", None)
        if before is not None:
            environ[name] = before
        elif name in environ:
            del environ[name]
    if sys.platform != "win32" and "SSL_CERT_FILE" not in environ:
        found = next((path for path in CERTIFICATES if os.path.exists(path)), None)
        if found:
            environ["SSL_CERT_FILE"] = found
