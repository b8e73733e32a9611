"""ElevenLabs-shaped speech: by POST, with and without times, and by WebSocket with several contexts side by side."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import Alignment, Audio, UtteranceDone
from voicegw_desktop.core.ports import Caller, Modality, TtsOptions
from voicegw_desktop.sockets.audio.languages import asked_tag
from voicegw_desktop.sockets.audio.speech_formats import CONTENT_TYPES, answer_in, encoded, sound_of
from voicegw_desktop.sockets.elevenlabs import form
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.served import headers_of
from voicegw_desktop.sockets.provider_form import parsed

MESSAGE_LIMIT = 1024 * 1024  # bytes
MAX_CONTEXTS = 5  # the published limit of one connection
DEFAULT_MODEL = "eleven_turbo_v2_5"
DEFAULT_FORMAT = "mp3_44100_128"
ALIGNED = {"alignment": True}

Timed = list[tuple[str, float, float]]


class Speak:
    """The routes that speak."""

    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._gateway = context.gateway

    def _asked(self, request: web.Request, model: Any, language: Any = None) -> tuple[str, TtsOptions, str]:
        """(target, options, kind of audio)."""
        kind, rate = form.parse_format(request.query.get("output_format", DEFAULT_FORMAT))
        name = model if isinstance(model, str) and model else DEFAULT_MODEL
        wanted = name if "/" in name else f"{form.FORM.target_of(name)}:{request.match_info['voice']}"
        language = language or request.query.get("language_code")
        if language is not None and not isinstance(language, str):
            raise BadRequest('"language_code" must be a string.', param="language_code")
        return wanted, TtsOptions(rate=rate, language=asked_tag(language)), kind

    async def _open(self, request: web.Request, *, timed: bool) -> tuple[Any, str]:
        caller = form.FORM.caller_of(request)
        body = await read_json(request, self._context.limits)
        text = form.text_of(body.get("text"))
        if not text.strip():
            raise BadRequest('"text" is empty: there is nothing to say.', param="text")
        wanted, options, kind = self._asked(request, body.get("model_id"), body.get("language_code"))
        options = replace(options, speed=form.speed_of(body.get("voice_settings")), extra=ALIGNED if timed else {})
        options = replace(options, characters=len(text))
        run = await self._gateway.corridor.open_tts(caller, wanted, options)
        try:
            await run.push(text)
            await run.end()
        except BaseException:
            await run.cancel()
            raise
        return run, kind

    async def sound(self, request: web.Request) -> web.StreamResponse:
        """Audio, as it comes."""
        run, kind = await self._open(request, timed=False)
        try:
            async with aclosing(encoded(self._gateway.pool, sound_of(run), kind)) as pieces:
                return await answer_in(request, run, pieces, {"Content-Type": CONTENT_TYPES[kind]})
        finally:
            await run.cancel()

    async def timed_stream(self, request: web.Request) -> web.StreamResponse:
        """Audio and when each character is heard, an object a line."""
        run, kind = await self._open(request, timed=True)
        try:
            async with aclosing(self._timed(run, kind)) as objects:
                lines = (json.dumps(o, separators=(",", ":")).encode() + b"\n" async for o in objects)
                return await answer_in(request, run, lines, {"Content-Type": "application/json"})
        finally:
            await run.cancel()

    async def timed(self, request: web.Request) -> web.StreamResponse:
        """Speech and its timings as one JSON object."""
        run, kind = await self._open(request, timed=True)
        sound, every = bytearray(), _Alignments()
        try:
            async with aclosing(encoded(self._gateway.pool, every.sound(run), kind)) as pieces:
                async for piece in pieces:
                    sound += piece
        finally:
            await run.cancel()
        return web.json_response(_object(bytes(sound), every.take()), headers=headers_of(run))

    async def _timed(self, run: Any, kind: str) -> AsyncGenerator[dict[str, Any], None]:
        alignments = _Alignments()
        async with aclosing(encoded(self._gateway.pool, alignments.sound(run), kind)) as pieces:
            async for piece in pieces:
                yield _object(piece, alignments.take())
        if rest := alignments.take():
            yield _object(b"", rest)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """One context, or several by their ids."""
        caller = form.FORM.caller_of(request)
        wanted, options, kind = self._asked(request, request.query.get("model_id"))
        self._gateway.router.plan(Modality.TTS, wanted, caller)
        ws = self._context.websocket(request, max_msg_size=MESSAGE_LIMIT)
        await ws.prepare(request)
        several = request.path.endswith("multi-stream-input")
        session = _Contexts(ws, self._gateway, caller, wanted, replace(options, extra=ALIGNED), kind, several)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT and not await session.receive(message.data):
                    break
        except ConnectionError:
            pass
        finally:
            await session.close()
        await ws.close()
        return ws


class _Alignments:
    """Takes the times out of a run's events, so that only its sound goes on to be encoded."""

    def __init__(self) -> None:
        self._timed: Timed = []

    async def sound(self, run: Any) -> AsyncIterator[Audio]:
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


def _object(sound: bytes, timed: Timed) -> dict[str, Any]:
    alignment = None
    if timed:
        alignment = {
            "characters": [c for c, _, _ in timed],
            "character_start_times_seconds": [round(start, 3) for _, start, _ in timed],
            "character_end_times_seconds": [round(end, 3) for _, _, end in timed],
        }
    audio = base64.b64encode(sound).decode("ascii")
    return {"audio_base64": audio, "alignment": alignment, "normalized_alignment": alignment}


class _Contexts:
    """The utterances of one connection, side by side, by context id."""

    def __init__(
        self,
        ws: web.WebSocketResponse,
        gateway: Any,
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
        self._open: dict[str, tuple[Any, asyncio.Task[None]]] = {}

    async def receive(self, data: str) -> bool:
        """Take one client message; False when the client is done."""
        message = parsed(data)
        name = str(message.get("context_id") or "default")[:64]
        try:
            if message.get("close_socket"):
                for context in tuple(self._open):
                    await self._end(context)
                await asyncio.gather(*(task for _, task in self._open.values()), return_exceptions=True)
                return False
            text = form.text_of(message.get("text") or "")
            if "voice_settings" in message and name not in self._open:
                speed = form.speed_of(message["voice_settings"])
                self._settings = {name: replace(self._options, speed=speed), **self._settings}
                if len(self._settings) > MAX_CONTEXTS:
                    self._settings.popitem()
            if text.strip():
                run = await self._context(name)
                await run.push(text)
            # with one context an empty text ends the utterance; with several it keeps the connection open
            if message.get("close_context") or (not self._several and message.get("text") == ""):
                await self._end(name)
        except VoiceGatewayError as e:
            await self._send(name, error=e.code or "error", message=e.message)
            await self._drop(name)
        return True

    async def _send(self, name: str, **fields: Any) -> None:
        await self._ws.send_json({**fields, "contextId": name} if self._several else fields)

    async def _context(self, name: str) -> Any:
        if name not in self._open:
            if len(self._open) >= MAX_CONTEXTS:
                raise BadRequest(f"At most {MAX_CONTEXTS} contexts may be open.", code="too_many_contexts")
            options = self._settings.get(name, self._options)
            run = await self._gateway.corridor.open_tts(self._caller, self._wanted, options)
            self._open[name] = (run, asyncio.create_task(self._speak(name, run)))
        return self._open[name][0]

    async def _end(self, name: str) -> None:
        if name in self._open:
            await self._open[name][0].end()
        else:
            await self._send(name, isFinal=True)

    async def _speak(self, name: str, run: Any) -> None:
        alignments, aligned_s = _Alignments(), 0.0
        try:
            async with aclosing(encoded(self._gateway.pool, alignments.sound(run), self._kind)) as pieces:
                async for piece in pieces:
                    audio = base64.b64encode(piece).decode("ascii")
                    timed = alignments.take()
                    # times begin anew with each message that has some, where those of the last one ended
                    alignment = _since(timed, aligned_s)
                    aligned_s = timed[-1][2] if timed else aligned_s
                    await self._send(
                        name, audio=audio, isFinal=None, alignment=alignment, normalizedAlignment=alignment
                    )
            await self._send(name, isFinal=True)
        except VoiceGatewayError as e:
            with contextlib.suppress(ConnectionError):
                await self._send(name, error=e.code or "error", message=e.message)
        except ConnectionError:
            return
        finally:
            await run.cancel()
            self._open.pop(name, None)
            self._settings.pop(name, None)

    async def _drop(self, name: str) -> None:
        entry = self._open.pop(name, None)
        if entry is not None:
            run, task = entry
            await run.cancel()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Stop what still runs; the tasks first, for this may itself be cancelled when the client hangs up."""
        entries = tuple(self._open.values())
        self._open.clear()
        for _, task in entries:
            task.cancel()
        for run, _ in entries:
            await run.cancel()
        await asyncio.gather(*(task for _, task in entries), return_exceptions=True)


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
