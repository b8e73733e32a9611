"""What a Wyoming client may choose from: installed models and voices, with the languages of what serves them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    HandleModel,
    HandleProgram,
    Info,
    TtsProgram,
    TtsVoice,
    TtsVoiceSpeaker,
)

from voicegw_desktop import __version__
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.events import RouteChanged
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.engines import wire
from voicegw_desktop.sockets.audio.installed import default_of, installed, languages_of, served_by, voices
from voicegw_desktop.sockets.audio.languages import NAMES
from voicegw_desktop.sockets.audio.regions import heard_as, spoken_as
from voicegw_desktop.sockets.turns import Turns
from voicegw_desktop.sockets.wyoming_answering import PROGRAM, programs

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

KEEP = 1.0  # s for which an answer is told again
BY = Attribution(name="VoiceGateway Desktop", url="https://github.com/voicegateway")


class Offers:
    """What is told to clients that ask what is here: built once for all that ask within a second."""

    def __init__(self, gateway: SocketGateway, clock: Clock | None = None) -> None:
        self._gateway = gateway
        self._clock = clock or SystemClock()
        self._kept: tuple[str, int, bytes] | None = None
        """The project, when its answer was begun, and the answer."""
        self._building = asyncio.Lock()
        self.close = gateway.bus.subscribe(self._forget, RouteChanged)
        """Stop listening to changes of routes."""

    async def told(self, caller: Caller) -> bytes:
        """The event `info`, encoded; at most `KEEP` seconds old, and never older than the last change of a route."""
        if (data := self._fresh(caller)) is not None:
            return data
        async with self._building:
            # another client may have waited for the same
            if (data := self._fresh(caller)) is not None:
                return data
            begun = caller.project, self._clock.monotonic_ns(), b""
            self._kept = begun
            info = await describe(self._gateway, caller)
            data = await asyncio.to_thread(lambda: wire.encode(info.event()))
            if self._kept is begun:
                self._kept = (*begun[:2], data)
            return data

    def _fresh(self, caller: Caller) -> bytes | None:
        if self._kept is None or self._kept[0] != caller.project:
            return None
        _, at, data = self._kept
        return data if data and self._clock.monotonic_ns() - at < KEEP * 1e9 else None

    def _forget(self, _: RouteChanged) -> None:
        self._kept = None


async def describe(gateway: SocketGateway, caller: Caller) -> Info:
    """Everything installed, in Wyoming's form; a route that serves in its place says which languages are heard.

    Other clients have their turns meanwhile.
    """
    heard, all_voices = await asyncio.to_thread(lambda: (installed(gateway, "stt"), voices(gateway)))
    known = {str(entry.id): entry for entry in heard}
    turns = Turns()
    models = []
    for id, entry in known.items():
        turns.begin()
        models.append(
            AsrModel(
                name=id.partition("/")[2], attribution=BY, installed=True, description=entry.title,
                version=__version__,
                languages=heard_as(_heard_by(served_by(gateway, Modality.STT, id, caller), entry, known)),
            )
        )  # fmt: skip
        await turns.end()
    # a voice that a route replaces is not offered, unless nothing else would be
    own = []
    for target, voice in all_voices:
        turns.begin()
        if (served := served_by(gateway, Modality.TTS, target, caller)) is None or served.name == target:
            own.append((target, voice))
        await turns.end()
    speaking = [
        TtsVoice(
            name=voice.name, attribution=BY, installed=True, description=voice.description, version=__version__,
            languages=spoken_as(voice.language),
            speakers=[TtsVoiceSpeaker(name=s) for s in voice.speakers] or None,
        )
        for _, voice in own or all_voices
    ]  # fmt: skip
    asr = AsrProgram(
        name=PROGRAM, attribution=BY, installed=True, description="Speech to text by VoiceGateway",
        version=__version__, models=models, supports_transcript_streaming=True, requires_external_vad=False,
    )  # fmt: skip
    tts = TtsProgram(
        name=PROGRAM, attribution=BY, installed=True, description="Text to speech by VoiceGateway",
        version=__version__, voices=speaking, supports_synthesize_streaming=True,
    )  # fmt: skip
    served = served_by(gateway, Modality.LLM, default_of(gateway, Modality.LLM, caller.project), caller)
    handle = [_answered_by(PROGRAM, str(served)), *(_answered_by(id, id) for id in programs(gateway))]
    return Info(asr=[asr] if models else [], tts=[tts] if speaking else [], handle=handle if served is not None else [])


def _answered_by(program: str, model: str) -> HandleProgram:
    """A conversation agent. A language model names no languages, which clients take for every language."""
    answers = HandleModel(
        name=model, attribution=BY, installed=True, description=model, version=__version__, languages=[]
    )
    return HandleProgram(
        name=program, attribution=BY, installed=True, description=f"Answers by {model}", version=__version__,
        models=[answers], supports_handled_streaming=True,
    )  # fmt: skip


def _heard_by(served: Target | None, entry: Any, known: dict[str, Any]) -> list[str]:
    """The languages heard when a client asks for `entry` and `served` answers."""
    if served is not None and served.zone is not Zone.LOCAL:
        # a provider's model knows many, and says which only when it is asked
        return list(NAMES)
    return languages_of(known.get(served.name, entry) if served is not None else entry)
