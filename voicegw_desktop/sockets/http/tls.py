"""TLS for a port: a peer whose handshake is under way has a place like any other connection, and little time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.places import Places

if TYPE_CHECKING:
    from voicegw_desktop.sockets.http.guards import GuardedRunner

TOLD = 8  # connections without a place that may finish their handshake at a time, to be told why they are refused


class TlsSite(web.TCPSite):
    """A port that speaks TLS and nothing else.

    asyncio's own way makes no connection known before its handshake is over, so that silent peers hold descriptors
    that no limit counts.
    """

    __slots__ = ("_context", "_limits", "_places", "_shaking")

    def __init__(
        self, runner: GuardedRunner, host: str, port: int, context: ssl.SSLContext, *, reuse_address: bool
    ) -> None:
        super().__init__(runner, host, port, ssl_context=context, reuse_address=reuse_address)
        self._context = context
        self._limits, self._places = runner.limits, runner.places
        self._shaking: set[Handshake] = set()

    async def start(self) -> None:
        await web.BaseSite.start(self)
        assert self._runner.server is not None
        make = self._runner.server
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Handshake(make, self._context, self._limits, self._places, self._shaking),
            self._host,
            self._port,
            backlog=self._backlog,
            reuse_address=self._reuse_address,
        )

    async def stop(self) -> None:
        for one in tuple(self._shaking):
            one.replace()
        await super().stop()


class Handshake(asyncio.Protocol):
    """A connection until its handshake is over; then the protocol that `make` gives has it."""

    def __init__(
        self,
        make: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        limits: Limits,
        places: Places,
        shaking: set[Handshake],
    ) -> None:
        self._make, self._context, self._limits = make, context, limits
        self._places, self._shaking = places, shaking
        self._transport: asyncio.Transport | None = None
        self._since = 0.0
        self._early: list[bytes] = []
        """What came with the end of the handshake."""
        self._ended = False
        self._placed = True
        self._task: asyncio.Task[None] | None = None

    @property
    def silent_since(self) -> tuple[bool, float]:
        """A handshake asks for nothing, and the connection has its place since it came."""
        return False, self._since

    def replace(self) -> None:
        """End the connection. Nothing can be told before the handshake is over."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        loop = asyncio.get_running_loop()
        self._transport, self._since = transport, loop.time()
        transport.pause_reading()
        self._placed = self._places.take(self, by_unix=False)
        if not self._placed and sum(not one._placed for one in self._shaking) >= TOLD:
            transport.abort()
            return
        self._shaking.add(self)
        self._task = loop.create_task(self._shake(loop, transport))

    async def _shake(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        try:
            tls = await loop.start_tls(
                transport,
                self,
                self._context,
                server_side=True,
                ssl_handshake_timeout=self._limits.handshake,
                ssl_shutdown_timeout=self._limits.handshake,
            )
        except OSError:
            return  # not TLS, or not in time
        finally:
            self._shaking.discard(self)
            self._places.leave(self)
        if tls is None or tls.is_closing() or self._ended:
            transport.abort()
            return
        protocol = self._make()
        tls.set_protocol(protocol)
        protocol.connection_made(tls)
        for data in self._early:
            protocol.data_received(data)

    def data_received(self, data: bytes) -> None:
        self._early.append(data)

    def eof_received(self) -> None:
        self._ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
