"""Where a recording has sound, and what that says of the words that a model places in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import TimedWord

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENVELOPE_S = 0.02
QUIET_LEVEL = 0.002  # of full scale
QUIET_SHARE = 0.12  # of the loud parts' level
PAUSE_S = 0.16  # of quiet at a word's border that does not belong to it
MISSED_S = 1.0  # of sound behind the last word that makes it be decoded again
LEFT_OUT_S = 1.2  # of sound from the begin of a word to that of the next; in noise, a pause is sound, too


def loud(audio: Samples) -> NDArray[np.bool_]:
    """For every 20 ms whether there is sound, by the recording's own level."""
    size = int(ENVELOPE_S * RATE)
    count = len(audio) // size
    level: Samples = np.sqrt(np.mean(np.square(audio[: count * size].reshape(count, size)), axis=1))
    is_loud: NDArray[np.bool_] = level > max(QUIET_LEVEL, QUIET_SHARE * float(np.percentile(level, 95)))
    return is_loud


def behind(words: Sequence[TimedWord], tokens: int, *, with_last: bool) -> Sequence[TimedWord]:
    """The words behind those of the first `tokens` tokens; `with_last`: and the last one of these."""
    known = sum(count <= tokens for count in accumulate(word.tokens for word in words))
    return words[max(0, known - with_last) :]


def left_out(words: Sequence[TimedWord], sound: NDArray[np.bool_]) -> bool:
    """Whether between two words, or in one of them, there is so much sound that some must have been left out."""
    begins = [int(word.start_s / ENVELOPE_S) for word in words]
    return any(np.sum(sound[at:after]) * ENVELOPE_S >= LEFT_OUT_S for at, after in pairwise(begins))


def tidy(words: list[TimedWord], sound: NDArray[np.bool_]) -> list[TimedWord]:
    """Take pauses out of the words: attention gives a pause, and an edge of the neighbour, to a word.

    Of the sounds in a word's span that pauses separate, the longest is the word; of the last word's, the first.
    """
    tidied: list[TimedWord] = []
    for index, word in enumerate(words):
        first, last = int(word.start_s / ENVELOPE_S), int(np.ceil(word.end_s / ENVELOPE_S))
        heard = np.flatnonzero(sound[first:last])
        if len(heard):
            gaps = np.flatnonzero(np.diff(heard) * ENVELOPE_S > PAUSE_S)
            sounds = np.split(heard, gaps + 1)
            longest = sounds[0] if index == len(words) - 1 else max(sounds, key=len)
            start = max(word.start_s, (first + int(longest[0])) * ENVELOPE_S)
            end = min(word.end_s, (first + int(longest[-1]) + 1) * ENVELOPE_S)
            # a stop consonant is quiet too: only a real pause moves a border
            word = replace(
                word,
                start_s=start if start - word.start_s > PAUSE_S else word.start_s,
                end_s=end if word.end_s - end > PAUSE_S else word.end_s,
            )
        tidied.append(word)
    return tidied
