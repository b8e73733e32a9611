"""What all fakes share: a server on loopback, a record of what was asked, and faults that are put in on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, ClassVar, Self, TypeVar

from aiohttp import WSMsgType, web

from voicegw_desktop.testing.orders import Orders
from voicegw_desktop.testing.seen import FAULT, SEEN, Fault, Seen, form_fields

GARBAGE = b"\x00\xff<html>not what was asked for</html>"
KEY = "fake-key"
T = TypeVar("T")


MESSAGES: web.RequestKey[Messages | None] = web.RequestKey("voicegw.messages", type(None))


class FakeProvider(Orders[Seen]):
    """One provider on 127.0.0.1: `async with FakeDeepgram() as fake:` and point the real client at `fake.base_url`.

    `transcript` is the result of its transcriptions, `reply` the text of its chats. Keys other than `key` are refused
    as the provider would.
    """

    name: ClassVar[str] = ""
    base_path: ClassVar[str] = "/v1"
    """What the client's base URL ends with."""

    def __init__(
        self,
        *,
        key: str = KEY,
        transcript: str = "hello from the fake",
        reply: str = "Hello. How can I help you today?",
    ) -> None:
        super().__init__()
        self.key, self.transcript, self.reply = key, transcript, reply
        self.tool_calls: list[tuple[str, dict[str, Any]]] = []
        """Calls (name, arguments) the next chat answers make, one list entry per answer; then `reply` again."""
        self._runner: web.AppRunner | None = None
        self._ending = asyncio.Event()
        self._open: list[web.Request] = []
        """Requests being answered."""
        self.port = 0

    # -- life ---------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._gate], client_max_size=64 * 1024 * 1024)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._ending.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """What the real client takes as `base_url`."""
        return f"http://127.0.0.1:{self.port}{self.base_path}"

    @property
    def connections(self) -> int:
        """WebSockets open now."""
        return sum(1 for request in self._open if request[MESSAGES] is not None)

    @property
    def working(self) -> int:
        """Answers being made now: by HTTP, for a transcription that listens, or speech that is not all said."""
        return sum(1 if (on := request[MESSAGES]) is None else on.owed for request in self._open)

    # -- faults -------------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Drop every open WebSocket, as after a restart; clients that keep some for later find them closed."""
        for request in tuple(self._open):
            if request[MESSAGES] is not None:
                self._cut(request)

    # -- what a provider fills in -------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        """The routes of this provider."""
        raise NotImplementedError

    def allowed(self, request: web.Request) -> bool:
        """True when the request carries the right key."""
        return request.headers.get("Authorization") == f"Bearer {self.key}"

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        """The body of an error, in the provider's own shape."""
        return {"error": {"message": message, "type": "error", "code": str(status)}}

    # -- the gate -----------------------------------------------------------------------------------------------------

    @web.middleware
    async def _gate(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        socket = request.headers.get("Upgrade", "").lower() == "websocket"
        body = None if socket else await self._body(request)
        headers = {k.lower(): v for k, v in request.headers.items()}
        request[SEEN] = seen = Seen(
            request.method, request.path, dict(request.query), headers, body, [], socket, request.path_qs
        )
        self.requests.append(seen)
        request[MESSAGES] = None
        self._open.append(request)
        self._changed.set()
        request[FAULT] = fault = self._take(request.path)
        try:
            if not self.allowed(request):
                return self._error(request, 401, "The key is not valid.")
            match fault.name if fault else None:
                case "refuse":
                    self._cut(request)
                    return web.Response(status=500)
                case "401":
                    return self._error(request, 401, "The key is not valid.")
                case "429":
                    assert fault is not None
                    answer = self._error(request, 429, "Too many requests.")
                    answer.headers["Retry-After"] = f"{fault.retry_after:g}"
                    return answer
                case "500":
                    return self._error(request, 500, "Something broke inside.")
                case "stall":
                    return await self._stall(request, socket)
                case "garbage":
                    return await self._garbage(request, socket)
            return await handler(request)
        except asyncio.CancelledError:
            self._left(request)
            raise
        except CutError:
            return web.Response(status=500)
        except ConnectionError:
            self._left(request)
            return web.Response(status=500)
        finally:
            self._open.remove(request)
            if (messages := request[MESSAGES]) is not None:
                messages.hush()
            self._changed.set()

    def _left(self, request: web.Request) -> None:
        messages = request[MESSAGES]
        if messages is None:
            self.hangups += 1
        else:
            messages.left()
        self._changed.set()

    def _error(self, _request: web.Request, status: int, message: str) -> web.Response:
        return web.json_response(self.refusal(status, message), status=status)

    async def _body(self, request: web.Request) -> Any:
        if request.content_type.startswith("multipart/"):
            return form_fields(request.headers["Content-Type"], await request.read())
        raw = await request.read()
        try:
            return json.loads(raw) if raw else None
        except ValueError:
            return len(raw)

    async def _stall(self, request: web.Request, socket: bool) -> web.StreamResponse:
        if socket:
            ws = web.WebSocketResponse()
            await ws.prepare(request)
            async for _ in ws:
                pass
            return ws
        await self._ending.wait()
        return web.Response(status=503)

    async def _garbage(self, request: web.Request, socket: bool) -> web.StreamResponse:
        if not socket:
            return web.Response(body=GARBAGE, content_type="application/json")
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(GARBAGE.decode("latin-1"))
        await ws.close()
        return ws

    def _cut(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()

    def _in_force(self, request: web.Request) -> Fault | None:
        # a WebSocket may be older than the fault
        now = self._fault
        return now if now is not None and now.path in request.path else request[FAULT]

    # -- help for the providers ---------------------------------------------------------------------------------------

    def asked(self, request: web.Request) -> dict[str, Any]:
        """The object that came as a request's body: JSON, or the fields of a form."""
        body: object = request[SEEN].body
        return body if isinstance(body, dict) else {}

    def rate(self, request: web.Request, wanted: int) -> int:
        """The rate to answer with."""
        fault = self._in_force(request)
        return fault.rate if fault and fault.name == "wrong_rate" else wanted

    async def play(self, request: web.Request, parts: Iterable[T], send: Callable[[T], Awaitable[None]]) -> None:
        """Send the parts of an answer as the fault in force says; ConnectionResetError when it is cut."""
        fault = self._in_force(request)
        for i, part in enumerate(parts):
            if fault and fault.name == "drop_mid_stream" and i >= fault.after:
                await asyncio.sleep(0)
                self._cut(request)
                raise CutError("cut on purpose")
            if fault and fault.name == "stall_mid_stream" and i >= fault.after:
                # until the client leaves, or the test is over
                await self._ending.wait()
                return
            if fault and fault.name == "slow_drip" and i:
                await asyncio.sleep(fault.seconds)
            await send(part)
            await asyncio.sleep(0)

    async def stream(
        self, request: web.Request, parts: Iterable[bytes], content_type: str, **headers: str
    ) -> web.StreamResponse:
        """Answer with a body that arrives in parts."""
        response = web.StreamResponse(headers={"Content-Type": content_type, **headers})
        await response.prepare(request)
        await self.play(request, parts, response.write)
        with contextlib.suppress(ConnectionError):
            await response.write_eof()
        return response

    async def json(self, request: web.Request, data: Any) -> web.StreamResponse:
        """Answer with JSON in one piece; a fault within the answer strikes in the middle of it."""
        fault = self._in_force(request)
        if fault is None or fault.name not in ("drop_mid_stream", "stall_mid_stream", "slow_drip"):
            return web.json_response(data)
        body = json.dumps(data).encode()
        size = -(-len(body) // (fault.after + 1))
        parts = (body[at : at + size] for at in range(0, len(body), size))
        return await self.stream(request, parts, "application/json", **{"Content-Length": str(len(body))})

    async def messages(self, request: web.Request, *, listens: bool = True) -> Messages:
        """Accept the WebSocket of `request`; one that `listens` works for its client as long as it is open."""
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        request[MESSAGES] = messages = Messages(self, request, ws, listens)
        self._changed.set()
        return messages


class CutError(ConnectionResetError):
    """The fake itself cut the connection."""


class Messages:
    """An accepted WebSocket: iterate over what the client sends, bytes or objects; plain text is `{"type": text}`."""

    def __init__(self, fake: FakeProvider, request: web.Request, ws: web.WebSocketResponse, listens: bool) -> None:
        self._fake, self._request, self.ws, self._listens = fake, request, ws, listens
        self.complete = not listens
        """Set when everything owed was sent; a client that leaves before counts as a hang-up."""
        self._saying: deque[tuple[str, Iterable[dict[str, Any] | bytes]]] = deque()
        self._voice: asyncio.Task[None] | None = None
        self._gone = False

    @property
    def owed(self) -> int:
        """Answers that are being made on this connection."""
        return len(self._saying) + self._listens

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes | dict[str, Any]:
        message = await self.ws.receive()
        seen = self._request[SEEN]
        if message.type is WSMsgType.BINARY:
            data: bytes = message.data
            seen.messages.append(len(data))
            self._fake._changed.set()
            return data
        if message.type is not WSMsgType.TEXT:
            self.left()
            raise StopAsyncIteration
        try:
            value: object = json.loads(message.data)
        except ValueError:
            value = message.data
        seen.messages.append(value)
        self._fake._changed.set()
        return value if isinstance(value, dict) else {"type": value}

    async def objects(self) -> AsyncIterator[dict[str, Any]]:
        """What a client sends on a wire without binary messages."""
        async for message in self:
            if isinstance(message, dict):
                yield message

    def left(self) -> None:
        """The client is gone; that counts once."""
        if not self._gone and (self._saying or not self.complete):
            self._fake.hangups += 1
        self._gone = True
        self._fake._changed.set()

    async def send(self, *messages: dict[str, Any] | bytes) -> None:
        """Send messages, as the fault in force says."""
        await self._fake.play(self._request, messages, self._one)

    async def _one(self, message: dict[str, Any] | bytes) -> None:
        if isinstance(message, bytes):
            await self.ws.send_bytes(message)
        else:
            await self.ws.send_str(json.dumps(message))

    # -- speech, while the client is still heard ----------------------------------------------------------------------

    def say(self, context: str, parts: Iterable[dict[str, Any] | bytes]) -> None:
        """Send `parts` once what was begun before is sent."""
        self._saying.append((context, parts))
        if self._voice is None or self._voice.done():
            self._voice = asyncio.ensure_future(self._speak())

    async def _speak(self) -> None:
        try:
            while self._saying:
                await self._fake.play(self._request, self._saying[0][1], self._one)
                self._saying.popleft()
                self._fake._changed.set()
        except CutError:
            self._gone = True
        except ConnectionError:
            self.left()

    def stop(self, context: str) -> None:
        """The client wants no more of `context`."""
        if any(one == context for one, _ in self._saying):
            rest = [item for item in self._saying if item[0] != context]
            self.hush()
            self._fake.hangups += 1
            for item in rest:
                self.say(*item)
            self._fake._changed.set()

    def hush(self) -> None:
        """Stop sending audio."""
        self._saying.clear()
        if self._voice is not None:
            self._voice.cancel()
            self._voice = None
