"""Whisper side by side: live finals after the endpoint, words wrong, a recording against the bare engine.

Run: VOICEGW_TEST_MODELS=<store> python -m tests.bench.stt [--quick]
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.noises import NOISES
from tests.support.speech import WORDS, word_errors
from tests.support.stt import SttProcess, clip, silence, stt_process

THREADS = 2
TARGET_MS = {"base": 300, "tiny.en": 50}
ROUNDS = 3


def percentile(values: list[float], part: float) -> float:
    """The value below which `part` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]


async def live(worker: SttProcess, rounds: int) -> tuple[list[float], int, int]:
    """Final latencies in ms, word errors, words: clips in real time, endpointing 400 ms."""
    waits: list[float] = []
    errors = words = 0
    for _ in range(rounds):
        for name, said in WORDS.items():
            heard = await worker.hear(clip(name) + silence(0.8), pace=1.0, language="en")
            waits += heard.final_ms
            wrong, count = word_errors(said, heard.text)
            errors, words = errors + wrong, words + count
    return waits, errors, words


def bare(folder: Path) -> Any:
    """faster-whisper itself, with the worker's settings."""
    from faster_whisper import WhisperModel

    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=THREADS, local_files_only=True)


def transcribe(model: Any, pcm: bytes) -> str:
    """One recording through the bare engine, greedy."""
    audio = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    parts, _ = model.transcribe(audio, beam_size=1, language="en", word_timestamps=False)
    return " ".join(part.text.strip() for part in parts)


async def bench(store: Path, name: str, quick: bool) -> None:
    """All tables for one model."""
    folder = store / "whisper" / name
    model = bare(folder)
    async with stt_process(folder, threads=THREADS) as worker:
        await worker.hear(clip("jfk.wav"), endpointing_ms=0, language="en")
        transcribe(model, clip("jfk.wav"))
        waits, live_wrong, words = await live(worker, 1 if quick else ROUNDS)
        print(f"\n{name}, {worker.info['compute_type']} on {worker.info['device']}, {THREADS} threads")
        print(f"  live final after the endpoint decision: p50 {percentile(waits, 0.5):4.0f} ms", end="")
        print(f"  p90 {percentile(waits, 0.9):4.0f} ms  (n={len(waits)}, wanted p50 {TARGET_MS[name]} ms)")
        ratios: list[float] = []
        timed: list[float] = []
        wrong_ours = wrong_bare = total = 0
        for turn in range(2 if quick else 5):
            for file, said in WORDS.items():
                pcm = clip(file)
                start = time.perf_counter()
                heard = await worker.hear(pcm, endpointing_ms=0, language="en", words=False)
                ours = time.perf_counter() - start
                start = time.perf_counter()
                text = await asyncio.to_thread(transcribe, model, pcm)
                theirs = time.perf_counter() - start
                start = time.perf_counter()
                await worker.hear(pcm, endpointing_ms=0, language="en", words=True)
                timed.append((time.perf_counter() - start) / theirs)
                ratios.append(ours / theirs)
                if turn == 0:
                    total += len(said.split())
                    wrong_ours += word_errors(said, heard.text)[0]
                    wrong_bare += word_errors(said, text)[0]
        print(f"  words wrong: live {live_wrong}/{words}, recording {wrong_ours}/{total}, bare {wrong_bare}/{total}")
        print(f"  recording over bare faster-whisper: {statistics.median(ratios):.2f}", end="")
        print(f" (with word times {statistics.median(timed):.2f}), wanted at most 1.10")
        for kind, make in NOISES.items():
            pcm = make(60.0 if quick else 300.0)
            heard = await worker.hear(pcm, interim=False)
            whole = await worker.hear(pcm, endpointing_ms=0)
            print(f"  {kind:8} live {heard.text!r} recording {whole.text!r}")


async def main() -> None:
    store = Path(os.environ["VOICEGW_TEST_MODELS"])
    for name in ("base", "tiny.en"):
        await bench(store, name, "--quick" in sys.argv)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    asyncio.run(main())
