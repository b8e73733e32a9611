"""OpenAI's speech route: text to audio, raw or as server-sent events."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import TtsOptions, TtsRunPort
from voicegw_desktop.sockets.audio.speech_formats import (
    CONTENT_TYPES,
    answer_in,
    check_format,
    encoded,
    sound_of,
    wanted_rate,
)
from voicegw_desktop.sockets.audio.voices import chosen_voice
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.keep_alive import keep_alive_of
from voicegw_desktop.sockets.http.served import closing_comment, headers_of, noted
from voicegw_desktop.sockets.http.sse import open_sse, patiently, send_error, send_event
from voicegw_desktop.sockets.openai.descriptor import DOOR

MAX_INPUT = 20_000  # characters of one speech request; OpenAI's own limit is 4096

_LANGUAGE = "is ignored: the voice decides which language is spoken"
IGNORED = {
    "instructions": "instructions are ignored",
    "language": f"language {_LANGUAGE}",
    "lang_code": f"lang_code {_LANGUAGE}",
}
"""Field of a request → the note that an answer has with it."""


def routes(context: SocketContext) -> list[web.RouteDef]:
    """The routes of /v1/audio/speech."""
    return [web.post("/v1/audio/speech", _Speak(context).handle)]


class _Speak:
    def __init__(self, context: SocketContext) -> None:
        self._context = context

    async def handle(self, request: web.Request) -> web.StreamResponse:
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, self._context.limits)
        model, text, voice = _speech_fields(body)
        name = check_format(_text(body, "response_format", "mp3"))
        form = _text(body, "stream_format", "audio").strip().lower()
        if form not in ("audio", "sse"):
            raise BadRequest("`stream_format` must be audio or sse.", param="stream_format", code="invalid_value")
        who = auth.caller(request, DOOR.name)
        voice = chosen_voice(self._context.gateway, who, model, voice)
        options = TtsOptions(
            voice=voice,
            speed=_speed(body.get("speed", 1.0)),
            rate=wanted_rate(name),
            characters=len(text),
            keep_alive=keep_alive_of(request, body.get("keep_alive")),
        )
        opening = self._context.gateway.corridor.open_tts(who, model, options)
        response: web.StreamResponse | None = None
        if form == "sse":
            stream, response = await patiently(request, opening, self._context.limits)
            if stream is None:
                assert response is not None
                return response
        else:
            stream = await opening
        try:
            await stream.push(text)
            await stream.end()
            pieces = encoded(self._context.gateway.engines, sound_of(stream), name)
            async with aclosing(pieces):
                ignored = [note for name, note in IGNORED.items() if body.get(name)]
                notes = noted(stream, "; ".join(ignored)) if ignored else {}
                if form == "sse":
                    return await self._as_events(request, response, stream, pieces, text, notes)
                return await answer_in(request, stream, pieces, {**notes, "Content-Type": CONTENT_TYPES[name]})
        finally:
            await stream.cancel()

    async def _as_events(
        self,
        request: web.Request,
        response: web.StreamResponse | None,
        stream: TtsRunPort,
        pieces: AsyncIterator[bytes],
        text: str,
        notes: dict[str, str],
    ) -> web.StreamResponse:
        try:
            async for piece in pieces:
                if response is None:
                    response = await open_sse(request, {**headers_of(stream), **notes})
                audio = base64.b64encode(piece).decode("ascii")
                await send_event(response, {"type": "speech.audio.delta", "audio": audio})
        except VoiceGatewayError as e:
            if response is None:
                raise
            return await send_error(response, e.body())
        if response is None:
            response = await open_sse(request, {**headers_of(stream), **notes})
        characters = len(text)
        usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
        await send_event(response, {"type": "speech.audio.done", "usage": usage})
        await response.write(closing_comment(stream))
        await response.write_eof()
        return response


def _speech_fields(body: dict[str, Any]) -> tuple[str, str, str | None]:
    model, text, voice = body.get("model"), body.get("input"), body.get("voice")
    if not isinstance(model, str) or not model.strip():
        raise BadRequest('`model` is missing, as in "piper/en_US-joe-medium".', param="model", code="missing_model")
    if not isinstance(text, str):
        raise BadRequest("`input` must be text.", param="input", code="invalid_type")
    if not text.strip():
        raise BadRequest("`input` is empty: there is nothing to say.", param="input", code="invalid_value")
    if len(text) > MAX_INPUT:
        raise BadRequest(
            f"`input` has {len(text)} characters; at most {MAX_INPUT} are spoken in one request.",
            param="input",
            code="string_above_max_length",
        )
    if isinstance(voice, dict):
        voice = voice.get("id")
    if voice is not None and not isinstance(voice, str):
        raise BadRequest("`voice` must be a name.", param="voice", code="invalid_type")
    return model, text, (voice or "").strip() or None


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise BadRequest(f"`{name}` must be text.", param=name, code="invalid_type")
    return value


def _speed(value: Any) -> float:
    if value is None or value == "":
        return 1.0
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.25 <= value <= 4.0:
        raise BadRequest("`speed` must be a number from 0.25 to 4.", param="speed", code="invalid_value")
    return float(value)
