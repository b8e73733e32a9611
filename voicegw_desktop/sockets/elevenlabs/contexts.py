"""ElevenLabs-shaped speech by WebSocket: contexts side by side, each of one or more parts that a flush has cut."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import Alignment, Audio, UtteranceDone
from voicegw_desktop.core.ports import Caller, TtsOptions, TtsRunPort
from voicegw_desktop.sockets.audio.speech_formats import encoded
from voicegw_desktop.sockets.audio.utterances import check_waiting
from voicegw_desktop.sockets.elevenlabs import form
from voicegw_desktop.sockets.provider_form import message_of

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

MAX_CONTEXTS = 5  # the published limit of one connection
WAITING_PARTS = 8  # of one context; a client that flushes more often waits for its audio
TRIGGER = 50  # characters from which `try_trigger_generation` speaks what ends with a pause in the text
TRIGGER_ANYWHERE = 120  # characters from which it speaks up to the last word
FIELDS = frozenset(
    ("text", "context_id", "contextId", "flush", "try_trigger_generation", "close_context", "close_socket",
     "voice_settings", "generation_config", "pronunciation_dictionary_locators", "xi_api_key", "xi-api-key",
     "authorization", "single_use_token")
)  # fmt: skip
"""A message has at least one of them."""

Timed = list[tuple[str, float, float]]


class Alignments:
    """Takes the times out of a run's events, so that only its audio is encoded."""

    def __init__(self) -> None:
        self._timed: Timed = []

    async def sound(self, run: TtsRunPort) -> AsyncIterator[Audio]:
        """The run's audio."""
        async for event in run:
            if isinstance(event, Alignment):
                self._timed += form.characters(event.words)
            elif isinstance(event, Audio) and event.pcm:
                yield event
            elif isinstance(event, UtteranceDone):
                return

    def take(self) -> Timed:
        """What was told since the last time."""
        timed, self._timed = self._timed, []
        return timed


class _Context:
    """One voice's text and sound. Text goes to the part that is open; a flush ends that part, an end ends all."""

    def __init__(self, open_run: Callable[[TtsOptions], Awaitable[TtsRunPort]], options: TtsOptions) -> None:
        self._open_run, self.options = open_run, options
        self.parts: asyncio.Queue[TtsRunPort | None] = asyncio.Queue(WAITING_PARTS)
        """Runs in the order in which they are heard; None: no more follow."""
        self._part: TtsRunPort | None = None
        self._characters = 0
        """Characters of the part that is open."""
        self.ended = False
        self.runs: set[TtsRunPort] = set()
        """Runs that have not been heard to their end."""
        self.task: asyncio.Task[None] | None = None

    async def say(self, text: str) -> None:
        """More text; raises BadRequest after the end."""
        if self.ended:
            raise BadRequest("The context was ended; what was sent before is spoken.", code="stream_ended")
        check_waiting(len(text) + (self._characters if self._part is not None else 0))
        if self._part is None:
            self._part = await self._open_run(self.options)
            self.runs.add(self._part)
            self._characters = 0
            await self.parts.put(self._part)
        self._characters += len(text)
        # the audio side raises this failure too
        with contextlib.suppress(VoiceGatewayError):
            await self._part.push(text)

    async def flush(self) -> None:
        """Speak what was said so far; idempotent."""
        part, self._part = self._part, None
        if part is not None:
            with contextlib.suppress(VoiceGatewayError):
                await part.end()

    async def trigger(self, text: str) -> None:
        """Speak what was said so far if it is long enough to sound well."""
        bare = text.rstrip()
        if self._characters >= TRIGGER and (
            bare.endswith((",", ".", ";", ":", "!", "?")) or (self._characters >= TRIGGER_ANYWHERE and bare != text)
        ):
            await self.flush()

    async def end(self) -> None:
        """No more text; idempotent."""
        if not self.ended:
            self.ended = True
            await self.flush()
            await self.parts.put(None)

    async def stop(self) -> None:
        """Stop speaking; the task first, for this may itself be cancelled when the client disconnects."""
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
        runs, self.runs = self.runs, set()
        for run in runs:
            await run.cancel()
        if self.task is not None and self.task is not asyncio.current_task():
            await asyncio.gather(self.task, return_exceptions=True)


class Contexts:
    """The contexts of one connection, by their ids."""

    def __init__(
        self,
        ws: web.WebSocketResponse,
        gateway: SocketGateway,
        caller: Caller,
        wanted: str,
        options: TtsOptions,
        kind: str,
        several: bool,
    ) -> None:
        self._ws, self._gateway, self._caller = ws, gateway, caller
        self._wanted, self._options, self._kind = wanted, options, kind
        self._several = several
        self._settings: dict[str, TtsOptions] = {}
        self._open: dict[str, _Context] = {}
        self.over = asyncio.Event()
        """Set when the only context was spoken to its end: the connection is to be closed."""
        self._said_final = False
        """True when the end of the only context was told, and nothing was said since."""

    async def receive(self, data: str) -> bool:
        """Take one client message; False when the client is done."""
        try:
            message = message_of(data)
            if not FIELDS & message.keys():
                raise BadRequest('The message has none of the fields that are known here, such as "text".')
        except BadRequest as e:
            await self.unknown(e.message)
            return True
        name = str(message.get("context_id") or message.get("contextId") or "default")[:64]
        try:
            if message.get("close_socket"):
                await self._finish()
                return False
            text = form.text_of("" if message.get("text") is None else message["text"])
            if "voice_settings" in message and name not in self._open:
                speed = form.speed_of(message["voice_settings"])
                self._settings = {name: replace(self._options, speed=speed), **self._settings}
                if len(self._settings) > MAX_CONTEXTS:
                    self._settings.popitem()
            if text.strip():
                await self._context(name).say(text)
            context = self._open.get(name)
            if context is not None and message.get("flush"):
                await context.flush()
            elif context is not None and message.get("try_trigger_generation"):
                await context.trigger(text)
            # with one context an empty text ends the utterance; with several it keeps the connection open
            empty = not self._several and message.get("text") == "" and not message.get("flush")
            if message.get("close_context") or empty:
                return await self._end(name)
        except VoiceGatewayError as e:
            # what runs goes on: only this message is refused
            await self._send(name, error=e.code or "error", message=e.message)
        return True

    async def unknown(self, sentence: str) -> None:
        """Refuse what is no message, as the provider words it; what runs goes on."""
        code = int(WSCloseCode.POLICY_VIOLATION)
        await self._ws.send_json({"error": "invalid_input_message", "message": sentence, "code": code})

    async def _send(self, name: str, **fields: Any) -> None:
        await self._ws.send_json({**fields, "contextId": name} if self._several else fields)

    def _context(self, name: str) -> _Context:
        if name not in self._open:
            if len(self._open) >= MAX_CONTEXTS:
                raise BadRequest(f"At most {MAX_CONTEXTS} contexts may be open.", code="too_many_contexts")
            self._said_final = False
            context = self._open[name] = _Context(self._open_run, self._settings.get(name, self._options))
            context.task = asyncio.create_task(self._speak(name, context))
        return self._open[name]

    async def _open_run(self, options: TtsOptions) -> Any:
        return await self._gateway.corridor.open_tts(self._caller, self._wanted, options)

    async def _end(self, name: str) -> bool:
        """No more text for this context; False when nothing is left to be said on the connection."""
        if name in self._open:
            await self._open[name].end()
            return True
        if self._several or not self._said_final:
            self._said_final = True
            await self._send(name, isFinal=True)
        return self._several

    async def _finish(self) -> None:
        """Wait until everything that was sent is spoken."""
        contexts = tuple(self._open.values())
        for context in contexts:
            await context.end()
        await asyncio.gather(*(c.task for c in contexts if c.task is not None), return_exceptions=True)

    async def _speak(self, name: str, context: _Context) -> None:
        try:
            while (run := await context.parts.get()) is not None:
                await self._sound(name, run)
                context.runs.discard(run)
                await run.cancel()
            self._said_final = True
            await self._send(name, isFinal=True)
        except VoiceGatewayError as e:
            with contextlib.suppress(ConnectionError):
                await self._send(name, error=e.code or "error", message=e.message)
        except ConnectionError:
            return
        finally:
            if self._open.get(name) is context:
                del self._open[name]
                self._settings.pop(name, None)
            await context.stop()
        if context.ended and not self._several:
            # ElevenLabs' own client reads until the connection is closed
            self.over.set()

    async def _sound(self, name: str, run: TtsRunPort) -> None:
        alignments, aligned_s = Alignments(), 0.0
        async with aclosing(encoded(self._gateway.engines, alignments.sound(run), self._kind)) as pieces:
            async for piece in pieces:
                audio = base64.b64encode(piece).decode("ascii")
                timed = alignments.take()
                # the times of a message begin where those of the last message ended
                alignment = _since(timed, aligned_s)
                aligned_s = timed[-1][2] if timed else aligned_s
                await self._send(name, audio=audio, isFinal=None, alignment=alignment, normalizedAlignment=alignment)

    async def close(self) -> None:
        """Stop what still runs."""
        contexts = tuple(self._open.values())
        self._open.clear()
        for context in contexts:
            await context.stop()


def _since(timed: Timed, begin_s: float) -> Mapping[str, Any] | None:
    if not timed:
        return None
    starts = [max(0, round((start - begin_s) * 1000)) for _, start, _ in timed]
    ends = [max(0, round((end - begin_s) * 1000)) for _, _, end in timed]
    return {
        "chars": [c for c, _, _ in timed],
        "charStartTimesMs": starts,
        "charDurationsMs": [max(0, end - start) for start, end in zip(starts, ends, strict=True)],
    }
