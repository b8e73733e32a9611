"""Moonshine, in its worker and in sherpa's, beside whisper, in turn: `python -m tests.bench.recognisers [rounds]`.

Each recording of tests/data comes at the speed of speech to a worker of each engine, with one thread and without Smart
Turn. The waits are from the end of speech to the final; the endpoint is 400 ms of it.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack

from tests.bench.arguments import whole
from tests.bench.live_pairs import QUIET_END, cpu_s
from tests.bench.voice_turn import end_of_speech
from tests.support.figures import row, title
from tests.support.speech import WORDS, word_errors
from tests.support.stt import SttProcess, clip, silence, stt_process
from tests.support.weights import weights_folder
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.engines.memory import resident_bytes
from voicegw_desktop.models import included

NAMES = ("whisper/tiny.en", "moonshine/tiny-en", "sherpa/moonshine-tiny-en")
TAIL_S = 1.5


class Tally:
    """The figures of one engine."""

    def __init__(self, worker: SttProcess) -> None:
        self.worker = worker
        self.waits: list[float] = []
        self.cpu = self.seconds = 0.0
        self.wrong = self.words = 0

    async def hear(self, name: str) -> None:
        """One recording in real time."""
        pcm = clip(name)
        before, began = cpu_s(self.worker.pid)[0], time.perf_counter()
        heard = await self.worker.hear(pcm + silence(TAIL_S), pace=1.0, language="en")
        self.cpu += cpu_s(self.worker.pid)[0] - before
        self.seconds += len(pcm) / 32_000
        finals = [at for event, at in zip(heard.events, heard.at, strict=True) if event.type == "transcript"]
        if name in QUIET_END and finals:
            self.waits.append((finals[-1] - began - end_of_speech(pcm)) * 1000)
        wrong, words = word_errors(WORDS[name], heard.text)
        self.wrong, self.words = self.wrong + wrong, self.words + words


async def main(rounds: int) -> None:
    """Measure in turn, and print one table."""
    store = weights_folder()
    tallies: dict[str, Tally] = {}
    async with AsyncExitStack() as stack:
        for name in NAMES:
            engine = name.partition("/")[0]
            kind = PROVIDERS[engine].worker
            assert kind is not None
            module = kind.module or f"voicegw_desktop.workers.{engine}"
            folder = included.folder(name) or store / name
            job = {"engine": engine, "module": module}
            tallies[name] = Tally(await stack.enter_async_context(stt_process(folder, threads=1, **job)))
            await tallies[name].worker.hear(clip("austen-0880.wav"))
        for _ in range(rounds):
            for clip_name in WORDS:
                for tally in tallies.values():
                    await tally.hear(clip_name)
        held = {name: resident_bytes(tally.worker.pid) for name, tally in tallies.items()}
    title(f"live, one thread, {rounds} rounds of {len(WORDS)} recordings")
    for name, tally in tallies.items():
        row(f"{name}: end of speech to final, median", statistics.median(tally.waits), "ms")
        row(f"{name}: CPU for a second of speech", tally.cpu / tally.seconds, "s")
        row(f"{name}: memory", held[name] / 1e6, "MB")
        row(f"{name}: memory back after unloading", 100 * (1 - resident_bytes(tally.worker.pid) / held[name]), "%")
        print(f"  {name}: words wrong {tally.wrong} of {tally.words}")


if __name__ == "__main__":
    asyncio.run(main(whole(1, 2)))
