"""A request as a fake saw it, and the fault that spoils it."""

from __future__ import annotations

import email
import email.message
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

FAULTS = (
    "refuse",
    "401",
    "429",
    "500",
    "stall",
    "stall_mid_stream",
    "slow_drip",
    "garbage",
    "drop_mid_stream",
    "wrong_rate",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """Lower-case names."""
    body: Any = None
    """Parsed JSON, the fields of a form (files as their length in bytes), or text; None for a WebSocket."""
    messages: list[Any] = field(default_factory=list)
    """What a WebSocket client sent: parsed JSON, text, or the length of binary frames in bytes."""
    websocket: bool = False
    url: str = ""
    """Path and query as they arrived, with names that stand there twice."""


@dataclass(slots=True)
class Fault:
    """One fault in force."""

    name: str
    times: int | None = None
    """Requests it spoils before it is over; None: all."""
    retry_after: float = 1.0
    """Seconds, for 429."""
    seconds: float = 0.05
    """Pause between pieces, for slow_drip."""
    after: int = 1
    """Pieces sent before drop_mid_stream cuts the connection, or stall_mid_stream falls silent."""
    rate: int = 8000
    """Samples per second that wrong_rate answers with."""
    path: str = ""
    """Only for paths that contain this."""


SEEN = web.RequestKey("voicegw.seen", Seen)
FAULT: web.RequestKey[Fault | None] = web.RequestKey("voicegw.fault", Fault)


def form_fields(content_type: str, raw: bytes) -> dict[str, Any]:
    """The fields of a multipart body; files as their length in bytes."""
    # aiohttp's own reader of forms warns of itself, and users' tests may turn warnings into errors
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw)
    fields: dict[str, Any] = {}
    for part in message.get_payload():
        assert isinstance(part, email.message.Message)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = str(part.get_param("name", "", "content-disposition"))
        fields[name] = len(content) if part.get_filename() else content.decode()
    return fields
