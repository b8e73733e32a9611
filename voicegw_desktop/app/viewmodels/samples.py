"""Latency and outcome of requests, by modality and span of time; and the last turn they made."""

from __future__ import annotations

import bisect
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from voicegw_desktop.app.viewmodels.state import MODALITIES, Latency, Point, Turn
from voicegw_desktop.storage.percentiles import exact

if TYPE_CHECKING:
    from voicegw_desktop.core import events

KEEP = 3000  # points a modality
TURN_SPAN = 30.0  # s within which the stages of one session make a turn
MOST_SESSIONS = 64
SPANS = {"5 min": 300.0, "1 h": 3600.0, "24 h": 86_400.0}  # s


class Stored(Protocol):
    """What is looked at of a stored request."""

    modality: str
    model_id: str
    status: str
    timestamp: float
    ttfb_ms: float | None
    total_latency_ms: float | None


class Bucket(NamedTuple):
    """Requests of one slice of time: the middle half lies between `low` and `high`, in milliseconds."""

    at: float
    """Unix seconds, the middle of the slice"""
    low: float
    p50: float
    high: float


class Samples:
    """Points come in the order of time; `now` gives Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.points: dict[str, deque[Point]] = {m: deque(maxlen=KEEP) for m in MODALITIES}
        self._ends: dict[str, deque[tuple[float, bool]]] = {m: deque(maxlen=KEEP) for m in MODALITIES}
        """(Unix seconds, whether it failed) of each request that ended"""
        self.last_served: dict[str, str] = {}
        self.turn = Turn()
        self._stages: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
        """By project and session."""

    def take_history(self, rows: Iterable[Stored]) -> None:
        """Start from stored requests, oldest first."""
        for modality in MODALITIES:
            self.points[modality].clear()
            self._ends[modality].clear()
        for row in rows:
            if row.modality not in self.points:
                continue
            self.ended(row.modality, row.status, row.timestamp + (row.total_latency_ms or 0) / 1000)
            if row.status == "success":
                self.last_served[row.modality] = row.model_id
                if row.ttfb_ms is not None:
                    at = row.timestamp + row.ttfb_ms / 1000
                    self.points[row.modality].append(Point(at, row.ttfb_ms, row.model_id))

    def first(self, event: events.RequestFirstByte, started: events.RequestStarted | None) -> None:
        """A request answered for the first time; `started` tells its project and its session, None: not known."""
        now = self._now()
        if event.modality not in self.points:
            return
        self.points[event.modality].append(Point(now, event.ttfb_ms, event.target))
        self.last_served[event.modality] = event.target
        if started is None or not started.session:
            # what belongs to no session is a request of its own, and no part of a turn
            return
        stages = self._stages.setdefault((started.project, started.session), {})
        stages[event.modality] = (now, event.ttfb_ms)
        found = {m: stages[m][1] for m in MODALITIES if m in stages and now - stages[m][0] < TURN_SPAN}
        if len(found) > 1:
            self.turn = Turn(found)
        while len(self._stages) > MOST_SESSIONS:
            self._stages.pop(next(iter(self._stages)))

    def ended(self, modality: str, status: str, at: float) -> None:
        """A request ended, well or not. One that its client cancelled is no failure."""
        if modality in self._ends:
            self._ends[modality].append((at, status == "error"))

    def within(self, modality: str, span: float) -> list[Point]:
        """The points of the last `span` seconds."""
        points = list(self.points[modality])
        return points[bisect.bisect_left(points, self._now() - span, key=lambda p: p.at) :]

    def latency(self, modality: str, span: float | None = None) -> Latency:
        """The last and the usual time to first byte, over all points kept or those of the last `span` seconds."""
        points = list(self.points[modality]) if span is None else self.within(modality, span)
        found = exact([p.ms for p in points], (50, 95))
        return Latency(points[-1].ms if points else None, found[50], found[95], len(points))

    def outcome(self, modality: str, span: float) -> tuple[int, int]:
        """(requests that ended, those that failed) in the last `span` seconds."""
        since = self._now() - span
        ends = [failed for at, failed in self._ends[modality] if at >= since]
        return len(ends), sum(ends)


def buckets(points: list[Point], now: float, span: float, slices: int, around: int = 0) -> list[Bucket]:
    """Points in `slices` equal slices of the last `span` seconds; a slice without points has no bucket.

    A bucket's figures are those of its slice and of `around` slices on both sides.
    """
    by_slice = defaultdict[int, list[float]](list)
    since, per_second = now - span, slices / span
    for at, ms, _ in points:
        by_slice[int((at - since) * per_second)].append(ms)
    # each slice in order: what is put together of several is sorted in a fraction of the time
    for some in by_slice.values():
        some.sort()
    found = []
    for number in sorted(by_slice):
        near = [ms for n in range(number - around, number + around + 1) for ms in by_slice.get(n, ())]
        quartiles = exact(near, (25, 50, 75))
        low, middle, high = quartiles[25], quartiles[50], quartiles[75]
        if low is not None and middle is not None and high is not None:
            found.append(Bucket(now - span + (number + 0.5) * span / slices, low, middle, high))
    return found
