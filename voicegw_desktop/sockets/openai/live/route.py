"""`/v1/live/sessions`: a Live session on a WebSocket."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from aiohttp import web

from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.prewarm import prewarm_session
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.openai.live.session import LiveSession
from voicegw_desktop.sockets.openai.realtime.items import new_id
from voicegw_desktop.sockets.openai.realtime.route import HEARTBEAT, MESSAGE_LIMIT, take


def routes(context: SocketContext) -> list[web.RouteDef]:
    """The route of Live sessions, `GET /v1/live/sessions`."""

    async def live(request: web.Request) -> web.StreamResponse:
        return await _serve(context, request)

    return [web.get("/v1/live/sessions", live)]


async def _serve(context: SocketContext, request: web.Request) -> web.StreamResponse:
    auth.require(request, auth.INFERENCE)
    caller = auth.caller(request, "live")
    if caller.session is None:
        # one connection is one conversation: its requests belong together
        caller = replace(caller, session=new_id("sess"))
    ws = context.websocket(request, max_msg_size=MESSAGE_LIMIT, heartbeat=HEARTBEAT)
    await ws.prepare(request)

    async def send(event: Record) -> None:
        if not ws.closed:
            await ws.send_str(json.dumps(event, separators=(",", ":"), ensure_ascii=False))

    prewarm_session(context.gateway, caller)
    session = LiveSession(
        context.gateway.corridor, caller, send, context.clock, partial(context.gateway.router.named_by, "openai")
    )
    try:
        async for message in ws:
            await take(session, message)
            if session.closed:
                await ws.close()
    except (TimeoutError, ConnectionError):
        pass
    finally:
        await session.close()
    return ws
