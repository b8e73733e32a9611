"""What every recogniser's worker does with its streams: live ones and recordings, on one model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.ports import MOST_SPEAKERS
from voicegw_desktop.core.typed import record
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.harness import Connection, Job
from voicegw_desktop.workers.whisper.audio import HIGHEST, RATE
from voicegw_desktop.workers.whisper.endpoint import SPEECH
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Words
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.recording import RecordingStream
from voicegw_desktop.workers.whisper.speakers import MODEL as SPEAKER_MODEL
from voicegw_desktop.workers.whisper.speakers import WEIGHTS as SPEAKER_WEIGHTS
from voicegw_desktop.workers.whisper.speakers import Embedder
from voicegw_desktop.workers.whisper.streams import ENDPOINT_MS, Engine, StreamOptions
from voicegw_desktop.workers.whisper.turn import MODEL, WEIGHTS, SmartTurn

LONGEST_ENDPOINT_MS = 10_000
ADAPTIVE, FIXED = "adaptive", "fixed"
LARGEST_BEAM = 10


class HearingWorker:
    """Serves streams with the engine that a subclass loads."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._engine: Engine | None = None

    def _turn(self) -> tuple[SmartTurn | None, str]:
        """The model that hears ends of turns, where it is installed, and how utterances end unless a request says."""
        options = self._job.options
        folder = options.get("endpointing_dir")
        if not folder:
            return None, f"fixed: {MODEL} is not installed; run `voicegw models pull {MODEL}`"
        return SmartTurn(Path(str(folder)) / WEIGHTS), str(options.get("endpointing") or ADAPTIVE)

    def _voices(self) -> Embedder:
        """The model that tells voices apart, loaded for the first request that asks. Raises BadRequest, EngineError."""
        assert self._engine is not None
        if self._engine.voices is None:
            folder = self._job.options.get("speakers_dir")
            if not folder:
                raise BadRequest(
                    f"To tell speakers apart {SPEAKER_MODEL} is needed, which is not installed. Run "
                    f"`voicegw models pull {SPEAKER_MODEL}`, then `voicegw engines stop`, or leave diarization out.",
                    param="diarize",
                    code="model_not_installed",
                )
            self._engine.voices = Embedder(Path(str(folder)) / SPEAKER_WEIGHTS)
        return self._engine.voices

    def work(self) -> tuple[int, int]:
        """(decodes done, decodes that run or wait)."""
        queue = self._engine.queue if self._engine else None
        return (queue.done, queue.held) if queue else (0, 0)

    async def handle(self, first: Event, conn: Connection) -> None:
        """Serve one stream until its `audio-stop`."""
        engine = self._engine
        assert engine is not None
        asked: Mapping[str, object] = first.data if first.type == "transcribe" else {}
        event: Event | None = None if first.type == "transcribe" else first
        stream: LiveStream | RecordingStream | None = None

        async def emit(kind: str, data: dict[str, Any]) -> None:
            await conn.write(Event(kind, data))

        while stream is None:
            event = event or await conn.read()
            if event is None:
                return
            if event.type == "transcribe":
                asked = event.data
            elif event.type in ("audio-start", "audio-chunk"):
                _check_format(event.data)
                options = self.options(asked, event.data, engine.recogniser.vocabulary)
                stream = (LiveStream if options.endpointing_ms else RecordingStream)(engine, options, emit)
                break
            elif event.type == "audio-stop":
                await emit("end-of-stream", {"audio_s": 0.0})
                return
            event = None
        async with stream:
            while event is not None:
                if event.type == "audio-chunk":
                    _check_format(event.data, stream_rate=options.rate)
                    await stream.push(event.payload or b"")
                elif event.type == "audio-commit":
                    await stream.commit()
                elif event.type == "audio-stop":
                    await stream.end()
                    return
                event = await conn.read()

    def options(self, asked: Mapping[str, Any], audio: Mapping[str, Any], vocabulary: Words) -> StreamOptions:
        """What a `transcribe` and the audio's format ask for, over the engine's own options. Raises BadRequest."""
        own = self._job.options
        extra = record(asked.get("extra"))
        endpointing = asked.get("endpointing_ms")
        # a request that names a silence gets it, unless it also asks for adaptive endpointing
        usual = FIXED if endpointing is not None else own.get("endpointing") or ADAPTIVE
        kind = asked.get("endpointing") or usual
        if kind not in (ADAPTIVE, FIXED):
            raise BadRequest(f"endpointing is {kind!r:.40}; give {ADAPTIVE} or {FIXED}.", param="endpointing")
        if endpointing is None:
            endpointing = own.get("endpointing_ms", ENDPOINT_MS)
        endpointing = _number("endpointing_ms", endpointing, 0, LONGEST_ENDPOINT_MS)
        language = vocabulary.language(_text("language", asked) or own.get("language"))
        translate = bool(asked.get("translate"))
        if translate and not self._engine_multilingual():
            if language != "en":
                raise BadRequest(
                    "This model writes what it hears in the language that is spoken and translates nothing. Ask for a "
                    "transcription, or name a model that translates, such as whisper/base.",
                    param="model",
                    code="not_supported",
                )
            translate = False  # English audio gives English text: there is nothing to translate
        diarize = bool(asked.get("diarize"))
        if diarize:
            self._voices()
        beam = extra.get("beam_size", own.get("beam_size", 1))
        total = extra.get("total_s")
        return StreamOptions(
            decode=DecodeOptions(
                language=language,
                prompt=_text("prompt", asked) or own.get("prompt"),
                temperature=_number("temperature", asked.get("temperature") or 0.0, 0.0, 1.0),
                translate=translate,
                keyterms=tuple(str(k) for k in _terms(asked) or own.get("keyterms") or ()),
                beam=int(_number("beam_size", beam, 1, LARGEST_BEAM)),
            ),
            rate=int(_number("rate", audio.get("rate") or asked.get("rate") or RATE, 1, HIGHEST)),
            endpointing_ms=int(endpointing),
            interim=bool(asked.get("interim", True)),
            steady=bool(asked.get("steady")),
            words=bool(asked.get("words", True)) or diarize,
            total_s=float(total) if isinstance(total, (int, float)) else None,
            vad_threshold=_number("vad_threshold", extra.get("vad_threshold", SPEECH), 0.0, 1.0),
            adaptive=kind == ADAPTIVE,
            diarize=diarize,
            most_speakers=int(_number("most_speakers", asked.get("most_speakers") or MOST_SPEAKERS, 1, MOST_SPEAKERS)),
        )

    def _engine_multilingual(self) -> bool:
        return self._engine is not None and self._engine.recogniser.multilingual


def _number(name: str, value: object, lowest: float, highest: float) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        number = math.nan
    if not lowest <= number <= highest:
        raise BadRequest(f"{name} is {value!r}; give a number from {lowest:g} to {highest:g}.", param=name)
    return number


def _text(name: str, asked: Mapping[str, object]) -> str | None:
    value = asked.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadRequest(f"{name} is {value!r:.40}; give a text.", param=name)


def _terms(asked: Mapping[str, object]) -> Sequence[object]:
    value = asked.get("keyterms") or ()
    if isinstance(value, list | tuple):
        return value
    raise BadRequest(f"keyterms is {value!r:.40}; give a list of texts.", param="keyterms")


def _check_format(audio: Mapping[str, Any], stream_rate: int | None = None) -> None:
    width, channels = audio.get("width", 2), audio.get("channels", 1)
    if width != 2 or channels != 1:
        raise BadRequest(
            f"The audio has {channels!r:.40} channels of {width!r:.40} bytes a sample; send one channel of int16.",
            param="audio",
        )
    rate = audio.get("rate")
    if stream_rate is not None and rate is not None and rate != stream_rate:
        raise BadRequest(
            f"The stream began at {stream_rate} samples a second and now brings {rate}; open a new stream.",
            param="rate",
        )
