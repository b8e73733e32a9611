"""A WebSocket that is held to the limits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.turns import Turns

log = logging.getLogger(__name__)

WEBSOCKET_CLOSE_WAIT = 2.0  # s to wait for the client's half of a close


class GuardedWebSocket(web.WebSocketResponse):
    """A WebSocket with bounds: message size, silence, length of the session. No compression, so no bombs.

    The bounds are kept by one timer and not around each `receive`, which sound takes fifty times a second.
    """

    def __init__(self, limits: Limits, **kwargs: Any) -> None:
        kwargs.setdefault("max_msg_size", limits.max_frame)
        kwargs.setdefault("heartbeat", limits.heartbeat)
        super().__init__(compress=False, timeout=WEBSOCKET_CLOSE_WAIT, autoping=False, **kwargs)
        self._limits = limits
        self._opened = self._active = time.monotonic()
        self._turns = Turns()
        self._bound: asyncio.TimerHandle | None = None
        self._closer: asyncio.Task[bool] | None = None
        self.on_pong: Callable[[bytes], object] | None = None
        """Called with what a pong carries."""

    async def prepare(self, request: web.BaseRequest) -> Any:
        writer = await super().prepare(request)
        if self._bound is None:
            self._watch()
        return writer

    async def send_str(self, data: str, compress: int | None = None) -> None:
        self._active = time.monotonic()
        try:
            await super().send_str(data, compress)
        except UnicodeEncodeError:
            # half a character that came in as a JSON escape and is quoted back
            await super().send_str(data.encode("utf-8", "replace").decode(), compress)

    async def send_bytes(self, data: bytes, compress: int | None = None) -> None:
        self._active = time.monotonic()
        await super().send_bytes(data, compress)

    async def receive(self, timeout: float | None = None) -> WSMessage:
        """The next message that is not a ping or a pong."""
        while True:
            self._turns.begin()
            message: WSMessage = await super().receive(timeout)
            await self._turns.end()
            kind = message.type
            if kind is WSMsgType.TEXT or kind is WSMsgType.BINARY:
                self._active = time.monotonic()
            elif kind is WSMsgType.PING:
                await self.pong(message.data)
                continue
            elif kind is WSMsgType.PONG:
                if self.on_pong is not None:
                    self.on_pong(bytes(message.data))
                continue
            else:
                self._unwatch()
            return message

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        self._unwatch()
        try:
            async with asyncio.timeout(2 * WEBSOCKET_CLOSE_WAIT):
                return await super().close(code=code, message=message, drain=drain)
        except TimeoutError:
            # a client that does not even take the close
            if self._req is not None and self._req.transport is not None:
                self._req.transport.abort()
            return True

    def _watch(self) -> None:
        """Close with 1001 when the session is over its length or both sides are silent; look again when it may be."""
        self._bound = None
        if self.closed:
            return
        now = time.monotonic()
        session, idle = self._limits.max_session, self._limits.idle_timeout
        ends = [
            (limit + since - now, reason)
            for limit, since, reason in (
                (session, self._opened, b"session length limit (serve.max_session)"),
                (idle, self._active, b"idle (serve.idle_timeout)"),
            )
            if limit is not None
        ]
        if not ends:
            return
        left, reason = min(ends)
        loop = asyncio.get_running_loop()
        if left > 0:
            self._bound = loop.call_later(left, self._watch)
        else:
            self._closer = loop.create_task(self.close(code=WSCloseCode.GOING_AWAY, message=reason))

    def _unwatch(self) -> None:
        if self._bound is not None:
            self._bound.cancel()
            self._bound = None


_ending: set[asyncio.Future[object]] = set()
"""Tasks of `let_go` that run; the event loop itself keeps tasks by weak references only."""


async def let_go(work: Coroutine[object, object, object]) -> None:
    """Stop what runs for a client, to its end: a connection that is cut cancels its handler in the middle of that."""
    task = asyncio.ensure_future(work)
    _ending.add(task)
    task.add_done_callback(_gone)
    await asyncio.shield(task)


def _gone(task: asyncio.Future[object]) -> None:
    _ending.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.debug("A client's work did not end cleanly: %s", type(error).__name__)
