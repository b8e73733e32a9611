"""A connection is opened ahead for the next request where the server closes that of each stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.warm import EVERY, WARM_FOR, Warmth

pytestmark = pytest.mark.socket

PATIENCE = 60.0  # s for a local server


@dataclass
class Worker:
    """Serves like llama.cpp, and notes from which port each request came. Also the lease on itself."""

    address: str = ""
    seen: list[tuple[str, int]] = field(default_factory=list)

    def expect(self, expecting: bool = True) -> None:
        return None

    def progress(self) -> None:
        return None

    def release(self) -> None:
        return None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: {}\n\n")
        response.force_close()
        return response

    async def health(self, request: web.Request) -> web.Response:
        self._note(request)
        return web.json_response({"status": "ok"})

    def _note(self, request: web.Request) -> None:
        assert request.transport is not None
        self.seen.append((request.path, request.transport.get_extra_info("peername")[1]))


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", worker.answer)
    app.router.add_get("/health", worker.health)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    worker.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield worker
    await runner.cleanup()


async def test_the_next_request_finds_a_connection_open(worker: Worker) -> None:
    rests = asyncio.Event()

    async def rest(seconds: float) -> None:
        rests.set()
        await asyncio.get_running_loop().create_future()

    http = HttpClient(rest)
    lease: Any = worker
    for _ in range(2):
        reply = await http.post(f"{worker.address}/v1/chat/completions", {"stream": True}, lease=lease)
        assert await reply.read() == b"data: {}\n\n"
        async with asyncio.timeout(PATIENCE):
            await rests.wait()
        rests.clear()
    await http.aclose()
    paths, ports = zip(*worker.seen, strict=True)
    assert paths == ("/v1/chat/completions", "/health", "/v1/chat/completions", "/health")
    assert ports[1] == ports[2]
    assert len(set(ports)) == 3


async def test_it_is_kept_for_the_time_of_a_conversation_only() -> None:
    asked: list[str] = []
    slept: list[float] = []

    async def ask(url: str) -> None:
        asked.append(url)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    warmth = Warmth(ask, sleep)
    warmth.begin("http://a")
    (task,) = warmth._tasks.values()
    await task
    assert asked == ["http://a"] * round(WARM_FOR / EVERY)
    assert sum(slept) == WARM_FOR
    assert not warmth._tasks


async def test_a_server_that_is_gone_is_left_alone() -> None:
    async def ask(url: str) -> None:
        raise ConnectionRefusedError

    warmth = Warmth(ask)
    warmth.begin("http://a")
    (task,) = warmth._tasks.values()
    await task
    warmth.begin("http://a")
    warmth.end("http://a")
    await warmth.aclose()
    assert not warmth._tasks
