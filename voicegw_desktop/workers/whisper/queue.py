"""Shares one model among streams: finals first, interims only when nothing else runs or waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
CROWDED_S = 1.0  # after an utterance had to wait: so long the queue counts as busy, for interims would delay the next


class Urgency(IntEnum):
    """Which decode goes first; equal ones go in the order they were asked for."""

    FINAL = 0
    SPECULATIVE = 1
    RECORDING = 2
    INTERIM = 3


Wish: TypeAlias = "Urgency | Callable[[], Urgency | None]"
"""An urgency, or what tells it whenever the next decode is chosen; None: the result is of no use any more."""


class Unwanted(Exception):
    """The result of this decode is of no use any more; it did not run."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    urgency: Callable[[], Urgency | None]
    count: int
    turn: asyncio.Future[None] = field(compare=False)


class DecodeQueue:
    """Runs blocking calls in threads, most urgent first.

    `at_once`: how many of them the model takes at a time. Beside another one only those of utterances that ended or
    paused run.
    """

    def __init__(self, at_once: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="decode")
        self._at_once = at_once
        self._waiting: list[_Waiting] = []
        self._count = 0
        self._running = 0
        self._clock, self._crowded_s = clock, float("-inf")
        self.done = 0
        """Decodes that are over."""

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits, and no utterance that ended or paused had to wait a moment ago."""
        free = not self._running and not self._waiting
        return free and self._clock() - self._crowded_s > CROWDED_S

    @property
    def held(self) -> int:
        """Decodes that run or wait."""
        return self._running + len(self._waiting)

    async def run(self, urgency: Wish, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """`call(*args, **kwargs)` in a decoding thread, when it is its turn. Raises Unwanted.

        Cancelled while waiting, it never runs; cancelled while running, its result is dropped when it comes.
        """
        loop = asyncio.get_running_loop()
        self._count += 1
        asked = (lambda: urgency) if isinstance(urgency, Urgency) else urgency
        waiting = _Waiting(asked, self._count, loop.create_future())
        self._waiting.append(waiting)
        self._choose()
        if not waiting.turn.done() and (wish := asked()) is not None and wish <= Urgency.SPECULATIVE:
            self._crowded_s = self._clock()
        try:
            await waiting.turn
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            if not waiting.turn.cancelled() and waiting.turn.exception() is None:
                # its turn came, and it left before it could take it
                self._over()
            raise
        running = loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))
        running.add_done_callback(self._finished)
        return await asyncio.shield(running)

    def _finished(self, running: asyncio.Future[Any]) -> None:
        if not running.cancelled():
            running.exception()
        self.done += 1
        self._over()

    def _over(self) -> None:
        self._running -= 1
        self._choose()

    def _choose(self) -> None:
        """Give turns to those that wait, as many as may run."""
        self._waiting = [one for one in self._waiting if not one.turn.done()]
        while self._waiting and self._running < self._at_once:
            urgencies = [(one.urgency(), one) for one in self._waiting]
            for urgency, one in urgencies:
                if urgency is None:
                    self._waiting.remove(one)
                    one.turn.set_exception(Unwanted())
            wanted = [(urgency, one.count, one) for urgency, one in urgencies if urgency is not None]
            if not wanted:
                return
            urgency, _, first = min(wanted, key=lambda each: each[:2])
            if self._running and urgency > Urgency.SPECULATIVE:
                return
            self._waiting.remove(first)
            self._running += 1
            first.turn.set_result(None)
