"""Refuses a WebSocket client that does not mask its frames (RFC 6455, 5.1), which aiohttp's server does not look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

MASKED = 0x80
"""The bit of a frame's second byte that says its payload is masked."""
REFUSED = b"\xf0\x80"
"""Begins a frame with bits that no extension gave a meaning: the parser ends the connection with 1002 for it."""


class Parser(Protocol):
    """What takes the bytes of a WebSocket."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Take bytes; (whether nothing more is wanted, what was not used)."""
        ...

    def feed_eof(self) -> None:
        """No more bytes come."""
        ...


class FirstFrame:
    """Stands before the parser until two bytes came. Clients mask all of their frames or none: one look is enough."""

    def __init__(self, parser: Parser, seen: Callable[[Any], None]) -> None:
        """`seen` is called with the parser once the first frame was looked at: all else is for it alone."""
        self._parser, self._seen = parser, seen
        self._head = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Take the first bytes."""
        self._head += bytes(data)
        if len(self._head) < 2:
            return False, b""
        self._seen(self._parser)
        return self._parser.feed_data(self._head if self._head[1] & MASKED else REFUSED)

    def feed_eof(self) -> None:
        """The client has left before its first frame."""
        self._parser.feed_eof()
