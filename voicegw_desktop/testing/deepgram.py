"""A fake of Deepgram: live and recorded transcription, speech by WebSocket and HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web

from voicegw_desktop.testing.base import FakeProvider
from voicegw_desktop.testing.sound import Ear, pieces, spoken


class FakeDeepgram(FakeProvider):
    """`/v1/listen` and `/v1/speak`; the plugin's `base_url` is one of `listen_url` and `speak_url`."""

    name = "deepgram"

    @property
    def listen_url(self) -> str:
        return f"{self.base_url}/listen"

    @property
    def speak_url(self) -> str:
        return f"{self.base_url}/speak"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/listen", self._live),
            web.post("/v1/listen", self._recorded),
            web.get("/v1/speak", self._speak_live),
            web.post("/v1/speak", self._speak),
            web.get("/v1/projects", self._projects),
            web.get("/v1/models", self._models),
        ]

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Token {self.key}"

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        return {"err_code": str(status), "err_msg": message, "request_id": "fake"}

    async def _projects(self, _request: web.Request) -> web.Response:
        return web.json_response({"projects": [{"project_id": "fake", "name": "fake"}]})

    async def _models(self, _request: web.Request) -> web.Response:
        stt = [{"name": "nova-3", "canonical_name": "nova-3", "languages": ["en"], "streaming": True}]
        tts = [{"name": "andromeda", "canonical_name": "aura-2-andromeda-en", "languages": ["en"]}]
        return web.json_response({"stt": stt, "tts": tts})

    def _alternative(self, start: float, end: float, words: int | None = None) -> dict[str, Any]:
        said = self.transcript.split()[:words]
        each = (end - start) / max(1, len(said))
        timed = [
            {"word": w, "punctuated_word": w, "start": start + i * each, "end": start + (i + 1) * each}
            | {"confidence": 0.99}
            for i, w in enumerate(said)
        ]
        return {"transcript": " ".join(said), "confidence": 0.99, "words": timed}

    async def _recorded(self, request: web.Request) -> web.StreamResponse:
        channel = {"alternatives": [self._alternative(0, 1)], "detected_language": "en"}
        return await self.json(request, {"metadata": {"request_id": "fake"}, "results": {"channels": [channel]}})

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request)
        ear = Ear(int(request.query.get("sample_rate", 16000)))

        def results(final: bool, last: bool = False) -> dict[str, Any]:
            alternative = self._alternative(ear.start_s, ear.heard_s, None if final else ear.words)
            return {
                "type": "Results",
                "start": ear.start_s,
                "duration": ear.heard_s - ear.start_s,
                "is_final": final,
                "speech_final": final,
                "from_finalize": last,
                "channel": {"alternatives": [alternative]},
                "metadata": {"request_id": "fake"},
            }

        async for message in messages:
            heard = None
            if isinstance(message, bytes):
                heard = ear.hear(message)
            elif message["type"] in ("Finalize", "CloseStream"):
                heard = ear.end()
            if heard == "start":
                await messages.send({"type": "SpeechStarted", "timestamp": ear.start_s}, results(final=False))
            elif heard == "still":
                await messages.send(results(final=False))
            elif heard == "end":
                await messages.send(results(final=True, last=not isinstance(message, bytes)))
            if not isinstance(message, bytes) and message["type"] == "CloseStream":
                messages.complete = True
                await messages.send({"type": "Metadata", "request_id": "fake", "duration": ear.heard_s})
                break
        await messages.ws.close()
        return messages.ws

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        rate = self.rate(request, int(request.query.get("sample_rate", 24000)))
        return await self.stream(request, pieces(spoken(self.asked(request)["text"], rate), rate), "audio/l16")

    async def _speak_live(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request, listens=False)
        rate = self.rate(request, int(request.query.get("sample_rate", 24000)))
        text = ""
        await messages.send({"type": "Metadata", "request_id": "fake", "model_name": request.query.get("model", "")})
        async for message in messages.objects():
            if message["type"] == "Speak":
                text += message["text"]
            elif message["type"] == "Flush":
                messages.say("", self._sound(text, rate))
                text = ""
            elif message["type"] == "Clear":
                text = ""
                messages.stop("")
                await messages.send({"type": "Cleared", "sequence_id": 0})
            elif message["type"] == "Close":
                messages.left()
                break
        await messages.ws.close()
        return messages.ws

    def _sound(self, text: str, rate: int) -> Iterator[dict[str, Any] | bytes]:
        if text.strip():
            yield from pieces(spoken(text, rate), rate)
        yield {"type": "Flushed", "sequence_id": 0}
