"""Speakers told apart, and their words: `python -m tests.bench.speakers [rounds] [--model whisper/tiny.en]`.

Two to four voices, of the recordings in tests/data and of kokoro, are mixed with and without pauses between the turns.
The diarization error rate leaves out 0.25 s at each side of a border. With `--model` the labels are those of a
recogniser's words.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from kokoro_onnx import Kokoro

from tests.support.diarization import error_rate, mixed, voiced
from tests.support.figures import row, title
from tests.support.stt import clip, stt_process
from tests.support.weights import weights_folder
from voicegw_desktop.workers.whisper.audio import RATE, Resampler, Samples
from voicegw_desktop.workers.whisper.speakers import WEIGHTS, Embedder, LiveSpeakers, Span, Speakers

VOICES = ("af_heart", "am_michael", "bf_emma", "bm_george", "am_fenrir", "am_adam", "af_sarah")
"""Voices whose vectors differ; af_bella's are as near to af_heart's as those of one voice are."""
SENTENCES = (
    "The meeting starts at nine, and I will bring the reports with me.",
    "I am not sure that we can finish it by Friday.",
    "Could you send me the numbers for the last three months, please?",
)
PAUSES = (0.6, 0.1)  # s between turns, on average


def spoken(store: Path) -> dict[str, list[Samples]]:
    """What each voice says."""

    def samples(name: str) -> Samples:
        return np.frombuffer(clip(name), "<i2").astype(np.float32) / 32768

    found = {
        "reader": [samples(f"austen-{n}.wav") for n in ("0870", "0880", "0920")],
        "kennedy": [samples("jfk.wav")[: int(7.7 * RATE)], samples("jfk.wav")[int(7.9 * RATE) :]],
    }
    folder = store / "kokoro" / "v1.0-int8"
    kokoro = Kokoro(str(folder / "kokoro-v1.0.int8.onnx"), str(folder / "voices-v1.0.bin"))
    for voice in VOICES:
        found[voice] = []
        for sentence in SENTENCES:
            audio, rate = kokoro.create(sentence, voice=voice, lang="en-gb" if voice[0] == "b" else "en-us")
            resampler = Resampler(rate)
            pcm = (np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes()
            found[voice].append(np.concatenate((resampler.push(pcm), resampler.flush())))
    return found


async def heard(model: Path, store: Path, audio: Samples) -> list[Span]:
    """Spans by the words of a recogniser."""
    pcm = (np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes()
    async with stt_process(model, options={"speakers_dir": str(store / "speaker" / "dvector-256")}) as worker:
        said = await worker.hear(pcm, endpointing_ms=0, interim=False, diarize=True)
    words = [w for data in said.of("transcript") for w in data["words"]]
    return [Span(w["start_s"], w["end_s"], w["speaker"]) for w in words]


def main(rounds: int, model: str | None) -> int:
    """Measure and print; 1 when the error is above a tenth."""
    store = weights_folder()
    embedder = Embedder(store / "speaker" / "dvector-256" / WEIGHTS)
    said, rates = spoken(store), list[float]()
    spent = length = 0.0
    for people in (2, 3, 4):
        for pause_s in PAUSES:
            found, right, live = list[float](), 0, list[float]()
            for turn in range(rounds):
                chance = random.Random(turn * 10 + people)
                real = ["reader", "kennedy"][: 1 + turn % 2]
                names = real + chance.sample(VOICES, people - len(real))
                audio, truth = mixed(chance, {name: said[name] for name in names}, pause_s)
                began = time.process_time()
                if model:
                    spans = asyncio.run(heard(store / model, store, audio))
                else:
                    speakers = Speakers(embedder)
                    speakers.hear(audio, 0.0, voiced(audio))
                    spans = speakers.spans()
                spent, length = spent + time.process_time() - began, length + len(audio) / RATE
                errors = error_rate(truth, spans)
                found.append(errors.confused if model else errors.rate)
                right += len({s.speaker for s in spans}) == people
                labels = LiveSpeakers(embedder)
                turns = [
                    Span(start, end, labels.label(audio[int(start * RATE) : int(end * RATE)]))
                    for start, end in joined(truth)
                ]
                live.append(error_rate(truth, turns).confused)
            rates += found
            title(f"{people} voices, {pause_s} s between turns, {rounds} conversations")
            what = "speech given to another speaker" if model else "diarization error"
            row(what, 100 * statistics.mean(found), "%")
            row("worst", 100 * max(found), "%")
            row("number of speakers right", 100 * right / rounds, "%")
            row("live: utterances given to another speaker", 100 * statistics.mean(live), "%")
    title("all")
    row("error", 100 * statistics.mean(rates), "%")
    if not model:
        row("CPU for a second of audio, voice detector included", spent / length, "s")
    return int(statistics.mean(rates) > 0.1)


def joined(truth: list[tuple[float, float, str]]) -> list[tuple[float, float]]:
    """The utterances of a conversation: what one speaker says until another does."""
    found: list[tuple[float, float, str]] = []
    for start, end, name in truth:
        if found and found[-1][2] == name and start - found[-1][1] < 0.4:
            found[-1] = (found[-1][0], end, name)
        else:
            found.append((start, end, name))
    return [(start, end) for start, end, _ in found]


if __name__ == "__main__":
    given = sys.argv[1:]
    asked = given[given.index("--model") + 1] if "--model" in given else None
    counts = [int(text) for text in given if text.isdigit()]
    sys.exit(main(counts[0] if counts else 8, asked))
