"""Loads local engines before they are asked: what the configuration preloads, and what a new session will need."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from voicegw_desktop.config.units import parse_keep_alive
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import Caller, Modality, Zone
from voicegw_desktop.routing.backends import is_own_server

if TYPE_CHECKING:
    from voicegw_desktop.config.load import AnyConfig
    from voicegw_desktop.engines.pool import EnginePool
    from voicegw_desktop.routing.plan import Plan


class Loads(Protocol):
    """The part of `EnginePool` that loads engines ahead."""

    @abstractmethod
    async def hold(self, provider: str, model: str, keep_alive: str | None) -> None:
        """Load a model and keep it for `keep_alive` (None: as configured); 0: unload it when it serves nothing."""

    @abstractmethod
    def prewarm_soon(self, names: Iterable[str], *, gently: bool = False) -> asyncio.Task[None] | None:
        """Load these models in the background; `gently`: a failure is only logged, because the load is a guess."""


class Plans(Protocol):
    """The part of `Router` that says what would serve."""

    @abstractmethod
    def plan(self, modality: Modality, wanted: str | None, caller: Caller, voice: str | None = None) -> Plan:
        """The plan for a request for `wanted` now; raises VoiceGatewayError when no target may serve it."""


class Warms(Protocol):
    """What is needed of a gateway to load an engine."""

    @property
    def config(self) -> AnyConfig: ...
    @property
    def engines(self) -> Loads: ...
    @property
    def router(self) -> Plans: ...


def prewarm_configured(engines: EnginePool) -> asyncio.Task[None] | None:
    """Load `engines.<name>.preload` in the background; a failure becomes a Notice. Ends with the gateway."""
    return engines.prewarm_soon(engines.preload_names())


def prewarm_session(gateway: Warms, caller: Caller) -> asyncio.Task[None] | None:
    """A conversation opened: load the language model and the voice that would serve this caller, in the background.

    Only workers of this machine are loaded; nothing is sent anywhere. Never raises: the requests of a session that
    cannot be planned get the error.
    """
    names = []
    for modality in (Modality.LLM, Modality.TTS):
        try:
            target = gateway.router.plan(modality, "auto", caller).first
        except VoiceGatewayError:
            continue
        if target.zone is Zone.LOCAL:
            names.append(target.name)
    return gateway.engines.prewarm_soon(names, gently=True)


async def hold_model(gateway: Warms, caller: Caller, model: str, keep_alive: str | None) -> bool:
    """Load the chat model that would serve this caller, for `keep_alive` (None: as configured), and say True.

    `keep_alive` 0: take it out of memory when the requests it serves are over, and say False. A model elsewhere is left
    as it is. Raises VoiceGatewayError for a model that cannot be had.
    """
    target = gateway.router.plan(Modality.LLM, model, caller).first
    stays = keep_alive is None or parse_keep_alive(keep_alive) != 0
    if target.zone is Zone.LOCAL and not is_own_server(gateway.config, target.provider, target.account):
        await gateway.engines.hold(target.provider, target.model, keep_alive)
    return stays
