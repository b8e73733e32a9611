"""LiveKit Inference: the `stt` and `tts` WebSockets that livekit-agents and @livekit/agents speak; chat is OpenAI's.

The wire is undocumented upstream. What is known of it, and how each rule was found, stands in docs/livekit.md.
`eot` and `bargein` are not served: the 404 makes clients use their own bundled models, as LiveKit's licence wants.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.core.prewarm import prewarm_session
from voicegw_desktop.sockets import auth
from voicegw_desktop.sockets.livekit_stt import SttSession
from voicegw_desktop.sockets.livekit_tts import TtsSession
from voicegw_desktop.sockets.server import SocketContext

ANY_MODEL = "auto"
"""What a client that names no model is taken to ask for; the catch-all alias serves it."""
UNNAMED = frozenset({"", "auto", "NOT_GIVEN"})
PING_EVERY = 4.0  # s; clients give up after 10 s without a frame, and a ping counts as one
MESSAGE_LIMIT = 4 * 1024 * 1024  # bytes; the client's own limit


def routes(context: SocketContext) -> list[web.RouteDef]:
    """The two WebSockets, with and without `/v1`."""

    async def stt(request: web.Request) -> web.StreamResponse:
        return await _serve(context, request, Modality.STT)

    async def tts(request: web.Request) -> web.StreamResponse:
        return await _serve(context, request, Modality.TTS)

    return [web.get("/v1/stt", stt), web.get("/v1/tts", tts)]


def wanted_model(name: object) -> str:
    """The model string a client asks for; ANY_MODEL when it asks for none."""
    return ANY_MODEL if not isinstance(name, str) or name in UNNAMED else name


async def _serve(context: SocketContext, request: web.Request, modality: Modality) -> web.StreamResponse:
    auth.require(request, auth.INFERENCE)
    caller = auth.caller(request, "livekit")
    model = request.query.get("model")
    if model is not None:
        # a refusal is fatal to the client only as an HTTP status: after the upgrade it would retry for ever
        context.gateway.router.plan(modality, wanted_model(model), caller)
    ws = context.websocket(request, max_msg_size=MESSAGE_LIMIT)
    await ws.prepare(request)
    in_job = "X-LiveKit-Job-ID" in request.headers
    session = _session(context, ws, caller, modality, wanted_model(model), in_job)
    try:
        async with asyncio.TaskGroup() as group:
            pings = group.create_task(_ping(ws))
            await _read(ws, session)
            await session.drain()
            pings.cancel()
    finally:
        await session.close()
    await ws.close()
    return ws


def _session(
    context: SocketContext, ws: web.WebSocketResponse, caller: Caller, modality: Modality, model: str, in_job: bool
) -> SttSession | TtsSession:
    send = _sender(ws)
    corridor = context.gateway.corridor
    if modality is Modality.STT:
        if in_job:
            # what hears will soon answer
            prewarm_session(context.gateway, caller)
        return SttSession(corridor, caller, model, send)
    return TtsSession(corridor, caller, model, send, in_job=in_job)


def _sender(ws: web.WebSocketResponse) -> Any:
    async def send(message: dict[str, Any]) -> None:
        if not ws.closed:
            await ws.send_str(json.dumps(message, separators=(",", ":"), ensure_ascii=False))

    return send


async def _ping(ws: web.WebSocketResponse) -> None:
    while not ws.closed:
        await asyncio.sleep(PING_EVERY)
        try:
            await ws.ping()
        except ConnectionError:
            return


async def _read(ws: web.WebSocketResponse, session: SttSession | TtsSession) -> None:
    """Feed client messages to the session until it is over, the client leaves, or the session ends by itself."""
    over = asyncio.ensure_future(session.over.wait())
    try:
        while True:
            receive = asyncio.ensure_future(ws.receive())
            await asyncio.wait({receive, over}, return_when=asyncio.FIRST_COMPLETED)
            if not receive.done():
                receive.cancel()
                await asyncio.gather(receive, return_exceptions=True)
                return
            message = receive.result()
            if message.type is WSMsgType.TEXT:
                await _handle(session, message.data)
            elif message.type is WSMsgType.BINARY:
                await session.refuse("This WebSocket takes JSON text frames; audio travels base64-coded in them.")
            else:
                # the client hung up: what still runs for it stops
                await session.close()
                return
    finally:
        over.cancel()


async def _handle(session: SttSession | TtsSession, text: str) -> None:
    try:
        message = json.loads(text)
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise BadRequest('A message must be a JSON object with a "type".')
        await session.receive(message)
    except VoiceGatewayError as e:
        # before ValueError: an unknown model is both, and a session without one cannot go on
        await session.fail(e)
    except (ValueError, RecursionError):
        await session.refuse("The message is not valid JSON.")
