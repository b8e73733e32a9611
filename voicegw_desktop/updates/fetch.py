"""Brings the files of a release, over the network or out of a folder of this machine, under the rules for egress."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.paths import expanded, private_dir
from voicegw_desktop.models.errors import DiskFull, HashMismatch, ModelInUse
from voicegw_desktop.models.files import FileLock, free_bytes, sha256_of
from voicegw_desktop.models.job import Job

if TYPE_CHECKING:
    from voicegw_desktop.models.hub import Connects, Sleep

RESERVE = 64 << 20  # bytes left free on the disk
FETCH = "fetch"
LARGEST = 256 * 1024  # bytes of a list


class Fetcher:
    """Brings files below one folder. `clear(url)` raises EgressDenied where nothing may be asked."""

    def __init__(
        self,
        folder: Callable[[], Path],
        clock: Clock,
        *,
        clear: Callable[[str], object],
        connects: Connects,
        free_space: Callable[[Path], int] = free_bytes,
        sleep: Sleep = asyncio.sleep,
        moved: Callable[[str, int], None] = lambda name, octets: None,
    ) -> None:
        """`moved(name, octets)`: so much of the file `name` is here."""
        self._moved = moved
        self._folder, self._clock, self._clear, self._connects = folder, clock, clear, connects
        self._free_space, self._sleep = free_space, sleep
        self._job: Job | None = None

    @property
    def received(self) -> int:
        """Bytes of the file that comes now; 0: none does."""
        return sum(self._job.done.values()) if self._job else 0

    def at(self) -> Path:
        """Where files lie until they are whole and checked."""
        return private_dir(private_dir(self._folder()) / FETCH)

    async def lists(self, place: str, *names: str) -> list[bytes]:
        """Read small files of a release. `place`: an address, or a folder of this machine."""
        from voicegw_desktop.models.hub import discard

        found = []
        for name in names:
            if "://" in place:
                part = self.at() / name
                # a list is read again each time: a kept list could be an old one
                discard(part)
                await self._fetch(f"{place.rstrip('/')}/{name}", part, name, None, LARGEST)
                found.append(part.read_bytes())
                discard(part)
            else:
                found.append(await asyncio.to_thread(_read, path_of(place) / name))
        return found

    async def archive(self, place: str, name: str, size: int, digest: str, unpacked: int, what: str) -> Path:
        """Bring the file `name` and check its SHA-256; where it lies. A fetch that was broken off goes on.

        `unpacked`: bytes that it will take besides. `what` it is, for errors. Raises DiskFull or HashMismatch.
        """
        from voicegw_desktop.models.hub import discard

        part = self.part(name)
        have = part.stat().st_size if part.exists() else 0
        self._check_room(what, size - have + unpacked)
        if "://" in place:
            await self._fetch(f"{place.rstrip('/')}/{name}", part, name, size, size)
            packed = part
        else:
            packed = path_of(place) / name
            if not packed.is_file():
                raise ConfigError(f"{packed} is not there: copy it beside the list.")
        if await asyncio.to_thread(sha256_of, packed) != digest:
            if packed == part:
                discard(part)
            raise HashMismatch(f"{name} is not the file that the signed list names; it is not used.")
        return packed

    def part(self, name: str) -> Path:
        """Where the archive `name` lies while it comes."""
        return self.at() / f"{name}.part"

    def _check_room(self, what: str, wanted: int) -> None:
        free = self._free_space(self._folder())
        if wanted + RESERVE > free:
            raise DiskFull(
                f"{what} needs {wanted / 1e6:.0f} MB more and {self._folder()} has {free / 1e6:.0f} MB free "
                f"({RESERVE / 1e6:.0f} MB of that stay in reserve). Free some space and try again."
            )

    async def _fetch(self, url: str, part: Path, name: str, size: int | None, most: int) -> None:
        def allowed() -> None:
            self._clear(url)

        from voicegw_desktop.models import hub

        allowed()
        job = self._job = Job(name, self._clock, lambda progress: self._moved(name, progress.done_bytes))
        session = hub.open_session()
        try:
            file = hub.HubFile(
                session, url, part, name, size, job,
                check_room=lambda wanted: self._check_room(name, wanted), offline=allowed,
                connects=self._connects, sleep=self._sleep, most=most,
            )  # fmt: skip
            await file.fetch()
        finally:
            self._job = None
            await session.close()

    @contextlib.contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Keep other programs of this user from fetching at the same time. `what` they fetch, for the error."""
        lock = FileLock(self.at() / "lock")
        if not lock.try_acquire():
            raise ModelInUse(f"Another program is fetching {what} now: wait for it.", code="update_running")
        try:
            yield
        finally:
            lock.release()


def path_of(folder: str) -> Path:
    """A folder as people write it."""
    return expanded(folder)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
