"""Time to first audio and round-trip word errors of the TTS workers: `python -m tests.bench.tts STORE [threads]`.

Whisper base is loaded in this process while the workers speak, as it would be in a voice conversation.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

import psutil

from tests.bench.arguments import whole
from tests.support.figures import row
from tests.support.speech import word_errors
from tests.support.tts import ANSWERS, MODELS, REPLIES, SENTENCES, VOICES, Listener, TtsProcess, comparable, tts_process
from tests.support.weights import weights_folder
from voicegw_desktop.engines.wire import Event, encode, read_event

REPEATS = 2
FIRST_AUDIO_MS = {"piper": 120, "kokoro": 600}
QUIET_S = 0.3
"""Seconds without processor time after which the engine counts as stopped."""
LONG = (
    "There, "
    + "there was a long road between the two villages and nobody who walked along it ever came back the same. " * 5
)


async def first_audio(worker: TtsProcess) -> list[float]:
    """Milliseconds to the first audio of each reply."""
    return [(await worker.say(text)).first_s * 1000 for _ in range(REPEATS) for text in REPLIES]


async def gaps(worker: TtsProcess) -> tuple[list[float], float]:
    """The longest gap a player would have heard in each answer, ms; seconds of work for a second of speech."""
    waited: list[float] = []
    took = length = 0.0
    for text in (*ANSWERS, *REPLIES):
        started = time.perf_counter()
        said = await worker.say(text)
        took, length = took + time.perf_counter() - started, length + said.seconds
        waited.append(said.late_s * 1000)
    return sorted(waited), took / length


async def freed_after_hangup(worker: TtsProcess) -> float:
    """Milliseconds from closing a stream in mid-synthesis until the engine has stopped working on it."""
    process = psutil.Process(worker.pid)
    reader, writer = await worker.connect()
    writer.write(encode(Event("synthesize", {"text": LONG})))
    while (event := await read_event(reader)) is not None and event.type != "audio-chunk":
        pass
    await asyncio.sleep(0.2)  # well into the next clause
    writer.close()
    closed = time.perf_counter()
    busy_until, spent = closed, sum(process.cpu_times()[:2])
    while time.perf_counter() - busy_until < QUIET_S:
        await asyncio.sleep(0.005)
        if (now := sum(process.cpu_times()[:2])) > spent:
            spent, busy_until = now, time.perf_counter()
    return (busy_until - closed) * 1000


async def round_trips(worker: TtsProcess, engine: str, listener: Listener) -> tuple[int, int]:
    """(wrong words, words) over all sentences and voices, a line for each voice."""
    wrong = words = 0
    for voice in VOICES[engine]:
        edits = count = 0
        for sentence in SENTENCES:
            heard = listener.hear(await worker.say(sentence, voice=voice))
            errors, length = word_errors(comparable(sentence), comparable(heard))
            if errors:
                print(f"    {voice}: {sentence!r} heard as {heard!r}")
            edits, count = edits + errors, count + length
        print(f"  {engine:7} {voice or MODELS[engine]:18} {edits:3} of {count} words wrong: WER {edits / count:.3f}")
        wrong, words = wrong + edits, words + count
    return wrong, words


async def main(store: Path, threads: int) -> None:
    """Print both tables."""
    listener = Listener(store)
    totals = [0, 0]
    print(f"threads {threads}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, whisper base loaded")
    for engine in MODELS:
        async with tts_process(engine, store, threads) as worker:
            times = sorted(await first_audio(worker))
            waited, rtf = await gaps(worker)
            p50, p90 = statistics.median(times), times[int(len(times) * 0.9)]
            print(f"  {engine:7} first audio p50 {p50:4.0f} ms  p90 {p90:4.0f} ms  over {len(times)} replies")
            row(f"{engine} first audio p50, whisper loaded", p50, "ms", at_most=FIRST_AUDIO_MS.get(engine))
            print(f"  {engine:7} longest gap a player would hear {waited[-1]:4.0f} ms, ", end="")
            print(f"p50 {statistics.median(waited):.0f} ms, at {rtf:.2f} s of work for a second of speech")
            row(f"{engine} longest gap once speech has begun", waited[-1], "ms")
            print(f"  {engine:7} idle {await freed_after_hangup(worker):4.0f} ms after a hang-up in mid-synthesis")
            wrong, words = await round_trips(worker, engine, listener)
            totals = [totals[0] + wrong, totals[1] + words]
    print(f"  all voices: WER {totals[0] / totals[1]:.4f}")


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else weights_folder()
    asyncio.run(main(Path(folder), whole(2, 1)))
