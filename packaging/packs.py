"""Cuts the frozen folder into a core and packs, and writes the signed list of packs.

A pack has the Python packages that an extra of pyproject.toml asks for and the core does not; what several packs need
is a pack of its own, `shared`. One freeze gives all of them, so core, packs and the full folder hold equal files.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sys
import tarfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import cuda  # noqa: E402
import licences  # noqa: E402
import sign  # noqa: E402

from voicegw_desktop import __version__  # noqa: E402
from voicegw_desktop.core.packs import FILE  # noqa: E402
from voicegw_desktop.core.registry import PROVIDERS  # noqa: E402
from voicegw_desktop.updates.manifest import system  # noqa: E402
from voicegw_desktop.updates.packs import PRODUCT, list_name  # noqa: E402

SHARED = "shared"
CUDA = "cuda"
"""The pack of wheels that no freeze has; made where VOICEGW_CUDA is set, because all others together are smaller."""
CORE_EXTRAS = ("desktop", "sound", "zeroconf", "otel")
WITH_CORE = ("googleapis-common-protos", "pyinstaller", "pyinstaller-hooks-contrib")
"""In the core: `google` is one namespace, which two folders should not share."""
ABOUT = {
    SHARED: "Libraries that several packs use",
    "whisper": "Speech to text on this machine: whisper",
    "piper": "Text to speech on this machine: piper with espeak-ng, under the GPL",
    "kokoro": "Text to speech on this machine: kokoro with espeak-ng, under the GPL",
    "llamacpp": "Language models on this machine: llama.cpp",
    "cloud": "Cloud providers through LiveKit's plugins",
    CUDA: "NVIDIA's cuBLAS, for whisper on a graphics card",
}
EXTRAS = {
    CUDA: (CUDA,),
    "cloud": ("livekit", "openai", "deepgram", "cartesia", "anthropic", "groq", "elevenlabs", "assemblyai"),
}
Table = list[tuple[str, str, str]]
"""What PyInstaller collects: path in the folder, file (of a link: its end), kind."""
LOCAL = "local"
"""The extra that stands for all engines of this machine."""
PRESET: Literal[6] = 6  # of xz: a higher one needs more memory to unpack than small machines should give
QUICK: Literal[0] = 0  # of xz, for CUDA's libraries: their code is compressed, and 1 takes twice as long for 3 percent


@dataclass
class Part:
    """What a pack is made of."""

    name: str
    distributions: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)
    site: Path | None = None
    """The folder of its packages; None: they are installed."""

    @property
    def extras(self) -> tuple[str, ...]:
        """The extras of pyproject.toml that it stands for."""
        if self.name == SHARED:
            return ()
        return EXTRAS.get(self.name) or (self.name, LOCAL)


@cache
def _installed() -> dict[str, Distribution]:
    return {canonicalize_name(d.metadata["Name"]): d for d in distributions()}


def closure(requirements: list[str]) -> set[str]:
    """The names of all installed distributions that these requirements bring."""
    found: set[tuple[str, frozenset[str]]] = set()
    todo = [Requirement(text) for text in requirements]
    while todo:
        wanted = todo.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in found or key[0] not in _installed():
            continue
        found.add(key)
        for text in _installed()[key[0]].requires or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in ("", *wanted.extras)):
                todo.append(needed)
    return {name for name, _ in found}


@cache
def plan() -> dict[str, Part]:
    """Every pack by name, from pyproject.toml and what is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    core = closure([*project["dependencies"], *(r for e in CORE_EXTRAS for r in extras[e]), *WITH_CORE])
    parts = {name: Part(name) for name in ABOUT if name != CUDA}
    wanted = {
        name: closure([r for e in (EXTRAS.get(name) or (name,)) for r in extras[e]]) - core
        for name in parts
        if name != SHARED
    }
    for distribution in sorted(set().union(*wanted.values())):
        users = [name for name, all_of_it in wanted.items() if distribution in all_of_it]
        parts[users[0] if len(users) == 1 else SHARED].distributions.add(distribution)
        if len(users) > 1:
            for user in users:
                parts[user].needs.add(SHARED)
    return parts


@cache
def _owners() -> dict[str, str]:
    """The first part of a path in the frozen folder → its pack."""
    found = {}
    for part in plan().values():
        for name in part.distributions:
            for top in tops(name):
                found[top] = part.name
    return found


def tops(distribution: str) -> set[str]:
    """What a distribution puts into site-packages: names of modules, and of folders of libraries and metadata."""
    names = {file.parts[0] for file in _installed()[distribution].files or ()}
    return {re.sub(r"(\.py|(\.[^.]*)?\.(so|pyd))$", "", name) for name in names - {"..", "__pycache__"}}


def modules() -> list[str]:
    """The top-level modules of all packs, which are kept as files so that they can be taken out of the folder."""
    return sorted(name for name in _owners() if re.fullmatch(r"[A-Za-z_]\w*", name))


def owner(inside: Path) -> str:
    """The pack of a path below _internal; empty: the core's."""
    top = inside.parts[0]
    return _owners().get(top) or _owners().get(top.split(".")[0] if len(inside.parts) == 1 else top, "")


def fits() -> str:
    """The mark of programs and packs that belong together: Python's version and every library's."""
    names = sorted(f"{name}=={d.version}" for name, d in _installed().items() if name != "voicegw-desktop")
    told = "\n".join([sys.version.split()[0], system(), *names])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def split(full: Path, core: Path, dist: Path, epoch: int) -> list[Path]:
    """Make the core's folder out of the full one, the archives of the packs and their list: `made(dist)`."""
    shutil.rmtree(core, ignore_errors=True)
    inside = full / "_internal"
    files: dict[str, list[Path]] = {name: [] for name in plan()}
    links: list[Path] = []
    for path in sorted(full.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        relative = path.relative_to(full)
        below = path.relative_to(inside) if path.is_relative_to(inside) else None
        if path.is_symlink():
            links.append(path)
            continue
        name = owner(below) if below is not None else ""
        if name:
            files[name].append(path)
            continue
        to = core / relative
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to)
    for link in links:
        to, end = core / link.relative_to(full), link.resolve()
        if end.is_relative_to(full.resolve()) and not (core / end.relative_to(full.resolve())).exists():
            # to a library that went into a pack: on macOS a library looks for others at the top of its folder
            name = owner(end.relative_to(inside.resolve()))
            if owner(link.relative_to(inside)) in ("", name):
                files[name].append(link)
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        to.symlink_to(os.readlink(link))
    if empty := [name for name in plan() if not files[name]]:
        raise SystemExit(f"The frozen folder has nothing of the packs {', '.join(empty)}.")
    jobs = [(part, files[part.name], inside) for part in plan().values()]
    if os.environ.get("VOICEGW_CUDA"):
        site = cuda.fetched(system(), core.parent / CUDA)
        jobs.append((Part(CUDA, set(cuda.DISTRIBUTIONS), site=site), cuda.files(site), site))
    tuple(PROVIDERS)  # read whole before several threads ask for it
    # xz works on one core
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        entries = list(workers.map(lambda job: _pack(job[0], job[1], job[2], dist, epoch), jobs))
    everything = {"product": PRODUCT, "format": 1, "version": __version__, "system": system()}
    everything |= {"fits": fits(), "packs": entries}
    listed = dist / list_name(fits())
    listed.write_text(json.dumps(everything, indent=1) + "\n", "utf-8")
    if key := sign.from_environment():
        key.sign_file(listed, epoch)
    # the program knows what can be had before it asks anyone; what counts is the signed list
    shown = [{k: v for k, v in e.items() if k not in ("file", "sha256")} for e in entries]
    (core / "_internal" / FILE).write_text(json.dumps({"fits": fits(), "packs": shown}, indent=1) + "\n", "utf-8")
    _notices(core, files)
    same_times(core, epoch)
    return made(dist)


def made(dist: Path) -> list[Path]:
    """The archives of packs that `split` made in `dist`, and last their list."""
    listed = dist / list_name(fits())
    return [*(dist / pack["file"] for pack in json.loads(listed.read_text("utf-8"))["packs"]), listed]


def bundled(table: Table, folder: Path) -> Table:
    """What goes into an application of macOS that has what `folder` has, in PyInstaller's form.

    `table`: what PyInstaller collected. What `folder` has no longer is left out; data is taken from there, with what
    was added to it since.
    """
    inside = folder / "_internal"
    there = [entry for entry in table if entry[2] != "EXECUTABLE" and os.path.lexists(inside / entry[0])]
    kept = [(name, str(inside / name) if kind == "DATA" else source, kind) for name, source, kind in there]
    known = {Path(name) for name, _, _ in kept}
    paths = {path.relative_to(inside): path for path in inside.rglob("*") if path.is_file() and not path.is_symlink()}
    return kept + [(str(name), str(paths[name]), "DATA") for name in sorted(paths.keys() - known)]


def same_times(folder: Path, epoch: int) -> None:
    """Give a folder and all in it the time of the last commit, so that two builds of one tree are one."""
    # Windows sets no times of links; the folder has none there
    follow = os.utime not in os.supports_follow_symlinks
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (epoch, epoch), follow_symlinks=follow)


def core_config(config: str) -> str:
    """nfpm's file for the core, out of that for everything in one package: one of the two is installed."""
    other = "conflicts: [voicegw-desktop]\nreplaces: [voicegw-desktop]\nprovides: [voicegw-desktop]\n"
    changed = {
        # small before fast: unpacked with little memory, too
        "deb:\n  compression: zstd:9\n": "deb:\n  compression: xz\n",
        "Multimedia\n  compression: zstd:9\n": "Multimedia\n  compression: xz\n",
        "name: voicegw-desktop\n": f"name: voicegw-desktop-core\n{other}",
        "src: dist/voicegw,": "src: build/core/voicegw,",
        "build/package/licences.txt": "build/core/voicegw/_internal/licences.txt",
        "build/package/sbom.cdx.json": "build/core/voicegw/_internal/sbom.cdx.json",
        "/usr/share/doc/voicegw-desktop/": "/usr/share/doc/voicegw-desktop-core/",
        "Local engines (whisper, kokoro, piper, llama.cpp, Ollama) beside cloud\n  providers, served": (
            "The core: engines and cloud providers are fetched when they are wanted\n"
            "  (voicegw packs add whisper) and served"
        ),
    }
    for old, new in changed.items():
        if old not in config:
            raise SystemExit(
                f"packaging/linux/nfpm.yaml has no {old!r} any more: adapt core_config in packaging/packs.py."
            )
        config = config.replace(old, new)
    return config


def _pack(part: Part, files: list[Path], inside: Path, dist: Path, epoch: int) -> dict[str, object]:
    """Make one archive, equal for equal files: sorted, without owners, of one time; its entry in the list."""
    found = [licences.package(name, part.site) for name in sorted(part.distributions)]
    found += licences.libraries([path.relative_to(inside).as_posix() for path in files if not path.is_symlink()])
    notice = licences.text_of(found).encode()
    archive = dist / f"voicegw-pack-{part.name}-{__version__}-{system()}.tar.xz"
    preset: Literal[0, 6] = QUICK if part.site else PRESET
    with tarfile.open(archive, "w:xz", format=tarfile.GNU_FORMAT, preset=preset) as packed:
        for path in files:
            member = packed.gettarinfo(path, f"{part.name}/{path.relative_to(inside).as_posix()}")
            _plain(member, epoch)
            if member.issym():
                packed.addfile(member)
                continue
            with path.open("rb") as content:
                packed.addfile(member, content)
        member = tarfile.TarInfo(f"{part.name}/licences-{part.name}.txt")
        member.size, member.mode = len(notice), 0o644
        _plain(member, epoch)
        packed.addfile(member, io.BytesIO(notice))
    named = {i for each in found for i in licences.ids_of(each.licence)}
    ids = sorted(i for i in named if i.startswith("LicenseRef-") or (licences.TEXTS / f"{i}.txt").is_file())
    copyleft = [each for each in found if "GPL" in each.licence]
    packages = sorted(
        p.package for p in PROVIDERS.values() if p.package and set(p.package.split(".")[:1]) & _tops_of(part)
    )
    entry: dict[str, object] = {
        "name": part.name,
        "about": ABOUT[part.name],
        "licence": " AND ".join(ids),
        "sources": "; ".join(f"{each.name} {each.version}: {each.source}".replace(" :", ":") for each in copyleft),
        "size": archive.stat().st_size,
        "unpacked": sum(path.lstat().st_size for path in files) + len(notice),
        "needs": sorted(part.needs),
        "packages": packages,
        "extras": list(part.extras),
        "file": archive.name,
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }
    return entry


def _plain(member: tarfile.TarInfo, epoch: int) -> None:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = epoch


def _tops_of(part: Part) -> set[str]:
    return set() if part.site else {top for name in part.distributions for top in tops(name)}


def _notices(core: Path, files: dict[str, list[Path]]) -> None:
    """Take the parts of packs out of the core's notices and its list of components."""
    inside = core / "_internal"
    gone = {canonicalize_name(name) for part in plan().values() for name in part.distributions}
    here = [path.relative_to(inside).as_posix() for path in inside.rglob("*") if path.is_file()]
    named = {entry.name for entry in licences.libraries(here)}
    taken = {e.name for paths in files.values() for e in licences.libraries(_below(paths))} - named
    text = (inside / "licences.txt").read_text("utf-8").split(f"\n{licences.RULE}\n")
    first = {f"{_installed()[name].metadata['Name']} {_installed()[name].version}" for name in gone} | taken
    kept = [block for block in text if block.partition("\n")[0] not in first]
    (inside / "licences.txt").write_text(f"\n{licences.RULE}\n".join(kept), "utf-8")
    bom = json.loads((inside / "sbom.cdx.json").read_text("utf-8"))
    bom["components"] = [
        c for c in bom["components"] if canonicalize_name(c["name"]) not in gone and c["name"] not in taken
    ]
    (inside / "sbom.cdx.json").write_text(json.dumps(bom, indent=1) + "\n", "utf-8")


def _below(paths: list[Path]) -> list[str]:
    return [path.as_posix().partition("/_internal/")[2] for path in paths if not path.is_symlink()]
