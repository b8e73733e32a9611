"""The Moonshine worker: a small English recogniser whose cost follows the length of the audio."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import EngineError, EngineUnavailable
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.workers import digests
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions
from voicegw_desktop.workers.whisper.queue import DecodeQueue
from voicegw_desktop.workers.whisper.serving import HearingWorker
from voicegw_desktop.workers.whisper.streams import Engine
from voicegw_desktop.workers.whisper.texts import Said, TextRecogniser, noise
from voicegw_desktop.workers.whisper.vad import open_session

STREAMING = "streaming_config.json"  # in the folders of the streaming models
KINDS = {False: {"tiny": "TINY", "base": "BASE"}, True: {
    "tiny": "TINY_STREAMING", "base": "BASE_STREAMING", "small": "SMALL_STREAMING", "medium": "MEDIUM_STREAMING",
}}  # fmt: skip
"""Whether a model streams → how its name begins → what the library calls it."""
OPTIONS = {
    "vad_threshold": "0",  # utterances are cut by the detector that all recognisers here share
    "identify_speakers": "false",
    "return_audio_data": "false",
}


def create(job: Job) -> MoonshineWorker:
    """The worker for `job`."""
    return MoonshineWorker(job)


class Moonshine(TextRecogniser):
    """A loaded model."""

    def __init__(self, folder: Path, kind: str) -> None:
        """Load it. Raises what the library raises."""
        from moonshine_voice.moonshine_api import ModelArch, TranscriptC
        from moonshine_voice.transcriber import Transcriber

        super().__init__()
        self._pointer = ctypes.POINTER(TranscriptC)
        self._model = Transcriber(folder, ModelArch[kind], options=OPTIONS)
        self._one = threading.Lock()

    def said(self, audio: Samples, language: str | None) -> Said:
        """The text; always English."""
        samples = audio.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        result = self._pointer()
        library, handle = self._model._lib, self._model._handle
        with self._one:
            # the library's own method makes a Python list of all samples first
            status = library.moonshine_transcribe_without_streaming(
                handle, samples, len(audio), RATE, 0, ctypes.byref(result)
            )
            if status < 0:
                raise EngineError(
                    f"Moonshine could not transcribe {len(audio) / RATE:.1f} s of audio (error {status})."
                )
            lines = [result.contents.lines[n].text for n in range(result.contents.line_count)]
            parts = [ctypes.string_at(line).decode("utf-8", "ignore").strip() for line in lines if line]
        return Said(" ".join(filter(None, parts)))


class MoonshineWorker(HearingWorker):
    """Loads the model of a job and serves streams with it."""

    def load(self) -> Mapping[str, Any]:
        """Load model and voice detector; returns device, compute_type, why, threads, languages."""
        job = self._job
        if job.device not in ("auto", "cpu"):
            raise EngineUnavailable(
                f"engines.moonshine.device is {job.device}, but Moonshine runs on the processor only. "
                "Set it to auto or cpu.",
                code="device_unavailable",
                param="device",
            )
        if job.threads == 1:
            os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"
        kind = kind_of(job.dir, job.model)
        check_digests(job.dir, job.model)
        try:
            recogniser = Moonshine(job.dir, kind)
            recogniser.decode(noise(), DecodeOptions())
        except ImportError:
            raise
        except Exception as error:
            # the library has one kind of error for all that goes wrong
            raise corrupt(job.dir, job.model, str(error)) from error
        turn, said = self._turn()
        self._engine = Engine(recogniser, DecodeQueue(), open_session(), turn)
        return {
            "device": "cpu",
            "compute_type": "int8",
            "why": "Moonshine runs on the processor",
            "threads": max(1, job.threads),
            "multilingual": False,
            "languages": list(recogniser.vocabulary.languages),
            "endpointing": said,
        }


def kind_of(folder: Path, model: str) -> str:
    """What the library calls the model. Raises EngineError(model_corrupt) when files are missing."""
    streams = (folder / STREAMING).is_file()
    needed = ("encoder.ort", "decoder_kv.ort") if streams else ("encoder_model.ort", "decoder_model_merged.ort")
    lacking = [name for name in (*needed, "tokenizer.bin") if not (folder / name).is_file()]
    if lacking:
        raise corrupt(folder, model, f"{', '.join(lacking)} missing")
    size = model.partition("-")[0]
    kind = KINDS[streams].get(size)
    if kind is None:
        raise EngineError(
            f"moonshine/{model} begins with no size that is known: {', '.join(KINDS[streams])}.", code="model_unknown"
        )
    return kind


def check_digests(folder: Path, model: str) -> None:
    """Raise EngineError(model_corrupt) when a file of the package's own model has other bytes than it should."""
    included = next((one.digests for one in PROVIDERS["moonshine"].included if one.model == model), {})
    digests.check(folder, included, lambda file, why: corrupt(folder, model, f"{file.name}: {why}"))


def corrupt(folder: Path, model: str, reason: str) -> EngineError:
    """The error for files that are there and cannot be read."""
    again = f"voicegw models pull moonshine/{model}"
    if "site-packages" in folder.parts:
        again = "pip install --force-reinstall moonshine-voice"
    return EngineError(
        f"The Moonshine model in {folder.name} cannot be read ({reason}). Install it again: {again}",
        code="model_corrupt",
    )
