"""Turns of the loop: one client that sends thousands of messages at once does not keep all others waiting."""

from __future__ import annotations

import asyncio
import time

TURN = 0.005  # s that the messages of one client may keep the loop
WAITED = 0.0005  # s; a message that is at hand is read sooner


class Turns:
    """How long one client's messages have kept the loop.

    Reading waits for nothing where the next message is at hand, nor does a door that refuses each of them.
    """

    def __init__(self) -> None:
        self._since = self._began = 0.0

    def begin(self) -> None:
        """Call it before the next message is read."""
        self._began = time.monotonic()

    async def end(self) -> None:
        """Call it once the message is here: waits for a turn of the loop where this client has had its time."""
        now = time.monotonic()
        if now - self._began > WAITED:
            # others had their turn meanwhile
            self._since = now
        elif now - self._since > TURN:
            await asyncio.sleep(0)
            self._since = time.monotonic()
