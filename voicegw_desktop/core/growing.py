"""Text that comes in pieces and is read in parts: neither copies what is there already."""

from __future__ import annotations

import io


class GrowingText:
    """Pieces of text, one after the other. Joining strings copies all of them for each piece; this does not."""

    def __init__(self) -> None:
        # `newline`: a carriage return stays one
        self._all = io.StringIO(newline="")
        self._length = 0

    def __len__(self) -> int:
        """Characters so far."""
        return self._length

    def add(self, piece: str) -> None:
        """Add a piece at the end."""
        self._all.seek(self._length)
        self._length += self._all.write(piece)

    def since(self, start: int, most: int = -1) -> str:
        """The text from character `start` on, at most `most` characters of it; -1: all."""
        self._all.seek(start)
        return self._all.read(most)

    def whole(self) -> str:
        """All of it; costs as much as it is long."""
        return self._all.getvalue()
