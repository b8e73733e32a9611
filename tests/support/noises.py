"""Sounds without words: silence, noise, music and clicks, made the same way each time. int16 mono, 16 kHz."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

RATE = 16_000
NOTES = (220.0, 261.63, 329.63, 392.0, 440.0, 523.25)  # Hz
BEAT = 0.4  # s


def _pcm(samples: Any) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def quiet(seconds: float) -> bytes:
    """Silence with a last-bit dither."""
    return _pcm(np.random.default_rng(1).integers(-2, 3, int(seconds * RATE)) / 32767)


def noise(seconds: float) -> bytes:
    """White noise whose loudness swells and falls."""
    count = int(seconds * RATE)
    swell = 0.1 * (1 + np.sin(np.arange(count) / RATE * 0.7))
    return _pcm(np.random.default_rng(2).standard_normal(count) * swell)


def hum(seconds: float) -> bytes:
    """Low-passed noise with mains hum, like a fan in a room."""
    count = int(seconds * RATE)
    rough = np.random.default_rng(3).standard_normal(count + 31)
    soft = np.convolve(rough, np.ones(32) / 32, "valid")
    return _pcm(0.3 * soft + 0.1 * np.sin(2 * np.pi * 50 * np.arange(count) / RATE))


def music(seconds: float) -> bytes:
    """Chords with overtones and a decaying beat."""
    count = int(seconds * RATE)
    time = np.arange(count) / RATE
    beat = (time // BEAT).astype(int)
    decay = np.exp(-3 * (time % BEAT) / BEAT)
    rng = np.random.default_rng(4)
    out = np.zeros(count)
    for step in (0, 2, 4):
        order = rng.integers(0, len(NOTES), beat.max() + 1)
        pitch = np.asarray(NOTES)[(order + step) % len(NOTES)][beat]
        for overtone, share in ((1, 0.5), (2, 0.25), (3, 0.12)):
            out += share * np.sin(2 * np.pi * pitch * overtone * time)
    return _pcm(0.2 * out * decay)


def clicks(seconds: float) -> bytes:
    """Keyboard-like clicks at uneven times."""
    count = int(seconds * RATE)
    rng = np.random.default_rng(5)
    out = np.zeros(count)
    at = 0
    while (at := at + int(rng.uniform(0.08, 0.6) * RATE)) < count - 400:
        out[at : at + 400] += rng.standard_normal(400) * np.exp(-np.arange(400) / 60) * 0.6
    return _pcm(out)


NOISES: dict[str, Callable[[float], bytes]] = {
    "silence": quiet,
    "noise": noise,
    "hum": hum,
    "music": music,
    "clicks": clicks,
}
