"""How much memory the engines may hold together, what a model will need, and what a process holds now."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path
from typing import Any

DEFAULT_SHARE = 0.6  # of the machine's memory
MIB = 1024 * 1024
STATM = Path("/proc/self/statm")
UNKNOWN_MODEL = 300 * MIB  # bytes reserved for a model of unknown size
PROC_PIDTASKINFO = 4  # macOS proc_pidinfo flavour


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
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _windows_memory() or 8 * 1024 * MIB


def resident_bytes(pid: int) -> int:
    """Bytes of RAM that process holds; 0 when it is gone or the platform does not say."""
    if STATM.exists():
        try:
            with open(f"/proc/{pid}/statm", "rb") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0
    return _mac_resident(pid) if Path("/usr/lib/libproc.dylib").exists() else _windows_resident(pid)


def family_bytes(pid: int) -> int:
    """Bytes of RAM that process and all it started hold, where the system tells who started whom; else its own."""
    held = resident_bytes(pid)
    # a child belongs to the thread that made it
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            held += sum(family_bytes(int(child)) for child in children.read_text().split())
    return held


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
    """How often the kernel ended a process of this cgroup for want of memory; 0 when it does not say."""
    try:
        lines = Path("/sys/fs/cgroup/memory.events").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    except (OSError, ValueError, IndexError):
        return 0


def _mac_resident(pid: int) -> int:
    try:
        libproc = ctypes.CDLL("/usr/lib/libproc.dylib")
        # proc_taskinfo starts with virtual size and resident size, two uint64
        info = (ctypes.c_uint64 * 12)()
        got = libproc.proc_pidinfo(pid, PROC_PIDTASKINFO, ctypes.c_uint64(0), ctypes.byref(info), ctypes.sizeof(info))
        return int(info[1]) if got > 16 else 0
    except OSError:
        return 0


class _MemoryCounters(ctypes.Structure):
    _fields_ = (
        ("cb", ctypes.c_uint32),
        ("faults", ctypes.c_uint32),
        ("peak", ctypes.c_size_t),
        ("resident", ctypes.c_size_t),
        ("rest", ctypes.c_size_t * 6),
    )


class _MemoryStatus(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("sizes", ctypes.c_uint64 * 7))


def _windows_resident(pid: int) -> int:
    windll: Any = getattr(ctypes, "windll", None)
    if windll is None:
        return 0
    kernel = windll.kernel32
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return 0
    counters = _MemoryCounters(cb=ctypes.sizeof(_MemoryCounters))
    done = kernel.K32GetProcessMemoryInfo(ctypes.c_void_p(handle), ctypes.byref(counters), counters.cb)
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return int(counters.resident) if done else 0


def _windows_memory() -> int:
    windll: Any = getattr(ctypes, "windll", None)
    if windll is None:
        return 0
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    return int(status.sizes[0]) if windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0
