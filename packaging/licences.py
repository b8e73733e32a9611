"""The notices of everything that is frozen into the installers, as one text, and the same as a CycloneDX document."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
TEXTS = HERE / "licences"
OFFER = """Parts of others in VoiceGateway Desktop

Each part below is under its own licence, whose text follows its name, or stands at the end of this file under the
licence's name. Parts under the GPL (piper-tts, phonemizer, espeak-ng, and FFmpeg with x264 and x265, which PyAV
brings) run in processes of their own. Qt, PySide6 and zeroconf are under the LGPL and lie here as files of their own,
which you may replace. Source code for the very versions named below is offered by their makers at the addresses
given, free of charge. Whoever passes this installer on passes that offer on, and takes care that it holds.

LiveKit's local inference library (livekit-local-inference) comes with livekit-agents, which loads it always. Its
model weights may be used with LiveKit Agents only; this program uses neither them nor the library.
"""
BUILDERS = ("pyinstaller",)
"""Tools of which a part is in every build: PyInstaller's boot loader, GPL with an exception for what it starts."""
NAMES = ("licen", "copying", "notice", "copyright", "authors", "thirdparty")
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
}
"""What packages call a licence → its SPDX id."""
RULE = "=" * 100


class Part(NamedTuple):
    """One thing of others in the installer."""

    name: str
    version: str
    licence: str
    source: str
    purl: str
    texts: tuple[str, ...]
    """The package's notices; empty: the licence's text is enough."""


def notices(modules: Iterable[str], system: Iterable[Path] = ()) -> tuple[str, str]:
    """(the text, the CycloneDX document) for these top-level modules and libraries of this system.

    SystemExit names a part without any licence text: it must not be given to others.
    """
    found = parts(modules, system)
    return text_of(found), sbom(found)


def text_of(found: list[Part]) -> str:
    """The notices of these parts, and the licences' texts that they name."""
    ids = sorted({i for part in found for i in ids_of(part.licence) if (TEXTS / f"{i}.txt").is_file()})
    blocks = [OFFER, *map(_block, found)]
    blocks += [f"{i}\n\n{(TEXTS / f'{i}.txt').read_text('utf-8').strip()}" for i in ids]
    return f"\n{RULE}\n".join(blocks)


def parts(modules: Iterable[str], system: Iterable[Path] = ()) -> list[Part]:
    """Every part, by name: Python, the modules' packages, libraries inside them, copied libraries of this system."""
    owners = packages_distributions()
    names = {name for module in modules for name in owners.get(module, ())} | set(BUILDERS)
    found = [_python(), *(_library(entry) for entry in _told()["library"])]
    found += [_package(distribution(name)) for name in names if name != "voicegw-desktop"]
    found += list(dict.fromkeys(_of_system(path) for path in system))
    return sorted(found, key=lambda part: part.name.lower())


def tops(entries: Iterable[str]) -> set[str]:
    """The top-level modules of entries of a freeze: dotted names of modules, and paths of files of any kind."""
    return {re.split(r"[/\\.]", entry, maxsplit=1)[0] for entry in entries}


def package(name: str, site: Path | None = None) -> Part:
    """The part of a Python package that is installed, or lies in the folder `site`."""
    return _package(next(iter(Distribution.discover(name=name, path=[str(site)]))) if site else distribution(name))


def libraries(files: Iterable[str]) -> list[Part]:
    """The parts of bundled.toml that are in `files`, paths below _internal."""
    inside = list(files)
    entries = [e for e in _told()["library"] if any(f.startswith(p) for p in e["files"] for f in inside)]
    return [_library(entry) for entry in entries]


def ids_of(licence: str) -> list[str]:
    """The SPDX ids in an expression, without "-or-later" and "-only"; their texts are files in `licences`."""
    words = re.findall(r"[A-Za-z0-9.+-]+", SPDX.get(licence, licence))
    return [re.sub(r"-(or-later|only)$", "", word) for word in words if word not in ("AND", "OR", "WITH")]


def owned(path: str) -> bool:
    """Whether a shared library below _internal is named in bundled.toml."""
    return any(path.startswith(prefix) for entry in _told()["library"] for prefix in entry["files"])


def sbom(found: Iterable[Part]) -> str:
    """The parts in CycloneDX 1.6; two builds of one tree give one document."""
    components = [
        {
            "type": "library",
            "bom-ref": part.purl,
            "name": part.name,
            "version": part.version,
            "purl": part.purl,
            "licenses": [{"license": {"name": part.licence}}],
        }
        for part in found
    ]
    listed = json.dumps(components, sort_keys=True)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, listed)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "voicegw-desktop", "version": _own_version()}},
        "components": components,
    }
    return json.dumps(document, indent=1) + "\n"


def _own_version() -> str:
    from voicegw_desktop import __version__

    return __version__


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads((HERE / "bundled.toml").read_text("utf-8"))


def _block(part: Part) -> str:
    return "\n".join(
        [f"{part.name} {part.version}".strip(), f"Licence: {part.licence}", f"Source: {part.source}", *part.texts]
    )


def _python() -> Part:
    library = Path(sysconfig.get_path("stdlib"))
    # on Windows it lies above the library, and Debian keeps it with the package
    debian = Path(f"/usr/share/doc/python3.{sys.version_info.minor}/copyright")
    places = (library / "LICENSE.txt", library.parent / "LICENSE.txt", debian)
    text = next((place for place in places if place.is_file()), None)
    if text is None:
        raise SystemExit(f"Python's licence is in none of {', '.join(map(str, places))}: install a Python that has it.")
    version = sys.version.split()[0]
    return Part(
        "Python", version, "PSF-2.0", "https://www.python.org/downloads/source/", f"pkg:generic/python@{version}",
        ("", text.read_text("utf-8")),
    )  # fmt: skip


def _library(entry: dict[str, Any]) -> Part:
    for i in ids_of(entry["licence"]):
        if not (TEXTS / f"{i}.txt").is_file():
            raise SystemExit(f"packaging/bundled.toml: {entry['name']}: packaging/licences/{i}.txt is missing.")
    name = entry["name"]
    files = f"Files: {', '.join(f'{prefix}*' for prefix in entry['files'])}"
    return Part(name, "", entry["licence"], entry["source"], f"pkg:generic/{_slug(name)}", (files, entry["copyright"]))


def _package(found: Distribution) -> Part:
    about = found.metadata
    told = _told()["package"].get(about["Name"], {})
    licence = told.get("licence") or about.get("License-Expression") or about.get("License") or ""
    if not licence or len(licence) > 200:
        classified = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License")]
        licence = ", ".join(classified)
    home = about.get("Home-page") or ", ".join(about.get_all("Project-URL") or ()) or "unknown"
    texts = tuple(_texts(found)) or ((told["copyright"],) if told else ())
    if not texts or not licence:
        raise SystemExit(
            f"{about['Name']} {found.version} has no licence text: look its licence up and write it into "
            "packaging/bundled.toml."
        )
    return Part(about["Name"], found.version, licence, home, f"pkg:pypi/{_slug(about['Name'])}@{found.version}", texts)


def _texts(found: Distribution) -> Iterator[str]:
    for file in found.files or ():
        if file.suffix in (".py", ".pyc", ".so", ".pyd", ".json") or not any(n in file.name.lower() for n in NAMES):
            continue
        path = Path(str(found.locate_file(file)))
        if path.is_file():
            yield f"\n--- {file} ---\n{path.read_text('utf-8', errors='replace').strip()}"


def _of_system(path: Path) -> Part:
    """The part of a library that was copied from this system, with its package's own notice."""
    real = path.resolve()
    if shutil.which("dpkg-query"):
        # files of merged /usr are known by either path
        for name in (str(real), str(real).removeprefix("/usr")):
            done = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                package = done.stdout.partition(":")[0]
                version = _output("dpkg-query", "-W", "-f", "${Version}", package)
                notice = Path(f"/usr/share/doc/{package}/copyright")
                return _system_part(package, version, notice, "deb", "https://sources.debian.org/src/")
    elif shutil.which("rpm"):
        package, version = _output("rpm", "-qf", "--qf", "%{NAME} %{VERSION}-%{RELEASE}", str(real)).split()
        folder = Path(f"/usr/share/licenses/{package}")
        notice = next((file for file in sorted(folder.glob("*")) if file.is_file()), folder)
        return _system_part(package, version, notice, "rpm", "the distribution's source packages")
    raise SystemExit(f"{path} is copied into the installer, and no package of this system owns it.")


def _system_part(package: str, version: str, notice: Path, kind: str, source: str) -> Part:
    if not notice.is_file():
        raise SystemExit(f"{package} is copied into the installer, and its notice {notice} is not here.")
    text = notice.read_text("utf-8", errors="replace").strip()
    # Debian's notices name these texts instead of repeating them
    named = sorted(set(re.findall(r"common-licenses/(L?GPL-[0-9.]+|Apache-2.0)", text)))
    ids = [f"{name.rstrip('.')}.0" if re.fullmatch(r"L?GPL-[123]\.?", name) else name.rstrip(".") for name in named]
    licence = " AND ".join(ids) or "see the notice"
    return Part(
        package,
        version,
        licence,
        source + (package if kind == "deb" else ""),
        f"pkg:{kind}/{package}@{version}",
        ("", text),
    )


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")
