"""A live stream does no work that brings nothing: silence of a muted microphone, pauses within words, single frames."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Recogniser
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Unwanted, Urgency
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.utterance import Utterance
from voicegw_desktop.workers.whisper.vad import CHUNK, MUTED, STATE, VoiceDetector

pytestmark = pytest.mark.unit


class Loudness:
    """In place of the detector's network: what is loud is voice. Counts the chunks it was given."""

    def __init__(self) -> None:
        self.chunks = 0
        self.memories: list[float] = []

    def run(self, _: Any, given: dict[str, Any]) -> Any:
        self.chunks += len(given["input"])
        self.memories.append(float(given["h"].max()))
        voice = (np.abs(given["input"][:, -CHUNK:]).max(axis=1) > 0.1).astype(np.float32)
        return voice, given["h"] + 1, given["c"] + 1


def pcm(level: float, chunks: int) -> bytes:
    return np.full(chunks * CHUNK, level * 32_767, np.int16).tobytes()


class Heard:
    """A stream that is given audio, and what it tells of the pieces it wants."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.voice = Loudness()

        async def emit(kind: str, data: dict[str, Any]) -> None:
            if kind == "chunk-length":
                self.asked.append(data["ms"])

        vocabulary = SimpleNamespace(text=lambda tokens: "", words=lambda *_: [], without_final_marks=list)
        recogniser = SimpleNamespace(vocabulary=vocabulary, decode=lambda *_, **__: Hypothesis(), continues=True)
        engine = Engine(cast("Recogniser", recogniser), DecodeQueue(), self.voice)
        self.stream = LiveStream(engine, StreamOptions(DecodeOptions("en"), interim=False), emit)


async def test_pieces_of_96_ms_are_enough_until_a_pause_may_begin() -> None:
    heard = Heard()
    async with heard.stream as stream:
        await stream.push(pcm(0.0, 3))
        assert heard.asked == [96]
        await stream.push(pcm(0.5, 1))
        assert heard.asked == [96]  # two chunks are waited for
        await stream.push(pcm(0.5, 2))
        await stream.push(pcm(0.5, 6))
        assert heard.asked == [96]
        await stream.push(pcm(0.5, 2) + pcm(0.0, 1))
        assert heard.asked == [96, 32]
        await stream.push(pcm(0.5, 1))
        assert heard.asked == [96, 32, 96]
        for _ in range(14):
            await stream.push(pcm(0.0, 1))
    # the utterance is over
    assert heard.asked == [96, 32, 96, 32, 96]


async def test_zeros_of_a_muted_microphone_are_not_looked_at() -> None:
    heard = Heard()
    async with heard.stream as stream:
        for _ in range(100):
            await stream.push(pcm(0.0, 3))
        assert heard.voice.chunks == 60
        await stream.push(pcm(0.01, 30))
        assert heard.voice.chunks == 90
        await stream.push(pcm(0.5, 30))
        before = heard.voice.chunks
        # inside the utterance zeros may be its end
        for _ in range(14):
            await stream.push(pcm(0.0, 1))
        assert before + 10 < heard.voice.chunks
        after = heard.voice.chunks
        for _ in range(100):
            await stream.push(pcm(0.0, 3))
        assert heard.voice.chunks - after < MUTED
        assert stream._heard == (300 + 30 + 30 + 14 + 300) * CHUNK


def test_what_follows_such_zeros_is_heard_as_the_beginning_of_a_stream() -> None:
    network = Loudness()
    detector = VoiceDetector(cast("Any", network))
    sound, zeros = np.full(CHUNK, 0.01, np.float32), np.zeros(CHUNK, np.float32)
    detector(np.tile(sound, 2), resting=True)
    assert detector(np.tile(zeros, MUTED), resting=False) == [0.0] * MUTED
    assert detector(zeros, resting=True) == [0.0]
    detector(sound, resting=True)
    detector(np.tile(zeros, MUTED - 1), resting=True)
    assert network.memories == [0.0, 1.0, 0.0, 1.0]
    assert detector._h.shape == STATE


async def test_a_decode_of_a_pause_ends_when_the_person_goes_on_and_that_of_an_interim_does_not() -> None:
    answers: list[bool] = []

    def decode(audio: Any, options: Any, *, wanted: Any = None, **_: Any) -> Hypothesis:
        if wanted is None:
            return Hypothesis()
        answers.append(wanted())
        speech.voiced_until += CHUNK
        answers.append(wanted())
        if not answers[-1]:
            raise Unwanted
        return Hypothesis()

    heard = Heard()
    stream = heard.stream
    cast("Any", stream._engine.recogniser).decode = decode
    stream._tape.append(np.zeros(2 * RATE, np.float32))
    stream._heard = RATE
    stream._open = speech = Utterance(0, RATE, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    stream._ends.speaking = stream._ends._paused = True
    assert await stream._once()
    assert answers == [True, False]
    assert speech.ready is None
    await stream._interim(speech, RATE)
    assert answers == [True, False, True, True]


@pytest.mark.parametrize(("chunks", "apart_s", "decoded"), [(3, 0.4, False), (4, 0.4, True), (3, 0.6, True)])
async def test_of_two_pauses_close_to_each_other_the_second_waits_one_chunk_more(
    chunks: int, apart_s: float, decoded: bool
) -> None:
    heard = Heard()
    stream = heard.stream
    stream._tape.append(np.zeros(3 * RATE, np.float32))
    stream._open = speech = Utterance(0, RATE, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    speech.ready, speech.ready_end = Hypothesis("so", (1,), "en"), RATE - int(apart_s * RATE)
    stream._heard = RATE + chunks * CHUNK
    ends = stream._ends
    ends.speaking = ends._paused = True
    ends.voiced_until = ends._sounded_until = RATE // CHUNK
    ends.position = ends.voiced_until + chunks
    speech.ready_end += stream._heard - RATE
    assert await stream._once() == decoded
    assert (speech.ready_end == stream._heard) == decoded


@pytest.mark.parametrize("adaptive", [True, False])
async def test_only_finals_tell_how_surely_they_end(adaptive: bool) -> None:
    """To tell it takes an eighth of the time of a decode."""
    asked: list[tuple[bool, bool]] = []

    def decode(audio: Any, options: Any, *, final: bool, **_: Any) -> Hypothesis:
        asked.append((final, options.ends))
        return Hypothesis()

    heard = Heard()
    heard.stream._hearing._options = DecodeOptions("en", ends=adaptive)
    cast("Any", heard.stream._engine.recogniser).decode = decode
    heard.stream._tape.append(np.zeros(2 * RATE, np.float32))
    speech = Utterance(0, RATE, Evidence(voiced_chunks=500, sum_prob=500.0), context=())
    for final in (True, False):
        await heard.stream._hearing.decode(speech, RATE, Urgency.FINAL, final=final, words=False)
    assert asked == [(True, adaptive), (False, False)]
