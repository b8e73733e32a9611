"""How web pages present a key: a browser can set no header on a WebSocket, so the key travels elsewhere.

OpenAI's and Deepgram's pages put it among the subprotocols, ElevenLabs' into the first message, and a server may give
its page a secret that opens one session.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import PayloadTooLarge, RateLimitExceeded
from voicegw_desktop.core.events import EventBus, KeyRevoked

OPENAI_KEY = "openai-insecure-api-key."
OPENAI_BETA = "openai-beta.realtime-v1"
"""Subprotocol of clients that want the names of the Realtime beta."""
SCHEMES = ("token", "bearer")
"""Deepgram's pages offer the scheme and the key as two subprotocols; the scheme is chosen."""
SECRET_PREFIX = "ek_"  # noqa: S105
"""How a client secret begins."""
LIFE_S = 60
"""Seconds in which a secret must be used; a client may ask for fewer."""
MOST_SECRETS = 1000
MOST_OF_A_KEY = MOST_SECRETS // 4
"""Secrets that one key may have waiting, so that others have room."""
MOST_SESSION = 256 * 1024  # bytes of JSON that the settings of one session take
MOST_SESSIONS = 32 * 1024 * 1024  # bytes of all that wait
_FIRST_MESSAGE = re.compile(r"(?:/v1)*/text-to-speech/[^/]+/(?:multi-)?stream-input/?")


def offered_protocols(request: web.BaseRequest) -> list[str]:
    """The subprotocols that a WebSocket's client offers, in its order."""
    given = ",".join(request.headers.getall("Sec-WebSocket-Protocol", []))
    return [one.strip() for one in given.split(",") if one.strip()]


def subprotocol_key(request: web.BaseRequest) -> str:
    """The key among the subprotocols; empty when there is none."""
    offered = offered_protocols(request)
    for one in offered:
        if one.startswith(OPENAI_KEY):
            return one.removeprefix(OPENAI_KEY)
    if len(offered) == 2 and offered[0].lower() in SCHEMES:
        return offered[1]
    return ""


def may_follow(request: web.BaseRequest) -> bool:
    """Whether a page may send its key in the first message of this WebSocket."""
    upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
    return upgrade and _FIRST_MESSAGE.fullmatch(request.path) is not None


def key_in(message: Mapping[str, Any]) -> str:
    """The key in a first message of ElevenLabs' form; empty when there is none."""
    for name in ("xi_api_key", "xi-api-key", "authorization"):
        value = message.get(name)
        if isinstance(value, str) and value.strip():
            scheme, _, rest = value.strip().partition(" ")
            return rest.strip() if scheme.lower() == "bearer" else value.strip()
    return ""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a client secret may do, once."""

    project: str
    """The project that pays."""
    key_id: str | None
    """The maker's key: with it the secret ends, and so does what it opened."""
    session: Mapping[str, Any]
    """Settings of the session that its maker chose."""


@dataclass(frozen=True, slots=True)
class _Kept:
    granted: Granted
    until_ns: int
    size: int
    """Bytes of the session's JSON."""


class ClientSecrets:
    """Secrets for one Realtime session each; kept in memory, as hashes."""

    def __init__(self, bus: EventBus, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self.close: Callable[[], None] = bus.subscribe(self._revoked, KeyRevoked)

    def issue(self, granted: Granted, seconds: float = LIFE_S) -> tuple[str, int]:
        """(the secret, the Unix second at which it ends).

        RateLimitExceeded when too many wait to be used, of this key or of all; PayloadTooLarge for a large session.
        """
        now, size = self._clock.monotonic_ns(), len(json.dumps(granted.session))
        if size > MOST_SESSION:
            raise PayloadTooLarge(f"`session` has {size} bytes; at most {MOST_SESSION} fit.", param="session")
        self._kept = {sealed: kept for sealed, kept in self._kept.items() if kept.until_ns > now}
        own = sum(kept.granted.key_id == granted.key_id for kept in self._kept.values())
        held = sum(kept.size for kept in self._kept.values())
        if own >= MOST_OF_A_KEY or len(self._kept) >= MOST_SECRETS or held + size > MOST_SESSIONS:
            whose = f"{own} client secrets of this key" if own >= MOST_OF_A_KEY else "Too many client secrets"
            raise RateLimitExceeded(f"{whose} wait to be used; use them, or ask again in a minute.", retry_after=LIFE_S)
        life = min(seconds, LIFE_S)
        secret = SECRET_PREFIX + secrets.token_urlsafe(32)
        self._kept[_sealed(secret)] = _Kept(granted, now + int(life * 1e9), size)
        return secret, int(self._clock.time() + life)

    def take(self, secret: str) -> Granted | None:
        """What the secret may do; None for one that is unknown, used or too old."""
        kept = self._kept.pop(_sealed(secret), None)
        return kept.granted if kept is not None and kept.until_ns > self._clock.monotonic_ns() else None

    def _revoked(self, event: KeyRevoked) -> None:
        self._kept = {sealed: kept for sealed, kept in self._kept.items() if kept.granted.key_id != event.key_id}


def _sealed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
