"""What the gateway adds to a frame of speech: `python -m tests.bench.livekit_turns frames [sessions] [seconds]`.

The whole gateway serves (keys, corridor, meters, journal), in a process of its own as `voicegw serve` does; only the
engine is faked: it says the number of every frame as soon as it has it. A frame carries when it was sent, on a clock
both processes share, so that each part of its way can be timed:

* own part in: from the bytes being handed to the gateway by its event loop to the samples being at the engine's door;
* own part out: from the engine's event to the bytes being written to the socket;
* sent to engine: the whole way in, with the client's write, the kernel, and the wait for the loop's turn;
* sent to echo: both ways, and the client's own loop.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import struct
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import jwt

from voicegw_desktop.core.events import EndOfStream, Interim
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.guards import GuardedHandler
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.livekit.stt import SttSession

FRAME_S = 0.05  # s of audio in one message, as LiveKit's client sends it
FRAME_BYTES = int(16_000 * FRAME_S) * 2
STAMP = struct.Struct("<qii")  # ns of sending, session, number of the frame
LIMIT_MS = 3.0
MODEL = "whisper/tiny.en"
CONFIG = f"""
serve: {{port: 0}}
routing: {{stt: {{aliases: {{"*": {MODEL}}}}}}}
"""


def bearer(key_id: str, secret: str) -> dict[str, str]:
    """The header LiveKit's clients mint for each connection."""
    now = int(time.time())
    claims = {"inference": {"perform": True}, "sub": "agent", "iss": key_id, "nbf": now, "exp": now + 600}
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}


# -- the gateway's side ---------------------------------------------------------------------------------------------


class Echo:
    """An engine's stream, and the backend that opens it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._said: asyncio.Queue[tuple[int, int]] = asyncio.Queue()

    async def open_stt(self, target: Any, options: Any) -> Echo:
        return Echo(self._watch)

    async def push(self, pcm: bytes) -> None:
        now = time.perf_counter_ns()
        sent, session, number = STAMP.unpack_from(pcm)
        self._watch.pushed[session, number] = (sent, now)
        self._said.put_nowait((session, number))

    async def commit(self) -> None: ...

    async def end(self) -> None:
        self._said.put_nowait((0, 0))

    async def cancel(self) -> None:
        await self.end()

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (said := await self._said.get()) != (0, 0):
            self._watch.spoken[said] = time.perf_counter_ns()
            yield Interim("{}:{}".format(*said), committed="")
        yield EndOfStream(0.0)


class Watch:
    """Notes the time at four places."""

    def __init__(self) -> None:
        self.read: dict[int, list[tuple[int, int]]] = defaultdict(list)
        """Session → when bytes were handed over, and how many after the head there were by then."""
        self.pushed: dict[tuple[int, int], tuple[int, int]] = {}
        self.spoken: dict[tuple[int, int], int] = {}
        self.written: dict[tuple[int, int], int] = {}
        self._sessions: dict[int, int] = {}

    def install(self) -> None:
        receive, say = GuardedHandler.data_received, SttSession._say

        def data_received(handler: GuardedHandler, data: bytes) -> None:
            now = time.perf_counter_ns()
            session = self._sessions.get(id(handler))
            if session is None:
                head = data.partition(b"X-Session: ")[2]
                self._sessions[id(handler)] = int(head.partition(b"\r\n")[0]) if head else -1
            else:
                seen = self.read[session]
                seen.append((now, len(data) + (seen[-1][1] if seen else 0)))
            receive(handler, data)

        async def _say(session: SttSession, event: Any) -> None:
            await say(session, event)
            if isinstance(event, Interim):
                one, two = event.text.split(":")
                self.written[int(one), int(two)] = time.perf_counter_ns()

        GuardedHandler.data_received = data_received  # type: ignore[method-assign]
        SttSession._say = _say  # type: ignore[method-assign]

    def figures(self) -> dict[str, list[float]]:
        """Milliseconds of each leg, of every frame."""
        found: dict[str, list[float]] = {"in": [], "out": [], "own": [], "sent to engine": []}
        per_session: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for (session, number), (sent, at) in self.pushed.items():
            per_session[session].append((number, sent, at))
        for session, frames in per_session.items():
            reads = self.read[session]
            size = (reads[-1][1] - CREATED) / len(frames)
            index = 0
            for number, sent, at in sorted(frames):
                # the read that brought its last bytes; pings and the session's ends are less than half a frame
                while index < len(reads) - 1 and reads[index][1] < CREATED + (number - 0.5) * size:
                    index += 1
                inward = at - reads[index][0]
                outward = self.written[session, number] - self.spoken[session, number]
                found["in"].append(inward / 1e6)
                found["out"].append(outward / 1e6)
                found["own"].append((inward + outward) / 1e6)
                found["sent to engine"].append((at - sent) / 1e6)
        return found


CREATED = 150  # bytes, about, of session.create


def serve(home: str) -> None:
    """Serve until stdin ends; prints the address and key, and at the end the figures."""

    async def main() -> None:
        folder = Path(home)
        (folder / "voicegw.yaml").write_text(CONFIG)
        async with Gateway(str(folder / "voicegw.yaml"), paths=paths_below(folder)) as gateway:
            watch = Watch()
            watch.install()
            assert gateway.backends is not None
            gateway.backends.register("whisper", stt=Echo(watch))
            key = await gateway.keys.mint(None, "bench")
            server = Server(gateway)
            await server.start()
            # as `voicegw serve` does
            gc.collect()
            gc.freeze()
            print(json.dumps({"url": server.url, "key": key.id, "secret": key.livekit_secret}), flush=True)
            began = time.process_time()
            await asyncio.to_thread(sys.stdin.read)
            spent = time.process_time() - began
            await server.stop()
            print(json.dumps({"cpu_s": spent, "figures": watch.figures()}), flush=True)

    asyncio.run(main())


# -- the agents' side -----------------------------------------------------------------------------------------------


async def talk(http: aiohttp.ClientSession, url: str, session: int, sessions: int, seconds: float) -> list[float]:
    """Real-time audio on one connection; ms from each frame's sending to its echo. A frame without one is missing."""
    await asyncio.sleep(FRAME_S * session / sessions)
    sent: dict[str, int] = {}
    delays: list[float] = []
    async with http.ws_connect(f"{url}/v1/stt?model=deepgram/nova-3", headers={"X-Session": str(session)}) as ws:
        settings = {"sample_rate": "16000", "encoding": "pcm_s16le", "language": "en", "extra": {}}
        await ws.send_json({"type": "session.create", "model": "deepgram/nova-3", "settings": settings})

        async def listen() -> None:
            async for message in ws:
                event = json.loads(message.data)
                assert event["type"] != "error", event
                if event["type"] == "interim_transcript":
                    delays.append((time.perf_counter_ns() - sent[event["transcript"]]) / 1e6)

        listening = asyncio.create_task(listen())
        begin = time.perf_counter()
        for number in range(1, round(seconds / FRAME_S) + 1):
            now = sent[f"{session}:{number}"] = time.perf_counter_ns()
            pcm = STAMP.pack(now, session, number).ljust(FRAME_BYTES, b"\1")
            await ws.send_str(json.dumps({"type": "input_audio", "audio": base64.b64encode(pcm).decode()}))
            await asyncio.sleep(max(0.0, begin + number * FRAME_S - time.perf_counter()))
        await ws.send_json({"type": "session.finalize"})
        await asyncio.wait_for(listening, 10)
    return delays


def line(name: str, taken: list[float]) -> str:
    taken = sorted(taken)
    p50, p99 = (taken[int(len(taken) * q)] for q in (0.5, 0.99))
    return f"{name:<38} {p50:>8.3f} {p99:>8.3f} {taken[-1]:>8.2f}"


async def frames(sessions: int, seconds: float) -> int:
    """Run both sides and print; the exit status."""
    with tempfile.TemporaryDirectory() as home:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.livekit_turns", "serve", home,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=256 * 1024 * 1024,
        )  # fmt: skip
        assert process.stdout is not None
        told = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession(headers=bearer(told["key"], told["secret"])) as http:
            heard = await asyncio.gather(*(talk(http, told["url"], n, sessions, seconds) for n in range(sessions)))
        answer, _ = await process.communicate(b"")
    said = json.loads(answer)
    figures, wanted = said["figures"], sessions * round(seconds / FRAME_S)
    dropped = wanted - sum(map(len, heard))
    print(f"{sessions} sessions of {seconds:.0f} s: {wanted} frames, {dropped} dropped")
    print(f"{'ms':<38} {'p50':>8} {'p99':>8} {'worst':>8}")
    print(line("own part in: read to engine", figures["in"]))
    print(line("own part out: event to socket", figures["out"]))
    print(line(f"own part of a frame (limit {LIMIT_MS:g})", figures["own"]))
    print(line("sent to engine", figures["sent to engine"]))
    print(line("sent to echo, both ends", [delay for one in heard for delay in one]))
    print(f"processor time: {said['cpu_s']:.1f} s, {said['cpu_s'] / wanted * 1000:.3f} ms a frame")
    own = sorted(figures["own"])
    within = own[int(len(own) * 0.99)] <= LIMIT_MS
    print("no dropped frame" if not dropped else f"{dropped} frames dropped", "and", end=" ")
    print("within the limit" if within else "OVER THE LIMIT")
    return 0 if within and not dropped else 1
