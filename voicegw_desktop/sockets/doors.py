"""Which doors the server opens: this program's own, then those of installed packages."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from voicegw_desktop.core import extensions
from voicegw_desktop.core.descriptor import Door
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.registry import resolve

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)

BUILT_IN = (
    "voicegw_desktop.sockets.operations.descriptor",
    "voicegw_desktop.sockets.openai.descriptor",
    "voicegw_desktop.sockets.openai.realtime.descriptor",
    "voicegw_desktop.sockets.anthropic.descriptor",
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
    """This program's doors. ConfigError when one is missing: a client must not find its wire gone without a word."""
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


def _opened(pick: Callable[[Door], tuple[str, ...]], *arguments: Any) -> Iterator[tuple[Door, Any]]:
    """(door, what its function returned) for every door. A broken door of a package is left out with a warning."""
    for door in built_in():
        for reference in pick(door):
            try:
                make = resolve(reference)
            except (ImportError, AttributeError) as error:
                raise _missing(door.name, error) from error
            yield door, make(*arguments)
    added, problems = extensions.load(Door, extensions.DOORS)
    for where, door in added:
        for reference in pick(door):
            try:
                yield door, resolve(reference)(*arguments)
            except Exception as error:
                problems.append(f"{where} is left out: {type(error).__name__}: {error}")
    for problem in problems:
        log.warning("%s", problem)


def mounted(context: Any) -> list[web.RouteDef]:
    """The routes of every door, for the server's context."""
    return [route for _, routes in _opened(lambda door: door.routes, context) for route in routes]


def listeners(context: Any, path: Path | None) -> list[tuple[Door, Listener]]:
    """The listeners that the configuration asks for; `path` is the unix socket, None where none is served."""
    made = _opened(lambda door: (door.listener,) if door.listener else (), context, path)
    return [(door, listener) for door, listener in made if listener is not None]
