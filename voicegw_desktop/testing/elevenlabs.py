"""A fake of ElevenLabs: transcription by HTTP and in real time, speech by HTTP and by contexts on one WebSocket."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from voicegw_desktop.testing.base import FakeProvider
from voicegw_desktop.testing.sound import SECONDS_PER_CHARACTER, Ear, mp3, pieces, spoken


class FakeElevenLabs(FakeProvider):
    """`/v1/speech-to-text`, `/v1/speech-to-text/realtime`, `/v1/text-to-speech/…`, `/v1/voices`, `/v1/models`."""

    name = "elevenlabs"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/speech-to-text", self._transcribe),
            web.get("/v1/speech-to-text/realtime", self._realtime),
            web.post("/v1/text-to-speech/{voice}/stream", self._speak),
            web.get("/v1/text-to-speech/{voice}/multi-stream-input", self._speak_live),
            web.get("/v1/voices", self._voices),
            web.get("/v1/models", self._models),
        ]

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("xi-api-key") == self.key

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        return {"detail": {"status": str(status), "message": message}}

    async def _voices(self, _request: web.Request) -> web.Response:
        return web.json_response({"voices": [{"voice_id": "fake-voice", "name": "Fake", "category": "premade"}]})

    async def _models(self, _request: web.Request) -> web.Response:
        return web.json_response([{"model_id": "eleven_turbo_v2_5", "name": "Turbo", "can_do_text_to_speech": True}])

    def _words(self, start: float = 0.0) -> list[dict[str, Any]]:
        return [
            {"text": w, "type": "word", "start": start + i * 0.2, "end": start + (i + 1) * 0.2, "logprob": -0.01}
            for i, w in enumerate(self.transcript.split())
        ]

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        whole = {"language_code": "eng", "language_probability": 0.99, "text": self.transcript}
        return await self.json(request, {**whole, "words": self._words()})

    async def _realtime(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request)
        rate = int(request.query.get("audio_format", "pcm_16000").partition("_")[2] or 16000)
        ear = Ear(rate)
        by_voice = request.query.get("commit_strategy") == "vad"
        await messages.send({"message_type": "session_started", "session_id": "fake", "config": {}})
        async for message in messages.objects():
            heard = ear.hear(base64.b64decode(message["audio_base_64"]))
            if message.get("commit"):
                heard = ear.end() or ("end" if heard == "end" else None)
            elif heard == "end" and not by_voice:
                ear.speaking = True
                heard = None
            if heard in ("start", "still"):
                text = " ".join(self.transcript.split()[: ear.words])
                await messages.send({"message_type": "partial_transcript", "text": text})
            if heard == "end" or message.get("commit"):
                text = self.transcript if heard == "end" else ""
                words = self._words(ear.start_s) if text else []
                # each commit comes twice
                await messages.send(
                    {"message_type": "committed_transcript", "text": text},
                    {"message_type": "committed_transcript_with_timestamps", "text": text, "words": words}
                    | {"language_code": "en"},
                )
                messages.complete = True
        await messages.ws.close()
        return messages.ws

    def _sound(self, request: web.Request, text: str) -> Iterator[bytes]:
        kind, rate = request.query.get("output_format", "mp3_22050_32").split("_")[:2]
        spoiled = self.rate(request, int(rate))
        pcm = spoken(text, spoiled)
        return pieces(pcm if kind == "pcm" else mp3(pcm, spoiled), spoiled)

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        kind = request.query.get("output_format", "mp3").partition("_")[0]
        sound = self._sound(request, self.asked(request)["text"])
        return await self.stream(request, sound, "audio/pcm" if kind == "pcm" else "audio/mpeg")

    async def _speak_live(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request, listens=False)
        texts: dict[str, str] = {}
        async for message in messages.objects():
            if message.get("close_socket"):
                messages.left()
                break
            context = str(message["context_id"])
            text = texts[context] = texts.get(context, "") + str(message.get("text", ""))
            # a context that is closed says what it was given before it ends
            closing = message.get("close_context")
            if message.get("flush") or closing:
                texts[context] = ""
                if text.strip():
                    messages.say(context, self._parts(request, context, text))
            if closing:
                texts.pop(context)
                messages.say(context, [{"isFinal": True, "contextId": context}])
        await messages.ws.close()
        return messages.ws

    def _parts(self, request: web.Request, context: str, text: str) -> Iterator[dict[str, Any]]:
        chars = list(text)
        each = round(SECONDS_PER_CHARACTER * 1000)
        times = {"charStartTimesMs": [i * each for i in range(len(chars))], "charDurationsMs": [each] * len(chars)}
        aligned: dict[str, Any] | None = {"chars": chars, **times}
        for piece in self._sound(request, text):
            part = {"audio": base64.b64encode(piece).decode(), "contextId": context, "isFinal": None}
            yield {**part, "alignment": aligned, "normalizedAlignment": aligned}
            aligned = None
