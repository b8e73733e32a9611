"""Server-sent events: opening such an answer, sending on it, ending it with an error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from aiohttp import web

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import RunPort
from voicegw_desktop.sockets.http.error_forms import in_form
from voicegw_desktop.sockets.http.limits import Limits

KEEPALIVE = b": keepalive\n\n"
as_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
"""Made once: `json.dumps` makes an encoder for each event. What a door sends is made here and holds no circle."""
R = TypeVar("R", bound=RunPort)


class _Together(web.StreamResponse):
    """A response whose headers leave together with its first bytes: one packet, and the client wakes once."""

    _send_headers_immediately = False


class PassedStream:
    """A streamed answer on its way to a client, whose silences are filled with comments.

    Many clients give up after ten seconds without a byte. While nothing has come yet, the headers of an event stream
    go out with the first comment. Call `rest` in a finally.
    """

    def __init__(self, request: web.Request, first: float, every: float) -> None:
        """`first`: seconds without an answer after which the headers go out; `every`: between comments after that."""
        self._request, self._every = request, every
        self._response: web.StreamResponse | None = None
        self._written = False
        self._tail = b"\n\n"
        self._held = b""
        """First events that wait for more until the loop turns."""
        self._comment: asyncio.Task[None] | None = None
        """Sends a comment, or what is held."""
        self._timer = asyncio.get_running_loop().call_later(first, self._silence)

    async def opened(self) -> bool:
        """True when the headers are sent, so that an error can only be an event."""
        if self._comment is not None:
            await asyncio.wait({self._comment})
        return self._response is not None

    async def begin(self, status: int, headers: Mapping[str, str], *, begun: bool) -> None:
        """The upstream answers: its status and headers, unless the client has some already.

        They go ahead of the body, so that the client has read them when it comes, or with it when it has `begun`.
        """
        if self._comment is not None:
            await self.opened()
        if self._response is None:
            kind = _Together if begun else web.StreamResponse
            self._response = kind(status=status, headers={**headers, "X-Accel-Buffering": "no"})
            await self._response.prepare(self._request)

    async def write(self, chunk: bytes) -> None:
        """Send bytes of the upstream's body."""
        assert self._response is not None
        chunk, self._held = self._held + chunk, b""
        self._written = True
        self._tail = (self._tail + chunk)[-2:]
        await self._response.write(chunk)

    async def begin_events(self, headers: Mapping[str, str], events: Iterable[Mapping[str, Any] | bytes]) -> None:
        """An event stream of the door's own; its headers go out with its first events, as one packet.

        What is sent before the loop turns goes with them: the first token, where the upstream's answer began with it.
        """
        await self.begin(200, {**headers, "Content-Type": "text/event-stream"}, begun=True)
        self._held = _joined(events)
        self._comment = asyncio.get_running_loop().create_task(self._let_go())

    async def send(self, events: Iterable[Mapping[str, Any] | bytes]) -> None:
        """Events named by their `type`, or encoded, in one piece: each write is a system call, which takes time."""
        if data := _joined(events):
            await self.write(data)

    async def fail(self, body: Mapping[str, Any]) -> web.StreamResponse:
        """End with an error in the one shape, as the last event."""
        assert self._response is not None
        await self._let_go()
        return await send_error(self._response, body)

    async def finish(self, comment: bytes = b"") -> web.StreamResponse:
        """End; `comment` stands last where the stream can hold one."""
        assert self._response is not None
        await self._let_go()
        if comment and self._between():
            with suppress(ConnectionError):
                await self._response.write(comment)
        await self._response.write_eof()
        return self._response

    def rest(self) -> None:
        """No more comments."""
        self._timer.cancel()
        if self._comment is not None:
            self._comment.cancel()

    def _between(self) -> bool:
        events = self._response is None or self._response.content_type == "text/event-stream"
        return events and self._tail == b"\n\n"

    def _silence(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._written and self._between():
            self._comment = loop.create_task(self._say())
        self._written = False
        self._timer = loop.call_later(self._every, self._silence)

    async def _let_go(self) -> None:
        # the client may have left; the next write raises
        with suppress(ConnectionError):
            if self._held:
                await self.write(b"")

    async def _say(self) -> None:
        # the client may have left; the next write raises
        with suppress(ConnectionError):
            if self._response is None:
                self._response = await open_sse(self._request, {})
            await self._response.write(KEEPALIVE)


def _joined(events: Iterable[Mapping[str, Any] | bytes]) -> bytes:
    return b"".join([e if isinstance(e, bytes) else encoded(e, str(e["type"])) for e in events])


async def open_sse(request: web.Request, headers: Mapping[str, str]) -> web.StreamResponse:
    """Send 200 and the headers of an event stream; the exact content type, for clients that compare it."""
    response = web.StreamResponse(headers={**headers, "X-Accel-Buffering": "no"})
    response.headers["Content-Type"] = "text/event-stream"
    await response.prepare(request)
    return response


def encoded(data: Mapping[str, Any], event: str | None = None) -> bytes:
    """One event whose data is JSON, as it goes over the wire."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {as_json(data)}\n\n".encode()


async def send_event(response: web.StreamResponse, data: Mapping[str, Any], event: str | None = None) -> None:
    """One event whose data is JSON."""
    await response.write(encoded(data, event))


async def send_error(response: web.StreamResponse, body: Mapping[str, Any]) -> web.StreamResponse:
    """An error after the headers are out: the one shape as the last event."""
    with suppress(ConnectionError):
        # Anthropic's clients know an error by its event's name; in that form only is there a type beside the error
        await send_event(response, body, "error" if body.get("type") == "error" else None)
        await response.write_eof()
    return response


async def patiently(
    request: web.Request, opening: Awaitable[R], limits: Limits
) -> tuple[R | None, web.StreamResponse | None]:
    """Open a stream for an SSE client, with keep-alive comments while a model loads.

    Gives (stream, None), (stream, response already open) or (None, finished response).
    """
    task = asyncio.ensure_future(opening)
    response: web.StreamResponse | None = None
    try:
        done, _ = await asyncio.wait({task}, timeout=limits.chat_headers_after)
        while not done:
            if response is None:
                response = await open_sse(request, {})
            await response.write(KEEPALIVE)
            done, _ = await asyncio.wait({task}, timeout=limits.sse_keepalive)
        try:
            return task.result(), response
        except VoiceGatewayError as e:
            if response is None:
                raise
            return None, await send_error(response, in_form(request, e.status, e.body()))
    except BaseException:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        elif not task.cancelled() and task.exception() is None:
            await task.result().cancel()
        raise
