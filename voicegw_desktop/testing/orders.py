"""What a fake can be told to do wrong, and how a test waits for what happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from voicegw_desktop.testing.seen import FAULTS, Fault

S = TypeVar("S")


class Orders(Generic[S]):
    """`requests` are what arrived, each in the fake's own form."""

    def __init__(self) -> None:
        self.requests: list[S] = []
        self.hangups = 0
        """Answers whose client went away, or said that it wants no more, before they were complete."""
        self._changed = asyncio.Event()
        self._fault: Fault | None = None

    def fault(self, name: str, **settings: Any) -> None:
        """Spoil the coming requests: one of `FAULTS`; `settings` are the fields of Fault."""
        if name not in FAULTS:
            raise ValueError(f'There is no fault "{name}"; there are {", ".join(FAULTS)}.')
        self._fault = Fault(name, **settings)

    def clear(self) -> None:
        """Remove all faults."""
        self._fault = None

    async def until(self, condition: Callable[[], Any], within: float = 5.0) -> None:
        """Wait until `condition()` holds; it is looked at whenever something arrives or a client leaves."""
        async with asyncio.timeout(within):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _take(self, path: str) -> Fault | None:
        fault = self._fault
        if fault is None or fault.path not in path:
            return None
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._fault = None
        return fault
