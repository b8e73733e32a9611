"""A recogniser that hears nothing, for tests of what a stream costs."""

from __future__ import annotations

import asyncio
from typing import Any

from voicegw_desktop.core.events import EndOfStream, Final
from voicegw_desktop.core.ports import SttOptions, Target


class Listener:
    """Transcribes nothing, whenever the client ends an utterance."""

    async def open_stt(self, target: Target, options: SttOptions) -> Listening:
        return Listening()


class Listening:
    """One stream."""

    interims = False

    def __init__(self) -> None:
        self._told: asyncio.Queue[Any] = asyncio.Queue()

    async def push(self, pcm: bytes) -> None:
        await asyncio.sleep(0)

    async def commit(self) -> None:
        self._told.put_nowait(Final("nothing"))

    async def end(self) -> None:
        await self.commit()
        self._told.put_nowait(EndOfStream(0.0))

    async def cancel(self) -> None: ...

    async def __aiter__(self) -> Any:
        while True:
            event = await self._told.get()
            yield event
            if isinstance(event, EndOfStream):
                return
