"""Stops asking failing targets for a while: trip, probe, recovery, and a shortest time on the fallback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from voicegw_desktop.config.schema_routing import BreakerConfig
from voicegw_desktop.config.units import parse_keep_alive
from voicegw_desktop.core.clock import Clock

FOREVER = float("inf")


class Health(StrEnum):
    """The state of a target in the breaker."""

    CLOSED = "closed"
    """serves"""
    TRIPPED = "tripped"
    """not asked"""
    PROBE_DUE = "probe_due"
    """may be tried once"""
    PROBING = "probing"
    """is being tried"""
    DWELLING = "dwelling"
    """answered a probe; the fallback keeps serving until its shortest stay is over"""


@dataclass(slots=True)
class _Entry:
    failures: int = 0
    tripped_at: float | None = None
    tried_at: float = 0.0
    probing: bool = False
    recovered: bool = False


class Breaker:
    """One state per target name. Times come from the clock given, so nothing here waits."""

    def __init__(
        self, config: BreakerConfig, clock: Clock, changed: Callable[[str, Health], None] | None = None
    ) -> None:
        self.config = config
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self.changed = changed
        """Called with the target's name when it trips or serves again."""

    def health(self, name: str) -> Health:
        """The target's state now."""
        entry = self._entries.get(name)
        if entry is None or entry.tripped_at is None:
            return Health.CLOSED
        now = self._now()
        if entry.recovered:
            if now - entry.tripped_at < _seconds(self.config.min_dwell):
                return Health.DWELLING
            self._close(name)
            return Health.CLOSED
        if entry.probing and now - entry.tried_at < _seconds(self.config.probe_after):
            return Health.PROBING
        return Health.PROBE_DUE if now - entry.tried_at >= _seconds(self.config.probe_after) else Health.TRIPPED

    def dwelt(self, name: str) -> bool:
        """True when the shortest stay on the fallback is over, so that a live request may serve as the probe."""
        entry = self._entries.get(name)
        if entry is None or entry.tripped_at is None:
            return True
        return self._now() - entry.tripped_at >= _seconds(self.config.min_dwell)

    def begin_probe(self, name: str) -> bool:
        """Claim the one probe that is due; False when none is, or another has it."""
        if self.health(name) is not Health.PROBE_DUE:
            return False
        entry = self._entries[name]
        entry.probing, entry.tried_at = True, self._now()
        return True

    def success(self, name: str) -> None:
        """The target served."""
        entry = self._entries.get(name)
        if entry is None:
            return
        entry.failures, entry.probing = 0, False
        if entry.tripped_at is not None:
            entry.recovered = True
            self.health(name)

    def failure(self, name: str) -> None:
        """The target failed: trips it after `trip_after` in a row, or at once when it was on probation."""
        entry = self._entries.setdefault(name, _Entry())
        entry.failures += 1
        entry.tried_at = self._now()
        if entry.tripped_at is not None:
            if entry.recovered:
                entry.tripped_at = self._now()
            entry.probing = entry.recovered = False
        elif entry.failures >= self.config.trip_after:
            entry.tripped_at = self._now()
            if self.changed:
                self.changed(name, Health.TRIPPED)

    def reset(self, name: str | None = None) -> None:
        """Forget what is known about one target, or all."""
        for known in [name] if name else list(self._entries):
            self._entries.pop(known, None)

    def states(self) -> dict[str, Health]:
        """Every target that has failed lately."""
        return {name: self.health(name) for name in list(self._entries)}

    def _close(self, name: str) -> None:
        del self._entries[name]
        if self.changed:
            self.changed(name, Health.CLOSED)

    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e9


def _seconds(value: str) -> float:
    seconds = parse_keep_alive(value)
    return FOREVER if seconds is None else seconds
