"""What a client is told when an upstream refuses a chat: the gateway's one error shape, in whichever form it came."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicegw_desktop.core.errors import BadRequest, RateLimitExceeded, UpstreamError, VoiceGatewayError, error_body
from voicegw_desktop.core.ports import Target

NO_SUCH_ROUTE = 501  # nothing failed: this upstream does not do that, and the wire says who does
SHOWN = 500  # characters of an upstream's own words
FAULTY = frozenset({400, 413, 422, 500})
"""With these statuses servers tell what a model cannot take."""
CONTEXT_EXCEEDED = "context_length_exceeded"
_MEDIA = r"(?:images?|audio|videos?|vision|multimodal|files?)"
FAULTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"context (?:length|size|window)|maximum context|prompt is too long|too many tokens", re.I),
        CONTEXT_EXCEEDED,
        "messages",
    ),
    (
        re.compile(
            rf"not support (?:\w+ )?{_MEDIA}\b|\b{_MEDIA}\b.{{0,40}}(?:not supported|unsupported|only supported)"
            rf"|missing data required for image|unsupported.{{0,20}}\b{_MEDIA}\b",
            re.I,
        ),
        "unsupported_content",
        "messages",
    ),
    (
        re.compile(r"not support (?:tools?|functions?)\b|\b(?:tools?|functions?)\b.{0,20}not supported", re.I),
        "unsupported_parameter",
        "tools",
    ),
)
"""What servers say about a request that the model cannot take, the code that clients look for, and the parameter."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer in place of the upstream's."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    message: str


def refusal(target: Target, status: int, headers: Mapping[str, str], raw: bytes) -> Refusal:
    """For an upstream's answer with an error status; `headers` in lower case.

    A key that the provider refuses is the gateway's, so the client gets 502, and no message that its own key is wrong.
    What is
    wrong with the request itself keeps its status and words.
    """
    said, kind, code, param = _words(raw)
    wait = seconds(headers.get("retry-after"))
    error: VoiceGatewayError
    if status in (401, 402, 403):
        error = UpstreamError(
            f"{target.provider} refused the key ({status}: {said}). Check providers.{target.provider}.api_key.",
            code="upstream_unauthorized",
        )
    elif status == 429:
        error = RateLimitExceeded(f"{target} asks to slow down (429: {said}).", code=code, retry_after=wait)
    elif status in FAULTY and (fault := _fault(said, code)) is not None:
        # servers tell it by any status, also as their own failure
        return _made(400, said, error_body(said, BadRequest.type, *fault), wait)
    elif status in (408, 425) or (status >= 500 and status != NO_SUCH_ROUTE):
        error = UpstreamError(f"{target} answered {status}: {said}", retry_after=wait)
    else:
        return _made(status, said, error_body(said, kind or "invalid_request_error", code, param), wait)
    return _made(error.status, error.message, error.body(), wait)


def seconds(retry_after: str | None) -> float | None:
    """The value of a Retry-After header in seconds; None without one, or for a date."""
    return float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else None


def _made(status: int, message: str, body: dict[str, Any], wait: float | None) -> Refusal:
    headers = {"content-type": "application/json"} | ({} if wait is None else {"retry-after": f"{wait:g}"})
    return Refusal(status, json.dumps(body, ensure_ascii=False).encode(), headers, message)


def _fault(said: str, code: str | None) -> tuple[str, str] | None:
    """(code, parameter) when the words say that the model cannot take the request; None when the server has its own."""
    if code is not None and code != "exceed_context_size_error":
        return None
    return next(((code, param) for pattern, code, param in FAULTS if pattern.search(said)), None)


def _words(raw: bytes) -> tuple[str, str | None, str | None, str | None]:
    """(message, type, code, param) out of OpenAI's, Anthropic's, Google's or FastAPI's form."""
    try:
        data = json.loads(raw)
    except ValueError:
        return raw[:SHOWN].decode(errors="replace").strip() or "no reason given", None, None, None
    if isinstance(data, list) and data:
        data = data[0]
    found = data
    for key in ("error", "message", "detail"):
        if isinstance(data, dict) and data.get(key):
            found = data[key]
            break
    if not isinstance(found, dict):
        return (found if isinstance(found, str) else json.dumps(found))[:SHOWN], None, None, None
    message, kind, code, param = (found.get(k) for k in ("message", "type", "code", "param"))
    return (
        str(message or json.dumps(found))[:SHOWN],
        kind if isinstance(kind, str) else None,
        code if isinstance(code, str) else None,
        param if isinstance(param, str) else None,
    )
