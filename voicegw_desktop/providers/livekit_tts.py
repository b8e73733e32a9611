"""A LiveKit TTS over the gateway's own speech streams: a local worker, the running app, a Wyoming server."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr, TimedString
from livekit.agents.utils import is_given

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import Alignment, Audio, UtteranceDone
from voicegw_desktop.core.ports import TtsOptions, TtsStream
from voicegw_desktop.providers.failures import as_api_error

SILENCE_MS = 40  # of silence for text without a sound: LiveKit calls an utterance without audio a failure
FRAME_MS = 40  # of audio in a frame: short ones let an interruption cut where it should
SPEAKABLE = re.compile(r"\w")

Warm = Callable[[], Awaitable[None]]
Open = Callable[[TtsOptions], Awaitable[TtsStream]]


class PortTTS(tts.TTS[str]):
    """`open_stream` starts an utterance with options; everything LiveKit asks of a TTS is here."""

    def __init__(
        self,
        open_stream: Open,
        *,
        provider: str,
        model: str,
        rate: int = 24_000,
        options: TtsOptions | None = None,
        warm: Warm | None = None,
    ) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=True, aligned_transcript=True), sample_rate=rate, num_channels=1
        )
        self._open = open_stream
        self._provider, self._model = provider, model
        self._warm = warm
        self._warming: asyncio.Task[None] | None = None
        options = options or TtsOptions()
        self._options = replace(options, rate=rate, extra={"alignment": True, **options.extra})
        self._streams: set[PortSynthesizeStream] = set()

    @property
    def model(self) -> str:
        return self._model

    @property
    def provider(self) -> str:
        return self._provider

    def update_options(
        self, *, voice: NotGivenOr[str] = NOT_GIVEN, language: NotGivenOr[str] = NOT_GIVEN, **options: Any
    ) -> None:
        """Change fields of `TtsOptions` for utterances begun from now on."""
        if is_given(voice):
            options["voice"] = voice or None
        if is_given(language):
            options["language"] = language or None
        self._options = replace(self._options, **options)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> PortChunkedStream:
        return PortChunkedStream(tts=self, input_text=text, conn_options=conn_options)

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> PortSynthesizeStream:
        stream = PortSynthesizeStream(tts=self, conn_options=conn_options)
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


async def _deliver(stream: TtsStream, emitter: tts.AudioEmitter, rate: int, said: Callable[[], str]) -> None:
    heard = False
    async for event in stream:
        if isinstance(event, Audio):
            if event.rate != rate:
                raise VoiceGatewayError(f"The engine spoke at {event.rate} Hz where {rate} Hz was asked for.")
            heard = True
            emitter.push(event.pcm)
        elif isinstance(event, Alignment):
            for word in event.words:
                emitter.push_timed_transcript(
                    TimedString(f"{word.text} ", start_time=word.start_s, end_time=word.end_s)
                )
        elif isinstance(event, UtteranceDone):
            break
    if not heard and not SPEAKABLE.search(said()):
        emitter.push(bytes(2 * rate * SILENCE_MS // 1000))


class PortChunkedStream(tts.ChunkedStream):
    """A whole text at once."""

    _tts: PortTTS

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        rate = self._tts.sample_rate
        output_emitter.initialize(
            request_id=uuid.uuid4().hex,
            sample_rate=rate,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=FRAME_MS,
        )
        try:
            stream = await self._tts._open(self._tts._options)
            try:
                await stream.push(self._input_text)
                await stream.end()
                await _deliver(stream, output_emitter, rate, lambda: self._input_text)
            finally:
                await stream.cancel()
        except VoiceGatewayError as error:
            raise as_api_error(error) from error
        output_emitter.flush()


class PortSynthesizeStream(tts.SynthesizeStream):
    """Text as it comes; speech starts with the first clause."""

    _tts: PortTTS

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        rate = self._tts.sample_rate
        request = uuid.uuid4().hex
        output_emitter.initialize(
            request_id=request,
            sample_rate=rate,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=FRAME_MS,
            stream=True,
        )
        first = await self._first_text()
        if first is None:
            return
        output_emitter.start_segment(segment_id=request)
        try:
            loop = asyncio.get_running_loop()
            began = loop.time()
            stream = await self._tts._open(self._tts._options)
            self._acquire_time = loop.time() - began
            feeding = asyncio.ensure_future(self._feed(stream, first))
            try:
                await _deliver(stream, output_emitter, rate, lambda: self._pushed_text)
                await feeding
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
                await stream.cancel()
        except VoiceGatewayError as error:
            raise as_api_error(error) from error
        output_emitter.end_segment()

    async def _first_text(self) -> str | None:
        # nothing is opened for an utterance that never gets a word
        async for item in self._input_ch:
            if isinstance(item, str) and item.strip():
                return item
        return None

    async def _feed(self, stream: TtsStream, first: str) -> None:
        self._mark_started()
        await stream.push(first)
        async for item in self._input_ch:
            if isinstance(item, str):
                await stream.push(item)
        await stream.end()

    async def aclose(self) -> None:
        """Stop speaking at once."""
        self._tts._streams.discard(self)
        await super().aclose()
