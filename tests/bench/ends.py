"""Where utterances end, adaptive and fixed beside each other: false ends at pauses, silence waited, words wrong.

`python -m tests.bench.ends [model ...]`. Forty recordings are made of the four: silence of 0.3 to 1.2 s is put between
two words of a phrase, at ten places of each. Time is counted in the audio, so that a busy machine changes nothing: what
is known of a pause comes LATE_MS of audio after the pause was seen, as on a quiet machine with two cores.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.audio_time import AudioTime
from tests.support.figures import row, title
from tests.support.speech import WORDS, word_errors
from tests.support.stt import clip, silence
from tests.support.weights import weights_folder
from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Recogniser
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.loading import load
from voicegw_desktop.workers.whisper.streams import StreamOptions
from voicegw_desktop.workers.whisper.turn import MODEL, WEIGHTS, SmartTurn

LENGTHS = tuple(n / 10 for n in range(3, 13))
"""Seconds of silence put in."""
SHORT_S = 0.65
TAIL_S = 1.5
NOISY_END = "jfk.wav"
"""The recording whose last word is followed by a noise as loud as speech: its silence cannot be counted."""


@dataclass
class Made:
    """One recording: the silence put in lies from `first` to `last` seconds; 0 to 0 without."""

    name: str
    pcm: bytes
    first: float = 0.0
    last: float = 0.0
    after: str = ""

    @property
    def pause_s(self) -> float:
        return self.last - self.first


@dataclass
class Result:
    """The results of one way of ending utterances."""

    false: list[Made] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    wrong: int = 0
    words: int = 0


def quietest(samples: np.ndarray[Any, Any], first_s: float, last_s: float) -> int:
    """The sample in the middle of the quietest 20 ms between two moments."""
    size = RATE // 50
    starts = range(int(first_s * RATE), max(int(first_s * RATE) + 1, int(last_s * RATE) - size), size // 4)
    return min(starts, key=lambda at: float(np.mean(np.square(samples[at : at + size], dtype=float)))) + size // 2


def recordings(recogniser: Recogniser) -> list[Made]:
    """The four recordings, and ten made of each."""
    made = []
    for name in WORDS:
        pcm = clip(name)
        samples = np.frombuffer(pcm, "<i2")
        words = recogniser.decode(samples.astype(np.float32) / 32768, DecodeOptions("en"), words=True).words
        made.append(Made(name, pcm))
        # not behind a mark, and not where the speaker paused: there a phrase ends
        inside = [
            (a, b) for a, b in itertools.pairwise(words[1:]) if a.text[-1].isalnum() and b.start_s - a.end_s < 0.25
        ]
        for number in range(len(LENGTHS)):
            a, b = inside[round(number * (len(inside) - 1) / (len(LENGTHS) - 1))]
            seconds = LENGTHS[number * 3 % len(LENGTHS)]
            at = quietest(samples, (a.start_s + a.end_s) / 2, (b.start_s + b.end_s) / 2)
            joined = pcm[: at * 2] + silence(seconds) + pcm[at * 2 :]
            made.append(Made(name, joined, at / RATE, at / RATE + seconds, a.text))
    return made


async def hear(time: AudioTime, one: Made, adaptive: bool, result: Result) -> None:
    """One recording, chunk by chunk."""
    stops: list[float] = []
    voiced: list[float] = []
    texts: list[str] = []

    async def emit(kind: str, data: dict[str, Any]) -> None:
        if kind == "voice-stopped":
            stops.append(data["timestamp"] / 1000)
            voiced.append(stream._floor / RATE)
        elif kind == "transcript":
            texts.append(data["text"])

    pcm = one.pcm + silence(TAIL_S)
    options = StreamOptions(DecodeOptions("en"), interim=False, adaptive=adaptive)
    stream = LiveStream(time.engine, options, emit, lambda: time.seconds)
    async with stream:
        await time.feed(stream, pcm)
    if one.last and any(one.first < at <= one.last + 0.1 for at in stops):
        result.false.append(one)
    if one.name != NOISY_END:
        result.waits.append(stops[-1] - (voiced[-1] - 0.3))
    wrong, words = word_errors(WORDS[one.name], " ".join(texts))
    result.wrong, result.words = result.wrong + wrong, result.words + words


async def bench(store: Path, name: str) -> None:
    """Print the table of one model."""
    recogniser, _ = load(store / "whisper" / name, "cpu", "int8", 1)
    time = AudioTime(recogniser, SmartTurn(store / MODEL / WEIGHTS))
    made = recordings(recogniser)
    paused = [one for one in made if one.last]
    short = sum(one.pause_s <= SHORT_S for one in paused)
    title(f"whisper/{name}: {len(made)} recordings, {len(paused)} with a pause put in, {short} of these short")
    for mode in ("adaptive", "fixed"):
        result = Result()
        for one in made:
            await hear(time, one, mode == "adaptive", result)
        early = sum(one.pause_s <= SHORT_S for one in result.false)
        row(f"{mode}: false ends at pauses of 0.3 to 1.2 s", 100 * len(result.false) / len(paused), "%")
        row(f"{mode}: false ends at pauses of 0.3 to 0.6 s", 100 * early / short, "%")
        row(f"{mode}: silence at the end, p50", statistics.median(result.waits) * 1000, "ms")
        row(f"{mode}: words wrong of {result.words}", result.wrong)
        print("   ", ", ".join(f"{one.name[:-4]} {one.pause_s:.1f} s after {one.after}" for one in result.false))


async def main() -> None:
    """Print each model's table."""
    store = weights_folder()
    for name in sys.argv[1:] or ("tiny.en", "base"):
        await bench(store, name)


if __name__ == "__main__":
    asyncio.run(main())
