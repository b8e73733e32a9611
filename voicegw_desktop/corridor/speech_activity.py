"""Measures whether speech is plainly there, cheaply enough for every stream that leaves the machine.

It is no voice detector: it may miss soft or noisy speech, but reports no speech where there is none. Speech is loud
against the quiet of its own room, comes in syllables, and its pitch and colour move from one to the next. A fan or
hiss is as loud as its own quiet, a knock or key is too short, and a chord keeps its pitch while it fades.
"""

from __future__ import annotations

import asyncio
import math
from array import array
from collections import deque
from collections.abc import Callable
from typing import Protocol

FRAMES = 50  # a second
SAMPLES_MEASURED = 40  # of each frame; its loudness needs no more
MIN_SWING = 400  # of 65535 between a frame's lowest and highest sample
MIN_ABOVE_QUIET = 4.0  # times the swing of the quietest frame lately, 12 dB
QUIET_BLOCK = 10  # frames; the quiet of the room is the lowest of BLOCKS such
BLOCKS = 15
PITCHES = range(80, 2001)  # upward crossings of zero in a second that a voice has
MIN_SYLLABLE = 3  # frames; what is shorter is a knock
MIN_SYLLABLES = 3
MIN_VOICED_S = 1.0
MIN_CROSSING_CV = 0.33  # standard deviation of the crossings by their mean; chords 0.2, voices 0.4 to 0.7
MAX_FRAMES = 2 * FRAMES  # measured of one piece: a recording that comes in one must not hold the loop
PAUSE = 5 * FRAMES  # frames without a voice after which what was heard before is forgotten
SIGNS = bytes([0] * 128 + [1] * 128)  # of each high byte: 1 where the sample is negative
UPWARD = b"\x01\x00"  # in signs: a negative sample, then one that is not


class SpeechActivityEstimator:
    """Measures int16 mono little-endian samples in pieces of any size."""

    def __init__(self, rate: int) -> None:
        self._size = max(1, rate // FRAMES) * 2
        self._stride = max(1, rate // FRAMES // SAMPLES_MEASURED)
        self._rest = b""
        self._quiets: deque[int] = deque(maxlen=BLOCKS)
        self._block = 0
        self._block_quiet = 0
        self.forget()

    def forget(self) -> None:
        """Start again: what was said until now is answered. The quiet of the room stays known."""
        self._run: list[int] = []
        self._count = self._sum = self._squares = 0
        self._syllables = 0
        self._silent = 0
        self.plain = False
        """Whether there has plainly been speech since the last `forget`."""

    def hear(self, pcm: bytes) -> None:
        """The next samples."""
        data = self._rest + pcm
        size = self._size
        end = len(data) - len(data) % size
        for at in range(max(0, end - MAX_FRAMES * size), end, size):
            self._frame(data[at : at + size])
        self._rest = data[end:]

    def _frame(self, frame: bytes) -> None:
        samples = array("h", frame)[:: self._stride]
        swing = max(samples) - min(samples)
        loud = swing >= max(MIN_SWING, MIN_ABOVE_QUIET * self._quiet(swing))
        # the high byte of a sample has its sign; bytes are counted in C, samples would be in Python
        crossings = frame[1::2].translate(SIGNS).count(UPWARD) * FRAMES if loud else 0
        if loud and crossings in PITCHES:
            self._run.append(crossings)
            self._silent = 0
            return
        self._syllable()
        self._silent += 1
        # syllables before a long pause were other sounds; certain speech counts until it is answered
        if self._silent >= PAUSE and not self.plain:
            self.forget()

    def _quiet(self, swing: int) -> int:
        if self._block == 0 or swing < self._block_quiet:
            self._block_quiet = swing
        self._block += 1
        # the present block counts before it is full: a room may become quiet at any moment
        quiet = min(self._block_quiet, *self._quiets) if self._quiets else self._block_quiet
        if self._block == QUIET_BLOCK:
            self._quiets.append(self._block_quiet)
            self._block = 0
        return quiet

    def _syllable(self) -> None:
        run, self._run = self._run, []
        if len(run) < MIN_SYLLABLE:
            return
        self._syllables += 1
        self._count += len(run)
        self._sum += sum(run)
        self._squares += sum(c * c for c in run)
        if not self.plain and self._syllables >= MIN_SYLLABLES and self._count >= MIN_VOICED_S * FRAMES:
            mean = self._sum / self._count
            self.plain = math.sqrt(max(0.0, self._squares / self._count - mean * mean)) >= MIN_CROSSING_CV * mean


class SpeechActivity(Protocol):
    """What `Unanswered` measures with."""

    plain: bool
    """Whether there has plainly been speech since the last `forget`."""

    def hear(self, pcm: bytes) -> None:
        """The next int16 mono samples."""
        ...

    def forget(self) -> None:
        """Start again: what was said until now is answered."""
        ...


class Unanswered:
    """Speech that a target was given and has not responded to."""

    def __init__(self, activity: SpeechActivity, overdue: Callable[[], bool]) -> None:
        """`overdue` is called when a response is late; False: it does nothing, and the measurement starts again."""
        self._activity, self._overdue = activity, overdue
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether there was plainly speech since the last response."""
        return self._activity.plain

    def hear(self, pcm: bytes, patience_s: float) -> None:
        """The target was given these samples; once they are plainly speech, it has `patience_s` to respond."""
        self._activity.hear(pcm)
        if self._activity.plain and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(patience_s, self._due)

    def _due(self) -> None:
        self._timer = None
        if not self._overdue():
            self.note_response()

    def note_response(self) -> None:
        """Reset the stall timer: the target responded."""
        self._activity.forget()
        self.close()

    def close(self) -> None:
        """Stop waiting for a response; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
