"""Client secrets: a server lets its web page open one Realtime session, without giving it a key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.browser_keys import LIFE_S, Granted
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.openai.realtime import beta
from voicegw_desktop.sockets.openai.realtime.config import DEFAULT_MODEL, RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.items import new_id

SECONDS = (10, 7200)
"""What `expires_after.seconds` may be; a secret lives for a minute at most all the same."""


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /v1/realtime/client_secrets, and the beta's /v1/realtime/sessions and /transcription_sessions."""
    door = _Door(context)
    return [
        web.post("/v1/realtime/client_secrets", door.client_secret),
        web.post("/v1/realtime/sessions", partial(door.session, kind="realtime")),
        web.post("/v1/realtime/transcription_sessions", partial(door.session, kind="transcription")),
    ]


class _Door:
    def __init__(self, context: SocketContext) -> None:
        self._context = context

    async def client_secret(self, request: web.Request) -> web.Response:
        """`{value, expires_at, session}`."""
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, self._context.limits)
        given = body.get("session")
        if given is not None and not isinstance(given, dict):
            raise BadRequest("`session` must be an object.", param="session", code="invalid_type")
        session = given or {}
        config, secret, ends = self._issue(request, session, str(session.get("type") or "realtime"), _seconds(body))
        return web.json_response({"value": secret, "expires_at": ends, "session": config.public()})

    async def session(self, request: web.Request, *, kind: str) -> web.Response:
        """The beta's session object with `client_secret: {value, expires_at}`."""
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, self._context.limits)
        config, secret, ends = self._issue(request, body, kind, LIFE_S)
        answer = beta.session(config.public())
        return web.json_response({**answer, "client_secret": {"value": secret, "expires_at": ends}})

    def _issue(
        self, request: web.Request, session: Mapping[str, Any], kind: str, seconds: float
    ) -> tuple[RealtimeConfig, str, int]:
        caller = auth.caller(request, "realtime")
        named = partial(self._context.gateway.router.named_by, "openai")
        check = partial(self._context.gateway.corridor.check_model, caller)
        config = RealtimeConfig("realtime", str(session.get("model") or DEFAULT_MODEL), new_id("sess"), named, check)
        # what the page will be told is wrong with its session is told to its server
        config.update({"type": kind, **session})
        if config.kind == "realtime":
            config.check_asked()
        granted = Granted(caller.project, caller.key_id, {"type": kind, **session})
        return config, *self._context.client_secrets.issue(granted, seconds)


def _seconds(body: Mapping[str, Any]) -> float:
    after = body.get("expires_after")
    seconds = after.get("seconds") if isinstance(after, dict) else None
    if after is not None and not isinstance(after, dict):
        raise BadRequest("`expires_after` must be an object.", param="expires_after", code="invalid_type")
    if seconds is None:
        return LIFE_S
    low, high = SECONDS
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not low <= seconds <= high:
        raise BadRequest(
            f"`expires_after.seconds` must be a whole number from {low} to {high}.",
            param="expires_after.seconds",
            code="invalid_value",
        )
    return float(seconds)
