"""How much memory each engine held lately, for the line on the page Engines."""

from __future__ import annotations

from collections import deque

KEEP = 240  # samples of an engine
APART = 2.0  # s between two of them


class Memory:
    """Samples by engine; those of one that ended go with it."""

    def __init__(self) -> None:
        self._samples: dict[str, deque[tuple[float, int]]] = {}

    def add(self, name: str, held: int, at: float) -> None:
        """Keep that the engine holds so many bytes at `at` (Unix seconds); 0 bytes: it has ended."""
        if held <= 0:
            self._samples.pop(name, None)
            return
        kept = self._samples.setdefault(name, deque(maxlen=KEEP))
        if len(kept) > 1 and kept[-1][0] - kept[-2][0] < APART:
            # the newest look takes the place of one that came too soon after another
            kept.pop()
        kept.append((at, held))

    def of(self, name: str) -> list[tuple[float, int]]:
        """(Unix seconds, bytes), oldest first."""
        return list(self._samples.get(name, ()))


def own_server(name: str) -> bool:
    """True for a server that the person runs, such as `gpu-box`: an engine of this machine is `provider/model`."""
    return "/" not in name
