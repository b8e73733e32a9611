"""A Wyoming server over every installed voice and model, for Home Assistant and other clients.

Wyoming has no keys: TCP is off unless `serve.wyoming_port` is set, and bound where `serve.host` says.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from socket import AF_INET
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core import install
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.engines import wire
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.wyoming_places import Places

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway
    from voicegw_desktop.sockets.wyoming_connection import Connections

log = logging.getLogger(__name__)


def _connections() -> type[Connections]:
    """Imported when the first client connects: most gateways have none, and this brings most of Wyoming's package."""
    from voicegw_desktop.sockets.wyoming_connection import Connections

    return Connections


def listener(context: SocketContext, path: Path | None) -> WyomingServer | None:
    """The server for this context; None: there is no unix socket, and no port is set."""
    serve = context.serve
    beside = path.with_name("wyoming.sock") if path is not None else None
    if beside is None and serve.wyoming_port is None:
        return None
    return WyomingServer(context.gateway, host=serve.host, port=serve.wyoming_port, path=beside)


class WyomingServer:
    """Serves a Gateway to Wyoming clients. `await start()` raises ConfigError when the port cannot be had."""

    def __init__(
        self, gateway: SocketGateway, *, host: str = "127.0.0.1", port: int | None = None, path: Path | None = None
    ) -> None:
        self._gateway = gateway
        self._host, self._wanted_port, self._path = host, port, path
        self._servers: list[asyncio.Server] = []
        self._connected_now: set[asyncio.Task[None]] = set()
        """Also those that have left their place and await the end of their connection."""
        self._stopped = False
        self.places = Places()
        self._connections: Connections | None = None
        self._announced: Any = None
        self.port: int | None = None
        """The TCP port served; None when off."""

    async def start(self) -> None:
        """Bind what was asked for."""
        self._stopped = False
        if self._wanted_port is not None:
            try:
                server = await asyncio.start_server(
                    self._connected, self._host, self._wanted_port, limit=wire.HEADER_LIMIT
                )
            except OSError as e:
                raise ConfigError(
                    f"serve.wyoming_port {self._wanted_port} on {self._host} cannot be served: {e.strerror or e}."
                    " Choose another port, or remove the setting."
                ) from e
            self._servers.append(server)
            self.port = int(server.sockets[0].getsockname()[1])
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._servers.append(
                await asyncio.start_unix_server(self._connected, str(self._path), limit=wire.HEADER_LIMIT)
            )
            self._path.chmod(0o600)

    async def announce(self) -> None:
        """Tell the local network by mDNS; needs the `zeroconf` extra."""
        try:
            from wyoming.zeroconf import HomeAssistantZeroconf
        except ImportError as e:
            raise ConfigError(
                f"serve.zeroconf needs a package that is not installed: {install.command('zeroconf')}"
            ) from e
        if self.port is not None:
            self._announced = HomeAssistantZeroconf(self.port, name="voicegateway", host=self._announced_host())
            await self._announced.register_server()

    def _announced_host(self) -> str | None:
        """The IPv4 address that is served alone; None: all are, and that towards the local network is announced."""
        names = [one.getsockname()[0] for server in self._servers for one in server.sockets if one.family == AF_INET]
        return next((name for name in names if name != "0.0.0.0"), None)

    async def stop(self) -> None:
        """Close the server and its connections."""
        self._stopped = True
        if self._announced is not None:
            await self._announced._aiozc.async_close()
        for server in self._servers:
            server.close()
        tasks = list(self._connected_now)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._connections is not None:
            self._connections.close()
            self._connections = None
        self._servers.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self.port = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopped:
            # accepted just before
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connected_now.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            # stop() and a newer connection cancel, also while the end is awaited; asyncio would log a handler that
            # ends as cancelled
            writer.transport.abort()
        finally:
            self._connected_now.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        place = self.places.take(str(peer[0]) if isinstance(peer, tuple) else None)
        if place is None:
            writer.close()
            return
        connection = None
        try:
            if self._connections is None:
                # in a thread: other streams go on meanwhile
                made = await asyncio.to_thread(_connections)
                self._connections = self._connections or made(self._gateway, self.places)
            connection = self._connections.make(reader, writer, place)
            await connection.serve()
        except (ConnectionError, wire.WireError, TimeoutError) as e:
            log.debug("A Wyoming connection ended: %s", e)
        except Exception:
            log.exception("A Wyoming connection failed")
        finally:
            self.places.leave(place)
            if connection is None:
                writer.close()
            else:
                with contextlib.suppress(ConnectionError):
                    await connection.close()
