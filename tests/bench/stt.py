"""Whisper side by side: live finals after the endpoint, words wrong, a recording against the bare engine.

Run: VOICEGW_TEST_MODELS=<store> python -m tests.bench.stt [--quick]
     VOICEGW_TEST_MODELS=<store> python -m tests.bench.stt --hour [minutes]    one long recording
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

from tests.support.figures import row, title
from tests.support.noises import NOISES
from tests.support.speech import WORDS, word_errors
from tests.support.stt import SttProcess, clip, silence, stt_process
from tests.support.weights import weights_folder
from voicegw_desktop.engines.memory import resident_bytes
from voicegw_desktop.engines.wire import Event

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
        row(f"{name}: final after the endpoint, p50", percentile(waits, 0.5), "ms", at_most=TARGET_MS[name])
        row(f"{name}: recording over bare faster-whisper", statistics.median(ratios), at_most=1.10)
        print(f"  recording over bare faster-whisper: {statistics.median(ratios):.2f}", end="")
        print(f" (with word times {statistics.median(timed):.2f}), wanted at most 1.10")
        for kind, make in NOISES.items():
            pcm = make(60.0 if quick else 300.0)
            heard = await worker.hear(pcm, interim=False)
            whole = await worker.hear(pcm, endpointing_ms=0)
            print(f"  {kind:8} live {heard.text!r} recording {whole.text!r}")


def long_recording(minutes: float) -> tuple[bytes, str]:
    """The recordings repeated with pauses of 0.5 to 3 s between them, and their words."""
    pauses = np.random.default_rng(3)
    pieces: list[bytes] = []
    said: list[str] = []
    length = 0
    while length < minutes * 60 * 32_000:
        for name, words in WORDS.items():
            pieces += [clip(name), silence(float(pauses.uniform(0.5, 3.0)))]
            said.append(words)
            length += len(pieces[-1]) + len(pieces[-2])
    return b"".join(pieces), " ".join(said)


async def hour(store: Path, name: str, minutes: float = 60.0) -> None:
    """One long recording: its time, that progress is reported, and the worker's memory meanwhile."""
    pcm, said = long_recording(minutes)
    async with stt_process(store / "whisper" / name, threads=THREADS) as worker:
        await worker.hear(clip("jfk.wav"), endpointing_ms=0, language="en")
        held: list[tuple[float, int]] = [(0.0, resident_bytes(worker.pid))]

        def note(event: Event) -> None:
            if event.type == "progress":
                held.append((event.data["done_s"] / 60, resident_bytes(worker.pid)))

        start = time.perf_counter()
        heard = await worker.hear(pcm, on_event=note, endpointing_ms=0, language="en")
        took = time.perf_counter() - start
    told = [d["done_s"] for d in heard.of("progress")]
    seconds = len(pcm) / 32_000
    wrong, words = word_errors(said, heard.text)
    title(f"{name}, one recording of {seconds / 60:.1f} minutes, {THREADS} threads")
    print(f"  took {took:.0f} s, {seconds / took:.0f} times faster than speech; words wrong {wrong}/{words}")
    gap = max(b - a for a, b in zip([0.0, *told], [*told, seconds], strict=True))
    print(f"  progress told {len(told)} times, rising {told == sorted(told)}, at most {gap:.0f} s of audio apart")
    marks = (0, 4, 10, 20, 40, 60)
    shown = [(m, next((b for at, b in held if at >= m), None)) for m in marks]
    print("  resident MB by minute: ", ", ".join(f"{m}: {b / 1e6:.0f}" for m, b in shown if b))
    print(f"  most {max(b for _, b in held) / 1e6:.0f} MB; the recording is {len(pcm) / 1e6:.0f} MB of samples")
    settled = [b for at, b in held if at >= 4]
    row(f"{name}: growth after the fourth minute of {minutes:.0f}", (max(settled) - settled[0]) / 1e6, "MB", at_most=40)


async def main() -> None:
    store = weights_folder()
    if "--hour" in sys.argv:
        minutes = float((sys.argv[sys.argv.index("--hour") + 1 :] or ["60"])[0])
        for name in ("tiny.en", "base"):
            await hour(store, name, minutes)
        return
    for name in ("base", "tiny.en"):
        await bench(store, name, "--quick" in sys.argv)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    asyncio.run(main())
