"""What a worker tells one connection until it has ended."""

from __future__ import annotations

import asyncio

from voicegw_desktop.engines.wire import Event, read_event


async def told_last(reader: asyncio.StreamReader, *kinds: str) -> Event | None:
    """Read to the first event of one of `kinds`; None when the worker has closed the connection before it.

    A worker that has answered closes; what is written to it later breaks the connection, which is an end, too.
    """
    async with asyncio.timeout(60):
        try:
            while (event := await read_event(reader)) is not None:
                if event.type in kinds:
                    return event
        except ConnectionError:
            pass
        return None
