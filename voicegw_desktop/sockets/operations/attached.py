"""POST /v1/attached: what `voicegw_desktop.attach` tells of an agent's own requests and turns.

No operation: agents send it with the key they infer with, and a person has no use for it.
"""

from __future__ import annotations

import json

from aiohttp import web

from voicegw_desktop.gateway.observed import Observed
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext

WIRE = "attached"


def routes(context: SocketContext) -> list[web.RouteDef]:
    """The one route; it needs the scope inference."""
    return [web.post("/v1/attached", _Attached(context).take)]


class _Attached:
    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._observed: Observed | None = None

    async def take(self, request: web.Request) -> web.Response:
        """`{"session", "requests": […], "turns": […]}` → `{"requests", "turns"}`, how many were taken."""
        auth.require(request, auth.INFERENCE)
        if self._observed is None:
            self._observed = Observed(self._context.operated)
        answer = self._observed.take(auth.caller(request, WIRE), await read_json(request, self._context.limits))
        return web.Response(text=json.dumps(answer), content_type="application/json")
