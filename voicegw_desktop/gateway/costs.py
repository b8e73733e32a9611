"""Questions about costs for code with and without a running loop."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Coroutine, Generator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from voicegw_desktop.gateway.private_loop import PrivateLoop
from voicegw_desktop.storage.days import Span, span_of

if TYPE_CHECKING:
    from voicegw_desktop.core.clock import Clock
    from voicegw_desktop.storage.sqlite import SQLiteStorage

Summary = dict[str, Any]
"""`{period, project, total, by_provider, by_model, by_project}`, amounts in US dollars."""
T = TypeVar("T")


class Counted(Protocol):
    """What is needed of a gateway that is asked for its costs."""

    @property
    def clock(self) -> Clock: ...
    @property
    def storage(self) -> SQLiteStorage | None: ...
    async def start(self) -> object: ...
    async def aclose(self) -> None: ...
    def project(self, name: str) -> object:
        """The project's settings; raises NotFound."""
        ...


class Costs(Summary):
    """A `Summary`; inside a running loop `await` it to fill it."""

    def __init__(self, work: Coroutine[object, object, Summary]) -> None:
        super().__init__()
        self._work: Coroutine[object, object, Summary] | None = work

    def __await__(self) -> Generator[object, None, Summary]:
        if self._work is not None:
            work, self._work = self._work, None
            self.update((yield from work.__await__()))
        return self

    def __missing__(self, key: str) -> Any:
        if self._work is not None:
            raise RuntimeError("Inside a running loop, write `await gateway.costs(...)`.")
        raise KeyError(key)

    def __del__(self) -> None:
        if self._work is not None:
            self._work.close()


class BlockingCalls:
    """Runs a gateway's coroutines for callers without a loop, in a private loop that is made at the first call."""

    def __init__(self, gateway: Counted) -> None:
        self._gateway = gateway
        self._loop: PrivateLoop | None = None

    def costs(self, period: str | Span, project: str | None, by: Sequence[str] = ()) -> Costs:
        """Filled outside a running loop; to be awaited inside one."""
        answer = Costs(summary(self._gateway, period, project, by))
        if not in_loop():
            self._run(_filled(answer))
        return answer

    def close(self) -> None:
        """Close the gateway and end the loop."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.run(self._gateway.aclose())
            loop.stop()

    def _run(self, work: Coroutine[object, object, T]) -> T:
        if self._loop is None:
            self._loop = PrivateLoop()
            atexit.register(self.close)
        return self._loop.run(work)


async def summary(
    gateway: Counted, period: str | Span = "today", project: str | None = None, by: Sequence[str] = ()
) -> Summary:
    """US dollars spent in a period, by all projects or one; with `tracking` False nothing is recorded.

    Raises BadRequest, and NotFound for a project that is neither configured nor has a request in the period.
    """
    span = period if isinstance(period, Span) else span_of(period, gateway.clock.time())
    await gateway.start()
    found: Summary = {"period": span.name, "project": project, "total": None, "tracking": False}
    found |= {"by_provider": {}, "by_model": {}, "by_project": {}}
    if gateway.storage is not None:
        found = await gateway.storage.get_cost_summary(span, project=project, by=by)
    if project is not None and not found.get("requests"):
        # one that was removed still has what it has spent
        gateway.project(project)
    return found


async def _filled(costs: Costs) -> None:
    await costs


def in_loop() -> bool:
    """Whether this thread runs an event loop now."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
