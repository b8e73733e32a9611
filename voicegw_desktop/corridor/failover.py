"""The failover machine: which target serves a request, when another one joins or takes over, and how the request ends.

Transcription, speech and chat use it alike. Each of the three defines how a target is opened, what it is given and what
counts as its answer; this module holds the states, the race between two targets, and the order in which targets are
left.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.routing.egress import Cleared


class State(StrEnum):
    """Where a request stands."""

    OPENING = "opening"
    """no target serves yet"""
    SERVING = "serving"
    """one target serves"""
    HEDGING = "hedging"
    """the target that serves is slow, and another one has joined it"""
    MOVING = "moving"
    """the target that served was left, and another one is looked for"""
    ENDED = "ended"
    """the request is recorded and paid for"""


class Cause(StrEnum):
    """What moves a request from one state to another."""

    OPENED = "opened"
    JOINED = "joined"
    WON = "won"
    ALONE = "alone"
    REPLACED = "replaced"
    LEFT = "left"
    ANSWERED = "answered"
    GAVE_UP = "gave up"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    state: State
    cause: Cause
    to: State
    meaning: str


TRANSITIONS = (
    Transition(State.OPENING, Cause.OPENED, State.SERVING, "A target of the chain accepted the request."),
    Transition(State.OPENING, Cause.GAVE_UP, State.ENDED, "No target accepted the request: the client gets the error."),
    Transition(State.OPENING, Cause.STOPPED, State.ENDED, "The client left before any target accepted it."),
    Transition(
        State.SERVING,
        Cause.JOINED,
        State.HEDGING,
        "The target owes its answer for longer than `ttfb_limit_ms`, and `hedge` is on: the next target is asked too.",
    ),
    Transition(
        State.SERVING,
        Cause.LEFT,
        State.MOVING,
        "The target failed or stalled, is too slow and `hedge` is off, or the route changed: it is closed and billed.",
    ),
    Transition(State.SERVING, Cause.ANSWERED, State.ENDED, "Everything was answered."),
    Transition(State.SERVING, Cause.GAVE_UP, State.ENDED, "A chat was refused, or broke off after its first words."),
    Transition(State.SERVING, Cause.STOPPED, State.ENDED, "The client left: the target is closed and billed."),
    Transition(
        State.HEDGING,
        Cause.WON,
        State.SERVING,
        "The target that joined answered first: it serves. The slow one is closed and billed.",
    ),
    Transition(
        State.HEDGING,
        Cause.ALONE,
        State.SERVING,
        "The target that serves answered first, or the one that joined failed: the one that joined is closed.",
    ),
    Transition(
        State.HEDGING,
        Cause.REPLACED,
        State.SERVING,
        "The target that serves failed: the one that joined takes its place.",
    ),
    Transition(State.MOVING, Cause.OPENED, State.SERVING, "Another target is given what is not answered yet."),
    Transition(State.MOVING, Cause.GAVE_UP, State.ENDED, "No target can go on: the client gets the error."),
    Transition(State.MOVING, Cause.STOPPED, State.ENDED, "The client left while another target was opened."),
)
"""All that can happen. A race ends before the target that serves is left, so nothing else leads out of `hedging`."""

_TABLE = {(row.state, row.cause): row.to for row in TRANSITIONS}


class LostHedgeRace(Exception):
    """Another target answered first."""


class RaceLeg:
    """One target's part of a run, as far as the machine looks at it."""

    def __init__(self, permit: Cleared) -> None:
        self.permit = permit
        self.bill: Leg | None = None
        """What the target did and is paid for; None until it is opened."""
        self.timer: asyncio.TimerHandle | None = None
        """Counts how long the target has owed something."""
        self.over = False
        """Whether it was closed."""
        self.hedged = False
        """Whether another target was asked for what this one owes."""
        self.lost = False
        """Another target answered first: further events of this leg are dropped."""
        self._broken: asyncio.Future[None] | None = None
        self._slow: asyncio.Future[None] | None = None

    # made where they are looked at: a leg that serves without a race never is

    @property
    def broken(self) -> asyncio.Future[None]:
        """Ends this leg with an error from outside its own tasks: a timer, a changed route, a lost race."""
        if self._broken is None:
            self._broken = asyncio.get_running_loop().create_future()
        return self._broken

    @property
    def slow(self) -> asyncio.Future[None]:
        """Done when the target has owed its answer for longer than the limit, and another one may join."""
        if self._slow is None:
            self._slow = asyncio.get_running_loop().create_future()
        return self._slow

    def joined(self) -> None:
        """Note that another target is asked now; this one may be found slow again."""
        self._slow = None

    def count(self, seconds: float, then: Any, *args: Any) -> None:
        """Call `then` after a silence of `seconds`; a count that runs starts again."""
        self.stop_counting()
        self.timer = asyncio.get_running_loop().call_later(seconds, then, *args)

    def stop_counting(self) -> None:
        """Stop the count of its silence; idempotent."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def fail(self, error: Exception) -> None:
        """End the leg with an error; later errors are ignored."""
        if not self.broken.done():
            self.broken.set_exception(error)

    def is_slow(self) -> None:
        """Ask for another target to join this leg."""
        self.hedged = True
        if not self.slow.done():
            self.slow.set_result(None)

    def retire(self) -> None:
        """Stop watching it, and read its error so that asyncio does not report it as never retrieved."""
        self.stop_counting()
        if self._broken is not None and self._broken.done():
            self._broken.exception()


L = TypeVar("L", bound=RaceLeg)


class Legs(Protocol[L]):
    """What a modality adds to the machine: how its legs are opened, served and left."""

    @abstractmethod
    def begin(self, leg: L) -> tuple[asyncio.Task[None], ...]:
        """Start to serve with an open leg. The first task ends when everything is answered; all raise errors."""

    def at_once(self, leg: L) -> Awaitable[None] | None:
        """Work that needs no race, to be awaited in place; None: `begin` it. A task less on the way of each request."""
        return None

    @abstractmethod
    async def join(self, slow: L) -> L | None:
        """Open another leg beside a slow one; None when there is none to open."""

    @abstractmethod
    async def replace(self, old: L, error: Exception) -> L:
        """Leave `old` and open the next leg; raises when the error allows no other target, or none is left."""

    @abstractmethod
    def takes_place(self, old: L, error: Exception) -> bool:
        """Whether the leg that joined may take the place of one that failed so."""

    @abstractmethod
    def took_over(self, leg: L, before: L) -> None:
        """`leg` serves now: it won the race, or took the place of one that failed."""

    @abstractmethod
    def leg_failed(self, leg: L, error: Exception) -> None:
        """A leg failed and was not the only one: bill it for what it did, and count the failure."""

    @abstractmethod
    def let_go(self, leg: L) -> None:
        """Close a leg's connection; idempotent."""


class Failover(Generic[L]):
    """One request's machine. `now` serves; `beside` has joined it and waits to answer first."""

    def __init__(self, legs: Legs[L]) -> None:
        self._legs = legs
        self.state = State.OPENING
        self.now: L | None = None
        self.beside: L | None = None

    def go(self, cause: Cause) -> None:
        """Follow the table; what comes after the end changes nothing."""
        if self.state is not State.ENDED:
            self.state = _TABLE[self.state, cause]

    @property
    def racing(self) -> bool:
        """Whether two targets race to answer first."""
        return self.state is State.HEDGING

    def opened(self, leg: L) -> None:
        """The first target accepted the request, or the next one did."""
        self.now = leg
        self.go(Cause.OPENED)

    async def run(self) -> None:
        """Serve until everything is answered, by one target or several; raises when none can go on."""
        while True:
            try:
                await self._serve()
                return
            except Exception as e:
                assert self.now is not None
                self.go(Cause.LEFT)
                self.opened(await self._legs.replace(self.now, e))

    def won(self, leg: L) -> None:
        """`leg` answered first: it serves, and another one in the race leaves."""
        other = self.beside if leg is self.now else self.now
        if other is not None:
            # no further event of the loser is passed on: half an answer twice is worse than a late one
            other.lost = True
            other.fail(LostHedgeRace())
        if leg is not self.now:
            self._now_is(leg, Cause.WON)

    def drop_beside(self) -> None:
        """Close the leg that joined: the route changed, or what was owed has come."""
        if self.beside is not None:
            self.beside.lost = True
            self.beside.fail(LostHedgeRace())

    def _now_is(self, leg: L, cause: Cause) -> None:
        before, self.now, self.beside = self.now, leg, None
        self.go(cause)
        assert before is not None
        self._legs.took_over(leg, before)

    async def _serve(self) -> None:
        """Wait until `now` has answered everything; raises the leg's error."""
        assert self.now is not None
        if (work := self._legs.at_once(self.now)) is not None:
            await work
            return
        here: dict[L, tuple[asyncio.Task[None], ...]] = {}
        joining: asyncio.Task[L | None] | None = None
        try:
            here[self.now] = self._legs.begin(self.now)
            while True:
                watched: set[asyncio.Future[Any]] = {joining} if joining is not None else set()
                for leg, tasks in here.items():
                    watched |= {tasks[0], leg.broken, leg.slow, *(t for t in tasks if not t.done())}
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                if joining is not None and joining.done():
                    joined, joining = joining.result(), None
                    if joined is not None:
                        here[joined] = self._legs.begin(joined)
                for leg, tasks in list(here.items()):
                    if leg.slow.done():
                        leg.joined()
                        if joining is None and self.beside is None and leg is self.now:
                            # outside the race: the slow leg may answer while the other is still being opened
                            joining = asyncio.get_running_loop().create_task(self._join(leg))
                    try:
                        if self._over(leg, tasks):
                            return
                    except Exception as e:
                        if leg is self.now and self.beside in here and self._legs.takes_place(leg, e):
                            assert self.beside is not None
                            self._now_is(self.beside, Cause.REPLACED)
                        if leg is self.now:
                            raise
                        await self._leave(leg, here.pop(leg), e)
        finally:
            # also when this is cancelled: a target that is only being opened costs money as well
            if joining is not None:
                joining.cancel()
                await asyncio.wait({joining})
            for leg, tasks in here.items():
                await self._leave(leg, tasks)
            if self.beside is not None:
                # the leg was opened just before the cancellation
                await self._leave(self.beside, ())

    def _over(self, leg: L, tasks: tuple[asyncio.Task[None], ...]) -> bool:
        """Whether `now` has answered everything; raises the leg's error."""
        # the target's own error is raised, and not how its connection ended
        for done in (tasks[0], leg.broken, *tasks[1:]):
            if done.done():
                done.result()
        if not tasks[0].done():
            return False
        if leg is self.now:
            return True
        # it ended without an answer that would have won
        raise LostHedgeRace

    async def _join(self, slow: L) -> L | None:
        leg = await self._legs.join(slow)
        if leg is None:
            return None
        self.beside = leg
        self.go(Cause.JOINED)
        if not slow.hedged:
            # what was owed has come while the other target was opened
            self.drop_beside()
        return leg

    async def _leave(self, leg: L, tasks: tuple[asyncio.Task[None], ...], error: Exception | None = None) -> None:
        """Stop serving with a leg. One that is not `now` is closed, and paid for what it did."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        leg.stop_counting()
        if leg is self.now:
            return
        if self.beside is leg:
            self.beside = None
            self.go(Cause.ALONE)
        if leg.bill is not None:
            leg.bill.status = "lost"
        if error is not None and not isinstance(error, LostHedgeRace):
            self._legs.leg_failed(leg, error)
        self._legs.let_go(leg)
