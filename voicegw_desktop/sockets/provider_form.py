"""What the doors in other providers' forms have in common: model names, callers, messages, errors said in two ways."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.core.text import loads
from voicegw_desktop.sockets.http import auth

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProviderForm:
    """One provider's form of names, callers, messages and errors."""

    def __init__(self, provider: str, error: Callable[[VoiceGatewayError], dict[str, Any]]) -> None:
        self._provider = provider
        self._error = error

    def target_of(self, gateway: SocketGateway, modality: Modality, model: str) -> str:
        """Bare model names are the provider's, unless something here answers to them; `provider/model` stays."""
        return gateway.router.named_by(self._provider, modality, model)

    def caller_of(self, request: web.Request) -> Caller:
        """The caller; raises when the key may not ask for inference."""
        auth.require(request, auth.INFERENCE)
        return auth.caller(request, self._provider)

    def errors(self, handler: Handler) -> Handler:
        """The handler with errors in the provider's form beside the gateway's."""

        @functools.wraps(handler)
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except VoiceGatewayError as e:
                e.beside = self._error(e)
                raise

        return handle


def parsed(text: str) -> dict[str, Any]:
    """A client's message; empty when it is none."""
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
