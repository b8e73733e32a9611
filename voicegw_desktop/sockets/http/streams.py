"""The HTTP requests and WebSockets that are open: what a revoked key, a person or the end of the server closes."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from aiohttp import web

from voicegw_desktop.core.events import EventBus, KeyRevoked, RequestFinished, RequestStarted, StopRequested
from voicegw_desktop.sockets.http.places import Shares

STOP_WAIT = 2.0  # s that a client gets to take the end of a request that a person stopped
CLOSE_WAIT = 0.03  # s a revoked WebSocket gets for a polite close

_SERVED: ContextVar[web.Request | None] = ContextVar("served", default=None)
"""The HTTP request on whose behalf the code now running runs."""


class OpenStreams:
    """The requests and WebSockets each key has open: revoking the key ends them, and a person can end each one."""

    def __init__(self, bus: EventBus, places: int = 256) -> None:
        """`places`: `serve.max_connections`, of which one key has no more than a share."""
        self._shares = Shares(places)
        self._counted: dict[int, tuple[str, str] | None] = {}
        """Whose share each request takes, by id()."""
        self._open: dict[str, dict[int, web.Request]] = {}
        # by id(): requests are not hashable
        self._sockets: dict[int, web.WebSocketResponse] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._running: dict[int, asyncio.Task[Any] | None] = {}
        """The task of each request that is open, by id()."""
        self._ends: dict[int, asyncio.Future[None]] = {}
        """What is done when a request is over; made once the server stops."""
        self._carriers: dict[str, web.Request] = {}
        """The HTTP request that carries each inference request, by the latter's id"""
        unsubscribe = (
            bus.subscribe(self._on_revoked, KeyRevoked),
            bus.subscribe(self._on_started, RequestStarted),
            bus.subscribe(self._on_finished, RequestFinished),
            bus.subscribe(self._on_stop, StopRequested),
        )
        self._unsubscribe = unsubscribe

    def add(self, request: web.Request, key_id: str | None, address: str | None = None) -> None:
        """Count a request until `remove`; raises RateLimitExceeded when its key has as many open as one may have.

        `address`: of a caller that sends no key; None where it need not be counted.
        """
        self._counted[id(request)] = self._shares.enter(key_id, address)
        self._running[id(request)] = asyncio.current_task()
        _SERVED.set(request)
        self.claim(request, key_id)

    def claim(self, request: web.Request, key_id: str | None) -> None:
        """Let a revocation of the key end this request."""
        if key_id is not None:
            self._open.setdefault(key_id, {})[id(request)] = request

    def identified(self, request: web.Request, key_id: str | None) -> None:
        """A request that was counted by its address has told its key; raises RateLimitExceeded as `add` does."""
        if key_id is not None:
            before = self._counted[id(request)]
            self._counted[id(request)] = self._shares.enter(key_id, None)
            self._shares.leave(before)
        self.claim(request, key_id)

    def remove(self, request: web.Request, key_id: str | None) -> None:
        """The request is over."""
        self._shares.leave(self._counted.pop(id(request), None))
        self._sockets.pop(id(request), None)
        self._running.pop(id(request), None)
        if self._ends and (end := self._ends.pop(id(request), None)) is not None and not end.done():
            end.set_result(None)
        if key_id is not None and (held := self._open.get(key_id)):
            held.pop(id(request), None)
            if not held:
                del self._open[key_id]

    def websocket(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        """Let a revocation close this WebSocket politely (1008) before its connection is cut."""
        self._sockets[id(request)] = ws

    @property
    def count(self) -> int:
        """Requests open now under any key."""
        return sum(len(held) for held in self._open.values())

    def _on_revoked(self, event: KeyRevoked) -> None:
        for request in tuple(self._open.get(event.key_id, {}).values()):
            self._close(request, b"key revoked")

    def _on_started(self, event: RequestStarted) -> None:
        if (request := _SERVED.get()) is not None:
            self._carriers[event.id] = request

    def _on_finished(self, event: RequestFinished) -> None:
        self._carriers.pop(str(event.record.id), None)

    def _on_stop(self, event: StopRequested) -> None:
        for request in {id(r): r for i in event.ids if (r := self._carriers.get(i)) is not None}.values():
            if id(request) in self._sockets:
                self._close(request, b"stopped by a person")
            else:
                # the run tells its client in the way of its wire; one that does not read what it is told is cut off
                asyncio.get_running_loop().call_later(STOP_WAIT, self._cut_if_open, request)

    def _cut_if_open(self, request: web.Request) -> None:
        if id(request) in self._running:
            _cut(request)

    def _close(self, request: web.Request, why: bytes) -> None:
        ws = self._sockets.get(id(request))
        if ws is None:
            _cut(request)
            return
        task = asyncio.get_running_loop().create_task(_close_then_cut(request, ws, why))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def end(self, patience: float) -> None:
        """The server stops: close WebSockets (1001), give other answers `patience` seconds, then cancel what is left.

        A handler that is cancelled tells its client, if the wire has a way; it gets `patience` again for that.
        """
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        sockets = [
            asyncio.ensure_future(ws.close(code=1001, message=b"the gateway stops")) for ws in self._sockets.values()
        ]
        for cancelled in (False, True):
            if cancelled:
                for task in {task for task in self._running.values() if task is not None}:
                    task.cancel()
            loop = asyncio.get_running_loop()
            self._ends = {request: self._ends.get(request) or loop.create_future() for request in self._running}
            waits: list[asyncio.Future[Any]] = [*self._ends.values(), *([] if cancelled else sockets)]
            if waits:
                await asyncio.wait(waits, timeout=patience)
        for closing in sockets:
            closing.cancel()
        await asyncio.gather(*sockets, return_exceptions=True)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _close_then_cut(request: web.Request, ws: web.WebSocketResponse, why: bytes) -> None:
    try:
        async with asyncio.timeout(CLOSE_WAIT):
            await ws.close(code=1008, message=why)
    except (TimeoutError, ConnectionError, RuntimeError):
        pass
    finally:
        _cut(request)
