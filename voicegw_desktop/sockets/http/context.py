"""What a door is given when its routes are mounted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from voicegw_desktop.config.schema import ServeConfig
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import NotFound
from voicegw_desktop.sockets.http.browser_keys import ClientSecrets
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.streams import OpenStreams
from voicegw_desktop.sockets.http.websocket import GuardedWebSocket

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.sockets.ports import SocketGateway


@dataclass(slots=True)
class SocketContext:
    """What a wire needs: the gateway and the bounds."""

    gateway: SocketGateway
    """What the doors of inference ask; see `operated` for operations."""
    serve: ServeConfig
    limits: Limits
    streams: OpenStreams
    clock: Clock
    stopping: asyncio.Event
    """Set when the server stops: endless streams end."""
    client_secrets: ClientSecrets
    """Secrets for one Realtime session each."""

    @property
    def operated(self) -> Gateway:
        """The gateway with all its parts, as operations take it; NotFound where it only serves inference."""
        from voicegw_desktop.gateway.gateway import Gateway

        if isinstance(self.gateway, Gateway):
            return self.gateway
        raise NotFound("This server serves inference only; it has no operations.")

    def websocket(self, request: web.Request, **kwargs: Any) -> GuardedWebSocket:
        """A bounded WebSocket that a revoked key or a stop closes; the handler still calls `prepare`."""
        ws = GuardedWebSocket(self.limits, **kwargs)
        self.streams.websocket(request, ws)
        return ws
