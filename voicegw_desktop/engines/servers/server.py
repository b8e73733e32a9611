"""Engines that are servers beside the workers: what the pool needs of each, and how they are made."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, ChatReply, Sent, Target
from voicegw_desktop.core.registry import PROVIDERS, resolve
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.status import EngineStatus

log = logging.getLogger(__name__)

SERVER = "server"
"""`<name>/server` names the server itself among the engines."""


class EngineServer(Protocol):
    """A `core.ports.LlmBackend` that is also one of the engines."""

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> ChatReply: ...

    def configure(self, config: Any, keep_alive: str) -> None:
        """Take a new section `engines.<name>` and the general `keep_alive`."""

    async def start(self) -> None:
        """Make sure that it runs."""

    async def stop(self) -> None:
        """End it, if this program started it."""

    async def load_ahead(self, model: str) -> None:
        """Bring a model into memory."""

    async def unload(self, model: str) -> None:
        """Take a model out of memory."""

    async def status(self) -> list[EngineStatus]:
        """The server and its models in memory."""
        ...

    async def aclose(self) -> None:
        """Release what it holds, at the program's end."""


def servers(config: EnginesConfig, http: HttpClient, bus: EventBus, clock: Clock) -> dict[str, EngineServer]:
    """Every engine that declares a server, by name."""
    made: dict[str, EngineServer] = {}
    for name, entry in PROVIDERS.items():
        if entry.server:
            try:
                make = resolve(entry.server)
                made[name] = make(config.of(name), http, bus=bus, clock=clock, keep_alive=config.keep_alive)
            except Exception as error:
                tell_broken(bus, name, entry.server, error)
    return made


def tell_broken(bus: EventBus, name: str, reference: str, error: Exception) -> None:
    """Say that a part which a descriptor names cannot be used; the program runs on without it."""
    message = f"{name} is left out: {reference} cannot be used: {type(error).__name__}: {error}"
    log.warning("%s", message)
    bus.publish(Notice("warning", message, "extension_broken"))
