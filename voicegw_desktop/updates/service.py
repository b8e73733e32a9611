"""Looks for new versions and installs them, under the egress rules."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop import __version__, program
from voicegw_desktop.config.schema_updates import UpdatesConfig
from voicegw_desktop.core import packs
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.paths import Paths
from voicegw_desktop.core.typed import Record
from voicegw_desktop.models.files import disk_full, free_bytes
from voicegw_desktop.updates import fallback, installed, manifest, stage, state
from voicegw_desktop.updates.fetch import Fetcher
from voicegw_desktop.updates.manifest import Archive, Manifest, Source
from voicegw_desktop.updates.minisign import PublicKey

if TYPE_CHECKING:
    from voicegw_desktop.models.hub import Connects, Sleep

log = logging.getLogger(__name__)

LOOK_AT_DISK = 60.0  # s between two looks at the version on the disk
EVERY = 86_400.0  # s between two looks for a new version
AGAIN = 3_600.0  # s until one that failed is tried again
WHAT = "a new version"
AVAILABLE = "update_available"
"""Code of the notice that there is a new version."""
ABOUT = "version"
"""Subject of the trouble that says an older version still runs."""


class CannotUpdate(VoiceGatewayError):
    """This program cannot install a newer version here."""

    status = 409
    type = "update_error"
    default_code = "cannot_update"


class Updates:
    """One for each gateway. `clear(url)` raises EgressDenied where the egress policy forbids it; `connects` adds to the
    egress log; `trouble(subject, sentence)` reports a trouble, or clears it with None."""

    def __init__(
        self,
        paths: Paths,
        clock: Clock,
        bus: EventBus,
        config: Callable[[], UpdatesConfig],
        *,
        clear: Callable[[str], object],
        connects: Connects,
        trouble: Callable[[str, str | None], None],
        schema: Callable[[], int],
        database: Path,
        ahead: Callable[[Path, str], Awaitable[object]],
        free_space: Callable[[Path], int] = free_bytes,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`schema`: number of the database's schema that this version knows. `ahead(program, place)` brings the packs
        that are in use for the newer program."""
        self.folder = state.folder_of(paths)
        self._paths, self._clock, self._bus, self._config = paths, clock, bus, config
        self._trouble, self._ahead = trouble, ahead
        self._schema, self._database, self._sleep = schema, database, sleep
        self._fetcher = Fetcher(
            lambda: self.folder, clock, clear=clear, connects=connects, free_space=free_space, sleep=sleep
        )
        self._at_start = installed.version_on_disk()
        self._failed_at = 0.0

    @property
    def source(self) -> Source:
        """Where new versions are announced: by the configuration, else by the build."""
        given, built = self._config(), manifest.built_in()
        keys = tuple(PublicKey.parse(key) for key in given.keys) or built.keys
        return Source(given.address or built.address, keys)

    # -- what is here -------------------------------------------------------------------------------------------------

    def on_disk(self) -> str:
        """The version that the next start runs: one on trial, or one that another tool has installed."""
        waiting = state.read(self.folder).next
        if waiting:
            return waiting
        found = installed.version_on_disk()
        # in a source folder the two may differ from the start
        return __version__ if found == self._at_start else found

    def sentence(self) -> str | None:
        """What to do about an old version that still runs; None: the newest installed version runs."""
        return self._sentence(self.on_disk())

    def _sentence(self, found: str) -> str | None:
        if found == __version__:
            return None
        return f"Version {__version__} runs, {found} is installed: restart VoiceGateway (`voicegw restart`)."

    async def look_at_disk(self) -> str:
        """Report the sentence as a trouble, or clear it. Returns the version that the next start runs."""
        found = await asyncio.to_thread(self.on_disk)
        # told in the loop's own thread: the window hears of it
        self._trouble(ABOUT, self._sentence(found))
        return found

    def told(self) -> Record:
        """The fields of the operation `update`: versions, where lists come from, and what was refused."""
        now, way, source = state.read(self.folder), installed.how(), self.source
        return {
            "version": __version__,
            "installed": self.on_disk(),
            "sentence": self.sentence() or "",
            "available": now.available if stage.newer(now.available, __version__) else None,
            "mode": self._config().mode,
            "address": source.address or None,
            "keys": len(source.keys),
            "installed_by": way,
            "command": installed.command() or "voicegw update install",
            "refused": [f"{version}: {why}" for version, why in now.refused.items()],
            "looked_at": now.looked_at or None,
            "fetched_bytes": self._fetcher.received,
        }

    # -- looking ------------------------------------------------------------------------------------------------------

    async def look(self, folder: str = "") -> Manifest:
        """Read the list of the newest release. `folder`: a folder that holds it; default: the configured place.

        Raises BadSignature, BadManifest, EgressDenied, SourceFailed, or ConfigError where no place is known.
        """
        source = self.source
        at = folder or source.address
        if not at:
            raise ConfigError(
                "This build names no place for new versions. Set updates.address and updates.keys in voicegw.yaml, or "
                "take the newer package from where you got this one."
            )
        if not source.keys:
            raise ConfigError(
                "This build names no key to check new versions with. Set updates.keys in voicegw.yaml to the public "
                f"key of those who made the list at {at}."
            )
        with self._fetcher.alone(WHAT):
            listed, signature = await self._fetcher.lists(at, manifest.NAME, manifest.SIGNATURE)
        seen = (await asyncio.to_thread(state.read, self.folder)).serial
        made = manifest.read(listed, signature.decode("utf-8", "replace"), source, now=self._clock.time(), seen=seen)
        await asyncio.to_thread(self._write_down, made)
        return made

    def _write_down(self, made: Manifest) -> None:
        with state.changed(self.folder) as now:
            now.serial = max(now.serial, made.serial)
            now.looked_at = self._clock.time()
            now.available = made.version if stage.newer(made.version, __version__) else ""

    # -- installing ---------------------------------------------------------------------------------------------------

    async def install(self, folder: str = "") -> str:
        """Fetch the newest version, check it and name it for the next start. Returns it; empty: none is newer.

        Raises the errors of `look`, DiskFull, HashMismatch or BadArchive. What was fetched stays for the next time.
        """
        if command := installed.command():
            raise CannotUpdate(
                f"This program was installed by {installed.how()}, which brings the newer version: {command}",
                code="other_installer",
            )
        made = await self.look(folder)
        if not stage.newer(made.version, __version__):
            return ""
        # a core stays one: its packs are its own
        archive = made.archives.get(manifest.system() + (manifest.CORE if packs.offered() else ""))
        if archive is None:
            raise CannotUpdate(
                f"Version {made.version} is not offered for {manifest.system()}: take another installer.",
                code="no_archive",
            )
        with self._fetcher.alone(WHAT):
            try:
                await self._bring(made, archive, folder or self.source.address)
            except OSError as error:
                full = disk_full(error)
                if full is not error:
                    raise full from error
                raise VoiceGatewayError(
                    f"{self.folder} cannot be written: {error.strerror}. Change its permissions.", code="updates_folder"
                ) from error
        await self.look_at_disk()
        return made.version

    async def _bring(self, made: Manifest, archive: Archive, at: str) -> None:
        from voicegw_desktop.models.hub import discard

        await asyncio.to_thread(stage.sweep, self.folder)
        packed = await self._fetcher.archive(
            at, archive.name, archive.size, archive.sha256, archive.unpacked, f"Version {made.version}"
        )
        inside = await asyncio.to_thread(stage.unpack, packed, self.folder, made.version)
        try:
            await stage.starts(inside / f"voicegw{program.suffix()}", made.version, _clean_environment())
            # before it is named for the next start, which then lacks no engine
            await self._ahead(inside, at)
            await asyncio.to_thread(stage.put_in_place, inside, self.folder, made.version)
        finally:
            await asyncio.to_thread(stage.sweep, self.folder)
        await asyncio.to_thread(self._name, made)
        discard(self._fetcher.part(archive.name))

    def _name(self, made: Manifest) -> None:
        with state.changed(self.folder) as now:
            now.next, now.tries = made.version, 0
            now.refused.pop(made.version, None)
            now.database = str(self._database) if made.schema != self._schema() else ""
            if program.own_folder().parent != self.folder:
                now.base = str(program.own_folder())

    # -- from time to time --------------------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Called when this version serves: if it was on trial, later starts run it."""
        try:
            if fallback.confirm(self._paths):
                log.info("Version %s serves and takes the place of the one before.", __version__)
        except OSError as error:
            log.warning("That version %s serves could not be written down: %s", __version__, error)

    async def follow(self) -> None:
        """Look at the disk each minute, and for a new version once a day where that was allowed; until cancelled."""
        while True:
            await self._sleep(LOOK_AT_DISK)
            await self.look_at_disk()
            await self.look_when_due()

    async def look_when_due(self) -> None:
        """Look for a new version when a day has passed, if the configuration allows it; errors go to the log."""
        mode, now = self._config().mode, self._clock.time()
        if mode not in ("check", "install") or not self.source.address or now - self._failed_at < AGAIN:
            return
        before = await asyncio.to_thread(state.read, self.folder)
        if 0 <= now - before.looked_at < EVERY:
            return
        try:
            made = await self.look()
            if not stage.newer(made.version, __version__) or made.version in before.refused:
                return
            if mode == "install" and not installed.command():
                await self.install()
            elif before.available != made.version:
                how = installed.command() or "voicegw update install"
                self._bus.publish(Notice("info", f"Version {made.version} can be had: {how}", AVAILABLE))
        except VoiceGatewayError as error:
            self._failed_at = now
            log.warning("No new version could be looked for: %s", error.message)


def _clean_environment() -> dict[str, str]:
    """The environment for the new program: it must not find this one's profile in use, nor choose a version."""
    from voicegw_desktop.updates.launch import LAUNCHED

    return {**os.environ, LAUNCHED: "1"}
