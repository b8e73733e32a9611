"""Transcription by a LiveKit plugin on the workers' wire; plugins without live streams get their ends from a VAD."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import LanguageCode, stt, vad

from voicegw_desktop.core.errors import EngineTimeout, UpstreamError
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import create_provider, get_provider
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.providers.cloud import closing
from voicegw_desktop.workers.cloud_order import ONCE, Order, Plugins
from voicegw_desktop.workers.harness import Connection

SILENCE_MS = 400  # that ends an utterance, unless the client says otherwise
QUIET_S = 0.7  # without a word after the end of the audio: nothing more comes
OWED_S = 10.0  # the same while words are owed
LOUD = 1000  # of 32767; a piece of audio that reaches it may hold speech
LEAD_S = 0.5  # of audio kept from before speech is noticed
OFF = 3600.0  # s; a silence no recording has
SIGN_S = 1.0  # of audio between two signs of life of a provider that has no words to give
TERMS = ("keyterm", "keyterms_prompt", "keyterms")
"""The plugins' words for keyterms."""


async def transcribe(worker: Plugins, order: Order, first: Event, conn: Connection) -> None:
    """One stream, from `transcribe` to `end-of-stream`."""
    data = first.data
    rate = int(data.get("rate") or 16_000)
    language = data.get("language") or order.variant
    plugin = worker.plugin(order, "stt", language=language, **_more(order, data))
    if data.get("endpointing_ms") == 0 and plugin.capabilities.offline_recognize:
        await _recording(plugin, conn, rate)
    elif plugin.capabilities.streaming:
        await Live(plugin, conn, rate, order, whole=data.get("endpointing_ms") == 0).run()
    else:
        await Pieces(plugin, conn, rate, int(data.get("endpointing_ms") or SILENCE_MS)).run()


def _more(order: Order, data: dict[str, Any]) -> dict[str, Any]:
    provider = create_provider(order.name, {**order.settings, "type": order.kind, "api_key": order.key})
    known = inspect.signature(provider.plugin_class(provider.plugins[Modality.STT]).__init__).parameters
    more: dict[str, Any] = {}
    word = next((w for w in TERMS if w in known), None)
    # ink-whisper knows none, and says so by refusing
    if terms := list(data.get("keyterms") or ()):
        if word and "whisper" not in order.model:
            more[word] = terms
        elif "prompt" in known:
            # these models read a text before the audio instead
            more["prompt"] = ", ".join(terms)
    silence = data.get("endpointing_ms")
    if "server_vad" in known and silence != 0:
        # without it this plugin waits for LiveKit's session to end each utterance
        more["server_vad"] = {"vad_silence_threshold_secs": (silence or SILENCE_MS) / 1000}
    return more


async def _audio(conn: Connection) -> AsyncIterator[bytes | None]:
    """The client's samples; None for each commit. Ends with the audio."""
    while (event := await conn.read()) is not None:
        if event.type == "audio-chunk" and event.payload:
            yield event.payload
        elif event.type == "audio-commit":
            yield None
        elif event.type == "audio-stop":
            return


def _frame(pcm: bytes, rate: int) -> rtc.AudioFrame:
    return rtc.AudioFrame(pcm, rate, 1, len(pcm) // 2)


async def _recording(plugin: stt.STT[str], conn: Connection, rate: int) -> None:
    pcm = b"".join([piece async for piece in _audio(conn) if piece])
    length = len(pcm) / 2 / rate
    if pcm:
        event = await plugin.recognize([_frame(pcm, rate)], conn_options=ONCE)
        await conn.write(_transcript(event, 0.0, length))
    await conn.write(Event("end-of-stream", {"audio_s": length}))


class Live:
    """A plugin with live streams."""

    def __init__(self, plugin: stt.STT[str], conn: Connection, rate: int, order: Order, whole: bool) -> None:
        self._plugin, self._conn, self._rate = plugin, conn, rate
        self._name = f"{order.name}/{order.model}"
        self._noticed = order.noticed
        self._whole = whole
        """One transcript at the end, whatever ends the provider finds."""
        self._parts: list[Event] = []
        self._endless = get_provider(order.kind).endless
        self._unanswered = 0.0
        """Seconds of loud audio since the provider last said anything."""
        self._untold = False
        """True when anything loud was heard since the last final."""
        self._heard = 0.0
        self._began = 0.0
        self._speaking = False
        self._signs = 0
        """Messages of the provider that the app knows of."""
        self._signed = 0.0
        """Seconds of audio when it was told of the last."""

    async def run(self) -> None:
        """Transcribe until the audio has ended and its words have come."""
        if self._plugin.capabilities.interim_results and not self._whole:
            await self._conn.write(Event("listening", {"interims": True}))
        async with closing(self._plugin.stream(conn_options=ONCE)) as stream:
            feeding = asyncio.ensure_future(self._feed(stream))
            try:
                await self._listen(stream, feeding)
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
        if self._parts:
            await self._conn.write(_joined(self._parts))
        await self._conn.write(Event("end-of-stream", {"audio_s": self._heard}))

    async def _feed(self, stream: stt.RecognizeStream) -> None:
        # a stream that failed refuses audio, and raises its error to the reader
        with contextlib.suppress(RuntimeError):
            await self._give(stream)

    async def _give(self, stream: stt.RecognizeStream) -> None:
        async for pcm in _audio(self._conn):
            if pcm is None:
                stream.flush()
            else:
                seconds = len(pcm) / 2 / self._rate
                self._heard += seconds
                stream.push_frame(_frame(pcm, self._rate))
                if loud(pcm):
                    self._unanswered += seconds
                    self._untold = True
                await self._sign()
        # some plugins do not look at what was pushed before they were given time to start
        await asyncio.sleep(0)
        stream.end_input()

    async def _sign(self) -> None:
        if self._noticed.messages == self._signs or self._heard < self._signed + SIGN_S or self._whole:
            return
        self._signs, self._signed = self._noticed.messages, self._heard
        # how far the provider is no plugin tells; this says only that it works
        await self._conn.write(Event("progress", {"done_s": self._heard}))

    async def _listen(self, stream: stt.RecognizeStream, feeding: asyncio.Future[None]) -> None:
        waiting = asyncio.ensure_future(anext(stream, None))
        try:
            while True:
                # noise brings no event either, but a working provider then closes the stream
                owed = self._speaking or (self._unanswered > 0 and not self._endless)
                patience = None if not feeding.done() else OWED_S if owed else QUIET_S
                either: set[asyncio.Future[stt.SpeechEvent | None] | asyncio.Future[None]] = {waiting}
                if not feeding.done():
                    either.add(feeding)
                done, _ = await asyncio.wait(either, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                if feeding in done:
                    feeding.result()
                if waiting in done:
                    event = waiting.result()
                    if event is None:
                        if self._noticed.broken and self._untold:
                            raise UpstreamError(f"{self._name} broke off before all of the audio was transcribed.")
                        return
                    if event.type is not stt.SpeechEventType.RECOGNITION_USAGE:
                        self._unanswered = 0.0
                    await self._tell(event)
                    waiting = asyncio.ensure_future(anext(stream, None))
                elif not done:
                    if owed:
                        raise EngineTimeout(f"{self._name} gave no transcript within {OWED_S:.0f} s.")
                    return
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    async def _tell(self, event: stt.SpeechEvent) -> None:
        kinds = stt.SpeechEventType
        if event.type is kinds.START_OF_SPEECH:
            await self._start()
        elif event.type in (kinds.INTERIM_TRANSCRIPT, kinds.PREFLIGHT_TRANSCRIPT) and event.alternatives:
            await self._start()
            if self._whole:
                return
            best = event.alternatives[0]
            data = {"text": best.text, "committed": "", "language": _language(best), "start_s": best.start_time}
            await self._conn.write(Event("interim", data))
        elif event.type is kinds.FINAL_TRANSCRIPT and event.alternatives and event.alternatives[0].text:
            await self._start()
            self._speaking = self._untold = False
            transcript = _transcript(event, self._began, self._heard)
            if self._whole:
                self._parts.append(transcript)
                return
            await self._conn.write(Event("voice-stopped", {"timestamp": round(self._heard * 1000)}))
            await self._conn.write(transcript)
        elif event.type is kinds.END_OF_SPEECH:
            self._speaking = False

    async def _start(self) -> None:
        if not self._speaking:
            self._speaking, self._began = True, self._heard
            if self._whole:
                return
            await self._conn.write(Event("voice-started", {"timestamp": round(self._heard * 1000)}))


class Pieces:
    """A plugin that takes recordings only: a VAD cuts the stream into utterances."""

    def __init__(self, plugin: stt.STT[str], conn: Connection, rate: int, silence_ms: int) -> None:
        from livekit.agents import inference

        self._plugin, self._conn, self._rate = plugin, conn, rate
        silence = silence_ms / 1000 if silence_ms else OFF
        self._vad = inference.VAD(min_silence_duration=silence)
        self._held: deque[bytes] = deque()
        self._held_s = 0.0
        self._first_s = 0.0
        """Where in the stream the held audio begins."""
        self._heard = 0.0
        self._speaking = False
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Transcribe until the audio has ended and its words have come."""
        stream = self._vad.stream()
        watching = asyncio.ensure_future(self._watch(stream))
        try:
            async for pcm in _audio(self._conn):
                if watching.done():
                    break
                if pcm is None:
                    await self._utter()
                else:
                    self._keep(pcm)
                    stream.push_frame(_frame(pcm, self._rate))
            stream.end_input()
            await watching
            await self._utter()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await stream.aclose()
        await self._conn.write(Event("end-of-stream", {"audio_s": self._heard}))

    def _keep(self, pcm: bytes) -> None:
        length = len(pcm) / 2 / self._rate
        self._held.append(pcm)
        self._held_s += length
        self._heard += length
        while not self._speaking and self._held_s > LEAD_S and len(self._held) > 1:
            gone = len(self._held.popleft()) / 2 / self._rate
            self._held_s -= gone
            self._first_s += gone

    async def _watch(self, stream: vad.VADStream) -> None:
        async for event in stream:
            if event.type is vad.VADEventType.START_OF_SPEECH and not self._speaking:
                self._speaking = True
                await self._conn.write(Event("voice-started", {"timestamp": round(self._heard * 1000)}))
            elif event.type is vad.VADEventType.END_OF_SPEECH:
                await self._utter()

    async def _utter(self) -> None:
        if not self._speaking:
            return
        self._speaking = False
        pcm, began, ended = b"".join(self._held), self._first_s, self._heard
        self._held.clear()
        self._first_s, self._held_s = self._heard, 0.0
        await self._conn.write(Event("voice-stopped", {"timestamp": round(ended * 1000)}))
        async with self._lock:
            event = await self._plugin.recognize([_frame(pcm, self._rate)], conn_options=ONCE)
            await self._conn.write(_transcript(event, began, ended))


def loud(pcm: bytes) -> bool:
    """True when this piece may hold speech."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], np.int16)
    return bool(samples.size and max(int(samples.max()), -int(samples.min())) >= LOUD)


def _language(best: stt.SpeechData) -> str | None:
    return str(best.language) or None


def _transcript(event: stt.SpeechEvent, began: float, ended: float) -> Event:
    best = event.alternatives[0] if event.alternatives else stt.SpeechData(language=LanguageCode(""), text="")
    words = [
        {"text": str(w).strip(), "start_s": w.start_time, "end_s": w.end_time, "confidence": _sure(w)}
        for w in best.words or ()
        if isinstance(w.start_time, int | float) and isinstance(w.end_time, int | float)
    ]
    data = {
        "text": best.text,
        "language": _language(best),
        "start_s": best.start_time or began,
        "end_s": best.end_time or ended,
        "confidence": best.confidence or 1.0,
        "words": words,
        "segments": [],
    }
    return Event("transcript", data)


def _joined(parts: list[Event]) -> Event:
    first, last = parts[0].data, parts[-1].data
    text = " ".join(p.data["text"] for p in parts)
    words = [w for p in parts for w in p.data["words"]]
    return Event("transcript", {**first, "text": text, "end_s": last["end_s"], "words": words})


def _sure(word: Any) -> float:
    value = getattr(word, "confidence", None)
    return float(value) if isinstance(value, int | float) else 1.0
