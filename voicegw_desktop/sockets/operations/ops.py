"""What tells how the gateway is: health, metrics, the event stream."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import json
import logging
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from voicegw_desktop.core.events import (
    EngineState,
    KeyRevoked,
    LoopLag,
    ModelProgress,
    RequestFinished,
    RequestFirstByte,
    RequestStarted,
    RouteChanged,
)
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.sse import KEEPALIVE, open_sse, send_event
from voicegw_desktop.sockets.operations import metrics

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

log = logging.getLogger(__name__)

EVENT_QUEUE = 512  # events a slow listener may lag behind before it misses some
EVENT_KEEPALIVE = 15.0  # s between comments on a quiet stream


def routes(context: SocketContext) -> list[web.RouteDef]:
    """GET /health, /v1/metrics and /v1/events (SSE or WebSocket)."""
    handler = _Ops(context)
    return [
        web.get("/health", handler.health),
        web.get("/v1/metrics", handler.metrics),
        web.get("/v1/events", handler.events),
    ]


class _Ops:
    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._metrics = metrics.Metrics(context.gateway.bus)

    async def health(self, request: web.Request) -> web.Response:
        """Says only that the gateway runs: this route needs no key."""
        return web.json_response({"status": "ok"})

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text of what happened since the start."""
        auth.require(request, auth.READ)
        return web.Response(
            body=self._metrics.text(auth.only_project(request)).encode(), headers={"Content-Type": metrics.CONTENT_TYPE}
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Every event the caller may see as JSON, as it happens: a WebSocket when asked to upgrade, SSE otherwise."""
        auth.require(request, auth.READ)
        queue: asyncio.Queue[dict[str, object]] = asyncio.Queue(EVENT_QUEUE)
        missed = 0
        only = auth.only_project(request)
        sees = ProjectEvents(self._context.gateway, only) if only is not None else None

        def listen(event: object) -> None:
            nonlocal missed
            if sees is not None and not sees(event):
                return
            try:
                queue.put_nowait(as_json(event))
            except asyncio.QueueFull:
                missed += 1

        unsubscribe = self._context.gateway.bus.subscribe(listen)
        try:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._by_websocket(request, queue)
            return await self._by_sse(request, queue)
        finally:
            unsubscribe()
            if missed:
                log.warning("A listener on /v1/events was too slow and missed %d events.", missed)

    async def _next(self, queue: asyncio.Queue[dict[str, object]]) -> dict[str, object] | None:
        """The next event; None when the server stops; TimeoutError on a quiet stream."""
        getter = asyncio.ensure_future(queue.get())
        stopping = asyncio.ensure_future(self._context.stopping.wait())
        try:
            done, _ = await asyncio.wait(
                {getter, stopping}, timeout=EVENT_KEEPALIVE, return_when=asyncio.FIRST_COMPLETED
            )
            if getter in done:
                return getter.result()
            if stopping in done:
                return None
            raise TimeoutError
        finally:
            getter.cancel()
            stopping.cancel()

    async def _by_sse(self, request: web.Request, queue: asyncio.Queue[dict[str, object]]) -> web.StreamResponse:
        response = await open_sse(request, {})
        while True:
            try:
                event = await self._next(queue)
            except TimeoutError:
                await response.write(KEEPALIVE)
                continue
            if event is None:
                await response.write_eof()
                return response
            await send_event(response, event)

    async def _by_websocket(self, request: web.Request, queue: asyncio.Queue[dict[str, object]]) -> web.StreamResponse:
        # a listener sends nothing, so its silence is no reason to close
        ws = self._context.websocket(request, max_msg_size=1024)
        await ws.prepare(request)
        sender = asyncio.create_task(self._send(ws, queue))
        try:
            while (await ws.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                pass
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return ws

    async def _send(self, ws: web.WebSocketResponse, queue: asyncio.Queue[dict[str, object]]) -> None:
        while True:
            try:
                event = await self._next(queue)
            except TimeoutError:
                continue
            if event is None:
                return
            await ws.send_json(event)


class ProjectEvents:
    """Tells which events a key of one project may see: those of its project and those of the engines."""

    def __init__(self, gateway: SocketGateway, project: str) -> None:
        self._gateway, self._project = gateway, project
        self._requests: set[str] = set()

    def __call__(self, event: object) -> bool:
        match event:
            case EngineState() | ModelProgress() | LoopLag():
                return True
            case RouteChanged():
                return event.project in (None, self._project)
            case RequestFirstByte():
                return event.id in self._requests
            case KeyRevoked():
                info = self._gateway.keys.info(event.key_id)
                return info is not None and info.project == self._project
            case RequestFinished():
                self._requests.discard(str(event.record.id))
                record = event.record
                caller = getattr(record, "caller", None)
                return bool(self._project == (record.project if caller is None else caller.project))
        mine = getattr(event, "project", None) == self._project
        if mine and isinstance(event, RequestStarted):
            self._requests.add(event.id)
        return mine


def as_json(event: object) -> dict[str, object]:
    """`{"type": "EngineState", ...fields}`; bytes are left out."""
    return {"type": type(event).__name__, **_fields(event)}


def _fields(value: object) -> dict[str, object]:
    names = [field.name for field in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    return {name: plain(getattr(value, name)) for name in names if not name.startswith("_")}


def plain(value: object) -> object:
    """The value as JSON can hold it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, bytes | bytearray):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def dumps(value: object) -> str:
    """Compact JSON of anything `plain` understands."""
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)
