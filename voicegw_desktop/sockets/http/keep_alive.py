"""How long a request wants its engine to stay: the body field `keep_alive`, or the header `X-VoiceGW-Keep-Alive`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from voicegw_desktop.config.units import parse_keep_alive
from voicegw_desktop.core.errors import BadRequest

HEADER = "X-VoiceGW-Keep-Alive"


def keep_alive_of(request: web.Request, value: Any) -> str | None:
    """`value` from the body, else the header's, checked; None when neither speaks. BadRequest names the field."""
    named = "keep_alive"
    if value is None or value == "":
        named, value = HEADER, request.headers.get(HEADER)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequest(
            "`keep_alive` must be text or a number, such as 5m, 0 or -1.", param=named, code="invalid_type"
        )
    try:
        parse_keep_alive(value)
    except ValueError as error:
        raise BadRequest(f"{named}: {error}.", param=named, code="invalid_value") from None
    return str(value)
