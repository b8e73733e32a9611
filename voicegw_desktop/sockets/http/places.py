"""The places of `serve.max_connections`: a silent connection is ended for a new one, and no key has all of them."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from voicegw_desktop.core.errors import RateLimitExceeded

SHARE = 0.75  # of the places, for the requests of one key


class Peer(Protocol):
    """One connection, as `Places` sees it."""

    @property
    def silent_since(self) -> tuple[bool, float] | None:
        """Whether it ever brought a request, and the loop's time of the last one's end; None: a request is in hand."""
        ...

    def replace(self) -> None:
        """End at once, since another connection gets the place."""
        ...


class Places:
    """The open connections of a server, those over the unix socket and those over TCP each up to `limit`.

    One beyond the limit replaces the one that has been silent for longest, so that connections that do nothing keep
    no other client out.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[bool, dict[Peer, None]] = {True: {}, False: {}}
        """By whether they came over the unix socket; in the order of their coming."""

    def take(self, peer: Peer, by_unix: bool) -> bool:
        """A place for the connection; False when requests are in hand on all others."""
        rivals = self._open[by_unix]
        if len(rivals) >= self._limit:
            # looked through when all places are taken only
            silent = [(since, rival) for rival in rivals if (since := rival.silent_since) is not None]
            if not silent:
                return False
            # False comes first: one that never asked for anything is ended before one that has
            _, oldest = min(silent, key=lambda it: it[0])
            del rivals[oldest]
            oldest.replace()
        rivals[peer] = None
        return True

    def leave(self, peer: Peer) -> None:
        """The connection ended. Idempotent."""
        for rivals in self._open.values():
            rivals.pop(peer, None)


class Shares:
    """How many requests each key has open, a WebSocket being one; and each address, of callers that send no key."""

    def __init__(self, places: int) -> None:
        """`places`: `serve.max_connections`."""
        self._places = places
        self._most = max(1, int(places * SHARE))
        self._open: Counter[tuple[str, str]] = Counter()

    def enter(self, key_id: str | None, address: str | None) -> tuple[str, str] | None:
        """Count a request, and give what `leave` takes; raises RateLimitExceeded when its key has its share open.

        None: the caller came over the unix socket and is not counted.
        """
        if key_id is None and address is None:
            return None
        who = ("key", key_id) if key_id is not None else ("address", str(address))
        if self._open[who] >= self._most:
            named = "One key" if key_id is not None else f"One address ({address}) without a key"
            raise RateLimitExceeded(
                f"{named} may have {self._most} requests and streams open at a time, so that others get in "
                f"(serve.max_connections is {self._places}): close some of them, or raise the setting.",
                code="too_many_connections",
                retry_after=1,
            )
        self._open[who] += 1
        return who

    def leave(self, who: tuple[str, str] | None) -> None:
        """The request is over."""
        if who is not None:
            self._open[who] -= 1
            if self._open[who] <= 0:
                del self._open[who]
