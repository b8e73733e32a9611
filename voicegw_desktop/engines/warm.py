"""A connection that waits for the next request.

llama.cpp ends the connection of every streamed answer, and a new one costs half a millisecond before the first token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

EVERY = 3.0  # s; a worker's server drops a connection that was silent for five
WARM_FOR = 30.0  # s after an answer; within them a conversation usually goes on


class Warmth:
    """Sends small requests to a server that has just answered, for a while, so that a connection stays open."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[object]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`ask(url)` makes one request whose connection is kept; when it raises, no more are sent."""
        self._ask, self._sleep = ask, sleep
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, url: str) -> None:
        """An answer comes from the server at `url`; its connection will end with it."""
        self.end(url)
        task = asyncio.get_running_loop().create_task(self._keep(url))
        self._tasks[url] = task
        task.add_done_callback(lambda done: self._tasks.get(url) is done and self._tasks.pop(url))

    def end(self, url: str) -> None:
        """A request goes to `url`, which takes the connection."""
        if task := self._tasks.pop(url, None):
            task.cancel()

    async def _keep(self, url: str) -> None:
        with suppress(Exception):
            for _ in range(round(WARM_FOR / EVERY)):
                await self._ask(url)
                await self._sleep(EVERY)

    async def aclose(self) -> None:
        """Stop the background task."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
