"""Worker processes that answer as the clouds' fakes do, and fail on a test's orders.

Each request is told to the test first, over the address in `ORDERS`, which answers with the fault for it; that
connection stays open while the request is being worked on, and its last line says whether that came to its end.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from aiohttp import web

from voicegw_desktop.engines.wire import Event
from voicegw_desktop.testing.openai import FakeOpenAI
from voicegw_desktop.testing.seen import Fault
from voicegw_desktop.testing.sound import Ear, pieces, spoken
from voicegw_desktop.workers.harness import Connection, Job

ORDERS = "VOICEGW_TEST_ORDERS"
DIED = 11
RATE = 24_000
TRANSCRIPT = "hello from the fake"


def create(job: Job) -> Speech | Llama:
    return Llama(job) if job.engine == "llamacpp" else Speech(job)


class Order:
    """One request's fault, and how far its answer is."""

    def __init__(self, fault: Fault | None) -> None:
        self.fault = fault
        self.done = False
        self._sent = 0

    async def strike(self) -> None:
        """What goes wrong before the first piece of an answer."""
        match self.fault and self.fault.name:
            case "500":
                raise RuntimeError("Something broke inside.")
            case "stall":
                await asyncio.Event().wait()

    async def send(self, send: Callable[[], Awaitable[None]]) -> None:
        """One piece."""
        fault = self.fault
        if fault and self._sent >= fault.after:
            if fault.name == "drop_mid_stream":
                os._exit(DIED)
            if fault.name == "stall_mid_stream":
                await asyncio.Event().wait()
        self._sent += 1
        await send()


@asynccontextmanager
async def order(**seen: Any) -> AsyncIterator[Order]:
    """Report the request to the test and receive its fault."""
    host, _, port = os.environ[ORDERS].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(json.dumps(seen, default=str).encode() + b"\n")
        raw = json.loads(await reader.readline())
        it = Order(Fault(**raw) if raw else None)
        yield it
        if it.done:
            writer.write(b"done\n")
    finally:
        writer.close()


async def hello(job: Job) -> None:
    """Report this process's job and environment to the test."""
    async with order(type="hello", job=asdict(job), environment=dict(os.environ)) as it:
        it.done = True


class Speech:
    """Whisper, kokoro or piper."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()

    def load(self) -> Mapping[str, Any]:
        asyncio.run_coroutine_threadsafe(hello(self._job), self._loop).result()
        return {"device": "cpu", "compute_type": "scripted", "why": "it follows a script"}

    async def handle(self, first: Event, conn: Connection) -> None:
        async with order(type=first.type, data=first.data) as it:
            await it.strike()
            it.done = await (self._hear if first.type == "transcribe" else self._speak)(it, first, conn)

    async def _hear(self, it: Order, first: Event, conn: Connection) -> bool:
        """Whether it came to its end: False when the client left, which may be read before this task is cancelled."""
        ear = Ear(int(first.data["rate"]))
        began = False

        async def say(kind: str, **data: Any) -> None:
            await it.send(lambda: conn.write(Event(kind, data)))

        async def final() -> None:
            at = {"language": "en", "start_s": ear.start_s, "end_s": ear.heard_s, "confidence": 1.0}
            await say("voice-stopped", timestamp=round(ear.heard_s * 1000))
            await say("transcript", text=TRANSCRIPT, words=[], segments=[], **at)

        while (event := await conn.read()) is not None:
            heard = None
            if event.type == "audio-chunk":
                heard = ear.hear(event.payload or b"")
            elif event.type in ("audio-commit", "audio-stop"):
                heard = ear.end()
            began = began or heard is not None
            if heard == "start":
                await say("voice-started", timestamp=round(ear.start_s * 1000))
                await say("interim", text=TRANSCRIPT.split()[0], committed="", language="en", start_s=ear.start_s)
            elif heard == "end":
                await final()
            if event.type == "audio-stop":
                await say("end-of-stream", audio_s=ear.heard_s)
                # the tests' recordings have speech: one that ends before it was cut off when its client left
                return began
        return False

    async def _speak(self, it: Order, first: Event, conn: Connection) -> bool:
        text, rate = "", int(first.data.get("rate") or RATE)
        while (event := await conn.read()) is not None and event.type != "synthesize-stop":
            text += str(event.data.get("text", ""))
        if event is None:
            return False
        sound = spoken(text, rate)
        await conn.write(Event("audio-start", {"rate": rate, "width": 2, "channels": 1}))
        for piece in pieces(sound, rate):
            await it.send(lambda piece=piece: self._sound(conn, piece, rate))  # type: ignore[misc]
        await conn.write(Event("audio-stop", {}))
        await conn.write(Event("synthesize-stopped", {"characters": len(text), "audio_s": len(sound) / 2 / rate}))
        return True

    async def _sound(self, conn: Connection, piece: bytes, rate: int) -> None:
        await conn.write(Event("audio-chunk", {"rate": rate, "width": 2, "channels": 1}, piece))


class Llama(FakeOpenAI):
    """llama.cpp's server with its words: a key of its own, and /health without one."""

    name = "llamacpp"

    def __init__(self, job: Job) -> None:
        super().__init__(key=secrets.token_urlsafe(24))
        self._job = job
        self._loop = asyncio.get_running_loop()
        self.address = ""

    def load(self) -> Mapping[str, Any]:
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result()
        return {"api_key": self.key, "device": "cpu", "compute_type": "scripted", "why": "it follows a script"}

    async def _begin(self) -> None:
        await hello(self._job)
        await self.__aenter__()
        self.address = self.base_url.removesuffix(self.base_path)

    def routes(self) -> list[web.RouteDef]:
        return [*super().routes(), web.get("/health", self._health)]

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        kind = {401: "authentication_error"}.get(status, "server_error")
        return {"error": {"code": status, "message": message, "type": kind}}

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path == "/health":
            return await self._health(request)
        async with order(type=request.path, data=await request.json(), headers=dict(request.headers)) as it:
            self._fault, before = it.fault, self.hangups
            answer = await super()._gate(request, handler)
            it.done = self.hangups == before
            return answer

    def _cut(self, request: web.Request) -> None:
        # the program is gone with its connections
        os._exit(DIED)
