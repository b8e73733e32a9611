"""An AgentSession without a room: a microphone that plays recordings and a speaker that keeps what it is given."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

from livekit import rtc
from livekit.agents.voice import io

FRAME_MS = 20
RATE = 16_000


class Microphone(io.AudioInput):
    """Silence in real time, and recordings when told."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._queue: list[bytes] = []
        self._next = 0.0
        self.idle = asyncio.Event()
        self.idle.set()

    def say(self, pcm: bytes) -> None:
        """Play int16 mono samples at 16 kHz."""
        size = RATE * FRAME_MS // 1000 * 2
        self._queue += [pcm[at : at + size].ljust(size, b"\0") for at in range(0, len(pcm), size)]
        self.idle.clear()

    def __aiter__(self) -> AsyncIterator[rtc.AudioFrame]:
        return self

    async def __anext__(self) -> rtc.AudioFrame:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now - 0.1) + FRAME_MS / 1000
        await asyncio.sleep(max(0.0, self._next - now))
        samples = RATE * FRAME_MS // 1000
        pcm = self._queue.pop(0) if self._queue else bytes(samples * 2)
        if not self._queue:
            self.idle.set()
        return rtc.AudioFrame(pcm, RATE, 1, samples)


class Speaker(io.AudioOutput):
    """Plays at once what it gets, or in real time when `paced`; an interruption clears it."""

    def __init__(self, paced: bool = False) -> None:
        super().__init__(label="speaker", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=24_000)
        self.heard_s = 0.0
        self.started, self.ended = asyncio.Event(), asyncio.Event()
        self.interrupted = 0
        self._paced = paced
        self._held_s = 0.0
        self._began = False
        self._ending: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._began:
            self._began = True
            self.started.set()
            self.on_playback_started(created_at=asyncio.get_running_loop().time())
        self._held_s += frame.duration
        self.heard_s += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._began:
            self._ending = asyncio.ensure_future(self._finish(self._held_s))

    async def _finish(self, seconds: float) -> None:
        if self._paced:
            await asyncio.sleep(seconds)
        self._over(seconds, interrupted=False)

    def _over(self, seconds: float, interrupted: bool) -> None:
        self._began, self._held_s, self._ending = False, 0.0, None
        self.ended.set()
        self.on_playback_finished(playback_position=seconds, interrupted=interrupted)

    def clear_buffer(self) -> None:
        if self._began:
            if self._ending is not None:
                self._ending.cancel()
            self.interrupted += 1
            self._over(self._held_s / 2, interrupted=True)


def speech(path: Path, seconds: float | None = None) -> bytes:
    """The samples of a recording at 16 kHz."""
    with wave.open(str(path)) as file:
        assert file.getframerate() == RATE
        return file.readframes(file.getnframes() if seconds is None else int(seconds * RATE))
