"""Piper's first audio of five words, in turn with the bare library: `python -m tests.bench.piper_words [rounds]`.

The engine runs as the gateway runs it, with threads of its choice; the library in this process, with two threads.
Each sentence is new, so that no stored phrase is heard again. Compare the columns only: they share the machine's load.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
import time
from pathlib import Path

import onnxruntime
from piper import PiperVoice
from piper.config import PiperConfig

from tests.bench.arguments import whole
from tests.bench.pools import engine_pool
from tests.support.figures import row, title
from tests.support.weights import weights_folder
from voicegw_desktop.core.events import Audio
from voicegw_desktop.core.ports import Target, TtsOptions
from voicegw_desktop.engines.pool import EnginePool

VOICE = Target("piper", "en_US-joe-medium")
THREADS = 2
WORDS = (
    ("The", "My", "Your", "Her", "One"),
    ("old", "green", "last", "small", "warm"),
    ("boat", "train", "garden", "letter", "window"),
    ("looks", "seems", "was", "stays", "feels"),
    ("nice.", "quiet.", "lovely.", "heavy.", "strange."),
)


def bare(folder: Path) -> PiperVoice:
    """The library's voice with two threads."""
    import json

    (network,) = folder.glob("*.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    config = PiperConfig.from_dict(json.loads(Path(f"{network}.json").read_text("utf-8")))
    return PiperVoice(session=session, config=config)


def library_ms(voice: PiperVoice, text: str) -> float:
    """Milliseconds to the first audio."""
    began = time.perf_counter()
    next(iter(voice.synthesize(text)))
    return (time.perf_counter() - began) * 1000


async def engine_ms(pool: EnginePool, text: str) -> float:
    """Milliseconds to the first audio."""
    began = time.perf_counter()
    speech = await pool.tts_backend().open_tts(VOICE, TtsOptions(rate=24_000, characters=len(text)))
    await speech.push(text)
    await speech.end()
    took = 0.0
    async for event in speech:
        if isinstance(event, Audio) and not took:
            took = (time.perf_counter() - began) * 1000
    return took


async def main(rounds: int) -> int:
    """Measure in turn, and print both medians and their ratio."""
    store = weights_folder()
    sentences = [" ".join(words) for words in itertools.product(*WORDS)]
    picked = iter(sentences[:: len(sentences) // (2 * rounds + 4)])
    voice = bare(store / str(VOICE.provider) / VOICE.model)
    ours: list[float] = []
    theirs: list[float] = []
    async with engine_pool(store) as pool:
        await engine_ms(pool, next(picked))
        library_ms(voice, next(picked))
        for _ in range(rounds):
            ours.append(await engine_ms(pool, next(picked)))
            theirs.append(library_ms(voice, next(picked)))
    title(f"five words, {rounds} in turn")
    row("the engine's first audio, median", statistics.median(ours), "ms")
    row("the library's, two threads", statistics.median(theirs), "ms")
    row("engine / library", statistics.median(ours) / statistics.median(theirs), "", at_most=1.0)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(whole(1, 20))))
