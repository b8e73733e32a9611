"""What the doors in other providers' forms have in common: model names, callers, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest
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


FRAMES = "This WebSocket takes JSON in text frames."
"""What is said to bytes where nothing but text is served."""


def message_of(text: str) -> dict[str, Any]:
    """A client's message; BadRequest when it is no JSON object."""
    try:
        value = loads(text)
    except RecursionError:
        raise BadRequest("The JSON of the message is nested too deeply.", code="invalid_json") from None
    except ValueError as e:
        raise BadRequest(f"The message is not valid JSON: {str(e)[:120]}.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise BadRequest("A message must be a JSON object.", code="invalid_json")
    return value


def parsed(text: str) -> dict[str, Any]:
    """A client's message; empty when it is none."""
    try:
        return message_of(text)
    except BadRequest:
        return {}
