"""Voices are told apart: groups of vectors, words and their speakers, and recordings of two people."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.diarization import error_rate, mixed
from tests.support.stt import clip
from voicegw_desktop.core.errors import BadRequest, EngineError
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, TimedWord
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.queue import DecodeQueue
from voicegw_desktop.workers.whisper.recording import RecordingStream
from voicegw_desktop.workers.whisper.segments import group, word_data
from voicegw_desktop.workers.whisper.serving import HearingWorker
from voicegw_desktop.workers.whisper.speakers import (
    WEIGHTS,
    Embedder,
    LiveSpeakers,
    Run,
    Span,
    Speakers,
    grouped,
    said_by,
    spread,
)
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.vad import open_session


def vectors(speaker: int, count: int) -> Samples:
    """Vectors of one made-up voice: nearly one direction."""
    rows = np.eye(256, dtype=np.float32)[[speaker] * count]
    rows[:, 100:] += np.random.default_rng(speaker + count).normal(0, 0.02, (count, 156)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def samples(name: str) -> Samples:
    return np.frombuffer(clip(name), "<i2").astype(np.float32) / 32768


class Scripted(Embedder):
    """Gives the vectors that a test says, one call after the other."""

    def __init__(self, *found: Samples) -> None:
        self._found = list(found)

    def vectors(self, speech: Samples) -> Samples:
        return self._found.pop(0)


def test_groups_of_one_voice_are_joined_and_no_more_remain_than_there_are_speakers() -> None:
    sums = np.stack([vectors(n, 4).sum(axis=0) for n in (0, 1, 0, 2, 1)])
    assert len(grouped(sums, [2.0] * 5, 20)) == 3
    assert len(grouped(sums, [2.0] * 5, 2)) == 2
    # half a second founds no speaker, unless nothing else was said
    assert len(grouped(sums, [2.0, 2.0, 2.0, 0.5, 2.0], 20)) == 2
    assert len(grouped(sums[:1], [0.5], 20)) == 1


def test_a_change_of_speaker_inside_a_run_is_found_and_speakers_count_from_the_first_heard() -> None:
    heard = Speakers(Scripted())
    assert heard.spans() == []
    heard.runs += [Run(0.0, 4.0, np.concatenate((vectors(7, 5), vectors(3, 5)))), Run(5.0, 7.0, vectors(7, 5))]
    assert heard.spans() == [Span(0.0, 2.0, 0), Span(2.0, 4.0, 1), Span(5.0, 7.0, 0)]


def test_words_get_their_speaker_and_segments_end_with_it() -> None:
    texts = ["Is", "it", "nine?", "It", "is", "now.", "Good."]
    words = [TimedWord(text, n * 1.0, n + 0.9, 1.0) for n, text in enumerate(texts)]
    said = said_by(words, [Span(0.0, 3.0, 0), Span(3.0, 4.2, 1), Span(4.2, 7.0, 0)])
    # "It" alone, at the edge of a sentence, is said by who says the rest of it
    assert [w.speaker for w in said] == [0, 0, 0, 0, 0, 0, 0]
    said = said_by(words, [Span(0.0, 2.2, 0), Span(2.4, 6.0, 1), Span(6.0, 7.0, 0)])
    assert [w.speaker for w in said] == [0, 0, 0, 1, 1, 1, 0]
    assert [(s["text"], s["speaker"]) for s in group(said)] == [("Is it nine?", 0), ("It is now.", 1), ("Good.", 0)]
    assert [w.get("speaker") for w in word_data(said)] == [0, 0, 0, 1, 1, 1, 0]
    assert "speaker" not in word_data(words)[0]
    assert "speaker" not in group(words)[0]


def test_words_without_times_are_spread_over_the_speech() -> None:
    words = spread("ab cd efg", [(1.0, 2.0), (5.0, 6.0)])
    assert [(w.text, round(w.start_s, 2), round(w.end_s, 2)) for w in words] == [
        ("ab", 1.0, 1.6), ("cd", 1.6, 5.2), ("efg", 5.2, 6.0),
    ]  # fmt: skip
    assert spread("", []) == []


def test_an_utterance_is_labelled_when_it_ends_and_a_short_one_founds_no_speaker() -> None:
    said: Samples = np.zeros(2 * RATE, np.float32)
    near = vectors(0, 2) * 0.6 + vectors(5, 2) * 0.8
    live = LiveSpeakers(Scripted(vectors(0, 4), vectors(1, 4), vectors(0, 3), near, near, vectors(9, 4)), most=3)
    assert [live.label(said) for _ in range(3)] == [0, 1, 0]
    assert live.label(said[: RATE // 2]) == 0
    assert live.label(said) == 2
    assert live.label(said) in (0, 1, 2), "there are three at most"


def test_without_its_model_a_request_is_told_which_to_pull(tmp_path: Path) -> None:
    job = Job("whisper", "base", tmp_path, str(tmp_path / "s"))
    worker = HearingWorker(job)
    worker._engine = Engine(Recogniser(), DecodeQueue(), None)
    with pytest.raises(BadRequest, match="voicegw models pull speaker/dvector-256") as told:
        worker.options({"diarize": True}, {}, Recogniser.vocabulary)
    assert told.value.code == "model_not_installed"
    worker = HearingWorker(replace(job, options={"speakers_dir": str(tmp_path)}))
    worker._engine = Engine(Recogniser(), DecodeQueue(), None)
    with pytest.raises(EngineError, match="cannot be read as an ONNX model"):
        worker.options({"diarize": True}, {}, Recogniser.vocabulary)


class Recogniser:
    """Hears one word a second, and tells when."""

    multilingual = continues = False
    languages = ("en",)
    vocabulary: Any

    def decode(self, audio: Samples, options: DecodeOptions, **how: Any) -> Hypothesis:
        words = tuple(TimedWord(f"{n}.", n + 0.1, n + 0.9, 1.0) for n in range(int(len(audio) / RATE)))
        text = " ".join(w.text for w in words)
        return Hypothesis(text=text, tokens=(), words=words, language="en", scored=False)


class Vocabulary:
    """English, and no tokens."""

    def language(self, wanted: str | None) -> str | None:
        return "en"

    def text(self, tokens: Any) -> str:
        return ""

    def words(self, tokens: Any, language: str) -> list[tuple[str, int]]:
        return []

    def without_final_marks(self, tokens: Any) -> list[int]:
        return list(tokens)


Recogniser.vocabulary = Vocabulary()


@pytest.fixture(scope="module")
def embedder(models_dir: Path) -> Embedder:
    return Embedder(models_dir / "speaker" / "dvector-256" / WEIGHTS)


@pytest.mark.real_engine
async def test_two_people_are_told_apart_in_a_recording_and_live(embedder: Embedder) -> None:
    kennedy = samples("jfk.wav")
    said = {"reader": [samples("austen-0880.wav"), samples("austen-0920.wav")], "kennedy": [kennedy[-6 * RATE :]]}
    mix, truth = mixed(random.Random(1), said, 0.8)
    pcm = (mix * 32767).astype("<i2").tobytes()
    engine = Engine(Recogniser(), DecodeQueue(), open_session(), voices=embedder)
    for kind, endpoint in ((RecordingStream, 0), (LiveStream, 400)):
        told: list[dict[str, Any]] = []

        async def emit(event: str, data: dict[str, Any], told: list[dict[str, Any]] = told) -> None:
            told.extend([data] if event == "transcript" else [])

        options = StreamOptions(endpointing_ms=endpoint, interim=False, diarize=True)
        async with kind(engine, options, emit) as stream:
            await stream.push(pcm)
            await stream.end()
        segments = [s for data in told for s in data["segments"]]
        spans = [Span(s["start_s"], s["end_s"], s["speaker"]) for s in segments]
        assert {s.speaker for s in spans} == {0, 1}
        assert error_rate(truth, spans, collar=0.5).confused <= 0.1
