"""LiveKit's wire for long: 200 turns in a row with real engines, and 20 sessions of real-time audio with faked ones.

`python -m tests.bench.livekit_turns turns [count]` (needs VOICEGW_TEST_MODELS) or `… frames [sessions] [seconds]`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import statistics
import sys
import time
import wave
from pathlib import Path

import aiohttp

from tests.bench import livekit_frames
from tests.bench.livekit_frames import FRAME_S, bearer
from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors
from tests.support.weights import weights_folder

RECORDING = Path(__file__).parents[1] / "data" / "austen-0880.wav"
PATIENCE = 60.0  # s for one turn
COMPARED = 20  # turns at the beginning and at the end whose holdings are compared
MAY_GROW = 1.03  # of the memory: pages that an allocator happens to keep


def usage(pid: int) -> tuple[float, int]:
    """(MB resident, open descriptors) of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = int(status.split("VmRSS:")[1].split()[0])
    return kilobytes / 1024, len(os.listdir(f"/proc/{pid}/fd"))


def family(pid: int) -> dict[int, str]:
    """The process and all below it, by name."""
    found = {pid: "gateway"}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            argv = Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace").split("\0")
            found |= {int(child): "worker" if any("worker" in a for a in argv) else Path(argv[0]).name}
            found |= {k: v for k, v in family(int(child)).items() if k != int(child)}
    return found


async def turn(
    it: Served, http: aiohttp.ClientSession, tts: aiohttp.ClientWebSocketResponse, frames: list[str]
) -> dict[str, float]:
    """Recorded speech in, words, an answer, spoken; ms of each stage."""
    began = time.perf_counter()
    words = ""
    headers = bearer(it.key_id, it.secret)
    async with http.ws_connect(f"{it.v1}/stt?model=deepgram/nova-3", headers=headers) as stt:
        settings = {"sample_rate": "16000", "encoding": "pcm_s16le", "language": "en", "extra": {"keyterm": []}}
        await stt.send_json({"type": "session.create", "model": "deepgram/nova-3", "settings": settings})
        for frame in frames:
            await stt.send_str(frame)
        await stt.send_json({"type": "session.finalize"})
        async for message in stt:
            event = json.loads(message.data)
            assert event["type"] != "error", event
            if event["type"] == "final_transcript":
                words += " " + event["transcript"]
    wrong, wanted = word_errors(WORDS[RECORDING.name], words)
    assert wrong / wanted <= 0.3, words
    heard = time.perf_counter()
    body = {
        "model": "openai/gpt-4o-mini", "stream": True, "stream_options": {"include_usage": True},
        "max_completion_tokens": 12, "messages": [{"role": "user", "content": words}],
    }  # fmt: skip
    answer = ""
    async with http.post(f"{it.v1}/chat/completions", json=body, headers=headers) as reply:
        assert reply.status == 200, await reply.text()
        async for line in reply.content:
            if line.startswith(b"data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    answer += choice.get("delta", {}).get("content") or ""
    thought = time.perf_counter()
    await tts.send_json(
        {"type": "input_transcript", "transcript": answer or "Yes.", "generation_config": {}, "extra": {}}
    )
    await tts.send_json({"type": "session.flush"})
    sound = 0
    async for message in tts:
        event = json.loads(message.data)
        assert event["type"] != "error", event
        if event["type"] == "output_audio":
            sound += len(event["audio"])
        if event["type"] == "done":
            break
    assert sound, "no audio"
    end = time.perf_counter()
    return {"stt": heard - began, "llm": thought - heard, "tts": end - thought, "turn": end - began}


async def turns(it: Served, count: int) -> int:
    with wave.open(str(RECORDING), "rb") as file:
        pcm = file.readframes(file.getnframes())
    size = int(16_000 * FRAME_S) * 2
    frames = [
        json.dumps({"type": "input_audio", "audio": base64.b64encode(pcm[i : i + size]).decode()})
        for i in range(0, len(pcm), size)
    ]
    taken: list[dict[str, float]] = []
    held: list[dict[tuple[int, str], tuple[float, int]]] = []
    pid = it.process.pid
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{it.v1}/tts?model=cartesia/sonic-3", headers=bearer(it.key_id, it.secret)) as tts,
    ):
        await tts.send_json({"type": "session.create", "sample_rate": "24000", "encoding": "pcm_s16le", "extra": {}})
        print(f"{'turns':>6} {'turn ms':>8} {'stt':>6} {'llm':>6} {'tts':>6}   resident MB/descriptors")
        for number in range(1, count + 1):
            async with asyncio.timeout(PATIENCE):
                taken.append(await turn(it, http, tts, frames))
            held.append({one: usage(one[0]) for one in family(pid).items()})
            if number in (1, 10) or number % 50 == 0 or number == count:
                last = taken[-50:]
                middle = {k: statistics.median(t[k] for t in last) * 1000 for k in last[0]}
                now = "  ".join(f"{name} {mb:.0f}/{files}" for (_, name), (mb, files) in held[-1].items())
                stages = " ".join(f"{middle[k]:6.0f}" for k in ("turn", "stt", "llm", "tts"))
                print(f"{number:>6}   {stages}   {now}", flush=True)
    print(f"{count} turns, no error")
    return grown(held)


def grown(held: list[dict[tuple[int, str], tuple[float, int]]]) -> int:
    """Print the first turns beside the middle and the last; 1 when a process holds more at the end.

    An engine's memory grows in its first turns, until it has met utterances of most lengths: its end is compared with
    its middle. The gateway's memory and all descriptors are compared with the beginning.
    """
    middle = max(0, len(held) // 2 - COMPARED // 2)
    parts = (held[:COMPARED], held[middle : middle + COMPARED], held[-COMPARED:])
    print(f"medians of {COMPARED} turns: at the beginning, in the middle, at the end")
    print(f"{'process':<12} {'resident MB':^26}  {'descriptors':^17}")
    worse = 0
    for one in held[-1]:
        seen = [[turn[one] for turn in part if one in turn] for part in parts]
        if not all(seen):
            print(f"{one[1]:<12} did not live all the time")
            worse = 1
            continue
        memory = [statistics.median(u[0] for u in part) for part in seen]
        files = [statistics.median(u[1] for u in part) for part in seen]
        bad = files[2] > files[0] or memory[2] > MAY_GROW * (memory[0] if one[1] == "gateway" else memory[1])
        worse |= bad
        told = " ".join(f"{mb:>8.1f}" for mb in memory) + "  " + " ".join(f"{count:>5.0f}" for count in files)
        print(f"{one[1]:<12} {told}{'   GROWN' if bad else ''}")
    return int(worse)


def main(arguments: list[str]) -> int:
    what, *numbers = arguments or ["turns"]
    if what == "serve":
        livekit_frames.serve(numbers[0])
        return 0
    if what == "frames":
        sessions, seconds = int(numbers[0]) if numbers else 20, float(numbers[1]) if len(numbers) > 1 else 120.0
        return asyncio.run(livekit_frames.frames(sessions, seconds))
    with served(weights_folder()) as it:
        return asyncio.run(turns(it, int(numbers[0]) if numbers else 200))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
