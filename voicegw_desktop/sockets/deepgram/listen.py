"""Deepgram's first transcription form: `/v1/listen`, live by WebSocket and for recordings by POST."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import EndOfStream, Final, Interim, SpeechStarted, Word
from voicegw_desktop.core.late import Behind
from voicegw_desktop.core.parameters import OFF
from voicegw_desktop.core.ports import Modality, SttOptions, SttRunPort
from voicegw_desktop.sockets.audio import g711, recordings
from voicegw_desktop.sockets.audio.containers import LiveAudio
from voicegw_desktop.sockets.audio.languages import MANY, asked_tag
from voicegw_desktop.sockets.deepgram import form
from voicegw_desktop.sockets.deepgram.paragraphs import paragraphs_of
from voicegw_desktop.sockets.deepgram.parameters import LISTEN, RECORDING
from voicegw_desktop.sockets.http.bodies import body_chunks
from voicegw_desktop.sockets.http.browser_keys import SCHEMES
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.websocket import let_go
from voicegw_desktop.sockets.provider_form import message_of

DEFAULT_MODEL = "nova-3"
LATEST_ENDPOINT_MS = 10_000
FINALIZE_S = 0.3
"""Seconds in which speech that was just sent is reported; after them a Finalize had nothing to finalize."""
ALL_CHANNELS = [0, 1]
"""The first channel of one."""


def stt_options(request: web.Request, *, live: bool) -> SttOptions:
    """Deepgram's query parameters as SttOptions; raises BadRequest naming the parameter."""
    query = request.query
    (LISTEN if live else RECORDING).check(query.items())
    form.check_channels(request)
    silence: int | None = None
    wanted = query.get("endpointing", "").lower() or None
    kind = wanted if wanted in ("adaptive", "fixed") else None
    if wanted is not None and wanted != "true" and kind is None:
        silence = LATEST_ENDPOINT_MS if wanted == "false" else form.number(wanted, "endpointing")
        if silence < 0:
            raise BadRequest("endpointing must be a number of milliseconds, true or false.", param="endpointing")
        silence = min(LATEST_ENDPOINT_MS, max(50, silence))
    return SttOptions(
        language=None if query.get("detect_language", "").lower() == "true" else asked_tag(query.get("language")),
        rate=form.rate_of(request, 16_000),
        endpointing_ms=silence if live else 0,
        endpointing=kind if live else None,
        interim=live and query.get("interim_results", "").lower() == "true",
        keyterms=form.keyterms_of(request),
        diarize=any(query.get(name, "").lower() not in OFF for name in ("diarize", "diarize_model")),
    )


def _language_open(request: web.Request) -> bool:
    query = request.query
    return query.get("detect_language", "").lower() == "true" or asked_tag(query.get("language")) in (None, MANY)


class Listen:
    """The two routes."""

    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._corridor = context.gateway.corridor

    async def live(self, request: web.Request) -> web.StreamResponse:
        caller = form.FORM.caller_of(request)
        form.law_of(request)
        model = request.query.get("model", DEFAULT_MODEL)
        options = stt_options(request, live=True)
        wanted = form.FORM.target_of(self._context.gateway, Modality.STT, model)
        run = await self._corridor.open_stt(caller, wanted, options)
        ws = self._context.websocket(request, max_msg_size=form.MESSAGE_LIMIT, protocols=SCHEMES)
        try:
            await ws.prepare(request)
            results = _Results(ws, run, request)
            pool = self._context.gateway.engines
            audio = form.live_audio(request, pool, options.rate, run.push, results.failed)
            listening = asyncio.create_task(results.send())
            try:
                await self._hear(ws, run, results, listening, audio)
            finally:
                results.stop()
                listening.cancel()
                await let_go(_stop(audio, listening))
        finally:
            await run.close()
        await ws.close()
        return ws

    async def _hear(
        self,
        ws: web.WebSocketResponse,
        run: SttRunPort,
        results: _Results,
        listening: asyncio.Task[None],
        audio: LiveAudio,
    ) -> None:
        async for message in ws:
            if listening.done():
                return
            try:
                kind = await results.kind_of(message.data) if message.type is WSMsgType.TEXT else None
                if message.type is WSMsgType.BINARY and message.data:
                    results.heard(message.data)
                    await audio.take(message.data)
                elif message.type is WSMsgType.BINARY or kind == "CloseStream":
                    # older clients end with an empty message
                    await audio.finish()
                    await run.end()
                    await listening
                    return
                elif kind == "Finalize":
                    results.finalizing()
                    await run.commit()
            except BadRequest as e:
                await results.failed(e)
                return
            except VoiceGatewayError:
                # the client gets this failure from the task that sends results
                await asyncio.gather(listening, return_exceptions=True)
                return

    async def recording(self, request: web.Request) -> web.Response:
        caller = form.FORM.caller_of(request)
        model = request.query.get("model", DEFAULT_MODEL)
        if request.content_type == "application/json":
            raise BadRequest("A url to fetch is not served; send the recording itself.", param="url")
        options = stt_options(request, live=False)
        digest = hashlib.sha256()
        limits = self._context.limits

        async def body() -> AsyncIterator[bytes]:
            async for chunk in body_chunks(request, limits, limits.max_body, "serve.max_body"):
                digest.update(chunk)
                yield chunk

        encoding, size = form.encoding_of(request), request.content_length
        if encoding in form.LINEAR:
            recording = recordings.of_samples(self._context, body(), options.rate, size and size // 2)
        elif encoding in form.LAWS:
            law = form.LAWS[encoding]
            decoded = (g711.decode(chunk, law) async for chunk in body())
            recording = recordings.of_samples(self._context, decoded, options.rate, size)
        else:
            recording = await recordings.of_body(self._context, body(), size)
        run, finals, seconds = await recordings.transcribed(
            self._corridor,
            caller,
            form.FORM.target_of(self._context.gateway, Modality.STT, model),
            lambda rate: _at(options, rate),
            recording,
        )
        if not seconds:
            raise BadRequest("The body holds no audio.", code="empty_audio")
        language = finals[0].language if finals else None
        words = [w for f in finals for w in f.words]
        spoken = form.alternative(recordings.text_of(finals), words)
        if request.query.get("paragraphs") == "true":
            spoken["paragraphs"] = paragraphs_of(finals)
        channel: dict[str, Any] = {"alternatives": [spoken]}
        if language and _language_open(request):
            channel |= {"detected_language": language, "language_confidence": 1.0}
        results: dict[str, Any] = {"channels": [channel]}
        if request.query.get("utterances") == "true":
            results["utterances"] = [_utterance(part) for f in finals for part in _by_speaker(f) if part.text.strip()]
        name = form.request_metadata(model)
        metadata = {
            "transaction_key": "deprecated",
            "request_id": name["request_id"],
            "sha256": digest.hexdigest(),
            "created": _now(),
            "duration": round(seconds, 3),
            "channels": 1,
            "models": [name["model_uuid"]],
            "model_info": {name["model_uuid"]: form.model_info(model)},
        }
        return web.json_response(
            {"metadata": metadata, "results": results}, headers=recordings.headers_with_words(run, finals)
        )


def _at(options: SttOptions, rate: int) -> SttOptions:
    return replace(options, rate=rate, endpointing=None, interim=False)


def _by_speaker(final: Final) -> list[Final]:
    """The parts of it that one speaker says; the whole where speakers are not told apart."""
    found = []
    for speaker, said in groupby(final.words, key=lambda word: word.speaker):
        words = tuple(said)
        text = " ".join(word.text.strip() for word in words)
        start_s, end_s = words[0].start_s, words[-1].end_s
        found.append(replace(final, text=text, start_s=start_s, end_s=end_s, words=words, speaker=speaker))
    return found if len(found) > 1 else [replace(final, speaker=found[0].speaker if found else None)]


def _utterance(final: Final) -> dict[str, Any]:
    spoken = form.alternative(final.text, final.words)
    return {
        "start": round(final.start_s, 3),
        "end": round(final.end_s, 3),
        "confidence": spoken["confidence"],
        "channel": 0,
        "transcript": spoken["transcript"],
        "words": spoken["words"],
        **({} if final.speaker is None else {"speaker": final.speaker}),
        "id": form.new_id(),
    }


async def _stop(audio: LiveAudio, listening: asyncio.Task[None]) -> None:
    await audio.close()
    await asyncio.gather(listening, return_exceptions=True)


class _Results:
    """Speech events as Deepgram's messages."""

    def __init__(self, ws: web.WebSocketResponse, run: SttRunPort, request: web.Request) -> None:
        self._ws, self._run = ws, run
        query = request.query
        self._metadata = form.request_metadata(query.get("model", DEFAULT_MODEL))
        self._voices = query.get("vad_events") == "true"
        self._ends = "utterance_end_ms" in query
        self._languages = _language_open(request)
        self._digest = hashlib.sha256()
        self._begun = self._finished = 0
        """Utterances."""
        self._finalized: asyncio.TimerHandle | None = None
        self._empty: asyncio.Task[None] | None = None
        self._from_finalize = 0
        """The utterance, by its number, whose end a Finalize asked for."""
        self._told = False
        self._behind_s = 0.0
        """How late the words are that are owed; 0: they come in time."""

    def heard(self, data: bytes) -> None:
        """Count what came in."""
        self._digest.update(data)

    async def kind_of(self, text: str) -> str | None:
        """Which message a text is; None once the client knows that there is nothing to do for it."""
        try:
            message = message_of(text)
            kind = form.kind_of(message)
            if kind in ("KeepAlive", "Finalize", "CloseStream"):
                return kind
            if kind != "Configure":
                raise BadRequest(f'There is no message "{kind[:40]}".')
        except BadRequest as e:
            await self._ws.send_json(
                {"type": "Error", "variant": "SchemaError", "description": e.message, "message": text[:500]}
            )
            return None
        await self._configure(message)
        return None

    async def _configure(self, message: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "ConfigureSuccess"}
        if message.get("keyterms") is not None:
            sentence = "Key terms cannot change while a stream runs: give them as keyterm in its address."
            answer = {"type": "ConfigureFailure", "code": "CONFIGURE_KEYTERMS_NOT_SUPPORTED", "description": sentence}
        await self._ws.send_json({**answer, "request_id": self._metadata["request_id"]})

    def finalizing(self) -> None:
        """The client asks for what is owed; it waits for a result that says so, with words or without."""
        self._cancel_timer()
        if self._begun > self._finished:
            self._from_finalize = self._begun
        else:
            # speech may be about to be reported: its utterance would get the next number
            self._from_finalize = self._begun + 1
            self._finalized = asyncio.get_running_loop().call_later(FINALIZE_S, self._nothing)

    def _nothing(self) -> None:
        self._finalized = None
        if self._begun < self._from_finalize:
            self._from_finalize = 0
            self._empty = asyncio.create_task(self._result(Final(""), [], final=True, finalize=True))

    def _cancel_timer(self) -> None:
        if self._finalized is not None:
            self._finalized.cancel()
            self._finalized = None

    def stop(self) -> None:
        """Send nothing more."""
        self._cancel_timer()
        if self._empty is not None:
            self._empty.cancel()

    async def send(self) -> None:
        """Send results until the stream ends."""
        try:
            async for event in self._run:
                await self._take(event)
                if isinstance(event, EndOfStream):
                    return
        except VoiceGatewayError as e:
            await self.failed(e)
        except ConnectionError:
            return

    async def failed(self, e: VoiceGatewayError) -> None:
        """Send the error, once, and close the WebSocket."""
        if self._told:
            return
        self._told = True
        with contextlib.suppress(ConnectionError):
            await self._ws.send_json(
                {"type": "Error", "description": e.message, "message": e.message, "variant": e.code}
            )
            await self._ws.close(code=1011, message=(e.code or "error").encode()[:120])

    async def _take(self, event: Any) -> None:
        if isinstance(event, SpeechStarted):
            self._begun += 1
            if self._voices:
                await self._ws.send_json(
                    {"type": "SpeechStarted", "channel": ALL_CHANNELS, "timestamp": round(event.at_s, 3)}
                )
        elif isinstance(event, Behind):
            self._behind_s = event.seconds
        elif isinstance(event, Interim):
            await self._result(Final(event.text, event.language, event.start_s), [], final=False, finalize=False)
        elif isinstance(event, Final):
            self._finished += 1
            # a target that tells no beginnings
            self._begun = max(self._begun, self._finished)
            asked = self._finished == self._from_finalize
            if asked:
                self._cancel_timer()
                self._from_finalize = 0
            await self._result(event, list(event.words), final=True, finalize=asked)
            if self._ends and event.text.strip():
                # the silence that ends an utterance has passed already: a longer wait would change nothing
                end = round(event.words[-1].end_s if event.words else event.end_s, 3)
                await self._ws.send_json({"type": "UtteranceEnd", "channel": ALL_CHANNELS, "last_word_end": end})
        elif isinstance(event, EndOfStream):
            await self._ws.send_json(
                {
                    "type": "Metadata",
                    "transaction_key": "deprecated",
                    "request_id": self._metadata["request_id"],
                    "sha256": self._digest.hexdigest(),
                    "created": _now(),
                    "duration": round(event.audio_s, 3),
                    "channels": 1,
                    "models": [self._metadata["model_uuid"]],
                    "model_info": {self._metadata["model_uuid"]: self._metadata["model_info"]},
                }
            )

    async def _result(self, said: Final, words: list[Word], *, final: bool, finalize: bool) -> None:
        language = said.language if self._languages else None
        # clients warn of messages of an unknown type, and pass over a field that they do not know
        late = {"behind_s": self._behind_s} if self._behind_s else {}
        await self._ws.send_json(
            {
                "type": "Results",
                "channel_index": ALL_CHANNELS,
                "start": round(said.start_s, 3),
                "duration": round(max(0.0, said.end_s - said.start_s), 3),
                "is_final": final,
                "speech_final": final,
                "from_finalize": finalize,
                "channel": {"alternatives": [form.alternative(said.text, words, language)]},
                "metadata": {**self._metadata, **late},
            }
        )


def _now() -> str:
    return datetime.now(UTC).isoformat()
