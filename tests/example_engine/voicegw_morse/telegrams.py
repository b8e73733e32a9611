"""The door's code, imported by its first request."""

from __future__ import annotations

import json

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, UpstreamError
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.core.typed import record, records, text
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_morse.code import CODE
from voicegw_morse.telegraph import DOOR


def routes(context: SocketContext) -> list[web.RouteDef]:
    """`POST /v1/telegrams`: `{"to": a chat model, "text": …}`, answered with `{"signs": dots and dashes}`."""

    async def post(request: web.Request) -> web.Response:
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, context.limits)
        said, to = text(body.get("text")), text(body.get("to"))
        if not said or not to:
            raise BadRequest('Give "to", a chat model, and "text".', param="text")
        words = await answered(context, auth.caller(request, DOOR.name), to, said)
        return web.json_response({"signs": " ".join(CODE.get(letter, "/") for letter in words.lower())})

    return [web.post("/v1/telegrams", post)]


async def answered(context: SocketContext, caller: Caller, to: str, said: str) -> str:
    """What the chat model `to` answers. Raises VoiceGatewayError."""
    chat = {"model": to, "messages": [{"role": "user", "content": said}]}
    run = await context.gateway.corridor.chat(caller, to, chat)
    try:
        answer = record(json.loads(await run.read()))
    finally:
        await run.close()
    if run.status >= 400:
        raise UpstreamError(f"The office answered with status {run.status}.")
    return text(record(records(answer.get("choices"))[0]["message"]).get("content"))
