"""The parts of the whisper worker that need no model."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.audio import RATE, Resampler
from voicegw_desktop.workers.whisper.endpoint import Endpointer, Evidence, Sign
from voicegw_desktop.workers.whisper.hypothesis import Hypothesis, Recogniser, TimedWord
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Urgency
from voicegw_desktop.workers.whisper.recording import LONGEST, Windower
from voicegw_desktop.workers.whisper.segments import cut_point, group
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.tape import Tape
from voicegw_desktop.workers.whisper.utterance import Utterance

pytestmark = pytest.mark.unit


def tone(rate: int, seconds: float = 1.0, pitch: float = 440.0) -> bytes:
    wave = 0.5 * np.sin(2 * np.pi * pitch * np.arange(int(rate * seconds)) / rate)
    return (wave * 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 44_101, 48_000, 383_999])
def test_resampling_keeps_a_tone_and_its_length(rate: int) -> None:
    resampler = Resampler(rate)
    pcm = tone(rate)
    pieces = [resampler.push(pcm[at : at + 641]) for at in range(0, len(pcm), 641)]  # odd sizes, cut inside a sample
    out = np.concatenate([*pieces, resampler.flush()])
    assert abs(len(out) - 16_000) <= 2
    want = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(out)) / 16_000)
    assert np.abs(out - want)[400:-400].max() < 0.01


def test_resampling_in_pieces_equals_resampling_at_once() -> None:
    pcm = np.random.default_rng(0).integers(-9000, 9000, 48_000).astype("<i2").tobytes()
    one, many = Resampler(48_000), Resampler(48_000)
    whole = np.concatenate([one.push(pcm), one.flush()])
    pieces = np.concatenate([*(many.push(pcm[a : a + 1234]) for a in range(0, len(pcm), 1234)), many.flush()])
    assert len(whole) == len(pieces)
    assert np.allclose(whole, pieces, atol=1e-6)


@pytest.mark.parametrize("rate", [384_000, 383_999])
def test_resampling_takes_little_memory_at_any_rate(rate: int) -> None:
    pcm = bytes(4 * rate)
    tracemalloc.start()
    try:
        resampler = Resampler(rate)
        assert abs(len(resampler.push(pcm)) + len(resampler.flush()) - 32_000) <= 2
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 40_000_000


def test_resampling_leaves_nothing_above_its_band() -> None:
    out = Resampler(48_000).push(tone(48_000, pitch=11_000))
    assert np.abs(out[400:-400]).max() < 0.01


def test_a_rate_nobody_records_in_is_refused() -> None:
    with pytest.raises(BadRequest, match="sample rate 12"):
        Resampler(12)


def test_tape_forgets_what_is_old() -> None:
    tape = Tape()
    for value in range(10):
        tape.append(np.full(16_000, value, np.float32))
    tape.forget(50_000)
    assert tape.start == 48_000
    assert tape.cut(64_000, 64_002).tolist() == [4.0, 4.0]
    tape.forget(90_000)
    assert tape.start == 90_000
    assert tape.cut(0, 90_001).tolist() == [5.0]


def signs(probs: list[float], endpoint_ms: float = 400) -> list[tuple[int, Sign]]:
    ends = Endpointer(endpoint_ms)
    return [(i, sign) for i, p in enumerate(probs) if (sign := ends.feed(p))]


def test_a_request_may_ask_for_louder_or_softer_voices() -> None:
    murmur = [0.0] * 5 + [0.4] * 10 + [0.0] * 20
    assert signs(murmur) == []
    for threshold, found in ((0.3, [Sign.STARTED, Sign.PAUSED, Sign.ENDED]), (0.9, [])):
        ends = Endpointer(400, speech=threshold)
        assert [sign for p in murmur if (sign := ends.feed(p))] == found


def test_an_utterance_starts_pauses_resumes_and_ends() -> None:
    found = signs([0.0] * 5 + [0.9] * 10 + [0.1] * 5 + [0.9] * 5 + [0.1] * 20)
    assert [sign for _, sign in found] == [Sign.STARTED, Sign.PAUSED, Sign.RESUMED, Sign.PAUSED, Sign.ENDED]
    assert found[0][0] == 7
    assert found[-1][0] == 25 + 12  # the first chunk with which 400 ms of silence are full


def faint_from(probs: list[float]) -> int:
    ends = Endpointer(400)
    assert Sign.STARTED in [ends.feed(p) for p in probs]
    return ends.faint_from


def test_faint_words_belong_to_the_voice_that_follows_them() -> None:
    faint, quiet, voice = [0.4] * 8, [0.0] * 9, [0.9] * 5
    assert faint_from([0.0] * 5 + faint + quiet + voice) == 5
    assert faint_from([0.0] * 5 + faint + quiet + faint + quiet + voice) == 5
    # after a longer silence, and without them, the voice begins by itself
    assert faint_from([0.0] * 5 + faint + [0.0] * 20 + voice) == 33
    assert faint_from([0.0] * 5 + voice) == 5
    # noise that is taken for faint words does not grow without end
    assert faint_from(faint * 20 + voice) == 160 + 3 - 47


def test_a_click_starts_nothing() -> None:
    assert signs([0.0, 0.9, 0.0, 0.0, 0.0, 0.0, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9] + [0.0] * 9) == []


def test_endpointing_follows_the_request() -> None:
    probs = [0.9] * 10 + [0.0] * 60
    assert signs(probs, 200)[-1][0] == 16
    assert signs(probs, 1000)[-1][0] == 41


def test_silence_begins_where_a_voice_has_died_away() -> None:
    def ended(levels: list[float]) -> tuple[int, int]:
        """When the utterance ends, and how far it reaches, when the detector hears voice in every one of `levels`."""
        ends = Endpointer(400)
        heard = [(0.9, level) for level in levels] + [(0.1, 0.001)] * 20
        when = next(i for i, (prob, level) in enumerate(heard) if ends.feed(prob, level) is Sign.ENDED)
        return when, ends.voiced_until

    loud = [0.3] * 10
    assert ended(loud) == (22, 10)
    # the fading end counts as part of the utterance, and as part of the silence
    assert ended([*loud, 0.01, 0.008]) == (22, 12)
    # as much as three chunks of it; soft speech that goes on is speech
    assert ended([*loud, *[0.01] * 8]) == (27, 18)
    assert ended([*loud, 0.01, 0.01, 0.1]) == (25, 13)
    # a voice that is soft throughout is measured by itself
    assert ended([0.01] * 10) == (22, 10)


def test_phantoms_need_strong_evidence() -> None:
    def judge(text: str, **more: float) -> str | None:
        facts = {"avg_logprob": -0.2, "no_speech": 0.02, "voiced_s": 1.0, "voice_prob": 0.95, **more}
        return guards.invented(text, **facts)

    assert judge("Thank you.") is None
    assert judge("Thank you.", voice_prob=0.6)
    assert judge("Thank you.", no_speech=0.8)
    assert judge("Turn on the kitchen light.") is None
    assert judge("Turn on the light.", no_speech=0.9, avg_logprob=-1.1)
    assert judge(" ... ")
    assert judge("[Music]")
    assert judge("This is far more than anybody could have said in so short a time, is it not?", voiced_s=0.2)


def test_running_in_a_circle_is_seen() -> None:
    assert guards.repeats("he was not an ill man. " * 2)
    assert guards.repeats("no no no " * 3)
    assert not guards.repeats("Ask not what your country can do for you, ask what you can do for your country.")
    assert not guards.repeats("No, no, no.")
    assert guards.repeats("Hva er det jævlig " + "jævlig " * 12)
    assert guards.repeats("da kommer " + "jævlig spørg, " * 9)
    assert guards.repeats("א" * 30)
    assert not guards.repeats("one two three four five six seven eight")
    assert not guards.repeats("1000000000000")


def test_a_circle_of_one_or_two_words_is_cut_short() -> None:
    assert guards.shortened("Hva er det " + "jævlig " * 12 + "her") == "Hva er det jævlig jævlig her"
    assert guards.shortened("ja " + "jævlig spørg, " * 9) == "ja jævlig spørg, jævlig spørg, "
    assert guards.shortened("No, no, no, not that.") == "No, no, no, not that."
    assert guards.shortened("a" * 30 + "!") == "aa!"
    assert guards.shortened("ill-" + "sp-" * 21 + "sp") == "ill-sp-sp-sp"
    assert guards.shortened("a one-to-one, face-to-face talk") == "a one-to-one, face-to-face talk"


def test_cuts_prefer_the_longest_silence() -> None:
    probs = [0.9] * 100 + [0.1] * 3 + [0.9] * 50 + [0.1] * 10 + [0.9] * 100
    assert cut_point(probs, 20, 250) == 158
    loud = [0.9] * 100
    loud[80] = 0.4
    assert cut_point(loud, 20, 100) == 80


def windows(probs: list[float]) -> list[tuple[int, int]]:
    windower = Windower()
    found = [w for p in probs if (w := windower.feed(p))]
    last = windower.flush()
    return [(w.first, w.end) for w in (*found, *([last] if last else []))]


def test_windows_cover_the_voice_and_never_exceed_their_length() -> None:
    rng = np.random.default_rng(7)
    probs: list[float] = []
    for _ in range(300):
        probs += [0.95] * int(rng.integers(5, 200)) + [0.05] * int(rng.integers(1, 90))
    found = windows(probs)
    covered: set[int] = set()
    for first, end in found:
        assert 0 < end - first <= LONGEST
        assert not covered & set(range(first, end))
        covered |= set(range(first, end))
    assert {i for i, p in enumerate(probs) if p > 0.5} <= covered


def test_no_window_for_silence_or_a_click() -> None:
    assert windows([0.1] * 5000) == []
    assert windows([0.1] * 50 + [0.9] + [0.1] * 500) == []


def test_subtitles_end_with_sentences_and_not_with_titles() -> None:
    said = ["Mr.", "John", "paused.", "Then", "he", "spoke."]
    words = [TimedWord(w, i * 0.3, i * 0.3 + 0.3, 1.0) for i, w in enumerate(said)]
    assert [g["text"] for g in group(words)] == ["Mr. John paused.", "Then he spoke."]


async def test_finals_go_before_interims_and_the_cancelled_never_run() -> None:
    queue = DecodeQueue()
    gate, order = threading.Event(), []

    def note(name: str) -> str:
        order.append(name)
        return name

    def wait() -> None:
        gate.wait(10)

    running = asyncio.create_task(queue.run(Urgency.INTERIM, wait))
    await asyncio.sleep(0)
    assert not queue.idle
    jobs: list[asyncio.Task[Any]] = [
        asyncio.create_task(queue.run(urgency, note, name))
        for urgency, name in [
            (Urgency.INTERIM, "interim"),
            (Urgency.RECORDING, "gone"),
            (Urgency.SPECULATIVE, "pause"),
            (Urgency.FINAL, "final"),
        ]
    ]
    await asyncio.sleep(0)
    jobs[1].cancel()
    gate.set()
    await running
    await asyncio.gather(*jobs, return_exceptions=True)
    assert order == ["final", "pause", "interim"]
    assert queue.held == 0


async def test_an_engine_error_reaches_who_asked_and_the_next_runs() -> None:
    queue = DecodeQueue()

    def fail() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await queue.run(Urgency.FINAL, fail)
    assert await queue.run(Urgency.FINAL, lambda: 3) == 3


@pytest.mark.parametrize("said", [(), (9,) * 12])
async def test_an_utterance_that_its_context_swallows_or_makes_repeat_is_heard_alone(said: tuple[int, ...]) -> None:
    vocabulary = SimpleNamespace(text=lambda tokens: " ".join(f"w{t}" for t in tokens), words=lambda *_: [])
    asked: list[tuple[int, ...]] = []

    def decode(audio: Any, options: Any, *, prefix: tuple[int, ...], **how: Any) -> Hypothesis:
        asked.append(prefix)
        # with the words before it the model ends at once, or goes on and on; without them it says what it hears
        tokens = (*prefix, *said) if prefix else (7, 8)
        return Hypothesis(text=vocabulary.text(tokens), tokens=tokens, language="en", avg_logprob=-0.3)

    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=vocabulary, decode=decode, continues=True))

    async def emit(kind: str, data: dict[str, Any]) -> None:
        pass

    stream = LiveStream(Engine(recogniser, DecodeQueue(), None), StreamOptions(interim=False), emit)
    stream._tape.append(np.zeros(4 * RATE, np.float32))
    short = Utterance(3 * RATE, 4 * RATE, Evidence(), context=(1, 2), context_first=0)
    await stream._prepare(short, 4 * RATE, Urgency.FINAL)
    assert asked == [(1, 2), ()]
    assert short.ready is not None
    assert (short.ready.text, short.context_first) == ("w7 w8", 3 * RATE)


@pytest.mark.parametrize(
    ("begins_s", "words", "from_s"),
    [(4.5, (1, 2, 3), 0.0), (6.0, (3,), 2.5), (13.0, (), 13.0)],
)
def test_a_context_that_grows_long_is_only_the_utterance_before(
    begins_s: float, words: tuple[int, ...], from_s: float
) -> None:
    async def emit(kind: str, data: dict[str, Any]) -> None:
        pass

    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=None, continues=True))
    stream = LiveStream(Engine(recogniser, DecodeQueue(), None), StreamOptions(), emit)
    first = int(begins_s * RATE)
    before = Utterance(int(2.5 * RATE), first - RATE, Evidence(), context=(1, 2), context_first=0)
    before.ready = Hypothesis(tokens=(3,))
    stream._hearing.previous = before
    after = Utterance(first, first + RATE, Evidence(), started=first)
    assert stream._hearing.look_back(after) == words
    assert after.context_first == from_s * RATE


async def test_a_stream_says_that_it_is_behind_and_when_it_has_caught_up() -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    passed = [0.0]

    async def emit(kind: str, data: dict[str, Any]) -> None:
        told.append((kind, data))

    words = SimpleNamespace(text=lambda tokens: "", words=lambda *_: [], languages=["en"])
    recogniser = cast("Recogniser", SimpleNamespace(vocabulary=words, continues=True))
    stream = LiveStream(Engine(recogniser, DecodeQueue(), None), StreamOptions(), emit, lambda: passed[0])
    stream._open = Utterance(0, RATE, Evidence(), ready=Hypothesis(), ready_end=RATE)
    await stream._close()
    for passed[0] in (1.0, 1.6, 2.0):
        await stream._tell_late()
    await stream._final(stream._owed[0])
    assert [(kind, data.get("seconds")) for kind, data in told if kind != "voice-stopped"] == [
        ("behind", 1.6),
        ("transcript", None),
        ("behind", 0.0),
    ]
