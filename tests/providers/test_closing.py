"""A plugin's stream is at its end when `closing` has closed it, whatever else is cancelled meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from voicegw_desktop.providers.cloud import closing

pytestmark = pytest.mark.unit


class Stream:
    """Ends in its own time after it was cancelled, as a plugin that gives its connection back does."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.asked = asyncio.Event()
        self.ended = False
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.asked.set()
            await self.may_end.wait()
            self.ended = True

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})


async def test_who_is_cancelled_while_closing_leaves_when_the_stream_has_ended() -> None:
    stream = Stream()
    await asyncio.sleep(0)
    seen: list[bool] = []

    async def use() -> None:
        try:
            await closing(stream).aclose()
        finally:
            seen.append(stream.ended)

    using = asyncio.ensure_future(use())
    await stream.asked.wait()
    for _ in range(2):
        using.cancel()
        await asyncio.sleep(0)
    assert not using.done()
    stream.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert seen == [True]
