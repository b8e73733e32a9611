"""Histograms as whole numbers: bucket n is the n-th group of 64 bits, so that adding numbers adds histograms.

By hand: Python adds, subtracts and shifts such numbers as fast as C; a loop over the buckets of a thousand models would
take longer than a report may, and a sketch library keeps objects that cannot be taken away from one another.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from voicegw_desktop.storage.percentiles import value_of

METRICS = ("ttfb", "total", "gateway", "recorded")
"""`recorded` is the `ttfb` of transcriptions of recordings. The order is stored."""
BITS = 64  # of a bucket
BYTES = BITS // 8
_HEAD = struct.Struct("<BHHB")  # metric, first bucket, buckets, bytes of a count


def of_counts(counts: Mapping[int, int]) -> int:
    """The histogram with these counts by bucket."""
    if not counts:
        return 0
    first = min(counts)
    slots = [0] * (max(counts) - first + 1)
    for bucket, count in counts.items():
        slots[bucket - first] = count
    return int.from_bytes(struct.pack(f"<{len(slots)}Q", *slots), "little") << (BITS * first)


def _slots(histogram: int) -> tuple[int, tuple[int, ...]]:
    """The first bucket that holds something, and the counts from there on."""
    first = ((histogram & -histogram).bit_length() - 1) // BITS
    rest = histogram >> (BITS * first)
    count = -(-rest.bit_length() // BITS)
    return first, struct.unpack(f"<{count}Q", rest.to_bytes(count * BYTES, "little"))


def pack(histograms: Mapping[str, int]) -> bytes:
    """Bytes for a column, of histograms by metric: of each count only as many bytes as the largest one needs."""
    packed = bytearray()
    for number, metric in enumerate(METRICS):
        histogram = histograms.get(metric)
        if not histogram:
            continue
        first, slots = _slots(histogram)
        width = -(-max(slots).bit_length() // 8)
        plain = struct.pack(f"<{len(slots)}Q", *slots)
        packed += _HEAD.pack(number, first, len(slots), width)
        for byte in range(width):
            packed += plain[byte::BYTES]
    return bytes(packed)


def unpack(packed: bytes) -> Iterator[tuple[str, int]]:
    """(metric, histogram) of what `pack` made."""
    at, end = 0, len(packed)
    while at < end:
        metric, first, slots, width = _HEAD.unpack_from(packed, at)
        at += _HEAD.size
        plain = bytearray(slots * BYTES)
        for byte in range(width):
            plain[byte::BYTES] = packed[at : at + slots]
            at += slots
        yield METRICS[metric], int.from_bytes(plain, "little") << (BITS * first)


def total(histogram: int) -> int:
    """How many samples it has."""
    return sum(_slots(histogram)[1]) if histogram else 0


def quantiles(histogram: int, percentiles: Iterable[float]) -> tuple[int, dict[float, float | None]]:
    """How many samples there are, and the values at each of `percentiles` (0-100), None where there are none."""
    if not histogram:
        return 0, dict.fromkeys(percentiles)
    first, slots = _slots(histogram)
    seen = list(accumulate(slots))
    count = seen[-1]
    return count, {p: value_of(first + bisect_left(seen, max(1, math.ceil(count * p / 100)))) for p in percentiles}
