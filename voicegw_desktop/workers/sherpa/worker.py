"""The sherpa worker: one voice or one recogniser of sherpa-onnx, as the files of its model tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import EngineUnavailable
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.descriptors.sherpa import hears
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.sherpa.networks import check_digests
from voicegw_desktop.workers.tts.speak import Speaker, SpeechWorker, open_cache
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions
from voicegw_desktop.workers.whisper.queue import DecodeQueue
from voicegw_desktop.workers.whisper.serving import HearingWorker
from voicegw_desktop.workers.whisper.streams import Engine
from voicegw_desktop.workers.whisper.texts import noise
from voicegw_desktop.workers.whisper.vad import open_session


class SherpaVoiceWorker(SpeechWorker):
    """Speaks with a voice of sherpa-onnx."""

    def load(self) -> Mapping[str, Any]:
        """Load and warm up; `info` lists the voice and its own rate."""
        # imported here, so that a missing package is told as such
        from voicegw_desktop.workers.sherpa.piper_vits import VitsEngine

        job = self._job
        check_device(job)
        check_digests(job.dir, {})
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


class SherpaHearingWorker(HearingWorker):
    """Hears with a recogniser of sherpa-onnx."""

    def load(self) -> Mapping[str, Any]:
        """Load model and voice detector; returns device, compute_type, why, threads, languages."""
        from voicegw_desktop.workers.sherpa.families import find
        from voicegw_desktop.workers.sherpa.recogniser import SherpaRecogniser

        job = self._job
        check_device(job)
        check_digests(job.dir, included(job.model))
        found = find(job.dir)
        recogniser = SherpaRecogniser(found, job.threads)
        recogniser.decode(noise(), DecodeOptions())
        turn, said = self._turn()
        self._engine = Engine(recogniser, DecodeQueue(), open_session(), turn, listen=recogniser.piece_by_piece)
        return {
            "device": "cpu",
            "compute_type": "int8" if found.eight_bits else "float32",
            "why": "sherpa-onnx from PyPI runs on the processor",
            "threads": job.threads,
            "multilingual": False,
            "languages": list(recogniser.vocabulary.languages),
            "endpointing": said,
        }


def included(model: str) -> Mapping[str, str]:
    """File → SHA-256 of a model that a package brings; empty for any other."""
    return next((one.digests for one in PROVIDERS["sherpa"].included if one.model == model), {})


def check_device(job: Job) -> None:
    """Raises EngineUnavailable for a device that the library cannot use."""
    if job.device not in ("auto", "cpu"):
        raise EngineUnavailable(
            f"engines.sherpa.device is {job.device}, but sherpa-onnx as pip installs it runs on the processor only. "
            "Set it to auto or cpu.",
            code="device_unavailable",
            param="device",
        )


def create(job: Job) -> SherpaVoiceWorker | SherpaHearingWorker:
    """The worker for `job`."""
    return (SherpaHearingWorker if hears(job.dir) else SherpaVoiceWorker)(job)
