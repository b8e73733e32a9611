"""Frames between the program and its sound process: JSON messages and int16 mono samples at RATE."""

from __future__ import annotations

import json
import struct
from typing import Any

RATE = 24_000
"""Samples per second in both directions: what Realtime and the speech endpoint speak."""
BLOCK_MS = 10
BLOCK = RATE // 1000 * BLOCK_MS * 2  # bytes
MESSAGE, SAMPLES = 0, 1
HEAD = struct.Struct(">BI")
MOST = 16 * 1024 * 1024  # bytes of one frame


def message(value: dict[str, Any]) -> bytes:
    """A JSON message as a frame."""
    return frame(MESSAGE, json.dumps(value).encode())


def frame(kind: int, payload: bytes) -> bytes:
    """Kind, length, payload."""
    return HEAD.pack(kind, len(payload)) + payload


def milliseconds(octets: int) -> float:
    """How long so many bytes of samples sound."""
    return octets / 2 / RATE * 1000
