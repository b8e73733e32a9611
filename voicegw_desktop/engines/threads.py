"""Who gets how many threads: the machine's cores, less one for the app, shared by what runs."""

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
    """The configuration's own word; it goes before any share."""


class Arbiter:
    """Assigns threads. Engines that compute in turns share by weight; everyone gets at least one."""

    def __init__(self, cores: int | None = None, total: int | None = None) -> None:
        self.total = total or machine_cores()
        self.shared = max(1, min(cores or self.total - 1, self.total))
        """Cores the engines may use together."""

    def assign(self, demands: Iterable[Demand]) -> dict[str, int]:
        """Threads by engine name, for this set of engines."""
        demands = list(demands)
        given = {d.name: d.fixed for d in demands if d.fixed}
        free = max(0, self.shared - sum(given.values()))
        open_ = sorted((d for d in demands if not d.fixed), key=lambda d: -d.weight)
        weights = sum(d.weight for d in open_)
        for demand in open_:
            share = math.floor(free * demand.weight / weights) if weights else 0
            given[demand.name] = max(1, min(demand.most, share))
        left = self.shared - sum(given.values())
        for demand in open_:
            more = max(0, min(left, demand.most - given[demand.name]))
            given[demand.name] += more
            left -= more
        return given

    def threads_for(self, demand: Demand, running: Iterable[Demand]) -> int:
        """Threads for `demand` when it loads now, beside what runs."""
        others = [d for d in running if d.name != demand.name]
        return self.assign([*others, demand])[demand.name]
