"""The seam between views and gateway: operations by name and a stream of events, in process or attached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol


class GatewayPort(Protocol):
    """All that a view may know of a gateway."""

    endpoint: str
    """Base address for OpenAI clients, `http://127.0.0.1:7717/v1`; empty while stopped."""

    async def call(self, operation: str, **params: Any) -> Any:
        """Run one operation of core.operations; raises a VoiceGatewayError with a sentence to show."""
        ...

    def subscribe(self, callback: Callable[[object], None]) -> Callable[[], None]:
        """Hear every bus event; returns the unsubscriber."""
        ...


class Tasks:
    """Runs a view's coroutines, keeps them alive, and hands their errors to one place that shows them."""

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._on_error = on_error

    def start(self, coroutine: Any, then: Callable[[Any], None] | None = None) -> asyncio.Task[Any]:
        """Run `coroutine`; give its result to `then`."""

        async def run() -> None:
            try:
                result = await coroutine
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._on_error(error)
            else:
                if then is not None:
                    then(result)

        task = asyncio.get_running_loop().create_task(run())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """Cancel what still runs."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
