"""MCP 2026-07-28: each request says its version and the client's capabilities in `params._meta`, and HTTP repeats the
version, the method and the tool's name in headers, which must agree with the body.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence

from voicegw_desktop.core.typed import Record, is_record, record

VERSION = "2026-07-28"
"""The version whose requests stand alone: no `initialize` comes before them."""
OLDER_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Versions agreed on by `initialize`, newest first."""
VERSIONS = (VERSION, *OLDER_VERSIONS)

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
)
HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION = -32020, -32021, -32022

_META = "io.modelcontextprotocol/"
PROTOCOL_VERSION, CLIENT_CAPABILITIES, SERVER_INFO = (
    _META + "protocolVersion",
    _META + "clientCapabilities",
    _META + "serverInfo",
)
VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"
_NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""The parameter that `Mcp-Name` repeats, by method."""

_ENCODED = re.compile(r"=\?base64\?(.*)\?=", re.DOTALL)
_PLAIN = re.compile(r"[\x20-\x7e]*")

_STATUS = {
    PARSE_ERROR: 400,
    INVALID_REQUEST: 400,
    INVALID_PARAMS: 400,
    HEADER_MISMATCH: 400,
    MISSING_CAPABILITY: 400,
    UNSUPPORTED_VERSION: 400,
    METHOD_NOT_FOUND: 404,
}


class Refused(Exception):
    """A request that gets a JSON-RPC error; `data` goes into it when given."""

    def __init__(self, code: int, message: str, data: Record | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


def unsupported(version: str) -> Refused:
    """The error for a version that is not spoken, with those that are."""
    return Refused(
        UNSUPPORTED_VERSION,
        f'MCP version "{version[:40]}" is not spoken; take one of {", ".join(VERSIONS)}.',
        {"supported": list(VERSIONS), "requested": version[:40]},
    )


def is_enveloped(params: Mapping[str, object]) -> bool:
    """True when the request names its own version, as those since 2026-07-28 do."""
    return PROTOCOL_VERSION in record(params.get("_meta"))


def check(method: str, params: Mapping[str, object], headers: Mapping[str, Sequence[str]] | None) -> None:
    """Raise Refused unless the envelope is whole and agrees with `headers` (None where there are none: stdio).

    `headers` maps each of the three names to the values that came under it.
    """
    meta = params.get("_meta")
    if not is_record(meta):
        meta = {}
    told = (headers or {}).get(VERSION_HEADER, ())
    if PROTOCOL_VERSION not in meta and len(told) == 1 and told[0] not in VERSIONS:
        raise unsupported(told[0])
    missing = [key for key in (PROTOCOL_VERSION, CLIENT_CAPABILITIES) if key not in meta]
    if missing:
        raise Refused(INVALID_PARAMS, f"`params._meta` lacks {' and '.join(missing)}.")
    version = meta[PROTOCOL_VERSION]
    if headers is not None:
        _agree(VERSION_HEADER, headers, version, f"`{PROTOCOL_VERSION}`")
        _agree(METHOD_HEADER, headers, method, "`method`")
        named = _NAMED.get(method)
        if named is not None and params.get(named) is not None:
            _agree(NAME_HEADER, headers, params[named], f"`params.{named}`", encoded=True)
    if not isinstance(version, str):
        raise Refused(INVALID_PARAMS, f"`{PROTOCOL_VERSION}` must be text.")
    if version != VERSION:
        raise unsupported(version)
    if not is_record(meta[CLIENT_CAPABILITIES]):
        raise Refused(INVALID_PARAMS, f"`{CLIENT_CAPABILITIES}` must be an object.")


def _agree(name: str, headers: Mapping[str, Sequence[str]], value: object, what: str, *, encoded: bool = False) -> None:
    said = headers.get(name, ())
    if len(said) != 1:
        raise Refused(HEADER_MISMATCH, f"The header {name} must be there once; it came {len(said)} times.")
    if (decoded(said[0]) if encoded else said[0]) != value:
        raise Refused(HEADER_MISMATCH, f"The header {name} says something else than {what} of the body.")


def decoded(value: str) -> str | None:
    """A header's value, also in the form `=?base64?…?=`; None when that holds no base64 of UTF-8."""
    found = _ENCODED.fullmatch(value)
    if found is None:
        return value
    try:
        raw = base64.b64decode(found[1], validate=True)
        return raw.decode() if base64.b64encode(raw).decode() == found[1] else None
    except (binascii.Error, ValueError):
        return None


def encoded(value: str) -> str:
    """A header's value for this text, in the form `=?base64?…?=` where a header could not carry it."""
    if _PLAIN.fullmatch(value) and value == value.strip() and not _ENCODED.fullmatch(value):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def headers_for(message: object) -> dict[str, str]:
    """The HTTP headers that a message with an envelope needs; none for other messages."""
    if not is_record(message):
        return {}
    method, params = message.get("method"), record(message.get("params"))
    version = record(params.get("_meta")).get(PROTOCOL_VERSION)
    if not isinstance(version, str) or not isinstance(method, str):
        return {}
    named = params.get(_NAMED.get(method, ""))
    headers = {VERSION_HEADER: version, METHOD_HEADER: method}
    return {**headers, NAME_HEADER: encoded(named)} if isinstance(named, str) else headers


def status_of(answer: Mapping[str, object], *, enveloped: bool) -> int:
    """The HTTP status for an answer. Older versions tell errors of a request they could read with 200."""
    if "error" not in answer:
        return 200
    code = record(answer["error"]).get("code")
    if not enveloped and answer.get("id") is not None and code not in (HEADER_MISMATCH, UNSUPPORTED_VERSION):
        return 200
    return _STATUS.get(code, 200) if isinstance(code, int) else 200
