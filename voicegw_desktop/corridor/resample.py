"""A small streaming resampler for speech, for targets that do not speak at the rate they were asked for.

By hand: packages for it need numpy, which the app process does not import.
"""

from __future__ import annotations

import sys
from array import array


class Resampler:
    """Int16 mono in pieces from one rate to another, by straight lines between samples."""

    def __init__(self, from_rate: int, to_rate: int) -> None:
        self._step = from_rate / to_rate
        self._position = 0.0
        self._last: int | None = None
        self.same = from_rate == to_rate

    def feed(self, pcm: bytes) -> bytes:
        """The part of the output that this piece completes."""
        if self.same or not pcm:
            return pcm
        samples = array("h", pcm)
        if sys.byteorder == "big":
            samples.byteswap()
        if self._last is not None:
            samples.insert(0, self._last)
        out = array("h")
        at, step, last = self._position, self._step, len(samples) - 1
        while at < last:
            index = int(at)
            low = samples[index]
            out.append(round(low + (samples[index + 1] - low) * (at - index)))
            at += step
        self._position = at - last
        self._last = samples[-1]
        if sys.byteorder == "big":
            out.byteswap()
        return out.tobytes()
