"""Limits of a door without keys: connections at once, connections of one address, bytes of all together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.engines.wire import WireError

MAX_CONNECTIONS = 64
PER_ADDRESS = 32  # connections from one address by TCP
ROOM = 64 * 1024 * 1024  # bytes of unfinished events of all connections together


@dataclass(slots=True, eq=False)
class Place:
    """One open connection."""

    task: asyncio.Task[None]
    address: str | None
    """None: the unix socket, where only this user connects."""
    waiting_since: float | None = None
    """Loop time since which nothing runs for this connection and its next event is awaited; None: something runs."""
    heard: bool = False
    """Whether one whole event has come."""
    held: int = 0
    """Bytes of the event that is arriving or being answered."""


@dataclass(slots=True)
class Places:
    """The open connections. One beyond the limits replaces the one that has been silent for longest."""

    limit: int = MAX_CONNECTIONS
    per_address: int = PER_ADDRESS
    room: int = ROOM
    open: set[Place] = field(default_factory=set)
    used: int = 0
    """Bytes of unfinished events, of all connections."""

    def take(self, address: str | None) -> Place | None:
        """A place for the running task; None when all others work. One that was silent may be ended for it."""
        # the unix socket and TCP do not take places from each other
        rivals = [p for p in self.open if (p.address is None) == (address is None)]
        own = [p for p in rivals if p.address == address]
        full = own if address is not None and len(own) >= self.per_address else rivals
        if full is own or len(rivals) >= self.limit:
            silent = [p for p in full if p.waiting_since is not None]
            if not silent:
                return None
            # a peer that has never sent an event is ended before one that has
            oldest = min(silent, key=lambda p: (p.heard, p.waiting_since))
            self.leave(oldest)
            oldest.task.cancel()
        task: Any = asyncio.current_task()
        place = Place(task, address, asyncio.get_running_loop().time())
        self.open.add(place)
        return place

    def leave(self, place: Place) -> None:
        """The connection ended. Idempotent."""
        self.free(place)
        self.open.discard(place)

    def arrived(self, place: Place, count: int) -> None:
        """Count bytes of an event; raises WireError when all connections together hold too much."""
        if self.used + count > self.room:
            raise WireError(f"unfinished events hold {self.room} bytes already")
        place.held += count
        self.used += count

    def free(self, place: Place) -> None:
        """The event was answered."""
        self.used -= place.held
        place.held = 0
