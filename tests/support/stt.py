"""A whisper worker process to talk to, audio to send it, and what it said."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voicegw_desktop.engines.kinds import kinds
from voicegw_desktop.engines.process import worker_environment
from voicegw_desktop.engines.wire import Event, encode, read_event

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data"
FRAME = 0.02  # s of audio in one chunk


def clip(name: str) -> bytes:
    """The int16 samples of a 16 kHz recording in tests/data."""
    with wave.open(str(DATA / name)) as file:
        return file.readframes(file.getnframes())


def silence(seconds: float, rate: int = 16_000) -> bytes:
    return b"\0\0" * int(seconds * rate)


@dataclass
class Heard:
    """What one stream brought, in order, with the time each event came."""

    events: list[Event] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [e.data for e in self.events if e.type == kind]

    @property
    def text(self) -> str:
        return " ".join(d["text"] for d in self.of("transcript") if d["text"])

    @property
    def final_ms(self) -> list[float]:
        """From each endpoint decision to its transcript."""
        stops = [t for e, t in zip(self.events, self.at, strict=True) if e.type == "voice-stopped"]
        finals = [t for e, t in zip(self.events, self.at, strict=True) if e.type == "transcript"]
        return [(f - s) * 1000 for s, f in zip(stops, finals, strict=True)]


class SttProcess:
    """One running worker."""

    def __init__(self, address: str, info: dict[str, Any], pid: int) -> None:
        self.address, self.info, self.pid = address, info, pid

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.address.removeprefix("unix:"), limit=2**20)

    async def hear(
        self,
        pcm: bytes,
        *,
        rate: int = 16_000,
        pace: float = 0.0,
        piece_s: float = FRAME,
        commit: bool = False,
        on_event: Callable[[Event], object] = lambda event: None,
        **options: Any,
    ) -> Heard:
        """Send `pcm` and read to the end. `pace` 1.0 sends in real time, 0 as fast as the worker takes it."""
        reader, writer = await self.connect()
        heard = Heard()

        async def read() -> None:
            while (event := await read_event(reader)) is not None:
                heard.events.append(event)
                heard.at.append(time.perf_counter())
                on_event(event)
                if event.type in ("end-of-stream", "error"):
                    return

        reading = asyncio.create_task(read())
        try:
            writer.write(encode(Event("transcribe", {"rate": rate, **options})))
            writer.write(encode(Event("audio-start", {"rate": rate, "width": 2, "channels": 1})))
            size = int(rate * (piece_s if pace else 0.5)) * 2
            due = time.perf_counter()
            for at in range(0, len(pcm), size):
                piece = pcm[at : at + size]
                writer.write(encode(Event("audio-chunk", {"rate": rate, "width": 2, "channels": 1}, piece)))
                await writer.drain()
                if reading.done():
                    break
                if pace:
                    due += len(piece) / 2 / rate * pace
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if commit:
                writer.write(encode(Event("audio-commit", {})))
            writer.write(encode(Event("audio-stop", {})))
            await reading
        finally:
            reading.cancel()
            writer.close()
        return heard


class WorkerFailed(Exception):
    """The worker reported `failed`; `status` is its line."""

    def __init__(self, status: dict[str, Any]) -> None:
        super().__init__(status.get("message"))
        self.status = status


@asynccontextmanager
async def stt_process(folder: Path, *, threads: int = 2, **job: Any) -> AsyncIterator[SttProcess]:
    """A whisper worker with the model in `folder`, as the supervisor would start it."""
    with tempfile.TemporaryDirectory() as scratch:
        env = worker_environment(threads, False, kinds()["whisper"].env)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voicegw_desktop.workers.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=env,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        line = {"engine": "whisper", "module": kinds()["whisper"].module, "model": folder.name, "dir": str(folder)}
        line["socket"] = f"{scratch}/s"
        process.stdin.write(json.dumps({**line, "threads": threads, **job}).encode() + b"\n")
        try:
            while True:
                status = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
                if status["state"] == "failed":
                    raise WorkerFailed(status)
                if status["state"] == "ready":
                    break
            yield SttProcess(status["address"], status["info"], process.pid)
        finally:
            process.stdin.close()
            await process.wait()
