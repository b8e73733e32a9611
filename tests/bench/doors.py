"""First token and first sound through each door beside OpenAI's: `python -m tests.bench.doors [rounds]`.

One served socket over scripted answers, so that only the doors' own work differs; the two doors in turn, and the median
of the differences of pairs. Each figure contains the client's own work of reading the wire. What follows the first
token comes once the client has read it, as from a model that takes its time: the end of an answer is no part of its
beginning.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from wyoming.asr import Transcript
from wyoming.client import AsyncClient

from tests.support.figures import row
from tests.support.socket_gateway import GOOD_KEY, FakeCorridor, FakeGateway
from tests.support.socket_runs import FakeReply
from voicegw_desktop.sockets.http.server import Server

ROUNDS = 300
WARM_UP = 30
LIMIT_MS = 0.3
HI = [{"role": "user", "content": "Hello."}]
PIECES = [
    b'data: {"choices":[{"index":0,"delta":{"content":"Good "}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"content":"day."}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}\n\ndata: [DONE]\n\n',
]
Measured = Callable[[], Awaitable[float]]


class Willing(FakeCorridor):
    """Opens whatever is asked for."""

    first: asyncio.Event | None = None
    """Set by the client that has read the first token."""

    async def _gate(self, kind: str, caller: Any, wanted: str | None, options: Any) -> None:
        return

    async def chat(self, *args: Any, **options: Any) -> FakeReply:
        reply = await super().chat(*args, **options)
        reply.hold = self.first
        return reply


class Doors:
    """Clients of one socket; each method gives milliseconds until the first token or the first sound."""

    def __init__(self, http: aiohttp.ClientSession, wyoming: int, corridor: Willing) -> None:
        self._http, self._wyoming, self._corridor = http, wyoming, corridor

    def _begin(self) -> asyncio.Event:
        self._corridor.first = asyncio.Event()
        return self._corridor.first

    async def _posted(self, path: str, body: dict[str, Any], word: bytes) -> float:
        go_on = self._begin()
        began = time.perf_counter()
        first = 0.0
        async with self._http.post(path, json=body) as answer:
            seen = b""
            async for piece in answer.content.iter_any():
                seen += piece
                if not first and word in seen:
                    first = time.perf_counter()
                    go_on.set()
        assert first, seen
        return (first - began) * 1000

    async def openai(self) -> float:
        return await self._posted(
            "/v1/chat/completions", {"model": "fake/llm", "messages": HI, "stream": True}, b"Good "
        )

    async def responses(self) -> float:
        return await self._posted("/v1/responses", {"model": "fake/llm", "input": HI, "stream": True}, b"Good ")

    async def messages(self) -> float:
        body = {"model": "fake/llm", "messages": HI, "max_tokens": 9, "stream": True}
        return await self._posted("/v1/messages", body, b"Good ")

    async def ollama(self) -> float:
        return await self._posted("/api/chat", {"model": "fake/llm", "messages": HI, "stream": True}, b"Good ")

    async def handle(self) -> float:
        """A connection and a sentence, as Home Assistant makes one for each."""
        go_on = self._begin()
        began = time.perf_counter()
        async with AsyncClient.from_uri(f"tcp://127.0.0.1:{self._wyoming}") as client:
            await client.write_event(Transcript("Hello.").event())
            first = 0.0
            while (event := await client.read_event()) is not None:
                if event.type == "handled-chunk" and not first:
                    first = time.perf_counter()
                    go_on.set()
                if event.type == "handled-stop":
                    break
        return (first - began) * 1000

    async def speech(self) -> float:
        body = {"model": "fake/tts", "voice": "alloy", "input": "Good day.", "response_format": "pcm"}
        began = time.perf_counter()
        first = 0.0
        async with self._http.post("/v1/audio/speech", json=body) as answer:
            async for _ in answer.content.iter_any():
                first = first or time.perf_counter()
        return (first - began) * 1000

    @asynccontextmanager
    async def realtime(self) -> AsyncIterator[Measured]:
        async with self._http.ws_connect("/v1/realtime?model=fake/llm") as ws:

            async def once() -> float:
                return await _asked(ws, {"type": "response.create"}, "response.output_audio.delta", "response.done")

            yield once

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Measured]:
        backend = {"type": "responses", "responses": {"model": "fake/llm"}}
        async with self._http.ws_connect("/v1/live/sessions") as ws:
            await ws.send_json({"type": "session.start", "session": {"model": "fake/llm", "delegation": backend}})

            async def once() -> float:
                found = await _asked(
                    ws, {"type": "response.create"}, "session.output_audio.delta", "session.usage.updated", sounds=True
                )
                # the sound is sent in the time it takes to hear, and silence after it
                while _sound(await ws.receive_json()) != b"":
                    pass
                return found

            yield once


def _sound(told: dict[str, Any]) -> bytes | None:
    """The samples of a Live event without silence around them; None: it is no sound."""
    if told["type"] != "session.output_audio.delta":
        return None
    return base64.b64decode(told["delta"]).strip(b"\0")


async def _asked(
    ws: aiohttp.ClientWebSocketResponse, event: dict[str, Any], kind: str, last: str, *, sounds: bool = False
) -> float:
    began = time.perf_counter()
    await ws.send_str(json.dumps(event))
    first, over = 0.0, False
    while not (first and over):
        told = await ws.receive_json()
        if told["type"] == kind and not first and (not sounds or _sound(told)):
            first = time.perf_counter()
        over = over or told["type"] == last
    return (first - began) * 1000


async def _pairs(name: str, usual: Measured, other: Measured, rounds: int) -> float:
    """The median of the differences, printed."""
    apart: list[float] = []
    times: list[float] = []
    for number in range(WARM_UP + rounds):
        ways = (usual, other) if number % 2 else (other, usual)
        first, second = [await way() for way in ways]
        mine, its = (first, second) if number % 2 else (second, first)
        if number >= WARM_UP:
            apart.append(its - mine)
            times.append(mine)
    median = statistics.median(apart)
    row(f"{name}, more than OpenAI's {statistics.median(times):.2f} ms", median, "ms", at_most=LIMIT_MS)
    return median


async def measure(rounds: int) -> dict[str, float]:
    """Milliseconds more than OpenAI's door, by door."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="vgw-") as folder:
        gateway = FakeGateway(Path(folder))
        corridor = Willing(chat_pieces=list(PIECES), chat_type="text/event-stream", tts_twentieths=1)
        gateway.corridor = corridor
        serve = gateway.config.serve.model_copy(update={"port": 0, "wyoming_port": 0})
        server = Server(gateway, serve=serve)
        await server.start()
        headers = {"Authorization": f"Bearer {GOOD_KEY}"}
        async with aiohttp.ClientSession(server.url, headers=headers) as http:
            doors = Doors(http, server.ports()["wyoming"][1], corridor)
            gc.collect()
            gc.disable()
            for name in ("responses", "messages", "ollama", "handle"):
                found[name] = await _pairs(f"first token: {name}", doors.openai, getattr(doors, name), rounds)
                gateway.corridor.opened.clear()
            corridor.first = None
            async with doors.realtime() as realtime, doors.live() as live:
                few = max(20, rounds // 4)
                found["live"] = await _pairs("first sound: live (beside Realtime)", realtime, live, few)
            gc.enable()
        await server.stop()
    return found


def main(arguments: list[str]) -> int:
    found = asyncio.run(measure(int(arguments[0]) if arguments else ROUNDS))
    return 1 if any(value > LIMIT_MS for value in found.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
