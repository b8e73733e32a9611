"""Wyoming framing on asyncio streams: one JSON line, then optional data and payload bytes, with limits.

Compatible with the `wyoming` package in both directions. A repeated header line, as audio has, is parsed once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from wyoming.event import Event

from voicegw_desktop.core import errors

HEADER_LIMIT = 64 * 1024  # bytes; also the read buffer of a connection
INLINE_LIMIT = 4096  # bytes of data that may stand in the header line
DATA_LIMIT = 16 * 1024 * 1024  # bytes
PAYLOAD_LIMIT = 16 * 1024 * 1024  # bytes
PIECE = 64 * 1024  # bytes asked for at once, so that memory is spent on what arrived and not on what was announced

__all__ = ["Event", "WireError", "audio_chunk", "encode", "error_event", "exception_from", "read_event"]


class WireError(Exception):
    """What arrived is not Wyoming framing."""


@lru_cache(maxsize=256)
def _parse_repeated(line: bytes) -> dict[str, Any]:
    header = json.loads(line)
    if not isinstance(header, dict):
        raise ValueError("a header must be an object")
    return header


async def read_event(
    reader: asyncio.StreamReader,
    *,
    data_limit: int = DATA_LIMIT,
    payload_limit: int = PAYLOAD_LIMIT,
    arrived: Callable[[int], None] | None = None,
) -> Event | None:
    """The next event, or None when the peer has closed between two events. Raises WireError on anything else.

    `arrived` is told of each piece's bytes as it comes, the header's first; what it raises ends the reading.
    """
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise WireError(f"the connection ended inside a header: {error.partial[:80]!r}") from None
    except asyncio.LimitOverrunError:
        raise WireError(f"a header is longer than {HEADER_LIMIT} bytes") from None
    try:
        # only audio headers repeat; others, which hold words, must not fill the cache
        repeated = line.startswith((b'{"type": "audio-chunk"', b'{"type":"audio-chunk"'))
        header = _parse_repeated(line) if repeated else json.loads(line)
        if not isinstance(header, dict):
            raise ValueError("it must be an object")
        kind = header.get("type")
        if not isinstance(kind, str):
            raise ValueError("it needs a `type`, which is a text")
        if not isinstance(header.get("data") or {}, dict):
            raise ValueError("its `data` must be an object")
        data = dict(header.get("data") or {})
        data_length = _length(header, "data_length", data_limit)
        payload_length = _length(header, "payload_length", payload_limit)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WireError(f"not a Wyoming header ({error}): {line[:80]!r}") from None
    if arrived is not None:
        arrived(len(line))
    payload: bytes | None = None
    try:
        if data_length:
            more = json.loads(await _exactly(reader, data_length, arrived))
            if not isinstance(more, dict):
                raise ValueError("it must be an object")
            data.update(more)
        if payload_length:
            payload = await _exactly(reader, payload_length, arrived)
    except asyncio.IncompleteReadError:
        raise WireError("the connection ended inside an event") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise WireError(f"the data of `{kind[:40]}` is not JSON: {error}") from None
    return Event(kind, data, payload)


def _length(header: dict[str, Any], name: str, limit: int) -> int:
    value = header.get(name)
    if value is None:
        return 0
    # Python reads `true` as 1, and `Infinity` and 1e400 as a float that no integer equals
    if type(value) is not int or value < 0:
        raise ValueError(f"`{name}` must be a whole number of bytes")
    if value > limit:
        raise ValueError(f"`{name}` may be {limit} at most")
    return value


async def _exactly(reader: asyncio.StreamReader, length: int, arrived: Callable[[int], None] | None) -> bytes:
    if length <= PIECE:
        whole = await reader.readexactly(length)
        if arrived is not None:
            arrived(length)
        return whole
    pieces = bytearray()
    while (left := length - len(pieces)) > 0:
        piece = await reader.readexactly(min(left, PIECE))
        if arrived is not None:
            arrived(len(piece))
        pieces += piece
    return bytes(pieces)


@lru_cache(maxsize=256)
def _chunk_header(rate: int, length: int) -> bytes:
    header = {
        "type": "audio-chunk",
        "data": {"rate": rate, "width": 2, "channels": 1},
        "payload_length": length,
    }
    return json.dumps(header).encode() + b"\n"


def audio_chunk(pcm: bytes, rate: int) -> bytes:
    """One encoded `audio-chunk` of int16 mono; no JSON is built for a length seen before."""
    return _chunk_header(rate, len(pcm)) + pcm


def encode(event: Event) -> bytes:
    """The bytes of one event; small data stands inside the header line."""
    payload = event.payload or b""
    data = event.data
    if event.type == "audio-chunk" and payload and data == {"rate": data.get("rate"), "width": 2, "channels": 1}:
        return audio_chunk(payload, int(data["rate"]))
    header: dict[str, Any] = {"type": event.type}
    apart = b""
    if data:
        apart = _utf8(data)
        if len(apart) > INLINE_LIMIT:
            header["data_length"] = len(apart)
        else:
            header["data"], apart = data, b""
    if payload:
        header["payload_length"] = len(payload)
    return _utf8(header) + b"\n" + apart + payload


def _utf8(value: dict[str, Any]) -> bytes:
    # half a character comes in as a JSON escape, and is quoted back in an error
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def error_event(error: BaseException, engine: str) -> Event:
    """The `error` event for `error`: errors of this program keep their class, others say which engine failed."""
    if isinstance(error, errors.VoiceGatewayError):
        return Event(
            "error",
            {
                "text": error.message,
                "code": error.code or "engine_error",
                "class": type(error).__name__,
                "param": error.param,
                "retry_after": error.retry_after,
                **({"to": error.to} if isinstance(error, errors.Diverted) else {}),
            },
        )
    text = f"The {engine} engine failed: {type(error).__name__}: {error}"
    return Event("error", {"text": text, "code": "engine_failed", "class": "EngineError", "param": None})


def exception_from(event: Event) -> errors.VoiceGatewayError:
    """The error that an `error` event stands for."""
    cls = getattr(errors, str(event.data.get("class", "")), None)
    if not (isinstance(cls, type) and issubclass(cls, errors.VoiceGatewayError)) or cls is errors.ConfigError:
        cls = errors.EngineError
    text = str(event.data.get("text") or "The engine failed and gave no reason.")
    code, param = event.data.get("code"), event.data.get("param")
    wait = event.data.get("retry_after")
    made = cls(
        text,
        code=str(code) if code else None,
        param=str(param) if param else None,
        retry_after=float(wait) if isinstance(wait, int | float) else None,
    )
    if isinstance(made, errors.Diverted):
        made.to = str(event.data.get("to") or "")
    return made
