"""The small client for workers: answers in pieces or at once, kept connections, and servers that break off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from voicegw_desktop.engines import worker_http
from voicegw_desktop.engines.worker_http import KEPT, WorkerHttp

pytestmark = pytest.mark.socket

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nX-Who: worker\r\nTransfer-Encoding: chunked\r\n\r\n"


class Held:
    """The part of a lease that the client uses."""

    hang_up: Callable[[], None] | None = None


class Server:
    """Reads whole requests and lets `answer` write what it likes."""

    def __init__(self) -> None:
        self.answer: Answer
        self.requests: list[bytes] = []
        self.connections = 0
        self.ended = asyncio.Event()
        self.origin = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                self.requests.append(head + body)
                await self.answer(head + body, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended.set()
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.origin = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


@pytest.fixture
async def http() -> AsyncIterator[WorkerHttp]:
    made = WorkerHttp()
    yield made
    made.close()


def always(data: bytes, *, close: bool = False) -> Answer:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if close:
            writer.close()

    return answer


async def test_a_whole_answer_and_the_request_that_asked_for_it(server: Server, http: WorkerHttp) -> None:
    server.answer = always(WHOLE)
    response = await http.request("POST", server.origin, "/v1/chat", {"X-Name": "ü"}, b'{"a":1}')
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert await response.content.readany() == b"{}"
    assert await response.content.readany() == b""
    host = server.origin.removeprefix("http://")
    wanted = f'POST /v1/chat HTTP/1.1\r\nHost: {host}\r\nX-Name: ü\r\nContent-Length: 7\r\n\r\n{{"a":1}}'
    assert server.requests == [wanted.encode()]


async def test_a_stream_comes_piece_by_piece_however_it_is_cut(server: Server, http: WorkerHttp) -> None:
    go = asyncio.Event()

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        for byte in CHUNKED + b"6\r\nfirst ":
            writer.write(bytes([byte]))
        await writer.drain()
        await go.wait()
        writer.write(b"\r\n6\r\nsecond\r\n0\r\n\r\n")

    server.answer = answer
    response = await http.request("POST", server.origin, "/", {})
    assert response.headers["x-who"] == "worker"
    got = b""
    while len(got) < 6:
        got += await response.readany()
    go.set()
    while piece := await response.readany():
        got += piece
    assert got == b"first second"


async def test_a_connection_is_used_again_but_not_when_it_is_old(
    server: Server, http: WorkerHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(worker_http, "monotonic", lambda: now)
    server.answer = always(WHOLE)
    for _ in range(3):
        assert await (await http.request("GET", server.origin, "/health", {})).readany() == b"{}"
    assert server.connections == 1
    now += KEPT
    assert (await http.request("GET", server.origin, "/health", {})).status == 200
    assert server.connections == 2


async def test_requests_at_the_same_time_have_connections_of_their_own(server: Server, http: WorkerHttp) -> None:
    both = asyncio.Barrier(2)

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        await both.wait()
        writer.write(WHOLE)

    server.answer = answer
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(http.request("POST", server.origin, "/", {}, b"x")) for _ in range(2)]
    assert [task.result().status for task in asked] == [200, 200]
    assert server.connections == 2


async def test_a_kept_connection_that_was_just_dropped_costs_nothing(server: Server, http: WorkerHttp) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 2:
            # the request arrived on a connection that the server had given up
            writer.transport.abort()
        else:
            writer.write(WHOLE)

    server.answer = answer
    await (await http.request("POST", server.origin, "/", {}, b"first")).readany()
    assert (await http.request("POST", server.origin, "/", {}, b"second")).status == 200
    assert server.connections == 2


async def test_an_answer_that_does_not_come_is_an_error(server: Server, http: WorkerHttp) -> None:
    server.answer = always(b"", close=True)
    with pytest.raises(ConnectionResetError, match="in the middle of the answer"):
        await http.request("POST", server.origin, "/", {})


@pytest.mark.parametrize("begun", [CHUNKED + b"6\r\nfir", WHOLE[:-1]])
async def test_an_answer_that_breaks_off_is_an_error_after_what_came(
    server: Server, http: WorkerHttp, begun: bytes
) -> None:
    server.answer = always(begun, close=True)
    response = await http.request("POST", server.origin, "/", {})
    assert await response.readany() in (b"fir", b"{")
    with pytest.raises(ConnectionResetError):
        await response.readany()


async def test_what_is_not_http_is_an_error(server: Server, http: WorkerHttp) -> None:
    server.answer = always(b"SSH-2.0-OpenSSH\r\n")
    with pytest.raises(ConnectionError, match="not HTTP"):
        await http.request("POST", server.origin, "/", {})


async def test_nobody_there_is_an_error(server: Server, http: WorkerHttp, unused_tcp_port: int) -> None:
    with pytest.raises(OSError, match="Connect call failed"):
        await http.request("POST", f"http://127.0.0.1:{unused_tcp_port}", "/", {})


async def test_closing_hangs_up_in_the_middle(server: Server, http: WorkerHttp) -> None:
    server.answer = always(CHUNKED + b"1\r\na\r\n")
    response = await http.request("POST", server.origin, "/", {})
    assert await response.readany() == b"a"
    response.close()
    async with asyncio.timeout(60):
        await server.ended.wait()
    with pytest.raises(ConnectionAbortedError):
        await response.readany()


async def test_giving_up_before_the_answer_hangs_up(server: Server, http: WorkerHttp) -> None:
    arrived = asyncio.Event()

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        arrived.set()

    server.answer = answer
    asking = asyncio.ensure_future(http.request("POST", server.origin, "/", {}))
    await arrived.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(60):
        await server.ended.wait()


async def test_a_reader_that_waits_makes_the_worker_wait(server: Server, http: WorkerHttp) -> None:
    block = b"x" * (1 << 16)
    piece = b"10000\r\n" + block + b"\r\n"
    sent = 0

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(CHUNKED)
        for _ in range(400):
            writer.write(piece)
            await writer.drain()
            sent += 1
        writer.write(b"0\r\n\r\n")

    server.answer = answer
    response = await http.request("POST", server.origin, "/", {})
    before = -1
    while sent != before:
        before = sent
        for _ in range(200):
            await asyncio.sleep(0)
    assert before < 400, "what nobody reads is not fetched"
    size = 0
    while data := await response.readany():
        size += len(data)
    assert size == 400 * len(block)


async def test_a_line_break_in_a_header_is_refused(server: Server, http: WorkerHttp) -> None:
    server.answer = always(WHOLE)
    with pytest.raises(ConnectionError, match="line break"):
        await http.request("POST", server.origin, "/", {"X": "a\r\nAuthorization: b"})
    assert not server.requests


async def test_a_request_given_up_as_its_answer_ends_leaves_the_connection_to_the_next(
    server: Server, http: WorkerHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = always(WHOLE)
    freed = asyncio.Event()
    following: list[asyncio.Task[worker_http.WorkerResponse]] = []
    free = http.free

    def taken_at_once(connection: Any) -> None:
        free(connection)
        if not following:
            first.cancel()
            following.append(asyncio.ensure_future(http.request("POST", server.origin, "/v1/chat", {}, b"{}")))
            freed.set()

    monkeypatch.setattr(http, "free", taken_at_once)
    first = asyncio.ensure_future(http.request("GET", server.origin, "/health", {}))
    await freed.wait()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await following[0]).status == 200
    assert server.connections == 1


async def test_a_lost_request_whose_answer_has_ended_does_not_hang_up_on_the_next(
    server: Server, http: WorkerHttp
) -> None:
    server.answer = always(WHOLE)
    lease, other = Held(), Held()
    first = await http.request("POST", server.origin, "/v1/chat", {}, b"{}", lease=lease)  # type: ignore[arg-type]
    assert await first.readany() == b"{}"
    second = http.request("POST", server.origin, "/v1/chat", {}, b"{}", lease=other)  # type: ignore[arg-type]
    following = asyncio.ensure_future(second)
    await asyncio.sleep(0)
    assert lease.hang_up is not None
    lease.hang_up()
    assert (await following).status == 200
    assert server.connections == 1
