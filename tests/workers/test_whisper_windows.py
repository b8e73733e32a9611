"""Whisper hears a short window first and longer ones where the result is doubtful."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.decode import (
    BRIEF_TAIL_S,
    INTERIM_TAIL_S,
    SHORT_TAIL_S,
    TAIL_S,
    Whisper,
    token_limit,
)
from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Likely
from voicegw_desktop.workers.whisper.queue import Unwanted
from voicegw_desktop.workers.whisper.utterance import Utterance

pytestmark = pytest.mark.unit


def test_an_interim_of_the_first_second_has_room_for_few_words_and_a_final_for_many() -> None:
    assert [token_limit(int(s * RATE), final=False) for s in (0.8, 5.0, 29.0)] == [20, 88, 224]
    assert [token_limit(int(s * RATE), final=True) for s in (0.8, 5.0, 29.0)] == [36, 104, 224]


@dataclass
class Rehearsed(Whisper):
    """Gives results from a list, and notes how much silence each window had behind the audio."""

    results: list[Hypothesis] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)
    most: list[int | None] = field(default_factory=list)
    drawn: list[tuple[str | None, float]] = field(default_factory=list)
    """Language and temperature of each result."""

    def _encode(self, audio: Any, tail_s: float) -> Any:
        self.tails.append(tail_s)
        return None, 100

    def _generate(self, *how: Any, most: int | None = None, **__: Any) -> Hypothesis:
        self.most.append(most)
        self.drawn.append((how[1].language, how[4]))
        return replace(self.results.pop(0), language=how[1].language or "en")

    def _with_words(self, heard: Hypothesis, *_: Any) -> Hypothesis:
        return heard


class Counting:
    """A vocabulary in which token 1 is w1, and 0 the beginning of any word."""

    languages = ("en",)

    def text(self, tokens: Any) -> str:
        return " ".join(f"w{token or ''}" for token in tokens)

    def words(self, tokens: Any, language: str) -> list[tuple[str, int]]:
        return [(f" w{token or ''}", 1) for token in tokens]

    def without_final_marks(self, tokens: Any) -> list[int]:
        return list(tokens)


def said(*tokens: int, sure: float = -0.2) -> Hypothesis:
    return Hypothesis(text=Counting().text(tokens), tokens=tokens, language="en", avg_logprob=sure)


def rehearsed(*results: Hypothesis) -> Rehearsed:
    absent: Any = None
    return Rehearsed(absent, absent, cast("Any", Counting()), multilingual=False, results=list(results))


GOOD = said(1, 2, 3)
EMPTY = Hypothesis(language="en")
DOUBTFUL = said(1, 2, 4, sure=-0.5)
ROUND = replace(GOOD, text="he was not he was not he was not he was not he was not he was not", tokens=(1, 2, 3) * 6)


@pytest.mark.parametrize(
    ("results", "tails"),
    [
        ([GOOD], [BRIEF_TAIL_S]),
        ([EMPTY, GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S]),
        ([DOUBTFUL, GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S]),
        ([said(1, 2, 3, 2, 3), GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S]),
        ([said(1, 2, 3, 1, 2), GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S]),
        ([said(1, 2, 3, 3, 3), GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S]),
        ([DOUBTFUL, EMPTY, GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S, TAIL_S]),
        ([DOUBTFUL, ROUND, GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S, TAIL_S]),
        ([DOUBTFUL, ROUND, ROUND, GOOD], [BRIEF_TAIL_S, SHORT_TAIL_S, TAIL_S, 30.0]),
    ],
)
def test_a_final_hears_a_longer_window_where_the_shorter_one_is_doubtful(
    results: list[Hypothesis], tails: list[float]
) -> None:
    whisper = rehearsed(*results)
    heard = whisper.decode(np.zeros(2 * RATE, np.float32), DecodeOptions("en"))
    assert (heard.text, whisper.tails, whisper.results) == (GOOD.text, tails, [])


def test_nothing_is_written_once_the_result_is_of_no_use() -> None:
    whisper = rehearsed(GOOD)
    answers = [True, False]
    audio = np.zeros(2 * RATE, np.float32)
    assert whisper.decode(audio, DecodeOptions("en"), wanted=lambda: answers.pop(0)).text == GOOD.text
    with pytest.raises(Unwanted):
        whisper.decode(audio, DecodeOptions("en"), wanted=lambda: answers.pop(0))
    assert (whisper.tails, answers) == ([BRIEF_TAIL_S, BRIEF_TAIL_S], [])


@pytest.mark.parametrize("empty", [False, True])
def test_where_the_language_is_wrong_nothing_is_drawn_by_chance(empty: bool) -> None:
    whisper = rehearsed(*([EMPTY] * 3 if empty else [DOUBTFUL, ROUND, ROUND, ROUND]), GOOD)
    whisper.multilingual = True
    whisper._detect = lambda encoded, options: (replace(options, language="en"), 0.95)  # type: ignore[method-assign]
    heard = whisper.decode(np.zeros(2 * RATE, np.float32), DecodeOptions("he"))
    assert (heard.text, heard.language, whisper.results) == (GOOD.text, "en", [])
    assert whisper.drawn == [("he", 0.0)] * (3 if empty else 4) + [("en", 0.0)]


def test_almost_thirty_seconds_are_decoded_in_one_window() -> None:
    whisper = rehearsed(DOUBTFUL)
    whisper.decode(np.zeros(int(29.4 * RATE), np.float32), DecodeOptions("en"), final=True)
    assert whisper.tails == [TAIL_S]


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize(
    ("tokens", "seconds", "kept"),
    [
        ((1, 2, 3) * 6, 1.0, (1, 2, 3)),
        ((1, 2, 3, 1, 2, 3, 1), 1.0, (1, 2, 3)),
        ((1,) * 9, 1.0, (1,)),
        ((1, 2, 3, 4, 1, 2), 1.0, (1, 2, 3, 4)),
        # a person may say a word four times in two seconds
        ((1,) * 4, 2.0, (1,) * 4),
    ],
)
def test_what_is_said_over_and_over_faster_than_one_can_speak_was_said_once(
    tokens: tuple[int, ...], seconds: float, kept: tuple[int, ...], final: bool
) -> None:
    whisper = rehearsed(said(*tokens), said(*kept))
    heard = whisper.decode(np.zeros(int(seconds * RATE), np.float32), DecodeOptions("en"), final=final)
    assert (heard.tokens, heard.text) == (kept, said(*kept).text)


def test_words_that_were_given_and_come_again_behind_the_others_are_left_out() -> None:
    whisper = rehearsed(said(1, 2, 3, 4, 5, 1, 2, 3))
    heard = whisper.decode(np.zeros(RATE, np.float32), DecodeOptions("en"), prefix=(1, 2), final=False)
    assert heard.tokens == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("results", "kept", "most"),
    [
        # repeats itself: it need not be longer
        ([said(1, 2, 3, 1, 2, 3)], (1, 2, 3), [6]),
        # the last word is cut off in its middle
        ([Hypothesis("w12 w3 w4 w12 w3 w", (12, 3, 4, 12, 3, 0), "en", avg_logprob=-0.2)], (12, 3, 4), [6]),
        # ends by itself
        ([said(1, 2, 3, 4)], (1, 2, 3, 4), [6]),
        # more was said than was likely
        ([said(1, 2, 3, 4, 5, 6), said(1, 2, 3, 4, 5, 6, 7)], (1, 2, 3, 4, 5, 6, 7), [6, None]),
        # doubtful: the next window decides
        ([said(1, 2, 3, 3, 3, 3), said(1, 2, 3, 4)], (1, 2, 3, 4), [6, None]),
    ],
)
def test_a_result_longer_than_is_likely_is_looked_at_before_it_goes_on(
    results: list[Hypothesis], kept: tuple[int, ...], most: list[int | None]
) -> None:
    whisper = rehearsed(*results)
    heard = whisper.decode(np.zeros(9 * RATE, np.float32), DecodeOptions("en"), likely=Likely(6, 5.0))
    assert (heard.tokens, whisper.most) == (kept, most)


def test_a_doubtful_result_that_no_longer_window_follows_is_ended() -> None:
    whisper = rehearsed(said(1, 2, 3, 3, 3, 3), said(1, 2, 3, 3, 3, 3, 4))
    heard = whisper.decode(np.zeros(25 * RATE, np.float32), DecodeOptions("en"), likely=Likely(6, 5.0))
    assert (heard.tokens, whisper.tails) == ((1, 2, 3, 3, 3, 3, 4), [BRIEF_TAIL_S])


def test_what_is_likely_follows_from_the_result_before() -> None:
    vocabulary: Any = Counting()
    speech = Utterance(0, 0, Evidence(), last_end=2 * RATE)
    assert speech.likely(vocabulary, 0, 3 * RATE) is None
    speech.recent.append(said(1, 2, 3, 4, 5, 6, 7, 8))
    # six tokens and five words in another second of English, and some to spare
    assert speech.likely(vocabulary, 2, 3 * RATE) == Likely(6 + 6 + 3, 6 + 5 + 1)
    # a language that needs ten tokens a second
    speech.recent.append(said(*range(20)))
    assert speech.likely(vocabulary, 0, 3 * RATE) == Likely(20 + 15 + 3, 20 + 5 + 1)


@pytest.mark.parametrize(("joined", "windows"), [(True, 3), (False, 6)])
def test_what_repeats_itself_behind_the_utterance_before_is_left_to_the_caller(joined: bool, windows: int) -> None:
    whisper = rehearsed(*[ROUND] * 6)
    heard = whisper.decode(np.zeros(9 * RATE, np.float32), DecodeOptions("en", joined=joined), prefix=(1,))
    assert len(whisper.most) == windows
    assert guards.repeats(heard.text)


def test_the_words_that_were_given_are_no_copies() -> None:
    whisper = rehearsed(said(1, 1, 2, 3, 2, 3, 2, 3, 2, 3))
    heard = whisper.decode(np.zeros(RATE, np.float32), DecodeOptions("en"), prefix=(1, 1), final=False)
    assert heard.tokens == (1, 1, 2, 3)


def test_a_final_without_a_word_behind_those_given_hears_a_longer_window() -> None:
    whisper = rehearsed(said(1, 2), said(1, 2, 3))
    heard = whisper.decode(np.zeros(RATE, np.float32), DecodeOptions("en"), prefix=(1, 2))
    assert heard.tokens == (1, 2, 3)


@pytest.mark.parametrize(("language", "tail_s"), [("en", INTERIM_TAIL_S), (None, SHORT_TAIL_S)])
def test_an_interim_hears_the_shortest_window_unless_its_language_is_not_known(
    language: str | None, tail_s: float
) -> None:
    whisper = rehearsed(GOOD)
    whisper.multilingual = True
    whisper._detect = lambda encoded, options: (replace(options, language="en"), 1.0)  # type: ignore[method-assign]
    whisper.decode(np.zeros(3 * RATE, np.float32), DecodeOptions(language), final=False)
    assert whisper.tails == [tail_s]
