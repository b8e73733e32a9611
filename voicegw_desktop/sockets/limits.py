"""How much a client may send, how slowly, how long: every bound of a connection, and the readers that hold to them."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import IO, Any

from aiohttp import BodyPartReader, WSCloseCode, WSMessage, WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge, VoiceGatewayError
from voicegw_desktop.core.schema import ServeConfig
from voicegw_desktop.core.units import parse_keep_alive

MIB = 1024 * 1024

SPOOL_IN_MEMORY = 4 * MIB  # bytes of an upload kept in memory before it goes to a temporary file
FIELD_LIMIT = 64 * 1024  # bytes of a form field that is not a file
WEBSOCKET_CLOSE_WAIT = 2.0  # s to wait for the client's half of a close


class RequestTooSlow(VoiceGatewayError):
    """The body came slower than the limit allows."""

    status = 408
    type = "invalid_request_error"
    default_code = "request_timeout"


class UnsupportedBody(BadRequest):
    """A body in an encoding or content type that is not read here."""

    status = 415


@dataclass(frozen=True, slots=True)
class Limits:
    """All bounds of the socket; what a person may want to change is in `serve`."""

    max_connections: int = 256
    max_body: int = 200 * MIB
    """Bytes of an upload."""
    max_json: int = 16 * MIB
    """Bytes of a JSON body."""
    max_header: int = 16 * 1024
    """Bytes of one header line."""
    max_headers: int = 100
    max_frame: int = 4 * MIB
    """Bytes of one WebSocket message."""
    header_timeout: float = 10.0
    """Seconds from the first byte of a request to the end of its headers."""
    body_timeout: float = 20.0
    """Seconds without a byte of an announced body."""
    min_body_rate: int = 1024
    """Bytes per second, averaged over the body, below which it is a slow-loris."""
    keepalive_timeout: float = 75.0
    """Seconds an idle HTTP connection stays."""
    max_session: float | None = 4 * 3600.0
    """Seconds of a WebSocket session."""
    idle_timeout: float | None = 600.0
    """Seconds a WebSocket may be silent."""
    heartbeat: float = 20.0
    """Seconds between WebSocket pings; a peer that answers none is gone."""
    stall: float = 60.0
    """Seconds in which a client must take something of what is written to it."""
    max_audio_s: float = 6 * 3600.0
    """Seconds of decoded audio in one upload; a small file can hold very much silence."""
    chat_headers_after: float = 2.0
    """Seconds a streaming client waits before it gets its 200 and keep-alive comments."""
    sse_keepalive: float = 3.0
    """Seconds between keep-alive comments."""
    linger: float = 1.0
    """Seconds in which the rest of a refused body is read, so that the client gets the refusal and not a reset."""
    shutdown: float = 3.0
    """Seconds a graceful stop waits for answers in flight."""

    @classmethod
    def of(cls, serve: ServeConfig) -> Limits:
        """The bounds that `serve` sets, the rest by default."""
        return cls(
            max_connections=serve.max_connections,
            max_body=serve.max_body or 200 * MIB,
            max_session=parse_keep_alive(serve.max_session),
            idle_timeout=parse_keep_alive(serve.idle_timeout),
        )


def _size(n: int) -> str:
    return f"{n / MIB:g} MiB" if n >= MIB else f"{n / 1024:g} KiB"


def refuse_encoded(request: web.BaseRequest) -> None:
    """Refuse a compressed body: nothing this small program needs arrives compressed, and a bomb would."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedBody(
            f'Content-Encoding "{encoding[:40]}" is not accepted here; send the body uncompressed.',
            code="unsupported_encoding",
        )


def _announced(request: web.BaseRequest, limit: int, setting: str) -> None:
    length = request.content_length
    if length is not None and length > limit:
        raise PayloadTooLarge(f"The body has {_size(length)}; the limit is {_size(limit)} ({setting}).")


async def body_chunks(request: web.BaseRequest, limits: Limits, limit: int, setting: str) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raises PayloadTooLarge over `limit` bytes, RequestTooSlow when it trickles."""
    refuse_encoded(request)
    _announced(request, limit, setting)
    total = 0
    began = time.monotonic()
    while True:
        if request.content.is_eof():
            # all of it is here, as with nearly every request: no clock needs to run
            chunk = request.content.read_nowait()
        else:
            try:
                async with asyncio.timeout(limits.body_timeout):
                    chunk = await request.content.readany()
            except TimeoutError:
                raise RequestTooSlow(f"No byte of the body came for {limits.body_timeout:g} s.") from None
        if not chunk:
            return
        total += len(chunk)
        if total > limit:
            raise PayloadTooLarge(f"The body is over the limit of {_size(limit)} ({setting}).")
        spent = time.monotonic() - began
        if spent > limits.body_timeout and total < spent * limits.min_body_rate:
            raise RequestTooSlow(f"The body came slower than {limits.min_body_rate} bytes a second.")
        yield chunk


async def read_body(request: web.BaseRequest, limits: Limits, limit: int, setting: str) -> bytes:
    """The whole body in memory; for bodies that must be small."""
    return b"".join([chunk async for chunk in body_chunks(request, limits, limit, setting)])


async def read_json(request: web.BaseRequest, limits: Limits) -> dict[str, Any]:
    """The body as a JSON object; raises BadRequest with the place of the mistake."""
    raw = await read_body(request, limits, limits.max_json, "JSON bodies")
    return parse_object(raw)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Parse one strict JSON object: UTF-8, no NaN or Infinity, no absurd nesting."""
    if not raw.strip():
        raise BadRequest("The body is empty; a JSON object was expected.", code="invalid_json")
    try:
        value = json.loads(raw, parse_constant=_no_constant)
    except RecursionError:
        raise BadRequest("The JSON is nested too deeply.", code="invalid_json") from None
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8 text.", code="invalid_json") from None
    except json.JSONDecodeError as e:
        raise BadRequest(
            f"The body is not valid JSON: {e.msg} (line {e.lineno}, column {e.colno}).", code="invalid_json"
        ) from None
    except ValueError as e:
        raise BadRequest(f"The body is not valid JSON: {str(e)[:120]}.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise BadRequest(f"The body is a JSON {type(value).__name__}; an object was expected.", code="invalid_json")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


class Upload:
    """A received file: in memory while small, on disk when not; `close()` forgets it."""

    def __init__(self, filename: str, content_type: str) -> None:
        self.filename = filename
        self.content_type = content_type
        self.size = 0
        """bytes"""
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY)  # noqa: SIM115

    async def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > SPOOL_IN_MEMORY:
            await asyncio.to_thread(self._file.write, chunk)
        else:
            self._file.write(chunk)

    async def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; empty at the end."""
        if self.size > SPOOL_IN_MEMORY:
            return await asyncio.to_thread(self._read, offset, size)
        return self._read(offset, size)

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    async def chunks(self, size: int = 64 * 1024) -> AsyncIterator[bytes]:
        """The whole file in pieces."""
        at = 0
        while piece := await self.read(at, size):
            at += len(piece)
            yield piece

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True)
class Form:
    """A multipart form: plain fields (each name may repeat) and at most one file."""

    fields: dict[str, list[str]]
    upload: Upload | None

    def one(self, name: str, default: str | None = None) -> str | None:
        """The last value of a field."""
        values = self.fields.get(name)
        return values[-1] if values else default

    def many(self, name: str) -> list[str]:
        """All values of `name` and of `name[]`, as OpenAI's clients send lists."""
        return [*self.fields.get(name, []), *self.fields.get(f"{name}[]", [])]

    def close(self) -> None:
        if self.upload is not None:
            self.upload.close()


async def read_form(request: web.Request, limits: Limits, file_field: str = "file") -> Form:
    """Receive multipart/form-data with its file spooled; the caller closes the form.

    Raises BadRequest for anything that is not such a form, PayloadTooLarge, RequestTooSlow.
    """
    refuse_encoded(request)
    _announced(request, limits.max_body, "serve.max_body")
    if request.content_type != "multipart/form-data":
        raise UnsupportedBody(
            f'Content-Type "{request.content_type}" is not accepted here; send multipart/form-data.',
            code="unsupported_content_type",
        )
    form = Form({}, None)
    try:
        await _receive(request, limits, file_field, form)
    except (ValueError, AssertionError, LookupError, RuntimeError, web.RequestPayloadError) as e:
        form.close()
        if isinstance(e, VoiceGatewayError):
            raise
        raise BadRequest(f"The multipart form is malformed: {str(e)[:120]}", code="invalid_form") from None
    except BaseException:
        form.close()
        raise
    return form


async def _receive(request: web.Request, limits: Limits, file_field: str, form: Form) -> None:
    reader = await request.multipart()
    total, count = 0, 0
    began = time.monotonic()
    while True:
        async with _steadily(limits):
            part = await reader.next()
        if part is None:
            return
        count += 1
        if not isinstance(part, BodyPartReader) or count > 64:
            raise BadRequest("The form has nested or too many parts.", code="invalid_form")
        if part.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            raise UnsupportedBody("Compressed form parts are not accepted.", code="unsupported_encoding")
        name = part.name or ""
        is_file = name == file_field
        if is_file:
            if form.upload is not None:
                raise BadRequest(f'The form holds more than one "{file_field}".', param=file_field)
            form.upload = Upload(part.filename or "", part.headers.get("Content-Type", ""))
        held = bytearray()
        while True:
            async with _steadily(limits):
                chunk = await part.read_chunk(64 * 1024)
            if not chunk:
                break
            total += len(chunk)
            if total > limits.max_body:
                raise PayloadTooLarge(f"The upload is over the limit of {_size(limits.max_body)} (serve.max_body).")
            spent = time.monotonic() - began
            if spent > limits.body_timeout and total < spent * limits.min_body_rate:
                raise RequestTooSlow(f"The body came slower than {limits.min_body_rate} bytes a second.")
            if is_file and form.upload is not None:
                await form.upload.write(bytes(chunk))
            else:
                held += chunk
                if len(held) > FIELD_LIMIT:
                    raise PayloadTooLarge(f'The field "{name[:40]}" is over {_size(FIELD_LIMIT)}.', param=name[:40])
        if not is_file:
            form.fields.setdefault(name, []).append(held.decode("utf-8", "replace"))


class _steadily:
    """A timeout around one read of a body, as RequestTooSlow."""

    def __init__(self, limits: Limits) -> None:
        self._seconds = limits.body_timeout
        self._timeout = asyncio.timeout(self._seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *exc: Any) -> None:
        try:
            await self._timeout.__aexit__(*exc)
        except TimeoutError:
            raise RequestTooSlow(f"No byte of the body came for {self._seconds:g} s.") from None


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
            message: WSMessage = await super().receive(timeout)
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
