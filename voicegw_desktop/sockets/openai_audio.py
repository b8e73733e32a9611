"""OpenAI's audio routes: recordings to text, text to speech."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge, VoiceGatewayError
from voicegw_desktop.core.events import Audio, Final, Interim
from voicegw_desktop.core.ports import SttOptions, TtsOptions
from voicegw_desktop.sockets import auth, subtitles
from voicegw_desktop.sockets.keep_alive import keep_alive_of
from voicegw_desktop.sockets.languages import code_of, name_of
from voicegw_desktop.sockets.limits import Form, Upload, read_form, read_json
from voicegw_desktop.sockets.served import closing_comment, headers_of
from voicegw_desktop.sockets.server import SocketContext
from voicegw_desktop.sockets.speech_formats import CONTENT_TYPES, check_format, encoded, wanted_rate
from voicegw_desktop.sockets.sse import KEEPALIVE, open_sse, send_error, send_event
from voicegw_desktop.sockets.voices import chosen_voice
from voicegw_desktop.sockets.wav import looks_like_wav, parse_wav

TRANSCRIPT_FORMATS = ("json", "text", "srt", "verbose_json", "vtt")
PUSH_BYTES = 32 * 1024  # bytes of PCM handed to an engine at a time
DECODED_RATE = 16_000  # samples per second asked of the codec worker
MAX_INPUT = 20_000  # characters of one speech request; OpenAI's own limit is 4096
TRUE = ("true", "1", "True")


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /v1/audio/transcriptions, /v1/audio/translations, /v1/audio/speech."""
    return [
        web.post("/v1/audio/transcriptions", _Transcribe(context, translate=False).handle),
        web.post("/v1/audio/translations", _Transcribe(context, translate=True).handle),
        web.post("/v1/audio/speech", _Speak(context).handle),
    ]


# -- recordings to text ---------------------------------------------------------------------------------------------


class _Asked:
    """The fields of a transcription request, checked."""

    def __init__(self, request: web.Request, form: Form, translate: bool) -> None:
        model = form.one("model")
        if not model:
            raise BadRequest('`model` is missing, as in "whisper/base".', param="model", code="missing_model")
        self.model = model
        self.format = form.one("response_format") or "json"
        if self.format not in TRANSCRIPT_FORMATS:
            raise BadRequest(
                f'response_format "{self.format[:40]}" is not known; take one of {", ".join(TRANSCRIPT_FORMATS)}.',
                param="response_format",
                code="invalid_value",
            )
        self.stream = (form.one("stream") or "").strip() in TRUE and not translate
        granularities = form.many("timestamp_granularities")
        for g in granularities:
            if g not in ("word", "segment"):
                raise BadRequest(
                    f'timestamp_granularities "{g[:40]}" is not known; take word or segment.',
                    param="timestamp_granularities",
                    code="invalid_value",
                )
        if granularities and self.format != "verbose_json":
            raise BadRequest(
                "timestamp_granularities needs response_format=verbose_json.",
                param="timestamp_granularities",
                code="invalid_value",
            )
        self.words = "word" in granularities
        self.segments = not granularities or "segment" in granularities
        self.translate = translate
        language = form.one("language")
        self.language = code_of(language) if language else None
        self.prompt = form.one("prompt") or None
        self.temperature = _temperature(form.one("temperature"))
        self.keep_alive = keep_alive_of(request, form.one("keep_alive"))

    def options(self, rate: int) -> SttOptions:
        return SttOptions(
            language=self.language,
            rate=rate,
            endpointing_ms=0,
            interim=self.stream,
            words=self.words or self.format in ("srt", "vtt"),
            prompt=self.prompt,
            temperature=self.temperature,
            translate=self.translate,
            keep_alive=self.keep_alive,
        )


def _temperature(text: str | None) -> float:
    if not text:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise BadRequest("`temperature` must be a number from 0 to 1.", param="temperature", code="invalid_value")
    return value


class _Transcribe:
    def __init__(self, context: SocketContext, *, translate: bool) -> None:
        self._context = context
        self._translate = translate

    async def handle(self, request: web.Request) -> web.StreamResponse:
        auth.require(request, auth.INFERENCE)
        form = await read_form(request, self._context.limits)
        try:
            asked = _Asked(request, form, self._translate)
            if form.upload is None:
                raise BadRequest("The form holds no `file`.", param="file", code="missing_file")
            if form.upload.size == 0:
                raise BadRequest("The file is empty (0 bytes).", param="file", code="invalid_audio")
            rate, pcm = await self._pcm(form.upload)
            async with aclosing(pcm):
                return await self._run(request, asked, rate, pcm)
        finally:
            form.close()

    async def _pcm(self, upload: Upload) -> tuple[int, AsyncGenerator[bytes, None]]:
        """The recording as int16 mono: read here when it is that already, decoded in the codec worker otherwise."""
        if looks_like_wav(await upload.read(0, 12)):
            info = await parse_wav(upload.read, upload.size)
            if info.plain:
                return info.rate, _plain(upload, info.data_offset, info.data_size)
        return await self._decoded(upload)

    async def _decoded(self, upload: Upload) -> tuple[int, AsyncGenerator[bytes, None]]:
        """Decode until the first samples, so that what is no audio is refused before a model wakes."""
        from voicegw_desktop.engines import codec

        audio = codec.decode(self._context.gateway.pool, upload.chunks())
        try:
            first = await anext(audio)
        except StopAsyncIteration:
            raise BadRequest("The file holds no audio.", param="file", code="invalid_audio") from None
        except VoiceGatewayError as e:
            e.param = e.param or "file"
            raise
        return first.rate, _bounded(first, audio, self._context.limits.max_audio_s)

    async def _run(
        self, request: web.Request, asked: _Asked, rate: int, pcm: AsyncIterator[bytes]
    ) -> web.StreamResponse:
        corridor = self._context.gateway.corridor
        opening = corridor.open_stt(auth.caller(request), asked.model, asked.options(rate))
        response = None
        if asked.stream:
            stream, response = await _patiently(request, opening, self._context)
            if stream is None:
                assert response is not None
                return response
        else:
            stream = await opening
        feeder = asyncio.create_task(_feed(stream, pcm))
        try:
            if asked.stream:
                return await self._streamed(request, stream, feeder, response)
            finals, audio_s = await _collect(stream)
            await feeder
            return _answer(asked, finals, audio_s, headers_of(stream))
        except BaseException:
            await stream.cancel()
            raise
        finally:
            feeder.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await feeder
            await stream.cancel()

    async def _streamed(
        self, request: web.Request, stream: Any, feeder: asyncio.Task[None], response: web.StreamResponse | None
    ) -> web.StreamResponse:
        if response is None:
            response = await open_sse(request, headers_of(stream))
        said: list[str] = []
        sent = ""
        audio_s = 0.0
        try:
            async for event in stream:
                if isinstance(event, Interim):
                    fresh = event.committed.strip()
                elif isinstance(event, Final):
                    fresh = event.text.strip()
                else:
                    audio_s = getattr(event, "audio_s", audio_s)
                    continue
                if fresh.startswith(sent) and len(fresh) > len(sent):
                    lead = " " if said and not sent else ""
                    await send_event(response, {"type": "transcript.text.delta", "delta": lead + fresh[len(sent) :]})
                    sent = fresh
                if isinstance(event, Final):
                    if fresh:
                        said.append(fresh)
                    sent = ""
            await feeder
        except VoiceGatewayError as e:
            await stream.cancel()
            return await send_error(response, e.body())
        done = {"type": "transcript.text.done", "text": " ".join(said), "usage": _usage(audio_s)}
        await send_event(response, done)
        await response.write(closing_comment(stream))
        await response.write_eof()
        return response


async def _plain(upload: Upload, offset: int, size: int) -> AsyncGenerator[bytes, None]:
    end = offset + size
    while offset < end:
        piece = await upload.read(offset, min(PUSH_BYTES, end - offset))
        if len(piece) < 2:
            return
        piece = piece[: len(piece) & ~1]
        offset += len(piece)
        yield piece


async def _bounded(first: Audio, rest: AsyncIterator[Audio], max_s: float) -> AsyncGenerator[bytes, None]:
    """The decoded pieces, until there are absurdly many."""
    seconds = 0.0
    async with contextlib.AsyncExitStack() as stack:
        if hasattr(rest, "aclose"):
            await stack.enter_async_context(aclosing(rest))  # type: ignore[type-var]
        audio = first
        while True:
            seconds += len(audio.pcm) / 2 / audio.rate
            if seconds > max_s:
                raise PayloadTooLarge(f"The recording is longer than {max_s / 3600:g} hours.", param="file")
            yield audio.pcm
            try:
                audio = await anext(rest)
            except StopAsyncIteration:
                return


async def _feed(stream: Any, pcm: AsyncIterator[bytes]) -> None:
    """Push the recording and end it; a recording that fails half way stops the engine."""
    try:
        async for piece in pcm:
            await stream.push(piece)
        await stream.end()
    except VoiceGatewayError:
        await stream.cancel()
        raise


async def _collect(stream: Any) -> tuple[list[Final], float]:
    finals: list[Final] = []
    audio_s = 0.0
    async for event in stream:
        if isinstance(event, Final):
            finals.append(event)
        else:
            audio_s = getattr(event, "audio_s", audio_s)
    return finals, audio_s


async def _patiently(
    request: web.Request, opening: Any, context: SocketContext
) -> tuple[Any, web.StreamResponse | None]:
    """Open a stream for an SSE client, with keep-alive comments while a model loads.

    Gives (stream, None), (stream, response already open) or (None, finished response).
    """
    task = asyncio.ensure_future(opening)
    response: web.StreamResponse | None = None
    try:
        done, _ = await asyncio.wait({task}, timeout=context.limits.chat_headers_after)
        while not done:
            if response is None:
                response = await open_sse(request, {})
            await response.write(KEEPALIVE)
            done, _ = await asyncio.wait({task}, timeout=context.limits.sse_keepalive)
        try:
            return task.result(), response
        except VoiceGatewayError as e:
            if response is None:
                raise
            return None, await send_error(response, e.body())
    except BaseException:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        elif not task.cancelled() and task.exception() is None:
            await task.result().cancel()
        raise


def _usage(audio_s: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(audio_s, 3)}


def _answer(asked: _Asked, finals: list[Final], audio_s: float, headers: dict[str, str]) -> web.Response:
    text = " ".join(f.text.strip() for f in finals if f.text.strip())
    if asked.format == "text":
        return web.Response(text=text + "\n", headers=headers)
    if asked.format in ("srt", "vtt"):
        segments = subtitles.segments_of(finals)
        made = subtitles.srt(segments) if asked.format == "srt" else subtitles.vtt(segments)
        kind = "application/x-subrip" if asked.format == "srt" else "text/vtt"
        return web.Response(text=made, content_type=kind, headers=headers)
    if asked.format == "json":
        return web.json_response({"text": text, "usage": _usage(audio_s)}, headers=headers)
    language = next((f.language for f in finals if f.language), None) or asked.language
    body: dict[str, Any] = {
        "task": "translate" if asked.translate else "transcribe",
        "language": name_of(language) if language else "unknown",
        "duration": round(audio_s, 3),
        "text": text,
        "usage": _usage(audio_s),
    }
    if asked.segments:
        body["segments"] = _segments(finals, asked.temperature)
    if asked.words:
        body["words"] = [
            {"word": w.text.strip(), "start": round(w.start_s, 3), "end": round(w.end_s, 3)}
            for f in finals
            for w in f.words
        ]
    return web.json_response(body, headers=headers)


def _segments(finals: list[Final], temperature: float) -> list[dict[str, Any]]:
    """OpenAI's segment objects; what our engines do not tell (tokens, log probabilities) is neutral."""
    found = []
    for i, s in enumerate(subtitles.segments_of(finals)):
        raw = s.text.encode()
        found.append(
            {
                "id": i,
                "seek": 0,
                "start": round(s.start_s, 3),
                "end": round(s.end_s, 3),
                "text": s.text,
                "tokens": [],
                "temperature": temperature,
                "avg_logprob": 0.0,
                "compression_ratio": round(len(raw) / max(1, len(zlib.compress(raw))), 3),
                "no_speech_prob": 0.0,
            }
        )
    return found


# -- text to speech -------------------------------------------------------------------------------------------------


class _Speak:
    def __init__(self, context: SocketContext) -> None:
        self._context = context

    async def handle(self, request: web.Request) -> web.StreamResponse:
        auth.require(request, auth.INFERENCE)
        body = await read_json(request, self._context.limits)
        model, text, voice = _speech_fields(body)
        name = check_format(_text(body, "response_format", "mp3"))
        form = _text(body, "stream_format", "audio")
        if form not in ("audio", "sse"):
            raise BadRequest("`stream_format` must be audio or sse.", param="stream_format", code="invalid_value")
        who = auth.caller(request)
        voice = chosen_voice(self._context.gateway, who, model, voice)
        options = TtsOptions(
            voice=voice,
            speed=_speed(body.get("speed", 1.0)),
            rate=wanted_rate(name),
            keep_alive=keep_alive_of(request, body.get("keep_alive")),
        )
        opening = self._context.gateway.corridor.open_tts(who, model, options)
        response: web.StreamResponse | None = None
        if form == "sse":
            stream, response = await _patiently(request, opening, self._context)
            if stream is None:
                assert response is not None
                return response
        else:
            stream = await opening
        try:
            await stream.push(text)
            await stream.end()
            pieces = encoded(self._context.gateway.pool, _audio_of(stream), name)
            async with aclosing(pieces):
                notes = {"X-VoiceGW-Note": "instructions are ignored"} if body.get("instructions") else {}
                if form == "sse":
                    return await self._as_events(request, response, stream, pieces, text, notes)
                return await self._as_audio(request, stream, pieces, name, notes)
        finally:
            await stream.cancel()

    async def _as_audio(
        self, request: web.Request, stream: Any, pieces: AsyncIterator[bytes], name: str, notes: dict[str, str]
    ) -> web.StreamResponse:
        try:
            # the first bytes decide the status: until they are there the answer can still be an error
            first = await anext(pieces)
        except StopAsyncIteration:
            first = b""
        response = web.StreamResponse(headers={**headers_of(stream), **notes})
        response.headers["Content-Type"] = CONTENT_TYPES[name]
        await response.prepare(request)
        if first:
            await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
        return response

    async def _as_events(
        self,
        request: web.Request,
        response: web.StreamResponse | None,
        stream: Any,
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


async def _audio_of(stream: Any) -> AsyncIterator[Audio]:
    async for event in stream:
        if isinstance(event, Audio) and event.pcm:
            yield event


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
    try:
        json.dumps(text, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRequest("`input` holds half of a surrogate pair.", param="input", code="invalid_value") from None
    if isinstance(voice, dict):
        voice = voice.get("id")
    if voice is not None and not isinstance(voice, str):
        raise BadRequest("`voice` must be a name.", param="voice", code="invalid_type")
    return model, text, voice or None


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise BadRequest(f"`{name}` must be text.", param=name, code="invalid_type")
    return value


def _speed(value: Any) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.25 <= value <= 4.0:
        raise BadRequest("`speed` must be a number from 0.25 to 4.", param="speed", code="invalid_value")
    return float(value)
