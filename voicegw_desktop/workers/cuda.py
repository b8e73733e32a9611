"""CUDA's libraries as pip installs them: found below site-packages and loaded, so that LD_LIBRARY_PATH is not needed.

Also what a card holds for this process, from the driver's own library.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import re
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from voicegw_desktop.core import install

REMEDY = install.command("cuda")
"""Brings cuBLAS 12, the one library that CTranslate2 opens."""
WINDOWS = sys.platform == "win32"
CUBLAS = ("cublas64_12.dll",) if WINDOWS else ("libcublas.so.12",)
"""The library that CTranslate2 opens at its first computation on a card."""

FELL_BACK = "fell_back"
"""In a worker's `info`: there is a card, and the engine computes on the processor; `why` says what is missing."""

Load = Callable[[str], object]
"""Loads a shared library by name or path; raises OSError."""


def load_library(name: str) -> object:
    """Load a library into the process, its symbols visible to libraries that are loaded later."""
    return ctypes.CDLL(name, mode=getattr(ctypes, "RTLD_GLOBAL", 0))


def library_folders(search: Sequence[str] | None = None) -> list[Path]:
    """Where NVIDIA's wheels put their libraries: `nvidia/<package>/lib`, `bin` on Windows."""
    roots = [Path(entry) / "nvidia" for entry in (sys.path if search is None else search) if entry]
    below = "bin" if WINDOWS else "lib"
    # CUDA 13's wheels share one folder, on Windows with one below it for the processor
    patterns = (f"*/{below}", f"*/{below}/x86_64")
    return [folder for root in roots for pattern in patterns for folder in sorted(root.glob(pattern))]


def missing(names: Iterable[str], load: Load = load_library, search: Sequence[str] | None = None) -> list[str]:
    """Load these libraries, from NVIDIA's wheels or as the system finds them; returns those that cannot be had."""
    return [name for name in names if not _loaded(name, load, library_folders(search))]


def _loaded(name: str, load: Load, folders: list[Path]) -> bool:
    paths = [str(folder / name) for folder in folders if (folder / name).is_file()]
    for path in (*paths, name):
        if WINDOWS and path != name:
            with contextlib.suppress(OSError):
                os.add_dll_directory(str(Path(path).parent))  # type: ignore[attr-defined,unused-ignore]
        with contextlib.suppress(OSError):
            load(path)
            return True
    return False


def needed(library: Path) -> list[str]:
    """The CUDA libraries without which a shared library cannot be loaded, as its ELF header names them.

    Nothing for what is no 64-bit ELF file, as on Windows.
    """
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            names = _needed(data)
        except (struct.error, ValueError, IndexError):
            return []
    return [name for name in names if _CUDA.match(name)]


_CUDA = re.compile(r"lib(?:cudart|cublasLt|cublas|cufft|curand|cudnn|nvrtc|nvJitLink)\.so")
LOADED, DYNAMIC = 1, 2
"""Kinds of program header."""
NEEDED, STRINGS = 1, 5
"""Tags of the dynamic section."""


def _numbers(form: str, data: mmap.mmap, at: int) -> tuple[int, ...]:
    return struct.unpack_from(form, data, at)


def _needed(data: mmap.mmap) -> list[str]:
    if data[:6] != b"\x7fELF\x02\x01":
        return []
    at, size, count = _numbers("<Q", data, 32)[0], *_numbers("<HH", data, 54)
    # kind, flags, offset in the file, address, physical address, size in the file
    headers = [_numbers("<IIQQQQ", data, at + size * number) for number in range(count)]
    (dynamic,) = (header for header in headers if header[0] == DYNAMIC)
    entries = [_numbers("<QQ", data, place) for place in range(dynamic[2], dynamic[2] + dynamic[5], 16)]
    (strings,) = (value for tag, value in entries if tag == STRINGS)
    (base,) = (h[2] + strings - h[3] for h in headers if h[0] == LOADED and h[3] <= strings < h[3] + h[5])
    starts = [base + value for tag, value in entries if tag == NEEDED]
    return [data[start : data.find(b"\0", start)].decode() for start in starts]


def sentence(libraries: Sequence[str], remedy: str = REMEDY) -> str:
    """`libcublas.so.12 is missing; …`, with the one command that mends it."""
    verb = "is" if len(libraries) == 1 else "are"
    return f"{' and '.join(libraries)} {verb} missing or cannot be loaded. To use the card: {remedy}"


NO_DEVICE = 100
"""The driver's code for a machine without a card, or with all of them hidden."""


def no_card(load: Load = ctypes.CDLL) -> str:
    """Why programs find no card here; empty where there is one, or a driver that tells of another fault."""
    try:
        driver = load("nvcuda.dll" if WINDOWS else "libcuda.so.1")
    except OSError:
        return "there is no NVIDIA card here, or its driver is not installed"
    if not isinstance(driver, ctypes.CDLL) or driver.cuInit(0) != NO_DEVICE:
        return ""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    return "NVIDIA's driver offers no card" + ("" if hidden is None else f' (CUDA_VISIBLE_DEVICES is "{hidden}")')


class Card:
    """What the cards of this machine hold; asks NVIDIA's driver, and says 0 where there is none."""

    def __init__(self, load: Load = ctypes.CDLL) -> None:
        self._nvml: ctypes.CDLL | None = None
        with contextlib.suppress(OSError):
            nvml = load("nvml.dll" if WINDOWS else "libnvidia-ml.so.1")
            if isinstance(nvml, ctypes.CDLL) and nvml.nvmlInit_v2() == 0:
                self._nvml = nvml
        self._before = self._used()

    def held(self) -> int:
        """Bytes that all cards hold now beyond what they held when this was made.

        The driver tells what each process holds only where process numbers are its own, which in a container they
        are not; the difference is there everywhere, and counts what other programs took meanwhile.
        """
        return max(0, self._own() or self._used() - self._before)

    def _devices(self) -> list[ctypes.c_void_p]:
        nvml = self._nvml
        if nvml is None:
            return []
        count = ctypes.c_uint()
        if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
            return []
        found = []
        for index in range(count.value):
            device = ctypes.c_void_p()
            if nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)) == 0:
                found.append(device)
        return found

    def _used(self) -> int:
        total = 0
        for device in self._devices():
            memory = _Memory()
            if self._nvml and self._nvml.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory)) == 0:
                total += int(memory.used)
        return total

    def _own(self) -> int:
        total = 0
        for device in self._devices():
            room = (_Process * MOST_PROCESSES)()
            count = ctypes.c_uint(MOST_PROCESSES)
            nvml = self._nvml
            if nvml and nvml.nvmlDeviceGetComputeRunningProcesses_v3(device, ctypes.byref(count), room) == 0:
                held = (int(entry.used) for entry in room[: count.value] if entry.pid == os.getpid())
                total += sum(size for size in held if size != UNKNOWN)
        return total

    def name(self) -> str:
        """The first card's name; empty where there is none."""
        for device in self._devices()[:1]:
            text = ctypes.create_string_buffer(96)
            if self._nvml and self._nvml.nvmlDeviceGetName(device, text, len(text)) == 0:
                return text.value.decode(errors="replace")
        return ""


MOST_PROCESSES = 256
UNKNOWN = 2**64 - 1
"""What the driver says for a size that it does not tell."""


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class _Process(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_uint),
        ("used", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )
