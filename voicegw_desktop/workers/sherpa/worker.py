"""The sherpa worker: one network of sherpa-onnx, whose files tell what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import EngineUnavailable
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.sherpa.networks import check_digests
from voicegw_desktop.workers.tts.speak import Speaker, SpeechWorker, open_cache


class SherpaVoiceWorker(SpeechWorker):
    """Speaks with a voice of sherpa-onnx."""

    def load(self) -> Mapping[str, Any]:
        """Load and warm up; `info` lists the voice and its own rate."""
        # imported here, so that a missing package is told as such
        from voicegw_desktop.workers.sherpa.piper_vits import VitsEngine

        job = self._job
        check_device(job)
        check_digests(job.dir)
        engine = VitsEngine(job.dir, job.model, job.threads)
        self._speaker = Speaker(engine, open_cache(job, engine.version))
        return {
            "device": "cpu",
            "compute_type": "float32",
            "why": "sherpa-onnx from PyPI runs on the processor",
            "threads": job.threads,
            "rate": engine.rate,
            "voices": engine.voices(),
        }


def check_device(job: Job) -> None:
    """Raises EngineUnavailable for a device that the library cannot use."""
    if job.device not in ("auto", "cpu"):
        raise EngineUnavailable(
            f"engines.sherpa.device is {job.device}, but sherpa-onnx as pip installs it runs on the processor only. "
            "Set it to auto or cpu.",
            code="device_unavailable",
            param="device",
        )


def create(job: Job) -> SherpaVoiceWorker:
    """The worker for `job`."""
    return SherpaVoiceWorker(job)
