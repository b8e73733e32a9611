"""Scripted legs of a failover, and a modality's side that records its calls."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from voicegw_desktop.core.ports import Target
from voicegw_desktop.corridor.failover import Failover, RaceLeg
from voicegw_desktop.corridor.metering import Leg


class One(RaceLeg):
    """A leg with a name."""

    def __init__(self, name: str) -> None:
        super().__init__(cast(Any, None))
        self.name = name
        self.bill = Leg(Target("fake", name))
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.input: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.silent = False
        """Whether it ends without an answer."""
        self.work: list[asyncio.Task[None]] = []

    def __repr__(self) -> str:
        return self.name


class Scripted:
    """The modality's side of the machine; `told` lists the machine's calls."""

    def __init__(self) -> None:
        self.machine: Failover[One] = Failover(cast(Any, self))
        self.joins: asyncio.Future[One | None] = asyncio.get_running_loop().create_future()
        self.next: list[One] = []
        self.told: list[tuple[str, ...]] = []
        self.join_ended = ""

    def start(self, leg: One) -> asyncio.Task[None]:
        self.machine.opened(leg)
        return asyncio.ensure_future(self.machine.run())

    def at_once(self, leg: One) -> None:
        return None

    def begin(self, leg: One) -> tuple[asyncio.Task[None], ...]:
        async def listen() -> None:
            await leg.answer
            if not leg.silent:
                self.machine.won(leg)

        async def feed() -> None:
            await leg.input

        leg.work = [asyncio.ensure_future(listen()), asyncio.ensure_future(feed())]
        return tuple(leg.work)

    async def join(self, slow: One) -> One | None:
        self.told.append(("join", slow.name))
        try:
            return await self.joins
        except asyncio.CancelledError:
            self.join_ended = "cancelled"
            await asyncio.sleep(0.01)
            self.join_ended = "closed"
            raise

    async def replace(self, old: One, error: Exception) -> One:
        self.told.append(("replace", old.name))
        if not self.next:
            raise error
        return self.next.pop(0)

    def takes_place(self, old: One, error: Exception) -> bool:
        return not isinstance(error, PermissionError)

    def took_over(self, leg: One, before: One) -> None:
        self.told.append(("took over", leg.name, before.name))

    def leg_failed(self, leg: One, error: Exception) -> None:
        self.told.append(("failed", leg.name))

    def let_go(self, leg: One) -> None:
        self.told.append(("let go", leg.name))


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def racing() -> tuple[Scripted, asyncio.Task[None], One, One]:
    """`first` is slow and `second` has joined it."""
    legs, first, second = Scripted(), One("first"), One("second")
    run = legs.start(first)
    first.is_slow()
    await turns()
    legs.joins.set_result(second)
    await turns()
    assert legs.machine.racing
    legs.told.clear()
    return legs, run, first, second
