from collections.abc import Mapping
from typing import NamedTuple

STATUS_ZOMBIE: str

class Error(Exception): ...
class NoSuchProcess(Error): ...
class AccessDenied(Error): ...

class _Memory(NamedTuple):
    rss: int

class _VirtualMemory(NamedTuple):
    total: int
    available: int

class _CpuTimes(NamedTuple):
    user: float
    system: float
    idle: float

class _Card(NamedTuple):
    isup: bool

class _Battery(NamedTuple):
    percent: float
    secsleft: int
    power_plugged: bool | None

class Process:
    pid: int
    def __init__(self, pid: int | None = None) -> None: ...
    def status(self) -> str: ...
    def terminate(self) -> None: ...
    def memory_info(self) -> _Memory: ...
    def children(self, recursive: bool = False) -> list[Process]: ...

def virtual_memory() -> _VirtualMemory: ...
def cpu_times() -> _CpuTimes: ...
def net_if_stats() -> Mapping[str, _Card]: ...
def sensors_battery() -> _Battery | None: ...
