"""What a revoked key, a person's stop and the server's stop end, by requests made without a socket."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from tests.support.requests import Wire, request
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.events import EventBus, KeyRevoked, RequestFinished, RequestStarted, StopRequested
from voicegw_desktop.sockets.http.streams import STOP_WAIT, OpenStreams

pytestmark = pytest.mark.unit


class Socket:
    """A WebSocket whose polite close takes `seconds`, or fails."""

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seconds, self.error = seconds, error
        self.given_up = False
        self.closes: list[tuple[int, bytes]] = []

    async def close(self, *, code: int, message: bytes) -> None:
        self.closes.append((code, message))
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.given_up = True
            raise
        if self.error is not None:
            raise self.error


class Opened:
    """Streams, and one request for each name."""

    def __init__(self) -> None:
        self.bus = EventBus()
        self.streams = OpenStreams(self.bus)
        self.wires: dict[str, Wire] = {}
        self.requests: dict[str, web.Request] = {}

    def open(self, name: str, key: str | None, ws: Socket | None = None) -> None:
        self.wires[name] = Wire()
        self.requests[name] = request(wire=self.wires[name])
        self.streams.add(self.requests[name], key)
        if ws is not None:
            self.streams.websocket(self.requests[name], cast(Any, ws))

    def done(self, name: str, key: str | None) -> None:
        self.streams.remove(self.requests[name], key)

    @property
    def cut(self) -> set[str]:
        return {name for name, wire in self.wires.items() if wire.cut}


async def test_revoking_a_key_cuts_what_it_has_open_and_nothing_else() -> None:
    at = Opened()
    for name, key in (("one", "k"), ("two", "k"), ("over", "k"), ("other", "o"), ("nobody's", None)):
        at.open(name, key)
    assert at.streams.count == 4
    at.done("over", "k")
    at.done("over", "k")
    at.done("nobody's", None)
    assert at.streams.count == 3
    at.bus.publish(KeyRevoked("k"))
    assert at.cut == {"one", "two"}
    for name, key in (("one", "k"), ("two", "k"), ("other", "o")):
        at.done(name, key)
    assert at.streams.count == 0
    at.bus.publish(KeyRevoked("o"))
    assert at.cut == {"one", "two"}


async def test_a_connection_that_is_gone_needs_no_cut() -> None:
    at = Opened()
    at.open("gone", "k")
    cast(Any, at.requests["gone"].protocol).transport = None
    at.open("there", "k")
    at.bus.publish(KeyRevoked("k"))
    assert at.cut == {"there"}


@in_virtual_time
async def test_stopping_a_request_that_has_ended_leaves_the_connection_that_carried_it() -> None:
    at = Opened()
    at.open("carrier", None)
    for name in ("one", "two"):
        at.bus.publish(RequestStarted(name, "llm", "llamacpp/m", "default", "openai"))
    at.bus.publish(RequestFinished(SimpleNamespace(id="one")))
    at.bus.publish(StopRequested(("one",)))
    await asyncio.sleep(STOP_WAIT + 0.01)
    assert at.cut == set()
    at.bus.publish(StopRequested(("two",)))
    assert at.cut == set(), "its wire tells the client first"
    await asyncio.sleep(STOP_WAIT + 0.01)
    assert at.cut == {"carrier"}


@in_virtual_time
async def test_a_websocket_is_closed_politely_and_cut_soon_after() -> None:
    at = Opened()
    sockets = {"quick": Socket(), "silent": Socket(60), "broken": Socket(error=ConnectionResetError())}
    for name, ws in sockets.items():
        at.open(name, "k", ws)
    at.bus.publish(KeyRevoked("k"))
    assert at.cut == set()
    assert len(at.streams._closing) == 3, "a task without a reference may be collected before it has run"
    await asyncio.sleep(0.02)
    assert at.cut == {"quick", "broken"}
    await asyncio.sleep(0.02)
    assert at.cut == {"quick", "broken", "silent"}
    for ws in sockets.values():
        assert ws.closes == [(1008, b"key revoked")]
    assert not at.streams._closing, "what is closed is not kept"


@in_virtual_time
async def test_a_websocket_whose_request_a_person_stops_is_closed_politely() -> None:
    at, ws = Opened(), Socket()
    at.open("ws", None, ws)
    at.bus.publish(RequestStarted("one", "stt", "whisper/base", "default", "openai"))
    at.bus.publish(StopRequested(("one",)))
    await asyncio.sleep(0.01)
    assert ws.closes == [(1008, b"stopped by a person")]
    assert at.cut == {"ws"}


@in_virtual_time
async def test_a_websocket_that_has_ended_is_forgotten() -> None:
    at, ws = Opened(), Socket()
    at.open("ws", "k", ws)
    at.done("ws", "k")
    at.bus.publish(KeyRevoked("k"))
    await at.streams.end(1.0)
    assert ws.closes == []


class Handlers:
    """Handlers that run for so many seconds each, and how each ended after how long."""

    def __init__(self, at: Opened, farewell: float = 0.0) -> None:
        self.at, self.farewell = at, farewell
        self.ended: dict[str, tuple[str, float]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self, **seconds: float) -> None:
        self.tasks = [asyncio.ensure_future(self._handle(name, each)) for name, each in seconds.items()]
        await asyncio.sleep(0)

    async def _handle(self, name: str, seconds: float) -> None:
        loop, how = asyncio.get_running_loop(), "answered"
        self.at.open(name, None)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            how = "cancelled"
            await asyncio.sleep(self.farewell)
        finally:
            self.at.done(name, None)
            self.ended[name] = (how, round(loop.time(), 3))


@in_virtual_time
async def test_the_end_waits_for_answers_and_cancels_what_takes_longer() -> None:
    at = Opened()
    handlers = Handlers(at, farewell=0.5)
    await handlers.begin(short=0.7, long=60)
    await at.streams.end(1.0)
    assert handlers.ended == {"short": ("answered", 0.7), "long": ("cancelled", 1.5)}
    assert asyncio.get_running_loop().time() == pytest.approx(1.5)


@in_virtual_time
async def test_the_end_does_not_wait_for_ever_for_a_handler_that_says_farewell() -> None:
    at = Opened()
    handlers = Handlers(at, farewell=60)
    await handlers.begin(stubborn=60)
    await at.streams.end(1.0)
    assert (handlers.ended, asyncio.get_running_loop().time()) == ({}, pytest.approx(2.0))
    for task in handlers.tasks:
        task.cancel()
    await asyncio.gather(*handlers.tasks, return_exceptions=True)


@in_virtual_time
async def test_the_end_closes_websockets_and_no_key_is_looked_at_any_more() -> None:
    at, quick, silent = Opened(), Socket(), Socket(60)

    async def serve(name: str, ws: Socket) -> None:
        at.open(name, "k", ws)
        await asyncio.get_running_loop().create_future()

    served = [asyncio.ensure_future(serve("quick", quick)), asyncio.ensure_future(serve("silent", silent))]
    await asyncio.sleep(0)
    await at.streams.end(1.0)
    assert quick.closes == silent.closes == [(1001, b"the gateway stops")]
    assert [task.cancelled() for task in served] == [True, True]
    assert asyncio.get_running_loop().time() == pytest.approx(2.0)
    assert (quick.given_up, silent.given_up) == (False, True)
    at.bus.publish(KeyRevoked("k"))
    await asyncio.sleep(0.05)
    assert at.cut == set()


@in_virtual_time
async def test_the_end_of_nothing_is_at_once() -> None:
    await Opened().streams.end(1.0)
    assert asyncio.get_running_loop().time() == 0
