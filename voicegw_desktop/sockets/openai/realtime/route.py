"""OpenAI Realtime on a WebSocket, composed of recogniser, model and voice: current events and the beta's."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from aiohttp import WSMessage, WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.gateway.prewarm import prewarm_session
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.websocket import let_go
from voicegw_desktop.sockets.openai.realtime import beta, secrets
from voicegw_desktop.sockets.openai.realtime.config import DEFAULT_MODEL, RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.items import new_id
from voicegw_desktop.sockets.openai.realtime.session import RealtimeSession
from voicegw_desktop.sockets.provider_form import message_of

MESSAGE_LIMIT = 16 * 1024 * 1024  # bytes; the published limit of one audio append
HEARTBEAT = 20.0  # s


def routes(context: SocketContext) -> list[web.RouteDef]:
    """`/v1/realtime`, with `?model=` or `?intent=transcription`, and what gives web pages a secret for it."""

    async def realtime(request: web.Request) -> web.StreamResponse:
        return await _serve(context, request)

    return [web.get("/v1/realtime", realtime), *secrets.routes(context)]


async def _serve(context: SocketContext, request: web.Request) -> web.StreamResponse:
    auth.require(request, auth.INFERENCE)
    caller = auth.caller(request, "realtime")
    session_id = new_id("sess")
    granted = auth.granted_session(request) or {}
    config = RealtimeConfig(
        "transcription" if request.query.get("intent") == "transcription" else "realtime",
        # what the page's server chose overrides what the page writes
        str(granted.get("model") or request.query.get("model") or DEFAULT_MODEL),
        session_id,
        partial(context.gateway.router.named_by, "openai"),
        partial(context.gateway.corridor.check_model, caller),
    )
    if granted:
        config.update(granted)
    if config.kind == "realtime":
        config.check_asked()
    if caller.session is None:
        # one connection is one conversation: its requests belong together
        caller = replace(caller, session=session_id)
    ws = context.websocket(request, max_msg_size=MESSAGE_LIMIT, heartbeat=HEARTBEAT, protocols=("realtime",))
    await ws.prepare(request)

    async def send(event: dict[str, Any]) -> None:
        if not ws.closed:
            await ws.send_str(json.dumps(event, separators=(",", ":"), ensure_ascii=False))

    if config.kind == "realtime":
        prewarm_session(context.gateway, caller)
    session = RealtimeSession(context.gateway.corridor, caller, config, send, old_names=beta.asked_for(request))
    try:
        await session.open()
        async for message in ws:
            await take(session, message)
    except ConnectionError:
        pass
    finally:
        await let_go(session.close())
    return ws


class TakesEvents(Protocol):
    """A session that a client sends its events to."""

    async def receive(self, event: dict[str, Any]) -> None:
        """Do what one event asks for."""

    async def error(self, e: VoiceGatewayError) -> None:
        """Tell the client what went wrong."""


async def take(session: TakesEvents, message: WSMessage) -> None:
    """Give the session the event of a message, or what is wrong with one that is none."""
    try:
        event = event_of(message)
    except BadRequest as e:
        await session.error(e)
    else:
        if event is not None:
            await session.receive(event)


def event_of(message: WSMessage) -> dict[str, Any] | None:
    """The client's event; None at the end of the connection. BadRequest for what is none."""
    if message.type is WSMsgType.BINARY:
        raise BadRequest("Events are JSON text frames; audio travels base64-coded in them.", code="invalid_event")
    if message.type is not WSMsgType.TEXT:
        return None
    return message_of(message.data)
