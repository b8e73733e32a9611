"""Which doors the server opens: this program's own, then those of installed packages."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from voicegw_desktop.core import extensions
from voicegw_desktop.core.descriptor import Door, LateRoutes
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.registry import resolve

if TYPE_CHECKING:
    from aiohttp import web

    from voicegw_desktop.sockets.http.context import SocketContext
    from voicegw_desktop.sockets.ports import SocketGateway

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)
T = TypeVar("T")

BUILT_IN = (
    "voicegw_desktop.sockets.operations.descriptor",
    "voicegw_desktop.sockets.openai.descriptor",
    "voicegw_desktop.sockets.openai.realtime.descriptor",
    "voicegw_desktop.sockets.openai.live.descriptor",
    "voicegw_desktop.sockets.anthropic.descriptor",
    "voicegw_desktop.sockets.ollama.descriptor",
    "voicegw_desktop.sockets.livekit.descriptor",
    "voicegw_desktop.sockets.deepgram.descriptor",
    "voicegw_desktop.sockets.elevenlabs.descriptor",
    "voicegw_desktop.sockets.wyoming_descriptor",
    "voicegw_desktop.mcp.descriptor",
)
"""Modules with a `DOOR`, in the order in which their routes are mounted."""


class Listener(Protocol):
    """A wire that is not HTTP."""

    port: int | None
    """The TCP port, once it is started; None: it has none."""

    async def start(self) -> None:
        """Bind. Raises ConfigError with the setting to change."""

    async def announce(self) -> None:
        """Tell the local network where it is."""

    async def stop(self) -> None:
        """Close every connection."""


def built_in() -> list[Door]:
    """This program's doors. ConfigError when one is missing: a client must not lose its wire without an error."""
    found: list[Door] = []
    for name in BUILT_IN:
        try:
            found.append(importlib.import_module(name).DOOR)
        except ImportError as error:
            raise _missing(name, error) from error
    return found


def _missing(what: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"The door {what} is missing from this installation ({error}). Install voicegw-desktop again.",
        code="door_missing",
    )


class _Late:
    """Serves a door's late routes: imports their code with the first request."""

    def __init__(self, late: LateRoutes, context: SocketContext) -> None:
        self._late, self._context = late, context
        self._handlers: dict[tuple[str, str], Handler] | None = None

    def routes(self) -> list[web.RouteDef]:
        """One route a path. Raises ImportError when there is no such module."""
        from aiohttp import web

        module = self._late.make.partition(":")[0]
        if importlib.util.find_spec(module) is None:
            raise ImportError(f"No module named {module!r}")
        found = []
        for declared in self._late.paths:
            method, path = declared.split(" ", 1)
            handle = self._handle((method, path))
            # GET answers HEAD as well, as it does where the routes are made at once
            found.append(web.get(path, handle) if method == "GET" else web.route(method, path, handle))
        return found

    def _handle(self, key: tuple[str, str]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if self._handlers is None:
                # in a thread: streams of other clients go on meanwhile
                make = await asyncio.to_thread(resolve, self._late.make)
                made: list[web.RouteDef] = make(self._context)
                self._handlers = self._handlers or {(route.method, route.path): _handler_of(route) for route in made}
            return await self._handlers[key](request)

        return handle


def _handler_of(route: web.RouteDef) -> Handler:
    handler = route.handler
    if isinstance(handler, type):
        raise TypeError(f"{route.method} {route.path} is a class; late routes are functions")
    return handler


def _made(reference: str, *arguments: object) -> Any:
    """What the function at `module:function` returns. Raises ImportError when there is none."""
    try:
        make = resolve(reference)
    except AttributeError as error:
        raise ImportError(str(error)) from error
    return make(*arguments)


def _opened(parts: Callable[[Door], list[Callable[[], T]]]) -> Iterator[tuple[Door, T]]:
    """(door, one of its parts) for all parts of all doors. A broken part of a package is left out with a warning."""
    for door in built_in():
        for part in parts(door):
            try:
                yield door, part()
            except ImportError as error:
                raise _missing(door.name, error) from error
    added, problems = extensions.load(Door, extensions.DOORS)
    for where, door in added:
        for part in parts(door):
            try:
                yield door, part()
            except Exception as error:
                problems.append(f"{where} is left out: {type(error).__name__}: {error}")
    for problem in problems:
        log.warning("%s", problem)


def mounted(context: SocketContext) -> list[web.RouteDef]:
    """The routes of every door, for the server's context."""

    def parts(door: Door) -> list[Callable[[], list[web.RouteDef]]]:
        at_once = [partial(_made, reference, context) for reference in door.routes]
        return [*at_once, *(_Late(late, context).routes for late in door.late_routes)]

    return [route for _, routes in _opened(parts) for route in routes]


def error_forms() -> list[Door]:
    """This program's doors whose errors have a form of their own."""
    return [door for door in built_in() if door.errors]


def models_for(request: web.Request, gateway: SocketGateway) -> Any | None:
    """`/v1/models` in the form of the wire whose client asks; None for clients of no such wire."""
    for door in built_in():
        if door.models and door.is_asked_by(request.headers):
            return resolve(door.models)(gateway)
    return None


def listeners(context: SocketContext, path: Path | None) -> list[tuple[Door, Listener]]:
    """The listeners that the configuration asks for; `path` is the unix socket, None where none is served."""

    def parts(door: Door) -> list[Callable[[], Listener | None]]:
        return [partial(_made, door.listener, context, path)] if door.listener else []

    return [(door, listener) for door, listener in _opened(parts) if listener is not None]
