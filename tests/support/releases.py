"""Releases for the tests of updates: a key, signed lists, archives with a program that stands in for the frozen one."""

from __future__ import annotations

import hashlib
import io
import runpy
import sys
import tarfile
from pathlib import Path
from typing import Any

from voicegw_desktop.updates import manifest
from voicegw_desktop.updates.manifest import Archive, Manifest

ROOT = Path(__file__).resolve().parents[2]
SIGN: dict[str, Any] = runpy.run_path(str(ROOT / "packaging" / "sign.py"))
NOW = 1_800_000_000  # Unix seconds
KEY = SIGN["SecretKey"](b"release!", bytes(range(32)))
OTHER_KEY = SIGN["SecretKey"](b"stranger", bytes(32))
NAME = f"voicegw-desktop-9.1.0-{manifest.system()}.tar.gz"

PROGRAM = """#!{python}
import sys
sys.path.insert(0, {root!r})
sys.frozen, sys.executable, sys._MEIPASS = True, {path!r}, {inside!r}
import voicegw_desktop
voicegw_desktop.__version__ = {version!r}
from voicegw_desktop import program
program.ROLES["voicegw"] = {role!r}
sys.exit(program.main())
"""
"""A program that chooses a version as the frozen one does; what it serves is tests/support/stand_in_version.py."""


def program_folder(at: Path, version: str, behaviour: str, path: Path | None = None) -> Path:
    """Write the stand-in to the folder `at`; `path`: where it will lie in the end. Behaviour `real`: the program."""
    where = path or at
    (at / "_internal").mkdir(parents=True)
    (at / "_internal" / "version").write_text(version)
    (at / "behaviour").write_text(behaviour)
    file = at / "voicegw"
    text = PROGRAM.format(
        python=sys.executable, root=str(ROOT), path=str(where / "voicegw"), inside=str(where / "_internal"),
        version=version, role="voicegw_desktop.cli.main" if behaviour == "real" else "tests.support.stand_in_version",
    )  # fmt: skip
    file.write_text(text)
    file.chmod(0o755)
    return file


def archive_of(folder: Path, extra: tuple[tarfile.TarInfo, bytes] | None = None) -> bytes:
    """The folder as build.py packs it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as packed:
        packed.add(folder, "voicegw")
        if extra is not None:
            packed.addfile(extra[0], io.BytesIO(extra[1]))
    return made.getvalue()


def listed(data: bytes, **changes: Any) -> bytes:
    """The list of a release 9.1.0 that has `data` as its archive for this system."""
    archive = Archive(NAME, len(data), hashlib.sha256(data).hexdigest(), 4 * len(data))
    whole: dict[str, Any] = {
        "version": "9.1.0", "serial": NOW - 100, "expires": NOW + 1000, "schema": 0, "notes": "Better.",
        "archives": {manifest.system(): archive},
    }  # fmt: skip
    return manifest.write(Manifest(**{**whole, **changes}))


def released(data: bytes, *, key: Any = KEY, **changes: Any) -> dict[str, bytes]:
    """File name → content of a release: the list, its signature, the archive."""
    text = listed(data, **changes)
    signature = key.sign(text, manifest.NAME, NOW).encode()
    return {manifest.NAME: text, manifest.SIGNATURE: signature, NAME: data}
