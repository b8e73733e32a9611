"""The turn worker: says for a recording of speech whether its speaker has finished (Smart Turn)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import numpy as np

from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.harness import Connection, Job
from voicegw_desktop.workers.whisper.audio import RATE, Resampler
from voicegw_desktop.workers.whisper.turn import WEIGHTS, SmartTurn


def create(job: Job) -> TurnWorker:
    """The worker for `job`."""
    return TurnWorker(job)


class TurnWorker:
    """One model for any number of connections, each with one question after the other."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._model: SmartTurn | None = None
        self._done = self._busy = 0

    def load(self) -> Mapping[str, object]:
        """Load the model and let it judge a second of silence, so that the first answer is as fast as the others."""
        self._model = SmartTurn(self._job.dir / WEIGHTS)
        self._model.finished(np.zeros(RATE, np.float32))
        return {"device": "cpu", "compute_type": "int8", "why": "Smart Turn runs on the processor", "threads": 1}

    def work(self) -> tuple[int, int]:
        """(answers given, questions in hand)."""
        return self._done, self._busy

    async def handle(self, first: Event, conn: Connection) -> None:
        """Answer each `judge {rate}`, whose payload is int16 mono, with `turn {probability, spent_s}`."""
        assert self._model is not None
        event: Event | None = first
        while event is not None:
            if event.type == "judge":
                began = time.monotonic()
                self._busy += 1
                try:
                    odds = await asyncio.to_thread(_judge, self._model, int(event.data["rate"]), event.payload or b"")
                finally:
                    self._busy -= 1
                self._done += 1
                await conn.write(Event("turn", {"probability": odds, "spent_s": time.monotonic() - began}))
            event = await conn.read()


def _judge(model: SmartTurn, rate: int, pcm: bytes) -> float:
    """How likely the speaker of int16 mono samples has finished. Runs in a thread: high rates take long to convert."""
    resampler = Resampler(rate)
    heard = resampler.push(pcm)
    return model.finished(np.concatenate((heard, resampler.flush())))
