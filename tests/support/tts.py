"""A TTS worker process to talk to, and the sentences for its measurement."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.engines.wire import Event, encode, read_event

ROOT = Path(__file__).resolve().parent.parent.parent
MODELS = {"piper": "en_US-joe-medium", "kokoro": "v1.0-int8", "sherpa": "vits-piper-en_US-joe-medium"}
VOICES = {"piper": (None,), "kokoro": ("af_heart", "am_michael", "bf_emma")}
SENTENCES = (
    "The train to Boston leaves at half past nine from platform four.",
    "Dr. Lee paid $42.50 for the ticket, which was cheaper than he had feared.",
    "Could you please tell me whether the museum is open on Sunday?",
    "On March 5, 2024, about 1,200 people walked across the old bridge.",
    "First, wash your hands; then dry them with a clean towel.",
    "She opened the window, looked at the grey sky, and decided to stay at home.",
    "**Good news:** your order has shipped and will arrive within 3 days. 🎉",
    "The quick brown fox jumps over the lazy dog while the farmer sleeps.",
)
"""Eight of different kinds; all within what a listener writes down in one way."""
REPLIES = (
    "Sure, I can help you with that today.",
    "Your appointment is confirmed for Tuesday at ten in the morning.",
    "I'm sorry, I didn't catch that.",
    "The weather will be sunny with a light breeze.",
    "Yes, the store opens at nine.",
    "Let me check your account for the latest payment.",
    "Thanks for calling, have a wonderful day!",
    "It takes about twenty minutes by train.",
    "No problem, I have cancelled your order.",
    "What time would you like to leave tomorrow?",
)
"""At most twelve words each."""
ANSWERS = (
    "Of course, I can tell you about all of the trains that leave for Boston this morning, and about the ones that "
    "come back in the evening.",
    "It depends on the weather. When it rains, the old bridge is closed and you have to walk around by the mill, "
    "which takes about forty minutes longer than the direct way.",
    "Sure. The quick brown fox jumps over the lazy dog while the farmer sleeps and the sun goes down behind the hills, "
    "and nobody in the village hears a thing about it until the next morning.",
    "To reset your password, open the settings page, choose security, and press the button at the bottom; a message "
    "with a link will reach you within a few minutes, and the link is good for one hour.",
)
"""Sentences of twenty-five words and more: while their first clause plays, the rest is made."""


@dataclass
class Spoken:
    """What one request brought."""

    pcm: bytes = b""
    rate: int = 0
    first_s: float = 0.0
    """Seconds from request to first audio."""
    late_s: float = 0.0
    """Longest wait of a player that began with the first audio."""
    frames: list[int] = field(default_factory=list)
    words: list[dict[str, Any]] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    """Seconds at which each clause begins, when alignment was asked for; `ends` likewise."""
    ends: list[float] = field(default_factory=list)
    done: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / self.rate if self.rate else 0.0


class TtsProcess:
    """One running worker."""

    def __init__(self, address: str, info: dict[str, Any], pid: int) -> None:
        self.address, self.info, self.pid = address, info, pid

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kind, _, where = self.address.partition(":")
        if kind == "unix":
            return await asyncio.open_unix_connection(where, limit=2**20)
        host, _, port = where.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=2**20)

    async def say(self, text: str | Iterable[str], **data: Any) -> Spoken:
        """Speak `text`, whole when a string, else in pieces. `data` as in `synthesize`."""
        reader, writer = await self.connect()
        if isinstance(data.get("voice"), str):
            data["voice"] = {"name": data["voice"]}
        try:
            asked = time.perf_counter()
            if isinstance(text, str):
                writer.write(encode(Event("synthesize", {"text": text, **data})))
            else:
                writer.write(encode(Event("synthesize-start", data)))
                for piece in text:
                    writer.write(encode(Event("synthesize-chunk", {"text": piece})))
                writer.write(encode(Event("synthesize-stop", {})))
            return await collect(reader, asked)
        finally:
            writer.close()


async def collect(reader: asyncio.StreamReader, asked: float) -> Spoken:
    """All events until the utterance has ended or failed."""
    out, pcm = Spoken(), bytearray()
    while (event := await read_event(reader)) is not None:
        if event.type == "audio-start":
            out.rate = event.data["rate"]
        elif event.type == "audio-chunk":
            now = time.perf_counter() - asked
            out.first_s = out.first_s or now
            out.late_s = max(out.late_s, now - out.first_s - len(pcm) / 2 / out.rate)
            payload = event.payload or b""
            out.frames.append(len(payload))
            pcm += payload
        elif event.type == "alignment":
            words = event.data["words"]
            out.words += words
            out.starts.append(words[0]["start_s"])
            out.ends.append(words[-1]["end_s"])
        elif event.type == "error":
            out.error = dict(event.data)
        elif event.type == "synthesize-stopped":
            out.done = dict(event.data)
            break
    out.pcm = bytes(pcm)
    return out


@asynccontextmanager
async def tts_process(
    engine: str, store: Path, threads: int = 1, options: dict[str, Any] | None = None, folder: Path | None = None
) -> AsyncIterator[TtsProcess]:
    """A worker with the starter model, ready; it ends with the block. Raises RuntimeError when loading fails."""
    model, kind = MODELS[engine], PROVIDERS[engine].worker
    with tempfile.TemporaryDirectory() as scratch:
        job = {
            "engine": engine,
            "module": kind.module if kind else "",
            "model": model,
            "dir": str(folder or store / engine / model),
            "socket": "" if sys.platform == "win32" else f"{scratch}/tts.sock",
            "threads": threads,
            "nice": 0,
            "options": {"cache_dir": scratch, "phrase_cache": "0", **(options or {})},
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voicegw_desktop.workers.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            limit=2**20,
        )
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            while True:
                line = json.loads(await process.stdout.readline() or b'{"state": "failed", "code": "no_line"}')
                if line["state"] == "failed":
                    raise RuntimeError(f"{line['code']}: {line.get('message')}")
                if line["state"] == "ready":
                    break
            yield TtsProcess(line["address"], line["info"], process.pid)
        finally:
            process.stdin.close()
            await process.wait()
            # the transport's pipes are closed on the loop's next turn
            await asyncio.sleep(0)


class Listener:
    """Whisper base, in this process, as the judge of what was said."""

    def __init__(self, store: Path) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(store / "whisper" / "base"), device="cpu", compute_type="int8", cpu_threads=2)

    def hear(self, spoken: Spoken) -> str:
        """The words of `spoken`."""
        import numpy as np

        from voicegw_desktop.workers.tts.audio import resample

        audio = np.frombuffer(spoken.pcm, "<i2").astype(np.float32) / 32768
        segments, _ = self._model.transcribe(
            resample(audio, spoken.rate, 16_000), language="en", beam_size=1, temperature=0.0
        )
        return " ".join(segment.text.strip() for segment in segments)


def comparable(text: str) -> str:
    """`text` with figures in words and one spelling, so that 42 and forty-two compare as equal."""
    from voicegw_desktop.workers.tts.normalise import spoken

    return spoken(text, "en-us").lower().replace("gray", "grey").replace("good news,", "good news")
