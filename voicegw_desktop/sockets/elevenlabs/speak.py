"""ElevenLabs-shaped speech: by POST, with and without times, and by WebSocket with several contexts side by side."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import Caller, Modality, TtsOptions, TtsRunPort
from voicegw_desktop.sockets.audio.languages import asked_tag
from voicegw_desktop.sockets.audio.speech_formats import CONTENT_TYPES, answer_in, encoded, sound_of
from voicegw_desktop.sockets.elevenlabs import form
from voicegw_desktop.sockets.elevenlabs.contexts import Alignments, Contexts, Timed
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.browser_keys import key_in
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.served import headers_of
from voicegw_desktop.sockets.http.websocket import let_go
from voicegw_desktop.sockets.provider_form import FRAMES, parsed

MESSAGE_LIMIT = 1024 * 1024  # bytes
DEFAULT_MODEL = "eleven_turbo_v2_5"
DEFAULT_FORMAT = "mp3_44100_128"
ENDED = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)
ALIGNED = {"alignment": True}


class Speak:
    """The routes that speak."""

    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._gateway = context.gateway

    def _asked(self, request: web.Request, model: Any, language: Any = None) -> tuple[str, TtsOptions, str]:
        """(target, options, kind of audio)."""
        kind, rate = form.parse_format(request.query.get("output_format", "").strip().lower() or DEFAULT_FORMAT)
        name = model if isinstance(model, str) and model else DEFAULT_MODEL
        wanted, voice = form.FORM.target_of(self._gateway, Modality.TTS, name), request.match_info["voice"]
        # to a model that was named the provider's usual voices mean nothing, only its own do
        if wanted != name or (":" not in name and self._gateway.router.speaker_of(voice)):
            wanted = f"{wanted}:{voice}"
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
            async with aclosing(encoded(self._gateway.engines, sound_of(run), kind)) as pieces:
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
        sound, every = bytearray(), Alignments()
        try:
            async with aclosing(encoded(self._gateway.engines, every.sound(run), kind)) as pieces:
                async for piece in pieces:
                    sound += piece
        finally:
            await run.cancel()
        return web.json_response(_object(bytes(sound), every.take()), headers=headers_of(run))

    async def _timed(self, run: TtsRunPort, kind: str) -> AsyncGenerator[dict[str, Any], None]:
        alignments = Alignments()
        async with aclosing(encoded(self._gateway.engines, alignments.sound(run), kind)) as pieces:
            async for piece in pieces:
                yield _object(piece, alignments.take())
        if rest := alignments.take():
            yield _object(b"", rest)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """One context, or several by their ids."""
        ws = self._context.websocket(request, max_msg_size=MESSAGE_LIMIT)
        first: str | None = None
        if auth.key_follows(request):
            await ws.prepare(request)
            try:
                first = await self._first_message(request, ws)
                caller, wanted, options, kind = self._live(request)
            except VoiceGatewayError as e:
                code, name = int(WSCloseCode.POLICY_VIOLATION), e.code or e.type
                await ws.send_json({"error": name, "message": e.message, "code": code})
                await ws.close(code=code, message=name.encode())
                return ws
        else:
            caller, wanted, options, kind = self._live(request)
            await ws.prepare(request)
        several = request.path.endswith("multi-stream-input")
        session = Contexts(ws, self._gateway, caller, wanted, replace(options, extra=ALIGNED), kind, several)
        try:
            if first is None or await session.receive(first):
                await self._converse(ws, session)
        except ConnectionError:
            pass
        finally:
            await let_go(session.close())
        # by the task that reads: late messages are read and dropped until the client's half of the close comes, for a
        # connection that is cut with something unread takes what the client has not read with it
        await ws.close()
        return ws

    @staticmethod
    async def _converse(ws: web.WebSocketResponse, session: Contexts) -> None:
        """Take messages until the client is done, or everything was said."""

        async def read() -> None:
            while (message := await ws.receive()).type not in ENDED:
                if message.type is WSMsgType.BINARY:
                    await session.unknown(FRAMES)
                elif message.type is WSMsgType.TEXT and not await session.receive(message.data):
                    return

        reading, ending = asyncio.create_task(read()), asyncio.create_task(session.over.wait())
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
        finally:
            for task in (reading, ending):
                task.cancel()
            await asyncio.gather(reading, ending, return_exceptions=True)

    def _live(self, request: web.Request) -> tuple[Caller, str, TtsOptions, str]:
        """(who asks, target, options, kind of audio) of a WebSocket; raises for what cannot be served."""
        caller = form.FORM.caller_of(request)
        wanted, options, kind = self._asked(request, request.query.get("model_id"))
        self._gateway.corridor.check_model(caller, Modality.TTS, wanted)
        return caller, wanted, options, kind

    async def _first_message(self, request: web.Request, ws: web.WebSocketResponse) -> str:
        """The first message of a page, which carries its key; raises Unauthorized."""
        data = ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._context.limits.first_message):
                message = await ws.receive()
                data = message.data if message.type is WSMsgType.TEXT else ""
        await auth.let_in(request, key_in(parsed(data)), self._context.streams)
        return data


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
