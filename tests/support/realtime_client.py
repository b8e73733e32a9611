"""A client of one Realtime session over a scripted corridor, each of whose events is held to the published schema."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support import realtime_schema
from tests.support.socket_gateway import GOOD_KEY, FakeCorridor
from voicegw_desktop.sockets.http.server import Server


def chunk(**delta: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}).encode() + b"\n\n"


END = (
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}\n\ndata: [DONE]\n\n'
)


USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}


class Client:
    """The events of one session, in and out."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.seen: list[dict[str, Any]] = []
        self._ws = ws

    async def send(self, kind: str, **fields: Any) -> None:
        await self._ws.send_json({"type": kind, **fields})

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Events up to one of this kind, each held to the published schema."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            async for message in self._ws:
                found.append(realtime_schema.check(json.loads(message.data)))

                self.seen.append(found[-1])
                if found[-1]["type"] == kind:
                    return found
        raise AssertionError(f"no {kind} in {[e['type'] for e in found]}")


@pytest.fixture
def corridor(server: Server, monkeypatch: pytest.MonkeyPatch) -> FakeCorridor:
    it: FakeCorridor = server.gateway.corridor

    async def note(kind: str, caller: Any, wanted: str, options: Any) -> None:
        it.calls.append((kind, caller, wanted, options))

    monkeypatch.setattr(it, "_gate", note)
    it.chat_pieces = [chunk(content="One two "), chunk(content="three four."), END]
    it.chat_type = "text/event-stream"
    return it


@pytest.fixture
async def client(server: Server, corridor: FakeCorridor) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with (
        aiohttp.ClientSession(server.url, headers=headers) as http,
        http.ws_connect("/v1/realtime?model=gpt-realtime") as ws,
    ):
        it = Client(ws)
        await it.until("session.created")
        yield it


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [e["type"] for e in events]


def sound(events: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(e["delta"]) for e in events if e["type"] == "response.output_audio.delta")


async def opened(corridor: FakeCorridor, name: str, count: int = 1) -> list[Any]:
    """The runs of a kind, once there are `count`."""
    async with asyncio.timeout(60):
        while len(runs := [o for o in corridor.opened if type(o).__name__ == name]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0)
    return runs


async def push(client: Client, samples: int = 2400) -> None:
    await client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(samples * 2)).decode())


async def held(client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Begin an answer whose second half waits."""
    gate = asyncio.Event()
    chat = corridor.chat

    async def hold(*args: Any, **kwargs: Any) -> Any:
        reply = await chat(*args, **kwargs)
        reply.hold = gate
        return reply

    monkeypatch.setattr(corridor, "chat", hold)
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    await client.until("response.output_audio_transcript.delta")
    return gate


def turns(**settings: Any) -> dict[str, Any]:
    """A session.update of the turn detection alone."""
    detection = {"type": "server_vad", **settings}
    return {"type": "session.update", "session": {"audio": {"input": {"turn_detection": detection}}}}
