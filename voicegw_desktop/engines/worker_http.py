"""HTTP to a worker on loopback, with as little as possible between its bytes and the client's.

The general client takes a quarter of a millisecond for a request and its answer, which is time that a caller hears.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING

import httptools

if TYPE_CHECKING:
    from voicegw_desktop.engines.lease import Lease

KEPT = 4.0  # s an idle connection may be used again: less than a worker's server keeps it
CONNECT_TIMEOUT = 10.0  # s
HIGH_WATER = 1 << 18  # bytes of an answer that may wait to be read


class WorkerHttp:
    """Connections to workers by origin (`http://127.0.0.1:PORT`); one of each is kept when it is idle."""

    def __init__(self) -> None:
        self._idle: dict[str, _Connection] = {}
        self._open: set[_Connection] = set()

    async def request(
        self,
        method: str,
        origin: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        lease: Lease | None = None,
    ) -> WorkerResponse:
        """Ask; returns when the status and the headers are here. Raises OSError, also for what is not HTTP.

        `lease` is told how to close the connection.
        """
        host = origin.removeprefix("http://")
        fields = ""
        for name, value in headers.items():
            fields += f"\r\n{name}: {value}"
        if fields.count("\n") != len(headers) or fields.count("\r") != len(headers):
            raise ConnectionError("A header with a line break cannot be passed on.")
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}{fields}\r\nContent-Length: {len(body)}\r\n\r\n"
        data = head.encode() + body
        kept = self._idle.pop(origin, None)
        if kept is not None:
            if kept.usable():
                # the server was about to close this connection: no part of an answer has come
                with contextlib.suppress(ConnectionResetError):
                    return await kept.ask(data, lease)
            kept.close()
        connection = await self._connect(origin, host)
        return await connection.ask(data, lease)

    async def _connect(self, origin: str, host: str) -> _Connection:
        name, _, port = host.rpartition(":")
        async with asyncio.timeout(CONNECT_TIMEOUT):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self, origin), name, int(port)
            )
        return connection

    def opened(self, connection: _Connection) -> None:
        """A connection is there."""
        self._open.add(connection)

    def free(self, connection: _Connection) -> None:
        """Take back a connection whose answer has ended, to be used again."""
        before = self._idle.get(connection.origin)
        if before is not None:
            before.close()
        self._idle[connection.origin] = connection

    def lost(self, connection: _Connection) -> None:
        """Forget a connection that was closed."""
        self._open.discard(connection)
        if self._idle.get(connection.origin) is connection:
            del self._idle[connection.origin]

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._open):
            connection.close()


class _Connection(asyncio.Protocol):
    """One connection; also what the parser calls."""

    def __init__(self, owner: WorkerHttp, origin: str) -> None:
        self._owner, self.origin = owner, origin
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._response: WorkerResponse | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._since = 0.0

    def usable(self) -> bool:
        """True when the next request can be sent on this connection."""
        return (
            self._transport is not None
            and not self._transport.is_closing()
            and self._response is None
            and monotonic() - self._since < KEPT
        )

    async def ask(self, data: bytes, lease: Lease | None = None) -> WorkerResponse:
        """Send a whole request; returns when the answer's headers are here."""
        assert self._transport is not None
        self._headers = []
        self._response = response = WorkerResponse(self)
        if lease:
            lease.hang_up = response.close
        self._transport.write(data)
        try:
            await response.begun
        except BaseException:
            # a request given up as its answer ends must not close a connection that serves the next one
            response.close()
            raise
        return response

    def close(self) -> None:
        """Close the connection; whatever waits for the answer gets an error."""
        if self._transport is not None:
            self._transport.abort()
        self._fail(ConnectionAbortedError("The connection was closed."))

    def hold(self, held: bool) -> None:
        """Pause or resume reading from the worker."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading() if held else self._transport.resume_reading()

    def _fail(self, error: OSError) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.fail(error)

    # -- asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionError(f"The answer is not HTTP: {error}"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.lost(self)
        self._fail(ConnectionResetError(f"The connection ended in the middle of the answer: {exc or 'end of file'}"))

    # -- httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._response is not None:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._headers}
            self._response.begin(self._parser.get_status_code(), headers)

    def on_body(self, data: bytes) -> None:
        if self._response is not None:
            self._response.feed(data)

    def on_message_complete(self) -> None:
        response, self._response = self._response, None
        keep = response is not None and self._parser.should_keep_alive()
        if response is not None:
            response.end()
        if keep:
            self._since = monotonic()
            # a connection whose reading was paused must learn of its end
            self.hold(False)
            self._owner.free(self)
        elif self._transport is not None:
            self._transport.close()


class WorkerResponse:
    """`status`, `headers` (lower case) and a body to read."""

    def __init__(self, connection: _Connection) -> None:
        self._connection: _Connection | None = connection
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when `status` and `headers` are here."""
        self._chunks: list[bytes] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None
        self._error: OSError | None = None

    @property
    def content(self) -> WorkerResponse:
        """The response itself, from which the body is read."""
        return self

    async def readany(self) -> bytes:
        """What has come, at least a byte; nothing when the body is over. Raises OSError when it broke off."""
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self._connection is None:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        if self._size > HIGH_WATER and self._connection is not None:
            self._connection.hold(False)
        self._size = 0
        return data

    def close(self) -> None:
        """Close the connection unless the body is over."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    # -- the connection's side

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """The headers are here."""
        self.status, self.headers = status, headers
        if not self.begun.done():
            self.begun.set_result(None)

    def feed(self, data: bytes) -> None:
        """A piece of the body."""
        self._chunks.append(data)
        self._size += len(data)
        if self._size > HIGH_WATER and self._connection is not None:
            self._connection.hold(True)
        self._wake()

    def end(self) -> None:
        """The body is over."""
        self._connection = None
        self._wake()

    def fail(self, error: OSError) -> None:
        """The connection is gone."""
        self._connection, self._error = None, error
        if not self.begun.done():
            self.begun.set_exception(error)
            # read, so that asyncio does not warn where the caller was cancelled
            self.begun.exception()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
