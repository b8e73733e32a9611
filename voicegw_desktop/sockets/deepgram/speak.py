"""Deepgram's speech forms: texts by POST, `/v1/speak` and the turns of `/v2/speak` by WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import Modality, TtsOptions
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.audio.speech_formats import CONTENT_TYPES, answer_in, encoded, sound_of
from voicegw_desktop.sockets.audio.utterances import Utterance, Utterances
from voicegw_desktop.sockets.deepgram import form
from voicegw_desktop.sockets.deepgram.parameters import SPEAK
from voicegw_desktop.sockets.http.bodies import read_json
from voicegw_desktop.sockets.http.browser_keys import SCHEMES
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.websocket import let_go
from voicegw_desktop.sockets.provider_form import FRAMES, message_of

DEFAULT_MODEL = "aura-2-thalia-en"
DEFAULT_TURNS = "flux-haley-en"
FILES = {"mp3": "mp3", "opus": "opus", "flac": "flac", "aac": "aac", "mulaw": "mulaw", "alaw": "alaw"}
RAW_RATE = 24_000  # samples per second, where the query does not say
SPEEDS = (0.5, 1.5)
UNPARSABLE = "UNPARSABLE_CLIENT_MESSAGE"


class Speak:
    """The three routes."""

    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._corridor = context.gateway.corridor

    def _asked(self, request: web.Request, default: str) -> tuple[str, TtsOptions, str]:
        """(model, options, encoding) of the query."""
        SPEAK.check(request.query.items())
        encoding = form.encoding_of(request) or ("linear16" if request.method == "GET" else "mp3")
        known = ("linear16", *form.LAWS) if request.method == "GET" else ("linear16", *FILES)
        if encoding not in known:
            raise BadRequest(
                f'encoding "{encoding[:40]}" is not served here; ask for {", ".join(known)}.', param="encoding"
            )
        raw = encoding == "linear16" or encoding in form.LAWS
        rate = form.rate_of(request, RAW_RATE)
        speed = form.decimal(request.query.get("speed", "1"), "speed", *SPEEDS)
        # files carry their rate, so a voice keeps its own unless the query names one
        named = raw or "sample_rate" in request.query
        return request.query.get("model", default), TtsOptions(rate=rate if named else None, speed=speed), encoding

    def _target(self, model: str) -> str:
        """What to ask for: in this form a model is a voice, so an installed voice may be named too."""
        if speaker := self._context.gateway.router.speaker_of(model):
            return f"{speaker}:{model}"
        return form.FORM.target_of(self._context.gateway, Modality.TTS, model)

    async def text(self, request: web.Request) -> web.StreamResponse:
        """One text, one answer."""
        caller = form.FORM.caller_of(request)
        body = await read_json(request, self._context.limits)
        text = _text(body)
        if not text.strip():
            raise BadRequest('"text" is empty: there is nothing to say.', param="text")
        model, options, encoding = self._asked(request, DEFAULT_MODEL)
        bare = request.query.get("container") == "none"
        name = FILES.get(encoding) or ("pcm" if bare else "wav")
        run = await self._corridor.open_tts(caller, self._target(model), replace(options, characters=len(text)))
        names = form.model_names(model)
        headers = {
            "Content-Type": "audio/l16" if name == "pcm" else CONTENT_TYPES[name],
            "dg-model-name": names["model_name"],
            "dg-model-uuid": names["model_uuid"],
            "dg-char-count": str(len(text)),
            "dg-request-id": form.new_id(),
        }
        try:
            await run.push(text)
            await run.end()
            async with aclosing(encoded(self._context.gateway.engines, sound_of(run), name)) as pieces:
                return await answer_in(request, run, pieces, headers)
        finally:
            await run.cancel()

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The first form: audio until Flushed."""
        return await self._connection(request, DEFAULT_MODEL, _First)

    async def turns(self, request: web.Request) -> web.StreamResponse:
        """The second form: turns with a beginning, an end and interruptions."""
        return await self._connection(request, DEFAULT_TURNS, _Turns)

    async def _connection(
        self, request: web.Request, default: str, kind: type[_First] | type[_Turns]
    ) -> web.StreamResponse:
        caller = form.FORM.caller_of(request)
        model, options, encoding = self._asked(request, default)
        wanted = self._target(model)
        self._corridor.check_model(caller, Modality.TTS, wanted)
        # a client does not read a pooled connection between two utterances, so it answers no ping
        ws = self._context.websocket(request, max_msg_size=form.MESSAGE_LIMIT, heartbeat=None, protocols=SCHEMES)
        await ws.prepare(request)
        speaker = kind(ws, model, form.LAWS.get(encoding))
        speaker.utterances = Utterances(self._corridor, caller, wanted, options, speaker)
        try:
            await speaker.greet()
            async for message in ws:
                if message.type is WSMsgType.BINARY:
                    await speaker.warn(UNPARSABLE, FRAMES)
                elif message.type is WSMsgType.TEXT and not await _receive(speaker, message.data):
                    break
        except ConnectionError:
            pass
        finally:
            await let_go(speaker.utterances.stop())
        await ws.close()
        return ws


class _Speaker(Protocol):
    async def take(self, kind: str, message: Mapping[str, Any]) -> bool: ...

    async def refuse(self, error: VoiceGatewayError) -> None: ...

    async def warn(self, code: str, sentence: str) -> None: ...


async def _receive(speaker: _Speaker, text: str) -> bool:
    """Take one client message; False when the client is done."""
    try:
        message = message_of(text)
        kind = form.kind_of(message)
    except BadRequest as e:
        await speaker.warn(UNPARSABLE, e.message)
        return True
    try:
        return await speaker.take(kind, message)
    except VoiceGatewayError as e:
        await speaker.refuse(e)
        return True


def _text(message: Mapping[str, Any]) -> str:
    text = message.get("text")
    if not isinstance(text, str):
        raise BadRequest('"text" must be a string.', param="text")
    if len(text) > form.TEXT_LIMIT:
        raise BadRequest(f"The text is over {form.TEXT_LIMIT} characters; send it in pieces.", param="text")
    return text


class _Voice:
    """What both forms do alike."""

    utterances: Utterances

    def __init__(self, ws: web.WebSocketResponse, model: str, law: g711.Law | None) -> None:
        self._ws, self._model, self._law = ws, model, law

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._ws.send_json({"type": kind, **fields})

    async def sound(self, utterance: Utterance, pcm: bytes) -> None:
        """A piece of audio."""
        await self._ws.send_bytes(g711.encode(pcm, self._law) if self._law else pcm)

    async def warn(self, code: str, sentence: str) -> None:
        """Send a warning that changes nothing."""
        await self._send("Warning", description=sentence, code=code)


class _First(_Voice):
    """Text until Flush, audio, then Flushed."""

    def __init__(self, ws: web.WebSocketResponse, model: str, law: g711.Law | None) -> None:
        super().__init__(ws, model, law)
        self._sequence = 0

    async def greet(self) -> None:
        """Send Metadata: the model that speaks."""
        await self._send("Metadata", request_id=form.new_id(), **form.model_names(self._model))

    async def take(self, kind: str, message: Mapping[str, Any]) -> bool:
        """One client message; False when the client is done."""
        if kind == "Speak":
            self.utterances.say(_text(message))
        elif kind == "Flush":
            self.utterances.end()
        elif kind == "Clear":
            await self.utterances.stop()
            await self._send("Cleared", sequence_id=self._sequence)
        elif kind == "Close":
            await self.utterances.drain()
            return False
        else:
            await self.warn("UNKNOWN_MESSAGE", f'There is no message "{kind[:40]}".')
        return True

    async def began(self, utterance: Utterance) -> None:
        """This form does not tell."""

    async def done(self, utterance: Utterance) -> None:
        """All audio before this message belongs to the flush."""
        sequence, self._sequence = self._sequence, self._sequence + 1
        await self._send("Flushed", sequence_id=sequence)

    async def failed(self, utterance: Utterance, error: VoiceGatewayError) -> None:
        """Send the error of a text that could not be spoken."""
        await self.refuse(error)

    async def refuse(self, error: VoiceGatewayError) -> None:
        """Tell what went wrong; the connection goes on."""
        await self._send("Error", description=error.message, message=error.message, code=error.code)


class _Turns(_Voice):
    """A turn's audio stands between SpeechStarted and SpeechMetadata."""

    def __init__(self, ws: web.WebSocketResponse, model: str, law: g711.Law | None) -> None:
        super().__init__(ws, model, law)
        self._ids: dict[str, str] = {}
        self._audio_s = 0.0
        self._characters = 0

    async def greet(self) -> None:
        """Send Metadata: the model that speaks."""
        names = form.model_names(self._model)
        uuids = [names.pop("model_uuid")]
        await self._send("Connected", request_id=form.new_id(), **names, model_uuids=uuids)

    def _id(self, utterance: Utterance) -> str:
        return self._ids.setdefault(utterance.id, form.short_id())

    async def take(self, kind: str, message: Mapping[str, Any]) -> bool:
        """One client message; False when the client is done."""
        if kind == "Speak":
            self.utterances.say(_text(message))
        elif kind == "Flush":
            if self.utterances.open is None:
                await self.warn("NO_ACTIVE_SPEECH", "There is no turn to flush.")
            else:
                await self._send("Flushed", speech_id=self._id(self.utterances.end()))
        elif kind == "Interrupt":
            await self._interrupt(message.get("playback_offset"))
        elif kind == "Configure":
            await self._configure(message.get("speed"))
        elif kind == "Close":
            await self.utterances.drain()
            spoken = {"total_audio_duration_ms": round(self._audio_s * 1000)}
            characters = ("total_input_character_count", "total_billable_character_count")
            await self._send("SessionMetadata", **spoken, **dict.fromkeys(characters, self._characters))
            return False
        else:
            raise BadRequest(f'There is no message "{kind[:40]}".', code="MESSAGE-0000")
        return True

    async def _configure(self, speed: Any) -> None:
        if not isinstance(speed, int | float) or isinstance(speed, bool) or not SPEEDS[0] <= speed <= SPEEDS[1]:
            value = float(speed) if isinstance(speed, int | float) and abs(speed) < 1e9 else None
            sentence = f"speed must be a number from {SPEEDS[0]} to {SPEEDS[1]}."
            await self._send(
                "ConfigureFailure", code="SPEED_OUT_OF_RANGE", field="speed", value=value, description=sentence
            )
            return
        self.utterances.options = replace(self.utterances.options, speed=float(speed))
        await self._send("ConfigureSuccess", applied={"speed": float(speed)})

    async def _interrupt(self, offset: Any) -> None:
        cut = await self.utterances.stop()
        if cut is None:
            await self.warn("NO_ACTIVE_SPEECH", "There is no turn to interrupt.")
            return
        self._count(cut)
        made_ms = round(cut.audio_s * 1000)
        played_ms = offset.get("value") if isinstance(offset, dict) else None
        told: dict[str, Any] = {"audio_played_ms": made_ms}
        if isinstance(played_ms, int) and not isinstance(played_ms, bool):
            played_ms = told["audio_played_ms"] = max(0, min(played_ms, made_ms))
            # words are taken to be evenly spread
            words = cut.text.whole().split()
            heard = round(len(words) * played_ms / made_ms) if made_ms else 0
            told |= {"text_spoken": " ".join(words[:heard]), "text_remaining": " ".join(words[heard:])}
        await self._send("SpeechInterrupted", **told, metadata=self._metadata(cut))

    def _count(self, utterance: Utterance) -> None:
        self._audio_s += utterance.audio_s
        self._characters += len(utterance.text)

    def _metadata(self, utterance: Utterance) -> dict[str, Any]:
        applied = ("pronunciations_applied", "breaks_applied", "pronunciation_warnings")
        return {
            "speech_id": self._id(utterance),
            "audio_duration_ms": round(utterance.audio_s * 1000),
            "input_character_count": len(utterance.text),
            "billable_character_count": len(utterance.text),
            "controls_applied": dict.fromkeys(applied, 0),
        }

    async def began(self, utterance: Utterance) -> None:
        """The utterance's audio follows."""
        await self._send("SpeechStarted", speech_id=self._id(utterance))

    async def done(self, utterance: Utterance) -> None:
        """All of its audio was sent."""
        self._count(utterance)
        await self._send("SpeechMetadata", **self._metadata(utterance))
        self._ids.pop(utterance.id, None)

    async def failed(self, utterance: Utterance, error: VoiceGatewayError) -> None:
        """In this form an error ends the connection."""
        await self.refuse(error)
        with suppress(ConnectionError):
            await self._ws.close(code=1011, message=(error.code or "error").encode()[:120])

    async def refuse(self, error: VoiceGatewayError) -> None:
        """Tell what went wrong."""
        await self._send("Error", description=error.message, code=error.code or "DATA-0000")
