"""The part of protobuf's encoding that LiveKit's end-of-turn messages and the metadata of networks need.

The app does not import protobuf's package.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""
LONGEST_VARINT = 10  # bytes
MOST_FIELDS = 256
"""Fields of one message; LiveKit's have fewer than ten. Reading millions would delay everything else."""


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(field number, value): an int for a varint, else bytes. ValueError for what is no message."""
    at = count = 0
    while at < len(data):
        count += 1
        if count > MOST_FIELDS:
            raise ValueError(f"it has more than {MOST_FIELDS} fields")
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise ValueError("a field has the number 0")
        if kind == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == BYTES:
            size, at = _varint(data, at)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise ValueError(f"field {number} has the unknown wire type {kind}")
        if at + size > len(data):
            raise ValueError(f"field {number} ends after the message")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(LONGEST_VARINT):
        if at + i >= len(data):
            break
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + i + 1
    raise ValueError("a number is not whole")


def varint(value: int) -> bytes:
    """A whole number from 0 on."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def whole(number: int, value: int) -> bytes:
    """A field that holds a whole number; nothing for 0, which is what a missing one means."""
    return varint(number << 3 | VARINT) + varint(value) if value else b""


def single(number: int, value: float) -> bytes:
    """A field that holds a float."""
    return varint(number << 3 | FIXED32) + struct.pack("<f", value)


def block(number: int, value: bytes) -> bytes:
    """A field that holds a message, a text in UTF-8 or bytes."""
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def table(number: int, values: Mapping[str, float]) -> bytes:
    """A field `map<string, float>`."""
    return b"".join(block(number, block(1, key.encode()) + single(2, value)) for key, value in values.items())


def moment(number: int, ns: int) -> bytes:
    """A field `Timestamp` or `Duration` of nanoseconds, from 0 on."""
    return block(number, whole(1, ns // 1_000_000_000) + whole(2, ns % 1_000_000_000))


def nanoseconds(data: bytes) -> int:
    """The value of a `Timestamp` or `Duration`; ValueError for what is none."""
    parts = {number: value for number, value in fields(data) if isinstance(value, int)}
    return parts.get(1, 0) * 1_000_000_000 + parts.get(2, 0)
