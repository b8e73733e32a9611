"""Whisper, piper and llama.cpp at once: the app loop's lag, and a language model's speed alone and beside them.

`VOICEGW_TEST_MODELS=... python -m tests.bench.engines_together`
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench.pools import engine_pool
from tests.conftest import ROOT
from tests.support.weights import weights_folder
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions
from voicegw_desktop.engines.pool import EnginePool

LLM = Target("llamacpp", "qwen2.5-coder-0.5b")
EARS = Target("whisper", "base")
VOICE = Target("piper", "en_US-joe-medium")
STEP = 0.002  # s between looks at the loop
TOKENS = 120
TEXT = "The quick brown fox jumps over the lazy dog, and then it sleeps in the sun. "


async def chat(pool: EnginePool) -> float:
    """Tokens per second of one streamed answer, without the prompt."""
    body = {
        "model": LLM.model,
        "messages": [{"role": "user", "content": "Count from one to two hundred in words."}],
        "max_tokens": TOKENS,
        "stream": True,
        "ignore_eos": True,
    }
    data = await (await pool.llm_backend().post(LLM, "/chat/completions", body)).read()
    last = [line for line in data.split(b"\n") if b'"timings"' in line][-1]
    return float(json.loads(last[6:])["timings"]["predicted_per_second"])


async def listen(pool: EnginePool, pcm: bytes) -> None:
    stream = await pool.stt_backend().open_stt(EARS, SttOptions(endpointing_ms=0))
    await stream.push(pcm)
    await stream.end()
    async for _ in stream:
        pass


async def speak(pool: EnginePool) -> None:
    stream = await pool.tts_backend().open_tts(VOICE, TtsOptions())
    await stream.push(TEXT * 4)
    await stream.end()
    async for _ in stream:
        pass


async def forever(work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await work()


async def lag(seconds: float) -> list[float]:
    """Milliseconds by which each wake-up came late, sorted."""
    late, until = [], time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        await asyncio.sleep(STEP)
        late.append((time.monotonic() - began - STEP) * 1000)
    return sorted(late)


async def main(store: Path) -> None:
    with wave.open(str(ROOT / "tests" / "data" / "jfk.wav")) as file:
        pcm = file.readframes(file.getnframes())
    async with engine_pool(store) as pool:
        await pool.prewarm([LLM.name, EARS.name, VOICE.name])
        await chat(pool)
        alone = await chat(pool)
        quiet = await lag(3)
        whisper = asyncio.create_task(forever(lambda: listen(pool, pcm)))
        beside = await chat(pool)
        others = [asyncio.create_task(forever(lambda: speak(pool))), asyncio.create_task(forever(lambda: chat(pool)))]
        busy = await lag(8)
        for task in (whisper, *others):
            task.cancel()
        await asyncio.gather(whisper, *others, return_exceptions=True)
        print("threads:", pool.assignment(), "cores:", pool.arbiter.total)
    print("| what | alone | beside the others |\n|---|---|---|")
    print(f"| {LLM.name}, tokens/s (beside whisper) | {alone:.1f} | {beside:.1f} |")
    p99 = [figures[int(len(figures) * 0.99)] for figures in (quiet, busy)]
    print(f"| app loop lag p99, ms (beside all three) | {p99[0]:.2f} | {p99[1]:.2f} |")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else weights_folder()))
