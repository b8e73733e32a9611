"""What interims of a live stream hear, when they are made and what they settle; without a model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Recogniser, TimedWord, Words
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Urgency
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.utterance import AMPLE_S, FINAL_S, Utterance
from voicegw_desktop.workers.whisper.vad import CHUNK

pytestmark = pytest.mark.unit

WORDS_AT_ONCE = 3
"""Words a second of the made-up speech below."""


async def test_an_interim_hears_only_what_is_not_settled() -> None:
    """Speech whose samples hold the number of the word that is said, and a recogniser that reads them."""
    vocabulary = SimpleNamespace(
        text=lambda tokens: " ".join(f"w{t}" for t in tokens),
        words=lambda tokens, language: [(f" w{t}", 1) for t in tokens],
        without_final_marks=list,
    )
    length_s: list[tuple[bool, float]] = []

    def decode(audio: Any, options: Any, *, prefix: Any, final: bool, words: bool, **_: Any) -> Hypothesis:
        length_s.append((final, len(audio) / RATE))
        whole = [int(n) for n in np.unique(audio[audio > 0]) if np.sum(audio == n) > RATE / WORDS_AT_ONCE / 2]
        # a word at the end that is half said is misheard
        said = tuple(whole if final else (*whole[:-1], whole[-1] + 0.5))
        assert said[: len(prefix)] == tuple(prefix)
        starts = [float(np.argmax(audio == n)) / RATE for n in whole]
        timed = tuple(TimedWord(f"w{n}", s, s + 0.2, 1.0, 1) for n, s in zip(said, starts, strict=True))
        return Hypothesis(vocabulary.text(said), cast("tuple[int, ...]", said), words=timed if words else ())

    heard: list[str] = []

    async def emit(kind: str, data: dict[str, Any]) -> None:
        heard.append(data["text"])

    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=vocabulary, decode=decode, continues=True))
    stream = LiveStream(Engine(recogniser, DecodeQueue(), None), StreamOptions(), emit)
    seconds = 20
    numbers = np.arange(seconds * RATE) * WORDS_AT_ONCE // RATE + 1
    stream._tape.append(numbers.astype(np.float32))
    speech = Utterance(0, 0, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    for end in range(RATE, seconds * RATE + 1, RATE):
        speech.voiced_until = end
        await stream._interim(speech, end)
    assert max(s for final, s in length_s if not final) < 6
    assert heard[-1].startswith("w1 w2 w3 ")
    assert len(heard[-1].split()) == seconds * WORDS_AT_ONCE
    await stream._prepare(speech, seconds * RATE, Urgency.SPECULATIVE)
    assert FINAL_S <= length_s[-1][1] < FINAL_S + 4
    assert heard[-1] == vocabulary.text(range(1, seconds * WORDS_AT_ONCE + 1))


@pytest.mark.parametrize(("steady", "at_s"), [(False, [1.0, 2.5, 4.0, 5.5, 7.0]), (True, [4.0, 5.5, 7.0])])
async def test_a_client_that_shows_only_sure_words_costs_no_interim_that_commits_none(
    steady: bool, at_s: list[float]
) -> None:
    vocabulary = SimpleNamespace(
        text=lambda tokens: " ".join(f"w{t}" for t in tokens),
        words=lambda tokens, language: [(f" w{t}", 1) for t in tokens],
        without_final_marks=list,
    )
    lengths_s: list[float] = []

    def decode(audio: Any, options: Any, **how: Any) -> Hypothesis:
        lengths_s.append(len(audio) / RATE)
        tokens = tuple(range(1, len(audio) // RATE * WORDS_AT_ONCE + 1))
        return Hypothesis(vocabulary.text(tokens), tokens, "en")

    told: list[dict[str, Any]] = []

    async def emit(kind: str, data: dict[str, Any]) -> None:
        told.append(data)

    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=vocabulary, decode=decode, continues=True))
    options = StreamOptions(DecodeOptions("en"), steady=steady)
    stream = LiveStream(Engine(recogniser, DecodeQueue(), None), options, emit)
    stream._open = speech = Utterance(0, 0, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    for _ in range(29):
        stream._tape.append(np.zeros(RATE // 4, np.float32))
        stream._heard = speech.voiced_until = stream._tape.end
        await stream._once()
    assert lengths_s == at_s
    assert [bool(one["committed"]) for one in told] == [False] * (len(at_s) - 1) + [True]
    stream._ends.speaking = stream._ends._paused = True
    await stream._once()
    assert told[-1]["pause"]
    assert told[-1]["committed"]


async def test_an_interim_is_put_off_a_little_where_speech_may_be_ending() -> None:
    """Else the pause that follows waits for it. Soft speech behind one loud sound has its interims, a little late."""
    vocabulary = SimpleNamespace(
        text=lambda tokens: "so far", words=lambda tokens, language: [], without_final_marks=list
    )
    lengths_s: list[float] = []

    def decode(audio: Any, options: Any, **how: Any) -> Hypothesis:
        lengths_s.append(len(audio) / RATE)
        return Hypothesis("so far", (1,), "en")

    async def emit(kind: str, data: dict[str, Any]) -> None:
        """Take what is sent and keep none of it."""

    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=vocabulary, decode=decode, continues=True))
    stream = LiveStream(Engine(recogniser, DecodeQueue(), None), StreamOptions(DecodeOptions("en")), emit)
    stream._open = speech = Utterance(0, 0, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    stream._ends.speaking = True

    async def hear(chunks: int, level: float) -> None:
        for _ in range(chunks):
            stream._ends.feed(0.9, level)
            stream._tape.append(np.zeros(CHUNK, np.float32))
            stream._heard = speech.voiced_until = stream._tape.end
            await stream._once()

    second = round(RATE / CHUNK)
    await hear(second - 1, 0.5)
    await hear(6, 0.05)
    assert not lengths_s
    await hear(1, 0.1)
    assert lengths_s == [pytest.approx(1.0, abs=0.25)]
    await hear(2 * second, 0.05)
    assert lengths_s[1:] == [pytest.approx(lengths_s[0] + 1.8, abs=0.04)]


async def test_a_slow_model_makes_fewer_interims_so_that_it_is_free_at_the_end() -> None:
    vocabulary = SimpleNamespace(
        text=lambda tokens: "so far", words=lambda tokens, language: [], without_final_marks=list
    )
    lengths_s: list[float] = []
    passed_s = 0.0

    def decode(audio: Any, options: Any, **how: Any) -> Hypothesis:
        nonlocal passed_s
        lengths_s.append(len(audio) / RATE)
        passed_s += 1.0
        return Hypothesis("so far", (1,), "en")

    async def emit(kind: str, data: dict[str, Any]) -> None:
        """Take what is sent and keep none of it."""

    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=vocabulary, decode=decode, continues=True))
    engine, options = Engine(recogniser, DecodeQueue(), None), StreamOptions(DecodeOptions("en"))
    stream = LiveStream(engine, options, emit, lambda: passed_s)
    stream._open = speech = Utterance(0, 0, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    for _ in range(40):
        stream._tape.append(np.zeros(RATE // 4, np.float32))
        stream._heard = speech.voiced_until = stream._tape.end
        await stream._once()
    assert lengths_s == [1.0, 4.0, 7.0, 10.0]


async def test_a_first_word_that_short_audio_loses_is_not_lost_for_good() -> None:
    """A small model hears it only once there is much audio: results of less agree without it, and may not decide."""
    vocabulary = SimpleNamespace(
        text=lambda tokens: " ".join(f"w{t}" for t in tokens),
        words=lambda tokens, language: [(f" w{t}", 1) for t in tokens],
        without_final_marks=list,
    )

    def decode(audio: Any, options: Any, *, prefix: tuple[int, ...], words: bool, **_: Any) -> Hypothesis:
        whole = [int(n) for n in np.unique(audio[audio > 0]) if np.sum(audio == n) > RATE / WORDS_AT_ONCE / 2]
        if len(audio) < AMPLE_S * RATE or prefix:
            whole = [n for n in whole if n > 1]
        said = (*prefix, *(n for n in whole if not prefix or n > prefix[-1]))
        starts = [float(np.argmax(audio == n)) / RATE for n in said]
        timed = tuple(TimedWord(f"w{n}", s, s + 0.2, 1.0, 1) for n, s in zip(said, starts, strict=True))
        return Hypothesis(vocabulary.text(said), said, "en", words=timed if words else ())

    told: list[dict[str, Any]] = []

    async def emit(kind: str, data: dict[str, Any]) -> None:
        told.append(data)

    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=vocabulary, decode=decode, continues=True))
    stream = LiveStream(Engine(recogniser, DecodeQueue(), None), StreamOptions(DecodeOptions("en")), emit)
    stream._tape.append((np.arange(12 * RATE) * WORDS_AT_ONCE // RATE + 1).astype(np.float32))
    speech = Utterance(0, 0, Evidence(voiced_chunks=500, sum_prob=500.0), context=())

    async def hears(end_s: float, *, pause: bool) -> str:
        speech.voiced_until = end = int(end_s * RATE)
        await (stream._prepare(speech, end, Urgency.SPECULATIVE) if pause else stream._interim(speech, end))
        return str(told[-1]["text"])

    for end_s in (3.0, 4.0, 5.5):
        # each hears what is not settled, and repeats what is
        assert (await hears(end_s, pause=False)).startswith("w2 w3 ")
    for end_s in (6.0, 8.0, 10.0, 11.0):
        assert (await hears(end_s, pause=True)).startswith("w1 w2 w3 ")
    assert told[-1]["committed"].startswith("w1 w2 w3 ")


async def test_a_whole_decode_that_hears_something_else_unsettles_the_words_before_it() -> None:
    vocabulary = SimpleNamespace(
        words=lambda tokens, language: [(f" w{t}", 1) for t in tokens], without_final_marks=list
    )
    speech = Utterance(0, 0, Evidence(), context=())
    timed = tuple(TimedWord(f"w{n}", n / 2, n / 2 + 0.3, 1.0, 1) for n in range(9))
    speech.recent.append(Hypothesis(tokens=tuple(range(9))))
    speech.settle(cast("Words", vocabulary), Hypothesis(tokens=tuple(range(9)), words=timed))
    assert (speech.settled, speech.behind) == (tuple(range(7)), 5)
    assert speech.part() == (speech.heard_from, (5, 6))
    speech.recent.append(Hypothesis(tokens=(99, *range(9))))
    assert speech.part() == (0, ())
