"""Deepgram-shaped doors for clients with a base_url: `/v1/listen`, `/v2/listen`, `/v1/speak` and `/v2/speak`."""

from __future__ import annotations

from aiohttp import web

from voicegw_desktop.sockets.deepgram.flux import Flux
from voicegw_desktop.sockets.deepgram.listen import Listen
from voicegw_desktop.sockets.deepgram.speak import Speak
from voicegw_desktop.sockets.http.context import SocketContext


def routes(context: SocketContext) -> list[web.RouteDef]:
    """WebSockets by GET, whole recordings and texts by POST."""
    listen, flux, speak = Listen(context), Flux(context), Speak(context)
    return [
        web.get("/v1/listen", listen.live),
        web.post("/v1/listen", listen.recording),
        web.get("/v2/listen", flux.live),
        web.get("/v1/speak", speak.live),
        web.get("/v2/speak", speak.turns),
        web.post("/v1/speak", speak.text),
        web.post("/v2/speak", speak.text),
    ]
