"""Shares one model among streams: decodes run one at a time, finals first, interims only when nothing else waits."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import Any, TypeVar

T = TypeVar("T")


class Urgency(IntEnum):
    """Which decode goes first; equal ones go in the order they were asked for."""

    FINAL = 0
    SPECULATIVE = 1
    RECORDING = 2
    INTERIM = 3


class DecodeQueue:
    """Runs blocking calls in one thread, most urgent first."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="decode")
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0
        self._busy = False
        self.done = 0
        """Decodes that are over."""

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._busy and not self._waiting

    @property
    def held(self) -> int:
        """Decodes that run or wait."""
        return self._busy + sum(not turn.done() for _, _, turn in self._waiting)

    async def run(self, urgency: Urgency, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """`call(*args, **kwargs)` in the decoding thread, when it is its turn.

        Cancelled while waiting, it never runs; cancelled while running, its result is dropped when it comes.
        """
        loop = asyncio.get_running_loop()
        if self._busy or self._waiting:
            turn: asyncio.Future[None] = loop.create_future()
            self._count += 1
            heapq.heappush(self._waiting, (urgency, self._count, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._release()
                raise
        self._busy = True
        running = loop.run_in_executor(self._thread, lambda: call(*args, **kwargs))
        running.add_done_callback(self._finished)
        return await asyncio.shield(running)

    def _finished(self, running: asyncio.Future[Any]) -> None:
        if not running.cancelled():
            running.exception()
        self.done += 1
        self._release()

    def _release(self) -> None:
        self._busy = False
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                self._busy = True
                turn.set_result(None)
                return
