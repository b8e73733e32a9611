"""Speech in turns on one connection: text goes to the turn under way, and turns are spoken one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from typing import Protocol

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import Audio, UtteranceDone
from voicegw_desktop.core.growing import GrowingText
from voicegw_desktop.core.ports import Caller, CorridorPort, TtsOptions, TtsRunPort

WAITING_CHARACTERS = 200_000
"""Characters of text that may wait to be spoken; a client that sends more does not read its audio."""

WAITING_TURNS = 500
"""Turns that may wait to be spoken, also those without text."""


def check_waiting(characters: int) -> None:
    """Raise BadRequest where so many characters would wait."""
    if characters > WAITING_CHARACTERS:
        raise BadRequest(
            f"Over {WAITING_CHARACTERS} characters wait to be spoken; send more when their audio has come."
        )


class Utterance:
    """One turn: its text, and how far it was spoken."""

    def __init__(self, options: TtsOptions) -> None:
        self.id = secrets.token_hex(6)
        self.options = options
        self.texts: asyncio.Queue[str | None] = asyncio.Queue()
        self.text = GrowingText()
        self.audio_s = 0.0
        self.run: TtsRunPort | None = None


class Listener(Protocol):
    """The door, which is told what is spoken."""

    async def began(self, utterance: Utterance) -> None:
        """The utterance's audio follows."""
        ...

    async def sound(self, utterance: Utterance, pcm: bytes) -> None:
        """A piece of it."""
        ...

    async def done(self, utterance: Utterance) -> None:
        """All of it was sent; also for one without text."""
        ...

    async def failed(self, utterance: Utterance, error: VoiceGatewayError) -> None:
        """The utterance cannot be spoken, or not to its end."""
        ...


class Utterances:
    """Turns in order, each through a run of its own."""

    def __init__(
        self, corridor: CorridorPort, caller: Caller, wanted: str, options: TtsOptions, listener: Listener
    ) -> None:
        self._corridor, self._caller, self._wanted = corridor, caller, wanted
        self._listener = listener
        self.options = options
        """For turns that begin from now on."""
        self.open: Utterance | None = None
        """The turn that still takes text."""
        self._waiting: deque[Utterance] = deque()
        self._active: Utterance | None = None
        self._speaking: asyncio.Task[None] | None = None

    @property
    def active(self) -> Utterance | None:
        """The turn that is spoken now, or is next."""
        return self._active or (self._waiting[0] if self._waiting else None)

    def say(self, text: str) -> None:
        """More text for the turn under way; begins one when there is none."""
        behind = [*([self._active] if self._active is not None else []), *self._waiting]
        check_waiting(sum(len(u.text) for u in behind) + len(text))
        if self.open is None:
            self._begin()
        assert self.open is not None
        self.open.text.add(text)
        self.open.texts.put_nowait(text)

    def end(self) -> Utterance:
        """No more text for the turn under way; one without text when there is none."""
        if self.open is None:
            self._begin()
        utterance, self.open = self.open, None
        assert utterance is not None
        utterance.texts.put_nowait(None)
        return utterance

    def _begin(self) -> None:
        if len(self._waiting) >= WAITING_TURNS:
            raise BadRequest(
                f"{WAITING_TURNS} turns wait to be spoken; send more when the audio of those before has come."
            )
        self.open = Utterance(self.options)
        self._waiting.append(self.open)
        if self._speaking is None or self._speaking.done():
            self._speaking = asyncio.get_running_loop().create_task(self._speak())

    async def drain(self) -> None:
        """Wait until everything is spoken."""
        if self.open is not None:
            self.end()
        if self._speaking is not None:
            await asyncio.wait({self._speaking})

    async def stop(self) -> Utterance | None:
        """Speak nothing more of what was sent so far; the turn that was cut short. Idempotent."""
        cut = self.active
        task, self._speaking = self._speaking, None
        self.open = None
        self._waiting.clear()
        if task is not None:
            # first, for this may itself be cancelled when the client disconnects
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._active = None
        return cut

    # -- speaking -----------------------------------------------------------------------------------------------------

    async def _speak(self) -> None:
        while self._waiting:
            self._active = self._waiting.popleft()
            try:
                await self._utter(self._active)
            except VoiceGatewayError as e:
                if self.open is self._active:
                    self.open = None
                with contextlib.suppress(ConnectionError):
                    await self._listener.failed(self._active, e)
            except ConnectionError:
                return
            finally:
                run = self._active.run
                if run is not None:
                    await run.cancel()
            self._active = None

    async def _utter(self, utterance: Utterance) -> None:
        first = await utterance.texts.get()
        while first is not None and not first.strip():
            # a turn begins with its first word
            first = await utterance.texts.get()
        if first is not None:
            run = utterance.run = await self._corridor.open_tts(self._caller, self._wanted, utterance.options)
            await self._listener.began(utterance)
            feeding = asyncio.create_task(self._feed(run, utterance, first))
            try:
                async for event in run:
                    if isinstance(event, Audio) and event.pcm:
                        utterance.audio_s += len(event.pcm) / 2 / event.rate
                        await self._listener.sound(utterance, event.pcm)
                    elif isinstance(event, UtteranceDone):
                        break
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
        await self._listener.done(utterance)

    async def _feed(self, run: TtsRunPort, utterance: Utterance, text: str | None) -> None:
        try:
            while text is not None:
                await run.push(text)
                text = await utterance.texts.get()
            await run.end()
        except VoiceGatewayError:
            # the audio side raises this failure too
            return
