"""Coroutines that views start: held until they end, their errors given to one place that shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


class Tasks:
    """Runs coroutines on the running loop."""

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._on_error = on_error
        self.closers: list[Callable[[], Coroutine[object, None, None]]] = []
        """What to call at the end, once nothing runs any more: they close what tasks left open."""

    def start(
        self,
        coroutine: Coroutine[object, None, T],
        then: Callable[[T], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> asyncio.Task[None]:
        """Run `coroutine`; give its result to `then`, or its error to `on_error` in place of the common one."""

        async def run() -> None:
            try:
                result = await coroutine
                if then is not None:
                    # a turn of the loop of its own: answering and showing at once would keep the streams
                    await asyncio.sleep(0)
                    then(result)
            except Exception as error:
                (on_error or self._on_error)(error)

        task = asyncio.get_running_loop().create_task(run())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # one that is cancelled before its first step was never awaited
        task.add_done_callback(lambda _: coroutine.close())
        return task

    async def close(self) -> None:
        """Cancel what still runs."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for closer in self.closers:
            await closer()
