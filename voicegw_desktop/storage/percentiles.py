"""Percentiles from histograms with logarithmic buckets, which add up over days and targets without the samples.

By hand: the buckets are rows that SQL adds up; a sketch library would keep blobs that only Python can read.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping

GROWTH = 1.04  # each bucket's upper bound over its lower one: answers are within 2 % of the true value
_LOG = math.log(GROWTH)
LARGEST = 1e12  # ms, 31 years
SMALLEST = 0.01  # ms; everything below shares bucket 0


def bucket_of(value: float) -> int:
    """The bucket that holds `value` (milliseconds); what is no number is in the first, what is too long in the last."""
    if not value > SMALLEST:
        return 0
    return max(0, math.ceil(math.log(min(value, LARGEST) / SMALLEST) / _LOG))


@functools.cache
def value_of(bucket: int) -> float:
    """The value that stands for a bucket: its geometric mean, whose relative error to both ends is equal."""
    return SMALLEST if bucket == 0 else SMALLEST * GROWTH**bucket * 2 / (1 + GROWTH)


def quantiles(counts: Mapping[int, int], percentiles: Iterable[float]) -> dict[float, float | None]:
    """Values at each of `percentiles` (0-100), None where there are no samples."""
    total = sum(counts.values())
    wanted = sorted(set(percentiles))
    found: dict[float, float | None] = dict.fromkeys(wanted)
    if not total:
        return found
    position = iter(sorted(counts.items()))
    bucket, seen = 0, 0
    for percentile in wanted:
        rank = max(1, math.ceil(total * percentile / 100))
        while seen < rank:
            bucket, count = next(position)
            seen += count
        found[percentile] = value_of(bucket)
    return found


def exact(values: Iterable[float], percentiles: Iterable[float]) -> dict[float, float | None]:
    """The nearest-rank percentiles of a short list."""
    ordered = sorted(values)
    return {p: ordered[max(1, math.ceil(len(ordered) * p / 100)) - 1] if ordered else None for p in percentiles}


def label(percentile: float) -> str:
    """The name of a percentile, such as `p50` or `p99.9`."""
    return f"p{percentile:g}"
