"""A small engine for tests: a real worker process that counts samples, speaks silence, and fails on command.

The model's name is the fault: `ok`, `slow`, `crash-on-load`, `corrupt`, `garbage-on-stdout`, `garbage-on-wire`,
`crash`, `hang`, `hang-up`, `stuck`, `hog`, `error`, `stderr-flood`. `options` may carry `marker` (a file) and `mib`.
`loses-one` forgets its first stream and serves the others; `in-line` answers its first stream when the second is over.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.harness import Connection, Job

RATE = 16_000  # samples per second
PIECE = bytes(3200)


def create(job: Job) -> FakeWorker:
    return CountingWorker(job) if job.model in ("loses-one", "in-line") else FakeWorker(job)


class FakeWorker:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._fault = job.model
        self._ballast = b""
        marker = job.options.get("marker")
        if marker:
            # the fault happens in the first process only: what comes after is well
            if Path(marker).exists():
                self._fault = "ok"
            Path(marker).touch()

    def load(self) -> Mapping[str, Any]:
        match self._fault:
            case "slow":
                time.sleep(float(self._job.options.get("load_s", 0.3)))
            case "crash-on-load":
                print("no such instruction", file=sys.stderr, flush=True)
                os._exit(7)
            case "corrupt":
                raise EngineError(f"{self._job.model} cannot be read: bad magic.", code="model_corrupt")
            case "garbage-on-stdout":
                # the harness's own status pipe, found by trying descriptors
                for fd in range(3, 20):
                    try:
                        os.write(fd, b"%% not json %%\n")
                    except OSError:
                        continue
            case "stderr-flood":
                sys.stderr.write("x" * 300_000 + "\nlast words\n")
                sys.stderr.flush()
        print("a chatty library writes to stdout", flush=True)
        self._ballast = os.urandom(int(self._job.options.get("mib", 0)) * 1024 * 1024)
        return {
            "device": "cpu",
            "compute_type": "fake",
            "why": "it is a fake",
            "nice": os.nice(0),
            "env": dict(os.environ),
            **self._job.options.get("info", {}),
        }

    async def handle(self, first: Event, conn: Connection) -> None:
        if first.type == "transcribe":
            await self._transcribe(conn)
        elif first.type == "synthesize-start":
            await self._speak(conn)
        elif first.type == "exit":
            os._exit(9)

    async def _fail(self, conn: Connection) -> None:
        match self._fault:
            case "crash":
                print("segmentation fault, core not dumped", file=sys.stderr, flush=True)
                os._exit(11)
            case "hang":
                await asyncio.Event().wait()
            case "stuck":
                time.sleep(3600)  # noqa: ASYNC251 - a loop that is stuck is the point
            case "garbage-on-wire":
                conn._writer.write(b"\x00\xff certainly no header\n" * 3)
                await conn._writer.drain()
                await asyncio.Event().wait()
            case "hog":
                import signal

                # what the kernel does to the process with the most memory
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang-up":
                conn._writer.transport.abort()
                await asyncio.Event().wait()
            case "error":
                raise ValueError("the engine's own mistake")

    async def _transcribe(self, conn: Connection) -> None:
        samples = 0
        while (event := await conn.read()) is not None:
            if event.type == "audio-chunk":
                samples += len(event.payload or b"") // 2
            elif event.type in ("audio-stop", "audio-commit"):
                await self._fail(conn)
                seconds = samples / RATE
                data = {
                    "text": f"{samples} samples",
                    "language": "en",
                    "start_s": 0.0,
                    "end_s": seconds,
                    "confidence": 1.0,
                }
                words = [{"text": str(samples), "start_s": 0.0, "end_s": seconds, "confidence": 0.5}]
                await conn.write(Event("voice-stopped", {"timestamp": int(seconds * 1000)}))
                await conn.write(Event("transcript", {**data, "words": words, "segments": []}))
                if event.type == "audio-stop":
                    await conn.write(Event("end-of-stream", {"audio_s": seconds}))
                    return

    async def _speak(self, conn: Connection) -> None:
        text = ""
        while (event := await conn.read()) is not None and event.type != "synthesize-stop":
            text += str(event.data.get("text", ""))
        await self._fail(conn)
        await conn.write(Event("audio-start", {"rate": RATE, "width": 2, "channels": 1}))
        for _ in text:
            await conn.write(Event("audio-chunk", {"rate": RATE, "width": 2, "channels": 1}, PIECE))
        seconds = len(text) * len(PIECE) / 2 / RATE
        await conn.write(Event("audio-stop", {}))
        await conn.write(Event("synthesize-stopped", {"characters": len(text), "audio_s": seconds}))


class CountingWorker(FakeWorker):
    """Reports its work itself, as the real engines do."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._streams = self._done = 0
        self._second_is_over = asyncio.Event()

    def work(self) -> tuple[int, int]:
        if self._job.model == "loses-one":
            return self._done, 0
        # the first waits for its turn, and the engine gets on with something
        self._done += 1
        return self._done, self._streams

    async def handle(self, first: Event, conn: Connection) -> None:
        self._streams += 1
        is_first = self._streams == 1
        if is_first:
            while (event := await conn.read()) is not None and event.type != "audio-stop":
                pass
            await self._second_is_over.wait()
            await conn.write(Event("end-of-stream", {"audio_s": 0.0}))
            return
        await super().handle(first, conn)
        self._done += 1
        if self._job.model == "in-line":
            self._second_is_over.set()
