"""The small values that the views show: points, money, turns, budgets, pulls, and what left the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from voicegw_desktop.core.money import NANOS_PER_USD, known
from voicegw_desktop.core.typed import number, record, whole

MODALITIES = ("stt", "llm", "tts")
MODALITY_NAMES = {"stt": "Speech to text", "llm": "Language model", "tts": "Text to speech"}
FIRST_NAMES = {"stt": "TTFS", "llm": "TTFT", "tts": "TTFA"}
"""What "first" means: final transcript after speech ends, first token, first audible sample."""


class Point(NamedTuple):
    """One request's time to first byte."""

    at: float
    """Unix seconds"""
    ms: float
    target: str


class Latency(NamedTuple):
    """One modality at a glance, in milliseconds; None where nothing was measured."""

    last: float | None
    p50: float | None
    p95: float | None
    n: int
    """Requests measured"""


@dataclass(frozen=True)
class Told:
    """A notice and when it came."""

    at: float
    """Unix seconds"""
    level: str
    """`info`, `warning` or `error`"""
    message: str
    code: str
    details: str = ""
    """What else is known, for those who look; empty: nothing."""


@dataclass
class Spending:
    """Money and requests since local midnight."""

    nanos: int = 0
    requests: int = 0
    unpriced: int = 0
    """Requests whose price is not known; they are in no sum."""
    estimated: int = 0
    """Requests whose amount was counted here, because the provider did not say."""
    by_provider: dict[str, int | None] = field(default_factory=dict)
    """Nano-dollars; None while no price of it is known."""
    by_project: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def stored(cls, costs: Mapping[str, object]) -> Spending:
        """The totals of the `costs` operation's answer."""
        providers = {name: record(entry) for name, entry in record(costs.get("by_provider")).items()}
        projects = {name: record(entry) for name, entry in record(costs.get("by_project")).items()}
        return cls(
            nanos=_nanos(costs, "total") or 0,
            requests=whole(costs.get("requests")) or sum(whole(p.get("requests")) or 0 for p in providers.values()),
            unpriced=whole(costs.get("unpriced")) or 0,
            estimated=whole(costs.get("estimated")) or 0,
            by_provider={name: _nanos(p, "cost") for name, p in providers.items()},
            by_project={name: _nanos(p, "cost") for name, p in projects.items()},
        )

    @property
    def total(self) -> int | None:
        """Nano-dollars; None when not one price is known, which is not the same as 0."""
        return known(self.nanos, self.requests, self.unpriced)

    def of(self, project: str) -> int:
        """Nano-dollars of the project that are known to be spent."""
        return self.by_project.get(project) or 0

    def add(self, provider: str, project: str, nanos: int | None, *, estimated: bool = False) -> None:
        """Count one request."""
        self.requests += 1
        self.unpriced += nanos is None
        self.estimated += estimated
        self.nanos += nanos or 0
        for sums, name in ((self.by_provider, provider), (self.by_project, project)):
            before = sums.get(name)
            sums[name] = before if nanos is None else (before or 0) + nanos


@dataclass(frozen=True)
class Budget:
    """A project's day."""

    project: str
    name: str
    state: str
    """`ok`, `warning` (over 80 %) or `exceeded`"""
    limit_nanos: int
    action: str
    """`warn`, `throttle` or `block`"""

    def used(self, spent_nanos: int) -> float:
        """Spent share, 1.0 when all of it is."""
        return spent_nanos / self.limit_nanos if self.limit_nanos else 1.0


@dataclass
class Turn:
    """The last exchange: latency of each stage that took part, in milliseconds."""

    stages: dict[str, float] = field(default_factory=dict)

    @property
    def total_ms(self) -> float | None:
        return sum(self.stages.values()) if self.stages else None


@dataclass
class Left:
    """What left this machine today, all together."""

    entries: int = 0
    octets: int = 0
    hosts: dict[str, int] = field(default_factory=dict)
    """Entries by receiver"""

    def add(self, host: str, octets: int) -> None:
        """Count one entry of the egress log."""
        self.entries += 1
        self.octets += octets
        self.hosts[host] = self.hosts.get(host, 0) + 1


@dataclass
class Pull:
    """One model being fetched."""

    model: str
    state: str
    """`waiting`, `pulling`, `verifying`, `paused`, `failed`, `installed`"""
    done: int = 0
    total: int = 0
    message: str = ""
    per_s: float = 0.0
    """Bytes a second, smoothed"""
    _at: float = 0.0

    def move(self, state: str, done: int, total: int, message: str, now: float) -> None:
        """Take a report."""
        if state == "pulling" and self.state == "pulling" and done >= self.done and now > self._at:
            rate = (done - self.done) / (now - self._at)
            self.per_s = rate if self.per_s == 0 else 0.8 * self.per_s + 0.2 * rate
        elif state != "pulling":
            self.per_s = 0.0
        self.state, self.done, self.total, self.message, self._at = state, done, total, message, now

    def end(self, state: str, message: str = "") -> None:
        """Nothing is being fetched any more, or not yet."""
        self.state, self.message, self.per_s = state, message, 0.0

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "pulling", "verifying")

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0


def _nanos(entry: Mapping[str, object], name: str) -> int | None:
    exact, dollars = whole(entry.get(f"{name}_nanos")), number(entry.get(name))
    if exact is not None:
        return exact
    return None if dollars is None else round(dollars * NANOS_PER_USD)
