"""What finals of a live stream hear of a long utterance, and when they hear all of it; without a model."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from tests.workers.test_whisper_windows import Counting, Rehearsed, said
from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.decode import BRIEF_TAIL_S, INTERIM_TAIL_S
from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Recogniser, TimedWord
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Urgency
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.utterance import FINAL_S, Utterance

pytestmark = pytest.mark.unit

PACE = 3
"""Words a second of the made-up speech below."""


class Reader:
    """A recogniser of speech whose samples hold the number of the word that is said."""

    continues = multilingual = True
    vocabulary = Counting()

    def __init__(self) -> None:
        self.doubts = False
        """Every interim is doubtful, and every result for a final that hears a part."""
        self.heard_s: list[tuple[bool, float]] = []
        """For each decode whether it was for a final, and the seconds of audio."""

    def decode(self, audio: Any, options: Any, *, prefix: Any, final: bool, words: bool, **_: Any) -> Hypothesis:
        self.heard_s.append((final, len(audio) / RATE))
        tokens = tuple(int(n) for n in np.unique(audio[audio > 0]) if np.sum(audio == n) > RATE / PACE / 2)
        assert tokens[: len(prefix)] == tuple(prefix)
        starts = [float(np.argmax(audio == n)) / RATE for n in tokens]
        timed = tuple(TimedWord(f"w{n}", s, s + 0.2, 1.0, 1) for n, s in zip(tokens, starts, strict=True))
        text = self.vocabulary.text(tokens)
        doubtful = self.doubts and (options.part or not final)
        return Hypothesis(text, tokens, words=timed if words else (), doubtful=doubtful)


async def _told(reader: Reader, seconds: int, language: str | None = "en") -> tuple[LiveStream, Utterance]:
    """A stream after interims of so many seconds of speech, and its utterance."""

    async def emit(kind: str, data: dict[str, Any]) -> None:
        pass

    options = StreamOptions(DecodeOptions(language))
    stream = LiveStream(Engine(cast("Recogniser", reader), DecodeQueue(), None), options, emit)
    numbers = np.arange(seconds * RATE) * PACE // RATE + 1
    stream._tape.append(numbers.astype(np.float32))
    speech = Utterance(0, 0, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    for end in range(RATE, seconds * RATE + 1, RATE):
        speech.voiced_until = end
        await stream._interim(speech, end)
    return stream, speech


async def test_a_final_of_a_long_utterance_hears_what_was_said_last_and_tells_all_with_its_times() -> None:
    reader = Reader()
    stream, speech = await _told(reader, 20)
    await stream._prepare(speech, 20 * RATE, Urgency.SPECULATIVE)
    final, heard_s = reader.heard_s[-1]
    assert final
    assert FINAL_S <= heard_s < FINAL_S + 4
    assert speech.ready is not None
    assert speech.ready.tokens == tuple(range(1, 20 * PACE + 1))
    assert [word.text for word in speech.ready.words] == [f"w{n}" for n in speech.ready.tokens]
    starts = [word.start_s for word in speech.ready.words]
    assert starts == pytest.approx([n / PACE for n in range(20 * PACE)], abs=0.01)
    # the next one, after a short pause, needs no more
    await stream._prepare(speech, 20 * RATE, Urgency.FINAL)
    assert reader.heard_s[-1] == (True, heard_s)


async def test_a_final_hears_all_of_a_short_utterance() -> None:
    reader = Reader()
    stream, speech = await _told(reader, 7)
    await stream._prepare(speech, 7 * RATE, Urgency.SPECULATIVE)
    assert reader.heard_s[-1] == (True, 7.0)


async def test_a_final_hears_all_where_the_language_is_not_known_yet() -> None:
    reader = Reader()
    stream, speech = await _told(reader, 20, language=None)
    stream._hearing.language = None
    await stream._prepare(speech, 20 * RATE, Urgency.SPECULATIVE)
    assert reader.heard_s[-1] == (True, 20.0)


async def test_a_final_hears_all_after_a_doubtful_part() -> None:
    reader = Reader()
    stream, speech = await _told(reader, 20)
    reader.doubts = True
    await stream._prepare(speech, 20 * RATE, Urgency.SPECULATIVE)
    (_, part_s), (_, all_s) = reader.heard_s[-2:]
    assert part_s < all_s == 20.0
    assert speech.ready is not None
    assert not speech.ready.doubtful
    assert speech.ready.tokens == tuple(range(1, 20 * PACE + 1))


async def test_a_result_whose_words_have_no_times_for_all_of_it_shortens_nothing() -> None:
    reader = Reader()
    whole = reader.decode
    reader.decode = lambda *a, **how: replace(it := whole(*a, **how), words=it.words[1:])  # type: ignore[method-assign]
    stream, speech = await _told(reader, 20)
    await stream._prepare(speech, 20 * RATE, Urgency.SPECULATIVE)
    assert reader.heard_s[-1] == (True, 20.0)
    assert speech.ready is not None
    assert speech.ready.tokens == tuple(range(1, 20 * PACE + 1))


def _whisper(*results: Hypothesis) -> Rehearsed:
    vocabulary = cast("Any", Counting())
    return Rehearsed(cast("Any", SimpleNamespace()), cast("Any", None), vocabulary, False, results=list(results))


def test_a_doubtful_part_is_not_heard_in_longer_windows() -> None:
    whisper = _whisper(said(1, 2, 3, sure=-0.6))
    heard = whisper.decode(np.zeros(4 * RATE, np.float32), DecodeOptions("en", part=True))
    assert heard.doubtful
    assert whisper.tails == [BRIEF_TAIL_S]


def _spoken(*starts: float) -> tuple[TimedWord, ...]:
    return tuple(TimedWord(f"w{n}", s, s + 0.3, 1.0, 1) for n, s in enumerate(starts))


def _noise(seconds: float) -> Any:
    return np.random.default_rng(1).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize(("third_s", "doubtful"), [(1.0, False), (3.0, True)])
def test_a_part_with_more_sound_between_two_words_than_they_take_is_doubtful(third_s: float, doubtful: bool) -> None:
    whisper = _whisper(replace(said(1, 2, 3, 4), words=_spoken(0.1, 0.5, third_s, third_s + 0.5)))
    heard = whisper.decode(_noise(third_s + 1), DecodeOptions("en", part=True), words=True)
    assert heard.doubtful is doubtful


@pytest.mark.parametrize("found", [(1, 2, 9, 3, 4), (1, 2, 3, 4)])
def test_a_sentence_left_out_in_a_short_window_is_looked_for_in_the_full_one(found: tuple[int, ...]) -> None:
    whisper = _whisper(replace(said(1, 2, 3, 4), words=_spoken(0.1, 0.5, 3.0, 3.5)), said(*found))
    heard = whisper.decode(_noise(4), DecodeOptions("en"), words=True)
    assert heard.tokens == found
    assert heard.full_window is (len(found) > 4)
    assert whisper.tails == [BRIEF_TAIL_S, 30.0]


def test_an_interim_that_left_a_sentence_out_is_doubtful_and_not_heard_again() -> None:
    whisper = _whisper(replace(said(1, 2, 3, 4), words=_spoken(0.1, 0.5, 3.0, 3.5)))
    assert whisper.decode(_noise(4), DecodeOptions("en"), final=False, words=True).doubtful
    assert whisper.tails == [INTERIM_TAIL_S]


async def test_a_doubtful_interim_is_not_shown_and_the_next_one_hears_all() -> None:
    reader = Reader()
    stream, speech = await _told(reader, 12)
    assert reader.heard_s[-1][1] < 6
    reader.doubts = True
    earlier = list(speech.recent)
    await stream._interim(speech, 12 * RATE)
    assert list(speech.recent) == earlier
    reader.doubts = False
    await stream._interim(speech, 12 * RATE)
    assert reader.heard_s[-1] == (False, 12.0)


@pytest.mark.parametrize(
    ("given", "joined", "windows"), [((1,), False, 2), ((1, 2), False, 2), ((1, 2), True, 1), ((1, 2, 3), False, 1)]
)
def test_a_pause_behind_a_context_and_one_between_given_words_are_no_sentence_left_out(
    given: tuple[int, ...], joined: bool, windows: int
) -> None:
    words = tuple(replace(word, tokens=1) for word in _spoken(0.1, 0.5, 3.0, 3.5))
    whisper = _whisper(replace(said(1, 2, 3, 4), words=words), said(1, 2, 3, 4))
    whisper.decode(_noise(4), DecodeOptions("en", joined=joined), prefix=given, words=True)
    assert len(whisper.tails) == windows
