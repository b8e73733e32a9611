"""A Wyoming server over every installed voice and model, so that Home Assistant and its kin find them (TCP and unix).

Wyoming has no keys: TCP is off unless `serve.wyoming_port` is set, and bound where `serve.host` says.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Info, TtsProgram, TtsVoice, TtsVoiceSpeaker
from wyoming.ping import Pong
from wyoming.tts import Synthesize, SynthesizeStart, SynthesizeStopped, SynthesizeVoice
from wyoming.vad import VoiceStarted, VoiceStopped

from voicegw_desktop import __version__
from voicegw_desktop.core.errors import BadRequest, ConfigError, VoiceGatewayError
from voicegw_desktop.core.events import Audio, EndOfStream, Final, Interim, SpeechEnded, SpeechStarted, UtteranceDone
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, TtsOptions
from voicegw_desktop.core.text import check_texts
from voicegw_desktop.engines import wire
from voicegw_desktop.sockets.audio.installed import default_of, installed, languages_of, model_named, speaker_of, voices
from voicegw_desktop.sockets.audio.languages import asked_language
from voicegw_desktop.sockets.wyoming_places import Place, Places

log = logging.getLogger(__name__)

IDLE = 600.0  # s without an event after which a connection ends
STALL = 60.0  # s in which a client must take something of what is written to it
FIRST = 10.0  # s in which the first event must have come
EVENT = 20.0  # s in which an event must be whole once its header has come
DATA_LIMIT = 256 * 1024  # bytes of one event's JSON beside the header
TEXT_LIMIT = 20_000  # characters of one synthesize event
RATES = range(8_000, 48_001)  # samples per second taken
SILENCE_MS = {"aggressive": 300, "default": 700, "relaxed": 1250}
"""vad_sensitivity → silence that ends a voice command, as Home Assistant counts it."""
BY = Attribution(name="VoiceGateway Desktop", url="https://github.com/voicegateway")


class WyomingServer:
    """Serves a Gateway to Wyoming clients. `await start()` raises ConfigError when the port cannot be had."""

    def __init__(
        self, gateway: Any, *, host: str = "127.0.0.1", port: int | None = None, path: Path | None = None
    ) -> None:
        self._gateway = gateway
        self._host, self._wanted_port, self._path = host, port, path
        self._servers: list[asyncio.Server] = []
        self.places = Places()
        self._announced: Any = None
        self.port: int | None = None
        """The TCP port served; None when off."""

    async def start(self) -> None:
        """Bind what was asked for."""
        if self._wanted_port is not None:
            try:
                server = await asyncio.start_server(
                    self._connected, self._host, self._wanted_port, limit=wire.HEADER_LIMIT
                )
            except OSError as e:
                raise ConfigError(
                    f"serve.wyoming_port {self._wanted_port} on {self._host} cannot be served: {e.strerror or e}."
                    " Choose another port, or remove the setting."
                ) from e
            self._servers.append(server)
            self.port = int(server.sockets[0].getsockname()[1])
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._servers.append(
                await asyncio.start_unix_server(self._connected, str(self._path), limit=wire.HEADER_LIMIT)
            )
            self._path.chmod(0o600)

    async def announce(self) -> None:
        """Tell the local network by mDNS; needs the `zeroconf` extra."""
        try:
            from wyoming.zeroconf import HomeAssistantZeroconf
        except ImportError as e:
            raise ConfigError(
                "serve.zeroconf needs a package that is not installed: pip install voicegw-desktop[zeroconf]"
            ) from e
        if self.port is not None:
            self._announced = HomeAssistantZeroconf(self.port, name="voicegateway")
            await self._announced.register_server()

    async def stop(self) -> None:
        """Close everything."""
        if self._announced is not None:
            await self._announced._aiozc.async_close()
        for server in self._servers:
            server.close()
        tasks = [place.task for place in self.places.open]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._servers.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self.port = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        place = self.places.take(str(peer[0]) if isinstance(peer, tuple) else None)
        if place is None:
            writer.close()
            return
        connection = Connection(self._gateway, reader, writer, self.places, place)
        try:
            await connection.serve()
        except (ConnectionError, wire.WireError, TimeoutError) as e:
            log.debug("A Wyoming connection ended: %s", e)
        except asyncio.CancelledError:
            # stop() and a newer connection cancel; asyncio would log a handler that ends as cancelled
            pass
        except Exception:
            log.exception("A Wyoming connection failed")
        finally:
            self.places.leave(place)
            with contextlib.suppress(ConnectionError):
                await connection.close()


class Connection:
    """One client: any number of requests, one after the other."""

    def __init__(
        self, gateway: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, places: Places, place: Place
    ) -> None:
        self._gateway = gateway
        self._places, self._place = places, place
        self._reader = reader
        self._writer = writer
        self._caller = Caller(project=gateway.config.default_project, wire="wyoming", agent="wyoming")
        self._transcribe = Transcribe()
        self._stt: Any = None
        self._stt_task: asyncio.Task[None] | None = None
        self._rate = 16_000
        self._tts: Any = None
        self._tts_task: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Answer events until the client leaves."""
        while (event := await self._next()) is not None:
            try:
                if event.type != "audio-chunk":
                    check_texts(event.data)
                await self._handle(event)
            except VoiceGatewayError as e:
                await self._write(Error(text=e.message, code=e.code).event())
            except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError):
                await self._write(
                    Error(
                        text=f'"{event.type[:40]}" lacks a field or has one of a wrong type.', code="bad_event"
                    ).event()
                )
            finally:
                self._places.free(self._place)

    async def _next(self) -> Event | None:
        """The next event, None at the end. Raises WireError, and TimeoutError when it does not come or not whole."""
        place, loop = self._place, asyncio.get_running_loop()
        if self._stt is None and self._tts is None:
            place.waiting_since = loop.time()
        async with asyncio.timeout(IDLE if place.heard else FIRST) as limit:

            def arrived(count: int) -> None:
                if not place.held:
                    limit.reschedule(loop.time() + EVENT)
                self._places.arrived(place, count)

            event = await wire.read_event(self._reader, data_limit=DATA_LIMIT, arrived=arrived)
        place.heard, place.waiting_since = True, None
        return event

    async def close(self) -> None:
        """Stop what still runs and hang up."""
        for run, task in ((self._stt, self._stt_task), (self._tts, self._tts_task)):
            if run is not None:
                await run.cancel()
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._writer.close()
        try:
            async with asyncio.timeout(STALL):
                await self._writer.wait_closed()
        except TimeoutError:
            self._writer.transport.abort()

    async def _handle(self, event: Event) -> None:
        match event.type:
            case "describe":
                await self._write((await describe(self._gateway)).event())
            case "ping":
                await self._write(Pong(text=event.data.get("text")).event())
            case "transcribe":
                self._transcribe = Transcribe.from_event(event)
            case "audio-start":
                await self._audio_start(AudioStart.from_event(event))
            case "audio-chunk":
                await self._audio(event)
            case "audio-stop":
                await self._audio_stop()
            case "synthesize":
                await self._synthesize(event)
            case "synthesize-start":
                await self._begin_speech(SynthesizeStart.from_event(event).voice)
            case "synthesize-chunk":
                if self._tts is not None:
                    await self._tts.push(_text(event))
            case "synthesize-stop":
                await self._end_speech(streamed=True)
            case _:
                # Wyoming servers drop what they do not know
                pass

    # -- speech to text -----------------------------------------------------------------------------------------------

    async def _audio_start(self, start: AudioStart) -> None:
        if start.width != 2 or start.channels != 1 or start.rate not in RATES:
            raise BadRequest(
                f"audio-start asks for {start.rate} Hz, {8 * start.width} bits, {start.channels} channels;"
                " send 8000 to 48000 Hz, 16 bits, mono."
            )
        await self._drop_stt()
        self._rate = start.rate
        asked = self._transcribe
        model = model_named(self._gateway, asked.name, self._caller.project)
        terms = (*(asked.transcript_names or ()), *(asked.transcript_terms or ()))
        options = SttOptions(
            language=asked_language(asked.language),
            rate=start.rate,
            # the end of a command is told; the transcript is one for everything up to audio-stop all the same
            endpointing_ms=SILENCE_MS.get(str(getattr(asked.vad_sensitivity, "value", asked.vad_sensitivity)), 700),
            words=False,
            keyterms=tuple(str(t)[:100] for t in terms[:100]),
        )
        self._stt = await self._gateway.corridor.open_stt(self._caller, model, options)
        self._stt_task = asyncio.create_task(self._hear(self._stt))

    async def _audio(self, event: Event) -> None:
        if self._stt is None:
            await self._audio_start(AudioStart(event.data["rate"], event.data["width"], event.data["channels"]))
        if event.payload:
            if len(event.payload) % 2:
                raise BadRequest("An audio-chunk holds half a sample: 16-bit samples take two bytes each.")
            await self._stt.push(event.payload)

    async def _audio_stop(self) -> None:
        if self._stt is None:
            return
        await self._stt.end()
        if self._stt_task is not None:
            await self._stt_task
        self._stt = self._stt_task = None
        self._transcribe = Transcribe()

    async def _drop_stt(self) -> None:
        if self._stt is not None:
            await self._stt.cancel()
        if self._stt_task is not None:
            self._stt_task.cancel()
            await asyncio.gather(self._stt_task, return_exceptions=True)
        self._stt = self._stt_task = None

    async def _hear(self, run: Any) -> None:
        """Send the transcript as it grows, then whole, as the streaming convention wants."""
        finals: list[Final] = []
        said = ""
        started = False
        try:
            async for event in run:
                if isinstance(event, SpeechStarted):
                    await self._write(VoiceStarted(timestamp=round(event.at_s * 1000)).event())
                elif isinstance(event, SpeechEnded):
                    await self._write(VoiceStopped(timestamp=round(event.at_s * 1000)).event())
                elif isinstance(event, Interim | Final):
                    sure = event.committed if isinstance(event, Interim) else event.text
                    before = " ".join(f.text for f in finals)
                    whole = f"{before} {sure}".strip()
                    if not started:
                        started = True
                        await self._write(TranscriptStart(language=event.language).event())
                    if len(whole) > len(said) and whole.startswith(said):
                        await self._write(TranscriptChunk(text=whole[len(said) :]).event())
                        said = whole
                    if isinstance(event, Final):
                        finals.append(event)
                elif isinstance(event, EndOfStream):
                    break
        except VoiceGatewayError as e:
            await self._write(Error(text=e.message, code=e.code).event())
            return
        text = " ".join(f.text.strip() for f in finals).strip()
        language = finals[-1].language if finals else None
        await self._write(Transcript(text=text, language=language).event())
        if started:
            await self._write(TranscriptStop().event())

    # -- text to speech -----------------------------------------------------------------------------------------------

    async def _synthesize(self, event: Event) -> None:
        asked = Synthesize.from_event(event)
        if self._tts is not None:
            # clients that stream also send the whole text once more for servers that cannot
            return
        text = _text(event)
        run = await self._begin_speech(asked.voice, len(text))
        await run.push(text)
        await self._end_speech(streamed=False)

    async def _begin_speech(self, voice: SynthesizeVoice | None, characters: int | None = None) -> Any:
        if self._tts is not None:
            await self._tts.cancel()
        wanted, options = await self._voice(voice)
        self._tts = await self._gateway.corridor.open_tts(self._caller, wanted, replace(options, characters=characters))
        self._tts_task = asyncio.create_task(self._speak(self._tts))
        return self._tts

    async def _voice(self, voice: SynthesizeVoice | None) -> tuple[str, TtsOptions]:
        if voice is None or voice.name is None:
            language = voice.language if voice else None
            found = speaker_of(self._gateway, language) if isinstance(language, str) and language else None
            return found or self._speaker(), TtsOptions(language=language)
        for target, known in voices(self._gateway):
            if voice.name == known.name:
                extra = {"speaker": voice.speaker} if voice.speaker else {}
                return target if known.variant is None else f"{target}:{known.variant}", TtsOptions(extra=extra)
        if "/" in voice.name:
            return voice.name, TtsOptions()
        return self._speaker(), TtsOptions(voice=voice.name)

    def _speaker(self) -> str:
        return default_of(self._gateway, Modality.TTS, self._caller.project)

    async def _end_speech(self, *, streamed: bool) -> None:
        if self._tts is None or self._tts_task is None:
            return
        await self._tts.end()
        await self._tts_task
        self._tts = self._tts_task = None
        if streamed:
            await self._write(SynthesizeStopped().event())

    async def _speak(self, run: Any) -> None:
        rate = 0
        try:
            async for event in run:
                if isinstance(event, Audio) and event.pcm:
                    if not rate:
                        rate = event.rate
                        await self._write(AudioStart(rate=rate, width=2, channels=1).event())
                    await self._send(wire.audio_chunk(event.pcm, rate))
                elif isinstance(event, UtteranceDone):
                    break
        except VoiceGatewayError as e:
            await self._write(Error(text=e.message, code=e.code).event())
        if not rate:
            await self._write(AudioStart(rate=22_050, width=2, channels=1).event())
        await self._write(AudioStop().event())

    async def _write(self, event: Event) -> None:
        await self._send(wire.encode(event))

    async def _send(self, data: bytes) -> None:
        """Raises TimeoutError when the client takes nothing, which then has no connection any more."""
        self._writer.write(data)
        try:
            async with asyncio.timeout(STALL):
                await self._writer.drain()
        except TimeoutError:
            self._writer.transport.abort()
            raise


def _text(event: Event) -> str:
    text = event.data["text"]
    if not isinstance(text, str):
        raise BadRequest('"text" must be a string.')
    if len(text) > TEXT_LIMIT:
        raise BadRequest(f"The text is over {TEXT_LIMIT} characters; send it in pieces.")
    return text


async def describe(gateway: Any) -> Info:
    """Everything installed, in Wyoming's form."""
    models = [
        AsrModel(
            name=entry.id.partition("/")[2], attribution=BY, installed=True, description=entry.title,
            version=__version__, languages=languages_of(entry),
        )
        for entry in installed(gateway, "stt")
    ]  # fmt: skip
    speaking = [
        TtsVoice(
            name=voice.name, attribution=BY, installed=True, description=voice.description, version=__version__,
            languages=[voice.language], speakers=[TtsVoiceSpeaker(name=s) for s in voice.speakers] or None,
        )
        for _, voice in voices(gateway)
    ]  # fmt: skip
    asr = AsrProgram(
        name="voicegateway", attribution=BY, installed=True, description="Speech to text by VoiceGateway",
        version=__version__, models=models, supports_transcript_streaming=True, requires_external_vad=False,
    )  # fmt: skip
    tts = TtsProgram(
        name="voicegateway", attribution=BY, installed=True, description="Text to speech by VoiceGateway",
        version=__version__, voices=speaking, supports_synthesize_streaming=True,
    )  # fmt: skip
    return Info(asr=[asr] if models else [], tts=[tts] if speaking else [])
