"""Time to first audio and round-trip word errors of the TTS workers: `python -m tests.bench.tts STORE [threads]`.

Whisper base is loaded in this process while the workers speak, as it would be in a voice conversation.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from pathlib import Path

from tests.support.speech import word_errors
from tests.support.tts import MODELS, REPLIES, SENTENCES, VOICES, Listener, TtsProcess, comparable, tts_process

REPEATS = 2


async def first_audio(worker: TtsProcess) -> list[float]:
    """Milliseconds to the first audio of each reply."""
    await worker.say(REPLIES[0])
    return [(await worker.say(text)).first_s * 1000 for _ in range(REPEATS) for text in REPLIES]


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
            p50, p90 = statistics.median(times), times[int(len(times) * 0.9)]
            print(f"  {engine:7} first audio p50 {p50:4.0f} ms  p90 {p90:4.0f} ms  over {len(times)} replies")
            wrong, words = await round_trips(worker, engine, listener)
            totals = [totals[0] + wrong, totals[1] + words]
    print(f"  all voices: WER {totals[0] / totals[1]:.4f}")


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ["VOICEGW_TEST_MODELS"]
    asyncio.run(main(Path(folder), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
