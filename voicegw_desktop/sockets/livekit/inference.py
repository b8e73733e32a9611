"""LiveKit Inference: the `stt` and `tts` WebSockets that livekit-agents and @livekit/agents speak; chat is OpenAI's.

The wire is undocumented upstream. What is known of it, and how each rule was found, stands in docs/livekit.md.
`bargein` is not served, for no model here tells an interruption from a cough: the 404 makes clients go by the voice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.text import loads
from voicegw_desktop.engines.turn import TurnStream
from voicegw_desktop.gateway.prewarm import prewarm_session
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.guards import from_loopback, over_unix
from voicegw_desktop.sockets.http.websocket import GuardedWebSocket, let_go
from voicegw_desktop.sockets.livekit.eot import EotSession
from voicegw_desktop.sockets.livekit.listening import MISSED_AFAR, Jobs
from voicegw_desktop.sockets.livekit.stt import SttSession
from voicegw_desktop.sockets.livekit.tts import TtsSession

ANY_MODEL = "auto"
"""What a client that names no model is taken to ask for; the catch-all alias serves it."""
UNNAMED = frozenset({"", "auto", "NOT_GIVEN"})
PING_EVERY = 4.0  # s; clients give up after 10 s without a frame, and a ping counts as one
MESSAGE_LIMIT = 4 * 1024 * 1024  # bytes; the client's own limit

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def routes(context: SocketContext) -> list[web.RouteDef]:
    """The three WebSockets."""
    jobs = Jobs()

    async def stt(request: web.Request) -> web.StreamResponse:
        return await _serve(context, jobs, request, Modality.STT)

    async def tts(request: web.Request) -> web.StreamResponse:
        return await _serve(context, jobs, request, Modality.TTS)

    async def eot(request: web.Request) -> web.StreamResponse:
        return await _turns(context, request)

    return [web.get("/v1/stt", stt), web.get("/v1/tts", tts), web.get("/v1/eot", eot)]


async def _turns(context: SocketContext, request: web.Request) -> web.StreamResponse:
    """Answer end-of-turn questions; without the model a status before the upgrade sends the client to its own."""
    auth.require(request, auth.INFERENCE)
    turn = await TurnStream.open(context.gateway.engines)
    try:
        ws = context.websocket(request, max_msg_size=MESSAGE_LIMIT)
        await ws.prepare(request)
        session = EotSession(turn, context.clock, ws.send_bytes)
        with contextlib.suppress(ConnectionError):
            async for message in ws:
                try:
                    if message.type is not WSMsgType.BINARY:
                        raise BadRequest("This WebSocket takes protobuf in binary frames.", code="bad_message")
                    await session.receive(message.data)
                except VoiceGatewayError as e:
                    await session.fail(e)
                if session.over:
                    break
    finally:
        turn.finish()
    await ws.close()
    return ws


def wanted_model(name: object) -> str:
    """The model string a client asks for; ANY_MODEL when it asks for none."""
    return ANY_MODEL if not isinstance(name, str) or name in UNNAMED else name


async def _serve(context: SocketContext, jobs: Jobs, request: web.Request, modality: Modality) -> web.StreamResponse:
    auth.require(request, auth.INFERENCE)
    caller = auth.caller(request, "livekit")
    model = request.query.get("model")
    if model is not None:
        # a refusal is fatal to the client only as an HTTP status: after the upgrade it would retry for ever
        context.gateway.router.plan(modality, wanted_model(model), caller)
    bounds: dict[str, Any] = {"max_msg_size": MESSAGE_LIMIT}
    if modality is Modality.TTS:
        # the client does not read a connection that waits in its pool, so it answers no ping
        bounds["heartbeat"] = None
    ws = context.websocket(request, **bounds)
    await ws.prepare(request)
    job_id = request.headers.get("X-LiveKit-Job-ID")
    session: SttSession | TtsSession
    if modality is Modality.STT:
        session = SttSession(context.gateway.corridor, caller, wanted_model(model), _sender(ws))
    else:
        session = TtsSession(context.gateway.corridor, caller, wanted_model(model), _sender(ws), in_job=bool(job_id))
    listener = jobs.join(caller.key_id, job_id, ws.ping, session.over.set)
    ws.on_pong = listener.pong
    if not (over_unix(request) or from_loopback(request)):
        listener.missed = MISSED_AFAR
    if isinstance(session, TtsSession):
        session.on_speaking = listener.speaking
    else:
        listener.always = True
        if job_id:
            # a client that transcribes will soon ask for an answer
            prewarm_session(context.gateway, caller)
    try:
        await _converse(ws, session)
    finally:
        listener.close()
        await let_go(session.close())
    await ws.close()
    return ws


async def _converse(ws: GuardedWebSocket, session: SttSession | TtsSession) -> None:
    """Serve until the session is over: the client left, or everything was said."""
    async with asyncio.TaskGroup() as group:
        # a speech connection is pinged by its job, to find out whether the client reads it
        pings = [group.create_task(_ping(ws))] if isinstance(session, SttSession) else []
        reading = group.create_task(_read(ws, session))
        await session.over.wait()
        if not reading.done():
            await session.drain()
            await let_go(session.close())
            # ends the reading too, but never in the middle of a message
            await ws.close()
        for task in pings:
            task.cancel()


def _sender(ws: web.WebSocketResponse) -> Any:
    async def send(message: dict[str, Any]) -> None:
        if not ws.closed:
            await ws.send_str(_encode(message))

    return send


async def _ping(ws: web.WebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError):
        while not ws.closed:
            await asyncio.sleep(PING_EVERY)
            await ws.ping()


async def _read(ws: GuardedWebSocket, session: SttSession | TtsSession) -> None:
    """Feed the client's messages to the session until one of them ends."""
    with contextlib.suppress(ConnectionError):
        async for message in ws:
            if session.over.is_set():
                return
            if message.type is WSMsgType.TEXT:
                await _handle(session, message.data)
            elif message.type is WSMsgType.BINARY:
                await session.refuse("This WebSocket takes JSON text frames; audio travels base64-coded in them.")
    # the client closed the connection: nothing more is owed
    session.over.set()


async def _handle(session: SttSession | TtsSession, text: str) -> None:
    try:
        message = loads(text)
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise BadRequest('A message must be a JSON object with a "type", which is a text.')
        await session.receive(message)
    except VoiceGatewayError as e:
        # before ValueError: an unknown model is both, and a session without one cannot go on
        await session.fail(e)
    except RecursionError:
        await session.refuse("The JSON of the message is nested too deeply.")
    except ValueError as e:
        await session.refuse(f"The message is not valid JSON: {str(e)[:120]}.")
