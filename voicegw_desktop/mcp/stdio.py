"""MCP over standard input and output: one JSON message a line, answered here or by a gateway that already runs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

from voicegw_desktop.core.control import Channel
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import record
from voicegw_desktop.mcp.envelope import INTERNAL_ERROR, PARSE_ERROR, headers_for
from voicegw_desktop.mcp.protocol import MAX_MESSAGE, failure

Answer = Callable[[bytes], Awaitable[str | None]]
"""One raw message in, the answer or None."""


async def serve_stdio(answer: Answer, reader: IO[bytes] | None = None, writer: IO[bytes] | None = None) -> None:
    """Answer lines until end-of-file; each in a task of its own, so that a slow tool delays no other call."""
    source: IO[bytes] = reader or sys.stdin.buffer
    sink: IO[bytes] = writer or sys.stdout.buffer
    tasks: set[asyncio.Task[None]] = set()

    async def one(line: bytes) -> None:
        said = await answer(line)
        if said is not None:
            sink.write(said.encode() + b"\n")
            sink.flush()

    while line := await asyncio.to_thread(source.readline, MAX_MESSAGE + 1):
        if not line.strip():
            continue
        if len(line) > MAX_MESSAGE:
            sink.write(json.dumps(failure(None, PARSE_ERROR, "The message is too long.")).encode() + b"\n")
            sink.flush()
            return
        task = asyncio.create_task(one(line))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.gather(*tasks, return_exceptions=True)


class Attached:
    """Passes messages to the gateway of one profile (`Paths.socket`); an async context manager."""

    def __init__(self, socket_path: Path) -> None:
        self._channel = Channel(socket_path)

    async def __aenter__(self) -> Attached:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._channel.aclose()

    async def answer(self, raw: bytes) -> str | None:
        """One message there and back."""
        import aiohttp

        message = _read(raw)
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **headers_for(message),
        }
        identity = record(message).get("id")
        try:
            async with self._channel.http().post("/mcp", data=raw, headers=headers) as response:
                text: str = await response.text()
                if response.status == 202:
                    return None
                # the HTTP error shape is no JSON-RPC; give the sentence in the form the client reads
                if response.status != 200 and '"jsonrpc"' not in text:
                    return json.dumps(failure(identity, INTERNAL_ERROR, text[:500]))
                return text
        except (OSError, aiohttp.ClientError) as e:
            return json.dumps(failure(identity, INTERNAL_ERROR, f"The gateway at {self._channel.path} is gone: {e}"))


def _read(raw: bytes) -> object:
    try:
        return loads(raw)
    except (ValueError, RecursionError):
        return None
