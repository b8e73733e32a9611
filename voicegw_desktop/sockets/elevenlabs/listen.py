"""ElevenLabs-shaped live transcription: `/v1/speech-to-text/realtime`, turns found here or committed by the client."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim
from voicegw_desktop.core.ports import CLIENT_TURNS, Modality, SttOptions, SttRunPort
from voicegw_desktop.sockets.audio.languages import asked_language
from voicegw_desktop.sockets.elevenlabs import form
from voicegw_desktop.sockets.elevenlabs.door import words_of
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.websocket import let_go
from voicegw_desktop.sockets.provider_form import FRAMES, message_of

MESSAGE_LIMIT = 4 * 1024 * 1024  # bytes
RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)  # samples per second, the provider's list
DEFAULT_MODEL = "scribe_v2_realtime"
DEFAULT_SILENCE_S = 1.5  # s, the provider's own default


def routes(context: SocketContext) -> list[web.RouteDef]:
    """The one WebSocket."""

    async def listen(request: web.Request) -> web.StreamResponse:
        caller = form.FORM.caller_of(request)
        options = stt_options(request)
        name = request.query.get("model_id") or DEFAULT_MODEL
        wanted = form.FORM.target_of(context.gateway, Modality.STT, name)
        run = await context.gateway.corridor.open_stt(caller, wanted, options)
        ws = context.websocket(request, max_msg_size=MESSAGE_LIMIT)
        try:
            await ws.prepare(request)
            query = request.query
            asked = [query.get(name) == "true" for name in ("include_timestamps", "include_language_detection")]
            session = _Session(ws, run, timed=asked[0], detailed=any(asked), options=options)
            await session.start(name)
            try:
                async for message in ws:
                    if message.type is WSMsgType.BINARY:
                        await session.unknown(FRAMES)
                    elif message.type is WSMsgType.TEXT and not await session.receive(message.data):
                        break
            finally:
                await let_go(session.close())
        finally:
            await run.close()
        await ws.close()
        return ws

    return [web.get("/v1/speech-to-text/realtime", listen)]


def stt_options(request: web.Request) -> SttOptions:
    """The query as SttOptions; raises BadRequest naming the parameter."""
    query = request.query
    audio = query.get("audio_format", "").strip().lower() or "pcm_16000"
    kind, _, rate = audio.partition("_")
    if kind != "pcm" or not rate.isdigit() or int(rate) not in RATES:
        raise BadRequest(f'audio_format "{audio[:40]}" is not served; send pcm_16000.', param="audio_format")
    strategy = query.get("commit_strategy", "").strip().lower() or "manual"
    if strategy not in ("manual", "vad"):
        raise BadRequest(f'commit_strategy "{strategy[:40]}" must be manual or vad.', param="commit_strategy")
    silence = CLIENT_TURNS
    extra: dict[str, Any] = {}
    if strategy == "vad":
        seconds = _number(
            query.get("vad_silence_threshold_secs", str(DEFAULT_SILENCE_S)), "vad_silence_threshold_secs", 10
        )
        silence = max(50, round(seconds * 1000))
        if "vad_threshold" in query:
            extra["vad_threshold"] = _number(query["vad_threshold"], "vad_threshold", 1)
    return SttOptions(
        language=asked_language(query.get("language_code")),
        rate=int(rate),
        endpointing_ms=silence,
        keyterms=tuple(query.getall("keyterms", []))[:100],
        extra=extra,
    )


def _number(given: str, name: str, most: float) -> float:
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= most:
        raise BadRequest(f'{name} "{given[:40]}" must be a number from 0 to {most:g}.', param=name)
    return value


class _Session:
    """One connection: chunks in, partial and committed transcripts out."""

    def __init__(
        self, ws: web.WebSocketResponse, run: SttRunPort, *, timed: bool, detailed: bool, options: SttOptions
    ) -> None:
        self._ws, self._run, self._options = ws, run, options
        self._timed, self._detailed = timed, detailed
        self._sending: asyncio.Task[None] | None = None

    async def start(self, model: str) -> None:
        """Send session_started, and transcripts from now on."""
        await self._ws.send_json(
            {
                "message_type": "session_started",
                "session_id": secrets.token_hex(12),
                "config": {
                    "model_id": model,
                    "audio_format": f"pcm_{self._options.rate}",
                    "sample_rate": self._options.rate,
                    "language_code": self._options.language,
                    "include_timestamps": self._timed,
                },
            }
        )
        self._sending = asyncio.create_task(self._send())

    async def receive(self, data: str) -> bool:
        """Take one message; False when nothing more can be heard."""
        if self._sending is None or self._sending.done():
            return False
        try:
            message = message_of(data)
            if message.get("message_type") != "input_audio_chunk":
                raise BadRequest('A message needs the "message_type" "input_audio_chunk": there is no other one here.')
            pcm = _audio(message.get("audio_base_64", ""))
            if pcm:
                await self._run.push(pcm)
            if message.get("commit") is True:
                await self._run.commit()
        except BadRequest as e:
            await self.unknown(e.message)
        except VoiceGatewayError:
            # the client gets this failure from the task that sends transcripts
            await asyncio.gather(self._sending, return_exceptions=True)
            return False
        return True

    async def unknown(self, sentence: str) -> None:
        """Refuse what cannot be heard; the session goes on."""
        await self._ws.send_json({"message_type": "input_error", "error": sentence})

    async def _send(self) -> None:
        try:
            async for event in self._run:
                if isinstance(event, Interim) and event.text:
                    await self._ws.send_json({"message_type": "partial_transcript", "text": event.text})
                elif isinstance(event, Final) and event.text.strip():
                    await self._committed(event)
                elif isinstance(event, EndOfStream):
                    return
        except VoiceGatewayError as e:
            with contextlib.suppress(ConnectionError):
                kind = "quota_exceeded" if e.status in (402, 429) else "transcriber_error"
                await self._ws.send_json({"message_type": kind, "error": e.message})
                await self._ws.close(code=1011, message=(e.code or "error").encode()[:120])
        except ConnectionError:
            return

    async def _committed(self, final: Final) -> None:
        """A commit comes twice when details were asked for: clients pick the copy that has them."""
        text = final.text.strip()
        await self._ws.send_json({"message_type": "committed_transcript", "text": text})
        if not self._detailed:
            return
        await self._ws.send_json(
            {
                "message_type": "committed_transcript_with_timestamps",
                "text": text,
                "language_code": final.language or self._options.language,
                "words": words_of(list(final.words)) if self._timed else None,
            }
        )

    async def close(self) -> None:
        """Stop sending events."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)


def _audio(value: Any) -> bytes:
    if not isinstance(value, str):
        raise BadRequest('"audio_base_64" must be base64 of int16 samples.')
    try:
        pcm = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as e:
        raise BadRequest('"audio_base_64" is not base64.') from e
    if len(pcm) % 2:
        raise BadRequest('"audio_base_64" holds half a sample: int16 takes two bytes each.')
    return pcm
