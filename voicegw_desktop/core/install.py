"""The command that installs what is missing, by the tool that installed this program."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from voicegw_desktop.core import packs

DISTRIBUTION = "voicegw-desktop"
UV_RECEIPT = "uv-receipt.toml"
"""What `uv tool install` leaves in the environment that it makes."""
PIPX_RECEIPT = "pipx_metadata.json"
"""What pipx leaves in the environment that it makes."""


def tool(prefix: Path | None = None) -> str:
    """`uv`, `pipx` or `pip`: what made the environment at `prefix` (default: the one that runs)."""
    home = prefix or Path(sys.prefix)
    return "uv" if (home / UV_RECEIPT).is_file() else "pipx" if (home / PIPX_RECEIPT).is_file() else "pip"


def command(*extras: str, requirement: str | None = None, prefix: Path | None = None, upgrade: bool = False) -> str:
    """The shell command that adds `extras` of this program, or another package, to the environment at `prefix`.

    `prefix`: default: the environment that runs. uv and pipx make the environment again, so their commands repeat the
    extras that are installed already. `upgrade`: for pip, the command that brings the newest version instead.
    """
    home = prefix or Path(sys.prefix)
    wanted = _distribution(extras)
    if getattr(sys, "frozen", False):
        if not requirement and (pack := packs.command(*extras)):
            return pack
        what = requirement or wanted
        return f"pip install '{what}' in a Python environment of its own (the installer's folder takes nothing more)"
    if (had := _uv_extras(home)) is not None:
        if requirement:
            return f"uv tool install '{_distribution(had)}' --with '{requirement}'"
        return f"uv tool install '{_distribution((*had, *extras))}'"
    if (had := _pipx_extras(home)) is not None:
        if requirement:
            return f"pipx inject {DISTRIBUTION} '{requirement}'"
        return f"pipx install --force '{_distribution((*had, *extras))}'"
    return f"{_pip(home)} install {'--upgrade ' if upgrade else ''}'{requirement or wanted}'"


def _distribution(extras: tuple[str, ...]) -> str:
    named = dict.fromkeys(extras)
    return f"{DISTRIBUTION}[{','.join(named)}]" if named else DISTRIBUTION


def _pip(home: Path) -> str:
    """`pip`, or the interpreter's own where the shell's `pip` may belong to another environment."""
    active = os.environ.get("VIRTUAL_ENV")
    if sys.prefix == sys.base_prefix or (active and Path(active) == home):
        return "pip"
    interpreter = str(home / "Scripts" / "python.exe" if sys.platform == "win32" else home / "bin" / "python")
    return f"{interpreter if ' ' not in interpreter else repr(interpreter)} -m pip"


def _uv_extras(home: Path) -> tuple[str, ...] | None:
    """The extras that `uv tool` installed; None: it did not make this environment."""
    try:
        text = (home / UV_RECEIPT).read_text("utf-8")
    except (OSError, ValueError):
        return None
    # only where uv made the environment: a start of the program should not pay for it
    import tomllib

    try:
        receipt = tomllib.loads(text)
    except ValueError:
        return ()
    tool = receipt.get("tool")
    asked = tool.get("requirements") if isinstance(tool, dict) else None
    for each in asked if isinstance(asked, list) else ():
        if isinstance(each, dict) and each.get("name") == DISTRIBUTION:
            extras = each.get("extras")
            return tuple(str(extra) for extra in extras) if isinstance(extras, list) else ()
    return ()


def _pipx_extras(home: Path) -> tuple[str, ...] | None:
    """The extras that pipx installed; None: it did not make this environment."""
    try:
        receipt = json.loads((home / PIPX_RECEIPT).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    package = receipt.get("main_package") if isinstance(receipt, dict) else None
    asked = package.get("package_or_url") if isinstance(package, dict) else None
    if not isinstance(asked, str) or not (open_at := asked.find("[") + 1):
        return ()
    return tuple(extra.strip() for extra in asked[open_at:].partition("]")[0].split(",") if extra.strip())
