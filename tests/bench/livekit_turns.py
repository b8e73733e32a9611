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
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

import aiohttp
import jwt

from tests.support.served import Served, served
from tests.support.socket_gateway import LIVEKIT_ID, LIVEKIT_SECRET, FakeGateway, FakeStt
from tests.support.speech import WORDS, word_errors
from voicegw_desktop.core.events import Interim
from voicegw_desktop.sockets import livekit_inference
from voicegw_desktop.sockets.livekit_stt import SttSession
from voicegw_desktop.sockets.server import Server

RECORDING = Path(__file__).parents[1] / "data" / "austen-0880.wav"
FRAME_S = 0.05  # s of audio in one message, as LiveKit's client sends it
PATIENCE = 60.0  # s for one turn


def bearer(key_id: str, secret: str) -> dict[str, str]:
    """The header LiveKit's clients mint for each connection."""
    now = int(time.time())
    claims = {"inference": {"perform": True}, "sub": "agent", "iss": key_id, "nbf": now, "exp": now + 600}
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}


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


async def turns(it: Served, count: int) -> None:
    with wave.open(str(RECORDING), "rb") as file:
        pcm = file.readframes(file.getnframes())
    size = int(16_000 * FRAME_S) * 2
    frames = [
        json.dumps({"type": "input_audio", "audio": base64.b64encode(pcm[i : i + size]).decode()})
        for i in range(0, len(pcm), size)
    ]
    taken: list[dict[str, float]] = []
    pid = it.process.pid
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{it.v1}/tts?model=cartesia/sonic-3", headers=bearer(it.key_id, it.secret)) as tts,
    ):
        await tts.send_json({"type": "session.create", "sample_rate": "24000", "encoding": "pcm_s16le", "extra": {}})
        print(f"{'turns':>6} {'turn ms':>8} {'stt':>6} {'llm':>6} {'tts':>6}   resident MB and descriptors")
        for number in range(1, count + 1):
            async with asyncio.timeout(PATIENCE):
                taken.append(await turn(it, http, tts, frames))
            if number in (1, 10) or number % 50 == 0 or number == count:
                last = taken[-50:]
                middle = {k: statistics.median(t[k] for t in last) * 1000 for k in last[0]}
                held = "  ".join(f"{name} {usage(p)[0]:.0f}/{usage(p)[1]}" for p, name in family(pid).items())
                stages = " ".join(f"{middle[k]:6.0f}" for k in ("turn", "stt", "llm", "tts"))
                print(f"{number:>6}   {stages}   {held}", flush=True)
    print(f"{count} turns, no error")


class Echo(FakeStt):
    """Says the number of every frame as it is pushed: what the gateway adds is then all there is between."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._heard: asyncio.Queue[int] = asyncio.Queue()
        self._count = 0

    async def push(self, pcm: bytes) -> None:
        self._count += 1
        self._heard.put_nowait(self._count)

    async def end(self) -> None:
        self._heard.put_nowait(0)

    async def __aiter__(self) -> Any:
        while number := await self._heard.get():
            yield Interim(str(number), committed="")
        self.over = True


async def frames(url: str, sessions: int, seconds: float) -> None:
    """Real-time audio on many connections; the time from a frame's sending to its echo."""
    audio = json.dumps({"type": "input_audio", "audio": base64.b64encode(bytes(int(16_000 * FRAME_S) * 2)).decode()})
    delays: list[float] = []
    dropped = 0

    async def one(http: aiohttp.ClientSession, offset: float) -> None:
        nonlocal dropped
        await asyncio.sleep(offset)
        async with http.ws_connect(f"{url}/v1/stt?model=fake/stt") as ws:
            await ws.send_json({"type": "session.create", "model": "fake/stt", "settings": {"sample_rate": "16000"}})
            sent: dict[int, float] = {}

            async def listen() -> None:
                async for message in ws:
                    event = json.loads(message.data)
                    if event["type"] == "interim_transcript":
                        delays.append(time.perf_counter() - sent.pop(int(event["transcript"])))

            listening = asyncio.create_task(listen())
            begin = time.perf_counter()
            for number in range(1, int(seconds / FRAME_S) + 1):
                sent[number] = time.perf_counter()
                await ws.send_str(audio)
                await asyncio.sleep(max(0.0, begin + number * FRAME_S - time.perf_counter()))
            await ws.send_json({"type": "session.finalize"})
            await asyncio.wait({listening}, timeout=2)
            dropped += len(sent)
            listening.cancel()

    async with aiohttp.ClientSession(headers=bearer(LIVEKIT_ID, LIVEKIT_SECRET)) as http:
        await asyncio.gather(*(one(http, FRAME_S * i / sessions) for i in range(sessions)))
    delays.sort()
    p50, p99 = (delays[int(len(delays) * q)] * 1000 for q in (0.5, 0.99))
    print(
        f"{sessions} sessions of {seconds:.0f} s: {len(delays)} frames, {dropped} dropped; send to echo, both ends:",
        end=" ",
    )
    print(f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {delays[-1] * 1000:.2f} ms")


def serve_echo(home: str) -> None:
    """The gateway's side of `frames`, in a process of its own; tells its address, and at the end its processor time."""

    async def serve() -> None:
        gateway = FakeGateway(Path(home))
        corridor = gateway.corridor

        async def open_stt(caller: Any, wanted: str, options: Any) -> Echo:
            return Echo(wanted, options, [])

        corridor.open_stt = open_stt  # type: ignore[method-assign, assignment]
        spent = [_timed(livekit_inference, "_handle"), _timed(SttSession, "_say")]
        server = Server(gateway)
        await server.start()
        print(server.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await server.stop()
        own = sorted(a + b for a, b in zip(*spent, strict=False))
        p50, p99 = (own[int(len(own) * q)] * 1000 for q in (0.5, 0.99))
        print(f"the gateway's own part of a frame, in and out: p50 {p50:.3f} ms, p99 {p99:.3f} ms")
        print(f"{time.process_time():.2f}", flush=True)

    asyncio.run(serve())


def _timed(holder: Any, name: str) -> list[float]:
    """Seconds each call of this coroutine takes from now on."""
    inner, taken = getattr(holder, name), []

    async def outer(*arguments: Any) -> None:
        began = time.perf_counter()
        await inner(*arguments)
        taken.append(time.perf_counter() - began)

    setattr(holder, name, outer)
    return taken


async def many(sessions: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as home:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.livekit_turns", "serve", home,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        await frames(url, sessions, seconds)
        told, _ = await process.communicate(b"")
        *said, spent = told.decode().split("\n")[:-1]
        print(*said, sep="\n")
        each = float(spent) / (sessions * seconds / FRAME_S) * 1000
        print(f"processor time of the gateway: {float(spent):.1f} s, {each:.3f} ms a frame (start included)")


def main(arguments: list[str]) -> None:
    what, *numbers = arguments or ["turns"]
    if what == "serve":
        serve_echo(numbers[0])
    elif what == "frames":
        asyncio.run(many(int(numbers[0]) if numbers else 20, float(numbers[1]) if len(numbers) > 1 else 120.0))
    else:
        with served(Path(os.environ["VOICEGW_TEST_MODELS"])) as it:
            asyncio.run(turns(it, int(numbers[0]) if numbers else 200))


if __name__ == "__main__":
    main(sys.argv[1:])
