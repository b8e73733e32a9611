"""Turn int16 frames of any rate into 16 kHz float samples, piece by piece, without seams."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from voicegw_desktop.core.errors import BadRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16_000  # samples per second that whisper and the voice detector hear
LOWEST, HIGHEST = 4_000, 384_000  # samples per second
LOBES = 12  # zero crossings of the filter on each side
PHASES = 1024
"""Places between two samples that the filter is made for; rates that need more of them get the nearest one."""
BLOCK = 1 << 18  # products of samples and filter that are in memory at once

Samples: TypeAlias = "NDArray[np.float32]"
"""A float32 numpy array of 16 kHz mono samples in -1..1."""


class Resampler:
    """int16 little-endian bytes at `rate` in, float32 in -1..1 at 16 kHz out; keeps what the next piece needs."""

    def __init__(self, rate: int) -> None:
        if not LOWEST <= rate <= HIGHEST:
            raise BadRequest(
                f"The sample rate {rate} is outside {LOWEST}-{HIGHEST}; send 16000, 24000 or 48000.", param="rate"
            )
        self.rate = rate
        shared = gcd(rate, RATE)
        self._up, self._down = RATE // shared, rate // shared
        self._odd = b""
        self._received = 0
        self._kernel: Samples = np.zeros((0, 0), np.float32)
        if rate != RATE:
            self._kernel = self._design()
        self._reach = self._kernel.shape[1] // 2
        self._tail: Samples = np.zeros(self._reach, np.float32)
        self._next = 0  # numerator over `up` of the next output's place, counted from the start of the tail's centre

    def _design(self) -> Samples:
        cutoff = min(1.0, self._up / self._down) * 0.95
        reach = int(np.ceil(LOBES / cutoff))
        taps = np.arange(-reach, reach + 1, dtype=np.float64)
        # 383,999 Hz would need 16,000 phases, 10 million numbers
        count = min(self._up, PHASES)
        phases = (np.arange(count, dtype=np.float64)[:, None] + (0 if count == self._up else 0.5)) / count
        place = taps[None, :] - phases
        window = np.cos(np.pi * np.clip(place / (reach + 1), -1, 1) / 2) ** 2
        kernel: NDArray[np.float64] = cutoff * np.sinc(cutoff * place) * window
        kernel /= kernel.sum(axis=1, keepdims=True)
        return kernel.astype(np.float32)

    def push(self, pcm: bytes) -> Samples:
        """All 16 kHz samples that the audio so far determines. An odd byte waits for its other half."""
        if self._odd:
            pcm = self._odd + pcm
        self._odd = pcm[-1:] if len(pcm) % 2 else b""
        fresh = np.frombuffer(pcm, "<i2", count=len(pcm) // 2).astype(np.float32) / 32768.0
        self._received += len(fresh)
        return fresh if self.rate == RATE else self._filter(fresh)

    @property
    def received_s(self) -> float:
        """Seconds of audio pushed so far."""
        return self._received / self.rate

    def flush(self) -> Samples:
        """The samples still held back by the filter; call once, at the end."""
        if self.rate == RATE:
            return np.zeros(0, np.float32)
        return self._filter(np.zeros(self._reach, np.float32))

    def _filter(self, fresh: Samples) -> Samples:
        data = np.concatenate((self._tail, fresh))
        # an output centred at i needs data[i : i + 2 reach + 1]
        usable = len(data) - 2 * self._reach
        if usable <= 0:
            self._tail = data
            return np.zeros(0, np.float32)
        count = max(0, -(-(usable * self._up - self._next) // self._down))
        steps = self._next + np.arange(count, dtype=np.int64) * self._down
        frames = np.lib.stride_tricks.sliding_window_view(data, 2 * self._reach + 1)
        out: Samples = np.empty(count, np.float32)
        # all at once, eight seconds of 384 kHz would take half a gigabyte
        size = max(1, BLOCK // frames.shape[1])
        for at in range(0, count, size):
            part = steps[at : at + size]
            phase = part % self._up * len(self._kernel) // self._up
            np.einsum("ij,ij->i", frames[part // self._up], self._kernel[phase], out=out[at : at + size])
        self._next = self._next + count * self._down - usable * self._up
        self._tail = data[usable:]
        return out
