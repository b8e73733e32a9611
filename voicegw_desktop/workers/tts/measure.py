"""Measures an engine's time for clauses as in use: each of a length that it has not met before."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Protocol

from voicegw_desktop.workers.tts.audio import FloatArray
from voicegw_desktop.workers.tts.onnx import Stop
from voicegw_desktop.workers.tts.speak import Voice

_TEXT = (
    "the quick brown fox jumps over a lazy dog by the river while seven tall ships sail along this narrow shore "
    "under quiet evening clouds and children wave from an old stone bridge"
)
WORDS = _TEXT.split()
MEASURED = (2, 4, 6)
"""Words of the clauses that are measured. A card plans its convolutions again for each length that differs from the
last, so a length that is repeated would show times that no text in use has."""
WARMED_UP = (1, 3, 8, 16, 30)
"""Words of the clauses that a card speaks before it is used: each kernel is loaded at its first use."""


class Speaks(Protocol):
    """The part of an engine that is measured."""

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        """A voice by its name, the engine's usual one for None."""
        ...

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> FloatArray:
        """Float samples of one clause."""
        ...


def say(engine: Speaks, text: str) -> FloatArray:
    """`text` with the engine's usual voice."""
    return engine.synthesise(text, engine.voice(None, None, None), 1.0, Stop())


_starts = itertools.count(0, 5)


def clauses(sizes: tuple[int, ...]) -> list[str]:
    """One clause of each number of words; in each call of other words, and so of other lengths in speech."""
    start = next(_starts)
    return [" ".join(WORDS[(start + i) % len(WORDS)] for i in range(size)) + "." for size in sizes]


def warm_up(engine: Speaks, device: str) -> None:
    """Let a card compute on several lengths, so that the first request costs what any later one costs."""
    if device != "cpu":
        for text in clauses(WARMED_UP):
            say(engine, text)


def clauses_s(engine: Speaks, now: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that a loaded engine takes for one clause of each measured size, all of them new to it."""
    texts = clauses(MEASURED)
    began = now()
    for text in texts:
        say(engine, text)
    return now() - began
