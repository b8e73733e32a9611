"""A client that sends very many messages at once keeps no other waiting until the last of them is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from wyoming.client import AsyncClient
from wyoming.ping import Ping

from tests.support.socket_gateway import FakeGateway
from voicegw_desktop.sockets import turns
from voicegw_desktop.sockets.http.websocket import GuardedWebSocket
from voicegw_desktop.sockets.wyoming import WyomingServer
from voicegw_desktop.sockets.wyoming_connection import Connection

pytestmark = pytest.mark.socket

MANY = 400


class Rounds:
    """Counts how often the loop goes round, as another client would have its turn then."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        """The rounds in which a message was answered."""
        self._now = 0

    async def count(self) -> None:
        while True:
            self._now += 1
            await asyncio.sleep(0)

    def answer(self) -> None:
        self.seen.add(self._now)


@pytest.fixture
async def rounds(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rounds]:
    """Each message is one too many for its turn."""
    monkeypatch.setattr(turns, "TURN", 0.0)
    monkeypatch.setattr(turns, "WAITED", 60.0)
    found = Rounds()
    counting = asyncio.create_task(found.count())
    yield found
    counting.cancel()


async def test_a_websocket(rounds: Rounds, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    send = GuardedWebSocket.send_str

    async def sent(self: GuardedWebSocket, data: str, compress: int | None = None) -> None:
        rounds.answer()
        await send(self, data, compress)

    monkeypatch.setattr(GuardedWebSocket, "send_str", sent)
    async with http.ws_connect("/v1/listen?model=fake/stt") as ws:
        await asyncio.gather(*(ws.send_str("{}") for _ in range(MANY)))
        for _ in range(MANY):
            assert (await ws.receive_json())["type"] == "Error"
    assert len(rounds.seen) >= MANY


async def test_wyoming(rounds: Rounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Connection._write

    async def written(self: Connection, *given: Any) -> None:
        rounds.answer()
        await write(self, *given)

    monkeypatch.setattr(Connection, "_write", written)
    server = WyomingServer(FakeGateway(tmp_path), port=0)
    await server.start()
    try:
        async with asyncio.timeout(60), AsyncClient.from_uri(f"tcp://127.0.0.1:{server.port}") as client:
            await asyncio.gather(*(client.write_event(Ping().event()) for _ in range(MANY)))
            for _ in range(MANY):
                event = await client.read_event()
                assert event is not None
                assert event.type == "pong"
    finally:
        await server.stop()
    assert len(rounds.seen) >= MANY


async def test_one_that_waits_for_its_messages_is_not_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = turns.Turns()
    for waited in (-1.0, 60.0):
        monkeypatch.setattr(turns, "WAITED", waited)
        monkeypatch.setattr(turns, "TURN", 60.0)
        mine.begin()
        with pytest.raises(StopIteration):
            # it ends without a wait
            mine.end().send(None)
