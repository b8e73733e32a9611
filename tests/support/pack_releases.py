"""A program without its engines, and a release with small packs for it, signed with a key of the tests."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.releases import KEY, NOW
from voicegw_desktop.updates import manifest
from voicegw_desktop.updates.packs import PRODUCT, list_name

FITS = "0123456789ab"
LIST = list_name(FITS)
PLAIN = {"about": "For tests", "licence": "MIT", "sources": "https://example.org/", "needs": [], "extras": []}
PACKS: dict[str, dict[str, Any]] = {
    "shared": {**PLAIN, "packages": []},
    "whisper": {**PLAIN, "needs": ["shared"], "packages": ["faster_whisper"], "extras": ["whisper", "local"]},
    "cloud": {**PLAIN, "packages": ["livekit.plugins.openai"], "extras": ["openai", "livekit"]},
}
MODULES = {"shared": "pack_numbers", "whisper": "faster_whisper", "cloud": "livekit"}


def archive(name: str, inside: str = "", extra: tarfile.TarInfo | None = None) -> bytes:
    """A pack's archive: one module, and what cannot be compressed, so that it comes in several pieces."""
    made = io.BytesIO()
    files = {f"{MODULES[name]}/__init__.py": f"NAME = {name!r}\n".encode(), "rest": random.Random(1).randbytes(200_000)}
    with tarfile.open(fileobj=made, mode="w:xz", preset=0) as packed:
        for file, content in files.items():
            member = tarfile.TarInfo(f"{inside or name}/{file}")
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
        if extra is not None:
            packed.addfile(extra)
    return made.getvalue()


def told(archives: Mapping[str, bytes], *, signed: bool) -> list[dict[str, Any]]:
    """The entries of packs; `signed`: with the names and digests of their archives."""
    entries = []
    for name, data in archives.items():
        entry = {"name": name, "size": len(data), "unpacked": 210_000, **PACKS[name]}
        if signed:
            entry |= {"file": f"pack-{name}.tar.xz", "sha256": hashlib.sha256(data).hexdigest()}
        entries.append(entry)
    return entries


def carried(archives: Mapping[str, bytes]) -> str:
    """`packs.json` of the program."""
    return json.dumps({"fits": FITS, "packs": told(archives, signed=False)})


def released(archives: Mapping[str, bytes], *, key: Any = KEY, **changes: Any) -> dict[str, bytes]:
    """File name → content of a release: the list, its signature, the packs."""
    whole = {
        "product": PRODUCT, "format": 1, "version": "9.1.0", "system": manifest.system(), "fits": FITS,
        "packs": told(archives, signed=True),
    }  # fmt: skip
    text = json.dumps({**whole, **changes}).encode()
    files = {LIST: text, f"{LIST}.minisig": key.sign(text, LIST, NOW).encode()}
    return files | {f"pack-{name}.tar.xz": data for name, data in archives.items()}


def put(folder: Path, files: Mapping[str, bytes]) -> str:
    """Write a release to a folder; its path."""
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return str(folder)
