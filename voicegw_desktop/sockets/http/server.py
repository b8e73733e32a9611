"""The inference socket: one aiohttp server on a loopback port and a unix socket, every wire mounted on it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from voicegw_desktop.config.schema import ServeConfig
from voicegw_desktop.config.warnings import lets_others_in
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.control import LOOPBACK, TokenDoor, has_unix_socket
from voicegw_desktop.core.descriptor import Door
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.events import Notice
from voicegw_desktop.core.paths import private_dir, system_paths
from voicegw_desktop.sockets import doors
from voicegw_desktop.sockets.doors import Listener
from voicegw_desktop.sockets.http import descriptors
from voicegw_desktop.sockets.http.auth import Authenticator
from voicegw_desktop.sockets.http.browser_keys import ClientSecrets
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.gate import dress, gate_of
from voicegw_desktop.sockets.http.guards import Doorkeeper, GuardedRunner
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.streams import OpenStreams

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

log = logging.getLogger(__name__)


class Server:
    """Serves a Gateway's inference socket and operations.

    `await start()` raises ConfigError with the setting to change when the port or the socket cannot be had.
    """

    def __init__(
        self,
        gateway: SocketGateway,
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
        self.token_door: TokenDoor | None = None
        """The loopback port for this user's programs, where there is no unix socket."""
        self.context: SocketContext | None = None
        self._listeners: list[tuple[Door, Listener]] = []
        self._quieted: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:7717`, with the port that was bound."""
        scheme = "https" if self.serve.tls_cert else "http"
        host = f"[{self.serve.host}]" if ":" in self.serve.host else self.serve.host
        return f"{scheme}://{host}:{self._port if self._port is not None else self.serve.port}"

    async def start(self) -> None:
        """Bind the addresses and serve."""
        self._check_address()
        tls = self._tls()
        self._fit_descriptors()
        streams = OpenStreams(self.gateway.bus, self.limits.max_connections)
        secrets = ClientSecrets(self.gateway.bus, self._clock)
        self.context = SocketContext(
            self.gateway, self.serve, self.limits, streams, self._clock, asyncio.Event(), secrets
        )
        self.token_door = TokenDoor(self._unix_path())
        self._runner = GuardedRunner(self._application(self.context), self.limits)
        await self._runner.setup()
        try:
            await self._bind_tcp(tls)
            if self.serve.unix_socket:
                path = self._unix_path()
                await (self._bind_unix(path) if has_unix_socket(path) else self._bind_token_door())
            await self._start_listeners(self.context)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take no more requests, end the streams, give answers in flight a moment, close."""
        runner, self._runner = self._runner, None
        if self._quieted is not None:
            self._quieted()
            self._quieted = None
        listeners, self._listeners = self._listeners, []
        for _, listener in listeners:
            await listener.stop()
        if runner is None:
            return
        if self.token_door is not None:
            self.token_door.close()
        for site in tuple(runner.sites):
            await site.stop()
        if self.context is not None:
            self.context.stopping.set()
            await self.context.streams.end(self.limits.shutdown)
            self.context.client_secrets.close()
        await runner.cleanup()
        if self.socket_path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.socket_path)
            self.socket_path = None
        self._port = None

    def _fit_descriptors(self) -> None:
        """Take no more connections than there are descriptors for, and tell it."""
        wanted = self.limits.max_connections
        # the unix socket has as many places again
        fits, limit = descriptors.room(wanted, 1 + (self.serve.unix_socket and has_unix_socket(self._unix_path())))
        if fits < wanted:
            self.limits = replace(self.limits, max_connections=fits)
            self._tell_descriptors(
                f"Only {fits} connections are taken at a time instead of {wanted} (serve.max_connections): the process "
                f"may open {limit} files. Raise the limit (`ulimit -n`) and start again."
            )
        if self._quieted is None:
            self._quieted = descriptors.tell_once(asyncio.get_running_loop(), self._tell_descriptors)

    def _tell_descriptors(self, message: str) -> None:
        log.warning("%s", message)
        self.gateway.bus.publish(Notice("warning", message, "descriptors"))

    # -- binding -----------------------------------------------------------------------------------------------------

    async def _start_listeners(self, context: SocketContext) -> None:
        for door, listener in doors.listeners(context, self.socket_path):
            self._listeners.append((door, listener))
            await listener.start()
            if self.serve.zeroconf and self.open_to_lan:
                await listener.announce()

    def ports(self) -> dict[str, tuple[str, int]]:
        """Door → (title, TCP port) of every wire with a port of its own."""
        return {door.name: (door.title, one.port) for door, one in self._listeners if one.port is not None}

    @property
    def open_to_lan(self) -> bool:
        """True when other machines can connect."""
        return lets_others_in(self.serve.host)

    def _check_address(self) -> None:
        if self.open_to_lan and not self.serve.allow_lan:
            raise ConfigError(
                f'serve.host is "{self.serve.host}", which other machines can reach; set serve.allow_lan: true as well,'
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
        reuse = os.name == "posix"
        if tls is not None:
            # imported where TLS is asked for: most gateways have none
            from voicegw_desktop.sockets.http.tls import TlsSite

            site: web.TCPSite = TlsSite(self._runner, host, port, tls, reuse_address=reuse)
        else:
            site = web.TCPSite(self._runner, host, port, reuse_address=reuse)
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

    async def _bind_token_door(self) -> None:
        assert self._runner is not None
        assert self.token_door is not None
        door = self.token_door
        try:
            await door.claim()
            await web.TCPSite(self._runner, LOOPBACK, 0).start()
            door.open(int(self._runner.addresses[-1][1]))
        except FileExistsError as e:
            raise ConfigError(
                f"Another gateway of this user runs already ({door.path}); stop it, or set serve.unix_socket: false"
                " here.",
                code="socket_in_use",
            ) from e
        except OSError as e:
            raise ConfigError(
                f"{door.path}, which lets this user's programs in, cannot be made: {e.strerror or e}. Free the folder,"
                " or set serve.unix_socket: false."
            ) from e

    # -- the application ---------------------------------------------------------------------------------------------

    def _application(self, context: SocketContext) -> web.Application:
        door = Doorkeeper(self.serve, lambda: self.gateway.config.auth.cors_origins)
        token_door = self.token_door or TokenDoor(self._unix_path())
        authenticator = Authenticator(self.gateway, self._clock, token_door, context.client_secrets)
        app = web.Application(
            middlewares=[gate_of(context, door, authenticator, doors.error_forms())],
            client_max_size=self.limits.max_body,
            logger=log,
        )
        app.on_response_prepare.append(dress)
        app.add_routes(doors.mounted(context))
        return app


def _clear(path: Path) -> None:
    """Make the private folder and remove what a gateway that was killed left there."""
    private_dir(path.parent)
    path.unlink(missing_ok=True)


async def _answers(path: Path) -> bool:
    try:
        async with asyncio.timeout(1.0):
            _, writer = await asyncio.open_unix_connection(str(path))
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
