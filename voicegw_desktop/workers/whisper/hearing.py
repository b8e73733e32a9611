"""Decode what of an utterance is not settled yet, and keep what a stream's next utterance needs of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.hypothesis import Hypothesis, Told
from voicegw_desktop.workers.whisper.pieces import Pieces
from voicegw_desktop.workers.whisper.queue import Wish
from voicegw_desktop.workers.whisper.segments import shifted
from voicegw_desktop.workers.whisper.streams import LANGUAGE_SURE, LANGUAGE_TRIES, Engine, StreamOptions
from voicegw_desktop.workers.whisper.tape import Tape
from voicegw_desktop.workers.whisper.utterance import LEAD_S, Utterance, without_context

TIMED_FROM_S = 3.5  # of audio in an interim from which on it tells where its words lie, so that the next hears less
LANGUAGE_CERTAIN = 0.8  # probability from which on an interim's language is kept
CONTEXT_GAP_S = 1.5  # pause up to which the utterance before is decoded again, its words forced, for its context
CONTEXT_S = 10.0  # of audio used as context
CHAIN_S = 5.0  # of audio up to which the context of the utterance before is used too


@dataclass(frozen=True, slots=True)
class _Piece:
    """Audio to decode, from sample `first` on."""

    first: int
    given: tuple[int, ...]
    """Tokens that its result begins with."""
    context: int = 0
    """How many of them are of the utterance before."""
    before: tuple[int, ...] = ()
    """Tokens of the utterance that were said before `first`."""


class Hearing:
    """What one stream hears of its utterances, one after the other."""

    def __init__(self, engine: Engine, options: StreamOptions, tape: Tape) -> None:
        self._recogniser, self._queue = engine.recogniser, engine.queue
        self._options, self._tape = replace(options.decode, ends=options.adaptive), tape
        self.pieces = Pieces(engine.listen, engine.queue, tape) if engine.listen else None
        """Where the recogniser hears piece by piece."""
        self.language = self._options.language
        """None: not known yet."""
        self._language_tries = 0
        self.previous: Utterance | None = None
        """The utterance before, where its words help to hear the next."""

    async def decode(
        self, utterance: Utterance, end: int, urgency: Wish, *, final: bool, words: bool, told: Told | None = None
    ) -> Hypothesis:
        """What was said up to sample `end`; `told` is called in the event loop. Raises Unwanted.

        An interim decodes only what is not settled, a final what was not promised and what was said last; where that is
        doubtful, all. An interim may stay doubtful. Where it hears piece by piece, it hears what it has not yet. The
        times of its words count from `utterance.first`.
        """
        heard = Hypothesis()
        if self.pieces is not None:
            options = replace(self._options, language=self.language)
            heard = await self.pieces.decode(utterance, end, urgency, options, final=final, words=words)
        for piece in () if self.pieces is not None else self._pieces(utterance, end, final):
            heard = await self._heard(utterance, piece, end, urgency, final=final, words=words, told=told)
            if not heard.doubtful:
                break
        if self.language is None:
            self._learn_language(heard, (end - utterance.first) / RATE, final)
        return heard

    def _pieces(self, utterance: Utterance, end: int, final: bool) -> Iterator[_Piece]:
        if self._recogniser.continues and not final:
            first, given = utterance.part()
            yield _Piece(first, given, before=utterance.settled[: utterance.behind])
            return
        known = self.language is not None and self._recogniser.continues
        if known and (skipped := utterance.promised_before(end)):
            first = utterance.first + int((utterance.said[skipped].start_s - LEAD_S) * RATE)
            size = sum(word.tokens for word in utterance.said[:skipped])
            yield _Piece(first, utterance.committed[size:], before=utterance.committed[:size])
        before = self.look_back(utterance) if final else ()
        first = utterance.context_first if final else utterance.first
        yield _Piece(first, (*before, *utterance.committed), context=len(before))

    async def _heard(
        self,
        utterance: Utterance,
        piece: _Piece,
        end: int,
        urgency: Wish,
        *,
        final: bool,
        words: bool,
        told: Told | None,
    ) -> Hypothesis:
        vocabulary = self._recogniser.vocabulary
        loop = asyncio.get_running_loop()

        def tell(heard: Hypothesis) -> None:
            assert told is not None
            loop.call_soon_threadsafe(lambda: told(self._whole(utterance, piece, heard)))

        known = len(piece.before) + len(piece.given) - piece.context
        timed = not final and self._recogniser.continues and end - piece.first > TIMED_FROM_S * RATE
        joined, part = piece.context > 0, final and bool(piece.before)
        heard = await self._queue.run(
            urgency,
            self._recogniser.decode,
            self._tape.cut(piece.first, end),
            replace(self._options, language=self.language, joined=joined, part=part, ends=final and self._options.ends),
            prefix=piece.given,
            final=final,
            words=words or timed,
            likely=utterance.likely(vocabulary, known, end),
            told=told and tell,
            wanted=(lambda: urgency() is not None) if callable(urgency) else None,
        )
        if heard.doubtful:
            return heard
        heard = self._whole(utterance, piece, heard)
        utterance.settle(vocabulary, heard)
        return heard

    def _whole(self, utterance: Utterance, piece: _Piece, heard: Hypothesis) -> Hypothesis:
        """What was heard in a piece, less its context, and behind what was said before it."""
        vocabulary = self._recogniser.vocabulary
        if piece.context:
            heard = without_context(vocabulary, heard, piece.context, (utterance.first - piece.first) / RATE)
        elif piece.before:
            tokens = (*piece.before, *heard.tokens)
            heard = replace(heard, tokens=tokens, text=vocabulary.text(tokens))
            if heard.words:
                placed = (
                    *utterance.words_of(len(piece.before)),
                    *shifted(heard.words, (piece.first - utterance.first) / RATE),
                )
                sure = sum(word.confidence for word in placed) / len(placed)
                heard = replace(heard, words=placed, confidence=round(sure, 4))
        return heard

    def _learn_language(self, heard: Hypothesis, length_s: float, final: bool) -> None:
        if final and heard.text:
            self._language_tries += 1
            if heard.language_prob >= LANGUAGE_SURE or self._language_tries >= LANGUAGE_TRIES:
                self.language = heard.language
        elif heard.language_prob >= LANGUAGE_CERTAIN and length_s > 2.0:
            self.language = heard.language

    def look_back(self, utterance: Utterance) -> tuple[int, ...]:
        """Join the utterance to the one before when the pause was short: half a sentence alone is misheard."""
        if utterance.context is None:
            utterance.context, utterance.context_first = (), utterance.first
            before = self.previous
            if before is not None and before.ready is not None and self._recogniser.continues:
                context, first = (*(before.context or ()), *before.ready.tokens), before.context_first
                if utterance.first - first >= CHAIN_S * RATE:
                    context, first = before.ready.tokens, before.first
                near = utterance.started - before.voiced_until < CONTEXT_GAP_S * RATE
                if near and utterance.first - first < CONTEXT_S * RATE and first >= self._tape.start:
                    utterance.context, utterance.context_first = context, first
        return utterance.context
