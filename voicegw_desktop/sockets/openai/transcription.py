"""OpenAI's transcription routes: recordings to text, whole or as it is heard, and translated to English."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import replace
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import Final, Interim, Progress
from voicegw_desktop.core.ports import SttOptions, SttRunPort
from voicegw_desktop.sockets.audio import recordings, subtitles
from voicegw_desktop.sockets.audio.languages import asked_language, name_of
from voicegw_desktop.sockets.http import auth
from voicegw_desktop.sockets.http.bodies import Form, read_form
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.keep_alive import keep_alive_of
from voicegw_desktop.sockets.http.served import closing_comment, headers_of
from voicegw_desktop.sockets.http.sse import open_sse, patiently, send_error, send_event
from voicegw_desktop.sockets.openai.descriptor import DOOR
from voicegw_desktop.sockets.openai.parameters import TRANSCRIBE

TRANSCRIPT_FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
TRUE = ("true", "1", "yes", "on")
FALSE = ("", "false", "0", "no", "off", "none")


def routes(context: SocketContext) -> list[web.RouteDef]:
    """POST /v1/audio/transcriptions, /v1/audio/translations."""
    return [
        web.post("/v1/audio/transcriptions", _Transcribe(context, translate=False).handle),
        web.post("/v1/audio/translations", _Transcribe(context, translate=True).handle),
    ]


class _Asked:
    """The fields of a transcription request, checked."""

    def __init__(self, request: web.Request, form: Form, translate: bool) -> None:
        model = form.one("model")
        if not model:
            raise BadRequest('`model` is missing, as in "whisper/base".', param="model", code="missing_model")
        self.model = model
        self.format = (form.one("response_format") or "json").strip().lower()
        if self.format not in TRANSCRIPT_FORMATS:
            raise BadRequest(
                f'response_format "{self.format[:40]}" is not known; take one of {", ".join(TRANSCRIPT_FORMATS)}.',
                param="response_format",
                code="invalid_value",
            )
        self.diarize = self.format == "diarized_json"
        if self.diarize and translate:
            raise BadRequest(
                "Translations are not told apart by speaker; take response_format json.",
                param="response_format",
                code="not_supported",
            )
        stream = (form.one("stream") or "").strip().lower()
        if stream not in TRUE and stream not in FALSE:
            raise BadRequest("`stream` must be true or false.", param="stream", code="invalid_type")
        self.stream = stream in TRUE and not translate
        granularities = [name.lower() for name in form.many("timestamp_granularities")]
        for g in granularities:
            if g not in ("word", "segment"):
                raise BadRequest(
                    f'timestamp_granularities "{g[:40]}" is not known; take word or segment.',
                    param="timestamp_granularities",
                    code="invalid_value",
                )
        if "word" in granularities and self.format != "verbose_json":
            raise BadRequest(
                "timestamp_granularities=word needs response_format=verbose_json.",
                param="timestamp_granularities",
                code="invalid_value",
            )
        self.words = "word" in granularities
        self.segments = not granularities or "segment" in granularities
        self.translate = translate
        TRANSCRIBE.check((name.partition("[")[0], value) for name, values in form.fields.items() for value in values)
        # several languages leave it to be found out which one is spoken
        languages = [form.one("language")] if form.one("language") else form.many("languages")
        self.language = asked_language(languages[0] if len(languages) == 1 else None)
        self.keyterms = tuple(word[:100] for word in form.many("keywords")[:100])
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
            keyterms=self.keyterms,
            temperature=self.temperature,
            translate=self.translate,
            diarize=self.diarize,
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
            recording = await recordings.of_upload(self._context, form.upload)
            if asked.stream:
                return await self._stream(request, asked, recording)
            corridor, caller = self._context.gateway.corridor, auth.caller(request, DOOR.name)
            run, finals, audio_s = await recordings.transcribed(corridor, caller, asked.model, asked.options, recording)
            headers = recordings.headers_with_words(run, finals) if asked.words else headers_of(run)
            return _answer(asked, finals, audio_s, headers)
        finally:
            form.close()

    async def _stream(self, request: web.Request, asked: _Asked, recording: recordings.Recording) -> web.StreamResponse:
        try:
            options = replace(asked.options(recording.rate), length_s=recording.length_s)
            opening = self._context.gateway.corridor.open_stt(auth.caller(request, DOOR.name), asked.model, options)
            run, response = await patiently(request, opening, self._context.limits)
        except BaseException:
            await recording.close()
            raise
        if run is None:
            await recording.close()
            assert response is not None
            return response
        async with recordings.feeding(run, recording) as feeder:
            return await self._streamed(request, run, feeder, response, asked.diarize)

    async def _streamed(
        self,
        request: web.Request,
        stream: SttRunPort,
        feeder: asyncio.Task[None],
        response: web.StreamResponse | None,
        diarize: bool,
    ) -> web.StreamResponse:
        if response is None:
            response = await open_sse(request, headers_of(stream))
        said: list[str] = []
        sent = ""
        audio_s, told = 0.0, 0
        try:
            async for event in stream:
                if isinstance(event, Interim):
                    fresh = event.committed.strip()
                elif isinstance(event, Final):
                    fresh = event.text.strip()
                elif isinstance(event, Progress):
                    # a comment, since OpenAI's wire has no event for it
                    await response.write(f": {event.done_s:.1f} s transcribed\n\n".encode())
                    continue
                else:
                    audio_s = getattr(event, "audio_s", audio_s)
                    continue
                if fresh.startswith(sent) and len(fresh) > len(sent):
                    lead = " " if said and not sent else ""
                    await send_event(response, {"type": "transcript.text.delta", "delta": lead + fresh[len(sent) :]})
                    sent = fresh
                if isinstance(event, Final):
                    if diarize:
                        for segment in _spoken([event], told):
                            told += 1
                            await send_event(response, segment)
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


def _usage(audio_s: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(audio_s, 3)}


def _answer(asked: _Asked, finals: list[Final], audio_s: float, headers: dict[str, str]) -> web.Response:
    text = recordings.text_of(finals)
    if asked.format == "text":
        return web.Response(text=text + "\n", headers=headers)
    if asked.format in ("srt", "vtt"):
        segments = subtitles.segments_of(finals)
        made = subtitles.srt(segments) if asked.format == "srt" else subtitles.vtt(segments)
        kind = "application/x-subrip" if asked.format == "srt" else "text/vtt"
        return web.Response(text=made, content_type=kind, headers=headers)
    if asked.format == "json":
        return web.json_response({"text": text, "usage": _usage(audio_s)}, headers=headers)
    body: dict[str, Any]
    if asked.diarize:
        told = _spoken(finals)
        body = {"task": "transcribe", "duration": round(audio_s, 3), "text": text, "segments": told}
        return web.json_response({**body, "usage": _usage(audio_s)}, headers=headers)
    language = next((f.language for f in finals if f.language), None) or asked.language
    body = {
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


def _spoken(finals: list[Final], before: int = 0) -> list[dict[str, Any]]:
    """Segments by speaker, called A, B, C in the order in which they were first heard; `before` were told earlier."""
    return [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{i:03}",
            "start": round(s.start_s, 3),
            "end": round(s.end_s, 3),
            "text": s.text,
            "speaker": chr(ord("A") + (s.speaker or 0)),
        }
        for i, s in enumerate(subtitles.segments_of(finals), before)
    ]


def _segments(finals: list[Final], temperature: float) -> list[dict[str, Any]]:
    """OpenAI's segment objects; tokens, and what an engine does not measure, are neutral."""
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
                "temperature": temperature if s.temperature is None else s.temperature,
                "avg_logprob": s.avg_logprob or 0.0,
                "compression_ratio": round(len(raw) / max(1, len(zlib.compress(raw))), 3),
                "no_speech_prob": s.no_speech or 0.0,
            }
        )
    return found
