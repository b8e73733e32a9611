"""ElevenLabs-shaped doors: speech by WebSocket (several contexts) and POST, transcription by POST, the voices."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge, VoiceGatewayError
from voicegw_desktop.core.events import Audio, Final, UtteranceDone
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, TtsOptions
from voicegw_desktop.sockets import auth
from voicegw_desktop.sockets.limits import read_json
from voicegw_desktop.sockets.served import headers_of
from voicegw_desktop.sockets.server import SocketContext
from voicegw_desktop.sockets.speech_formats import CONTENT_TYPES, encoded

MESSAGE_LIMIT = 1024 * 1024  # bytes
MAX_CONTEXTS = 5  # the published limit of one connection
TEXT_LIMIT = 20_000  # characters
DEFAULT_SPEAK = "eleven_turbo_v2_5"
DEFAULT_LISTEN = "scribe_v1"
DEFAULT_FORMAT = "mp3_44100_128"
PUSH_BYTES = 32 * 1024  # bytes of PCM handed on at a time


def routes(context: SocketContext) -> list[web.RouteDef]:
    """Speech, transcription and voices."""
    door = _Door(context)
    return [
        web.get("/v1/text-to-speech/{voice}/multi-stream-input", door.speak),
        web.get("/v1/text-to-speech/{voice}/stream-input", door.speak),
        web.post("/v1/text-to-speech/{voice}/stream", door.synthesize),
        web.post("/v1/text-to-speech/{voice}", door.synthesize),
        web.post("/v1/speech-to-text", door.transcribe),
        web.get("/v1/voices", door.voices),
    ]


def parse_format(name: str) -> tuple[str, int | None]:
    """`pcm_24000` → (pcm, 24000), `mp3_44100_128` → (mp3, None); raises BadRequest."""
    kind, _, rest = name.partition("_")
    if kind == "pcm" and rest.isdigit() and 8_000 <= int(rest) <= 48_000:
        return "pcm", int(rest)
    if kind in ("mp3", "opus"):
        return kind, None
    raise BadRequest(
        f'output_format "{name[:40]}" is not served; ask for pcm_24000, mp3_44100_128 or opus_48000_64.',
        param="output_format",
    )


class _Door:
    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._gateway = context.gateway

    def _caller(self, request: web.Request) -> Caller:
        auth.require(request, auth.INFERENCE)
        return auth.caller(request, "elevenlabs")

    def _speech(self, request: web.Request, model: Any) -> tuple[str, TtsOptions, str]:
        kind, rate = parse_format(request.query.get("output_format", DEFAULT_FORMAT))
        name = model if isinstance(model, str) and model else DEFAULT_SPEAK
        voice = request.match_info["voice"]
        wanted = name if "/" in name else f"elevenlabs/{name}:{voice}"
        return wanted, TtsOptions(rate=rate, language=request.query.get("language_code")), kind

    async def synthesize(self, request: web.Request) -> web.StreamResponse:
        caller = self._caller(request)
        body = await read_json(request, self._context.limits)
        text = _text(body.get("text"))
        if not text.strip():
            raise BadRequest('"text" is missing.', param="text")
        wanted, options, kind = self._speech(request, body.get("model_id"))
        run = await self._gateway.corridor.open_tts(caller, wanted, options)
        response: web.StreamResponse | None = None
        try:
            await run.push(text)
            await run.end()
            async with aclosing(encoded(self._gateway.engines, _sound(run), kind)) as pieces:
                async for piece in pieces:
                    if response is None:
                        headers = {**headers_of(run), "Content-Type": CONTENT_TYPES[kind]}
                        response = web.StreamResponse(headers=headers)
                        await response.prepare(request)
                    await response.write(piece)
        finally:
            await run.cancel()
        if response is None:
            return web.Response(body=b"", headers={**headers_of(run), "Content-Type": CONTENT_TYPES[kind]})
        await response.write_eof()
        return response

    async def speak(self, request: web.Request) -> web.StreamResponse:
        caller = self._caller(request)
        wanted, options, kind = self._speech(request, request.query.get("model_id"))
        self._gateway.router.plan(Modality.TTS, wanted, caller)
        ws = self._context.websocket(request, max_msg_size=MESSAGE_LIMIT)
        await ws.prepare(request)
        session = _Contexts(ws, self._gateway, caller, wanted, options, kind)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT and not await session.receive(message.data):
                    break
        finally:
            await session.close()
        await ws.close()
        return ws

    async def transcribe(self, request: web.Request) -> web.Response:
        from voicegw_desktop.engines.codec import decode

        caller = self._caller(request)
        if not request.content_type.startswith("multipart/"):
            raise BadRequest("The recording must come as multipart/form-data, field file.", param="file")
        fields: dict[str, str] = {}
        run: Any = None
        finals: list[Final] = []
        try:
            async for part in await request.multipart():
                name = getattr(part, "name", None)
                if name != "file":
                    fields[str(name)] = (await part.text())[:1000]  # type: ignore[union-attr]
                    continue
                async for audio in decode(self._gateway.engines, self._pieces(part)):
                    if run is None:
                        options = SttOptions(
                            language=fields.get("language_code"), rate=audio.rate, endpointing_ms=0, interim=False
                        )
                        model = fields.get("model_id") or DEFAULT_LISTEN
                        wanted = model if "/" in model else f"elevenlabs/{model}"
                        run = await self._gateway.corridor.open_stt(caller, wanted, options)
                    for at in range(0, len(audio.pcm), PUSH_BYTES):
                        await run.push(audio.pcm[at : at + PUSH_BYTES])
            if run is None:
                raise BadRequest("There is no audio in the field file.", param="file", code="empty_audio")
            await run.end()
            async for event in run:
                if isinstance(event, Final):
                    finals.append(event)
        finally:
            if run is not None:
                await run.cancel()
        words = [
            {"text": w.text.strip(), "start": w.start_s, "end": w.end_s, "type": "word", "speaker_id": "speaker_0"}
            for f in finals
            for w in f.words
        ]
        answer = {
            "language_code": finals[0].language if finals else None,
            "language_probability": 1.0,
            "text": " ".join(f.text.strip() for f in finals).strip(),
            "words": words,
        }
        return web.json_response(answer, headers=headers_of(run))

    async def _pieces(self, part: Any) -> AsyncIterator[bytes]:
        total = 0
        while piece := await part.read_chunk(PUSH_BYTES):
            total += len(piece)
            if total > self._context.limits.max_body:
                raise PayloadTooLarge("The recording is over the limit (serve.max_body).")
            yield piece

    async def voices(self, request: web.Request) -> web.Response:
        # imported here: the wyoming package would make every start slower
        from voicegw_desktop.sockets.wyoming import voices

        self._caller(request)
        listed = [
            {
                "voice_id": voice.name,
                "name": voice.description,
                "category": "local",
                "labels": {"language": voice.language, "target": target},
            }
            for target, voice in voices(self._gateway)
        ]
        return web.json_response({"voices": listed})


class _Contexts:
    """The utterances of one connection, side by side, by context id."""

    def __init__(
        self, ws: web.WebSocketResponse, gateway: Any, caller: Caller, wanted: str, options: TtsOptions, kind: str
    ) -> None:
        self._ws, self._gateway, self._caller = ws, gateway, caller
        self._wanted, self._options, self._kind = wanted, options, kind
        self._open: dict[str, tuple[Any, asyncio.Task[None]]] = {}

    async def receive(self, data: str) -> bool:
        """Take one client message; False when the client is done."""
        message = _object(data)
        name = str(message.get("context_id") or "default")[:64]
        try:
            if message.get("close_socket"):
                for context in tuple(self._open):
                    await self._end(context)
                await asyncio.gather(*(task for _, task in self._open.values()), return_exceptions=True)
                return False
            text = _text(message.get("text") or "")
            if text.strip():
                run = await self._context(name)
                await run.push(text)
            # the one-context form ends an utterance with an empty text
            ended = message.get("close_context") or ("context_id" not in message and message.get("text") == "")
            if ended:
                await self._end(name)
        except VoiceGatewayError as e:
            await self._ws.send_json({"error": e.code or "error", "message": e.message, "contextId": name})
            await self._drop(name)
        return True

    async def _context(self, name: str) -> Any:
        if name not in self._open:
            if len(self._open) >= MAX_CONTEXTS:
                raise BadRequest(f"At most {MAX_CONTEXTS} contexts may be open.", code="too_many_contexts")
            run = await self._gateway.corridor.open_tts(self._caller, self._wanted, self._options)
            self._open[name] = (run, asyncio.create_task(self._send(name, run)))
        return self._open[name][0]

    async def _end(self, name: str) -> None:
        if name in self._open:
            await self._open[name][0].end()
        else:
            await self._ws.send_json({"contextId": name, "isFinal": True})

    async def _send(self, name: str, run: Any) -> None:
        try:
            async with aclosing(encoded(self._gateway.engines, _sound(run), self._kind)) as pieces:
                async for piece in pieces:
                    audio = base64.b64encode(piece).decode("ascii")
                    await self._ws.send_json({"audio": audio, "contextId": name, "isFinal": None})
            await self._ws.send_json({"contextId": name, "isFinal": True})
        except VoiceGatewayError as e:
            with contextlib.suppress(ConnectionError):
                await self._ws.send_json({"error": e.code or "error", "message": e.message, "contextId": name})
        except ConnectionError:
            return
        finally:
            await run.cancel()
            self._open.pop(name, None)

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


async def _sound(run: Any) -> AsyncIterator[Audio]:
    async for event in run:
        if isinstance(event, Audio) and event.pcm:
            yield event
        elif isinstance(event, UtteranceDone):
            return


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadRequest('"text" must be a string.', param="text")
    if len(value) > TEXT_LIMIT:
        raise BadRequest(f"The text is over {TEXT_LIMIT} characters; send it in pieces.", param="text")
    return value


def _object(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
