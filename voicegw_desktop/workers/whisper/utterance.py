"""One utterance while it is heard: what was decoded of it, what of that is promised, and what context it keeps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, takewhile
from math import ceil

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.hypothesis import Hypothesis, Likely, TimedWord, Words
from voicegw_desktop.workers.whisper.queue import Urgency

UNSURE_WORDS = 2  # at the end of an interim that are never committed
AGREEING = 3  # successive results that must agree on a word before it is committed
AMPLE_S = 5.0  # of audio in a result that may be relied on: with less, small models lose or gain a first word
AMPLE = 2  # of the agreeing results, at least, heard that much
FIRST_INTERIM_S = 1.0  # of an utterance before its first interim
INTERIM_S = 1.5  # of new audio between interims, at least
INTERIM_REST = 3  # times what the last interim took, from its start to the next: finals would wait too often
INTERIM_SHARE = 0.3  # of the utterance's length, where each interim hears all of it again
STEADY_FROM_S = FIRST_INTERIM_S + 2 * INTERIM_S  # of an utterance; what is committed first rests on later interims
USUAL_PACE = 6.0  # tokens a second of quick English
FASTER = 1.5  # times the pace so far, which the next words may have
SPARE = 3  # tokens more than that
FASTEST_WORDS = 5.0  # a second; repetitions that come faster are the model's own
JUST_HEARD_S = 0.5
KEPT_WORDS = 2  # settled words that the next decode hears again, for their context
WORTH_S = 1.0  # of audio by which the part that interims hear is made shorter at a time
FINAL_S = 6.0  # of audio that a final hears at least, where the words before it are promised
FINAL_WORTH_S = 2.0  # of audio that it must save
LEAD_S = 0.1  # of audio before the first word of that part


@dataclass
class Utterance:
    """Speech between a start and its endpoint. Samples count from the stream's first."""

    first: int
    voiced_until: int
    evidence: Evidence
    closed: bool = False
    stopped_at: int = 0
    stopped_s: float = 0.0
    """On the stream's clock."""
    parts: list[tuple[str, float]] = field(default_factory=list)
    """Text and score of what was transcribed before `first` moved."""
    words: list[TimedWord] = field(default_factory=list)
    started: int = 0
    committed: tuple[int, ...] = ()
    recent: deque[Hypothesis] = field(default_factory=lambda: deque(maxlen=AGREEING - 1))
    last_end: int = 0
    shown: str = ""
    """Text of the newest interim that the client got."""
    interim_took_s: float = 0.0
    """The newest interim, on the stream's clock."""
    ample: int = 0
    """Results since `first` was set that heard AMPLE_S or more."""
    ready: Hypothesis | None = None
    ready_end: int = 0
    context: tuple[int, ...] | None = None
    """Tokens of the utterance before, whose audio then begins at `context_first`; None: not looked for yet."""
    context_first: int = 0
    settled: tuple[int, ...] = ()
    """Tokens of the words on which two successive results agree: interims do not decode them again."""
    heard_from: int = 0
    """Where interims begin to hear; 0: at `first`."""
    behind: int = 0
    """How many of the settled tokens were said before `heard_from`."""
    said: tuple[TimedWord, ...] = ()
    """The words of the newest result that told their times, which count from `first`."""

    @property
    def finished(self) -> bool:
        """Whether a final hypothesis covers all of the voice."""
        return self.ready is not None and self.ready_end >= self.voiced_until

    def just_heard(self, end: int) -> bool:
        """Whether the decode of a pause covers all but the newest part up to sample `end`."""
        return self.ready is not None and end - self.ready_end < JUST_HEARD_S * RATE

    def believes(self, heard: Hypothesis) -> bool:
        """Whether that was said; the model may invent a sentence for a noise."""
        return bool(self.committed or self.parts) or not guards.invented(
            heard.text,
            avg_logprob=heard.avg_logprob,
            no_speech=heard.no_speech,
            voiced_s=self.evidence.voiced_s,
            voice_prob=self.evidence.mean_prob,
        )

    def interim_due(self, heard: int, *, steady: bool, continues: bool) -> bool:
        """Whether an interim of the voice up to sample `heard` is worth a decode.

        `steady`: the client shows committed words only. `continues`: an interim hears the new part only.
        """
        length = heard - self.first
        if steady and length < STEADY_FROM_S * RATE:
            return False
        share = 0.0 if continues else INTERIM_SHARE
        rest = INTERIM_REST * self.interim_took_s
        enough = max(INTERIM_S * RATE, rest * RATE, share * length) if self.recent else FIRST_INTERIM_S * RATE
        return heard - max(self.last_end, self.first) >= enough

    def part(self) -> tuple[int, tuple[int, ...]]:
        """What the next interim hears: the sample it begins at, and the tokens that are given."""
        earlier = self.recent[-1].tokens if self.recent else ()
        if self.heard_from <= self.first or earlier[: self.behind] != self.settled[: self.behind]:
            self.whole()
            return self.first, self.committed
        return self.heard_from, self.settled[self.behind :]

    def promised_before(self, end: int) -> int:
        """How many of the first words a final up to sample `end` need not hear: promised ones, said long before."""
        latest_s = (end - self.first) / RATE - FINAL_S
        tokens = 0
        starts: list[float] = []
        for word in self.said:
            starts.append(word.start_s)
            tokens += word.tokens
            if tokens > len(self.committed):
                break
        early = [at for at, start_s in enumerate(starts[: -1 - KEPT_WORDS]) if start_s <= latest_s]
        return early[-1] if early and starts[early[-1]] >= FINAL_WORTH_S else 0

    def words_of(self, tokens: int) -> tuple[TimedWord, ...]:
        """The words of the first `tokens` tokens, with their times."""
        counts = accumulate(word.tokens for word in self.said)
        return tuple(word for word, count in zip(self.said, counts, strict=True) if count <= tokens)

    def urgency(self, end: int) -> Urgency | None:
        """How urgent a decode up to sample `end` is, asked for at a pause there; None: the person went on."""
        if self.voiced_until > end:
            return None
        return Urgency.FINAL if self.closed else Urgency.SPECULATIVE

    def likely(self, vocabulary: Words, given: int, end: int) -> Likely | None:
        """What a result up to sample `end` may say behind the first `given` tokens; None: nothing was heard so far."""
        if not self.recent or self.last_end <= self.first:
            return None
        before = self.recent[-1]
        fresh_s = max(0, end - self.last_end) / RATE
        pace = max(USUAL_PACE, FASTER * len(before.tokens) * RATE / (self.last_end - self.first))
        said = before.tokens[given:]
        words = len(vocabulary.words(said, before.language))
        return Likely(len(said) + ceil(pace * fresh_s) + SPARE, words + FASTEST_WORDS * fresh_s + 1)

    def whole(self) -> None:
        """Let the next decode hear the utterance from its beginning."""
        self.settled, self.heard_from, self.behind, self.said = (), 0, 0, ()

    def begin_at(self, first: int, said: int) -> None:
        """Move the beginning to sample `first`; so many tokens were said before it."""
        self.committed = self.committed[said:]
        self.first = self.context_first = first
        self.recent.clear()
        self.ample = 0
        self.whole()
        self.ready = None
        self.last_end = self.ready_end = first

    def settle(self, vocabulary: Words, heard: Hypothesis) -> None:
        """Take words on which `heard` and the result before it agree as settled; interims begin near their end.

        The times of its words count from `first`. Where some words have none, nothing begins later than before.
        """
        whole = sum(word.tokens for word in heard.words) == len(heard.tokens)
        if heard.words:
            self.said = heard.words if whole else ()
        if not self.recent:
            return
        self.settled = agreed(vocabulary, heard, [self.recent[-1]])
        begins, behind = [0], 0
        for word in heard.words if whole else ():
            behind += word.tokens
            if behind > len(self.settled):
                break
            begins.append(behind)
        at = len(begins) - 1 - KEPT_WORDS
        if at < 0:
            return
        start = self.first + int((heard.words[at].start_s - LEAD_S) * RATE)
        if start - max(self.heard_from, self.first) >= WORTH_S * RATE:
            self.heard_from, self.behind = start, begins[at]


def agreed(vocabulary: Words, heard: Hypothesis, earlier: Sequence[Hypothesis]) -> tuple[int, ...]:
    """Tokens of the first words on which `heard` and all of `earlier` agree, less the last ones, which are unsure."""
    ours = vocabulary.words(heard.tokens, heard.language)
    same = len(ours) - UNSURE_WORDS
    for before in earlier:
        theirs = vocabulary.words(before.tokens, before.language)
        pairs = zip(ours, theirs, strict=False)
        alike = takewhile(lambda pair: guards.plain(pair[0][0]) == guards.plain(pair[1][0]), pairs)
        same = min(same, sum(1 for _ in alike))
    return tuple(vocabulary.without_final_marks(heard.tokens[: sum(count for _, count in ours[: max(0, same)])]))


def without_context(vocabulary: Words, heard: Hypothesis, size: int, by_s: float) -> Hypothesis:
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
