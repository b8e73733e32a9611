"""Brings packs (see `core.packs`): named by a signed list, fetched, checked, unpacked; and removes them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop import __version__
from voicegw_desktop.core import packs
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import ConfigError, NotFound, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.events import ModelProgress
from voicegw_desktop.core.packs import Offer, Pack
from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import Record, record, text, whole
from voicegw_desktop.models.files import disk_full, free_bytes, write_json
from voicegw_desktop.updates import manifest, stage
from voicegw_desktop.updates.fetch import Fetcher
from voicegw_desktop.updates.manifest import FILE_NAME, BadManifest, Source
from voicegw_desktop.updates.minisign import verify

if TYPE_CHECKING:
    from voicegw_desktop.models.hub import Connects, Sleep

PRODUCT = "voicegw-desktop-packs"
WHAT = "a pack"
INSIDE = "This program has its engines and providers inside, or takes them by pip: there are no packs to fetch."


class NoPacks(VoiceGatewayError):
    """This program was not built to take packs."""

    status = 409
    type = "update_error"
    default_code = "no_packs"


class PackInUse(VoiceGatewayError):
    """Files of a pack cannot be deleted, because a process has loaded them."""

    status = 409
    type = "update_error"
    default_code = "pack_in_use"


def list_name(fits: str) -> str:
    """The file that names the packs for programs with the mark `fits`; its signature is NAME.minisig."""
    return f"voicegw-packs-{manifest.system()}-{fits}.json"


def read(data: bytes, signature: str, source: Source, offer: Offer) -> Offer:
    """Check the signature first and then all that the list says. Raises BadSignature or BadManifest."""
    verify(data, signature, list(source.keys))
    try:
        content = record(loads(data))
        if content.get("product") != PRODUCT or whole(content.get("format")) != 1:
            raise ValueError("it is for another product, or in a form that is not known here")
        found = packs.read(content)
        for pack in found.packs.values():
            if not FILE_NAME.fullmatch(pack.file) or len(pack.sha256) != 64:
                raise ValueError(f"the pack {pack.name} has no file or no SHA-256")
    except (ValueError, RecursionError) as error:
        raise BadManifest(f"The list of packs cannot be read: {error}.") from error
    if found.fits != offer.fits or text(content.get("system")) != manifest.system():
        raise BadManifest(
            f"The list of packs is for {text(content.get('system'))[:40]} and programs of the mark {found.fits}; this "
            f"program is for {manifest.system()} and has the mark {offer.fits}. Take the list of version {__version__}."
        )
    return found


@dataclass
class _UnderWay:
    """Packs that come together: what is told of them, under one name."""

    model: str
    sizes: dict[str, int]
    """Bytes by pack."""
    done: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """Pack by the file that brings it."""

    def begin(self, pack: Pack) -> None:
        """Note the file of the pack that is fetched next."""
        self.files[pack.file] = pack.name

    def took(self, file: str, octets: int) -> bool:
        """Note how many bytes of a file are here; False: it is no pack, such as a list."""
        if (name := self.files.get(file)) is not None:
            self.done[name] = octets
        return name is not None

    def at(self, state: str, message: str = "") -> ModelProgress:
        """What is told of it."""
        return ModelProgress(self.model, sum(self.done.values()), sum(self.sizes.values()), state, message)


class Packs:
    """One for each gateway. `source()`: where releases lie, and whose signature counts."""

    def __init__(
        self,
        clock: Clock,
        source: Callable[[], Source],
        *,
        clear: Callable[[str], object],
        connects: Connects,
        free_space: Callable[[Path], int] = free_bytes,
        sleep: Sleep = asyncio.sleep,
        moved: Callable[[ModelProgress], None] = lambda progress: None,
    ) -> None:
        """`clear(url)` raises EgressDenied where nothing may be asked; `connects` writes the log of egress; `moved`
        hears how far a pack is."""
        self._source, self._moved = source, moved
        self._under_way: _UnderWay | None = None
        self._fetcher = Fetcher(
            lambda: system_paths().data / "packs", clock,
            clear=clear, connects=connects, free_space=free_space, sleep=sleep, moved=self._came,
        )  # fmt: skip

    def told(self) -> Record:
        """Every pack of this program, for people."""
        offer = packs.offered()
        here = packs.in_place(offer) if offer else {}
        listed = [
            {
                "name": pack.name,
                "about": pack.about,
                "installed": pack.name in here,
                "size": pack.size,
                "unpacked": pack.unpacked,
                "needs": list(pack.needs),
                "licence": pack.licence,
                "sources": pack.sources,
            }
            for pack in (offer.packs.values() if offer else ())
        ]
        return {
            "packs": listed,
            "note": "" if offer else INSIDE,
            "folder": str(packs.folder(offer)) if offer else None,
            "fetched_bytes": self._fetcher.received,
        }

    def wanted(self, name: str) -> list[Pack]:
        """The pack and those it needs that are not here yet, in the order to bring them.

        Raises NoPacks, or NotFound for a name that this program does not know.
        """
        offer = self._offer()
        pack = self._known(offer, name)
        here = packs.in_place(offer)
        return [each for each in (*(offer.packs[n] for n in pack.needs), pack) if each.name not in here]

    async def add(self, name: str, folder: str = "") -> list[str]:
        """Bring a pack and those that it needs; the names of those that came. `folder`: a folder with list and packs.

        Raises BadSignature, BadManifest, EgressDenied, SourceFailed, DiskFull, HashMismatch or BadArchive, ConfigError
        where no place or key is known. What was fetched stays for the next time.
        """
        offer = self._offer()
        wanted = await asyncio.to_thread(self.wanted, name)
        if not wanted:
            return []
        place, keys = folder or self._source().address, self._source().keys
        if not place:
            raise ConfigError(
                "This build names no place for packs. Set updates.address in voicegw.yaml, or name a folder that holds "
                f"them: voicegw packs add {name} --folder FOLDER"
            )
        if not keys:
            raise ConfigError(
                "This build names no key to check packs with. Set updates.keys in voicegw.yaml to the public key of "
                f"those who made the packs at {place}."
            )
        under_way = self._under_way = _UnderWay(packs.PROGRESS + name, {each.name: each.size for each in wanted})
        self._moved(under_way.at("waiting"))
        try:
            added = await self._fetch(offer, wanted, place)
        except asyncio.CancelledError:
            self._moved(under_way.at("paused"))
            raise
        except Exception as error:
            self._moved(under_way.at("failed", str(error)))
            raise
        finally:
            self._under_way = None
        self._moved(under_way.at("installed"))
        return added

    def _came(self, file: str, octets: int) -> None:
        if self._under_way is not None and self._under_way.took(file, octets):
            self._moved(self._under_way.at("pulling"))

    async def ahead(self, program: Path, place: str) -> list[str]:
        """Bring the packs that are here for a newer program, too; the names of those that came.

        `program`: its folder. `place`: where the newer release lies, an address or a folder. With equal libraries the
        packs fit already. Raises the errors of `add`.
        """
        newer = await asyncio.to_thread(packs.offered_by, program / "_internal")
        used = await asyncio.to_thread(packs.in_place)
        if newer is None or not used:
            return []
        kept = [newer.packs[name] for name in used if name in newer.packs]
        needed = {name for pack in kept for name in (*pack.needs, pack.name)}
        there = await asyncio.to_thread(packs.in_place, newer)
        wanted = [pack for name, pack in newer.packs.items() if name in needed and name not in there]
        return await self._fetch(newer, wanted, place) if wanted else []

    async def _fetch(self, offer: Offer, wanted: list[Pack], place: str) -> list[str]:
        source = self._source()
        with self._fetcher.alone(WHAT):
            try:
                named = list_name(offer.fits)
                data, signature = await self._fetcher.lists(place, named, f"{named}.minisig")
                signed = read(data, signature.decode("utf-8", "replace"), source, offer)
                for each in wanted:
                    if each.name not in signed.packs:
                        raise BadManifest(f"The list of packs does not name {each.name}.")
                    if self._under_way is not None:
                        self._under_way.begin(signed.packs[each.name])
                    await self._bring(signed.packs[each.name], packs.folder(offer), place)
            except OSError as error:
                full = disk_full(error)
                if full is not error:
                    raise full from error
                raise VoiceGatewayError(
                    f"{packs.folder(offer)} cannot be written: {error.strerror}. Change its permissions.",
                    code="packs_folder",
                ) from error
        return [each.name for each in wanted]

    async def _bring(self, pack: Pack, at: Path, place: str) -> None:
        from voicegw_desktop.models.hub import discard

        await asyncio.to_thread(stage.sweep, at)
        what = f"The pack {pack.name}"
        packed = await self._fetcher.archive(place, pack.file, pack.size, pack.sha256, pack.unpacked, what)
        if self._under_way is not None:
            self._moved(self._under_way.at("verifying"))
        inside = await asyncio.to_thread(stage.unpack, packed, at, pack.name, what=what)
        try:
            if inside.name != pack.name:
                raise stage.BadArchive(f"{pack.file} holds the folder {inside.name}, not {pack.name}.")
            await asyncio.to_thread(stage.put_in_place, inside, at, pack.name)
            # last: without it the folder counts for nothing
            await asyncio.to_thread(write_json, packs.marker(at, pack.name), {"sha256": pack.sha256})
        finally:
            await asyncio.to_thread(stage.sweep, at)
        discard(self._fetcher.part(pack.file))

    def users(self, name: str) -> list[str]:
        """The packs that are here and need this one. Raises NoPacks or NotFound."""
        offer = self._offer()
        self._known(offer, name)
        return [other for other in packs.in_place(offer) if name in offer.packs[other].needs]

    def remove(self, name: str) -> bool:
        """Take a pack away, also that of other versions of the program; False: none was here.

        Raises PackInUse where files stay: Windows deletes none that a process has loaded.
        """
        self.users(name)
        found, left = False, False
        with self._fetcher.alone(WHAT):
            for at in (system_paths().data / "packs").glob("*/"):
                if packs.FITS.fullmatch(at.name):
                    found |= packs.marker(at, name).is_file() or (at / name).is_dir()
                    packs.marker(at, name).unlink(missing_ok=True)
                    shutil.rmtree(at / name, ignore_errors=True)
                    left |= (at / name).exists()
                    if not os.listdir(at):
                        at.rmdir()
        if left:
            raise PackInUse(
                f"Files of the pack {name} are in use, so they stay on the disk. Unload its engines "
                f"(voicegw engines list) or stop the gateway, and run it again: voicegw packs remove {name}"
            )
        return found

    def _offer(self) -> Offer:
        offer = packs.offered()
        if offer is None:
            raise NoPacks(INSIDE)
        return offer

    def _known(self, offer: Offer, name: str) -> Pack:
        if name not in offer.packs:
            raise NotFound(
                f'There is no pack "{name}".{did_you_mean(name, offer.packs)} There are: {", ".join(offer.packs)}.',
                param="pack",
            )
        return offer.packs[name]
