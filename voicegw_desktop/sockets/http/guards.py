"""What stands between a socket and the first handler: HTTP that is malformed, slow, too much, or meant for another.

aiohttp has no hooks for this, so private names are used; `tests/test_private_names.py` names them.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import logging
import os
import re
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from voicegw_desktop.config.schema import ServeConfig
from voicegw_desktop.core.errors import Forbidden, error_body
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.masks import FirstFrame
from voicegw_desktop.sockets.http.places import Places

log = logging.getLogger(__name__)

_SLASHES = re.compile("/{2,}")
SERVER_NAME = "voicegw"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class GuardedHandler(RequestHandler):
    """One HTTP connection; answers what the parser refuses in the one error shape and cuts slow clients."""

    __slots__ = ("_header_timer", "_limits", "_paused_at", "_places", "_stall_timer", "_unsent", "by_unix")

    def __init__(self, manager: GuardedServer, *, limits: Limits, places: Places, **kwargs: Any) -> None:
        super().__init__(manager, **kwargs)
        self._limits = limits
        self._places = places
        self._header_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._paused_at: float | None = None
        self._unsent = -1
        self.by_unix = False
        """Whether the connection came over the unix socket."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.by_unix = _is_unix(transport)
        if not self._places.take(self, self.by_unix):
            assert isinstance(transport, asyncio.Transport)
            transport.write(self._all_taken("requests are in hand on all of them: close some"))
            transport.close()
            self._force_close = True
            self._manager = None
            return
        super().connection_made(transport)
        # counted from the connection, not from its first byte: a silent peer holds a descriptor too
        self._arm()
        self._stall_timer = self._loop.call_later(self._limits.stall / 2, self._look_for_stall)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._places.leave(self)
        self._disarm()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
        super().connection_lost(exc)

    @property
    def silent_since(self) -> tuple[bool, float] | None:
        """Whether a request ever came, and since when none does; None: a request or its answer is under way."""
        transport = self.transport
        if transport is None or self._current_request is not None or self._messages:
            return None
        if transport.get_write_buffer_size():
            return None
        return self._request_count > 0, self._next_keepalive_close_time

    def replace(self) -> None:
        """End a silent connection. One that has never asked learns why; any other may be ended by HTTP's own rules."""
        if self._request_count == 0 and self.transport is not None:
            self.transport.write(self._all_taken("this one had sent no request: connect again"))
        self.force_close()

    def _all_taken(self, more: str) -> bytes:
        most = self._limits.max_connections
        message = f"The gateway takes {most} connections at a time (serve.max_connections), and {more}."
        return _raw_error(503, message, "too_many_connections")

    def data_received(self, data: bytes) -> None:
        before = self._request_count
        super().data_received(data)
        if self._request_count > before or self._current_request is not None:
            self._disarm()
        elif self._header_timer is None and not self._messages and self._payload_parser is None:
            self._arm()

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        super().set_parser(FirstFrame(parser, self._use_parser), data_received_cb)  # type: ignore[arg-type]

    def _use_parser(self, parser: Any) -> None:
        self._payload_parser = parser

    def pause_writing(self) -> None:
        self._paused_at = self._loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._paused_at = None
        super().resume_writing()

    def _look_for_stall(self) -> None:
        """Cut a client that reads nothing of what it was sent: the work for it would wait for ever."""
        transport, stall = self.transport, self._limits.stall
        if transport is None:
            return
        unsent = transport.get_write_buffer_size() if transport.is_closing() else 0
        paused = self._paused_at is not None and self._loop.time() - self._paused_at >= stall
        # a transport that closes writes the rest first, however long its peer takes
        if paused or (unsent and unsent == self._unsent):
            transport.abort()
            return
        self._unsent = unsent
        self._stall_timer = self._loop.call_later(stall / 2, self._look_for_stall)

    def _arm(self) -> None:
        self._header_timer = self._loop.call_later(self._limits.header_timeout, self._too_slow)

    def _disarm(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        # the timer may outlive the wait when a body byte armed it between two requests
        if self._current_request is None and self.transport is not None:
            self.transport.write(_raw_error(408, "The request's headers did not come in time.", "request_timeout"))
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("part of the answer is already sent")
        if status >= 500:
            log.error("A request failed outside its handler", exc_info=exc)
            response = error_response(status, "The gateway failed on this request; its log says why.", "server_error")
        elif isinstance(exc, LineTooLong):
            response = error_response(431, "A request line or header is too long.", code="header_too_large")
        else:
            # the parser's own sentence quotes the client's bytes; a fixed one does not
            log.debug("Malformed HTTP: %s", type(exc).__name__)
            response = error_response(status, "The request is not valid HTTP.", code="bad_http")
        # answers from here pass no middleware, and aiohttp would name itself and Python with their versions
        response.headers["Server"] = SERVER_NAME
        response.force_close()
        return response

    async def finish_response(self, request: Any, resp: web.StreamResponse, start_time: float | None) -> Any:
        # aiohttp's own refusal, of an odd `Expect`: it comes before the gate and quotes the client's bytes
        told = self.handle_error(request, resp.status) if isinstance(resp, web.HTTPException) else resp
        return await super().finish_response(request, told, start_time)


class GuardedServer(web.Server):
    """Makes a GuardedHandler for each connection."""

    def __call__(self) -> RequestHandler:
        return GuardedHandler(self, loop=self._loop, **self._kwargs)


class GuardedRunner(web.AppRunner):
    """An AppRunner whose connections are guarded and whose paths are normalised before routing."""

    def __init__(self, app: web.Application, limits: Limits) -> None:
        super().__init__(
            app,
            handle_signals=False,
            access_log=None,
            handler_cancellation=True,
            auto_decompress=False,
            keepalive_timeout=limits.keepalive_timeout,
            max_line_size=limits.max_header,
            max_field_size=limits.max_header,
            max_headers=limits.max_headers,
            lingering_time=limits.linger,
            shutdown_timeout=limits.shutdown,
        )
        self.limits = limits
        self.places = Places(limits.max_connections)

    async def _make_server(self) -> web.Server:
        await super()._make_server()
        app = self.app

        def make_request(message: Any, *args: Any) -> web.Request:
            return app._make_request(normalised(message), *args)

        kwargs = {k: v for k, v in self._kwargs.items() if k != "access_log_class"}
        guarded = {"limits": self.limits, "places": self.places}
        return GuardedServer(app._handle, request_factory=make_request, **guarded, **kwargs)  # type: ignore[arg-type]


def normalised(message: Any) -> Any:
    """The request with each run of `/` in its path made one."""
    url = message.url
    path = url.raw_path
    if "//" not in path:
        return message
    return message._replace(url=url.with_path(_SLASHES.sub("/", path), encoded=True, keep_query=True))


def error_response(
    status: int,
    message: str,
    type: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> web.Response:
    """The one error shape as a response."""
    return web.json_response(error_body(message, type, code, param), status=status, headers=headers)


def _raw_error(status: int, message: str, code: str) -> bytes:
    import json

    body = json.dumps(error_body(message, "invalid_request_error", code)).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def over_unix(request: web.BaseRequest) -> bool:
    """True when the request came over the unix socket."""
    handler = request.protocol
    # asked several times for each request: the connection knows it
    return handler.by_unix if isinstance(handler, GuardedHandler) else _is_unix(request.transport)


def _is_unix(transport: asyncio.BaseTransport | None) -> bool:
    sock = transport.get_extra_info("socket") if transport is not None else None
    return sock is not None and sock.family == getattr(socket, "AF_UNIX", None)


def unix_peer_uid(request: web.BaseRequest) -> int | None:
    """User id of the process at the other end of the unix socket; None where the platform cannot tell."""
    if request.transport is None:
        return None
    sock = request.transport.get_extra_info("socket")
    platform: str = sys.platform
    if platform == "linux":
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[1])
    if platform == "darwin":
        # LOCAL_PEERCRED at level SOL_LOCAL gives struct xucred: version, uid, ...
        raw = sock.getsockopt(0, 0x001, 76)
        return int(struct.unpack("2I", raw[:8])[1])
    return None


def same_user(request: web.BaseRequest) -> bool:
    """True when the unix peer is this user, or the platform cannot tell: then the socket's mode 0600 has decided."""
    uid = unix_peer_uid(request)
    return uid is None or uid == os.geteuid()


def peer_address(request: web.BaseRequest) -> str | None:
    """The IP address at the other end of a TCP connection; None for any other kind."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return str(peer[0]) if isinstance(peer, tuple) and peer else None


def local_port(request: web.BaseRequest) -> int | None:
    """The TCP port of this program that the request came to; None for any other kind of connection."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return int(name[1]) if isinstance(name, tuple) and len(name) > 1 else None


def from_loopback(request: web.BaseRequest) -> bool:
    """True when the connection came from this machine by TCP."""
    peer = peer_address(request)
    if peer is None:
        return False
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class Doorkeeper:
    """Checks Host and Origin: a web page must not reach the gateway by a rebound name or by a form."""

    def __init__(self, serve: ServeConfig, cors_origins: Callable[[], Iterable[str]]) -> None:
        """`cors_origins` is asked for each request of a page: the list may change while the gateway serves."""
        self._names = {*LOOPBACK_NAMES, *serve.names, *names_of(serve.tls_cert)}
        self._any_address = serve.allow_lan
        if serve.allow_lan:
            host = socket.gethostname().lower()
            self._names |= {host, f"{host}.local", serve.host.lower()}
        self._cors_origins = cors_origins

    def check_host(self, request: web.BaseRequest) -> None:
        """Raises Forbidden unless Host names this machine; an address cannot be rebound, a name can."""
        hosts = request.headers.getall("Host", [])
        if over_unix(request):
            return
        if len(hosts) != 1:
            raise Forbidden("A request needs exactly one Host header.", code="forbidden_host")
        names = [hosts[0]]
        if request._message.url.absolute and request.url.raw_host:
            names.append(str(request._message.url.authority))
        for name in names:
            if not self._host_ok(name):
                raise Forbidden(
                    f'Host "{name[:80]}" is no name of this gateway: use 127.0.0.1 or localhost, or add the name'
                    " to serve.names.",
                    code="forbidden_host",
                )

    def _host_ok(self, value: str) -> bool:
        host = _hostname(value)
        if host is None:
            return False
        if host in self._names or f"*.{host.partition('.')[2]}" in self._names:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return address.is_loopback or self._any_address

    def check_origin(self, request: web.BaseRequest) -> str | None:
        """The browser origin that may read the answer, or None when no browser asks; raises Forbidden otherwise."""
        origins = request.headers.getall("Origin", [])
        if not origins:
            site = request.headers.get("Sec-Fetch-Site", "").lower()
            if site in ("cross-site", "same-site"):
                raise Forbidden("A web page may not call this gateway.", code="forbidden_origin")
            return None
        if len(origins) == 1:
            origin = origins[0].rstrip("/").lower()
            if origin in {listed.rstrip("/").lower() for listed in self._cors_origins()}:
                return origins[0]
            scheme, _, authority = origin.partition("://")
            if scheme in ("http", "https") and authority == request.headers.get("Host", "").lower():
                return origins[0]
        raise Forbidden(
            f'Origin "{origins[0][:80]}" may not call this gateway; list it under auth.cors_origins to let it.',
            code="forbidden_origin",
        )


def names_of(certificate: str | None) -> set[str]:
    """The host names that a PEM file is for, `*.example.org` among them; none of a file that cannot be read.

    A page that reached the gateway by another name would have failed at the certificate.
    """
    if not certificate:
        return set()
    # imported where TLS is asked for: most gateways have none
    from cryptography import x509

    try:
        first = x509.load_pem_x509_certificates(Path(certificate).read_bytes())[0]
        told = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return set()
    return {name.lower() for name in told.get_values_for_type(x509.DNSName)}


@functools.lru_cache(maxsize=64)
def _hostname(value: str) -> str | None:
    """`[::1]:80` → `::1`; None for what is not a plain host and port."""
    try:
        parts = urlsplit(f"//{value}")
        _ = parts.port
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or parts.username is not None or not parts.hostname:
        return None
    # one dot ends a name that is spelled in full; more are no name at all
    return parts.hostname.removesuffix(".")
