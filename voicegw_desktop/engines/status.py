"""What every engine, local or remote, says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


class State(StrEnum):
    """Where an engine is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    """the process is being made, or memory is being freed for it"""
    LOADING = "loading"
    READY = "ready"
    """loaded and not asked yet"""
    BUSY = "busy"
    IDLE = "idle"
    UNLOADING = "unloading"
    FAILED = "failed"
    ANSWERS = "answers"
    """of a server of one's own, which is neither started nor ended here"""
    DOES_NOT_ANSWER = "does not answer"


LOADED = frozenset({State.READY, State.BUSY, State.IDLE})
ALIVE = LOADED | {State.STARTING, State.LOADING, State.UNLOADING}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an engine's history, for people."""

    at: float
    """Unix seconds."""
    message: str


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """One engine, as API, tray and CLI show it."""

    name: str
    """`whisper/base`"""
    provider: str
    model: str
    state: State
    reason: str = ""
    pid: int | None = None
    rss_bytes: int = 0
    gpu_bytes: int = 0
    """Bytes of a graphics card's memory, as its worker measured them."""
    estimate_bytes: int = 0
    """What the memory ceiling reserves for it."""
    threads: int = 0
    threads_next: int = 0
    """What it would get if it loaded now."""
    since: float = 0.0
    """Unix seconds of the last change of state; 0: not known, as of a server elsewhere."""
    keep_alive_s: float | None = None
    """How long it stays when idle; None: for ever."""
    expires_at: float | None = None
    """Unix seconds at which it is unloaded unless it is used; None: not while busy, or never."""
    streams: int = 0
    """Requests it serves now."""
    outdated: bool = False
    """True while changed settings wait until it serves nothing."""
    failures: int = 0
    """In a row."""
    retry_in_s: float = 0.0
    address: str = ""
    project: str | None = None
    """The only project that has this server; None: all have it."""
    info: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """What the engine reported: device, compute_type, why, load_s, ..."""
    history: tuple[Entry, ...] = ()
    log: tuple[str, ...] = ()
    """The engine's last lines on stderr."""

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return {
            **{name: getattr(self, name) for name in self.__slots__ if name not in ("info", "history", "log", "state")},
            "state": str(self.state),
            "info": dict(self.info),
            "history": [{"at": entry.at, "message": entry.message} for entry in self.history],
            "log": list(self.log),
        }
