"""Recognisers that give text, and some of them the places of its pieces: their tokens are characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.ending import closing
from voicegw_desktop.workers.whisper.guards import ENDINGS
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Likely, TimedWord, Told, Wanted

CLOSED = 0.75  # how surely a closing mark ends the sentence: these models hardly ever leave it out
SHORTEST_S = 0.1  # of audio that is decoded
LONGEST_PIECE_S = 0.4  # that the last piece of a word takes, where no word follows
ANY = frozenset({"auto", "multi"})
UNKNOWN = "und"
"""What BCP-47 says of text whose language is not known."""
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf" ?(?:[{_WIDE}]|[^ {_WIDE}]+)")
"""Kana and Chinese characters are written without spaces: each is a word of its own."""


class Letters:
    """Tokens of a model that gives text only: each is one character."""

    def __init__(self, languages: Sequence[str] = ("en",)) -> None:
        """`languages`: two-letter codes of what the model knows; empty where its files do not say."""
        self.languages = languages

    def language(self, wanted: str | None) -> str | None:
        """The two-letter code of a BCP-47 tag; None: not named, and there are several or none is known.

        Raises BadRequest for one that the model does not know.
        """
        only = self.languages[0] if len(self.languages) == 1 else None
        tag = (wanted or "auto").lower().replace("_", "-").split("-")[0]
        if tag in ANY:
            return only
        if not self.languages or tag in self.languages:
            return tag
        known = "English only" if only == "en" else ", ".join(self.languages)
        raise BadRequest(
            f'This model supports {known}, and the request asks for language "{wanted}". '
            "Use a model of several languages, for example whisper/base.",
            param="language",
            code="language_not_supported",
        )

    def tokens(self, text: str) -> tuple[int, ...]:
        """One for each character, a space before the first word."""
        return tuple(map(ord, f" {text.strip()}")) if text.strip() else ()

    def text(self, tokens: Sequence[int]) -> str:
        """What they say."""
        return "".join(map(chr, tokens)).strip()

    def words(self, tokens: Sequence[int], language: str) -> list[tuple[str, int]]:
        """(word with the space before it, its number of characters)."""
        found = _WORDS.findall("".join(map(chr, tokens)))
        return [(word, len(word)) for word in found]

    def without_final_marks(self, tokens: Sequence[int]) -> list[int]:
        """`tokens` less the punctuation at their end."""
        kept = list(tokens)
        while kept and unicodedata.category(chr(kept[-1]))[0] in "PS":
            kept.pop()
        return kept


@dataclass(frozen=True, slots=True)
class Said:
    """What a model heard."""

    text: str
    language: str | None = None
    """A two-letter code, where the model tells it."""
    pieces: Sequence[str] = ()
    """The pieces that the text is made of, spaces included, where the model tells when they were said."""
    starts: Sequence[float] = ()
    """Second at which each piece begins."""
    scores: Sequence[float] = ()
    """Natural logarithm of each piece's probability; empty where the model tells none."""


class TextRecogniser:
    """A `whisper.hypothesis.Recogniser` of a model that gives no more than `Said`; a subclass says what it hears."""

    multilingual = False
    continues = False

    def __init__(self, languages: Sequence[str] = ("en",), *, marks: bool = True) -> None:
        """`languages` as `Letters` has them. `marks`: the model writes full stops; False: not known before it does."""
        self.vocabulary = Letters(languages)
        self._marks = marks

    def said(self, audio: Samples, language: str | None) -> Said:
        """What is said in at least 0.1 s of audio. Raises EngineError."""
        raise NotImplementedError

    def decode(
        self,
        audio: Samples,
        options: DecodeOptions,
        *,
        prefix: Sequence[int] = (),
        final: bool = True,
        words: bool = False,
        likely: Likely | None = None,
        told: Told | None = None,
        wanted: Wanted | None = None,
    ) -> Hypothesis:
        """What is said in `audio`. It has no score of its own; prompt, key terms and beam change nothing."""
        said = self.said(audio, options.language) if len(audio) >= SHORTEST_S * RATE else Said("")
        return self.hypothesis(said, len(audio) / RATE, options, prefix, words)

    def hypothesis(
        self, said: Said, length_s: float, options: DecodeOptions, prefix: Sequence[int], words: bool
    ) -> Hypothesis:
        """What was said in so many seconds, as streams want it: as tokens that begin with `prefix`."""
        language = said.language or options.language or self.vocabulary.language(None) or UNKNOWN
        heard = self.vocabulary.tokens(said.text)
        tokens = self._beginning_with(prefix, heard, language)
        text = self.vocabulary.text(tokens)
        # where promised words were heard otherwise, the places of the words are not known
        timed = self._timed(said, language, length_s) if words and tokens == heard else ()
        self._marks = self._marks or text.endswith(ENDINGS)
        # of a model that writes no full stops, the sound alone tells, unless the last word leaves the sentence open
        closed = closing(text if self._marks else f"{text}.", language)
        ending = (CLOSED if closed else 0.0) if words else None
        return Hypothesis(text=text, tokens=tokens, language=language, words=timed, ending=ending, scored=False)

    def _timed(self, said: Said, language: str, length_s: float) -> tuple[TimedWord, ...]:
        """The words with their times, where the pieces are those of the text."""
        joined, text = "".join(said.pieces), said.text.strip()
        words = self.vocabulary.words(self.vocabulary.tokens(text), language)
        whole = sum(count for _, count in words) == len(text) + 1
        if joined.strip() != text or len(said.starts) != len(said.pieces) or not whole:
            return ()
        # the piece of each character
        of = [number for number, piece in enumerate(said.pieces) for _ in piece]
        of = of[len(joined) - len(joined.lstrip()) :]
        spans: list[tuple[str, int, int, int]] = []
        at = -1  # the tokens have a space before the first word
        for word, count in words:
            spans.append((word.strip(), of[at + count - len(word.strip())], of[at + count - 1], count))
            at += count
        starts = [said.starts[first] for _, first, _, _ in spans]
        timed = []
        for (word, first, last, count), start_s, next_s in zip(spans, starts, [*starts[1:], length_s], strict=True):
            end_s = max(start_s, min(next_s, said.starts[last] + LONGEST_PIECE_S))
            scores = said.scores[first : last + 1]
            sure = exp(sum(scores) / len(scores)) if scores else 1.0
            timed.append(TimedWord(word, start_s, end_s, round(sure, 4), count))
        return tuple(timed)

    def _beginning_with(self, prefix: Sequence[int], heard: tuple[int, ...], language: str) -> tuple[int, ...]:
        """The promised words, and those heard behind as many."""
        if heard[: len(prefix)] == tuple(prefix):
            return heard
        promised = len(self.vocabulary.words(prefix, language))
        behind = sum(count for _, count in self.vocabulary.words(heard, language)[:promised])
        return (*prefix, *heard[behind:])


def noise() -> Samples:
    """A second of it, so that the first decode is as fast as the others."""
    return np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
