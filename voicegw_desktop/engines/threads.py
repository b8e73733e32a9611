"""How many threads each engine gets. Hearing, thinking and speaking take turns, so they do not share the cores.

Only engines of one kind, as two language models, work at the same time and share what their kind gets.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


def machine_cores() -> int:
    """Cores this process may use: affinity and the cgroup's quota count, not what the board holds."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_cores(Path("/sys/fs/cgroup/cpu.max"))
    return max(1, min(cores, quota) if quota else cores)


def cgroup_cores(cpu_max: Path) -> int | None:
    """Whole cores that a cgroup v2 quota allows, rounded up; None without a quota."""
    try:
        quota, period = cpu_max.read_text().split()
        return None if quota == "max" else max(1, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Demand:
    """One engine's claim on the cores."""

    name: str
    weight: float = 1.0
    most: int = 4
    """More threads than this make it no faster."""
    fixed: int | None = None
    """Threads that the configuration sets; they override any share."""
    kind: str = ""
    """Engines of one kind share; empty: those without a kind do."""
    yields: bool = False
    """True: its threads sleep while they wait, so all cores may be its own. Others leave one to the app."""


class Arbiter:
    """Assigns threads. Engines of one kind share by weight; everyone gets at least one."""

    def __init__(self, cores: int | None = None, total: int | None = None) -> None:
        self.total = total or machine_cores()
        self.shared = max(1, min(cores or self.total - 1, self.total))
        """Cores that the engines of a kind may use together."""
        self._all = self.shared if cores else self.total

    def assign(self, demands: Iterable[Demand]) -> dict[str, int]:
        """Threads by engine name, for this set of engines."""
        kinds: dict[str, list[Demand]] = {}
        for demand in demands:
            kinds.setdefault(demand.kind, []).append(demand)
        given: dict[str, int] = {}
        for members in kinds.values():
            given |= self._share(members, self._all if all(d.yields for d in members) else self.shared)
        return given

    @staticmethod
    def _share(demands: list[Demand], cores: int) -> dict[str, int]:
        given = {d.name: d.fixed for d in demands if d.fixed}
        free = max(0, cores - sum(given.values()))
        open_ = sorted((d for d in demands if not d.fixed), key=lambda d: -d.weight)
        weights = sum(d.weight for d in open_)
        for demand in open_:
            share = math.floor(free * demand.weight / weights) if weights else 0
            given[demand.name] = max(1, min(demand.most, share))
        left = cores - sum(given.values())
        for demand in open_:
            more = max(0, min(left, demand.most - given[demand.name]))
            given[demand.name] += more
            left -= more
        return given

    def threads_for(self, demand: Demand, running: Iterable[Demand]) -> int:
        """Threads for `demand` when it loads now, beside what runs."""
        others = [d for d in running if d.name != demand.name]
        return self.assign([*others, demand])[demand.name]
