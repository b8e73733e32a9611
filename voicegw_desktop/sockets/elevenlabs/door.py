"""ElevenLabs-shaped doors for clients with a base_url: speech, recordings to text, the voices."""

from __future__ import annotations

import math
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.parameters import OFF
from voicegw_desktop.core.ports import MOST_SPEAKERS, Modality, SttOptions
from voicegw_desktop.sockets.audio import recordings
from voicegw_desktop.sockets.audio.installed import voices
from voicegw_desktop.sockets.audio.languages import asked_language
from voicegw_desktop.sockets.elevenlabs import account, form
from voicegw_desktop.sockets.elevenlabs.parameters import TRANSCRIBE
from voicegw_desktop.sockets.elevenlabs.speak import Speak
from voicegw_desktop.sockets.http.bodies import read_form
from voicegw_desktop.sockets.http.context import SocketContext
from voicegw_desktop.sockets.http.served import headers_of

DEFAULT_LISTEN = "scribe_v1"
RAW = "pcm_s16le_16"
"""file_format of samples without a header."""
RAW_RATE = 16_000  # samples per second of it
LEAST = 1e-6  # probability of a word that is told as less: a logarithm of nothing is no number in JSON


def routes(context: SocketContext) -> list[web.RouteDef]:
    """Speech, transcription and voices."""
    speak, door = Speak(context), _Door(context)
    return [
        web.get("/v1/text-to-speech/{voice}/multi-stream-input", speak.live),
        web.get("/v1/text-to-speech/{voice}/stream-input", speak.live),
        web.post("/v1/text-to-speech/{voice}/stream/with-timestamps", speak.timed_stream),
        web.post("/v1/text-to-speech/{voice}/with-timestamps", speak.timed),
        web.post("/v1/text-to-speech/{voice}/stream", speak.sound),
        web.post("/v1/text-to-speech/{voice}", speak.sound),
        web.post("/v1/speech-to-text", door.transcribe),
        web.get("/v1/voices", door.voices),
        web.get("/v2/voices", door.voices),
        web.get("/v1/voices/{voice}", door.voice),
        *account.routes(),
    ]


class _Door:
    def __init__(self, context: SocketContext) -> None:
        self._context = context
        self._gateway = context.gateway

    async def transcribe(self, request: web.Request) -> web.Response:
        caller = form.FORM.caller_of(request)
        asked = await read_form(request, self._context.limits)
        try:
            TRANSCRIBE.check((name.partition("[")[0], v) for name, values in asked.fields.items() for v in values)
            language = asked.one("language_code")
            if (asked.one("file_format") or "").strip().lower() == RAW and asked.upload is not None:
                recording = recordings.of_samples(
                    self._context, asked.upload.chunks(), RAW_RATE, asked.upload.size // 2, "file"
                )
            else:
                recording = await recordings.of_upload(self._context, asked.upload)
            keyterms = tuple(term[:100] for term in asked.many("keyterms")[:100])
            code = asked_language(language)
            diarize = (asked.one("diarize") or "").lower() not in OFF
            most = _most_speakers(asked.one("num_speakers")) if diarize else None
            run, finals, seconds = await recordings.transcribed(
                self._gateway.corridor,
                caller,
                form.FORM.target_of(self._gateway, Modality.STT, asked.one("model_id") or DEFAULT_LISTEN),
                lambda rate: SttOptions(
                    code,
                    rate,
                    endpointing_ms=0,
                    interim=False,
                    keyterms=keyterms,
                    diarize=diarize,
                    most_speakers=most,
                ),
                recording,
            )
            if not seconds:
                raise BadRequest("There is no audio in the field file.", param="file", code="empty_audio")
        finally:
            asked.close()
        timed = asked.one("timestamps_granularity") != "none"
        answer = {
            "language_code": next((f.language for f in finals if f.language), code),
            "language_probability": 1.0,
            "text": recordings.text_of(finals),
            "words": words_of([w for f in finals for w in f.words]) if timed else [],
            "audio_duration_secs": round(seconds, 3),
        }
        headers = recordings.headers_with_words(run, finals) if timed else headers_of(run)
        return web.json_response(answer, headers=headers)

    def _listed(self) -> list[dict[str, Any]]:
        return [
            {
                "voice_id": voice.name,
                "name": voice.description,
                "category": "local",
                "labels": {"language": voice.language, "target": target},
            }
            for target, voice in voices(self._gateway)
        ]

    async def voices(self, request: web.Request) -> web.Response:
        form.FORM.caller_of(request)
        listed = self._listed()
        return web.json_response({"voices": listed, "has_more": False, "total_count": len(listed)})

    async def voice(self, request: web.Request) -> web.Response:
        form.FORM.caller_of(request)
        wanted = request.match_info["voice"]
        for voice in self._listed():
            if voice["voice_id"] == wanted:
                return web.json_response(voice)
        raise NotFound(f'There is no voice "{wanted[:60]}" here.', param="voice_id", code="voice_not_found")


def _most_speakers(text: str | None) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_SPEAKERS:
        return int(text)
    raise BadRequest(f"num_speakers must be a number from 1 to {MOST_SPEAKERS}.", param="num_speakers")


def words_of(words: list[Any]) -> list[dict[str, Any]]:
    """Words in ElevenLabs' form."""
    return [
        {
            "text": w.text.strip(),
            "start": round(w.start_s, 3),
            "end": round(w.end_s, 3),
            "type": "word",
            "speaker_id": f"speaker_{w.speaker or 0}",
            # the provider's own package for node refuses an answer without it
            "logprob": round(math.log(min(1.0, max(LEAST, w.confidence))), 4),
        }
        for w in words
    ]
