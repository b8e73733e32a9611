"""Decide from voice probabilities and levels when an utterance starts, pauses and ends; counts chunks.

The detector reports voice for up to two tenths of a second after it has faded. That tail belongs to the
utterance, and to the silence after it as well: the speaker has already stopped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from voicegw_desktop.workers.whisper.vad import CHUNK

CHUNK_MS = CHUNK * 1000 / 16_000
SPEECH = 0.5  # at or above: voice, when a request does not say
SILENCE = 0.35  # below: no voice; between the two nothing changes
START_MS = 96.0  # of voice before a start is believed
START_GAP_MS = 128.0  # of silence that makes a start be forgotten
FAINT = 0.3  # at or above: a word that the detector hardly hears, as the first after a pause
FAINT_GAP_MS = 400.0  # of silence between faint words, and before the voice that they belong to
FAINT_MOST = 47  # chunks of them, 1.5 s, until the start is believed
PAUSE_MS = 90.0  # of silence after which decoding begins, in case the utterance has ended
QUIET = 0.05  # of the utterance's loudest chunk (-26 dB): softer than that is the end of a sound dying away
FADING = 0.15  # of the loudest chunk (-16 dB): speech that soft may be ending
DYING_MS = 96.0  # at most, of what the detector still takes for voice and a listener does not


class Sign(Enum):
    """What a chunk brought."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"


@dataclass
class Evidence:
    """How much of an utterance was voice."""

    voiced_chunks: int = 0
    sum_prob: float = 0.0

    @property
    def voiced_s(self) -> float:
        """Seconds of voice."""
        return self.voiced_chunks * CHUNK_MS / 1000

    @property
    def mean_prob(self) -> float:
        """Mean probability over the voiced chunks, 0..1."""
        return self.sum_prob / self.voiced_chunks if self.voiced_chunks else 0.0


class Endpointer:
    """Feed one probability for each chunk; read `started_at` and `voiced_until`, in chunks since the first."""

    def __init__(self, endpoint_ms: float, pause_ms: float = PAUSE_MS, speech: float = SPEECH) -> None:
        self.endpoint_ms = endpoint_ms
        """Milliseconds of silence that end the utterance; may change during it."""
        self._pause_ms = pause_ms
        self._speech, self._silence = speech, max(0.0, speech - SPEECH + SILENCE)
        self.position = 0
        self.speaking = False
        self.started_at = 0
        self.faint_from = 0
        """Where faint words begin that lead to `started_at`; equal to it without such words."""
        self.voiced_until = 0
        """Index after the last voiced chunk."""
        self._faint: tuple[int, int] | None = None  # the first faint chunk and the last
        self._sounded_until = 0
        """Index after the last one that was loud enough to be heard as voice."""
        self._loudest = self._level = 0.0
        self.evidence = Evidence()
        self._paused = False
        self._candidate: int | None = None
        self._run = 0

    def feed(self, prob: float, level: float = 1.0) -> Sign | None:
        """Take the next chunk's probability and level (its root mean square); returns what changed, if anything."""
        here = self.position
        self.position += 1
        self._level = level
        voiced = prob >= self._speech
        if not self.speaking:
            if prob >= min(FAINT, self._silence):
                self._faint = (self._faint[0] if self._faint else here, here)
            elif self._faint is not None and (here - self._faint[1]) * CHUNK_MS > FAINT_GAP_MS:
                self._faint = None
            return self._wait_for_start(here, prob, voiced, level)
        if voiced:
            self.evidence.voiced_chunks += 1
            self.evidence.sum_prob += prob
        if voiced or (prob >= self._silence and not self._paused and self.voiced_until == here):
            self._voice(here, level)
            if self._paused:
                self._paused = False
                return Sign.RESUMED
            return None
        if self.silence_ms >= self.endpoint_ms:
            self.close()
            return Sign.ENDED
        if self.silence_ms >= self._pause_ms and not self._paused:
            self._paused = True
            return Sign.PAUSED
        return None

    @property
    def silence_ms(self) -> float:
        """Since the last voice that could be heard."""
        dying = min(self.voiced_until - self._sounded_until, int(DYING_MS / CHUNK_MS))
        return (self.position - self.voiced_until + dying) * CHUNK_MS

    @property
    def fading(self) -> bool:
        """The newest chunk is so soft that the speech may be ending in it."""
        return self._level < FADING * self._loudest

    @property
    def unchanged(self) -> int:
        """How many chunks bring nothing new for certain, the last of them aside: they may be fed together."""
        if self.speaking:
            loud = not self._paused and self._sounded_until == self.position
            return math.ceil(self._pause_ms / CHUNK_MS) if loud else 1
        return math.ceil(START_MS / CHUNK_MS) if self._candidate is None else 1

    @property
    def resting(self) -> bool:
        """No utterance is open, and nothing was heard that may begin one."""
        return not self.speaking and self._candidate is None and self._faint is None

    def close(self) -> None:
        """End the utterance now, whatever was heard."""
        self.speaking = self._paused = False
        self._candidate, self._run, self._faint = None, 0, None

    @property
    def paused(self) -> bool:
        """Inside an utterance, in a silence that is not yet its end."""
        return self._paused

    def _voice(self, here: int, level: float) -> None:
        self.voiced_until = here + 1
        self._loudest = max(self._loudest, level)
        if level >= QUIET * self._loudest:
            self._sounded_until = here + 1

    def _wait_for_start(self, here: int, prob: float, voiced: bool, level: float) -> Sign | None:
        if voiced:
            if self._candidate is None:
                self._candidate, self._run, self.evidence, self._loudest = here, 0, Evidence(), 0.0
            self._run += 1
            self.evidence.voiced_chunks += 1
            self.evidence.sum_prob += prob
            self._voice(here, level)
            if self._run * CHUNK_MS >= START_MS:
                self.speaking, self._paused = True, False
                self.started_at = self._candidate
                faint = self._faint[0] if self._faint else here
                self.faint_from = min(self.started_at, max(faint, self.position - FAINT_MOST))
                return Sign.STARTED
        elif self._candidate is not None and (here + 1 - self.voiced_until) * CHUNK_MS >= START_GAP_MS:
            self._candidate, self._run = None, 0
        return None
