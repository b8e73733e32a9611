"""Live streams in a time that is counted in the audio: how busy the machine is changes nothing of what they hear.

A decode takes no time. What Smart Turn says of a pause comes LATE_MS of audio after the pause was seen, as on a quiet
machine with two cores.
"""

from __future__ import annotations

import asyncio
import threading

from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import Recogniser
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Urgency
from voicegw_desktop.workers.whisper.streams import Engine
from voicegw_desktop.workers.whisper.turn import SmartTurn
from voicegw_desktop.workers.whisper.vad import CHUNK, open_session

LATE_MS = 160


class LateJudge:
    """Smart Turn, whose answer is held back until `gate` opens."""

    def __init__(self, model: SmartTurn) -> None:
        self._model = model
        self.gate = threading.Event()
        self.asked = 0

    def finished(self, speech: Samples) -> float:
        self.asked += 1
        odds = self._model.finished(speech)
        self.gate.wait()
        return odds


class AudioTime:
    """An engine, and the time of the audio that its streams have heard."""

    def __init__(self, recogniser: Recogniser, turn: SmartTurn) -> None:
        self.seconds = 0.0
        self.judge = LateJudge(turn)
        queue = DecodeQueue(clock=lambda: self.seconds)
        self.engine = Engine(recogniser, queue, open_session(), self.judge)

    async def feed(self, stream: LiveStream, pcm: bytes) -> None:
        """Let the stream hear all of `pcm` (int16, 16 kHz), chunk by chunk, and end it."""
        asked: asyncio.Task[None] | None = None
        since = 0
        for at in range(0, len(pcm), CHUNK * 2):
            self.seconds += CHUNK / RATE
            await stream.push(pcm[at : at + CHUNK * 2])
            for _ in range(3):
                await asyncio.sleep(0)
            while self.engine.queue.held:
                await self.engine.queue.run(Urgency.INTERIM, int)
            ending = stream._ending
            if ending is None or ending._asking is None:
                self.judge.gate.set()
                asked = None
                continue
            if ending._asking is not asked:
                asked, since = ending._asking, 0
                self.judge.gate.clear()
            since += 1
            if since * CHUNK * 1000 / RATE >= LATE_MS:
                self.judge.gate.set()
                await asked
        self.judge.gate.set()
        await stream.end()
