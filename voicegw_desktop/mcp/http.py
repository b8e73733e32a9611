"""MCP over streamable HTTP at /mcp: one POST a message, answered as JSON; behind the same keys as every route."""

from __future__ import annotations

import json

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import record
from voicegw_desktop.mcp.protocol import VERSIONS
from voicegw_desktop.mcp.tools import server_for
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_body
from voicegw_desktop.sockets.http.context import SocketContext

MAX_BODY = 4 * 1024 * 1024  # bytes


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /mcp. There is no server-to-client stream, so GET and DELETE are 405 as the protocol allows."""

    async def post(request: web.Request) -> web.Response:
        auth.require(request, auth.READ)
        version = request.headers.get("MCP-Protocol-Version")
        if version is not None and version not in VERSIONS:
            raise BadRequest(
                f'MCP-Protocol-Version "{version[:40]}" is not spoken; take one of {", ".join(VERSIONS)}.',
                code="unsupported_protocol_version",
            )
        raw = await read_body(request, context.limits, MAX_BODY, "MCP messages")
        server = server_for(context.gateway, auth.scopes(request), auth.only_project(request))
        said = await server.handle_raw(raw)
        if said is None:
            return web.Response(status=202)
        status = 400 if _unreadable(said) else 200
        return web.Response(text=said, status=status, content_type="application/json")

    return [web.post("/mcp", post)]


def _unreadable(said: str) -> bool:
    """True for an error answer to something that was no message."""
    answer = record(json.loads(said))
    return "error" in answer and answer.get("id") is None
