"""Speech to text of one Wyoming connection: audio events in, the transcript as it grows and whole out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.event import Event
from wyoming.vad import VoiceStarted, VoiceStopped

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import CLIENT_TURNS, Caller, SttOptions, SttRunPort
from voicegw_desktop.core.tasks import finished, stop_task
from voicegw_desktop.sockets.audio.installed import hearing_model, model_named, names_none
from voicegw_desktop.sockets.audio.languages import asked_language
from voicegw_desktop.sockets.audio.samples import Samples

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

SILENCE_MS = {"aggressive": 300, "default": 700, "relaxed": 1250}
"""vad_sensitivity → silence that ends a voice command, as Home Assistant counts it."""


class Hearing:
    """One stream at a time."""

    def __init__(
        self,
        gateway: SocketGateway,
        caller: Caller,
        write: Callable[[Event], Awaitable[None]],
        fail: Callable[[VoiceGatewayError], Awaitable[None]],
    ) -> None:
        self._gateway, self._caller = gateway, caller
        self._write, self._fail = write, fail
        self.asked = Transcribe()
        """The options of the stream that begins next."""
        self.run: SttRunPort | None = None
        self._task: asyncio.Task[None] | None = None
        self._samples = Samples(16_000, 2, 1)

    async def start(self, rate: int, width: int, channels: int) -> None:
        """Open a stream for audio of that form."""
        samples = Samples(rate, width, channels)
        await self.drop()
        asked = self.asked
        language = asked_language(asked.language)
        model = model_named(self._gateway, asked.name, self._caller)
        if names_none(asked.name):
            model = hearing_model(self._gateway, model, language, self._caller)
        terms = (*(asked.transcript_names or ()), *(asked.transcript_terms or ()))
        options = SttOptions(
            language=language,
            rate=samples.rate,
            endpointing_ms=_silence_of(asked),
            steady=True,
            words=False,
            keyterms=tuple(str(t)[:100] for t in terms[:100]),
        )
        self._samples = samples
        self.run = await self._gateway.corridor.open_stt(self._caller, model, options)
        self._task = asyncio.create_task(self._hear(self.run))

    async def take(self, event: Event) -> None:
        """One `audio-chunk`, which opens a stream when none is open."""
        form = tuple(event.data[name] for name in ("rate", "width", "channels"))
        if self.run is None:
            await self.start(*form)
        elif form[1:] != self._samples.form[1:]:
            # width and channels may change; the rate stays that of audio-start
            self._samples = Samples(self._samples.form[0], *form[1:])
        if self.run is not None and event.payload and (pcm := self._samples.feed(event.payload)):
            await self.run.push(pcm)

    async def end(self) -> None:
        """`audio-stop`: the transcript follows, an empty one when there was no audio."""
        if self.run is None or self._task is None:
            await self._write(Transcript(text="").event())
        else:
            task = self._task
            await self.run.end()
            await finished(task)
        self.run = self._task = None
        self.asked = Transcribe()

    async def drop(self) -> None:
        """Stop what still runs; idempotent."""
        run, task = self.run, self._task
        self.run = self._task = None
        if run is not None:
            await run.close()
        await stop_task(task)

    async def _hear(self, run: SttRunPort) -> None:
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
            await self._fail(e)
            return
        text = " ".join(f.text.strip() for f in finals).strip()
        language = finals[-1].language if finals else None
        await self._write(Transcript(text=text, language=language).event())
        if started:
            await self._write(TranscriptStop().event())


def _silence_of(asked: Transcribe) -> int:
    """Milliseconds of silence that end an utterance: only a client that asks for it has its end found here."""
    sensitivity = asked.vad_sensitivity
    if sensitivity is None:
        return CLIENT_TURNS
    return SILENCE_MS.get(str(getattr(sensitivity, "value", sensitivity)), SILENCE_MS["default"])
