"""The whisper worker: one model, any number of live streams and recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.whisper.loading import load, stay_offline
from voicegw_desktop.workers.whisper.queue import DecodeQueue
from voicegw_desktop.workers.whisper.serving import HearingWorker
from voicegw_desktop.workers.whisper.streams import Engine
from voicegw_desktop.workers.whisper.vad import open_session


def create(job: Job) -> WhisperWorker:
    """The worker for `job`."""
    stay_offline()
    return WhisperWorker(job)


class WhisperWorker(HearingWorker):
    """Loads the model of a job and serves streams with it."""

    def load(self) -> Mapping[str, Any]:
        """Load model and voice detector; returns device, compute_type, why, threads, languages."""
        job = self._job
        recogniser, info = load(job.dir, job.device, job.compute_type, job.threads)
        turn, said = self._turn()
        self._engine = Engine(recogniser, DecodeQueue(recogniser.at_once), open_session(), turn)
        return {**info, "endpointing": said}
