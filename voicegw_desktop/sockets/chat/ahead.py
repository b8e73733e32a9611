"""An answer that is prepared during a pause that may be the end of the turn: model and voice run, nothing is played.

A door uses it in place of the corridor. A door that asks it for the chat that was prepared gets that one, with what
is there already; every other request passes on to the corridor, which admits, measures and records all of them.

| state | what happens | next | meanwhile |
|---|---|---|---|
| nothing | `prepare`: the words of a pause | preparing | the model is asked, its words go to the voice |
| preparing | `prepare`: other words | preparing | the former answer is thrown away |
| preparing | `drop`: the person speaks on, the words are empty, settings change, the session ends | nothing | it ends |
| preparing | `chat`: the request that was prepared | serving | it counts, is recorded and belongs to the turn |
| preparing | `chat`: any other request | nothing | it is thrown away; the other is asked as always |
| serving | `open_tts`: the voice that was prepared | nothing | its sound is given out, and more text is spoken |
| serving | `open_tts`: another voice | nothing | the one that was prepared is thrown away |

Thrown away means: the engines are told to stop, and unless a target that costs money had begun (which only a project
with `answer_ahead: paid` allows), no record is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import TtsEvent
from voicegw_desktop.core.ports import (
    NO_OPTIONS,
    STREAMED,
    Caller,
    ChatOptions,
    ChatRunPort,
    CorridorPort,
    Modality,
    RunPort,
    SttOptions,
    SttRunPort,
    Target,
    TtsOptions,
    TtsRunPort,
)
from voicegw_desktop.sockets.chat.answer import Text, pieces

R = TypeVar("R", bound=RunPort)
Speech = tuple[str | None, TtsOptions]
"""What speaks, and how."""


class Ahead(CorridorPort):
    """The corridor of one conversation, with at most one answer prepared."""

    def __init__(self, corridor: CorridorPort, caller: Caller) -> None:
        self._corridor, self._caller = corridor, caller
        self._prepared: Prepared | None = None
        self._serving: Prepared | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._warming: asyncio.Task[None] | None = None

    def prepare(self, wanted: str | None, body: Mapping[str, Any], speech: Speech | None) -> None:
        """Begin the streamed chat `body` asks for, and speak its words; nothing when it is being prepared already."""
        if self._prepared is not None and self._prepared.fits(wanted, body):
            return
        self.drop()
        self._prepared = Prepared(self._corridor, self._caller, wanted, body, speech)

    def warm(self, wanted: str | None, body: Mapping[str, Any]) -> None:
        """Let a local model read the conversation so far while the person speaks: its cache then knows all but the new
        words. The answer is cut after one token, and leaves no record.
        """
        self._warming = self.read_ahead(self._caller, wanted, body) or self._warming

    def drop(self) -> None:
        """Throw away what is prepared and not served."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            task = asyncio.get_running_loop().create_task(prepared.close())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Drop everything: the conversation is over."""
        self.drop()
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        if self._serving is not None:
            await self._serving.close()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def chat(
        self,
        caller: Caller,
        wanted: str | None,
        body: Mapping[str, Any],
        *,
        path: str = "/chat/completions",
        options: ChatOptions = NO_OPTIONS,
    ) -> ChatRunPort:
        """The prepared answer to this very request, else a new one."""
        prepared = self._prepared
        if prepared is not None and path == "/chat/completions" and prepared.fits(wanted, body):
            self._prepared = None
            run = await prepared.served()
            if run is not None:
                self._serving = prepared
                return PreparedChat(run, prepared)
        self.drop()
        return await self._corridor.chat(caller, wanted, body, path=path, options=options)

    async def open_tts(self, caller: Caller, wanted: str | None, options: TtsOptions) -> TtsRunPort:
        """The voice that has begun to speak the prepared answer, else a new one."""
        serving, self._serving = self._serving, None
        if serving is not None:
            voice = await serving.voice_for((wanted, options))
            if voice is not None:
                return voice
        return await self._corridor.open_tts(caller, wanted, options)

    async def open_stt(self, caller: Caller, wanted: str | None, options: SttOptions) -> SttRunPort:
        """Pass on to the corridor."""
        return await self._corridor.open_stt(caller, wanted, options)

    def refuse_tts(self, caller: Caller, wanted: str | None, options: TtsOptions, error: VoiceGatewayError) -> None:
        """Pass on to the corridor."""
        self._corridor.refuse_tts(caller, wanted, options, error)

    def read_ahead(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> asyncio.Task[None] | None:
        """Pass on to the corridor."""
        return self._corridor.read_ahead(caller, wanted, body)

    async def check_chat(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> None:
        """Pass on to the corridor."""
        await self._corridor.check_chat(caller, wanted, body)

    def check_model(self, caller: Caller, modality: Modality, wanted: str) -> None:
        """Pass on to the corridor."""
        self._corridor.check_model(caller, modality, wanted)


class Prepared:
    """One answer under way: the model's bytes are kept, and its words are given to the voice until it is served."""

    def __init__(
        self, corridor: CorridorPort, caller: Caller, wanted: str | None, body: Mapping[str, Any], speech: Speech | None
    ) -> None:
        self._corridor, self._caller = corridor, caller
        self._wanted, self._body, self._speech = wanted, body, speech
        self.chunks: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        """The answer's body; None: its end."""
        self._run: ChatRunPort | None = None
        self._voice: TtsRunPort | None = None
        self._said = ""
        self._asked = asyncio.Event()
        self._wanted_now = False
        self._opening = asyncio.Lock()
        self._task = asyncio.get_running_loop().create_task(self._work())

    def fits(self, wanted: str | None, body: Mapping[str, Any]) -> bool:
        """Whether this is the answer to that request."""
        return (wanted, body) == (self._wanted, self._body)

    async def served(self) -> ChatRunPort | None:
        """The model's run, which counts from now on; None when it refused or cannot be used."""
        self._wanted_now = True
        try:
            await self._asked.wait()
            if self._run is not None and self._run.status < 400:
                self._run.serve()
                return self._run
        except BaseException:
            # the client left, or may have no more requests
            await self.close()
            raise
        await self.close()
        return None

    async def voice_for(self, speech: Speech) -> TtsRunPort | None:
        """The voice that speaks already, if it is the one asked for; otherwise it is thrown away."""
        # the voice may be opened at this moment, for the first words
        async with self._opening:
            voice, self._voice = self._voice, None
        if voice is None:
            return None
        if speech != self._speech:
            await voice.cancel()
            return None
        try:
            voice.serve()
        except VoiceGatewayError:
            await voice.cancel()
            raise
        return PreparedSpeech(voice, self._said)

    async def close(self) -> None:
        """Stop model and voice, unless they were handed over; idempotent."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        voice, self._voice = self._voice, None
        if voice is not None:
            await voice.cancel()
        if self._run is not None:
            await self._run.close()

    async def _work(self) -> None:
        try:
            options = replace(STREAMED, ahead=True)
            self._run = await self._corridor.chat(self._caller, self._wanted, self._body, options=options)
            self._asked.set()
            async for piece in pieces(self._kept(self._run)):
                if isinstance(piece, Text) and self._speech is not None:
                    await self._say(piece.text)
            self.chunks.put_nowait(None)
        except Exception as e:
            # an error of any kind: the reader of the answer waits for its end
            self.chunks.put_nowait(e)
        finally:
            self._asked.set()

    async def _kept(self, run: ChatRunPort) -> AsyncIterator[bytes]:
        async for chunk in run:
            self.chunks.put_nowait(chunk)
            yield chunk

    async def _say(self, text: str) -> None:
        async with self._opening:
            if self._wanted_now or self._speech is None:
                # the door that asked for the answer gives its words to the voice
                return
            wanted, options = self._speech
            try:
                if self._voice is None:
                    options = replace(options, ahead=True)
                    self._voice = await self._corridor.open_tts(self._caller, wanted, options)
                await self._voice.push(text)
                self._said += text
            except VoiceGatewayError:
                # the answer itself is of use; its voice is asked again when it is wanted
                self._speech = None


class PreparedRun(Generic[R]):
    """A run that `Prepared` began; every call is passed to it."""

    def __init__(self, run: R) -> None:
        self._run = run

    @property
    def id(self) -> str:
        """The request's id."""
        return self._run.id

    @property
    def served(self) -> Target:
        """The target that serves now."""
        return self._run.served

    @property
    def overhead_ms(self) -> float:
        """Milliseconds that the gateway itself took."""
        return self._run.overhead_ms

    @property
    def cost_nanos(self) -> int | None:
        """Nano-dollars, once the run has ended; None: not known."""
        return self._run.cost_nanos

    def gateway_headers(self) -> dict[str, str]:
        """The run's `X-VoiceGW-*`."""
        return self._run.gateway_headers()

    def serve(self) -> None:
        """Nothing: the run serves already."""

    async def cancel(self) -> None:
        """Stop model or voice; idempotent."""
        await self._run.cancel()


class PreparedChat(PreparedRun[ChatRunPort]):
    """The model's answer from its beginning, though a part of it came before it was asked for."""

    def __init__(self, run: ChatRunPort, prepared: Prepared) -> None:
        super().__init__(run)
        self._prepared = prepared

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self._run.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers, names in lower case."""
        return self._run.headers

    @property
    def begun(self) -> bool:
        """Whether the beginning of the body is here."""
        return not self._prepared.chunks.empty() or self._run.begun

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body; VoiceGatewayError when it breaks off."""
        while (chunk := await self._prepared.chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self])

    async def close(self) -> None:
        """Close the connection to the model; idempotent."""
        await self._prepared.close()

    async def cancel(self) -> None:
        """Stop the model; idempotent."""
        await self.close()


class PreparedSpeech(PreparedRun[TtsRunPort]):
    """A voice that was given the beginning of the text before: it is not given that twice."""

    def __init__(self, run: TtsRunPort, given: str) -> None:
        super().__init__(run)
        self._given = given

    async def push(self, text: str) -> None:
        """Add text; what the voice has already is left out."""
        known = min(len(text), len(self._given))
        self._given = self._given[known:]
        if text[known:]:
            await self._run.push(text[known:])

    async def end(self) -> None:
        """Tell the voice that no more text follows."""
        await self._run.end()

    def __aiter__(self) -> AsyncIterator[TtsEvent]:
        return aiter(self._run)
