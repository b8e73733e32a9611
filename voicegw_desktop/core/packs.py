"""Packs: engines and providers that the installed program fetches when they are wanted, as folders of Python packages.

A program that was built without them carries `packs.json` with what can be had, and its mark `fits`: only packs made
with one set of libraries fit. They lie in `<data>/packs/<fits>/<name>/`, each with `<name>.json` beside it, which is
written last. `updates.packs` brings and removes them; worker processes take the folders onto `sys.path`.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.core.typed import record, records, text, texts, whole

FILE = "packs.json"
PROGRESS = "pack/"
"""How the name of a pack begins where its progress is told beside that of models."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
FITS = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Pack:
    """A pack that this program can use."""

    name: str
    about: str
    licence: str
    """SPDX ids of its parts."""
    sources: str
    """Where the source code of its parts is offered."""
    size: int
    """bytes of the archive"""
    unpacked: int
    """bytes"""
    needs: tuple[str, ...]
    """Packs that it cannot do without."""
    packages: tuple[str, ...]
    """What it brings, as `import` names it: `faster_whisper`, `livekit.plugins.openai`."""
    extras: tuple[str, ...]
    """The extras of the Python package that bring as much where pip installs."""
    file: str = ""
    """Name of the archive; in signed lists only."""
    sha256: str = ""
    """SHA-256 of the archive, in hex; in signed lists only."""


@dataclass(frozen=True)
class Offer:
    """The packs of one build of the program."""

    fits: str
    packs: dict[str, Pack]


def read(content: object) -> Offer:
    """Read JSON of `packs.json` or of a signed list. Raises ValueError."""
    found = record(content)
    fits, packs = text(found.get("fits")), {}
    for each in records(found.get("packs")):
        size, unpacked, name = whole(each.get("size")), whole(each.get("unpacked")), text(each.get("name"))
        if not NAME.fullmatch(name) or not size or not unpacked or size < 0 or unpacked < 0:
            raise ValueError(f'the pack "{name[:40]}" has no name or no size')
        packs[name] = Pack(
            name, text(each.get("about")), text(each.get("licence")), text(each.get("sources")), size, unpacked,
            tuple(texts(each.get("needs"))), tuple(texts(each.get("packages"))), tuple(texts(each.get("extras"))),
            text(each.get("file")), text(each.get("sha256")),
        )  # fmt: skip
    if not FITS.fullmatch(fits) or not packs:
        raise ValueError("it names no packs, or not the programs that they fit")
    if strange := next((n for pack in packs.values() for n in pack.needs if n not in packs), ""):
        raise ValueError(f'a pack needs "{strange[:40]}", which is not in the list')
    return Offer(fits, packs)


@cache
def offered() -> Offer | None:
    """What this program can fetch; None: it was built with everything inside, or an interpreter runs it."""
    inside = getattr(sys, "_MEIPASS", None)
    if inside is None or not getattr(sys, "frozen", False):
        return None
    return offered_by(Path(str(inside)))


def offered_by(inside: Path) -> Offer | None:
    """What the program whose parts lie in `inside` can fetch; None: everything is inside."""
    try:
        return read(json.loads((inside / FILE).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def folder(offer: Offer) -> Path:
    """Where the packs that fit lie."""
    return system_paths().data / "packs" / offer.fits


def marker(at: Path, name: str) -> Path:
    """The file whose presence says that pack `name` is complete; `at`: the folder of the packs that fit."""
    return at / f"{name}.json"


def in_place(offer: Offer | None = None) -> dict[str, Path]:
    """The folder of each pack that is here complete, with all packs that it needs, by name."""
    offer = offer or offered()
    if offer is None:
        return {}
    at = folder(offer)
    here = {name for name in offer.packs if marker(at, name).is_file()}
    return {name: at / name for name in offer.packs if name in here and here.issuperset(offer.packs[name].needs)}


def bringing(package: str) -> Pack | None:
    """The pack with the Python package `package`; None: no pack of this program has it."""
    offer = offered()
    packs = offer.packs.values() if offer else ()
    return next((pack for pack in packs if package in pack.packages), None)


def holds(package: str) -> bool:
    """Whether a pack that is here brings the Python package."""
    pack = bringing(package)
    return pack is not None and pack.name in in_place()


def command(*extras: str) -> str:
    """The shell commands that bring the packs for these extras; empty: no pack of this program does."""
    offer = offered()
    packs = offer.packs.values() if offer else ()
    names = [pack.name for pack in packs if set(extras) & set(pack.extras)]
    return " && ".join(f"voicegw packs add {name}" for name in names)
