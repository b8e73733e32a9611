"""The Moonshine worker: a small English recogniser whose cost follows the length of the audio."""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voicegw_desktop.core.errors import BadRequest, EngineError, EngineUnavailable
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.ending import closing
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Likely
from voicegw_desktop.workers.whisper.queue import DecodeQueue
from voicegw_desktop.workers.whisper.serving import HearingWorker
from voicegw_desktop.workers.whisper.streams import Engine
from voicegw_desktop.workers.whisper.vad import open_session

CLOSED = 0.75  # how surely a closing mark ends the sentence: the model hardly ever leaves it out
SHORTEST_S = 0.1  # of audio that is decoded
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


class Letters:
    """Tokens of a model that gives text only: each is one character."""

    languages: Sequence[str] = ("en",)

    def language(self, wanted: str | None) -> str | None:
        """Always English. Raises BadRequest for another language."""
        tag = (wanted or "en").lower().replace("_", "-").split("-")[0]
        if tag in ("en", "auto", "multi"):
            return "en"
        raise BadRequest(
            f'This model supports English only, and the request asks for language "{wanted}". '
            "Use a model of several languages, for example whisper/base.",
            param="language",
            code="language_not_supported",
        )

    def tokens(self, text: str) -> tuple[int, ...]:
        """One for each character, a space before the first word."""
        return tuple(map(ord, f" {text.strip()}")) if text.strip() else ()

    def text(self, tokens: Sequence[int]) -> str:
        """What they say."""
        return "".join(map(chr, tokens)).strip()

    def words(self, tokens: Sequence[int], language: str) -> list[tuple[str, int]]:
        """(word with the space before it, its number of characters)."""
        said = "".join(map(chr, tokens)).split(" ")
        return [(f" {word}", len(word) + 1) for word in said[1:]]

    def without_final_marks(self, tokens: Sequence[int]) -> list[int]:
        """`tokens` less the punctuation at their end."""
        kept = list(tokens)
        while kept and unicodedata.category(chr(kept[-1]))[0] in "PS":
            kept.pop()
        return kept


class Moonshine:
    """A loaded model, a `whisper.hypothesis.Recogniser`."""

    multilingual = False
    continues = False

    def __init__(self, folder: Path, kind: str) -> None:
        """Load it. Raises what the library raises."""
        from moonshine_voice.moonshine_api import ModelArch, TranscriptC
        from moonshine_voice.transcriber import Transcriber

        self.vocabulary = Letters()
        self._pointer = ctypes.POINTER(TranscriptC)
        self._model = Transcriber(folder, ModelArch[kind], options=OPTIONS)
        self._one = threading.Lock()

    def decode(
        self,
        audio: Samples,
        options: DecodeOptions,
        *,
        prefix: Sequence[int] = (),
        final: bool = True,
        words: bool = False,
        likely: Likely | None = None,
    ) -> Hypothesis:
        """What is said in `audio`. It has neither word times nor scores; prompt, key terms and beam change nothing."""
        text = self._said(audio) if len(audio) >= SHORTEST_S * RATE else ""
        tokens = self._beginning_with(prefix, self.vocabulary.tokens(text))
        text = self.vocabulary.text(tokens)
        ending = (CLOSED if closing(text, "en") else 0.0) if words else None
        return Hypothesis(text=text, tokens=tokens, ending=ending, scored=False)

    def _beginning_with(self, prefix: Sequence[int], heard: tuple[int, ...]) -> tuple[int, ...]:
        """The promised words, and those heard behind as many."""
        if heard[: len(prefix)] == tuple(prefix):
            return heard
        promised = len(self.vocabulary.words(prefix, "en"))
        behind = sum(count for _, count in self.vocabulary.words(heard, "en")[:promised])
        return (*prefix, *heard[behind:])

    def _said(self, audio: Samples) -> str:
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
        return " ".join(filter(None, parts))


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


def noise() -> Samples:
    """A second of it, so that the first decode is as fast as the others."""
    return np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)


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
    for one in PROVIDERS["moonshine"].included:
        if one.model != model:
            continue
        for name, digest in one.digests.items():
            with (folder / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise corrupt(folder, model, f"{name} is not the file that the catalogue knows")


def corrupt(folder: Path, model: str, reason: str) -> EngineError:
    """The error for files that are there and cannot be read."""
    again = f"voicegw models pull moonshine/{model}"
    if "site-packages" in folder.parts:
        again = "pip install --force-reinstall moonshine-voice"
    return EngineError(
        f"The Moonshine model in {folder.name} cannot be read ({reason}). Install it again: {again}",
        code="model_corrupt",
    )
