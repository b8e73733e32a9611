"""One pull under way: how far it is, and how it is stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.models.errors import PullStopped

INTERVAL_NS = 100_000_000  # between two progress reports

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one pull stands."""

    model: str
    state: str
    """`waiting`, `pulling`, `verifying`, `installed`, `failed`, `paused`"""
    done_bytes: int = 0
    total_bytes: int = 0
    """0 while it is not known."""
    bytes_per_s: float = 0.0
    source: str = ""
    """The present source, in words."""
    message: str = ""


OnProgress = Callable[[Progress], None]


@dataclass
class Job:
    """One pull of one model. Byte counts per file come in; reports go out, ten a second at most."""

    model: str
    clock: Clock
    emit: OnProgress
    watchers: list[OnProgress] = field(default_factory=list)
    waiters: int = 0
    task: asyncio.Task[None] | None = None
    stop_reason: str | None = None
    """`pull_paused` or `pull_cancelled` once that was asked for."""
    state: str = "waiting"
    source: str = ""
    done: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _marks: list[tuple[int, int]] = field(default_factory=list)
    _last_ns: int = -INTERVAL_NS

    @property
    def progress(self) -> Progress:
        rate = 0.0
        if len(self._marks) > 1:
            (t0, b0), (t1, b1) = self._marks[0], self._marks[-1]
            rate = max(0.0, (b1 - b0) * 1e9 / (t1 - t0)) if t1 > t0 else 0.0
        return Progress(self.model, self.state, sum(self.done.values()), sum(self.totals.values()), rate, self.source)

    def moved(self, name: str, done: int) -> None:
        """`done` bytes of the file `name` are here."""
        self.done[name] = done
        now = self.clock.monotonic_ns()
        if now - self._last_ns >= INTERVAL_NS:
            self._last_ns = now
            self._marks = [*self._marks[-29:], (now, sum(self.done.values()))]
            self.report()

    def enter(self, state: str, source: str | None = None, message: str = "") -> None:
        """Change state and say so at once."""
        self.state = state
        if source is not None:
            self.source = source
        self.report(message)

    def report(self, message: str = "") -> None:
        """Call every watcher."""
        p = self.progress
        if message:
            p = Progress(p.model, p.state, p.done_bytes, p.total_bytes, 0.0, p.source, message)
        self.emit(p)
        for watcher in tuple(self.watchers):
            watcher(p)

    def tick(self, _: int) -> None:
        """For work in threads: raises PullStopped once the pull was stopped."""
        if self._stopped.is_set():
            raise PullStopped("The pull was stopped.")

    def stop(self, reason: str) -> None:
        """Ask the pull to end; the task sees a cancellation."""
        self.stop_reason = self.stop_reason or reason
        if self.task:
            self.task.cancel()

    async def in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work off the loop. When cancelled, waits until the thread has closed its files."""
        future = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._stopped.set()
            await asyncio.wait({future})
            future.exception()
            raise


def stopped(job: Job) -> PullStopped:
    """What callers who wait for a pull are told that was paused or cancelled."""
    done, total = job.progress.done_bytes, job.progress.total_bytes
    if job.stop_reason == "pull_cancelled":
        return PullStopped(f"The pull of {job.model} was cancelled.", code="pull_cancelled")
    return PullStopped(
        f"The pull of {job.model} is paused at {done / 1e6:.0f} of {total / 1e6:.0f} MB. "
        f"`voicegw models pull {job.model}` continues from there."
    )
