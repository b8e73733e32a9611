"""How the program was installed, which version is on the disk, and which command installs a newer one."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

from voicegw_desktop import __version__, program
from voicegw_desktop.core import install, packs

MARK, VERSION = "installed-by", "version"
"""Files of the installed folder: the first names the package manager it belongs to, the second its version."""
COMMANDS = {
    "deb": "sudo apt update && sudo apt install --only-upgrade voicegw-desktop",
    "rpm": "sudo dnf upgrade voicegw-desktop",
    "flatpak": "flatpak update org.voicegateway.desktop",
    "winget": "winget upgrade VoiceGateway.Desktop",
    "homebrew": "brew upgrade voicegw-desktop",
    "container": "docker pull, or podman pull, of the newer image",
    "checkout": "git pull",
}
"""The command that installs a newer version, by the tool that installed this one."""
FOLDER = "folder"
"""The program's own folder, which belongs to no package manager: the program installs newer versions itself."""
FOUND_BY = {"uv": "uv tool upgrade voicegw-desktop", "pipx": "pipx upgrade voicegw-desktop"}


def how() -> str:
    """How it was installed: `folder`, `deb`, `rpm`, `flatpak`, `winget`, `homebrew`, `container`, `uv`, `pipx`, `pip`
    or `checkout`."""
    if program.is_frozen():
        return _first_line(program.parts_folder() / MARK) or FOLDER
    if (tool := install.tool()) != "pip":
        return tool
    return "checkout" if _editable() else "pip"


def command() -> str:
    """The command that installs a newer version; empty: the program installs it itself."""
    way = how()
    if way == FOLDER:
        return ""
    told = FOUND_BY.get(way) or COMMANDS.get(way) or install.command(upgrade=True)
    # the core is a package of another name
    return f"{told}-core" if way in ("deb", "rpm") and packs.offered() else told


def version_on_disk() -> str:
    """The version that the next start runs, by the program's own files or its package's metadata."""
    if program.is_frozen():
        return _first_line(program.parts_folder() / VERSION) or __version__
    try:
        return metadata.version(install.DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return __version__


def _first_line(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip().partition("\n")[0]
    except (OSError, ValueError):
        return ""


def _editable() -> bool:
    """Whether the environment runs the program out of a source folder."""
    try:
        told = metadata.distribution(install.DISTRIBUTION).read_text("direct_url.json")
        found = json.loads(told) if told else {}
    except (metadata.PackageNotFoundError, ValueError):
        return True
    where = found.get("dir_info") if isinstance(found, dict) else None
    return isinstance(where, dict) and bool(where.get("editable"))
