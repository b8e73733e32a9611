"""One utterance while it is heard: what was decoded of it, what of that is promised, and what context it keeps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.decode import Hypothesis, TimedWord
from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.tokens import Vocabulary

UNSURE_WORDS = 2  # at the end of an interim that are never committed
AGREEING = 3  # successive results that must agree on a word before it is committed
COMMIT_FROM_S = 5.0  # of audio before anything is committed: with less, small models lose or gain a first word


@dataclass
class Utterance:
    """Speech between a start and its endpoint. Samples count from the stream's first."""

    first: int
    voiced_until: int
    evidence: Evidence
    closed: bool = False
    stopped_at: int = 0
    parts: list[tuple[str, float]] = field(default_factory=list)
    """Text and score of what was transcribed before `first` moved."""
    words: list[TimedWord] = field(default_factory=list)
    started: int = 0
    committed: tuple[int, ...] = ()
    recent: deque[Hypothesis] = field(default_factory=lambda: deque(maxlen=AGREEING - 1))
    last_end: int = 0
    ready: Hypothesis | None = None
    ready_end: int = 0
    context: tuple[int, ...] | None = None
    """Tokens of the utterance before, whose audio then begins at `context_first`; None: not looked for yet."""
    context_first: int = 0

    @property
    def finished(self) -> bool:
        """Whether a final hypothesis covers all of the voice."""
        return self.ready is not None and self.ready_end >= self.voiced_until


def agreed(vocabulary: Vocabulary, heard: Hypothesis, earlier: Sequence[Hypothesis]) -> tuple[int, ...]:
    """Tokens of the first words on which `heard` and all of `earlier` agree, less the last ones, which are unsure."""
    ours = vocabulary.words(heard.tokens, heard.language)
    same = len(ours) - UNSURE_WORDS
    for before in earlier:
        theirs = vocabulary.words(before.tokens, before.language)
        pairs = zip(ours, theirs, strict=False)
        alike = takewhile(lambda pair: guards.plain(pair[0][0]) == guards.plain(pair[1][0]), pairs)
        same = min(same, sum(1 for _ in alike))
    return tuple(vocabulary.without_final_marks(heard.tokens[: sum(count for _, count in ours[: max(0, same)])]))


def without_context(vocabulary: Vocabulary, heard: Hypothesis, size: int, by_s: float) -> Hypothesis:
    """`heard` without its first `size` tokens, which were context, and with times that begin `by_s` later."""
    words, left = [], size
    for word in heard.words:
        if left <= 0:
            start = max(0.0, word.start_s - by_s)
            words.append(replace(word, start_s=start, end_s=max(start, word.end_s - by_s)))
        left -= word.tokens
    tokens = heard.tokens[size:]
    text = vocabulary.text(tokens).lstrip(",.;:!?- ")
    sure = sum(w.confidence for w in words) / len(words) if words else heard.confidence
    return replace(heard, tokens=tokens, text=text, words=tuple(words), confidence=round(sure, 4))
