"""What transcription and speech have in common: a driver in the background, events in a queue, one way to stop."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import ClassVar, Generic, TypeVar

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.failover import Failover, Legs, RaceLeg
from voicegw_desktop.corridor.runs import Run, can_fall_back, quietly
from voicegw_desktop.routing.egress import Cleared, EgressEntry
from voicegw_desktop.routing.plan import Plan

E = TypeVar("E")


class SpeechLeg(RaceLeg):
    """A target's part of a speech run: its stream, and the account of what is sent to it."""

    egress: EgressEntry

    @abstractmethod
    async def hang_up(self) -> None:
        """Cancel the target's stream."""


P = TypeVar("P", bound=SpeechLeg)


class SpeechRun(Run, Legs[P], Generic[E, P]):
    """Iterate it for its events, of which `last` is the end; `cancel()` it in a finally."""

    last: ClassVar[type]
    afterwards: ClassVar[str]
    """The error message for a client that sends more after the end."""

    def __init__(self, context: RunContext, caller: Caller, plan: Plan, queued: int = 0) -> None:
        """`queued`: events that may wait for the client before the run waits too; 0: any number."""
        super().__init__(context, caller, plan)
        self._events: asyncio.Queue[E | BaseException | None] = asyncio.Queue(queued)
        self._more = asyncio.Event()
        """The client sent something."""
        self._failover: Failover[P] = Failover(self)
        self._driver: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._ended = False
        self._retried: set[str] = set()
        self._parting = "cancelled"
        """The outcome when it is stopped from outside."""

    async def start(self) -> None:
        """Open the first target that answers; raises when none does."""
        self._failover.opened(await self._open_one(list(self.plan.targets)))
        self._driver = asyncio.get_running_loop().create_task(self._drive())

    async def close(self) -> None:
        """The client left. A success when nothing was owed to it, else as `cancel`; idempotent."""
        if self._error is None and not self._owes():
            self._parting = "ok"
        await self.cancel()

    def stop(self) -> None:
        super().stop()
        if self.stopped is not None and self._driver is not None:
            self._driver.cancel()
            self._driver.add_done_callback(self._stopped_unbegun)

    def _stopped_unbegun(self, _driver: object) -> None:
        """Finish a run whose driver was cancelled before its first step: its own code never ran."""
        if self._error is None and self.outcome is None:
            self._error = self.stopped
            self._finish("cancelled")
            if self._failover.now is not None:
                self.let_go(self._failover.now)
            self._events.put_nowait(self.stopped)
            self._unblock()

    def _owes(self) -> bool:
        """Whether the client asked for an answer that it does not have."""
        return True

    async def cancel(self) -> None:
        """Stop; idempotent, also after the end."""
        driver, self._driver = self._driver, None
        try:
            if driver is not None and not driver.done():
                driver.cancel()
                # not `await driver`: it raises CancelledError, which this could not tell from its own cancellation
                await asyncio.wait({driver})
        finally:
            # the handler of a client that disconnects may be cancelled twice, the second time right here
            if self._failover.now is not None:
                self.let_go(self._failover.now)
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
        """The `X-VoiceGW-*` headers of the answer."""
        return self.gateway_headers()

    async def _drive(self) -> None:
        """Serve until the end, by one target or several."""
        try:
            await self._failover.run()
            assert self._failover.now is not None
            self.let_go(self._failover.now)
            self.context.router.breaker.success(self.served.name)
            await self._complete()
            self._finish("ok", answered=True)
            await self._events.put(self._end())
        except asyncio.CancelledError:
            if (now := self._failover.now) is not None and now.bill is not None:
                now.bill.status = self._parting
            # before the next await: a second cancellation there would lose the record
            self._finish(self._parting)
            if self.stopped is None:
                raise
            self._error = self.stopped
            if now is not None:
                self.let_go(now)
            await self._events.put(self.stopped)
        except BaseException as e:
            self._error = e
            if (now := self._failover.now) is not None:
                self._broke(now, e)
                self.let_go(now)
            self._finish("error", e)
            await self._events.put(e)
        finally:
            self._unblock()

    def let_go(self, leg: P) -> None:
        """Close the connection to a target; idempotent."""
        leg.retire()
        if leg.over:
            return
        leg.over = True
        if leg.bill is not None:
            leg.bill.close(self.context.clock.monotonic_ns())
        leg.egress.close()
        # in the background: a provider that closes slowly must not delay the one that takes over
        self.context.spawn(quietly(leg.hang_up()))

    def takes_place(self, old: P, error: Exception) -> bool:
        """Only where another target would be opened anyway."""
        return self._falls_back(error)

    def leg_failed(self, leg: P, error: Exception) -> None:
        """Bill the leg for what it did, and count the failure against its target."""
        self._broke(leg, error)
        if can_fall_back(error):
            self._note_failure(leg.permit.target, error)

    def took_over(self, leg: P, before: P) -> None:
        """Another target serves from here."""
        self.served = leg.permit.target
        self.fallback_from = self.fallback_from or str(before.permit.target)

    def _falls_back(self, error: Exception) -> bool:
        """Whether the error is the target's own, so that another target may succeed."""
        raise NotImplementedError

    async def _open_one(self, candidates: list[Cleared]) -> P:
        """Open the first target."""
        raise NotImplementedError

    def _broke(self, leg: P, error: BaseException) -> None:
        """Bill a leg that failed."""
        if leg.bill is not None:
            self._failed(leg.bill, error)

    async def _complete(self) -> None:
        """Deliver what is missing once the target is done."""

    def _end(self) -> E:
        """The last event."""
        raise NotImplementedError

    def _unblock(self) -> None:
        """Wake a client that waits to send."""

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if self._ended:
            raise BadRequest(self.afterwards, code="stream_ended")
