"""What clients receive when the gateway stops: streams end with an error, waiting requests are refused, nothing
hangs."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.support.socket_gateway import GOOD_KEY, Serve
from voicegw_desktop.sockets.http.limits import Limits

pytestmark = pytest.mark.socket

CHAT = {"model": "fake/llm", "messages": [{"role": "user", "content": "hi"}]}
HEADERS = {"Authorization": f"Bearer {GOOD_KEY}"}
SOON = Limits(shutdown=0.05)


class Loading(asyncio.Event):
    """A model that never finishes loading, and signals when a request waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> bool:
        self.reached.set()
        return await super().wait()


async def test_a_stream_is_told_that_the_gateway_stops(serve: Serve) -> None:
    server = await serve(limits=SOON)
    corridor = server.gateway.corridor
    corridor.chat_type = "text/event-stream"
    corridor.chat_pieces = [b'data: {"choices": []}\n\n', b'data: {"half']
    opening = corridor.chat

    async def held(*args: Any, **kwargs: Any) -> Any:
        reply = await opening(*args, **kwargs)
        reply.hold = asyncio.Event()
        return reply

    corridor.chat = held
    async with (
        aiohttp.ClientSession(server.url, headers=HEADERS) as http,
        http.post("/v1/chat/completions", json={**CHAT, "stream": True}) as response,
    ):
        await response.content.readuntil(b"\n\n")
        stopping = asyncio.create_task(server.stop())
        rest = await response.content.read()
        await stopping
    assert b'\n\ndata: {"error":' in rest
    assert b'"code":"gateway_stops"' in rest
    assert corridor.opened[0].closed.is_set()


async def test_a_request_that_waits_is_refused_when_the_gateway_stops(serve: Serve) -> None:
    server = await serve(limits=SOON)
    delay = server.gateway.corridor.delay = Loading()
    async with aiohttp.ClientSession(server.url, headers=HEADERS) as http:
        asking = asyncio.create_task(http.post("/v1/chat/completions", json=CHAT))
        await delay.reached.wait()
        await server.stop()
        async with await asking as response:
            assert response.status == 503
            assert (await response.json())["error"]["code"] == "gateway_stops"
