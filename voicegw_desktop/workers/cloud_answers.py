"""Records providers' answers while a stream is served: plugins drop statuses, Retry-After and broken connections."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp

from voicegw_desktop.core.outgoing import REDIRECTS, redirect_text, redirect_to
from voicegw_desktop.corridor.refusals import seconds


@dataclass(slots=True)
class Noticed:
    """The last refusal a stream met, and whether a connection of its own broke."""

    status: int | None = None
    retry_after: float | None = None
    redirect: str = ""
    """What is wrong with the redirect that came for an answer."""
    redirect_to: str = ""
    """The address that the redirect named."""
    broken: bool = False
    """A WebSocket ended without the provider's closing it; once the audio has ended, the plugins call that the end."""
    messages: int = 0
    """Messages of the provider on its WebSockets, also those that the plugins drop: results without a word."""
    _last: str | bytes = ""

    def hear(self, said: str | bytes) -> None:
        """Count a message; one that repeats the last, as to keep a connection alive, is no sign of work."""
        if said != self._last:
            self._last = said
            self.messages += 1

    def see(self, status: int, headers: Any, url: str = "") -> None:
        """Record an answer; a success clears earlier failures."""
        refused = status >= 400
        away = status in REDIRECTS
        location = headers.get("Location") or ""
        self.redirect = redirect_text(url, status, location) if away else ""
        self.redirect_to = redirect_to(url, location) if away else ""
        self.status = status if refused else None
        self.retry_after = seconds(headers.get("Retry-After")) if refused else None


_noticing: ContextVar[Noticed | None] = ContextVar("noticing", default=None)


def notice() -> Noticed:
    """From here on, answers to the requests of this task and those it starts."""
    noticed = Noticed()
    _noticing.set(noticed)
    return noticed


def tracing() -> aiohttp.TraceConfig:
    """For the session that the plugins share."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_answered)
    trace.on_request_redirect.append(_redirected)
    return trace


def watch(plugin: Any) -> None:
    """For plugins with a client of their own, OpenAI's."""
    hooks = getattr(getattr(getattr(plugin, "_client", None), "_client", None), "event_hooks", None)
    if hooks is not None:
        hooks["response"].append(_responded)


class WatchedSocket(aiohttp.ClientWebSocketResponse):
    """A WebSocket of the session that the plugins share."""

    async def receive(self, timeout: float | None = None) -> Any:
        """The next message; an unexpected end is noted."""
        over = self.closed
        message = await super().receive(timeout)
        ended = message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        if (noticed := _noticing.get()) is not None:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                noticed.hear(message.data)
            elif ended and not over:
                noticed.broken = True
        return message


async def _answered(_session: Any, _context: Any, params: aiohttp.TraceRequestEndParams) -> None:
    if (noticed := _noticing.get()) is not None:
        noticed.see(params.response.status, params.response.headers)


async def _redirected(_session: Any, _context: Any, params: aiohttp.TraceRequestRedirectParams) -> None:
    if (noticed := _noticing.get()) is not None:
        noticed.see(params.response.status, params.response.headers, str(params.url))


async def _responded(response: Any) -> None:
    if (noticed := _noticing.get()) is not None:
        noticed.see(response.status_code, response.headers, str(response.request.url))
