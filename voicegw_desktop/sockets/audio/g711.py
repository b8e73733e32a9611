"""G.711 µ-law and A-law to and from int16 (ITU-T G.711), by table; the standard library dropped audioop in 3.13."""

from __future__ import annotations

import sys
from array import array
from functools import lru_cache
from typing import Literal

Law = Literal["pcmu", "pcma"]

_BIAS = 0x84
_CLIP = 32_635


def decode(data: bytes, law: Law) -> bytes:
    """int16 little-endian samples for 8-bit companded ones."""
    table = _decode_table(law)
    return _little(array("h", [table[b] for b in data]))


def encode(pcm: bytes, law: Law) -> bytes:
    """8-bit companded samples for int16 little-endian ones."""
    samples = array("h")
    samples.frombytes(pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    table = _encode_table(law)
    return bytes([table[s & 0xFFFF] for s in samples])


def _little(samples: array[int]) -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


@lru_cache(maxsize=2)
def _decode_table(law: Law) -> tuple[int, ...]:
    return tuple((_from_mu if law == "pcmu" else _from_a)(code) for code in range(256))


@lru_cache(maxsize=2)
def _encode_table(law: Law) -> bytes:
    one = _to_mu if law == "pcmu" else _to_a
    return bytes(one(n - 65_536 if n > 32_767 else n) for n in range(65_536))


def _from_mu(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS << ((code & 0x70) >> 4)) - _BIAS
    return -magnitude if code & 0x80 else magnitude


def _to_mu(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


def _from_a(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
    return magnitude if code & 0x80 else -magnitude


def _to_a(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(sample if sample >= 0 else ~sample, 32_767) >> 4
    exponent = max(0, magnitude.bit_length() - 4)
    mantissa = magnitude & 0x0F if exponent == 0 else magnitude >> exponent - 1 & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
