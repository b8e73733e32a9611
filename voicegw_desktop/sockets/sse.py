"""Server-sent events: opening such an answer, sending on it, ending it with an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

KEEPALIVE = b": keepalive\n\n"


async def open_sse(request: web.Request, headers: Mapping[str, str]) -> web.StreamResponse:
    """Send 200 and the headers of an event stream; the exact content type, for clients that compare it."""
    response = web.StreamResponse(headers={**headers, "X-Accel-Buffering": "no"})
    response.headers["Content-Type"] = "text/event-stream"
    await response.prepare(request)
    return response


async def send_event(response: web.StreamResponse, data: Mapping[str, Any], event: str | None = None) -> None:
    """One event whose data is JSON."""
    name = f"event: {event}\n" if event else ""
    await response.write(f"{name}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode())


async def send_error(response: web.StreamResponse, body: Mapping[str, Any]) -> web.StreamResponse:
    """An error after the headers are out: the one shape as the last event."""
    with suppress(ConnectionError):
        await send_event(response, body)
        await response.write_eof()
    return response
