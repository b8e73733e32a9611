"""LiveKit access tokens: JWTs whose form is checked strictly before PyJWT checks the signature."""

from __future__ import annotations

import asyncio
import base64
import binascii
import importlib
import json
import math
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeGuard

from voicegw_desktop.core.errors import Forbidden, Unauthorized

CLOCK_SKEW = 30  # s a token may be early or late
ALGORITHM = "HS256"

SecretOf = Callable[[str], Awaitable[str | bytes | None]]
"""The secret an issuer's tokens are signed with; None when the issuer is unknown or its key revoked."""

_DECOY = secrets.token_urlsafe(36)  # as long as a real one
"""A token of an unknown issuer is checked with this secret, so that its refusal takes as long as a known one's."""

_library: Any = None

_UNCHECKED = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
"""Times are checked here, by the gateway's own clock; LiveKit's tokens name no audience."""


def looks_like_token(text: str) -> bool:
    """Whether a bearer has the form of a JWT."""
    return text.count(".") == 2 and text.startswith("eyJ")


async def issuer_of(token: str, secret_of: SecretOf, now: float) -> str | None:
    """The key id that signed `token`; None when the token is not genuine.

    `now` is in Unix seconds. Raises Unauthorized when a genuine token is outside its time, Forbidden when it does not
    grant `inference.perform`.
    """
    try:
        header, claims, signature = token.split(".")
        algorithm = _object(header).get("alg")
        issuer = _object(claims).get("iss")
        _bytes(signature)
    except ValueError:
        return None
    if not isinstance(issuer, str) or not issuer:
        return None
    secret = await secret_of(issuer)
    jwt = await _pyjwt()
    try:
        found: dict[str, Any] = jwt.decode(
            token, secret or _DECOY, algorithms=[ALGORITHM], issuer=issuer, options=_UNCHECKED
        )
    except jwt.PyJWTError:
        return None
    if secret is None or algorithm != ALGORITHM:
        return None
    _check_claims(found, now)
    return issuer


async def _pyjwt() -> Any:
    """PyJWT, imported once in a thread: it takes 40 ms, which neither the start nor a running stream should pay."""
    global _library
    if _library is None:
        _library = await asyncio.to_thread(importlib.import_module, "jwt")
    return _library


def _check_claims(claims: dict[str, Any], now: float) -> None:
    expires, not_before = claims.get("exp"), claims.get("nbf", 0)
    if not _is_number(expires) or not _is_number(not_before):
        raise Unauthorized("The token has no usable `exp`, or an unusable `nbf`.", code="invalid_token")
    if now > expires + CLOCK_SKEW:
        raise Unauthorized("The token has expired; check this machine's clock.", code="token_expired")
    if now < not_before - CLOCK_SKEW:
        raise Unauthorized("The token is not valid yet; check this machine's clock.", code="token_not_yet_valid")
    inference = claims.get("inference")
    if not isinstance(inference, dict) or inference.get("perform") is not True:
        raise Forbidden("The token does not grant `inference.perform`.", code="missing_grant")


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bytes(text: str) -> bytes:
    """The bytes of base64url without padding. ValueError for any other spelling, spare bits in the last character
    included: one signature must have one spelling."""
    try:
        raw = text.encode("ascii")
        found = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64url") from error
    if base64.urlsafe_b64encode(found).rstrip(b"=") != raw:
        raise ValueError("not the shortest base64url")
    return found


def _object(text: str) -> dict[str, Any]:
    """A JSON object in UTF-8 without a byte order mark, with finite numbers and each name once; else ValueError."""
    try:
        found = json.loads(
            _bytes(text).decode("utf-8"), parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_once
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found
