"""Any Wyoming server on the network (`wyoming://host:port`) as a speech engine, by the protocol's own rules.

Such a server decides nothing while audio comes: the transcript follows `audio-stop`, so a commit ends one utterance and
the next audio opens another connection.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

from voicegw_desktop.core.counted import count
from voicegw_desktop.core.errors import ConfigError, Diverted, EngineTimeout, UpstreamError, VoiceGatewayError
from voicegw_desktop.core.events import Audio, EndOfStream, Final, Interim, SttEvent, TtsEvent, UtteranceDone
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions, Zone
from voicegw_desktop.engines.servers.reach import Endpoint, Reach
from voicegw_desktop.engines.status import EngineStatus, State
from voicegw_desktop.engines.wire import HEADER_LIMIT, Event, WireError, audio_chunk, encode, read_event

CONNECT_TIMEOUT = 5.0  # s
ANSWER_TIMEOUT = 120.0  # s without an event while one is owed
DESCRIBE_TIMEOUT = 3.0  # s
DEFAULT_PORT = 10300
FORMAT = ("rate", "width", "channels")
RATES = (4000, 192_000)  # Hz that samples may have
ANY_MODEL = frozenset({"", "default", "auto"})


def parse_address(url: str) -> tuple[str, int]:
    """(host, port) of `wyoming://host:port`, `tcp://host:port` or `host:port`. Raises ConfigError."""
    try:
        parts = urlsplit(url if "://" in url else f"wyoming://{url}")
        if parts.scheme not in ("wyoming", "tcp") or not parts.hostname:
            raise ValueError("no host")
        return parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        raise ConfigError(f'base_url "{url}" is no Wyoming address; write wyoming://host:port.') from None


class Link:
    """One connection to a Wyoming server."""

    def __init__(self, where: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._where, self._reader, self._writer = where, reader, writer

    @classmethod
    async def open(cls, url: str, zone: Zone | None = None) -> Link:
        """Connect to an address within `zone` (None: the address tells its own). Raises UpstreamError."""
        from voicegw_desktop.core.outgoing import foreign_address, reason, resolve, zone_for

        host, port = parse_address(url)
        failed: Exception | None = None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                for address in await resolve(host, port, zone_for(f"//{host}", zone)):
                    try:
                        return cls(url, *await asyncio.open_connection(address, port, limit=HEADER_LIMIT))
                    except OSError as error:
                        failed = failed or error
        except (OSError, TimeoutError) as error:
            failed = error
        if failed is not None and (foreign := foreign_address(failed)):
            raise Diverted(f"The Wyoming server {url} cannot be reached: {foreign}", to=foreign.to)
        why = (reason(failed) or str(failed) if failed else "") or f"no answer within {CONNECT_TIMEOUT:.0f} s"
        raise UpstreamError(f"The Wyoming server {url} cannot be reached: {why}")

    async def send(self, *parts: bytes) -> None:
        """Write events. Raises UpstreamError."""
        try:
            self._writer.write(b"".join(parts))
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self._writer.drain()
        except (OSError, TimeoutError):
            raise UpstreamError(f"The Wyoming server {self._where} takes no more data.") from None

    async def receive(self, timeout: float | None) -> Event:
        """The next event. Raises UpstreamError or EngineTimeout."""
        try:
            async with asyncio.timeout(timeout):
                event = await read_event(self._reader)
        except TimeoutError:
            raise EngineTimeout(f"The Wyoming server {self._where} sent nothing for {timeout:.0f} s.") from None
        except (OSError, WireError) as error:
            raise UpstreamError(f"The Wyoming server {self._where} broke the protocol: {error}") from None
        if event is None:
            raise UpstreamError(f"The Wyoming server {self._where} closed the connection in the middle of the request.")
        if event.type == "error":
            raise UpstreamError(f"The Wyoming server {self._where} reports: {event.data.get('text', 'an error')}")
        return event

    def close(self) -> None:
        """Drop the connection at once."""
        self._writer.transport.abort()


class RemoteStt:
    """A `core.ports.SttStream` on a Wyoming server."""

    interims = False

    def __init__(self, url: str, model: str, options: SttOptions, zone: Zone | None = None) -> None:
        self._url, self._options, self._zone = url, options, zone
        self._start: dict[str, Any] = {} if model in ANY_MODEL else {"name": model}
        if options.language:
            self._start["language"] = options.language
        self._open: Link | None = None
        self._asked: asyncio.Queue[tuple[Link, float, float] | None] = asyncio.Queue()
        self._ready: deque[SttEvent] = deque()
        self._pushed = self._began = 0.0
        self._said = ""
        self._current: tuple[Link, float, float] | None = None
        self._ended = self._done = False

    @classmethod
    async def open(cls, url: str, model: str, options: SttOptions, zone: Zone | None = None) -> RemoteStt:
        """Connect, so that an absent server is known at once."""
        stream = cls(url, model, options, zone)
        await stream._link()
        return stream

    async def _link(self) -> Link | None:
        """The connection for what is sent now; None where the stream was cancelled meanwhile."""
        if self._open is None:
            link = await Link.open(self._url, self._zone)
            if self._done:
                link.close()
                return None
            self._open, self._began = link, self._pushed
            audio = Event("audio-start", {"rate": self._options.rate, "width": 2, "channels": 1})
            await link.send(encode(Event("transcribe", self._start)), encode(audio))
            return link
        return self._open

    async def push(self, pcm: bytes) -> None:
        """Send audio as int16 mono at the stream's rate."""
        if self._done or self._ended:
            return
        link = await self._link()
        if link is None:
            return
        await link.send(audio_chunk(pcm, self._options.rate))
        self._pushed += len(pcm) / 2 / self._options.rate

    async def commit(self) -> None:
        """Ask for the transcript of what was sent since the last."""
        link = self._open
        if link and self._pushed > self._began:
            self._open = None
            asked = (link, self._began, self._pushed)
            try:
                await link.send(encode(Event("audio-stop")))
            except BaseException:
                link.close()
                raise
            if self._done:
                # it was cancelled meanwhile
                link.close()
                return
            self._asked.put_nowait(asked)

    async def end(self) -> None:
        """No more audio."""
        if not self._ended:
            self._ended = True
            await self.commit()
            self._asked.put_nowait(None)

    async def cancel(self) -> None:
        """Drop the connection: no more events come."""
        self._done = True
        for link in (self._open, self._current[0] if self._current else None):
            if link:
                link.close()
        while not self._asked.empty():
            waiting = self._asked.get_nowait()
            if waiting:
                waiting[0].close()
        self._asked.put_nowait(None)

    def __aiter__(self) -> AsyncIterator[SttEvent]:
        return self

    async def __anext__(self) -> SttEvent:
        while not self._ready:
            if self._done:
                raise StopAsyncIteration
            if self._current is None:
                self._current = await self._asked.get()
                if self._current is None:
                    await self._finish()
                    continue
            try:
                self._take(await self._current[0].receive(ANSWER_TIMEOUT), *self._current)
            except VoiceGatewayError:
                if self._done:
                    raise StopAsyncIteration from None
                await self.cancel()
                raise
        return self._ready.popleft()

    async def _finish(self) -> None:
        if not self._done:
            self._done = True
            self._ready.append(EndOfStream(self._pushed))
            if self._open:
                self._open.close()

    def _take(self, event: Event, link: Link, start: float, end: float) -> None:
        language = event.data.get("language") or self._options.language
        if event.type == "transcript-chunk":
            self._said += str(event.data.get("text", ""))
            self._ready.append(Interim(self._said.strip(), language=language, start_s=start))
        elif event.type == "transcript":
            text = str(event.data.get("text", "")).strip()
            link.close()
            self._current, self._said = None, ""
            if text:
                self._ready.append(Final(text, language, start, end))


class RemoteTts:
    """A `core.ports.TtsStream` on a Wyoming server: the text goes whole, the audio comes as it is made."""

    def __init__(self, link: Link, model: str, options: TtsOptions) -> None:
        self._link = link
        self._voice: dict[str, Any] = {}
        name = options.voice or (None if model in ANY_MODEL else model)
        if name:
            self._voice["name"] = name
            if options.extra.get("speaker") is not None:
                self._voice["speaker"] = str(options.extra["speaker"])
        elif options.language:
            self._voice["language"] = options.language
        self._text: list[str] = []
        self._asked = asyncio.Event()
        self._done = self._ended = self._cancelled = False
        self._format = (22_050, 2, 1)
        self._audio_s = 0.0

    async def push(self, text: str) -> None:
        """Keep text until the end."""
        self._text.append(text)

    async def end(self) -> None:
        """Ask for all of it."""
        if self._ended or self._done:
            return
        self._ended = True
        data: dict[str, Any] = {"text": "".join(self._text)}
        if self._voice:
            data["voice"] = self._voice
        await self._link.send(encode(Event("synthesize", data)))
        self._asked.set()

    async def cancel(self) -> None:
        """Drop the connection: no more events come."""
        self._done = self._cancelled = True
        self._asked.set()
        self._link.close()

    def __aiter__(self) -> AsyncIterator[TtsEvent]:
        return self

    async def __anext__(self) -> TtsEvent:
        await self._asked.wait()
        while not self._done:
            try:
                event = await self._link.receive(ANSWER_TIMEOUT)
            except VoiceGatewayError:
                # a cancel from another task ends the wait with an error that the cancel caused
                if self._cancelled:
                    break
                await self.cancel()
                raise
            if event.type in ("audio-start", "audio-chunk"):
                data = event.data
                told = (data.get(name, old) for name, old in zip(FORMAT, self._format, strict=True))
                self._format = _format(*told)
                if event.payload:
                    return self._audio(event.payload)
            elif event.type == "audio-stop":
                await self.cancel()
                return UtteranceDone(len("".join(self._text)), self._audio_s)
        raise StopAsyncIteration

    def _audio(self, payload: bytes) -> Audio:
        rate, width, channels = self._format
        if width != 2:
            raise UpstreamError(f"The Wyoming server sends samples of {width} bytes; only 2 (int16) are understood.")
        if channels > 1:
            samples = array.array("h", payload[: len(payload) // (2 * channels) * 2 * channels])
            payload = samples[::channels].tobytes()
        self._audio_s += len(payload) / 2 / rate
        return Audio(payload, rate)


def _format(rate: object, width: object, channels: object) -> tuple[int, int, int]:
    """What a server says about its samples; UpstreamError when they cannot be read."""
    told = count(rate), count(width), count(channels)
    if not (told[0] and RATES[0] <= told[0] <= RATES[1] and told[1] and told[2]):
        raise UpstreamError(
            f"The Wyoming server sends {rate!r:.20} Hz, {width!r:.20} bytes, {channels!r:.20} channels."
        )
    return told[0], told[1], told[2]


def backend(reach: Reach) -> RemoteWyoming:
    """Transcription and speech for a descriptor's `backends`."""
    return RemoteWyoming(reach.address)


class RemoteWyoming:
    """The speech backends on Wyoming servers; `find` gives each target's address."""

    def __init__(self, find: Callable[[Target], str]) -> None:
        self._find = find

    async def open_stt(self, target: Target, options: SttOptions) -> RemoteStt:
        """A transcription stream; the target's model is the server's model name, `default` its own choice."""
        return await RemoteStt.open(self._find(target), target.model, options, target.zone)

    async def open_tts(self, target: Target, options: TtsOptions) -> RemoteTts:
        """An utterance; the target's model or variant is the voice, `default` the server's own choice."""
        link = await Link.open(self._find(target), target.zone)
        return RemoteTts(link, target.variant or target.model, options)

    async def probe(self, target: Target) -> bool:
        """True when the server answers."""
        with contextlib.suppress(VoiceGatewayError):
            await describe(self._find(target), target.zone)
            return True
        return False

    async def status(self, provider: str, endpoint: Endpoint) -> EngineStatus:
        """What the server says about itself now: its models and voices, or why it does not answer."""
        state, reason, info = State.ANSWERS, "", dict[str, Any]()
        try:
            info = summary(await describe(endpoint.base_url, endpoint.zone))
        except VoiceGatewayError as error:
            state, reason = State.DOES_NOT_ANSWER, error.message
        return EngineStatus(provider, provider, "", state, reason, address=endpoint.base_url, info=info)


async def describe(url: str, zone: Zone | None = None) -> dict[str, Any]:
    """The server's `info`. Raises UpstreamError or EngineTimeout."""
    link = await Link.open(url, zone)
    try:
        await link.send(encode(Event("describe")))
        while True:
            event = await link.receive(DESCRIBE_TIMEOUT)
            if event.type == "info":
                return dict(event.data)
    finally:
        link.close()


def summary(info: dict[str, Any]) -> dict[str, Any]:
    """Names out of an `info` event: `programs`, `stt_models`, `tts_voices`, `languages`."""
    asr: list[dict[str, Any]] = info.get("asr") or []
    tts: list[dict[str, Any]] = info.get("tts") or []
    models: list[dict[str, Any]] = [m for program in asr for m in program.get("models") or []]
    voices: list[dict[str, Any]] = [v for program in tts for v in program.get("voices") or []]
    return {
        "programs": [str(p.get("name")) for p in (*asr, *tts)],
        "stt_models": [str(m.get("name")) for m in models],
        "tts_voices": [str(v.get("name")) for v in voices],
        "languages": sorted({str(x) for entry in (*models, *voices) for x in entry.get("languages") or []}),
        "streams_transcripts": any(p.get("supports_transcript_streaming") for p in asr),
        "streams_speech": any(p.get("supports_synthesize_streaming") for p in tts),
    }
