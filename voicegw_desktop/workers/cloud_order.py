"""What one connection asks of the cloud worker, and a plugin's failure as the gateway's error."""

from __future__ import annotations

import json
import socket
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

import aiohttp
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, APIStatusError, APITimeoutError

from voicegw_desktop.core.errors import (
    UNREACHED,
    Diverted,
    EngineTimeout,
    RateLimitExceeded,
    Redirected,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.outgoing import ForeignAddress
from voicegw_desktop.engines.cloud_order import CloudOrder
from voicegw_desktop.secrets.crypto import mask
from voicegw_desktop.workers.cloud_answers import notice

TIMEOUT = 10.0  # s for a provider to accept a connection
ONCE = APIConnectOptions(max_retry=0, timeout=TIMEOUT)
"""The gateway decides about second attempts: it has other targets to try and keeps the audio."""
TWICE = APIConnectOptions(max_retry=1, retry_interval=0.1, timeout=TIMEOUT)
"""For speech, whose plugins keep connections: a connection that the provider has closed meanwhile is no failure."""


class Order:
    """What one connection asks for: whose plugin, which model, with which key."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        order = CloudOrder.read(data.get("cloud"))
        self.kind, self.name, self.model, self.variant = order.kind, order.provider, order.model, order.variant
        self.settings, self.key = dict(order.credentials.settings), order.credentials.key
        self.noticed = notice()
        self.extra: Mapping[str, Any] = data.get("extra") or {}

    def identity(self, *more: Any) -> str:
        """Two orders with the same identity may share a plugin."""
        return json.dumps([self.kind, self.model, self.settings, self.key, *more], sort_keys=True, default=str)

    def failed(self, error: BaseException) -> VoiceGatewayError:
        """The gateway's error for a plugin's, without the key."""
        if isinstance(error, VoiceGatewayError):
            return error
        said = self._scrub(getattr(error, "message", None) or str(error) or type(error).__name__)
        where = f"{self.name}/{self.model}"
        if self.noticed.redirect:
            to = self._scrub(self.noticed.redirect_to)
            return Redirected(f"{where} {self._scrub(self.noticed.redirect)}", to=to)
        if (foreign := _foreign(error)) is not None:
            return Diverted(f"{where} cannot be reached: {foreign}", to=foreign.to)
        if isinstance(error, aiohttp.WSServerHandshakeError):
            return self.failed(APIStatusError(error.message, status_code=error.status))
        if (status := self.noticed.status) and getattr(error, "status_code", None) != status:
            # the plugin does not check the status and fails on the answer's content
            return self.failed(APIStatusError(said, status_code=status))
        if isinstance(error, APITimeoutError | TimeoutError):
            return EngineTimeout(f"{where} did not answer in time.", code="upstream_timeout")
        if isinstance(error, APIStatusError):
            status = error.status_code
            if status == 429:
                return RateLimitExceeded(
                    f"{where} asks to slow down (429: {said}).", retry_after=self.noticed.retry_after
                )
            if status in (401, 403):
                return UpstreamError(
                    f"{self.name} refused the key {mask(self.key) if self.key else '(none)'} ({status}: {said}). "
                    f"Check providers.{self.name}.api_key.",
                    code="upstream_unauthorized",
                )
            # a plugin's -1, or a WebSocket's code such as 1006
            known = f"answered {status}" if 100 <= status < 600 else "broke off"
            return UpstreamError(f"{where} {known}: {said}")
        if isinstance(error, APIConnectionError):
            # the plugins raise errors whose cause holds the reason
            inner = error.__cause__
            if isinstance(inner, aiohttp.WSServerHandshakeError):
                return self.failed(inner)
            reason = self._scrub(f"{type(inner).__name__}: {inner}") if inner is not None else said
            return UpstreamError(f"{where} cannot be reached ({reason}).", code=UNREACHED if unreached(error) else None)
        if isinstance(error, APIError):
            return UpstreamError(f"{where} failed: {said}")
        return UpstreamError(f"{where} failed: {type(error).__name__}: {said}")

    def _scrub(self, text: str) -> str:
        return text.replace(self.key, mask(self.key)) if self.key else text


def unreached(error: BaseException) -> bool:
    """True when there was no connection, so that the provider cannot have done anything."""
    cause: BaseException | None = error
    for _ in range(8):
        if isinstance(cause, aiohttp.ClientConnectorError | ConnectionRefusedError | socket.gaierror):
            return True
        # the HTTP library of most plugins, which not every worker has loaded
        if type(cause).__module__.startswith("httpx") and type(cause).__name__ in ("ConnectError", "ConnectTimeout"):
            return True
        cause = (cause.__cause__ or cause.__context__) if cause is not None else None
    return False


def _foreign(error: BaseException | None) -> ForeignAddress | None:
    """The refused DNS answer that caused a plugin's error."""
    while error is not None and not isinstance(error, ForeignAddress):
        error = error.__cause__ or error.__context__
    return error


class Plugins(Protocol):
    """The part of CloudWorker that a stream needs."""

    def plugin(self, order: Order, modality: str, **options: Any) -> Any:
        """A plugin for this order."""
        ...

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that outlives the stream it belongs to."""
        ...
