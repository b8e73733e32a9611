"""Recognisers of sherpa-onnx, of every family in `families`."""

from __future__ import annotations

import base64
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sherpa_onnx

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.workers.sherpa.families import LETTERS, Found
from voicegw_desktop.workers.tts.onnx import corrupt
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis
from voicegw_desktop.workers.whisper.texts import Said, TextRecogniser

BEHIND_S = 0.66  # of silence behind what a recogniser that hears piece by piece is given, so that it says its last word
LATE_S = 0.3  # of silence, at least, behind the last piece in which there is sound
LIBRARY = (RuntimeError, ValueError, IndexError)
"""What the library raises, whatever goes wrong."""


class SherpaRecogniser(TextRecogniser):
    """A loaded model."""

    def __init__(self, found: Found, threads: int) -> None:
        """Load it. Raises EngineError `model_corrupt`."""
        super().__init__(found.family.languages, marks=False)
        self._streams = found.family.streams
        # the library hears whole pieces only, and leaves what is less than one
        self._behind = int(max(BEHIND_S, found.piece_s + LATE_S) * RATE)
        self._one = threading.Lock()
        kind = sherpa_onnx.OnlineRecognizer if self._streams else sherpa_onnx.OfflineRecognizer
        make = getattr(kind, f"from_{found.family.name}")
        files = {
            "paraformer" if found.family.name == "paraformer" else part: str(path) for part, path in found.files.items()
        }
        more: dict[str, Any] = {"num_threads": max(1, threads)}
        if found.family.model_type:
            more["model_type"] = found.family.model_type
        if found.family.name == "sense_voice":
            more["use_itn"] = True  # figures and punctuation
        with tempfile.TemporaryDirectory(prefix="voicegw-sherpa-", ignore_cleanup_errors=True) as folder:
            tokens = found.tokens
            if tokens.name == LETTERS:
                tokens = Path(folder) / "tokens.txt"
                tokens.write_text("".join(_lines(found.tokens)), encoding="ascii")
            try:
                self._model: Any = make(**files, tokens=str(tokens), **more)
            except LIBRARY as error:
                raise corrupt(next(iter(found.files.values())), error) from error

    def said(self, audio: Samples, language: str | None) -> Said:
        """The text, when its pieces were said, and the language that SenseVoice finds."""
        with self._one:
            try:
                return self._streamed(audio) if self._streams else self._whole(audio)
            except LIBRARY as error:
                raise _failed(audio, error) from error

    def _whole(self, audio: Samples) -> Said:
        stream = self._model.create_stream()
        stream.accept_waveform(RATE, audio)
        self._model.decode_stream(stream)
        result = stream.result
        language = str(result.lang).strip("<|>") or None
        return Said(result.text.strip(), language, result.tokens, result.timestamps, result.ys_log_probs)

    def _streamed(self, audio: Samples) -> Said:
        return self._fed(self._model.create_stream(), audio, final=True)

    @property
    def piece_by_piece(self) -> Callable[[DecodeOptions], Listened] | None:
        """`listen`, of a network that hears piece by piece; None of any other."""
        return self.listen if self._streams else None

    def listen(self, options: DecodeOptions) -> Listened:
        """Begin to hear an utterance piece by piece. Only of networks that can."""
        with self._one:
            return Listened(self, self._model.create_stream(), options)

    def more(self, stream: Any, audio: Samples, *, final: bool) -> Said:
        """What was said until now on a stream that goes on with `audio`; `final`: and ends. Raises EngineError."""
        with self._one:
            try:
                return self._fed(stream, audio, final=final)
            except LIBRARY as error:
                raise _failed(audio, error) from error

    def _fed(self, stream: Any, audio: Samples, *, final: bool) -> Said:
        stream.accept_waveform(RATE, audio)
        if final:
            stream.accept_waveform(RATE, np.zeros(self._behind, np.float32))
            stream.input_finished()
        while self._model.is_ready(stream):
            self._model.decode_stream(stream)
        text = self._model.get_result(stream).strip()
        return Said(
            text, None, self._model.tokens(stream), self._model.timestamps(stream), self._model.ys_probs(stream)
        )


class Listened:
    """One utterance, a `whisper.hypothesis.Listening`: a stream of the library's."""

    def __init__(self, recogniser: SherpaRecogniser, stream: Any, options: DecodeOptions) -> None:
        self._recogniser, self._stream, self._options = recogniser, stream, options
        self._heard = 0

    def hear(
        self, audio: Samples, *, prefix: Sequence[int] = (), final: bool = False, words: bool = False
    ) -> Hypothesis:
        """What was said until now. Raises EngineError."""
        self._heard += len(audio)
        said = self._recogniser.more(self._stream, audio, final=final)
        return self._recogniser.hypothesis(said, self._heard / RATE, self._options, prefix, words)


def _failed(audio: Samples, error: Exception) -> EngineError:
    return EngineError(f"sherpa could not transcribe {len(audio) / RATE:.1f} s of audio: {error}")


def _lines(letters: Path) -> Iterator[str]:
    """The tokens of Moonshine's own file as the library reads them: each in base64, and its number.

    The file has one token after the other: its number of bytes, in one byte, or in two from 128 on, then these.
    Raises EngineError `model_corrupt`.
    """
    data = letters.read_bytes()
    at = number = 0
    while at < len(data):
        size = data[at]
        at += 1
        if size >= 128 and at < len(data):
            size = (size - 128) + 128 * data[at]
            at += 1
        token = data[at : at + size]
        if len(token) < size:
            raise corrupt(letters, "it is cut")
        if token:
            yield f"{base64.b64encode(token).decode('ascii')} {number}\n"
        at += size
        number += 1
