"""What the gateway gives to a provider's backend: addresses, keys and an HTTP client that respects offline mode."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.ports import NO_EXTRA, Target, Zone
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.status import EngineStatus


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider answers."""

    base_url: str
    """For OpenAI's form up to and with `/v1`."""
    api_key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: NO_EXTRA)
    zone: Zone | None = None
    """The provider's zone; None: the address tells it."""

    def url(self, path: str) -> str:
        """`path` begins with a slash."""
        return self.base_url.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Reach:
    """Given to the function that `Descriptor.backends` names."""

    http: HttpClient
    """Refuses what offline mode forbids."""
    endpoint: Callable[[Target], Awaitable[Endpoint]]
    """A target's address and key, from one state of the configuration. Raises ConfigError."""
    address: Callable[[Target], str]
    """A target's address alone. Raises ConfigError; EgressDenied when offline mode forbids it."""
    clock: Clock


@runtime_checkable
class TellsState(Protocol):
    """A backend whose server can be asked at no cost how it is: State.ANSWERS or State.DOES_NOT_ANSWER."""

    async def status(self, provider: str, endpoint: Endpoint) -> EngineStatus: ...
