"""MCP over streamable HTTP at /mcp: one POST a message, answered as JSON; behind the same keys as every route."""

from __future__ import annotations

from aiohttp import web

from voicegw_desktop.mcp import envelope
from voicegw_desktop.mcp.protocol import stands_alone
from voicegw_desktop.mcp.tools import server_for
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_body
from voicegw_desktop.sockets.http.context import SocketContext

MAX_BODY = 4 * 1024 * 1024  # bytes
_HEADERS = (envelope.VERSION_HEADER, envelope.METHOD_HEADER, envelope.NAME_HEADER)


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /mcp. There is no server-to-client stream, so GET and DELETE are 405 as the protocol allows."""

    async def post(request: web.Request) -> web.Response:
        auth.require(request, auth.READ)
        raw = await read_body(request, context.limits, MAX_BODY, "MCP messages")
        server = server_for(context.operated, auth.scopes(request), auth.only_project(request))
        headers = {name: request.headers.getall(name, ()) for name in _HEADERS}
        message = server.read(raw)
        answer = await server.handle(message, headers)
        if answer is None:
            return web.Response(status=202)
        status = envelope.status_of(answer, enveloped=stands_alone(message, headers))
        return web.Response(text=server.dumps(answer), status=status, content_type="application/json")

    return [web.post("/mcp", post)]
