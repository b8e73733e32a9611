"""Tell voices apart: a vector for each 0.8 s of speech (ONNX Runtime), and which vectors are of one speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from voicegw_desktop.core.ports import MOST_SPEAKERS
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.guards import ENDINGS
from voicegw_desktop.workers.whisper.hypothesis import TimedWord
from voicegw_desktop.workers.whisper.small_network import open_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sums: TypeAlias = NDArray[np.float32]
    """(n, 256): for each speaker or piece the sum of its vectors."""

MODEL = "speaker/dvector-256"
WEIGHTS = "embedder.int8.onnx"
FFT, WIN, HOP, MELS = 512, 400, 160, 40  # what the network was trained with; samples, but for the last
FRAMES, STRIDE = 80, 40  # of 10 ms: what one vector hears, and how far the next begins
SHORTEST = (FRAMES - 1) * HOP + FFT  # samples that one vector needs
BATCH = 64  # vectors in one run
ONE_VOICE = 0.69
"""Likeness of two groups' vectors from which they are one speaker; `python -m tests.bench speakers` measures it."""
LIVE_VOICE = 0.66  # of one utterance and a speaker heard before
UNSURE = 0.55  # of a short utterance, which is not enough to know a new speaker by
PIECE_S = 1.6  # speech that is one piece for grouping
SURE_S = 1.2  # of speech; less does not found a speaker
SWITCH = 0.35  # likeness that a change of speaker inside speech without a pause must win
MOST_PIECES = 600  # that are grouped pair by pair; in longer recordings the others join what these found
LEVEL = 0.04  # root mean square that speech is brought to: the network hears how loud a voice is as a trait of it
EDGE_WORDS = 2  # of a sentence
LIVE_S = 6.0  # of an utterance's end that are heard for its label


def _filters() -> Samples:
    """(40, 257) triangles evenly spaced on Slaney's scale: linear below 1 kHz, logarithmic above."""
    step = np.log(6.4) / 27
    top = 15 + np.log(RATE / 2 / 1000) / step
    mels = np.linspace(0, top, MELS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(step * (mels - 15)))
    width = np.diff(edges)
    away = edges[:, None] - np.linspace(0, RATE / 2, FFT // 2 + 1)[None]
    rise, fall = -away[:-2] / width[:-1, None], away[2:] / width[1:, None]
    found = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    made: Samples = found.astype(np.float32)
    return made


class Embedder:
    """The network; one serves every stream of a worker."""

    def __init__(self, weights: Path) -> None:
        """Load it. Raises EngineError when the file is missing or cannot be read."""
        self._session = open_model(weights, MODEL)
        self._filters = _filters()
        self._window: Samples = np.zeros(FFT, np.float32)
        first = (FFT - WIN) // 2
        self._window[first : first + WIN] = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(WIN) / WIN)

    def vectors(self, speech: Samples) -> Samples:
        """(n, 256) of length 1: one for each 0.4 s of 16 kHz samples, of the 0.8 s that begin there; at least one."""
        if len(speech) < SHORTEST:
            # heard again from its beginning: silence would be heard as a trait of the voice
            speech = np.resize(speech, SHORTEST) if len(speech) else np.zeros(SHORTEST, np.float32)
        speech = speech * np.float32(LEVEL / max(1e-6, float(np.sqrt(np.mean(np.square(speech))))))
        frames = np.lib.stride_tricks.sliding_window_view(speech, FFT)[::HOP]
        power = np.square(np.abs(np.fft.rfft(frames * self._window, axis=1)))
        mel = np.log10(power @ self._filters.T + 1e-10).astype(np.float32)
        starts = range(0, len(mel) - FRAMES + 1, STRIDE)
        parts: list[Samples] = []
        for at in range(0, len(starts), BATCH):
            rows = np.stack([mel[n : n + FRAMES] for n in starts[at : at + BATCH]])
            (found,) = self._session.run(None, {"mel_window": rows})
            parts.append(_unit(found))
        return np.concatenate(parts)


def _unit(rows: Samples) -> Samples:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    found: Samples = (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
    return found


@dataclass(frozen=True)
class Span:
    """A stretch of speech by one speaker, in seconds of the stream."""

    start_s: float
    end_s: float
    speaker: int
    """From 0, in the order in which they were first heard."""


@dataclass(frozen=True)
class Run:
    """Speech without a pause, and its vectors."""

    start_s: float
    end_s: float
    rows: Samples

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Rows first..end of parts of about PIECE_S."""
        count = max(1, round((self.end_s - self.start_s) / PIECE_S))
        edges = np.linspace(0, len(self.rows), min(count, len(self.rows)) + 1).round().astype(int)
        yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


@dataclass
class Speakers:
    """The speakers of one recording: runs are added as they are heard, spans come at the end."""

    embedder: Embedder
    most: int = MOST_SPEAKERS
    runs: list[Run] = field(default_factory=list)

    def hear(self, audio: Samples, start_s: float, voiced: Iterable[tuple[float, float]]) -> None:
        """Add the `voiced` stretches (seconds of the stream) of `audio`, which begins at `start_s`."""
        for first_s, end_s in voiced:
            first, end = (int((t - start_s) * RATE) for t in (first_s, end_s))
            if (lacking := SHORTEST - (end - first)) > 0:
                first, end = max(0, first - lacking // 2), end + lacking // 2
            self.runs.append(Run(first_s, end_s, self.embedder.vectors(audio[first:end])))

    def spans(self) -> list[Span]:
        """Which speaker says each stretch."""
        if not self.runs:
            return []
        speakers = self._founded()
        order: dict[int, int] = {}
        found: list[Span] = []
        for run in self.runs:
            path = _path(run.rows @ _unit(speakers).T)
            step = (run.end_s - run.start_s) / len(path)
            at = 0
            while at < len(path):
                end = next((n for n in range(at, len(path)) if path[n] != path[at]), len(path))
                who = order.setdefault(path[at], len(order))
                found.append(Span(run.start_s + at * step, run.start_s + end * step, who))
                at = end
        return found

    def _founded(self) -> Sums:
        """The sum of each speaker's vectors."""
        sums, lengths = [], []
        for run in self.runs:
            for first, end in run.pieces():
                sums.append(run.rows[first:end].sum(axis=0))
                lengths.append((run.end_s - run.start_s) * (end - first) / len(run.rows))
        largest = sorted(range(len(sums)), key=lambda n: -lengths[n])
        founders = [n for n in largest[:MOST_PIECES] if lengths[n] >= SURE_S / 2] or largest[:1]
        return grouped(np.stack([sums[n] for n in founders]), [lengths[n] for n in founders], self.most)


def grouped(sums: Sums, lengths: Sequence[float], most: int) -> Sums:
    """Join the two groups that are most alike, as long as they are one voice or there are more than `most`.

    A group with too little speech to be known by is dropped, unless it is the only one.
    """
    sums, held = sums.copy(), np.array(lengths)
    alike = _unit(sums) @ _unit(sums).T
    np.fill_diagonal(alike, -1.0)
    while len(sums) > 1:
        one, other = (int(n) for n in np.unravel_index(int(alike.argmax()), alike.shape))
        if alike[one, other] < ONE_VOICE and len(sums) <= most:
            break
        sums[one] += sums[other]
        held[one] += held[other]
        alike[one] = alike[:, one] = _unit(sums) @ _unit(sums[one])
        alike[one, one] = -1.0
        sums, held = np.delete(sums, other, 0), np.delete(held, other)
        alike = np.delete(np.delete(alike, other, 0), other, 1)
    known = held >= SURE_S
    return sums[known] if known.any() else sums[[int(held.argmax())]]


def _path(alike: Samples) -> list[int]:
    """For each row the speaker, so that likeness less the price of changes is greatest (Viterbi)."""
    score, back = alike[0].copy(), []
    for row in alike[1:]:
        best = int(score.argmax())
        stay = score >= score[best] - SWITCH
        back.append(np.where(stay, np.arange(len(score)), best))
        score = np.where(stay, score, score[best] - SWITCH) + row
    path = [int(score.argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    return path[::-1]


def said_by(words: Sequence[TimedWord], spans: Sequence[Span]) -> list[TimedWord]:
    """The words with their speakers: whose span holds most of a word, or is the nearest."""

    def distance(word: TimedWord, span: Span) -> float:
        return max(span.start_s, word.start_s) - min(span.end_s, word.end_s)

    found: list[TimedWord] = []
    at = 0
    for word in words:
        # both are in the order of time
        while at + 1 < len(spans) and distance(word, spans[at + 1]) < distance(word, spans[at]):
            at += 1
        found.append(replace(word, speaker=spans[at].speaker))
    return _whole_sentences(found)


def _whole_sentences(words: list[TimedWord]) -> list[TimedWord]:
    """A word or two at the edge of a sentence are given to who says the rest: beside pauses words are timed badly."""
    found: list[TimedWord] = []
    sentence: list[TimedWord] = []
    for n, word in enumerate(words, 1):
        sentence.append(word)
        if n < len(words) and not word.text.endswith(ENDINGS):
            continue
        most = Counter(w.speaker for w in sentence).most_common(1)[0][0]
        inside = [i for i, w in enumerate(sentence) if w.speaker == most]
        if inside[0] <= EDGE_WORDS:
            sentence[: inside[0]] = [replace(w, speaker=most) for w in sentence[: inside[0]]]
        if len(sentence) - 1 - inside[-1] <= EDGE_WORDS:
            sentence[inside[-1] :] = [replace(w, speaker=most) for w in sentence[inside[-1] :]]
        found += sentence
        sentence = []
    return found


def spread(text: str, voiced: Sequence[tuple[float, float]]) -> list[TimedWord]:
    """Words of a recogniser that tells no times, by their letters over the `voiced` seconds: as near as can be told."""
    words = text.split()
    letters = sum(len(word) + 1 for word in words)
    length = sum(end - start for start, end in voiced)

    def moment(part: float) -> float:
        left = part * length
        for start, end in voiced:
            if left <= end - start:
                return start + left
            left -= end - start
        return voiced[-1][1] if voiced else 0.0

    found: list[TimedWord] = []
    before = 0
    for word in words:
        after = before + len(word) + 1
        found.append(TimedWord(word, moment(before / letters), moment(after / letters), 1.0))
        before = after
    return found


class LiveSpeakers:
    """The speakers of one live stream: each utterance gets its label when it ends, and labels never change."""

    def __init__(self, embedder: Embedder, most: int = MOST_SPEAKERS) -> None:
        self._embedder, self._most = embedder, most
        self._sums: list[Samples] = []

    def label(self, speech: Samples) -> int:
        """The speaker of an utterance, from 0 in the order in which they were first heard."""
        whole = self._embedder.vectors(speech[-int(LIVE_S * RATE) :]).sum(axis=0)
        if not self._sums:
            self._sums.append(whole)
            return 0
        alike = _unit(np.stack(self._sums)) @ _unit(whole)
        best = int(alike.argmax())
        enough = len(speech) >= SURE_S * RATE
        if alike[best] < (LIVE_VOICE if enough else UNSURE) and enough and len(self._sums) < self._most:
            self._sums.append(whole)
            return len(self._sums) - 1
        if alike[best] >= LIVE_VOICE:
            self._sums[best] = self._sums[best] + whole
        return best
