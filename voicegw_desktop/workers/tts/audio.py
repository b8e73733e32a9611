"""Trimming, fading, joining and resampling of synthesised speech; numpy, so for workers only."""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FloatArray: TypeAlias = "NDArray[np.float32]"
"""float32 samples, one dimension."""

WINDOW_S = 0.005
SILENCE_DB = -46.0
"""A window quieter than this below the loudest one is silence."""
LEAD_S = 0.012
"""Kept before the first loud window, so that a soft onset is not cut."""
TAIL_S = 0.06
"""Kept after the last loud window; consonants fade longer than they start."""
FADE_S = 0.006
TAPS = 32
"""Zero crossings of the resampling filter, both sides together."""


def trim(audio: FloatArray, rate: int) -> FloatArray:
    """Cut the silence before and after the speech; empty when nothing is audible."""
    window = max(1, int(rate * WINDOW_S))
    count = len(audio) // window
    if count < 3:
        return audio
    level: FloatArray = np.sqrt(np.mean(np.square(audio[: count * window].reshape(count, window)), axis=1))
    loudest = float(level.max())
    if loudest < 1e-4:
        return audio[:0]
    loud = np.flatnonzero(level > loudest * 10 ** (SILENCE_DB / 20))
    start = max(0, int(loud[0]) * window - int(rate * LEAD_S))
    end = min(len(audio), (int(loud[-1]) + 1) * window + int(rate * TAIL_S))
    return audio[start:end]


def fade(audio: FloatArray, rate: int) -> FloatArray:
    """A copy that starts and ends at zero, so that silence can be joined to it without a click."""
    out = np.array(audio, dtype=np.float32)
    length = min(int(rate * FADE_S), len(out) // 2)
    if length:
        ramp = (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, length, dtype=np.float32))).astype(np.float32)
        out[:length] *= ramp
        out[len(out) - length :] *= ramp[::-1]
    return out


def to_int16(audio: FloatArray) -> bytes:
    """int16 little-endian; peaks over full scale are bent, not chopped."""
    over = np.abs(audio) > 0.9
    if over.any():
        audio = audio.copy()
        audio[over] = np.sign(audio[over]) * (0.9 + 0.1 * np.tanh((np.abs(audio[over]) - 0.9) / 0.1))
    return bytes(np.clip(np.rint(audio * 32767), -32768, 32767).astype("<i2").tobytes())


def silence(seconds: float, rate: int) -> bytes:
    """`seconds` of silence as int16 bytes."""
    return b"\0\0" * round(seconds * rate)


@lru_cache(maxsize=8)
def _filters(up: int, down: int) -> tuple[FloatArray, int]:
    """One windowed sinc per output phase (`[up, taps]`), and how many input samples lie left of centre."""
    cut = min(1.0, up / down) * 0.94
    half = int(np.ceil(TAPS / 2 / cut))
    # tap k of phase p weighs input sample floor(t) - half + 1 + k at time t = floor(t) + p/up
    offsets = (np.arange(2 * half) - half + 1)[None, :] - (np.arange(up) / up)[:, None]
    window = np.i0(8.0 * np.sqrt(np.clip(1 - (offsets / half) ** 2, 0, None))) / np.i0(8.0)
    taps = np.sinc(offsets * cut) * cut * window
    taps /= taps.sum(axis=1, keepdims=True)
    return taps.astype(np.float32), half


def resample(audio: FloatArray, rate: int, wanted: int) -> FloatArray:
    """`audio` at `wanted` samples per second, band-limited with a Kaiser-windowed sinc."""
    if rate == wanted or not len(audio):
        return audio
    shared = gcd(rate, wanted)
    up, down = wanted // shared, rate // shared
    taps, half = _filters(up, down)
    length = int(np.ceil(len(audio) * up / down))
    position = np.arange(length, dtype=np.int64) * down
    base = position // up
    phase = position % up
    padded = np.concatenate([np.zeros(half - 1, np.float32), audio.astype(np.float32), np.zeros(half + 1, np.float32)])
    out: FloatArray = np.zeros(length, np.float32)
    for tap in range(2 * half):
        out += padded[base + tap] * taps[phase, tap]
    return out
