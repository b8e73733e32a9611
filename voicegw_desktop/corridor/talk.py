"""Is somebody plainly talking? A measure so cheap that the app can take it of every stream that leaves the machine.

It is no voice detector: it may miss soft or noisy speech, and is made to hear none in what is not. Speech is loud
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
LOOKED_AT = 40  # samples of each frame whose loudness counts
LEAST = 400  # of 65535 between a frame's lowest and highest sample
ABOVE_QUIET = 4.0  # times the swing of the quietest frame lately, 12 dB
QUIET_BLOCK = 10  # frames; the quiet of the room is the lowest of BLOCKS such
BLOCKS = 15
PITCHES = range(80, 2001)  # upward crossings of zero in a second that a voice has
SYLLABLE = 3  # frames; what is shorter is a knock
SYLLABLES = 3
ENOUGH = 1.0  # s of voice
MOVES = 0.33  # standard deviation of the crossings by their mean; chords 0.2, voices 0.4 to 0.7
MOST = 2 * FRAMES  # frames looked at of one piece: a recording that comes in one must not hold the loop
PAUSE = 5 * FRAMES  # frames without a voice after which what was heard before is forgotten
SIGNS = bytes([0] * 128 + [1] * 128)
RISE = b"\x01\x00"


class Talk:
    """Listens to int16 mono little-endian samples in pieces of any size."""

    def __init__(self, rate: int) -> None:
        self._size = max(1, rate // FRAMES) * 2
        self._stride = max(1, rate // FRAMES // LOOKED_AT)
        self._rest = b""
        self._quiets: deque[int] = deque(maxlen=BLOCKS)
        self._block = 0
        self._block_quiet = 0
        self.forget()

    def forget(self) -> None:
        """What was said so far is answered; the quiet of the room stays known."""
        self._run: list[int] = []
        self._count = self._sum = self._squares = 0
        self._syllables = 0
        self._silent = 0
        self.plain = False
        """Has somebody plainly talked since?"""

    def hear(self, pcm: bytes) -> None:
        """The next samples."""
        data = self._rest + pcm
        size = self._size
        end = len(data) - len(data) % size
        for at in range(max(0, end - MOST * size), end, size):
            self._frame(data[at : at + size])
        self._rest = data[end:]

    def _frame(self, frame: bytes) -> None:
        samples = array("h", frame)[:: self._stride]
        swing = max(samples) - min(samples)
        loud = swing >= max(LEAST, ABOVE_QUIET * self._quiet(swing))
        crossings = frame[1::2].translate(SIGNS).count(RISE) * FRAMES if loud else 0
        if loud and crossings in PITCHES:
            self._run.append(crossings)
            self._silent = 0
            return
        self._syllable()
        self._silent += 1
        if self._silent >= PAUSE and not self.plain:
            self.forget()

    def _quiet(self, swing: int) -> int:
        if self._block == 0 or swing < self._block_quiet:
            self._block_quiet = swing
        self._block += 1
        quiet = min(self._block_quiet, *self._quiets) if self._quiets else self._block_quiet
        if self._block == QUIET_BLOCK:
            self._quiets.append(self._block_quiet)
            self._block = 0
        return quiet

    def _syllable(self) -> None:
        run, self._run = self._run, []
        if len(run) < SYLLABLE:
            return
        self._syllables += 1
        self._count += len(run)
        self._sum += sum(run)
        self._squares += sum(c * c for c in run)
        if not self.plain and self._syllables >= SYLLABLES and self._count >= ENOUGH * FRAMES:
            mean = self._sum / self._count
            self.plain = math.sqrt(max(0.0, self._squares / self._count - mean * mean)) >= MOVES * mean


class Ear(Protocol):
    """What `Unanswered` listens with."""

    plain: bool

    def hear(self, pcm: bytes) -> None: ...

    def forget(self) -> None: ...


class Unanswered:
    """What a target was plainly told and has given no sign of hearing."""

    def __init__(self, ear: Ear, unheard: Callable[[], bool]) -> None:
        """`unheard` is called when a sign is overdue; False: nothing is done about it, and all begins anew."""
        self._ear, self._unheard = ear, unheard
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Has somebody plainly talked since the last sign?"""
        return self._ear.plain

    def hear(self, pcm: bytes, patience_s: float) -> None:
        """The target was given these samples; once they are plainly talk, it has `patience_s` for a sign."""
        self._ear.hear(pcm)
        if self._ear.plain and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(patience_s, self._due)

    def _due(self) -> None:
        self._timer = None
        if not self._unheard():
            self.sign()

    def sign(self) -> None:
        """The target gave one."""
        self._ear.forget()
        self.close()

    def close(self) -> None:
        """Nobody waits for a sign any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
