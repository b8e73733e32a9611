"""A LiveKit STT over the gateway's own transcription streams: a local worker, the running app, a Wyoming server."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, stt, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr, TimedString
from livekit.agents.utils import is_given

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import SttOptions, SttStream
from voicegw_desktop.providers.failures import as_api_error

RATE = 16_000
USAGE_EVERY = 5.0  # s of audio between two reports of usage

Warm = Callable[[], Awaitable[None]]
Open = Callable[[SttOptions], Awaitable[SttStream]]


@dataclass
class _Settings:
    options: SttOptions
    own_terms: tuple[str, ...] = ()


class PortSTT(stt.STT[str]):
    """`open_stream` starts a stream with options; everything LiveKit asks of an STT is here."""

    def __init__(
        self,
        open_stream: Open,
        *,
        provider: str,
        model: str,
        options: SttOptions | None = None,
        warm: Warm | None = None,
    ) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=True,
                aligned_transcript="word",
                offline_recognize=True,
                keyterms=True,
                manual_flush=True,
            )
        )
        self._open = open_stream
        self._provider, self._model = provider, model
        self._warm = warm
        self._warming: asyncio.Task[None] | None = None
        self._options = replace(options or SttOptions(), rate=RATE)
        self._own_terms = self._options.keyterms
        self._streams: set[PortRecognizeStream] = set()

    @property
    def model(self) -> str:
        return self._model

    @property
    def provider(self) -> str:
        return self._provider

    def update_options(self, *, language: NotGivenOr[str] = NOT_GIVEN, **options: Any) -> None:
        """Change fields of `SttOptions` for streams opened from now on, and for open ones from their next utterance."""
        if is_given(language):
            options["language"] = language or None
        if "keyterms" in options:
            self._own_terms = options["keyterms"] = tuple(options["keyterms"])
        self._options = replace(self._options, **options)
        for stream in tuple(self._streams):
            stream.reopen()

    def _update_session_keyterms(self, keyterms: list[str]) -> None:
        merged = tuple(dict.fromkeys((*self._own_terms, *keyterms)))
        if merged != self._options.keyterms:
            self._options = replace(self._options, keyterms=merged)
            for stream in tuple(self._streams):
                stream.reopen()

    def _chosen(self, language: NotGivenOr[str]) -> SttOptions:
        return replace(self._options, language=language or None) if is_given(language) else self._options

    async def _recognize_impl(
        self, buffer: utils.AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        frame = rtc.combine_audio_frames(buffer)
        options = replace(self._chosen(language), rate=frame.sample_rate, endpointing_ms=0, interim=False)
        finals: list[Final] = []
        try:
            stream = await self._open(options)
            try:
                pushing = asyncio.ensure_future(self._give(stream, _mono(frame)))
                try:
                    async for event in stream:
                        if isinstance(event, Final):
                            finals.append(event)
                finally:
                    pushing.cancel()
                    await asyncio.gather(pushing, return_exceptions=True)
            finally:
                await stream.cancel()
        except VoiceGatewayError as error:
            raise as_api_error(error) from error
        whole = replace(
            finals[0] if finals else Final(""),
            text=" ".join(f.text for f in finals if f.text),
            end_s=finals[-1].end_s if finals else 0.0,
            words=tuple(w for f in finals for w in f.words),
        )
        return speech_event(stt.SpeechEventType.FINAL_TRANSCRIPT, whole, options.language, uuid.uuid4().hex)

    async def _give(self, stream: SttStream, pcm: bytes) -> None:
        await stream.push(pcm)
        await stream.end()

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> PortRecognizeStream:
        stream = PortRecognizeStream(self, self._open, language, conn_options)
        self._streams.add(stream)
        return stream

    def prewarm(self) -> None:
        """Load the engine now; without a running loop nothing happens."""
        if self._warm is None or self._warming is not None:
            return
        with contextlib.suppress(RuntimeError):
            self._warming = asyncio.get_running_loop().create_task(self._quietly())

    async def _quietly(self) -> None:
        assert self._warm is not None
        # the first request says what is wrong
        with contextlib.suppress(VoiceGatewayError):
            await self._warm()

    async def aclose(self) -> None:
        """Close the open streams."""
        if self._warming is not None:
            self._warming.cancel()
        await asyncio.gather(*(s.aclose() for s in tuple(self._streams)), return_exceptions=True)


class PortRecognizeStream(stt.RecognizeStream):
    """One conversation's audio in, speech events out."""

    def __init__(
        self, owner: PortSTT, open_stream: Open, language: NotGivenOr[str], conn_options: APIConnectOptions
    ) -> None:
        super().__init__(stt=owner, conn_options=conn_options, sample_rate=RATE)
        self._owner, self._open, self._language = owner, open_stream, language
        self._id = uuid.uuid4().hex
        self._reopen = False
        self._unreported = 0.0
        self._speaking = False

    def reopen(self) -> None:
        """Use the owner's new options from the next utterance on."""
        self._reopen = True

    async def _run(self) -> None:
        try:
            while not await self._one():
                pass
        except VoiceGatewayError as error:
            raise as_api_error(error) from error
        finally:
            self._report()

    async def _one(self) -> bool:
        """Run one stream of the engine; True when the input is over, False when it is to be opened again."""
        self._reopen = False
        options = self._owner._chosen(self._language)
        began = asyncio.get_running_loop().time()
        stream = await self._open(options)
        self._report_connection_acquired(asyncio.get_running_loop().time() - began, False)
        hearing = asyncio.ensure_future(self._hear(stream))
        feeding = asyncio.ensure_future(self._feed(stream))
        try:
            await asyncio.wait((hearing, feeding), return_when=asyncio.FIRST_COMPLETED)
            if feeding.done():
                over = feeding.result()
                await hearing
                return over
            # the engine's error, when it has one
            hearing.result()
            return bool(self._input_ch.closed)
        finally:
            for task in (feeding, hearing):
                task.cancel()
            await asyncio.gather(feeding, hearing, return_exceptions=True)
            await stream.cancel()

    async def _feed(self, stream: SttStream) -> bool:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                self._unreported += item.duration
                await stream.push(_mono(item))
                if self._unreported >= USAGE_EVERY:
                    self._report()
            else:
                await stream.commit()
            if self._reopen and not self._speaking:
                await stream.end()
                return False
        await stream.end()
        return True

    async def _hear(self, stream: SttStream) -> None:
        kinds = stt.SpeechEventType
        async for event in stream:
            if isinstance(event, SpeechStarted):
                self._begin()
            elif isinstance(event, Interim) and event.text:
                self._begin()
                # an agent may begin its answer at a pause, and drops it when other words follow
                kind = kinds.PREFLIGHT_TRANSCRIPT if event.pause else kinds.INTERIM_TRANSCRIPT
                self._send(kind, Final(event.text, event.language, event.start_s))
            elif isinstance(event, Final):
                if event.text:
                    self._begin()
                    self._send(kinds.FINAL_TRANSCRIPT, event)
                self._end()
            elif isinstance(event, SpeechEnded):
                continue
            elif isinstance(event, EndOfStream):
                self._end()
                return

    def _begin(self) -> None:
        if not self._speaking:
            self._speaking = True
            self._event_ch.send_nowait(stt.SpeechEvent(type=stt.SpeechEventType.START_OF_SPEECH, request_id=self._id))

    def _end(self) -> None:
        if self._speaking:
            self._speaking = False
            self._event_ch.send_nowait(stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH, request_id=self._id))

    def _send(self, kind: stt.SpeechEventType, final: Final) -> None:
        language = self._owner._chosen(self._language).language
        self._event_ch.send_nowait(speech_event(kind, final, language, self._id, self.start_time_offset))

    def _report(self) -> None:
        if self._unreported > 0 and not self._event_ch.closed:
            usage = stt.RecognitionUsage(audio_duration=self._unreported)
            self._unreported = 0.0
            event = stt.SpeechEvent(
                type=stt.SpeechEventType.RECOGNITION_USAGE, request_id=self._id, recognition_usage=usage
            )
            self._event_ch.send_nowait(event)

    async def aclose(self) -> None:
        """Stop the engine's work at once."""
        self._owner._streams.discard(self)
        with contextlib.suppress(VoiceGatewayError):
            await super().aclose()


def speech_event(
    kind: stt.SpeechEventType, final: Final, language: str | None, request: str, offset: float = 0.0
) -> stt.SpeechEvent:
    """LiveKit's event for a Final."""
    words = [
        TimedString(w.text, start_time=w.start_s + offset, end_time=w.end_s + offset, confidence=w.confidence)
        for w in final.words
    ]
    data = stt.SpeechData(
        language=LanguageCode(final.language or language or ""),
        text=final.text,
        start_time=final.start_s + offset,
        end_time=final.end_s + offset,
        confidence=final.confidence,
        words=words or None,
    )
    return stt.SpeechEvent(type=kind, request_id=request, alternatives=[data])


def _mono(frame: rtc.AudioFrame) -> bytes:
    pcm = bytes(frame.data)
    if frame.num_channels == 1:
        return pcm
    # the first channel: mixing would halve a voice that stands in one
    step = 2 * frame.num_channels
    return b"".join(pcm[at : at + 2] for at in range(0, len(pcm), step))
