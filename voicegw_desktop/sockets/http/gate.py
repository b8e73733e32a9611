"""Checks every request (Host, Origin, key), and gives every failure the one error shape."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from voicegw_desktop.core.descriptor import Door
from voicegw_desktop.core.errors import BadRequest, Unauthorized, VoiceGatewayError, did_you_mean, error_body
from voicegw_desktop.core.text import shown, text_problem
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.auth import Authenticator, Identifier
from voicegw_desktop.sockets.http.browser_keys import may_follow
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.error_forms import door_of, in_form, offer, reworded
from voicegw_desktop.sockets.http.guards import SERVER_NAME, Doorkeeper, error_response, over_unix, peer_address
from voicegw_desktop.sockets.http.sse import send_error

log = logging.getLogger(__name__)

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""What the system says when a disk takes nothing more."""
STOPS = "The gateway stops; send the request again when it runs."

OPEN_PATHS = frozenset({"/health"})
"""Answered without a key, and with nothing in the answer that needs one."""

CREDENTIALS = frozenset({"authorization", "xi-api-key", "sec-websocket-protocol"})
"""Headers that hold a key, in lower case."""

_RESPONSE = web.RequestKey("voicegw.response", web.StreamResponse)
_ORIGIN = web.RequestKey("voicegw.origin", str)
_REQUEST_ID = web.RequestKey("voicegw.request_id", str)


def request_id(request: web.BaseRequest) -> str:
    """The id in this request's `X-Request-Id` answer header."""
    return request[_REQUEST_ID]


async def _by_meaning(request: web.Request) -> web.Request | None:
    """The request, whose path has no route, at the route that the path means; None: there is none.

    Base URLs lack /v1, have it twice, after a prefix of another server (/openai/v1, /api/v1) or end with a slash.
    """
    path = re.sub(r"//+", "/", request.path).rstrip("/")
    for other in dict.fromkeys((path, "/v1" + re.sub(r"^.*/v1(?=/|$)", "", path))):
        meant = request.clone(rel_url=request.rel_url.with_path(other or "/").with_query(request.rel_url.query))
        match = await request.app.router.resolve(meant)
        if not isinstance(match.http_exception, web.HTTPNotFound):
            match.add_app(request.app)
            meant._match_info = match
            return meant
    return None


def gate_of(context: SocketContext, door: Doorkeeper, authenticator: Identifier, forms: Sequence[Door]) -> Any:
    """The middleware that checks Host, Origin and key, and shapes errors.

    `forms`: the doors whose errors have a form of their own.
    """

    @web.middleware
    async def gate(request: web.Request, handler: Any) -> web.StreamResponse:
        request[_REQUEST_ID] = f"req_{os.urandom(12).hex()}"
        asked = request
        offer(asked, forms)
        try:
            door.check_host(request)
            if (origin := door.check_origin(request)) is not None:
                request[_ORIGIN] = origin
            check_words(request)
            if request.method == "OPTIONS" and auth.presented_token(request) is None and not over_unix(request):
                # a browser's preflight carries no key: the answer is the same on every path
                return web.Response(status=204)
            if request.method == "OPTIONS" or request.path not in OPEN_PATHS:
                await _identify(request, authenticator, context.gateway.config.default_project)
            if request.method == "OPTIONS":
                return _options(request)
            context.streams.add(request, auth.key_of(request), _counted_as(request))
            try:
                lost = isinstance(request.match_info.http_exception, web.HTTPNotFound)
                found = await _by_meaning(request) if lost else None
                if found is None:
                    served: web.StreamResponse = await handler(request)
                    return served
                asked = found
                offer(asked, forms)
                return await found.match_info.handler(found)
            finally:
                context.streams.remove(request, auth.key_of(request))
        except asyncio.CancelledError:
            if not context.stopping.is_set():
                raise
            return reworded(asked, await _stopped(asked))
        except Exception as e:
            return reworded(asked, _failure(asked, e))

    return gate


async def _identify(request: web.Request, authenticator: Identifier, default_project: str) -> None:
    """Attach the caller's credential; raises Unauthorized, except for pages that send the key in a message."""
    try:
        auth.attach(request, await authenticator.identify(request), default_project)
    except Unauthorized as e:
        if e.code != "missing_api_key" or _ORIGIN not in request or not may_follow(request):
            raise
        assert isinstance(authenticator, Authenticator)
        auth.expect_key(request, authenticator, default_project)


def _counted_as(request: web.Request) -> str | None:
    """The address whose share of the connections a request without a key takes; None where none is asked for."""
    return None if over_unix(request) or auth.open_to_all(request) else peer_address(request)


def check_words(request: web.BaseRequest) -> None:
    """Raise BadRequest unless path, query and headers are text; a key that is none is refused as a key later."""
    # nearly all requests: all headers are looked at in one go
    odd = text_problem("".join(request.headers.values()))
    for name, value in request.headers.items() if odd else ():
        if name.lower() not in CREDENTIALS and (problem := text_problem(value)):
            raise BadRequest(f'The header "{shown(name)}" {problem}.', code="invalid_text")
    words = [request.path, *request.query.keys(), *request.query.values()] if "%" in request.path_qs else []
    for word in words:
        if problem := text_problem(word):
            raise BadRequest(f'"{shown(word)}" in the address {problem}.', code="invalid_text")


def _options(request: web.Request) -> web.Response:
    """The methods of this path, for a caller with a key."""
    allowed = {"OPTIONS"}
    for resource in request.app.router.resources():
        if "match_info" not in resource.get_info() and _matches(resource, request.path):
            allowed |= {route.method for route in resource}
    if allowed == {"OPTIONS"}:
        return error_response(404, f"There is nothing at {_shown(request.path)}.", code="not_found")
    return web.Response(status=204, headers={"Allow": ", ".join(sorted(allowed))})


def _matches(resource: Any, path: str) -> bool:
    info = resource.get_info()
    if "path" in info:
        return bool(info["path"] == path)
    pattern = info.get("pattern")
    return pattern is not None and pattern.fullmatch(path) is not None


def _shown(path: str) -> str:
    return path if len(path) <= 80 else path[:77] + "..."


async def _stopped(request: web.Request) -> web.StreamResponse:
    """The answer to a request that the end of the gateway cuts short."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
    response = request.get(_RESPONSE)
    if response is None:
        return error_response(503, STOPS, "server_error", "gateway_stops")
    if response.content_type == "text/event-stream":
        with contextlib.suppress(ConnectionError):
            # an event that was begun ends at the empty line
            await response.write(b"\n\n")
        return await send_error(response, in_form(request, 503, error_body(STOPS, "server_error", "gateway_stops")))
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("the answer could not be finished")


def _failure(request: web.Request, e: Exception) -> web.StreamResponse:
    """Any exception as the one error shape; cuts the connection where an answer is already under way."""
    if request.get(_RESPONSE) is not None:
        if not isinstance(e, VoiceGatewayError | ConnectionError):
            log.error("%s %s failed in the middle of its answer", request.method, _shown(request.path), exc_info=e)
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the answer could not be finished") from e
    if isinstance(e, VoiceGatewayError):
        return error_of(e)
    if isinstance(e, ConnectionError):
        raise e
    if isinstance(e, web.HTTPException):
        return _http_failure(request, e)
    if isinstance(e, web.RequestPayloadError):
        return error_response(400, "The body ended early or is not framed as its headers say.", code="bad_http")
    if isinstance(e, OSError) and e.errno in DISK:
        where = f" at {e.filename}" if e.filename else ""
        return error_response(
            503,
            f"Nothing could be written{where} ({e.strerror}): free space or make the disk writable, then try again.",
            "server_error",
            "disk_not_writable",
        )
    log.error("%s %s failed", request.method, _shown(request.path), exc_info=e)
    return error_response(
        500, f"The gateway failed on this request ({request_id(request)}); its log says why.", "server_error"
    )


def error_of(e: VoiceGatewayError) -> web.Response:
    """A gateway error as a response, with Retry-After and WWW-Authenticate where they apply."""
    headers: dict[str, str] = {}
    if e.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(e.retry_after)))
    if e.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    response = web.json_response(e.body(), status=e.status, headers=headers)
    if e.status in (408, 413, 415):
        # the rest of the body is not worth reading
        response.force_close()
    return response


def _http_failure(request: web.Request, e: web.HTTPException) -> web.StreamResponse:
    if e.status < 400:
        raise e
    headers = {"Allow": e.headers["Allow"]} if "Allow" in e.headers else None
    path = _shown(request.path)
    if e.status == 400 and "WebSocket" in (e.text or ""):
        message = f"{path} is a WebSocket; open it with a WebSocket client (`Upgrade: websocket`)."
        return error_response(426, message, code="upgrade_required", headers={"Upgrade": "websocket"})
    message, code = {
        404: (
            f"There is nothing at {path}.{did_you_mean(path.lower(), _paths(request))}{_instead(request)}",
            "not_found",
        ),
        405: (f"{request.method[:20]} is not possible on {path}.", "method_not_allowed"),
        413: ("The body is over the limit (serve.max_body).", "payload_too_large"),
        417: ("Expect may only be 100-continue.", "expectation_failed"),
    }.get(e.status, (f"{path} refused the request: {e.reason}.", "bad_request"))
    return error_response(e.status, message, code=code, headers=headers)


def _instead(request: web.Request) -> str:
    """What is served of the wire whose client asks for a path that is not."""
    door = door_of(request)
    if door is None or not door.clients:
        return ""
    served = dict.fromkeys(
        "/".join(path.split(" ")[1].split("/")[:3]) for late in door.late_routes for path in late.paths
    )
    return f" Of {door.title} the gateway serves {', '.join(served)} (docs/doors.md)."


def _paths(request: web.Request) -> list[str]:
    """The addresses that hold no names, for a caller whose key was seen."""
    return sorted({resource.canonical for resource in request.app.router.resources() if "{" not in resource.canonical})


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Headers that every answer carries."""
    request[_RESPONSE] = response
    headers = response.headers
    headers["Server"] = SERVER_NAME
    headers["X-Request-Id"] = request.get(_REQUEST_ID, "")
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")
    origin = request.get(_ORIGIN)
    if origin and not over_unix(request):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Vary"] = "Origin"
        headers["Access-Control-Expose-Headers"] = (
            "X-Request-Id, X-VoiceGW-Served-By, X-VoiceGW-Overhead-Ms, X-VoiceGW-Cost-USD, X-VoiceGW-Note"
        )
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, PUT, DELETE"
            headers["Access-Control-Allow-Headers"] = request.headers.get(
                "Access-Control-Request-Headers", "Authorization, Content-Type"
            )[:500]
            headers["Access-Control-Max-Age"] = "600"
