"""What transcription and speech have in common: a driver in the background, events in a queue, one way to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar, Generic, Protocol, TypeVar

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.runs import Run
from voicegw_desktop.routing.router import Plan


class Part(Protocol):
    """One target's part of a run."""

    timer: asyncio.TimerHandle | None
    broken: asyncio.Future[None]


E = TypeVar("E")
P = TypeVar("P", bound=Part)


class SpeechRun(Run, Generic[E, P]):
    """Iterate it for its events, of which `last` is the end; `cancel()` it in a finally."""

    last: ClassVar[type]
    afterwards: ClassVar[str]
    """What is said to a client that sends more after its end."""

    def __init__(self, context: RunContext, caller: Caller, plan: Plan, queued: int = 0) -> None:
        """`queued`: events that may wait for the client before the run waits too; 0: any number."""
        super().__init__(context, caller, plan)
        self._events: asyncio.Queue[E | BaseException | None] = asyncio.Queue(queued)
        self._more = asyncio.Event()
        """The client sent something."""
        self._now: P | None = None
        self._driver: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._ended = False
        self._retried: set[str] = set()
        self._parting = "cancelled"
        """The outcome when it is stopped from outside."""

    async def close(self) -> None:
        """The client left. A success when nothing was owed to it, else as `cancel`; idempotent."""
        if self._error is None and not self._owes():
            self._parting = "ok"
        await self.cancel()

    def _owes(self) -> bool:
        """Is there an answer that the client asked for and does not have?"""
        return True

    async def cancel(self) -> None:
        """Stop; idempotent, also after the end."""
        driver, self._driver = self._driver, None
        try:
            if driver is not None and not driver.done():
                driver.cancel()
                await asyncio.wait({driver})
        finally:
            # a client that hangs up may have its handler cancelled twice, the second time right here
            if self._now is not None:
                self._let_go(self._now)
            self._finish(self._parting)
            # a full queue has an iterator that is about to empty it, or none at all
            if self._events.full():
                self._events.get_nowait()
            self._events.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[E]:
        while (event := await self._events.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event
            if isinstance(event, self.last):
                return

    def headers(self) -> dict[str, str]:
        """`X-VoiceGW-*` headers."""
        return self.gateway_headers()

    def _drive_on(self) -> None:
        self._driver = asyncio.get_running_loop().create_task(self._drive())

    async def _drive(self) -> None:
        """Serve until the end, by one target or several."""
        raise NotImplementedError

    def _let_go(self, part: P) -> None:
        """Hang up on a target; idempotent."""
        raise NotImplementedError

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if self._ended:
            raise BadRequest(self.afterwards, code="stream_ended")


def watch_no_more(part: Part) -> None:
    """Stop counting a target's silence, and look at what broke it so that nobody is told of it later."""
    if part.timer is not None:
        part.timer.cancel()
        part.timer = None
    if part.broken.done() and not part.broken.cancelled():
        part.broken.exception()


def fail(part: Part, error: Exception) -> None:
    """End a target's part with an error, once."""
    if not part.broken.done():
        part.broken.set_exception(error)
