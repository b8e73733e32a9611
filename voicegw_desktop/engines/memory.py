"""How much memory the engines may use together, what a model will need, and what a process uses now."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from voicegw_desktop.core.descriptor import MIB

DEFAULT_SHARE = 0.6  # of the machine's memory
STATM = Path("/proc/self/statm")
UNKNOWN_MODEL = 300 * MIB  # bytes reserved for a model of unknown size


def machine_memory() -> int:
    """Bytes of RAM this process may use: the machine's, or its cgroup's limit when that is lower."""
    total = _physical()
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        return min(total, int(limit)) if limit != "max" else total
    except (OSError, ValueError):
        return total


def _physical() -> int:
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        # needed at every start; importing psutil would take 15 ms and 1.5 MiB
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.virtual_memory().total)


def resident_bytes(pid: int) -> int:
    """Bytes of RAM that process holds; 0 when it is gone or may not be asked."""
    if not STATM.exists():
        return _resident(pid)
    # asked for every engine every second: 20 µs here, 40 µs by psutil
    try:
        with open(f"/proc/{pid}/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def family_bytes(pid: int) -> int:
    """Bytes of RAM that process and all its descendants hold; 0 when it is gone or may not be asked."""
    if not STATM.exists():
        return _resident(pid) + sum(_resident(child) for child in _descendants(pid))
    held = resident_bytes(pid)
    # psutil reads every process of the machine for this: 2 ms, here 0.1 ms. A child belongs to the thread that made it
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            held += sum(family_bytes(int(child)) for child in children.read_text().split())
    return held


def _resident(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _descendants(pid: int) -> list[int]:
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def folder_bytes(path: Path) -> int:
    """Size of a model: one file, or all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def estimate(path: Path | None, factor: float, base: int) -> int:
    """Bytes an engine will hold with the model at `path`: its size times `factor`, plus `base`."""
    if path is None or not path.exists():
        return base or UNKNOWN_MODEL
    return round(folder_bytes(path) * factor) + base


def human(size: int) -> str:
    """`812 MiB`, `2.4 GiB`."""
    return f"{size / 1024 / MIB:.1f} GiB" if size >= 1024 * MIB else f"{size / MIB:.0f} MiB"


def oom_kills() -> int:
    """How often the kernel ended a process of this cgroup because memory was short; 0 when the kernel does not say."""
    try:
        lines = Path("/sys/fs/cgroup/memory.events").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    except (OSError, ValueError, IndexError):
        return 0
