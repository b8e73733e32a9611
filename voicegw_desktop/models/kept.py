"""The store's listing, kept for as long as nothing that it was made of looks different."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.models.manifest import SETTLED_NS

if TYPE_CHECKING:
    from voicegw_desktop.models.listing import ModelInfo

LOOK_AGAIN_NS = 1_000_000_000
"""Between two looks at the files: other programs pull and remove models too."""
MANY = 100  # files of a listing; below it one is made in a millisecond or two
BUSY_NS = 250_000
"""For each file beyond MANY, how long a listing is kept although its files are being changed, so that who asks again
and again costs a fifth of the time: to make one takes 50 µs for each."""
Stamp = tuple[int, int, int, int]
"""When a file or folder was last changed and when it was written (ns), its size in bytes and its inode; all 0 where
there is none. Programs that copy set the time of writing; they cannot set the other."""


class KeptListing:
    """Doors ask for the listing with each request: looking at files costs a tenth of reading all manifests again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_ns = 0
        """No file is looked at before."""
        self._settled = False
        self._kept: tuple[object, dict[str, Stamp], tuple[ModelInfo, ...]] | None = None
        self.made = 0
        """How often the listing was made."""

    def forget(self) -> None:
        """This program has changed what lies in the store: make the listing again when it is asked for."""
        self._kept = None

    def get(self, state: object, make: Callable[[], tuple[Iterable[ModelInfo], Iterable[str]]]) -> list[ModelInfo]:
        """The lines, at most a second old where another program changes files.

        `state`: what they depend on beside files. `make` gives them, and every path that was looked at.
        """
        kept, looked = self._kept, self._clock.monotonic_ns()
        if kept is not None and kept[0] == state:
            if looked < self._until_ns:
                return list(kept[2])
            if self._settled and all(_stamp(path) == before for path, before in kept[1].items()):
                self._until_ns = looked + LOOK_AGAIN_NS
                return list(kept[2])
        now = int(self._clock.time() * 1e9)
        made, paths = make()
        lines = list(made)
        self.made += 1
        # looked at afterwards, but not believed when one was written lately: the system's clock has steps, and what is
        # written in the step of the last change leaves the stamp as it is
        stamps = {path: _stamp(path) for path in paths}
        self._settled = all(abs(now - at) > SETTLED_NS for stamp in stamps.values() for at in stamp[:2])
        busy_ns = min(LOOK_AGAIN_NS, max(0, len(stamps) - MANY) * BUSY_NS)
        self._kept = state, stamps, tuple(lines)
        self._until_ns = looked + (LOOK_AGAIN_NS if self._settled else busy_ns)
        return lines


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0, 0, 0, 0
    return found.st_ctime_ns, found.st_mtime_ns, found.st_size, found.st_ino
