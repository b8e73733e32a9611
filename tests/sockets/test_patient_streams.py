"""Streams of the Responses and Messages doors while a model loads, thinks long, or fails."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tests.sockets.openai.test_responses import chunks
from tests.support.socket_gateway import GOOD_KEY, Serve
from tests.support.socket_runs import FakeReply
from voicegw_desktop.core.errors import EngineCrashed
from voicegw_desktop.sockets.http.limits import Limits

pytestmark = pytest.mark.socket

HI = [{"role": "user", "content": "Hi."}]
ASKED: dict[str, dict[str, Any]] = {
    "/v1/responses": {"model": "fake/llm", "input": HI, "stream": True},
    "/v1/messages": {"model": "fake/llm", "messages": HI, "max_tokens": 9, "stream": True},
}
KEEPALIVE = b": keepalive\n"
QUICK = replace(Limits(), chat_headers_after=0.01, sse_keepalive=0.01)


async def line_of(response: aiohttp.ClientResponse, wanted: bytes) -> bytes:
    """The next line that holds `wanted`."""
    while wanted not in (line := await response.content.readline()):
        assert line, wanted
    return line


@pytest.mark.parametrize("path", ASKED)
async def test_a_silence_in_an_answer_is_filled(serve: Serve, path: str) -> None:
    server = await serve(limits=QUICK)
    corridor = server.gateway.corridor
    corridor.chat_type = "text/event-stream"
    corridor.chat_pieces = chunks({"content": "Good "}, {"content": "day."})
    hold = asyncio.Event()
    original = corridor.chat

    async def held(*args: Any, **kwargs: Any) -> FakeReply:
        reply: FakeReply = await original(*args, **kwargs)
        reply.hold = hold
        return reply

    corridor.chat = held
    async with (
        aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http,
        http.post(path, json=ASKED[path]) as response,
    ):
        assert response.headers["Content-Type"] == "text/event-stream"
        await line_of(response, b"Good ")
        await line_of(response, KEEPALIVE)
        hold.set()
        await line_of(response, b"day.")
        assert b": voicegw served-by=fake/llm" in await response.read()


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("refused", [True, False])
async def test_an_error_after_the_keepalives_is_an_event(serve: Serve, path: str, refused: bool) -> None:
    server = await serve(limits=QUICK)
    corridor = server.gateway.corridor
    corridor.delay = asyncio.Event()
    if refused:
        corridor.chat_status, corridor.chat_pieces = 400, [b'{"error": {"message": "The engine ended."}}']
    else:
        corridor.error = EngineCrashed("The engine ended.")
    async with (
        aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http,
        http.post(path, json=ASKED[path]) as response,
    ):
        assert response.status == 200
        await line_of(response, KEEPALIVE)
        corridor.delay.set()
        told = json.loads((await line_of(response, b"data: ")).removeprefix(b"data: "))
        assert told["error"]["message"] == "The engine ended."
        assert not [line for line in (await response.read()).split(b"\n") if line.startswith(b"data: ")]
    if refused:
        assert corridor.opened[-1].closed.is_set()
