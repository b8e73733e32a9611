"""Finds when a person stopped speaking: the last voiced sample of an utterance, and the moment it was spoken.

By the audio itself, with one rule for every target and every wire, so that the latencies of targets can be compared:
what a target says of its endpoint includes the silence that it waits for, and some say nothing.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from itertools import islice

from voicegw_desktop.core.events import Final
from voicegw_desktop.corridor.metering import Measured
from voicegw_desktop.storage.percentiles import bucket_of

FRAMES = 100  # a second
MEASURED = 40  # samples of each frame, which is enough for its loudness
LEAST_SWING = 200  # of 65535 between a frame's lowest and highest sample: below it nothing is heard
ABOVE_QUIET = 4  # times the swing of the quietest frame of the utterance: 12 dB
BELOW_LOUDEST = 20  # the utterance's loudest frame by this, -26 dB: softer sound is a fading end
AHEAD_S = 1.0  # of audio that comes this much sooner than it can have been spoken: a recording
PAUSES = 1000  # times without audio that are known of one stream
WORD_SLACK_S = 0.5  # by which a target's end of the last word may be too early
SOUND = 100  # of 32768, -50 dB: from here on a sample can be heard
KEPT_S = 1000.0  # of levels and arrivals, more than the corridor keeps of one utterance


def first_sound(pcm: bytes) -> int | None:
    """The first of these int16 samples that can be heard; None: they are silence."""
    return next((n for n, sample in enumerate(array("h", pcm)) if not -SOUND < sample < SOUND), None)


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """Where an utterance's speech ended."""

    sample: int
    """In the client's stream: the one after the last that is voiced."""
    at_ns: int
    """Monotonic: when it was spoken, or came, where it came faster than it can have been spoken."""
    recorded: bool
    """Whether the audio came faster than it can have been spoken: no person waits from `at_ns` on."""


class SpeechEnds:
    """Levels and arrivals of one stream of int16 mono samples."""

    def __init__(self, rate: int, opened_ns: int) -> None:
        """`opened_ns`: when the client began the stream, before any of its audio."""
        self._rate, self._opened_ns = rate, opened_ns
        self._size = max(1, rate // FRAMES)
        self._stride = max(1, self._size // MEASURED)
        self._rest = b""
        self._swings: deque[int] = deque(maxlen=round(KEPT_S * FRAMES))
        self._first = 0
        """Number of the first frame in `_swings`."""
        self._arrivals: deque[tuple[int, int]] = deque()
        """(samples received by then, monotonic ns) of each piece."""
        self._pauses = deque([(0, opened_ns)], maxlen=PAUSES)
        """(samples received before, monotonic ns of the piece before) of each time without audio; first the opening."""

    def hear(self, pcm: bytes, now_ns: int) -> None:
        """The client's next samples, which have just come."""
        before, came_ns = self._arrivals[-1] if self._arrivals else (0, self._opened_ns)
        received = before + len(pcm) // 2
        if before and (now_ns - came_ns) / 1e9 - len(pcm) / 2 / self._rate > AHEAD_S:
            self._pauses.append((before, came_ns))
        self._arrivals.append((received, now_ns))
        if received - self._arrivals[0][0] > KEPT_S * self._rate:
            self._arrivals.popleft()
        data = self._rest + pcm
        whole = len(data) - len(data) % (self._size * 2)
        samples = array("h", data[:whole])
        for at in range(0, len(samples), self._size):
            frame = samples[at : at + self._size : self._stride]
            if len(self._swings) == self._swings.maxlen:
                self._first += 1
            self._swings.append(max(frame) - min(frame))
        self._rest = data[whole:]

    def end(self, after: int, until: int) -> SpeechEnd:
        """Where the speech between two samples of the stream ended; at `until` where none of it is louder."""
        first = max(0, after // self._size - self._first)
        last = max(0, -(-until // self._size) - self._first)
        swings = list(self._swings)[first:last]
        sample = until
        if swings:
            enough = max(LEAST_SWING, ABOVE_QUIET * min(swings), max(swings) // BELOW_LOUDEST)
            loud = next((n for n in range(len(swings), 0, -1) if swings[n - 1] >= enough), None)
            if loud is not None:
                sample = min(until, (self._first + first + loud) * self._size)
        return self.at(after, sample)

    def at(self, after: int, sample: int) -> SpeechEnd:
        """The end of speech that began after `after`, at this sample."""
        return SpeechEnd(sample, *self._spoken(after, sample))

    def _spoken(self, after: int, sample: int) -> tuple[int, bool]:
        """When a sample was spoken, and whether the audio since `after` came faster than that is possible."""
        arrivals = self._arrivals
        if not arrivals:
            return self._opened_ns, False
        index = min(bisect_left(arrivals, sample, key=lambda a: a[0]), len(arrivals) - 1)
        begin = bisect_left(arrivals, after, key=lambda a: a[0]) if after else -1
        began = (after, arrivals[min(begin, index)][1] if begin >= 0 else self._opened_ns)
        if self._ahead(*began):
            # several utterances that come at once: they were kept on their way since the last pause, such as while a
            # model was loaded, or they are a recording
            began = next((p for p in reversed(self._pauses) if p[0] <= after), began)
            if self._ahead(*began):
                return arrivals[index][1], True
        begun_ns = began[1]
        # on its way a sample can only lose time: the earliest moment that it or any later one allows is the true one
        spoken = min(
            came - (until - sample) * 1_000_000_000 // self._rate for until, came in islice(arrivals, index, None)
        )
        return max(begun_ns, min(spoken, arrivals[index][1])), False

    def _ahead(self, received: int, at_ns: int) -> bool:
        """Whether the audio since these samples, which were here at `at_ns`, came faster than it can be spoken."""
        until, came_ns = self._arrivals[-1]
        return (until - received) / self._rate - (came_ns - at_ns) / 1e9 > AHEAD_S


@dataclass(frozen=True, slots=True)
class Answered:
    """How long the words of one utterance took."""

    spoken_ns: int
    """Monotonic: the end of speech; of a recording, when all of it was here."""
    decided_ns: int | None
    """Monotonic: when the endpoint was decided, or the client told that the utterance is over; None: neither came."""
    final_ns: int
    """Monotonic: when the words came."""
    recorded: bool
    """The audio came faster than it can have been spoken: a file, or what a client had kept."""
    begin_s: float
    """Seconds into the client's stream."""
    end_s: float

    @property
    def wait_ms(self) -> float:
        """TTFS: from the end of speech to the final transcript."""
        return (self.final_ns - self.spoken_ns) / 1e6


class Waits:
    """The utterances of one transcription run, and how long each of them took."""

    def __init__(self, rate: int, opened_ns: int, *, whole: bool, known_length: bool) -> None:
        """`whole`: the client wants one transcript of everything. `known_length`: it has all audio from the start."""
        self._rate, self._whole, self._recorded = rate, whole, known_length
        self._ends = SpeechEnds(rate, opened_ns)
        self.counts: dict[int, int] = {}
        """How many live utterances took so long, by `percentiles.bucket_of` of their milliseconds."""
        self.first: Answered | None = None

    def hear(self, pcm: bytes, now_ns: int) -> None:
        """The client's next samples, which have just come."""
        self._ends.hear(pcm, now_ns)

    def spoken(self, at_s: float, after: int) -> int:
        """When (monotonic ns) the sample at `at_s` of the client's stream was spoken; `after`: as for `answered`."""
        return self._ends.at(after, round(at_s * self._rate) + 1).at_ns

    def answered(
        self, final: Final, *, after: int, endpoint: int, fed: int, decided_ns: int | None, marked_ns: int, now_ns: int
    ) -> Answered:
        """The words of an utterance came. All samples are the client's.

        `after`: everything before it is final. `endpoint`: where the target found the end, 0: it did not say. `fed`:
        what it was given. `decided_ns`: when it said so. `marked_ns`: when the client last said that the utterance or
        its audio is over.
        """
        until = endpoint if after < endpoint <= fed else fed
        told = round(final.end_s * self._rate)
        if told > after:
            until = min(until, told + round(WORD_SLACK_S * self._rate))
        found = self._ends.end(after, until)
        if found.sample >= until and told > after:
            # loud to the last: not speech then but what surrounds it, in which only the target can tell them apart
            found = self._ends.at(after, min(told, until))
        recorded = self._recorded or found.recorded
        spoken = max(found.at_ns, marked_ns) if recorded and self._whole else found.at_ns
        decided = decided_ns if decided_ns is not None else marked_ns if marked_ns >= spoken else None
        answer = Answered(
            spoken, decided, now_ns, recorded, max(final.start_s, after / self._rate), found.sample / self._rate
        )
        if not recorded and final.text.strip():
            bucket = bucket_of(answer.wait_ms)
            self.counts[bucket] = self.counts.get(bucket, 0) + 1
        if self.first is None and (final.text.strip() or self._whole):
            self.first = answer
        return answer

    def measured(self) -> Measured:
        """How long the client waited."""
        first = self.first
        if first is None:
            return Measured()
        decided = None if first.decided_ns is None else (first.decided_ns - first.spoken_ns) / 1e6
        return Measured(first.wait_ms, self.counts, decided, recorded=first.recorded)
