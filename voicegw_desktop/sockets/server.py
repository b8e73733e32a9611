"""The inference socket: one aiohttp server on a loopback port and a unix socket, every wire mounted on it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import logging
import os
import secrets
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.config_warnings import lets_others_in
from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.paths import private_dir, system_paths
from voicegw_desktop.core.schema import ServeConfig
from voicegw_desktop.sockets import auth
from voicegw_desktop.sockets.auth import Authenticator, OpenStreams
from voicegw_desktop.sockets.guards import Doorkeeper, GuardedRunner, error_response, over_unix
from voicegw_desktop.sockets.limits import GuardedWebSocket, Limits

log = logging.getLogger(__name__)

WIRES = (
    "voicegw_desktop.sockets.ops",
    "voicegw_desktop.sockets.openai_rest",
    "voicegw_desktop.sockets.openai_transcription",
    "voicegw_desktop.sockets.openai_speech",
    "voicegw_desktop.sockets.openai_realtime",
    "voicegw_desktop.sockets.livekit_inference",
    "voicegw_desktop.sockets.deepgram_door",
    "voicegw_desktop.sockets.elevenlabs_door",
    "voicegw_desktop.sockets.elevenlabs_listen",
    "voicegw_desktop.mcp.http",
)
"""Modules with `routes(context) -> list[web.RouteDef]`, mounted in this order; one that does not exist is skipped."""

OPEN_PATHS = frozenset({"/health"})
"""Answered without a key, and with nothing in the answer that needs one."""

_RESPONSE = web.RequestKey("voicegw.response", web.StreamResponse)
_ORIGIN = web.RequestKey("voicegw.origin", str)
_REQUEST_ID = web.RequestKey("voicegw.request_id", str)


@dataclass(slots=True)
class SocketContext:
    """What a wire needs: the gateway and the bounds."""

    gateway: Any
    """core.gateway.Gateway"""
    limits: Limits
    streams: OpenStreams
    clock: Clock
    stopping: asyncio.Event
    """Set when the server stops: endless streams end."""

    def websocket(self, request: web.Request, **kwargs: Any) -> GuardedWebSocket:
        """A bounded WebSocket that a revoked key or a stop closes; the handler still calls `prepare`."""
        ws = GuardedWebSocket(self.limits, **kwargs)
        self.streams.websocket(request, ws)
        return ws


def request_id(request: web.BaseRequest) -> str:
    """The id in this request's `X-Request-Id` answer header."""
    return request[_REQUEST_ID]


class Server:
    """Serves a Gateway's inference socket and operations.

    `await start()` raises ConfigError with the setting to change when the port or the socket cannot be had.
    """

    def __init__(
        self,
        gateway: Any,
        *,
        serve: ServeConfig | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.gateway = gateway
        self.serve: ServeConfig = serve or gateway.config.serve
        self.limits = limits or Limits.of(self.serve)
        self._clock = clock or SystemClock()
        self._runner: GuardedRunner | None = None
        self._port: int | None = None
        self.socket_path: Path | None = None
        """The unix socket, while it is served."""
        self.context: SocketContext | None = None
        self._wyoming: Any = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:7717`, with the port that was bound."""
        scheme = "https" if self.serve.tls_cert else "http"
        host = f"[{self.serve.host}]" if ":" in self.serve.host else self.serve.host
        return f"{scheme}://{host}:{self._port if self._port is not None else self.serve.port}"

    async def start(self) -> None:
        """Bind and serve."""
        self._check_address()
        tls = self._tls()
        streams = OpenStreams(self.gateway.bus)
        self.context = SocketContext(self.gateway, self.limits, streams, self._clock, asyncio.Event())
        self._runner = GuardedRunner(self._application(self.context), self.limits)
        await self._runner.setup()
        try:
            await self._bind_tcp(tls)
            if self.serve.unix_socket and hasattr(socket, "AF_UNIX"):
                await self._bind_unix(self._unix_path())
            await self._start_wyoming()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take no more requests, end the streams, give answers in flight a moment, close."""
        runner, self._runner = self._runner, None
        wyoming, self._wyoming = self._wyoming, None
        if wyoming is not None:
            await wyoming.stop()
        if runner is None:
            return
        if self.context is not None:
            self.context.stopping.set()
            await self.context.streams.close_websockets(1001, b"the gateway stops")
            self.context.streams.stop()
        await runner.cleanup()
        if self.socket_path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.socket_path)
            self.socket_path = None
        self._port = None

    # -- binding -----------------------------------------------------------------------------------------------------

    async def _start_wyoming(self) -> None:
        path = self.socket_path.with_name("wyoming.sock") if self.socket_path is not None else None
        if path is None and self.serve.wyoming_port is None:
            return
        from voicegw_desktop.sockets.wyoming import WyomingServer

        self._wyoming = WyomingServer(self.gateway, host=self.serve.host, port=self.serve.wyoming_port, path=path)
        await self._wyoming.start()
        if self.serve.zeroconf:
            await self._wyoming.announce()

    @property
    def wyoming_port(self) -> int | None:
        """The TCP port of the Wyoming wire, while it is served there."""
        return self._wyoming.port if self._wyoming is not None else None

    @property
    def open_to_lan(self) -> bool:
        """May other machines connect?"""
        return lets_others_in(self.serve.host)

    def _check_address(self) -> None:
        if self.open_to_lan and not self.serve.allow_lan:
            raise ConfigError(
                f'serve.host is "{self.serve.host}", which lets other machines in; set serve.allow_lan: true as well,'
                " or go back to 127.0.0.1."
            )

    def _tls(self) -> ssl.SSLContext | None:
        if not self.serve.tls_cert:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.serve.tls_cert, self.serve.tls_key)
        except OSError as e:
            raise ConfigError(
                f'The certificate at serve.tls_cert "{self.serve.tls_cert}" cannot be used: {e}. Check it and'
                " serve.tls_key."
            ) from e
        return context

    async def _bind_tcp(self, tls: ssl.SSLContext | None) -> None:
        assert self._runner is not None
        host, port = self.serve.host, self.serve.port
        site = web.TCPSite(self._runner, host, port, ssl_context=tls, reuse_address=os.name == "posix")
        try:
            await site.start()
        except OSError as e:
            if e.errno == errno.EADDRINUSE:
                raise ConfigError(
                    f"Port {port} on {host} is taken by another program (or by a gateway that runs already):"
                    " stop it, or set serve.port to another number, or to 0 for any free one.",
                    code="port_in_use",
                ) from e
            raise ConfigError(
                f"serve.host {host} and serve.port {port} cannot be served: {e.strerror or e}. Choose another"
                " address or a port above 1023."
            ) from e
        self._port = int(self._runner.addresses[0][1])

    def _unix_path(self) -> Path:
        paths = getattr(self.gateway, "paths", None) or system_paths()
        return Path(paths.socket)

    async def _bind_unix(self, path: Path) -> None:
        assert self._runner is not None
        if len(os.fsencode(path)) > (103 if sys.platform == "darwin" else 107):
            log.warning("The unix socket is not served: its path %s is too long for this platform.", path)
            return
        if await _answers(path):
            raise ConfigError(
                f"Another gateway serves {path} already; stop it, or set serve.unix_socket: false here.",
                code="socket_in_use",
            )
        _clear(path)
        # bound under this mask so that no moment exists in which others could connect
        before = os.umask(0o177)
        try:
            await web.UnixSite(self._runner, str(path)).start()
        except OSError as e:
            raise ConfigError(
                f"The unix socket {path} cannot be made: {e.strerror or e}. Free the folder, or set"
                " serve.unix_socket: false."
            ) from e
        finally:
            os.umask(before)
        os.chmod(path, 0o600)
        self.socket_path = path

    # -- the application ---------------------------------------------------------------------------------------------

    def _application(self, context: SocketContext) -> web.Application:
        config = self.gateway.config
        door = Doorkeeper(self.serve, config.auth.cors_origins)
        authenticator = Authenticator(self.gateway, self._clock)
        app = web.Application(
            middlewares=[_gate(context, door, authenticator)],
            client_max_size=self.limits.max_body,
            logger=log,
        )
        app.on_response_prepare.append(_dress)
        app.add_routes(mounted(context))
        return app


def mounted(context: SocketContext) -> list[web.RouteDef]:
    """The routes of every wire that is there."""
    found: list[web.RouteDef] = []
    for name in WIRES:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as e:
            if e.name != name:
                raise
            continue
        found += module.routes(context)
    return found


def _clear(path: Path) -> None:
    """Make the private folder and remove what a gateway that was killed left there."""
    private_dir(path.parent)
    path.unlink(missing_ok=True)


async def _answers(path: Path) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_unix_connection(str(path)), 1.0)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def _gate(context: SocketContext, door: Doorkeeper, authenticator: Authenticator) -> Any:
    """The one way in: Host, Origin, key; and the one way out for errors."""

    @web.middleware
    async def gate(request: web.Request, handler: Any) -> web.StreamResponse:
        request[_REQUEST_ID] = f"req_{secrets.token_hex(12)}"
        key_id: str | None = None
        try:
            door.check_host(request)
            if (origin := door.check_origin(request)) is not None:
                request[_ORIGIN] = origin
            if request.method == "OPTIONS":
                return await _options(request)
            if request.path not in OPEN_PATHS:
                credential = await authenticator.identify(request)
                key_id = credential.key_id
                auth.attach(request, credential, context.gateway.config.default_project)
            context.streams.add(request, key_id)
            try:
                response: web.StreamResponse = await handler(request)
                return response
            finally:
                context.streams.remove(request, key_id)
        except asyncio.CancelledError:
            raise
        except Exception as e:
            return _failure(request, e)

    return gate


async def _options(request: web.Request) -> web.Response:
    """What may be asked of this path; with CORS headers when the origin is allowed (added on the way out)."""
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
    message, code = {
        404: (f"There is nothing at {path}.", "not_found"),
        405: (f"{request.method[:20]} is not possible on {path}.", "method_not_allowed"),
        413: ("The body is over the limit (serve.max_body).", "payload_too_large"),
        417: ("Expect may only be 100-continue.", "expectation_failed"),
        426: (f"{path} is a WebSocket.", "upgrade_required"),
    }.get(e.status, (f"{path} refused the request: {e.reason}.", "bad_request"))
    return error_response(e.status, message, code=code, headers=headers)


async def _dress(request: web.Request, response: web.StreamResponse) -> None:
    """Headers that every answer carries."""
    request[_RESPONSE] = response
    headers = response.headers
    headers["Server"] = "voicegw"
    headers["X-Request-Id"] = request.get(_REQUEST_ID, "")
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")
    origin = request.get(_ORIGIN)
    if origin and not over_unix(request):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Vary"] = "Origin"
        headers["Access-Control-Expose-Headers"] = (
            "X-Request-Id, X-VoiceGW-Served-By, X-VoiceGW-Overhead-Ms, X-VoiceGW-Cost-USD"
        )
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, PUT, DELETE"
            headers["Access-Control-Allow-Headers"] = request.headers.get(
                "Access-Control-Request-Headers", "Authorization, Content-Type"
            )[:500]
            headers["Access-Control-Max-Age"] = "600"
