"""Ollama's routes without a key, on loopback: for programs that know only Ollama's address (serve.ollama_port)."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from voicegw_desktop.core.control import LOOPBACK
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.sockets.http.auth import INFERENCE, Credential
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.gate import dress, gate_of
from voicegw_desktop.sockets.http.guards import Doorkeeper, GuardedRunner
from voicegw_desktop.sockets.ollama.descriptor import DOOR


def listener(context: SocketContext, path: Path | None) -> OllamaPort | None:
    """The server for this context; None: no port is set."""
    return OllamaPort(context) if context.serve.ollama_port is not None else None


class _Anyone:
    """Admits every program of this machine, for inference only."""

    def __init__(self, context: SocketContext) -> None:
        self._context = context

    async def identify(self, request: web.Request) -> Credential:
        """What a caller without a key may: the default project's inference, whatever project it names."""
        return Credential(self._context.gateway.config.default_project, None, frozenset({INFERENCE}))


class OllamaPort:
    """Serves Ollama's routes on 127.0.0.1, whatever serve.host says."""

    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._runner: GuardedRunner | None = None
        self.port: int | None = None

    async def start(self) -> None:
        """Bind. Raises ConfigError when the port cannot be had."""
        # imported where the port is asked for: most gateways have none
        from voicegw_desktop.sockets.ollama.door import routes

        context, wanted = self._context, self._context.serve.ollama_port
        assert wanted is not None
        # this port answers to no names of other machines
        serve = context.serve.model_copy(update={"allow_lan": False, "host": LOOPBACK, "names": [], "tls_cert": None})
        door = Doorkeeper(serve, lambda: context.gateway.config.auth.cors_origins)
        app = web.Application(
            middlewares=[gate_of(context, door, _Anyone(context), [replace(DOOR, error_paths=("/",))])],
            client_max_size=context.limits.max_body,
        )
        app.on_response_prepare.append(dress)
        app.add_routes(routes(context))
        self._runner = GuardedRunner(app, context.limits)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, LOOPBACK, wanted).start()
        except OSError as e:
            await self.stop()
            taken = "an Ollama may run there already" if e.errno == errno.EADDRINUSE else str(e.strerror or e)
            raise ConfigError(
                f"serve.ollama_port {wanted} cannot be served ({taken}). Stop what uses it, choose another port, or"
                " remove the setting."
            ) from e
        self.port = int(self._runner.addresses[0][1])

    async def announce(self) -> None:
        """Nothing: other machines cannot come in here."""

    async def stop(self) -> None:
        """Close the server and its connections."""
        runner, self._runner, self.port = self._runner, None, None
        if runner is not None:
            await runner.cleanup()
