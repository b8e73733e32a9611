"""Text to speech of one Wyoming connection: a text, whole or in pieces, in; audio events out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from wyoming.audio import AudioStart, AudioStop
from wyoming.event import Event
from wyoming.tts import Synthesize, SynthesizeStart, SynthesizeStopped, SynthesizeVoice

from voicegw_desktop.core.errors import BadRequest, NotFound, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.events import Audio, UtteranceDone
from voicegw_desktop.core.ports import Caller, Modality, TtsOptions, TtsRunPort, Zone
from voicegw_desktop.core.tasks import finished, stop_task
from voicegw_desktop.engines import wire
from voicegw_desktop.sockets.audio.installed import default_of, speaker_of, voices
from voicegw_desktop.sockets.audio.languages import MANY, asked_tag

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

TEXT_LIMIT = 20_000  # characters of one event
EMPTY_RATE = 22_050  # samples per second of the audio-start for a text without a character


def _with_voice(event: Event) -> Event:
    """The event whose voice is an object or missing: clients also write null, or the name alone."""
    voice = event.data.get("voice")
    if isinstance(voice, str):
        event.data["voice"] = {"name": voice}
    elif voice is None:
        event.data.pop("voice", None)
    return event


class Speaking:
    """One utterance at a time."""

    def __init__(
        self,
        gateway: SocketGateway,
        caller: Caller,
        write: Callable[[Event], Awaitable[None]],
        send: Callable[[bytes], Awaitable[None]],
        fail: Callable[[VoiceGatewayError], Awaitable[None]],
    ) -> None:
        self._gateway, self._caller = gateway, caller
        self._write, self._send, self._fail = write, send, fail
        self.run: TtsRunPort | None = None
        self._task: asyncio.Task[None] | None = None

    async def whole(self, event: Event) -> None:
        """`synthesize`: one text; within a streamed utterance it repeats the text, for servers that cannot stream."""
        asked = Synthesize.from_event(_with_voice(event))
        if self.run is not None:
            return
        text = event_text(event)
        run = await self._begin(asked.voice, len(text))
        await run.push(text)
        await self._finish(run)

    async def start(self, event: Event) -> None:
        """Begin an utterance: `synthesize-start`."""
        await self._begin(SynthesizeStart.from_event(_with_voice(event)).voice)

    async def more(self, event: Event) -> None:
        """Take more text: `synthesize-chunk`."""
        if self.run is not None:
            await self.run.push(event_text(event))

    async def end(self) -> None:
        """`synthesize-stop`: what is owed follows, then `synthesize-stopped`."""
        if self.run is not None:
            await self._finish(self.run)
        await self._write(SynthesizeStopped().event())

    async def drop(self) -> None:
        """Stop what still runs; idempotent."""
        run, task = self.run, self._task
        self.run = self._task = None
        if run is not None:
            await run.cancel()
        await stop_task(task)

    async def _begin(self, voice: SynthesizeVoice | None, characters: int | None = None) -> TtsRunPort:
        await self.drop()
        try:
            wanted, options = self._voice(voice)
        except VoiceGatewayError as e:
            asked = (voice.name, voice.language) if voice is not None else (None, None)
            default = default_of(self._gateway, Modality.TTS, self._caller.project)
            self._gateway.corridor.refuse_tts(self._caller, default, TtsOptions(voice=asked[0], language=asked[1]), e)
            raise
        options = replace(options, characters=characters)
        self.run = await self._gateway.corridor.open_tts(self._caller, wanted, options)
        self._task = asyncio.create_task(self._speak(self.run))
        return self.run

    async def _finish(self, run: TtsRunPort) -> None:
        await run.end()
        if self._task is not None:
            await finished(self._task)
        self.run = self._task = None

    def _voice(self, voice: SynthesizeVoice | None) -> tuple[str, TtsOptions]:
        """(what to ask for, how); raises NotFound or BadRequest for a voice or a language that is not there."""
        gateway, caller = self._gateway, self._caller
        default = default_of(gateway, Modality.TTS, caller.project)
        if voice is None or not voice.name:
            tag = asked_tag(voice.language) if voice is not None else None
            tag = None if tag == MANY else tag
            return speaker_of(gateway, default, tag, caller) if tag else default, TtsOptions(language=tag)
        known = voices(gateway)
        for target, one in known:
            if voice.name.lower() == one.name.lower():
                extra = {"speaker": voice.speaker} if voice.speaker else {}
                return target if one.variant is None else f"{target}:{one.variant}", TtsOptions(extra=extra)
        router = gateway.router
        if "/" in voice.name and router.plan(Modality.TTS, voice.name, caller).literal is not None:
            return voice.name, TtsOptions()
        if router.plan(Modality.TTS, default, caller).first.zone is not Zone.LOCAL:
            # a provider knows its own voices
            return default, TtsOptions(voice=voice.name)
        names = [one.name for _, one in known]
        raise NotFound(
            f'There is no voice "{voice.name[:60]}" here.{did_you_mean(voice.name, names)}'
            f" Installed are {', '.join(names[:12]) or 'none'}{' and more' if len(names) > 12 else ''}.",
            code="voice_not_found",
        )

    async def _speak(self, run: TtsRunPort) -> None:
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
            # no audio-stop: what was sent until now must not pass for the whole
            await self._fail(e)
            return
        if not rate:
            await self._write(AudioStart(rate=EMPTY_RATE, width=2, channels=1).event())
        await self._write(AudioStop().event())


def event_text(event: Event) -> str:
    """The text of an event; BadRequest when it is none or too long."""
    text = event.data["text"]
    if not isinstance(text, str):
        raise BadRequest('"text" must be a string.')
    if len(text) > TEXT_LIMIT:
        raise BadRequest(f"The text is over {TEXT_LIMIT} characters; send it in pieces.")
    return text
