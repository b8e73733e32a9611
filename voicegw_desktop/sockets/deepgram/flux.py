"""Deepgram's second transcription form: `/v2/listen`, turns instead of results, with early guesses at their ends.

A turn ends after a silence. Its length comes from `eot_threshold`: a higher threshold means a longer silence. With
`eager_eot_threshold` the engine looks for shorter silences: each gives an EagerEndOfTurn, which the end of the turn
confirms or more speech takes back. Silence is counted in the audio, so that a client that sends faster than it
records gets the same turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Caller, CorridorPort, Modality, SttOptions, SttRunPort
from voicegw_desktop.core.tasks import stop_task
from voicegw_desktop.sockets.audio.containers import LiveAudio
from voicegw_desktop.sockets.deepgram import form
from voicegw_desktop.sockets.deepgram.parameters import FLUX
from voicegw_desktop.sockets.deepgram.thresholds import Settings, settings_of, with_thresholds
from voicegw_desktop.sockets.deepgram.turn import Turn
from voicegw_desktop.sockets.http.browser_keys import SCHEMES
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.websocket import let_go
from voicegw_desktop.sockets.provider_form import message_of

DEFAULT_MODEL = "flux-general-en"
UNSURE = 0.5  # confidence told for a word that may still change


class Flux:
    """The one route."""

    def __init__(self, context: SocketContext) -> None:
        self._context = context

    async def live(self, request: web.Request) -> web.StreamResponse:
        caller = form.FORM.caller_of(request)
        FLUX.check(request.query.items())
        form.check_channels(request)
        form.law_of(request)
        settings, rate = settings_of(request), form.rate_of(request, 16_000)
        model = request.query.get("model", DEFAULT_MODEL)
        gateway = self._context.gateway
        wanted = form.FORM.target_of(gateway, Modality.STT, model)
        stream = _Stream(gateway.corridor, caller, wanted, rate, settings)
        await stream.open()
        ws = self._context.websocket(request, max_msg_size=form.MESSAGE_LIMIT, protocols=SCHEMES)
        session = _Session(ws, stream, settings, languages=model.endswith("-multi"))
        audio = form.live_audio(request, self._context.gateway.engines, rate, session.audio, session.failed)
        try:
            await ws.prepare(request)
            await session.start()
            async for message in ws:
                told = await session.message_of(message.data) if message.type is WSMsgType.TEXT else None
                if message.type is WSMsgType.BINARY and message.data:
                    await audio.take(message.data)
                elif message.type is WSMsgType.BINARY or (told is not None and told.get("type") == "CloseStream"):
                    await audio.finish()
                    told = {"type": "CloseStream"}
                if session.over or (told is not None and not await session.receive(told)):
                    break
        except BadRequest as e:
            await session.failed(e)
        except ConnectionError:
            pass
        finally:
            await let_go(_stop(audio, session))
        await ws.close()
        return ws


class _Stream:
    """The transcription stream, opened again when its settings change; its times count from the first sample."""

    def __init__(self, corridor: CorridorPort, caller: Caller, wanted: str, rate: int, settings: Settings) -> None:
        self._corridor, self._caller, self._wanted = corridor, caller, wanted
        self.rate, self.settings = rate, settings
        self._run: SttRunPort | None = None
        self.base_s = 0.0
        self.samples = 0

    @property
    def run(self) -> SttRunPort:
        """The stream that transcribes now; `open` has to be called first."""
        assert self._run is not None
        return self._run

    @property
    def at_s(self) -> float:
        """How much audio came."""
        return self.samples / self.rate

    async def open(self) -> None:
        """Listen from here on."""
        options = SttOptions(
            language=self.settings.hints[0].partition("-")[0] if len(self.settings.hints) == 1 else None,
            rate=self.rate,
            endpointing_ms=max(50, self.settings.eager_ms),
            keyterms=self.settings.keyterms,
            endpointing="adaptive" if self.settings.eager is None else None,
        )
        run = await self._corridor.open_stt(self._caller, self._wanted, options)
        self._run, self.base_s = run, self.at_s

    async def push(self, pcm: bytes) -> None:
        """Audio at `rate`."""
        self.samples += len(pcm) // 2
        await self.run.push(pcm)


async def _stop(audio: LiveAudio, session: _Session) -> None:
    await audio.close()
    await session.stop()


class _Session:
    """One connection: audio in, turns out."""

    def __init__(self, ws: web.WebSocketResponse, stream: _Stream, settings: Settings, languages: bool) -> None:
        self._ws, self._stream = ws, stream
        self._settings = settings
        self._languages = languages
        self._request_id = form.new_id()
        self._sequence = itertools.count()
        self._index = 0
        self._turn: Turn | None = None
        self._forced = False
        self._stale = False
        """The settings changed: the stream is opened again in the next silence between turns."""
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Send Connected, and messages about turns from now on."""
        await self._send("Connected")
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Send nothing more."""
        if self._listening is not None:
            self._listening.cancel()
        await self._stream.run.close()
        if self._listening is not None:
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _send(self, kind: str, **fields: Any) -> None:
        message = {"type": kind, "sequence_id": next(self._sequence), **fields}
        if kind != "Error":
            message["request_id"] = self._request_id
        await self._ws.send_json(message)

    # -- from the client ----------------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """True when nothing more can be heard."""
        return self._listening is None or self._listening.done()

    async def audio(self, pcm: bytes) -> None:
        """Take int16 mono samples at the rate of the stream."""
        if self.over:
            return
        try:
            if self._stale and self._turn is None:
                await self._listen_anew()
            await self._stream.push(pcm)
        except VoiceGatewayError:
            # the client gets this failure from the task that sends turns
            if self._listening is not None:
                await asyncio.gather(self._listening, return_exceptions=True)
            return
        await self._consider_end()

    async def message_of(self, text: str) -> dict[str, Any] | None:
        """A control message; None once the client was warned that the text is none."""
        try:
            message = message_of(text)
            form.kind_of(message)
            return message
        except BadRequest as e:
            await self._send("Warning", code="UNPARSABLE_CLIENT_MESSAGE", description=e.message)
            return None

    async def receive(self, message: Mapping[str, Any]) -> bool:
        """Take a control message; False when the client is done."""
        if self._listening is None or self.over:
            return False
        kind = form.kind_of(message)
        if kind == "CloseStream":
            with contextlib.suppress(VoiceGatewayError):
                await self._stream.run.end()
            await asyncio.gather(self._listening, return_exceptions=True)
            return False
        if kind == "ForceEndTurn":
            await self._force()
        elif kind == "Configure":
            await self._configure(message)
        elif kind not in ("KeepAlive", "Finalize"):
            await self._send("Warning", code="UNKNOWN_MESSAGE", description=f'There is no message "{kind[:40]}".')
        return True

    async def _force(self) -> None:
        turn = self._turn
        if turn is not None and not turn.owed:
            await self._end(turn)
            return
        self._forced = turn is not None
        with contextlib.suppress(VoiceGatewayError):
            await self._stream.run.commit()

    async def _configure(self, message: Mapping[str, Any]) -> None:
        try:
            thresholds = message.get("thresholds") or {}
            if not isinstance(thresholds, dict):
                raise BadRequest("thresholds must be an object.", code="INVALID_THRESHOLD")
            settings = with_thresholds(self._settings, thresholds)
            for name, mine in (("keyterms", "keyterms"), ("language_hints", "hints")):
                value = message.get(name)
                if value is None:
                    continue
                value = [value] if isinstance(value, str) else value
                if not isinstance(value, list) or any(not isinstance(v, str) for v in value):
                    raise BadRequest(f"{name} must be a list of texts.", code="INVALID_REQUEST")
                change: dict[str, Any] = {mine: tuple(value[:100])}
                settings = replace(settings, **change)
        except BadRequest as e:
            await self._send("ConfigureFailure", code=e.code or "INVALID_REQUEST", description=e.message)
            return
        heard_otherwise = ("keyterms", "hints", "eager_ms")
        self._stale = self._stale or any(
            getattr(settings, name) != getattr(self._stream.settings, name) for name in heard_otherwise
        )
        self._settings = settings
        told: dict[str, Any] = {"eot_threshold": settings.eot}
        if settings.eager is not None:
            told["eager_eot_threshold"] = settings.eager
        if settings.timeout_ms is not None:
            told["eot_timeout_ms"] = settings.timeout_ms
        hints = {"language_hints": list(settings.hints)} if settings.hints else {}
        await self._send("ConfigureSuccess", thresholds=told, keyterms=list(settings.keyterms), **hints)

    async def _listen_anew(self) -> None:
        """Replace the stream, between two turns, by one with the new settings."""
        self._stale = False
        old, task = self._stream.run, self._listening
        await stop_task(task)
        await old.close()
        self._stream.settings = self._settings
        try:
            await self._stream.open()
        except VoiceGatewayError as e:
            await self.failed(e)
            raise
        self._listening = asyncio.create_task(self._listen())

    # -- to the client ------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        base = self._stream.base_s
        try:
            async for event in self._stream.run:
                if isinstance(event, SpeechStarted):
                    await self._voice(base + event.at_s)
                elif isinstance(event, SpeechEnded):
                    if self._turn is not None:
                        self._turn.silent_since_s = base + event.at_s - self._stream.settings.eager_ms / 1000
                elif isinstance(event, Interim):
                    await self._words(event)
                elif isinstance(event, Final):
                    await self._final(event, base)
                elif isinstance(event, EndOfStream):
                    if self._turn is not None:
                        await self._end(self._turn)
                    return
        except VoiceGatewayError as e:
            await self.failed(e)
        except ConnectionError:
            return

    async def failed(self, e: VoiceGatewayError) -> None:
        """Send the error and close the WebSocket."""
        with contextlib.suppress(ConnectionError):
            await self._send("Error", code=(e.code or e.type).upper(), description=e.message)
            await self._ws.close(code=1011, message=(e.code or "error").encode()[:120])

    async def _voice(self, at_s: float) -> None:
        turn = self._turn
        if turn is not None and not turn.owed and self._silence_of(turn, at_s) >= self._settings.silence_ms:
            await self._end(turn)
            turn = None
        if turn is None:
            self._turn = Turn(self._index, at_s, owed=1)
            await self._info("StartOfTurn", self._turn)
            return
        turn.owed += 1
        turn.silent_since_s = None
        if turn.guessed:
            turn.guessed = False
            await self._info("TurnResumed", turn)

    async def _words(self, event: Interim) -> None:
        turn = self._turn
        if turn is None or not event.text.strip():
            return
        turn.language = event.language or turn.language
        sure = len(event.committed.split())
        fresh = [{"word": word, "confidence": 1.0 if i < sure else UNSURE} for i, word in enumerate(event.text.split())]
        await self._info("Update", turn, event.text, fresh)

    async def _final(self, event: Final, base: float) -> None:
        if self._turn is None:
            # a target that tells words but no voices
            if not event.text.strip():
                return
            self._turn = Turn(self._index, base + event.start_s, owed=1)
            await self._info("StartOfTurn", self._turn)
        turn = self._turn
        turn.owed = max(0, turn.owed - 1)
        turn.language = event.language or turn.language
        if event.text.strip():
            turn.said(event, base)
        if turn.silent_since_s is None and not turn.owed:
            turn.silent_since_s = base + event.end_s
        if turn.owed:
            return
        if self._forced or self._settings.eager is None or not turn.texts:
            await self._end(turn)
            return
        turn.guessed = True
        await self._info("EagerEndOfTurn", turn)
        await self._consider_end()

    async def _consider_end(self) -> None:
        """End the turn whose silence has become long enough."""
        turn = self._turn
        if turn is not None and turn.guessed and self._silence_of(turn, self._stream.at_s) >= self._settings.silence_ms:
            await self._end(turn)

    @staticmethod
    def _silence_of(turn: Turn, at_s: float) -> float:
        return 0.0 if turn.silent_since_s is None else (at_s - turn.silent_since_s) * 1000

    async def _end(self, turn: Turn) -> None:
        if self._turn is not turn:
            return
        self._turn = None
        self._index += 1
        forced, self._forced = self._forced, False
        await self._info("EndOfTurn", turn, trigger="force_end_turn" if forced else None)

    async def _info(
        self,
        event: str,
        turn: Turn,
        more: str = "",
        unsure: list[dict[str, Any]] | None = None,
        trigger: str | None = None,
    ) -> None:
        fields: dict[str, Any] = {"trigger": trigger} if trigger else {}
        if self._languages:
            fields["languages"] = [turn.language] if turn.language else []
            if self._settings.hints:
                fields["languages_hinted"] = list(self._settings.hints)
        confidence = {"EndOfTurn": self._settings.eot, "EagerEndOfTurn": self._settings.eager}.get(event) or 0.0
        told = turn.told(self._stream.at_s, more, unsure or [])
        await self._send("TurnInfo", event=event, **told, end_of_turn_confidence=confidence, **fields)
