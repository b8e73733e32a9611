"""Streams to a worker over its socket: audio or text in, events of `core.events` out, closed at once when cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from voicegw_desktop.core.counted import count, finite, seconds, share
from voicegw_desktop.core.errors import EngineCrashed, VoiceGatewayError
from voicegw_desktop.core.events import (
    Alignment,
    Audio,
    EndOfStream,
    Final,
    Interim,
    Progress,
    Segment,
    SpeechEnded,
    SpeechNote,
    SpeechStarted,
    SttEvent,
    TtsEvent,
    UtteranceDone,
    Word,
)
from voicegw_desktop.core.late import Behind
from voicegw_desktop.core.ports import SttOptions, TtsOptions
from voicegw_desktop.engines.cloud_order import CloudOrder
from voicegw_desktop.engines.lease import Lease
from voicegw_desktop.engines.wire import (
    HEADER_LIMIT,
    Event,
    WireError,
    audio_chunk,
    encode,
    exception_from,
    read_event,
)

LARGEST_CHUNK = 64 * 1024  # bytes of PCM in one event
LEAST_MS = 32  # of audio in one event: what the voice detector hears at a time; each event wakes the worker
MOST_MS = 200  # that a worker may ask for in its place


async def connect(address: str, key: str | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open `unix:PATH` or `tcp:HOST:PORT`; a worker at a port asks for the `key` it told when it was ready."""
    kind, _, where = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(where, limit=HEADER_LIMIT)
    host, _, port = where.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=HEADER_LIMIT)
    if key:
        writer.write(encode(Event("authenticate", {"key": key})))
    return reader, writer


class WorkerStream:
    """One connection to a worker, which holds its lease until it ends, fails or is cancelled."""

    def __init__(self, lease: Lease, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lease, self._reader, self._writer = lease, reader, writer
        self._done = False
        self._cancelled = False
        self._reading = False
        self._error: VoiceGatewayError | None = None
        lease.hang_up = writer.transport.abort

    @classmethod
    async def dial(cls, lease: Lease) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the leased engine; releases the lease when that fails."""
        try:
            return await connect(lease.address, lease.info.get("api_key"))
        except OSError:
            error = await lease.death()
            lease.release()
            raise error from None
        except BaseException:
            lease.release()
            raise

    async def send(self, data: bytes) -> None:
        """Write one encoded event; waits while the engine is behind."""
        if self._error:
            raise self._error
        if self._done:
            return
        try:
            self._writer.write(data)
            if self._writer.transport.get_write_buffer_size() > HEADER_LIMIT:
                self._lease.expect()
                await self._writer.drain()
                self._lease.progress()
                self._lease.expect(False)
        except (ConnectionError, OSError):
            if not self._cancelled:
                raise await self._died() from None

    async def receive(self, owed: bool) -> Event | None:
        """The next event; None after the end or a cancel. When `owed`, silence counts as hanging."""
        if self._done:
            if self._error:
                raise self._error
            return None
        if owed:
            self._lease.expect()
        self._reading = True
        try:
            event = await read_event(self._reader)
        except WireError as error:
            if self._cancelled:
                return None
            if self._lease.verdict is None:
                self._lease.engine.condemn(f"sent a malformed frame ({error}) and was terminated")
            raise await self._died() from None
        except OSError:
            event = None
        finally:
            self._reading = False
            self._lease.expect(False)
        if event is None:
            if self._cancelled or self._done:
                return None
            raise await self._died()
        self._lease.progress()
        if event.type == "error":
            self._error = exception_from(event)
            self.finish()
            raise self._error
        return event

    def now_owed(self) -> None:
        """All input was sent: from now on the engine owes an event to a read that waits."""
        if self._reading:
            self._lease.expect()

    async def _died(self) -> VoiceGatewayError:
        self._error = await self._lease.death()
        self.finish()
        return self._error

    def finish(self) -> None:
        """The stream is over: close the connection and release the lease."""
        if not self._done:
            self._done = True
            self._writer.transport.abort()
            self._lease.release()

    async def cancel(self) -> None:
        """Close the connection, so that the engine stops its work; idempotent, also after the end."""
        self._cancelled = True
        self.finish()


class WorkerSttStream(WorkerStream):
    """A `core.ports.SttStream` served by a worker."""

    interims = False

    def __init__(
        self, lease: Lease, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, options: SttOptions
    ) -> None:
        super().__init__(lease, reader, writer)
        self._rate = options.rate
        self._ended = False
        self._held = b""
        self._least = self._size(LEAST_MS)

    @classmethod
    async def open(cls, lease: Lease, options: SttOptions, order: CloudOrder | None = None) -> WorkerSttStream:
        """Start a stream on a leased engine; the stream releases the lease. `order`: for the cloud worker."""
        stream = cls(lease, *await cls.dial(lease), options)
        start = Event("audio-start", {"rate": options.rate, "width": 2, "channels": 1})
        await stream.send(encode(Event("transcribe", transcribe_data(options) | _ordered(order))) + encode(start))
        return stream

    async def push(self, pcm: bytes) -> None:
        """Give int16 mono samples at the options' rate; less than the worker needs at a time waits for more."""
        pcm, self._held = self._held + pcm, b""
        if len(pcm) < self._least:
            self._held = pcm
            return
        for at in range(0, len(pcm), LARGEST_CHUNK):
            await self.send(audio_chunk(pcm[at : at + LARGEST_CHUNK], self._rate))

    def _size(self, ms: int) -> int:
        return 2 * self._rate * ms // 1000

    async def _flush(self) -> None:
        if self._held:
            pcm, self._held = self._held, b""
            await self.send(audio_chunk(pcm, self._rate))

    async def commit(self) -> None:
        """End the utterance now."""
        await self._flush()
        await self.send(encode(Event("audio-commit")))

    async def end(self) -> None:
        """No more audio."""
        if not self._ended:
            await self._flush()
            self._ended = True
            await self.send(encode(Event("audio-stop")))
            self.now_owed()

    def __aiter__(self) -> AsyncIterator[SttEvent]:
        return self

    async def __anext__(self) -> SttEvent:
        while True:
            event = await self.receive(owed=self._ended)
            if event is None:
                raise StopAsyncIteration
            if event.type == "listening":
                self.interims = bool(event.data.get("interims"))
            elif event.type == "chunk-length":
                self._least = self._size(min(MOST_MS, max(LEAST_MS, count(event.data.get("ms")) or 0)))
                await self.push(b"")
            result = stt_event(event)
            if isinstance(result, EndOfStream):
                self.finish()
            if result is not None:
                return result


class WorkerTtsStream(WorkerStream):
    """A `core.ports.TtsStream` served by a worker."""

    def __init__(self, lease: Lease, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(lease, reader, writer)
        self._ended = False
        self._rate = 0

    @classmethod
    async def open(cls, lease: Lease, options: TtsOptions, order: CloudOrder | None = None) -> WorkerTtsStream:
        """Start an utterance on a leased engine; the stream releases the lease. `order`: for the cloud worker."""
        stream = cls(lease, *await cls.dial(lease))
        await stream.send(encode(Event("synthesize-start", synthesize_data(options) | _ordered(order))))
        return stream

    async def push(self, text: str) -> None:
        """Give more text."""
        if text:
            await self.send(encode(Event("synthesize-chunk", {"text": text})))

    async def end(self) -> None:
        """No more text."""
        if not self._ended:
            self._ended = True
            await self.send(encode(Event("synthesize-stop")))
            self.now_owed()

    def __aiter__(self) -> AsyncIterator[TtsEvent]:
        return self

    async def __anext__(self) -> TtsEvent:
        while True:
            event = await self.receive(owed=self._ended)
            if event is None:
                raise StopAsyncIteration
            data = event.data
            if event.type == "audio-chunk":
                if event.payload:
                    return Audio(event.payload, int(data.get("rate") or self._rate))
            elif event.type == "audio-start":
                self._rate = int(data["rate"])
            elif event.type == "alignment":
                return Alignment(words_of(data))
            elif event.type == "note":
                return SpeechNote(str(data.get("text") or ""))
            elif event.type == "synthesize-stopped":
                self.finish()
                return UtteranceDone(count(data.get("characters")) or 0, seconds(data.get("audio_s")))


def transcribe_data(options: SttOptions) -> dict[str, Any]:
    """The data of `transcribe`."""
    return {
        "language": options.language,
        "rate": options.rate,
        "endpointing_ms": options.endpointing_ms,
        "endpointing": options.endpointing,
        "interim": options.interim,
        "steady": options.steady,
        "words": options.words,
        "prompt": options.prompt,
        "temperature": options.temperature,
        "translate": options.translate,
        "diarize": options.diarize,
        "most_speakers": options.most_speakers,
        "keyterms": list(options.keyterms),
        "extra": dict(options.extra),
    }


def synthesize_data(options: TtsOptions) -> dict[str, Any]:
    """The data of `synthesize-start`."""
    voice = {"name": options.voice, "language": options.language}
    speaker = options.extra.get("speaker")
    if speaker is not None:
        voice["speaker"] = str(speaker)
    extra = dict(options.extra)
    if options.characters is not None:
        # a whole text is a recording: it is made as fast as the engine can, not as fast as it is played
        extra.setdefault("run_ahead_s", 0)
    return {"voice": voice, "speed": options.speed, "rate": options.rate, "extra": extra}


def words_of(data: dict[str, Any]) -> tuple[Word, ...]:
    """The `words` of a transcript or alignment."""
    return tuple(
        Word(
            str(w["text"]),
            seconds(w["start_s"]),
            seconds(w["end_s"]),
            share(w.get("confidence", 1.0)),
            count(w.get("speaker")),
        )
        for w in data.get("words") or ()
    )


def _moment(data: dict[str, Any]) -> float:
    """The seconds of `timestamp`, which is in milliseconds."""
    return seconds((finite(data.get("timestamp")) or 0.0) / 1000)


def stt_event(event: Event) -> SttEvent | None:
    """The event of `core.events` for one from a worker; None for what carries nothing."""
    data = event.data
    match event.type:
        case "interim":
            return Interim(
                str(data["text"]),
                str(data.get("committed", "")),
                data.get("language"),
                seconds(data.get("start_s")),
                pause=data.get("pause") is True,
            )
        case "transcript":
            segments = (
                Segment(
                    str(s["text"]),
                    seconds(s["start_s"]),
                    seconds(s["end_s"]),
                    finite(s.get("avg_logprob")),
                    finite(s.get("no_speech")),
                    finite(s.get("temperature")),
                    count(s.get("speaker")),
                )
                for s in data.get("segments") or ()
            )
            return Final(
                str(data["text"]),
                data.get("language"),
                seconds(data.get("start_s")),
                seconds(data.get("end_s")),
                words_of(data),
                tuple(segments),
                share(data.get("confidence", 1.0)),
                count(data.get("speaker")),
            )
        case "voice-started":
            return SpeechStarted(_moment(data))
        case "voice-stopped":
            return SpeechEnded(_moment(data))
        case "behind":
            return Behind(seconds(data.get("seconds")))
        case "progress":
            total = data.get("total_s")
            return Progress(seconds(data.get("done_s")), None if total is None else seconds(total))
        case "end-of-stream":
            return EndOfStream(seconds(data.get("audio_s")))
    return None


async def ping(address: str, timeout: float, key: str | None = None) -> bool:
    """True when the worker at `address` answers within `timeout` seconds."""
    with contextlib.suppress(OSError, WireError, TimeoutError, EngineCrashed):
        async with asyncio.timeout(timeout):
            reader, writer = await connect(address, key)
            try:
                writer.write(encode(Event("ping")))
                event = await read_event(reader)
                return event is not None and event.type == "pong"
            finally:
                writer.transport.abort()
    return False


def _ordered(order: CloudOrder | None) -> dict[str, Any]:
    return {} if order is None else {"cloud": order.data()}
