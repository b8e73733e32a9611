"""The notices of everything that is frozen into the installers, as one text."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

OFFER = """Parts of others in VoiceGateway Desktop

Each part below is under its own licence, whose text follows its name where the part carries one. Parts under the GPL
(piper-tts, phonemizer, espeak-ng, and the x264 and x265 libraries that PyAV brings) run in processes of their own. Qt,
PySide6, FFmpeg and zeroconf are under the LGPL and lie here as files of their own, which you may replace. Source code
for the very versions named below is offered by their makers at the addresses given, free of charge. Whoever passes
this installer on passes that offer on, and takes care that it holds.
"""
BUILDERS = ("pyinstaller",)
"""Tools of which a part is in every build: PyInstaller's boot loader, GPL with an exception for what it starts."""
NAMES = ("licen", "copying", "notice", "copyright", "authors", "thirdparty")
RULE = "=" * 100


def notices(modules: Iterable[str]) -> str:
    """The text for these top-level modules."""
    owners = packages_distributions()
    found = {name for module in modules for name in owners.get(module, ())} | set(BUILDERS)
    parts = [OFFER, _python()]
    parts += [_part(distribution(name)) for name in sorted(found, key=str.lower) if name != "voicegw-desktop"]
    return f"\n{RULE}\n".join(parts)


def _python() -> str:
    text = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    own = text.read_text("utf-8") if text.is_file() else "Python Software Foundation License Version 2"
    return f"Python {sys.version.split()[0]}\nLicence: PSF-2.0\n\n{own}"


def _part(found: Distribution) -> str:
    about = found.metadata
    licence = about.get("License-Expression") or about.get("License") or ""
    if not licence or len(licence) > 200:
        classified = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License")]
        licence = ", ".join(classified) or "see below"
    home = about.get("Home-page") or ", ".join(about.get_all("Project-URL") or ()) or "unknown"
    return "\n".join([f"{about['Name']} {found.version}", f"Licence: {licence}", f"Source: {home}", *_texts(found)])


def _texts(found: Distribution) -> Iterator[str]:
    for file in found.files or ():
        if file.suffix in (".py", ".pyc", ".so", ".pyd", ".json") or not any(n in file.name.lower() for n in NAMES):
            continue
        path = Path(str(found.locate_file(file)))
        if path.is_file():
            yield f"\n--- {file} ---\n{path.read_text('utf-8', errors='replace').strip()}"
