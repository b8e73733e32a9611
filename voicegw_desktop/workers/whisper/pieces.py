"""Give a recogniser that hears piece by piece each piece of an utterance once."""

from __future__ import annotations

from collections.abc import Callable

from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Listening
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Wish
from voicegw_desktop.workers.whisper.tape import Tape
from voicegw_desktop.workers.whisper.utterance import Utterance

PIECE_S = 0.2  # of new audio that is worth a decode
LONGEST_PIECE_S = 2.0  # of audio in one decode, so that other streams wait no longer than for that
GUESS_MS = 200.0  # of silence from which on the end is guessed: shorter ones lie between words and within them
AGAIN_S = 5.0  # of audio that a stream may hear again, because the person went on after a guessed end
AGAIN_SHARE = 0.25  # of what it heard, by which that grows
AGAIN_MOST_S = 30.0  # at most


class Pieces:
    """What one stream gives to the recogniser, utterance after utterance.

    A network that hears piece by piece holds its last words back until it heard what follows. To have them, silence is
    put behind the audio, and then it can hear no more. So where the person goes on after an end was guessed, the
    utterance is heard again from its beginning, by a new `Listening`; how much is heard again is limited.
    """

    def __init__(self, listen: Callable[[DecodeOptions], Listening], queue: DecodeQueue, tape: Tape) -> None:
        self._listen, self._queue, self._tape = listen, queue, tape
        self._listening: Listening | None = None
        self._first = 0
        """Where the utterance begins that is heard."""
        self._at = 0
        """Where what it has not heard begins."""
        self._furthest = 0
        self._again = AGAIN_S * RATE
        """Samples that may be heard again."""

    def waiting(self, utterance: Utterance, end: int) -> int:
        """Samples up to `end` that were not heard yet."""
        return end - (self._at if self._hears(utterance) else utterance.first)

    def next_end(self, utterance: Utterance, end: int) -> int:
        """Where the next piece ends, of what waits up to `end`."""
        return min(end, end - self.waiting(utterance, end) + int(LONGEST_PIECE_S * RATE))

    def may_guess(self, utterance: Utterance, end: int) -> bool:
        """Whether an end at `end` may be guessed. If the person goes on, the utterance is heard again."""
        return end - utterance.first <= self._again

    async def decode(
        self, utterance: Utterance, end: int, urgency: Wish, options: DecodeOptions, *, final: bool, words: bool
    ) -> Hypothesis:
        """What was said up to sample `end`; `final`: silence follows. Raises Unwanted, and has then heard nothing."""
        before = self._listening if self._hears(utterance) else None
        fresh = self._tape.cut(end - self.waiting(utterance, end), end)

        def hear() -> tuple[Listening, Hypothesis]:
            listening = before or self._listen(options)
            return listening, listening.hear(fresh, prefix=utterance.committed, final=final, words=words)

        listening, heard = await self._queue.run(urgency, hear)
        self._listening = None if final else listening
        self._first, self._at = utterance.first, end
        new = min(len(fresh), max(0, end - self._furthest))
        self._furthest = max(self._furthest, end)
        self._again = min(AGAIN_MOST_S * RATE, self._again + AGAIN_SHARE * new - (len(fresh) - new))
        return heard

    def _hears(self, utterance: Utterance) -> bool:
        return self._listening is not None and self._first == utterance.first
