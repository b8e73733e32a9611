"""The listener: one line `MODEL TEXT` on `wire.sock` beside the gateway's own unix socket, answered with one line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_morse.sounder import DOOR
from voicegw_morse.telegrams import answered


def listener(context: SocketContext, path: Path | None) -> Wire | None:
    """None where no unix socket is served."""
    return Wire(context, path.with_name("wire.sock")) if path is not None else None


class Wire:
    """A `voicegw_desktop.sockets.doors.Listener`."""

    port: int | None = None

    def __init__(self, context: SocketContext, path: Path) -> None:
        self._context, self._path = context, path
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Bind. The folder is this user's alone, so that no key is asked for."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))

    async def announce(self) -> None:
        """The local network need not know."""

    async def stop(self) -> None:
        """Close the socket."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to, _, said = (await reader.readline()).decode("utf-8", "replace").strip().partition(" ")
        caller = Caller(project=self._context.gateway.config.default_project, wire=DOOR.name)
        try:
            answer = await answered(self._context, caller, to, said)
        except VoiceGatewayError as error:
            answer = error.message
        writer.write(answer.encode() + b"\n")
        await writer.drain()
        writer.close()
