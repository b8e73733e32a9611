"""What the doors in other providers' forms have in common: model names, callers, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.core.text import loads
from voicegw_desktop.sockets.http import auth

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway


class ProviderForm:
    """One provider's form of names, callers and messages."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def target_of(self, gateway: SocketGateway, modality: Modality, model: str) -> str:
        """Bare model names are the provider's, unless something here answers to them; `provider/model` stays."""
        return gateway.router.named_by(self._provider, modality, model)

    def caller_of(self, request: web.Request) -> Caller:
        """The caller; raises when the key may not ask for inference."""
        auth.require(request, auth.INFERENCE)
        return auth.caller(request, self._provider)


def parsed(text: str) -> dict[str, Any]:
    """A client's message; empty when it is none."""
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
