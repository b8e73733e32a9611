"""Deepgram-shaped doors: `/v1/listen` and `/v1/speak`, each as WebSocket and POST, for clients with a base_url."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge, VoiceGatewayError
from voicegw_desktop.core.events import Audio, EndOfStream, Final, Interim, SpeechEnded, SpeechStarted, UtteranceDone
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, TtsOptions
from voicegw_desktop.sockets import auth
from voicegw_desktop.sockets.limits import read_json
from voicegw_desktop.sockets.served import headers_of
from voicegw_desktop.sockets.server import SocketContext

MESSAGE_LIMIT = 4 * 1024 * 1024  # bytes
RATES = range(8_000, 48_001)  # samples per second
DEFAULT_LISTEN = "nova-3"
DEFAULT_SPEAK = "aura-2-thalia-en"
PUSH_BYTES = 32 * 1024  # bytes of PCM handed on at a time
TEXT_LIMIT = 20_000  # characters


def routes(context: SocketContext) -> list[web.RouteDef]:
    """The four doors."""
    door = _Door(context)
    return [
        web.get("/v1/listen", door.listen),
        web.post("/v1/listen", door.transcribe),
        web.get("/v1/speak", door.speak),
        web.post("/v1/speak", door.synthesize),
    ]


def target_of(model: str) -> str:
    """Deepgram's bare model names are asked for as deepgram/…; a full `provider/model` stays."""
    return model if "/" in model else f"deepgram/{model}"


def stt_options(request: web.Request, *, live: bool) -> SttOptions:
    """Deepgram's query parameters as ours; raises BadRequest naming the parameter."""
    query = request.query
    encoding = query.get("encoding", "linear16")
    if live and encoding not in ("linear16", "pcm_s16le"):
        raise BadRequest(f'encoding "{encoding[:40]}" is not served; send linear16.', param="encoding")
    if query.get("channels", "1") != "1":
        raise BadRequest("Only one channel is served; send mono.", param="channels")
    silence: int | None = None
    wanted = query.get("endpointing")
    if wanted is not None:
        silence = 10_000 if wanted == "false" else max(50, _number(wanted, "endpointing"))
    language = query.get("language")
    return SttOptions(
        language=None if language in (None, "", "multi") or query.get("detect_language") == "true" else language,
        rate=_rate(query.get("sample_rate", "16000")),
        endpointing_ms=silence if live else 0,
        interim=query.get("interim_results") == "true",
        keyterms=tuple(query.getall("keyterm", []) + [k.partition(":")[0] for k in query.getall("keywords", [])])[:100],
    )


def _number(text: str, param: str) -> int:
    try:
        return int(text)
    except ValueError as e:
        raise BadRequest(f'{param} "{text[:40]}" is not a whole number.', param=param) from e


def _rate(text: str) -> int:
    rate = _number(text, "sample_rate")
    if rate not in RATES:
        raise BadRequest(f"sample_rate {rate} is not served; send 8000 to 48000.", param="sample_rate")
    return rate


class _Door:
    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._corridor = context.gateway.corridor

    def _caller(self, request: web.Request) -> Caller:
        auth.require(request, auth.INFERENCE)
        return auth.caller(request, "deepgram")

    # -- live transcription -------------------------------------------------------------------------------------------

    async def listen(self, request: web.Request) -> web.StreamResponse:
        caller = self._caller(request)
        run = await self._corridor.open_stt(
            caller, target_of(request.query.get("model", DEFAULT_LISTEN)), stt_options(request, live=True)
        )
        ws = self._context.websocket(request, max_msg_size=MESSAGE_LIMIT)
        try:
            await ws.prepare(request)
            listening = asyncio.create_task(_Results(ws, run, request.query.get("model", DEFAULT_LISTEN)).send())
            try:
                await self._hear(ws, run, listening)
            finally:
                if not listening.done():
                    listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        finally:
            await run.cancel()
        await ws.close()
        return ws

    async def _hear(self, ws: web.WebSocketResponse, run: Any, listening: asyncio.Task[None]) -> None:
        async for message in ws:
            if listening.done():
                return
            try:
                if message.type is WSMsgType.BINARY:
                    if len(message.data) % 2 == 0 and message.data:
                        await run.push(message.data)
                elif message.type is WSMsgType.TEXT:
                    kind = _kind(message.data)
                    if kind == "Finalize":
                        await run.commit()
                    elif kind == "CloseStream":
                        await run.end()
                        await listening
                        return
            except VoiceGatewayError:
                # the same failure reaches the client through the results
                await asyncio.gather(listening, return_exceptions=True)
                return

    # -- recordings ---------------------------------------------------------------------------------------------------

    async def transcribe(self, request: web.Request) -> web.Response:
        caller = self._caller(request)
        name = request.query.get("model", DEFAULT_LISTEN)
        if request.content_type == "application/json":
            raise BadRequest("A url to fetch is not served; send the recording itself.", param="url")
        run = None
        finals: list[Final] = []
        seconds = 0.0
        try:
            async for audio in self._recording(request):
                if run is None:
                    options = stt_options(request, live=False)
                    options = SttOptions(
                        language=options.language, rate=audio.rate, endpointing_ms=0, interim=False,
                        keyterms=options.keyterms,
                    )  # fmt: skip
                    run = await self._corridor.open_stt(caller, target_of(name), options)
                for at in range(0, len(audio.pcm), PUSH_BYTES):
                    await run.push(audio.pcm[at : at + PUSH_BYTES])
            if run is None:
                raise BadRequest("The body holds no audio.", code="empty_audio")
            await run.end()
            async for event in run:
                if isinstance(event, Final):
                    finals.append(event)
                elif isinstance(event, EndOfStream):
                    seconds = event.audio_s
        finally:
            if run is not None:
                await run.cancel()
        metadata = {**_metadata(name), "duration": round(seconds, 3), "channels": 1, "created": _now()}
        alternative = _alternative(" ".join(f.text.strip() for f in finals), [w for f in finals for w in f.words])
        channel: dict[str, Any] = {"alternatives": [alternative]}
        if finals and finals[0].language:
            channel["detected_language"] = finals[0].language
        return web.json_response({"metadata": metadata, "results": {"channels": [channel]}}, headers=headers_of(run))

    async def _recording(self, request: web.Request) -> AsyncIterator[Audio]:
        """The body as int16 mono: raw when the query says so, else decoded from its container."""
        if request.query.get("encoding") in ("linear16", "pcm_s16le"):
            rate, odd = _rate(request.query.get("sample_rate", "16000")), b""
            async for piece in request.content.iter_chunked(PUSH_BYTES):
                piece = odd + piece
                odd = piece[len(piece) & ~1 :]
                yield Audio(piece[: len(piece) & ~1], rate)
            return
        from voicegw_desktop.engines.codec import decode

        total = 0

        async def pieces() -> AsyncIterator[bytes]:
            nonlocal total
            async for piece in request.content.iter_chunked(PUSH_BYTES):
                total += len(piece)
                if total > self._context.limits.max_body:
                    raise PayloadTooLarge("The recording is over the limit (serve.max_body).")
                yield piece

        async for audio in decode(self._context.gateway.engines, pieces()):
            yield audio

    # -- speech -------------------------------------------------------------------------------------------------------

    def _speech(self, request: web.Request) -> tuple[str, TtsOptions]:
        encoding = request.query.get("encoding", "linear16")
        if encoding != "linear16":
            raise BadRequest(f'encoding "{encoding[:40]}" is not served here; ask for linear16.', param="encoding")
        speed = request.query.get("speed", "1.0")
        try:
            factor = float(speed)
        except ValueError as e:
            raise BadRequest(f'speed "{speed[:40]}" is not a number.', param="speed") from e
        options = TtsOptions(rate=_rate(request.query.get("sample_rate", "24000")), speed=factor)
        return target_of(request.query.get("model", DEFAULT_SPEAK)), options

    async def synthesize(self, request: web.Request) -> web.StreamResponse:
        caller = self._caller(request)
        body = await read_json(request, self._context.limits)
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise BadRequest('"text" is missing.', param="text")
        if len(text) > TEXT_LIMIT:
            raise BadRequest(f"The text is over {TEXT_LIMIT} characters.", param="text")
        wanted, options = self._speech(request)
        run = await self._corridor.open_tts(caller, wanted, options)
        response: web.StreamResponse | None = None
        try:
            await run.push(text)
            await run.end()
            async for event in run:
                if isinstance(event, Audio) and event.pcm:
                    if response is None:
                        headers = {**headers_of(run), "Content-Type": "audio/l16", "dg-char-count": str(len(text))}
                        response = web.StreamResponse(headers=headers)
                        await response.prepare(request)
                    await response.write(event.pcm)
                elif isinstance(event, UtteranceDone):
                    break
        finally:
            await run.cancel()
        if response is None:
            return web.Response(body=b"", headers={**headers_of(run), "Content-Type": "audio/l16"})
        await response.write_eof()
        return response

    async def speak(self, request: web.Request) -> web.StreamResponse:
        caller = self._caller(request)
        wanted, options = self._speech(request)
        self._context.gateway.router.plan(Modality.TTS, wanted, caller)
        ws = self._context.websocket(request, max_msg_size=MESSAGE_LIMIT)
        await ws.prepare(request)
        await ws.send_json({"type": "Metadata", **_metadata(request.query.get("model", DEFAULT_SPEAK))})
        speaker = _Speaker(ws, self._corridor, caller, wanted, options)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT and not await speaker.receive(message.data):
                    break
        finally:
            await speaker.stop()
        await ws.close()
        return ws


class _Results:
    """Speech events as Deepgram's messages."""

    def __init__(self, ws: web.WebSocketResponse, run: Any, model: str) -> None:
        self._ws, self._run = ws, run
        self._metadata = _metadata(model)

    async def send(self) -> None:
        try:
            async for event in self._run:
                if isinstance(event, SpeechStarted):
                    await self._ws.send_json({"type": "SpeechStarted", "channel": [0], "timestamp": event.at_s})
                elif isinstance(event, SpeechEnded):
                    continue
                elif isinstance(event, Interim):
                    await self._result(event.text, event.start_s, 0.0, [], final=False)
                elif isinstance(event, Final):
                    await self._result(event.text, event.start_s, event.end_s, list(event.words), final=True)
                elif isinstance(event, EndOfStream):
                    closing = {"type": "Metadata", **self._metadata, "duration": event.audio_s, "channels": 1}
                    await self._ws.send_json(closing)
                    return
        except VoiceGatewayError as e:
            with contextlib.suppress(ConnectionError):
                await self._ws.send_json(
                    {"type": "Error", "description": e.message, "message": e.message, "variant": e.code}
                )
                await self._ws.close(code=1011, message=(e.code or "error").encode()[:120])
        except ConnectionError:
            return

    async def _result(self, text: str, start_s: float, end_s: float, words: list[Any], *, final: bool) -> None:
        await self._ws.send_json(
            {
                "type": "Results",
                "channel_index": [0, 1],
                "start": round(start_s, 3),
                "duration": round(max(0.0, end_s - start_s), 3),
                "is_final": final,
                "speech_final": final,
                "from_finalize": False,
                "channel": {"alternatives": [_alternative(text, words)]},
                "metadata": self._metadata,
            }
        )


class _Speaker:
    """One utterance after the other: text until Flush, audio, then Flushed."""

    def __init__(
        self, ws: web.WebSocketResponse, corridor: Any, caller: Caller, wanted: str, options: TtsOptions
    ) -> None:
        self._ws, self._corridor, self._caller = ws, corridor, caller
        self._wanted, self._options = wanted, options
        self._run: Any = None
        self._sending: asyncio.Task[None] | None = None
        self._sequence = 0

    async def receive(self, text: str) -> bool:
        """Take one client message; False when the client is done."""
        message = _object(text)
        kind = message.get("type")
        try:
            if kind == "Speak":
                words = message.get("text")
                if not isinstance(words, str) or len(words) > TEXT_LIMIT:
                    raise BadRequest('"text" must be a string within the limit.')
                await self._say(words)
            elif kind == "Flush":
                await self._flush()
            elif kind == "Clear":
                await self.stop()
                await self._ws.send_json({"type": "Cleared", "sequence_id": self._sequence})
            elif kind == "Close":
                if self._run is not None:
                    await self._flush()
                return False
            else:
                await self._warn(f'There is no message "{str(kind)[:40]}".')
        except VoiceGatewayError as e:
            await self._ws.send_json({"type": "Error", "description": e.message, "message": e.message, "code": e.code})
            await self.stop()
        return True

    async def _say(self, text: str) -> None:
        if self._run is None:
            self._run = await self._corridor.open_tts(self._caller, self._wanted, self._options)
            self._sending = asyncio.create_task(self._send(self._run))
        await self._run.push(text)

    async def _flush(self) -> None:
        run, sending = self._run, self._sending
        if run is not None and sending is not None:
            await run.end()
            await sending
            self._run = self._sending = None
        await self._ws.send_json({"type": "Flushed", "sequence_id": self._sequence})
        self._sequence += 1

    async def _send(self, run: Any) -> None:
        async for event in run:
            if isinstance(event, Audio) and event.pcm:
                await self._ws.send_bytes(event.pcm)
            elif isinstance(event, UtteranceDone):
                return

    async def _warn(self, sentence: str) -> None:
        await self._ws.send_json({"type": "Warning", "description": sentence, "code": "UNKNOWN_MESSAGE"})

    async def stop(self) -> None:
        run, sending = self._run, self._sending
        self._run = self._sending = None
        if sending is not None:
            # first, for this may itself be cancelled when the client hangs up
            sending.cancel()
        if run is not None:
            await run.cancel()
        if sending is not None:
            await asyncio.gather(sending, return_exceptions=True)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _kind(text: str) -> str:
    return str(_object(text).get("type"))


def _metadata(model: str) -> dict[str, Any]:
    return {"request_id": secrets.token_hex(16), "model_info": {"name": model}, "model_uuid": "", "model_name": model}


def _alternative(text: str, words: list[Any]) -> dict[str, Any]:
    return {
        "transcript": text.strip(),
        "confidence": round(min((w.confidence for w in words), default=1.0), 3),
        "words": [
            {
                "word": w.text.strip().strip(".,!?;:").lower(),
                "punctuated_word": w.text.strip(),
                "start": round(w.start_s, 3),
                "end": round(w.end_s, 3),
                "confidence": round(w.confidence, 3),
            }
            for w in words
        ],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()
