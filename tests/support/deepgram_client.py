"""A client of Deepgram's doors that reads message by message, and scripted streams behind them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from tests.support.socket_runs import FakeStt, FakeTts
from voicegw_desktop.core.events import Audio, EndOfStream


class LiveStt(FakeStt):
    """Answers what the test gives it, when the test gives it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.says: asyncio.Queue[Any] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            event = await self.says.get()
            if isinstance(event, Exception):
                raise event
            yield event
            if isinstance(event, EndOfStream):
                return

    async def end(self) -> None:
        self.says.put_nowait(EndOfStream(len(self.pushed) / 2 / self.options.rate))


class LongTts(FakeTts):
    """Begins to speak, and continues for longer than any test waits."""

    async def __aiter__(self) -> AsyncIterator[Any]:
        yield Audio(bytes(1600), self.options.rate or 24_000)
        await asyncio.Event().wait()


class Client:
    """One WebSocket, read message by message."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.sound = b""

    async def next(self) -> dict[str, Any]:
        """The next text message; sound before it is kept in `sound`."""
        async with asyncio.timeout(60):
            while (message := await self.ws.receive()).type is aiohttp.WSMsgType.BINARY:
                self.sound += message.data
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)  # type: ignore[no-any-return]

    async def send(self, kind: str, **fields: Any) -> None:
        await self.ws.send_json({"type": kind, **fields})


async def pushed(run: FakeStt, size: int) -> None:
    async with asyncio.timeout(60):
        while len(run.pushed) < size:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def pushed_commit(run: FakeStt, count: int) -> None:
    async with asyncio.timeout(60):
        while run.commits < count:  # noqa: ASYNC110
            await asyncio.sleep(0)
