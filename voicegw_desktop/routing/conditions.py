"""Watches power, network and processor load for `routing.conditions`, and only while there are any."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from voicegw_desktop.config.schema_routing import ConditionConfig, When
from voicegw_desktop.core.clock import Clock

log = logging.getLogger(__name__)
Fact = TypeVar("Fact")

POLL = 2.0  # s
CPU_WINDOW = 10.0  # s

_CANNOT_CARRY = (
    *("lo", "docker", "veth", "br-", "virbr", "tun", "tap"),
    *("utun", "awdl", "llw", "anpi", "bridge", "gif", "stf"),  # macOS
    *("vethernet", "isatap", "teredo"),  # Windows, whose loopback begins with "lo" too
)
"""How the names of network cards begin that exist without a network."""


@dataclass(frozen=True)
class Readers:
    """Where the facts come from; None from any of them means that it is not known here."""

    power: Callable[[], str | None]
    """`battery` or `mains`"""
    network: Callable[[], str | None]
    """`offline` or `online`"""
    cpu: Callable[[], tuple[float, float] | None]
    """(busy, total) processor time since boot, in any one unit"""


class Conditions:
    """Which of the configured conditions hold now."""

    def __init__(
        self,
        configured: Sequence[ConditionConfig],
        clock: Clock,
        readers: Readers | None = None,
        changed: Callable[[], None] | None = None,
    ) -> None:
        self._clock = clock
        self._readers = readers or system_readers()
        self.changed = changed
        """Called when another set of conditions holds than before."""
        self._samples: deque[tuple[float, float, float]] = deque()
        self._refused: set[str] = set()
        """Facts that the system once refused to tell."""
        self._holding: tuple[ConditionConfig, ...] = ()
        self._task: asyncio.Task[None] | None = None
        self.configure(configured)

    def configure(self, configured: Sequence[ConditionConfig]) -> None:
        """Take other conditions; starts or stops nothing by itself."""
        self._configured = tuple(configured)
        if not self._configured:
            self._holding = ()

    @property
    def holding(self) -> tuple[ConditionConfig, ...]:
        """The conditions that held at the last poll, in the file's order."""
        return self._holding

    def poll(self) -> None:
        """Read the facts once."""
        if not self._configured:
            return
        wanted = [c.when for c in self._configured]
        power = self._told("power", self._readers.power) if any(w.power for w in wanted) else None
        network = self._told("network", self._readers.network) if any(w.network for w in wanted) else None
        load = self._load() if any(w.cpu_above is not None for w in wanted) else None
        now = tuple(c for c in self._configured if _holds(c.when, power, network, load))
        before, self._holding = self._holding, now
        if now != before and self.changed:
            self.changed()

    def start(self) -> None:
        """Poll in the background; does nothing without conditions."""
        if self._configured and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """End the background polling."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            self.poll()
            await asyncio.sleep(POLL)

    def _told(self, name: str, read: Callable[[], Fact | None]) -> Fact | None:
        """A fact; None where the system refuses to tell it, which is logged the first time."""
        try:
            return read()
        except OSError as error:
            if name not in self._refused:
                self._refused.add(name)
                log.warning("This system does not tell routing.conditions its %s: %s", name, error)
            return None

    def _load(self) -> float | None:
        times = self._told("processor load", self._readers.cpu)
        if times is None:
            return None
        now = self._clock.monotonic_ns() / 1e9
        self._samples.append((now, *times))
        while len(self._samples) > 2 and now - self._samples[1][0] >= CPU_WINDOW:
            self._samples.popleft()
        (_, busy0, total0), (_, busy1, total1) = self._samples[0], self._samples[-1]
        return 100 * (busy1 - busy0) / (total1 - total0) if total1 > total0 else None


def _holds(when: When, power: str | None, network: str | None, load: float | None) -> bool:
    facts = []
    if when.power is not None:
        facts.append(power == when.power)
    if when.network is not None:
        facts.append(network == when.network)
    if when.cpu_above is not None:
        facts.append(load is not None and load > when.cpu_above)
    return bool(facts) and all(facts)


def system_readers(root: Path = Path("/")) -> Readers:
    """This machine's own facts; `root` stands for the file system's root where `/sys` is read, for tests."""
    # psutil is imported when a condition is read, because most configurations have none
    supplies = root / "sys/class/power_supply"
    return Readers(lambda: _linux_power(supplies) if supplies.is_dir() else _power(), _network, _cpu)


def _power() -> str | None:
    import psutil

    # a build for a system without batteries has no such function
    battery = getattr(psutil, "sensors_battery", lambda: None)()
    if battery is None:
        return "mains"
    return None if battery.power_plugged is None else "mains" if battery.power_plugged else "battery"


def _network() -> str | None:
    import psutil

    cards = psutil.net_if_stats()
    return (
        "online"
        if any(c.isup for name, c in cards.items() if not name.lower().startswith(_CANNOT_CARRY))
        else "offline"
    )


def _cpu() -> tuple[float, float] | None:
    import psutil

    times = psutil.cpu_times()
    # Linux counts the time of guests in `user` and `nice` too
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


# By hand on Linux: psutil takes the battery of a wireless mouse for the machine's, and knows mains only as AC or AC0.
def _linux_power(folder: Path) -> str | None:
    supplies = _entries(folder)
    mains = [_read(s / "online") for s in supplies if _read(s / "type") in ("Mains", "USB")]
    if "1" in mains:
        return "mains"
    batteries = [s for s in supplies if _read(s / "type") == "Battery" and _read(s / "scope") != "Device"]
    if any(_read(b / "status") == "Discharging" for b in batteries):
        return "battery"
    return "mains" if not batteries or not mains else "battery"


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
