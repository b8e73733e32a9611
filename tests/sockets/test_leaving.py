"""A client that leaves a live transcription closes it, at every door: the corridor decides whether words were owed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from wyoming.audio import AudioChunk, AudioStart
from wyoming.client import AsyncClient

from tests.sockets.openai.test_live_wire import START
from tests.sockets.test_livekit_wire import CREATE_STT, SILENCE, connected
from tests.support.deepgram_client import pushed
from tests.support.realtime_client import corridor, opened
from tests.support.socket_gateway import FakeCorridor, FakeGateway, Serve
from tests.support.socket_runs import FakeStt
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.livekit.stt import SttSession
from voicegw_desktop.sockets.wyoming import WyomingServer

pytestmark = pytest.mark.socket

__all__ = ["corridor"]

PCM = bytes(4800)
WRITTEN = base64.b64encode(PCM).decode()


async def left(corridor: FakeCorridor) -> None:
    """The stream that was opened is closed, and was not cancelled."""
    run: FakeStt = (await opened(corridor, "FakeStt"))[0]
    async with asyncio.timeout(60):
        while not (run.left.is_set() or run.cancelled.is_set()):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert (run.left.is_set(), run.cancelled.is_set()) == (True, False)


async def _binary(ws: aiohttp.ClientWebSocketResponse) -> None:
    await ws.send_bytes(PCM)


async def _elevenlabs(ws: aiohttp.ClientWebSocketResponse) -> None:
    await ws.send_json(
        {"message_type": "input_audio_chunk", "audio_base_64": WRITTEN, "commit": False, "sample_rate": 16_000}
    )


async def _realtime(ws: aiohttp.ClientWebSocketResponse) -> None:
    await ws.send_json({"type": "input_audio_buffer.append", "audio": WRITTEN})


async def _live(ws: aiohttp.ClientWebSocketResponse) -> None:
    await ws.send_json({"type": "session.start", "session": START})
    await ws.send_json({"type": "session.input_audio.append", "audio": WRITTEN})


async def _livekit(ws: aiohttp.ClientWebSocketResponse) -> None:
    await ws.send_json(CREATE_STT)
    await ws.send_json(SILENCE)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/v1/listen?model=fake/stt&encoding=linear16&sample_rate=16000", _binary),
        ("/v2/listen?model=fake/stt&encoding=linear16&sample_rate=16000", _binary),
        ("/v1/speech-to-text/realtime?model_id=fake/stt", _elevenlabs),
        ("/v1/realtime?model=gpt-realtime", _realtime),
        ("/v1/live/sessions?model=openai/gpt-live-1", _live),
    ],
)
async def test_a_web_socket(
    http: aiohttp.ClientSession,
    corridor: FakeCorridor,
    path: str,
    says: Callable[[aiohttp.ClientWebSocketResponse], Awaitable[None]],
) -> None:
    async with http.ws_connect(path) as ws:
        await says(ws)
        await pushed((await opened(corridor, "FakeStt"))[0], 1)
    await left(corridor)


@pytest.mark.parametrize("told", [False, True])
async def test_livekit(serve: Serve, told: bool) -> None:
    server = await serve()
    async with connected(server, "/v1/stt") as ws:
        await _livekit(ws)
        await pushed((await opened(server.gateway.corridor, "FakeStt"))[0], 1)
        if told:
            await ws.send_json({"type": "session.close"})
            async for _ in ws:
                pass
    await left(server.gateway.corridor)


async def test_livekit_while_the_model_loads(tmp_path: Path) -> None:
    corridor = FakeGateway(tmp_path).corridor
    corridor.delay = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        pass

    session = SttSession(corridor, Caller("default", "livekit"), "fake/stt", send)
    creating = asyncio.create_task(session.receive(CREATE_STT))
    async with asyncio.timeout(60):
        while not corridor.calls:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await session.close()
        corridor.delay.set()
        await creating
    await left(corridor)


async def test_a_realtime_buffer_is_cleared(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v1/realtime?model=gpt-realtime") as ws:
        await _realtime(ws)
        await ws.send_json({"type": "input_audio_buffer.clear"})
        await left(corridor)


@pytest.mark.parametrize("again", [False, True])
async def test_wyoming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool) -> None:
    gateway = FakeGateway(tmp_path)

    async def any_model(*_: object) -> None:
        pass

    monkeypatch.setattr(gateway.corridor, "_gate", any_model)
    server = WyomingServer(gateway, port=0)
    await server.start()
    try:
        async with AsyncClient.from_uri(f"tcp://127.0.0.1:{server.port}") as client:
            await client.write_event(AudioStart(16_000, 2, 1).event())
            await client.write_event(AudioChunk(16_000, 2, 1, PCM).event())
            await pushed((await opened(gateway.corridor, "FakeStt"))[0], 1)
            if again:
                # an utterance that begins before the last one ended
                await client.write_event(AudioStart(16_000, 2, 1).event())
                await opened(gateway.corridor, "FakeStt", 2)
        await left(gateway.corridor)
    finally:
        await server.stop()
