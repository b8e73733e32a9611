"""The list of a release: its version, and each system's archive with size and SHA-256, signed."""

from __future__ import annotations

import json
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import resources_dir
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import record, records, text, texts, whole
from voicegw_desktop.updates.minisign import PublicKey, verify

NAME, SIGNATURE = "voicegw-update.json", "voicegw-update.json.minisig"
PRODUCT = "voicegw-desktop"
VERSION = re.compile(r"\d{1,5}(?:\.\d{1,5}){1,3}")
FILE_NAME = re.compile(r"[\w][\w.+-]{0,127}")
CORE = "-core"
"""What a system's name ends with where the archive is that of the core, which takes packs."""
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class BadManifest(VoiceGatewayError):
    """The list of a release is malformed, has expired, or is older than one that was read before."""

    status = 502
    type = "update_error"
    default_code = "bad_manifest"


@dataclass(frozen=True)
class Archive:
    """A release as one file."""

    name: str
    size: int
    """bytes"""
    sha256: str
    unpacked: int
    """bytes of its files"""


@dataclass(frozen=True)
class Manifest:
    """What a signed list says."""

    version: str
    serial: int
    """Grows with each list: its time of signing, Unix seconds."""
    expires: int
    """Unix seconds."""
    schema: int
    """Number of the database's schema that this version knows."""
    notes: str
    archives: dict[str, Archive]
    """By system, as `system()` names it."""


@dataclass(frozen=True)
class Source:
    """Where lists of new versions lie, and the public keys that sign them."""

    address: str
    """Folder of the list and the archives: https://…/, or a folder of this machine; empty: none is known."""
    keys: tuple[PublicKey, ...]


def order(version: str) -> tuple[int, ...]:
    """A value to compare versions by; an empty tuple, the lowest, for a text that is no version."""
    return tuple(map(int, version.split("."))) if VERSION.fullmatch(version) else ()


def system() -> str:
    """The name that lists have for this system: `linux-x86_64`, `windows-x86_64`, `macos-aarch64`."""
    name = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    return f"{name}-{MACHINES.get(machine, machine)}"


def built_in(folder: Path | None = None) -> Source:
    """The source that the build was made with: resources/updates.json, `{"address": "https://…/", "keys": ["RW…"]}`."""
    try:
        found = record(json.loads(((folder or resources_dir()) / "updates.json").read_text("utf-8")))
        return Source(text(found.get("address")), tuple(PublicKey.parse(key) for key in texts(found.get("keys"))))
    except (OSError, ValueError):
        return Source("", ())


def read(data: bytes, signature: str, source: Source, *, now: float, seen: int) -> Manifest:
    """Check the signature first and then all that the list says.

    `now`: Unix seconds. `seen`: the largest serial of the lists before. Raises BadSignature or BadManifest.
    """
    verify(data, signature, list(source.keys))
    try:
        made = parse(data)
    except (ValueError, RecursionError) as error:
        raise BadManifest(f"The list of the release cannot be read: {error}.") from error
    if made.serial < seen:
        raise BadManifest(
            "The list of the release is older than one that was seen before, so it may be kept back on purpose. "
            "Nothing was changed; try again later or from another network."
        )
    if made.expires < now:
        raise BadManifest(
            "The list of the release has run out. Either this machine's clock is wrong, or the place that offers it is "
            "no longer kept up. Nothing was changed."
        )
    return made


def parse(data: bytes) -> Manifest:
    """What a list says, whose signature was checked before. Raises ValueError."""
    found = record(loads(data))
    if found.get("product") != PRODUCT or whole(found.get("format")) != 1:
        raise ValueError("it is for another product, or in a form that is not known here")
    version, serial, expires = text(found.get("version")), whole(found.get("serial")), whole(found.get("expires"))
    if not VERSION.fullmatch(version) or serial is None or expires is None:
        raise ValueError("version, serial or expires is missing")
    archives: dict[str, Archive] = {}
    for each in records(found.get("archives")):
        size, unpacked, digest = whole(each.get("size")), whole(each.get("unpacked")), text(each.get("sha256"))
        name = text(each.get("name"))
        if not size or not unpacked or size < 0 or unpacked < 0 or not re.fullmatch("[0-9a-f]{64}", digest):
            raise ValueError("an archive has no size or no SHA-256")
        if not FILE_NAME.fullmatch(name):
            raise ValueError(f'"{name[:60]}" is no name of an archive')
        archives[text(each.get("system"))] = Archive(name, size, digest, unpacked)
    schema = whole(found.get("schema")) or 0
    return Manifest(version, serial, expires, schema, text(found.get("notes"))[:4000], archives)


def write(made: Manifest) -> bytes:
    """The list as bytes, to be signed."""
    archives = [
        {"system": name, "name": a.name, "size": a.size, "sha256": a.sha256, "unpacked": a.unpacked}
        for name, a in sorted(made.archives.items())
    ]
    whole_list = {
        "product": PRODUCT,
        "format": 1,
        "version": made.version,
        "serial": made.serial,
        "expires": made.expires,
        "schema": made.schema,
        "notes": made.notes,
        "archives": archives,
    }
    return json.dumps(whole_list, indent=1).encode() + b"\n"
