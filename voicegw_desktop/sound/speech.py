"""What is done with a microphone and a speaker: say a text, listen for words, talk; all through the gateway's doors."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.sound import wire
from voicegw_desktop.sound.conversation import Choice, Line, Turn
from voicegw_desktop.sound.devices import Opened, Sound, SoundError
from voicegw_desktop.sound.settings import SoundSettings

if TYPE_CHECKING:
    import aiohttp

QUEUED = 12_000  # blocks of 10 ms: 2 minutes, in which a slow machine loads its models; then the oldest go
VOICE = "alloy"


@dataclass(frozen=True)
class Said:
    """The result of speaking a text."""

    seconds: float
    """Seconds of speech that the gateway made."""
    played_s: float
    """Seconds of it that a device played."""
    speaker: str
    first_ms: float | None
    """Milliseconds to the first sound."""
    served_by: str
    cost_usd: float | None

    @property
    def whole(self) -> bool:
        """True when all of it was played."""
        return self.seconds > 0 and self.played_s >= self.seconds * 0.99


async def refuse(answer: aiohttp.ClientResponse) -> None:
    """VoiceGatewayError with the gateway's sentence for an answer that is an error."""
    if answer.status >= 400:
        try:
            message = str((await answer.json())["error"]["message"])
        except (ValueError, KeyError, TypeError):
            message = f"The gateway answered with status {answer.status}."
        raise VoiceGatewayError(message)


async def say(
    http: aiohttp.ClientSession,
    sound: Sound,
    text: str,
    settings: SoundSettings,
    *,
    target: str | None = None,
    voice: str | None = None,
) -> Said:
    """Speak `text`; `http`: an aiohttp session at the gateway's `/v1/`. Ends when the device has played it."""
    opened = await sound.open(speaker=settings.speaker)
    body = {"model": target or "tts-1", "input": text, "response_format": "pcm"}
    body["voice"] = voice or VOICE
    began, first, octets, rest = time.perf_counter(), None, 0, b""
    async with http.post("audio/speech", json=body) as answer:
        await refuse(answer)
        async for piece in answer.content.iter_any():
            if first is None:
                first = (time.perf_counter() - began) * 1000
            rest += piece
            whole = len(rest) - len(rest) % 2
            sound.play(rest[:whole])
            octets, rest = octets + whole, rest[whole:]
    played = await sound.drain()
    await sound.close()
    cost = answer.headers.get("X-VoiceGW-Cost-USD", "unknown")
    return Said(
        wire.milliseconds(octets) / 1000,
        played / 1000,
        opened.speaker or "",
        first,
        answer.headers.get("X-VoiceGW-Served-By", "unknown"),
        None if cost == "unknown" else float(cost),
    )


class Live:
    """A conversation with devices: `async with live(...) as it`; turns come to `changed`."""

    def __init__(self, line: Line, sound: Sound) -> None:
        self.line, self.sound, self.opened = line, sound, Opened(None, None, False)
        self.error: VoiceGatewayError | None = None
        """Why the sound is gone."""
        self.listening = True
        """False: the microphone's samples are thrown away, as while no button is held."""
        self._blocks: asyncio.Queue[bytes | VoiceGatewayError | None] = asyncio.Queue(QUEUED)
        # None: the turn ends here

    async def open(self, settings: SoundSettings, *, speaker: bool = True) -> None:
        """Open the microphone, and the speaker if wanted; SoundError when one cannot be opened."""
        # set first: samples come before the answer to `open` is seen here
        self.sound.on_samples, self.sound.on_gone = self.captured, self.gone
        self.opened = await self.sound.open(
            microphone=settings.microphone, speaker=settings.speaker if speaker else False, gain=settings.gain
        )

    def captured(self, pcm: bytes) -> None:
        """Take int16 mono samples of the microphone at wire.RATE."""
        if self.listening:
            self._put(pcm)

    def gone(self, error: SoundError) -> None:
        """Take the loss of a device."""
        self.error = error
        self._put(error)

    def _put(self, block: bytes | VoiceGatewayError | None) -> None:
        if self._blocks.full():
            # a gateway that has taken nothing for so long: the newest words matter most
            self._blocks.get_nowait()
        self._blocks.put_nowait(block)

    def commit(self) -> None:
        """End the turn after all that was captured until now."""
        self.listening = False
        self._put(None)

    async def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Listen and answer until `until()` holds after an event; VoiceGatewayError when gateway or device is gone."""
        hearing = asyncio.ensure_future(self.hear())
        answering = asyncio.ensure_future(self.line.run(until))
        try:
            done, _ = await asyncio.wait({hearing, answering}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (hearing, answering):
                task.cancel()
            await asyncio.gather(hearing, answering, return_exceptions=True)

    async def hear(self) -> None:
        """Send what is captured, until a turn was committed; VoiceGatewayError when a device is gone."""
        while True:
            block = await self._blocks.get()
            if isinstance(block, VoiceGatewayError):
                raise block
            if block is None:
                await self.line.talk.commit()
                return
            await self.line.talk.hear(block)


@contextlib.asynccontextmanager
async def live(
    http: aiohttp.ClientSession, sound: Sound, choice: Choice, settings: SoundSettings, changed: Callable[[Turn], None]
) -> AsyncIterator[Live]:
    """Open devices and a conversation; both are closed at the end."""
    more = {"play": sound.play, "hush": sound.flush} if choice.answers else {}
    async with Line(http, choice, changed, **more) as line:
        it = Live(line, sound)
        await it.open(settings, speaker=choice.answers)
        try:
            yield it
        finally:
            with contextlib.suppress(SoundError):
                await sound.close()


async def listen(
    http: aiohttp.ClientSession,
    sound: Sound,
    settings: SoundSettings,
    *,
    target: str | None = None,
    language: str | None = None,
    limit_s: float | None = None,
    changed: Callable[[Turn], None] = lambda turn: None,
    once: bool = True,
    opened: Callable[[], None] = lambda: None,
) -> list[Turn]:
    """The spoken turns: the first (`once`), or all until `limit_s` seconds have passed; [] when there were none.

    `opened` is called once the microphone is open.
    """
    choice = Choice(stt=target, language=language, answers=False)
    async with live(http, sound, choice, settings, changed) as it:
        opened()
        turns = it.line.talk.turns

        def over() -> bool:
            return once and any(t.words_at is not None or t.error for t in turns)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await it.run(over)
        if limit_s is not None and turns and turns[-1].words_at is None and not turns[-1].error:
            # the time was up in the middle of a sentence: its words still count
            await it.line.talk._send({"type": "input_audio_buffer.commit"})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await it.line.run(lambda: turns[-1].words_at is not None or bool(turns[-1].error))
    if error := next((t.error for t in turns if t.error), ""):
        raise VoiceGatewayError(error)
    return [t for t in turns if t.said]
