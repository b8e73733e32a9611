"""A client that does not read its answer: little is made for it; it is disconnected, and its work ends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from wyoming.tts import Synthesize

from tests.sockets.test_livekit_wire import CREATE_STT, CREATE_TTS, FLUSH, SILENCE, speak
from tests.support.socket_gateway import GOOD_KEY, FakeCorridor, Serve
from tests.support.socket_runs import FakeStt
from voicegw_desktop.core.events import Interim, Notice
from voicegw_desktop.engines.wire import encode
from voicegw_desktop.sockets import wyoming_connection
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.operations.ops import EVENT_QUEUE

pytestmark = pytest.mark.socket

MIB = 1024 * 1024
MOST = 4 * MIB
"""Bytes that may be made for it: what the kernel, the transport and our queues hold, base64 and all; of hundreds."""
STALLED = replace(Limits(), stall=0.2)

USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}
CHAT = {"model": "fake/llm", "stream": True, "messages": [{"role": "user", "content": "x"}]}
CONVERSATIONS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "livekit tts": ("/v1/tts", [CREATE_TTS, speak("Long. "), FLUSH]),
    "livekit stt": ("/v1/stt", [CREATE_STT, SILENCE, {"type": "session.finalize"}]),
    "realtime": (
        "/v1/realtime?model=fake/llm",
        [{"type": "conversation.item.create", "item": USER}, {"type": "response.create"}],
    ),
    "realtime speech": (
        "/v1/realtime?model=fake/llm",
        [{"type": "conversation.item.create", "item": USER}, {"type": "response.create"}],
    ),
    "deepgram speak": ("/v1/speak?model=fake/tts", [{"type": "Speak", "text": "Long. "}, {"type": "Flush"}]),
    "elevenlabs": (
        "/v1/text-to-speech/any/stream-input?model_id=fake/tts&output_format=pcm_24000",
        [{"text": " "}, {"text": "Long. "}, {"text": ""}],
    ),
}
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", CHAT),
    "speech": ("/v1/audio/speech", {"model": "fake/tts", "input": "Long.", "response_format": "pcm"}),
    "speech as events": (
        "/v1/audio/speech",
        {"model": "fake/tts", "input": "Long.", "response_format": "pcm", "stream_format": "sse"},
    ),
    "deepgram": ("/v1/speak?model=fake/tts&encoding=linear16&container=none", {"text": "Long."}),
    "elevenlabs": ("/v1/text-to-speech/any/stream?model_id=fake/tts&output_format=pcm_24000", {"text": "Long."}),
}


async def prepare(serve: Serve) -> tuple[Server, FakeCorridor]:
    """A server whose engines send hundreds of megabytes."""
    server = await serve(limits=STALLED)
    corridor: FakeCorridor = server.gateway.corridor

    async def anything(*_: Any) -> None: ...

    corridor._gate = anything  # type: ignore[method-assign]
    corridor.tts_twentieths = 200_000
    corridor.stt_script = [Interim("word " * 400, committed="")] * 200_000
    content = json.dumps({"choices": [{"index": 0, "delta": {"content": "One two three. " * 200}}]})
    corridor.chat_pieces, corridor.chat_type = [b"data: " + content.encode() + b"\n\n"] * 200_000, "text/event-stream"
    return server, corridor


async def cut(corridor: FakeCorridor, made: dict[str, int]) -> None:
    """Every opened run was closed, and little was made."""
    async with asyncio.timeout(60):
        while not corridor.opened:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for run in corridor.opened:
            await (run.left if isinstance(run, FakeStt) else run.cancelled).wait()
    assert any(run.made for run in corridor.opened)
    for run in corridor.opened:
        each = made.get(type(run).__name__, 1)
        assert run.made * each < MOST, f"{type(run).__name__} made {run.made * each / MIB:.0f} MiB for nobody"


@pytest.mark.parametrize("wire", CONVERSATIONS)
async def test_a_websocket_that_is_not_read(serve: Serve, wire: str) -> None:
    server, corridor = await prepare(serve)
    path, messages = CONVERSATIONS[wire]
    if wire == "realtime speech":
        # the text ends soon; what is spoken of it does not
        corridor.chat_pieces = [corridor.chat_pieces[0], b"data: [DONE]\n\n"]
    connector = aiohttp.UnixConnector(str(server.socket_path))
    async with aiohttp.ClientSession("http://localhost", connector=connector) as http:
        ws = await http.ws_connect(path)
        for message in messages:
            await ws.send_json(message)
        await cut(corridor, {"FakeStt": 2000})
        ws._response.close()


@pytest.mark.parametrize("request_name", REQUESTS)
async def test_an_answer_that_is_not_read(serve: Serve, request_name: str) -> None:
    server, corridor = await prepare(serve)
    path, body = REQUESTS[request_name]
    connector = aiohttp.UnixConnector(str(server.socket_path))
    async with (
        aiohttp.ClientSession("http://localhost", connector=connector) as http,
        http.post(path, json=body) as answer,
    ):
        assert answer.status == 200
        await cut(corridor, {})


async def test_a_wyoming_client_that_does_not_read(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wyoming_connection, "STALL", 0.2)
    server, corridor = await prepare(serve)
    assert server.socket_path is not None
    _, writer = await asyncio.open_unix_connection(str(server.socket_path.with_name("wyoming.sock")), limit=1024)
    writer.write(encode(Synthesize("Long.").event()))
    await cut(corridor, {})
    writer.transport.abort()


@pytest.mark.parametrize("upgrade", [True, False])
async def test_events_that_are_not_read(serve: Serve, upgrade: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The bus never waits for a listener: a slow one misses events, and one that stalls is disconnected."""
    server = await serve(limits=STALLED)
    event = Notice("info", "x" * 20_000, "test")
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {GOOD_KEY}"}) as http:
        held = await (http.ws_connect("/v1/events") if upgrade else http.get("/v1/events"))
        connections = server._runner.server.connections  # type: ignore[union-attr]
        async with asyncio.timeout(60):
            while any(c.transport is not None and not c.transport.is_closing() for c in connections):
                for _ in range(EVENT_QUEUE):
                    server.gateway.bus.publish(event)
                await asyncio.sleep(0.01)
                connections = server._runner.server.connections  # type: ignore[union-attr]
        (held._response if upgrade else held).close()  # type: ignore[union-attr]
        async with asyncio.timeout(60):
            while "was too slow and missed" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_slow_reader_is_not_cut(serve: Serve) -> None:
    """A slow client reads something within each interval, but never everything."""
    server, corridor = await prepare(serve)
    corridor.tts_twentieths = 4000
    connector = aiohttp.UnixConnector(str(server.socket_path))
    async with (
        aiohttp.ClientSession("http://localhost", connector=connector) as http,
        http.post("/v1/audio/speech", json=REQUESTS["speech"][1]) as answer,
    ):
        began, taken = asyncio.get_running_loop().time(), 0
        async for piece in answer.content.iter_chunked(256 * 1024):
            taken += len(piece)
            if asyncio.get_running_loop().time() - began < 4 * STALLED.stall:
                await asyncio.sleep(STALLED.stall / 8)
    assert taken == sum(run.made for run in corridor.opened)
