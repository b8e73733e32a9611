"""Where the words of a known text lie in the audio, and how surely the text closes a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.audio import Samples
from voicegw_desktop.workers.whisper.ending import PLAIN, closing
from voicegw_desktop.workers.whisper.hypothesis import Hypothesis, TimedWord
from voicegw_desktop.workers.whisper.sounds import loud, tidy
from voicegw_desktop.workers.whisper.tokens import Vocabulary

FRAMES_PER_STEP = 2  # mel frames that the encoder makes one step of
STEPS_PER_S = 50
ANY_MARK = 0.8  # probability of all closing marks together from which on the text surely closes


def closed(result: Any, tokens: Sequence[int], vocabulary: Vocabulary, language: str) -> float | None:
    """How likely the mark was that closes the text, 0 without one; None: the library told no probabilities.

    Where some closing mark was all but certain, it is PLAIN at least: a small model that cannot tell a question from a
    statement is unsure of the mark, and not of the end.
    """
    if not closing(vocabulary.text(tokens), language):
        return 0.0
    steps = result.logits[0] if result.logits else []
    # the last step is that of the end of the text, where it was reached
    at = len(steps) - (1 + (len(steps) > len(result.sequences_ids[0])))
    if at < 0:
        return None
    logits = np.array(steps[at], dtype=np.float64).ravel()
    odds = np.exp(logits - logits.max())
    mark, any_mark = odds[tokens[-1]] / odds.sum(), odds[vocabulary.closing].sum() / odds.sum()
    return float(max(mark, PLAIN) if any_mark >= ANY_MARK else mark)


def placed(heard: Hypothesis, found: Any, vocabulary: Vocabulary, frames: int, audio: Samples) -> Hypothesis:
    """`heard` with the places of its words, and how likely its closing mark is, as the alignment `found` has them."""
    jumps: dict[int, int] = {}
    for token_index, time_index in found.alignments:
        jumps.setdefault(token_index, time_index)
    last = frames / FRAMES_PER_STEP
    words: list[TimedWord] = []
    at = 0
    for text, count in vocabulary.words(heard.tokens, heard.language):
        begin = jumps.get(at, last) / STEPS_PER_S
        end = jumps.get(at + count, last) / STEPS_PER_S
        probs = found.text_token_probs[at : at + count]
        at += count
        if not guards.plain(text) and words:
            before = words[-1]
            words[-1] = replace(before, text=before.text + text, tokens=before.tokens + count)
            continue
        sure = float(np.mean(probs)) if len(probs) else heard.confidence
        words.append(TimedWord(text, begin, max(begin, end), round(sure, 4), count))
    timed = tuple(replace(w, text=w.text.strip()) for w in tidy(words, loud(audio)) if w.text.strip())
    mean = float(np.mean([w.confidence for w in timed])) if timed else heard.confidence
    ending = closing(heard.text, heard.language) and float(found.text_token_probs[-1])
    if ending and heard.ending is not None and heard.ending >= PLAIN:
        ending = max(ending, PLAIN)
    return replace(heard, words=timed, confidence=round(mean, 4), ending=ending)
