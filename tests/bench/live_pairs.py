"""Live transcription of this tree and of another one in turn: CPU for a second of audio, waits for finals, words wrong.

`python -m tests.bench.live_pairs PYTHON [streams] [rounds] [model]`: PYTHON is the interpreter of the other tree's
environment, or `-` to measure this tree alone. Each of the `streams` at once takes one recording at the speed of speech
over LiveKit's wire. CPU is that of the workers, and that of the gateway with them.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.bench.stt import percentile
from tests.bench.voice_turn import RATE, TURN, end_of_speech
from tests.support.figures import row, title
from tests.support.served import CONFIG, Served, served
from tests.support.speech import WORDS, word_errors
from tests.support.stt import FRAME, clip, silence
from tests.support.weights import linked_store, weights_folder

TAIL_S = 2.5
LATE_S = 30.0
QUIET_END = [name for name in WORDS if name != "jfk.wav"]
"""The fourth recording ends in a noise as loud as speech."""


def cpu_s(pid: int) -> tuple[float, float]:
    """Processor seconds of a process with those that it started, and of these alone."""
    parents: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def mine(one: int) -> bool:
        while one and one != pid:
            one = parents.get(one, (0, 0.0))[0]
        return one == pid

    whole = sum(seconds for one, (_, seconds) in parents.items() if mine(one))
    return whole, whole - parents[pid][1]


async def hear(http: aiohttp.ClientSession, model: str, name: str, wait_s: float) -> tuple[float | None, int, int]:
    """Seconds from the end of speech to the last final, words wrong, words."""
    pcm = clip(name)
    over_s = end_of_speech(pcm)
    sound = pcm + silence(TAIL_S)
    texts: list[str] = []
    last = None
    await asyncio.sleep(wait_s)
    async with http.ws_connect("stt", params={"model": model}) as ears:
        settings = {"sample_rate": str(RATE), "encoding": "pcm_s16le", "language": "en"}
        await ears.send_json({"type": "session.create", "settings": settings})
        began = time.perf_counter()

        async def speak() -> None:
            frame = int(RATE * FRAME) * 2
            for at in range(0, len(sound), frame):
                await asyncio.sleep(max(0.0, began + (at + frame) / 2 / RATE - time.perf_counter()))
                piece = base64.b64encode(sound[at : at + frame]).decode()
                await ears.send_json({"type": "input_audio", "audio": piece})
            await ears.send_json({"type": "session.finalize"})

        speaking = asyncio.create_task(speak())
        async with asyncio.timeout(len(sound) / 2 / RATE + LATE_S):
            async for message in ears:
                data = json.loads(message.data)
                if data["type"] == "final_transcript":
                    texts.append(data["transcript"])
                    last = time.perf_counter() - began - over_s
                elif data["type"] in ("session.closed", "error"):
                    break
        await speaking
    return last, *word_errors(WORDS[name], " ".join(texts))


async def main(places: dict[str, Served], streams: int, rounds: int, model: str) -> None:
    """Measure, and print one table."""
    waits: dict[str, list[float]] = {name: [] for name in places}
    cpu = dict.fromkeys(places, (0.0, 0.0))
    wrong = dict.fromkeys(places, 0)
    lost = dict.fromkeys(places, 0)
    audio_s = words = 0.0
    async with contextlib.AsyncExitStack() as stack:
        clients = {}
        for name, it in places.items():
            headers = {"Authorization": f"Bearer {it.key}"}
            clients[name] = await stack.enter_async_context(aiohttp.ClientSession(f"{it.v1}/", headers=headers))
            await hear(clients[name], model, QUIET_END[0], 0.0)
        for number in range(rounds):
            names = [QUIET_END[(number + n) % len(QUIET_END)] for n in range(streams)]
            audio_s += sum(len(clip(name)) / 2 / RATE for name in names)
            for place in places if number % 2 else reversed(places):
                before = cpu_s(places[place].process.pid)
                heard = await asyncio.gather(
                    *(hear(clients[place], model, name, n * 0.1) for n, name in enumerate(names))
                )
                spent = zip(cpu[place], before, cpu_s(places[place].process.pid), strict=True)
                whole, workers = (so_far + now - then for so_far, then, now in spent)
                cpu[place] = whole, workers
                waits[place] += [wait for wait, _, _ in heard if wait is not None]
                lost[place] += sum(wait is None for wait, _, _ in heard)
                wrong[place] += sum(errors for _, errors, _ in heard)
            words += sum(len(WORDS[name].split()) for name in names)
    title(f"{model}: {streams} live streams at once, {rounds} rounds, {audio_s:.0f} s of speech")
    for name in places:
        row(f"{name}: end of speech to final, p50", percentile(waits[name], 0.5) * 1000, "ms")
        row(f"{name}: end of speech to final, p95", percentile(waits[name], 0.95) * 1000, "ms")
        row(f"{name}: CPU of the workers for a second of speech", cpu[name][1] / audio_s, "s")
        row(f"{name}: CPU with the gateway", cpu[name][0] / audio_s, "s")
        print(f"  {name}: words wrong {wrong[name]} of {words:.0f}, streams without words {lost[name]}")
    if "other" in places:
        row("CPU of the workers, this tree over the other", cpu["this"][1] / cpu["other"][1], at_most=0.4)
        row("CPU with the gateway, this tree over the other", cpu["this"][0] / cpu["other"][0])
        ratio = statistics.median(waits["this"]) / statistics.median(waits["other"])
        row("end of speech to final, this tree over the other", ratio)


if __name__ == "__main__":
    arguments = [*sys.argv[1:], *["-", "1", "6", "whisper/tiny.en"][len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as both:
        ids = (arguments[3], TURN)
        kept = linked_store(weights_folder(), Path(folder) / "models", ids)
        running = {"this": both.enter_context(served(kept, config=CONFIG))}
        if arguments[0] != "-":
            running["other"] = both.enter_context(served(kept, config=CONFIG, python=arguments[0]))
        asyncio.run(main(running, int(arguments[1]), int(arguments[2]), arguments[3]))
