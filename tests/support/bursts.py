"""Clients that spend money by each wire of the socket, many at once, and say whether they were served or refused."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop

from tests.support.burst_upstreams import TOKENS
from voicegw_desktop.testing.sound import pieces, tone, wav

MICRO = 1000  # nano-dollars
CHAT, TTS, STT, FILES = "openai/gpt-4o-mini", "openai/tts-1", "deepgram/nova-3", "groq/whisper-large-v3"
TEXT = ("All that is spoken here costs money for each of its characters. " * 12)[:750]
RATE = 16_000
LIVE_S = 5
SECOND, REALTIME_SECOND = tone(1.0, RATE), tone(1.0, 24_000)
FILE_S = 15
RECORDING = wav(SECOND * FILE_S, RATE)
SERVED, REFUSED = "served", "refused"
MARK = " budget of "
"""Stands in every refusal for money."""


_paying: ContextVar[str] = ContextVar("_paying")


@dataclass(frozen=True)
class Program:
    """One served gateway."""

    url: str
    keys: Mapping[str, str]
    """The bearer of each wire's project."""
    http: aiohttp.ClientSession
    wyoming: int
    """TCP port of its Wyoming server."""

    @property
    def auth(self) -> dict[str, str]:
        """Headers with the key of the wire that is tried now."""
        key = self.keys[_paying.get()]
        return {"Authorization": f"Bearer {key}", "xi-api-key": key, "x-api-key": key}


Client = Callable[[Program], Awaitable[str]]


def _verdict(text: str, ended: bool) -> str:
    if MARK in text:
        return REFUSED
    return SERVED if ended else f"odd: {text[-300:]}"


async def _post(at: Program, path: str, **asked: Any) -> str:
    async with at.http.post(f"{at.url}{path}", headers=at.auth, **asked) as answer:
        try:
            got = await answer.read()
        except aiohttp.ClientPayloadError:
            # the status was out when the money ended: the body breaks off
            return REFUSED
        text = got.decode("utf-8", "replace") if answer.status >= 400 or "audio" not in answer.content_type else ""
        return _verdict(text, answer.status == 200)


def _chat(**more: Any) -> Client:
    body = {"model": CHAT, "messages": [{"role": "user", "content": "Hello."}], **more}
    return lambda at: _post(at, "/v1/chat/completions", json=body)


async def _responses(at: Program) -> str:
    return await _post(at, "/v1/responses", json={"model": CHAT, "input": "Hello.", "stream": True})


async def _messages(at: Program) -> str:
    body = {"model": CHAT, "max_tokens": TOKENS, "messages": [{"role": "user", "content": "Hello."}]}
    return await _post(at, "/v1/messages", json=body)


def _ollama(path: str, **body: Any) -> Client:
    """One line of JSON a piece, or one as a whole."""
    return lambda at: _post(at, path, json={"model": CHAT, **body})


async def _ollama_embed(at: Program) -> str:
    return await _post(at, "/api/embed", json={"model": EMBED, "input": LETTERS})


async def _recording(at: Program) -> str:
    form = aiohttp.FormData({"model": FILES})
    form.add_field("file", io.BytesIO(RECORDING), filename="a.wav")
    return await _post(at, "/v1/audio/transcriptions", data=form)


async def _recording_elevenlabs(at: Program) -> str:
    form = aiohttp.FormData({"model_id": FILES})
    form.add_field("file", io.BytesIO(RECORDING), filename="a.wav")
    return await _post(at, "/v1/speech-to-text", data=form)


async def _websocket(at: Program, path: str, said: list[Any], end: Callable[[Any], bool]) -> str:
    """Send it all, then read until the end; dictionaries go as JSON."""
    heard = ""
    try:
        async with at.http.ws_connect(f"{at.url}{path}", headers=at.auth, max_msg_size=0) as ws:

            async def talk() -> None:
                for message in said:
                    if isinstance(message, bytes):
                        await ws.send_bytes(message)
                    else:
                        await ws.send_json(message)

            talking = asyncio.ensure_future(talk())
            try:
                async for message in ws:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        continue
                    heard += message.data[:1000]
                    if MARK in message.data or end(json.loads(message.data)):
                        return _verdict(heard, ended=True)
            finally:
                talking.cancel()
                await asyncio.gather(talking, return_exceptions=True)
    except aiohttp.WSServerHandshakeError as error:
        # aiohttp's client does not read the body of a refused handshake
        return REFUSED if error.status == 429 else f"odd: {error.status}"
    return _verdict(heard, ended=False)


def _is(name: str, value: Any) -> Callable[[Any], bool]:
    return lambda event: event.get(name) == value


def _base64(pcm: bytes) -> str:
    return base64.b64encode(pcm).decode()


async def _speak_livekit(at: Program) -> str:
    words = [{"type": "input_transcript", "transcript": f"{word} "} for word in TEXT.split(" ")]
    said = [{"type": "session.create", "sample_rate": "16000"}, *words, {"type": "session.flush"}]
    return await _websocket(at, f"/v1/tts?model={TTS}", said, _is("type", "done"))


async def _speak_deepgram(at: Program) -> str:
    said = [{"type": "Speak", "text": TEXT}, {"type": "Flush"}]
    return await _websocket(at, f"/v1/speak?model={TTS}&sample_rate=16000", said, _is("type", "Flushed"))


async def _speak_deepgram_in_turns(at: Program) -> str:
    said = [{"type": "Speak", "text": TEXT}, {"type": "Flush"}, {"type": "Close"}]
    return await _websocket(at, f"/v2/speak?model={TTS}&sample_rate=16000", said, _is("type", "SessionMetadata"))


async def _speak_elevenlabs(at: Program) -> str:
    path = f"/v1/text-to-speech/alloy/stream-input?model_id={TTS}&output_format=pcm_16000"
    return await _websocket(at, path, [{"text": " "}, {"text": f"{TEXT} "}, {"text": ""}], _is("isFinal", True))


async def _speak_elevenlabs_in_contexts(at: Program) -> str:
    path = f"/v1/text-to-speech/alloy/multi-stream-input?model_id={TTS}&output_format=pcm_16000"
    said = [{"text": f"{TEXT} ", "context_id": "a"}, {"context_id": "a", "close_context": True}]
    return await _websocket(at, path, said, _is("isFinal", True))


async def _hear_livekit(at: Program) -> str:
    sound = [{"type": "input_audio", "audio": _base64(piece)} for piece in pieces(SECOND * LIVE_S, RATE, 0.5)]
    said = [{"type": "session.create", "settings": {"sample_rate": str(RATE)}}, *sound, {"type": "session.finalize"}]
    return await _websocket(at, f"/v1/stt?model={STT}", said, _is("type", "session.closed"))


async def _hear_deepgram(at: Program) -> str:
    said = [*pieces(SECOND * LIVE_S, RATE, 0.5), {"type": "CloseStream"}]
    path = f"/v1/listen?model={STT}&encoding=linear16&sample_rate={RATE}"
    return await _websocket(at, path, said, _is("type", "Metadata"))


async def _hear_flux(at: Program) -> str:
    said = [*pieces(SECOND * LIVE_S, RATE, 0.5), {"type": "CloseStream"}]
    path = f"/v2/listen?model={STT}&encoding=linear16&sample_rate={RATE}"
    return await _websocket(at, path, said, _is("event", "EndOfTurn"))


async def _hear_elevenlabs(at: Program) -> str:
    chunks: list[dict[str, Any]] = [
        {"message_type": "input_audio_chunk", "audio_base_64": _base64(piece)}
        for piece in pieces(SECOND * LIVE_S, RATE, 0.5)
    ]
    chunks[-1]["commit"] = True
    path = f"/v1/speech-to-text/realtime?model_id={STT}&audio_format=pcm_{RATE}"
    return await _websocket(at, path, chunks, _is("message_type", "committed_transcript"))


async def _realtime(at: Program) -> str:
    user = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}
    session = {"type": "realtime", "output_modalities": ["text"], "max_output_tokens": 4096}
    said = [
        {"type": "session.update", "session": session},
        {"type": "conversation.item.create", "item": user},
        {"type": "response.create"},
    ]
    return await _websocket(at, f"/v1/realtime?model={CHAT}", said, _is("type", "response.done"))


async def _realtime_hearing(at: Program) -> str:
    listen = {"transcription": {"model": STT}, "turn_detection": None, "format": {"type": "audio/pcm", "rate": 24000}}
    sound = pieces(REALTIME_SECOND * LIVE_S, 24_000, 0.5)
    said = [
        {"type": "session.update", "session": {"type": "transcription", "audio": {"input": listen}}},
        *({"type": "input_audio_buffer.append", "audio": _base64(piece)} for piece in sound),
        {"type": "input_audio_buffer.commit"},
    ]
    end = _is("type", "conversation.item.input_audio_transcription.completed")
    return await _websocket(at, f"/v1/realtime?intent=transcription&model={STT}", said, end)


def _live(**responses: Any) -> dict[str, Any]:
    """The start of a Live session."""
    backend = {"type": "responses", "responses": {"model": CHAT, **responses}}
    audio = {"format": {"type": "audio/pcm", "rate": 24_000}, "output": {"voice": "alloy"}}
    return {"type": "session.start", "session": {"model": "gpt-live-1", "audio": audio, "delegation": backend}}


async def _live_written(at: Program) -> str:
    say = {"type": "session.commentary.append", "delegation_id": None, "content": "Greet the caller."}
    said = [_live(max_output_tokens=4096), say]
    return await _websocket(at, "/v1/live/sessions?model=openai/gpt-live-1", said, _is("type", "session.usage.updated"))


async def _live_heard(at: Program) -> str:
    sound = pieces(REALTIME_SECOND * LIVE_S, 24_000, 0.5)
    said = [
        _live(),
        *({"type": "session.input_audio.append", "audio": _base64(piece)} for piece in sound),
        {"type": "session.close"},
    ]
    return await _websocket(at, "/v1/live/sessions?model=openai/gpt-live-1", said, _is("type", "session.closed"))


async def _wyoming(at: Program, *events: Any, end: str) -> str:
    async with AsyncClient.from_uri(f"tcp://127.0.0.1:{at.wyoming}") as client:
        for event in events:
            await client.write_event(event.event())
        heard = ""
        while (told := await client.read_event()) is not None:
            heard += json.dumps(told.data)[:1000]
            if told.type in (end, "error", "not-handled"):
                return _verdict(heard, told.type == end)
        return _verdict(heard, ended=False)


async def _speak_wyoming(at: Program) -> str:
    return await _wyoming(at, Synthesize(text=TEXT), end="audio-stop")


async def _hear_wyoming(at: Program) -> str:
    sound = [AudioChunk(RATE, 2, 1, piece) for piece in pieces(SECOND * LIVE_S, RATE, 0.5)]
    return await _wyoming(at, Transcribe(), AudioStart(RATE, 2, 1), *sound, AudioStop(), end="transcript")


async def _speak_wyoming_in_pieces(at: Program) -> str:
    words = [SynthesizeChunk(text=f"{word} ") for word in TEXT.split(" ")]
    return await _wyoming(at, SynthesizeStart(), *words, SynthesizeStop(), end="synthesize-stopped")


async def _answer_wyoming(at: Program) -> str:
    return await _wyoming(at, Transcript(text="Hello?"), end="handled")


@dataclass(frozen=True)
class Wire:
    """How one wire spends, and what one request of it costs in micro-dollars when it runs to its end."""

    client: Client
    costs: float
    streams: bool = False
    """A stream may pass the cap by one lease."""
    most: int = 1000
    """Connections that the wire takes at once from one address."""
    only: int | None = None
    """The one program that may serve it: the wire knows no keys, so that the program's default project pays."""


EMBED, LETTERS = "openai/text-embedding-3-small", "word " * 4000
ONE_EMBEDDING = len(LETTERS) / 4 * 0.02
ONE_CHAT, ONE_SPEECH, ONE_LIVE, ONE_FILE = TOKENS * 0.6, len(TEXT) * 15.0, LIVE_S * 80.0, FILE_S * 111_000 / 3600
WIRES: Mapping[str, Wire] = {
    "chat, whole, no limit": Wire(_chat(), ONE_CHAT),
    "chat, streamed, max_tokens 5000": Wire(_chat(stream=True, max_tokens=TOKENS), ONE_CHAT),
    "responses": Wire(_responses, ONE_CHAT),
    "messages": Wire(_messages, ONE_CHAT),
    "ollama chat": Wire(_ollama("/api/chat", messages=[{"role": "user", "content": "Hello."}]), ONE_CHAT),
    "ollama generate, whole": Wire(_ollama("/api/generate", prompt="Hello.", stream=False), ONE_CHAT),
    "embeddings": Wire(lambda at: _post(at, "/v1/embeddings", json={"model": EMBED, "input": LETTERS}), ONE_EMBEDDING),
    "ollama embed": Wire(_ollama_embed, ONE_EMBEDDING),
    "completions": Wire(lambda at: _post(at, "/v1/completions", json={"model": CHAT, "prompt": "Hello."}), ONE_CHAT),
    "realtime, written": Wire(_realtime, 4096 * 0.6),
    "realtime, heard": Wire(_realtime_hearing, ONE_LIVE, streams=True),
    "live, spoken": Wire(_live_written, 4096 * 0.6),
    "live, heard": Wire(_live_heard, ONE_LIVE, streams=True),
    "openai speech": Wire(
        lambda at: _post(
            at, "/v1/audio/speech", json={"model": TTS, "voice": "alloy", "input": TEXT, "response_format": "pcm"}
        ),
        ONE_SPEECH,
    ),
    "openai recording": Wire(_recording, ONE_FILE),
    "livekit speech": Wire(_speak_livekit, ONE_SPEECH, streams=True),
    "livekit hearing": Wire(_hear_livekit, ONE_LIVE, streams=True),
    "deepgram speech, whole": Wire(
        lambda at: _post(at, f"/v1/speak?model={TTS}&encoding=linear16", json={"text": TEXT}), ONE_SPEECH
    ),
    "deepgram speech, live": Wire(_speak_deepgram, ONE_SPEECH, streams=True),
    "deepgram speech, in turns": Wire(_speak_deepgram_in_turns, ONE_SPEECH, streams=True),
    "deepgram hearing, live": Wire(_hear_deepgram, ONE_LIVE, streams=True),
    "deepgram hearing, in turns": Wire(_hear_flux, ONE_LIVE, streams=True),
    "deepgram recording": Wire(lambda at: _post(at, f"/v1/listen?model={FILES}", data=io.BytesIO(RECORDING)), ONE_FILE),
    "elevenlabs speech, whole": Wire(
        lambda at: _post(at, "/v1/text-to-speech/alloy?output_format=pcm_16000", json={"text": TEXT, "model_id": TTS}),
        ONE_SPEECH,
    ),
    "elevenlabs speech, live": Wire(_speak_elevenlabs, ONE_SPEECH, streams=True),
    "elevenlabs speech, in contexts": Wire(_speak_elevenlabs_in_contexts, ONE_SPEECH, streams=True),
    "elevenlabs hearing, live": Wire(_hear_elevenlabs, ONE_LIVE, streams=True),
    "elevenlabs recording": Wire(_recording_elevenlabs, ONE_FILE),
    "wyoming speech": Wire(_speak_wyoming, ONE_SPEECH, most=32, only=0),
    "wyoming hearing": Wire(_hear_wyoming, ONE_LIVE, streams=True, most=32, only=1),
    "wyoming speech, in pieces": Wire(_speak_wyoming_in_pieces, ONE_SPEECH, streams=True, most=32, only=2),
    "wyoming answers": Wire(_answer_wyoming, ONE_CHAT, most=32, only=3),
}


async def burst(programs: list[Program], name: str, count: int) -> Counter[str]:
    """Send `count` requests at once, spread over the programs; how many were served, refused, or something else."""
    wire = WIRES[name]
    _paying.set(name)
    if wire.only is not None:
        programs = [programs[wire.only]]
    count = min(count, wire.most * len(programs))
    told = await asyncio.gather(*(wire.client(programs[i % len(programs)]) for i in range(count)))
    return Counter(told)
