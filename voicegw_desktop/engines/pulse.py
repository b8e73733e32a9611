"""Whether an engine works: judged by what its worker reports of its own work, not by the bytes of one request.

Three cases are told apart. An engine that has work and does not get on with it, or whose worker has stopped reporting,
hangs: it is restarted. An engine that works leaves its requests waiting for their turn for as long as it takes. A
request that got nothing for too long, while the engine has less work than requests to answer, was lost on the way:
that request alone is ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

NANO = 1_000_000_000
MISSED_REPORTS = 3
"""Looks in a row without a report, beside the time: a machine that slept has missed none."""


class Waiting(Protocol):
    """One request, as far as it is judged here; a `Lease`."""

    expecting: bool
    """True while the engine owes it something."""
    progress_ns: int
    """Monotonic time of the last byte given or taken."""


W = TypeVar("W", bound=Waiting)


class Pulse:
    """The work of one worker process, as it reports it once a second while it serves."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        """`now_ns` is a monotonic clock in nanoseconds."""
        self._now_ns = now_ns
        self.reset()

    def reset(self) -> None:
        """A new process."""
        self._progress_ns = self._heard_ns = self._now_ns()
        self._done: int | None = None
        self._busy: int | None = None
        """Requests that the engine is working on or that wait for their turn; None: not reported yet."""
        self._lost_ns: int | None = None
        """Since when it has had less work than requests to answer."""
        self._missed = 0

    def progress(self, now_ns: int) -> None:
        """The engine got on with some request."""
        self._progress_ns = now_ns

    def owed(self, now_ns: int, *, already: bool) -> None:
        """A request expects an answer from now on; `already`: others did before."""
        if not already:
            self._progress_ns = self._heard_ns = now_ns
            self._busy = self._lost_ns = None
            self._missed = 0

    def report(self, done: int, busy: int, expecting: int) -> None:
        """The worker counts `done` steps of work and has `busy` requests in hand; `expecting` are owed an answer."""
        now = self._now_ns()
        self._heard_ns, self._missed = now, 0
        if done != self._done:
            self._done, self._progress_ns = done, now
        self._busy = busy
        if busy >= expecting:
            self._lost_ns = None
        elif self._lost_ns is None:
            self._lost_ns = now

    def judge(self, leases: Iterable[W], patience: float) -> tuple[bool, list[W]]:
        """(whether the engine hangs, requests to end alone); `patience` in seconds. Called about once a second."""
        now, limit = self._now_ns(), patience * NANO
        self._missed += 1
        waiting = [lease for lease in leases if lease.expecting]
        overdue = [lease for lease in waiting if now - lease.progress_ns > limit]
        if not overdue:
            return False, []
        silent = now - self._heard_ns > limit and self._missed > MISSED_REPORTS
        if silent or (self._busy != 0 and now - self._progress_ns > limit):
            return True, []
        if self._busy is None or self._lost_ns is None or now - self._lost_ns <= limit:
            return False, []
        # which of them the work in hand is for cannot be told; what waits longest is most surely lost
        overdue.sort(key=lambda lease: lease.progress_ns)
        return False, overdue[: len(waiting) - self._busy]
