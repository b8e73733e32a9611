"""The places of `serve.max_connections`: a silent one is ended for a new one, and one key cannot take all."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.support.raw_http import HOST, alive, get, raw
from tests.support.socket_gateway import GOOD_KEY, Serve
from voicegw_desktop.core.errors import RateLimitExceeded
from voicegw_desktop.sockets.http.places import Places, Shares
from voicegw_desktop.sockets.http.server import Server

OTHER_KEY = "other-key"
ASKED = f"GET /health HTTP/1.1\r\n{HOST}\r\n".encode()  # its connection stays


@dataclass(eq=False)
class Peer:
    silent_since: tuple[bool, float] | None
    ended: bool = False

    def replace(self) -> None:
        self.ended = True


@pytest.mark.unit
def test_the_one_that_is_silent_for_longest_is_ended_and_first_those_that_never_asked() -> None:
    places = Places(3)
    asked_long_ago, working, never_asked = Peer((True, 1.0)), Peer(None), Peer((False, 2.0))
    for peer in (asked_long_ago, working, never_asked):
        assert places.take(peer, by_unix=False)
    newer = [Peer((True, 3.0)), Peer(None), Peer(None)]
    assert places.take(newer[0], by_unix=False)
    assert (never_asked.ended, asked_long_ago.ended) == (True, False)
    assert places.take(newer[1], by_unix=False)
    assert (asked_long_ago.ended, newer[0].ended) == (True, False)
    assert places.take(newer[2], by_unix=False)
    assert newer[0].ended
    assert not places.take(Peer((False, 4.0)), by_unix=False)
    assert not working.ended
    places.leave(working)
    places.leave(working)
    assert places.take(Peer(None), by_unix=False)


@pytest.mark.unit
def test_the_unix_socket_and_tcp_take_no_places_from_each_other() -> None:
    places = Places(1)
    assert places.take(Peer(None), by_unix=False)
    assert places.take(Peer(None), by_unix=True)
    assert not places.take(Peer(None), by_unix=True)


@pytest.mark.unit
def test_a_key_has_its_share_and_an_address_without_a_key_too() -> None:
    shares = Shares(4)
    mine = [shares.enter("k1", "127.0.0.1") for _ in range(3)]
    with pytest.raises(RateLimitExceeded, match=r"One key may have 3 requests .*serve\.max_connections is 4"):
        shares.enter("k1", "127.0.0.2")
    theirs = [shares.enter(None, "127.0.0.1") for _ in range(3)]
    with pytest.raises(RateLimitExceeded, match=r"One address \(127\.0\.0\.1\) without a key may have 3"):
        shares.enter(None, "127.0.0.1")
    assert shares.enter(None, None) is None
    for one in (mine[0], theirs[0], None):
        shares.leave(one)
    shares.enter("k1", None)
    shares.enter(None, "127.0.0.1")
    # the smallest setting still serves
    assert Shares(1).enter("k1", None) is not None


async def hold(server: Server, count: int, sent: bytes = b"") -> list[tuple[asyncio.StreamReader, Any]]:
    """Connections by TCP that have sent `sent`; the answer is read."""
    held = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        writer.write(sent)
        if sent == ASKED:
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head.partition(b"\r\n")[0], head
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
        held.append((reader, writer))
    return held


@pytest.mark.socket
@pytest.mark.parametrize("sent", [b"", b"GET / HTT", ASKED], ids=["nothing", "a piece", "a request"])
async def test_silent_connections_keep_nobody_out(serve: Serve, sent: bytes) -> None:
    server = await serve(serve={"max_connections": 3})
    held = await hold(server, 3, sent)
    while len(server._runner.server.connections) < 3:  # type: ignore[union-attr]  # noqa: ASYNC110
        await asyncio.sleep(0)
    await alive(server)
    # the first of them was ended
    rest = await held[0][0].read()
    assert (b"this one had sent no request: connect again" in rest) is (sent != ASKED)
    for _, writer in held:
        writer.close()


@pytest.mark.socket
async def test_more_requests_than_places_are_refused_and_those_in_hand_go_on(serve: Serve) -> None:
    server = await serve(
        serve={"max_connections": 4, "keyless_loopback": True},
    )
    async with AsyncExitStack() as stack:
        keyed = await stack.enter_async_context(
            aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {GOOD_KEY}"})
        )
        keyless = await stack.enter_async_context(aiohttp.ClientSession(server.url))
        open_now = [await keyed.ws_connect("/v1/events") for _ in range(3)]
        open_now.append(await keyless.ws_connect("/v1/events"))
        status, body = await raw(server, get("/v1/models"))
        assert (status, body["error"]["code"]) == (503, "too_many_connections")
        assert body["error"]["message"] == (
            "The gateway takes 4 connections at a time (serve.max_connections), and requests are in hand on all of "
            "them: close some."
        )
        assert not any(ws.closed for ws in open_now)
        await open_now.pop().close()
        await alive(server)
        for ws in open_now:
            await ws.close()


@pytest.mark.socket
@pytest.mark.parametrize("path", ["/v1/events", "/v1/stt?model=fake/stt", "/v1/listen?model=fake/stt"])
async def test_one_key_leaves_room_for_others(serve: Serve, path: str) -> None:
    server = await serve(serve={"max_connections": 4}, auth={"api_keys": [{"token": OTHER_KEY}]})
    async with AsyncExitStack() as stack:
        leaky, other = [
            await stack.enter_async_context(
                aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"})
            )
            for key in (GOOD_KEY, OTHER_KEY)
        ]
        sockets = [await leaky.ws_connect(path) for _ in range(3)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await leaky.ws_connect(path)
        assert refused.value.status == 429
        assert refused.value.headers is not None
        assert refused.value.headers["Retry-After"] == "1"
        async with leaky.get("/v1/models") as response:
            assert response.status == 429
            assert (await response.json())["error"]["code"] == "too_many_connections"
        async with other.get("/v1/models") as response:
            assert response.status == 200
        # what needs no key is not counted
        async with leaky.get("/health") as response:
            assert response.status == 200
        await sockets[0].close()

        async def served() -> bool:
            async with leaky.get("/v1/models") as response:
                return response.status == 200

        async with asyncio.timeout(60):
            while not await served():
                pass
        for ws in sockets:
            await ws.close()
