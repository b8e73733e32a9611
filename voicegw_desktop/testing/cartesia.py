"""A fake of Cartesia: transcription with turns (ink-2) and without (ink-whisper), speech by WebSocket and bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from voicegw_desktop.testing.base import FakeProvider
from voicegw_desktop.testing.sound import SECONDS_PER_CHARACTER, Ear, pieces, spoken


class FakeCartesia(FakeProvider):
    """`/stt/turns/websocket`, `/stt/websocket`, `/tts/websocket`, `/tts/bytes`, `/voices`."""

    name = "cartesia"
    base_path = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/stt/turns/websocket", self._turns),
            web.get("/stt/websocket", self._whisper),
            web.get("/tts/websocket", self._speak_live),
            web.post("/tts/bytes", self._speak),
            web.get("/voices", self._voices),
            web.get("/voices/", self._voices),
        ]

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("X-API-Key") == self.key

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        return {"error_code": str(status), "title": message, "message": message, "request_id": "fake"}

    async def _voices(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "fake-voice", "name": "Fake", "language": "en"}], "has_more": False})

    async def _turns(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request)
        ear = Ear(int(request.query.get("sample_rate", 16000)))

        def turn(kind: str, text: str | None = None) -> dict[str, Any]:
            return {"type": kind, "request_id": "fake"} | ({} if text is None else {"transcript": text})

        await messages.send(turn("connected"))
        async for message in messages:
            heard = ear.hear(message) if isinstance(message, bytes) else ear.end()
            if heard == "start":
                await messages.send(turn("turn.start"), turn("turn.update", self.transcript.split()[0]))
            elif heard == "still":
                await messages.send(turn("turn.update", " ".join(self.transcript.split()[: ear.words])))
            elif heard == "end":
                await messages.send(turn("turn.eager_end", self.transcript), turn("turn.end", self.transcript))
            if not isinstance(message, bytes):
                messages.complete = True
                break
        await messages.ws.close()
        return messages.ws

    async def _whisper(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request)
        ear = Ear(int(request.query.get("sample_rate", 16000)))
        async for message in messages:
            heard = ear.hear(message) if isinstance(message, bytes) else ear.end()
            if heard == "end":
                words = [{"word": w, "start": ear.start_s, "end": ear.heard_s} for w in self.transcript.split()]
                await messages.send(
                    {"type": "transcript", "is_final": True, "text": self.transcript, "words": words}
                    | {"duration": ear.heard_s - ear.start_s, "language": "en", "request_id": "fake"}
                )
            word = None if isinstance(message, bytes) else message["type"]
            if word == "finalize":
                await messages.send({"type": "flush_done", "request_id": "fake"})
            elif word in ("close", "done"):
                messages.complete = True
                await messages.send({"type": "done", "request_id": "fake"})
                break
        await messages.ws.close()
        return messages.ws

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        body = self.asked(request)
        rate = self.rate(request, int(body["output_format"]["sample_rate"]))
        return await self.stream(request, pieces(spoken(body["transcript"], rate), rate), "application/octet-stream")

    async def _speak_live(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request, listens=False)
        said: dict[str, float] = {}
        async for message in messages.objects():
            context = str(message["context_id"])
            if message.get("cancel"):
                said.pop(context, None)
                messages.stop(context)
                continue
            at = said.setdefault(context, 0.0)
            text = str(message["transcript"])
            if text.strip():
                said[context] = at + len(text.strip()) * SECONDS_PER_CHARACTER
                messages.say(context, self._sound(request, message, text, at))
            if not message.get("continue"):
                said.pop(context, None)
                done = {"type": "done", "done": True, "context_id": context, "status_code": 200}
                messages.say(context, [done])
        await messages.ws.close()
        return messages.ws

    def _sound(self, request: web.Request, asked: dict[str, Any], text: str, at: float) -> Iterator[dict[str, Any]]:
        rate = self.rate(request, int(asked["output_format"]["sample_rate"]))
        common = {"done": False, "status_code": 206, "context_id": asked["context_id"]}
        for piece in pieces(spoken(text, rate), rate):
            yield {**common, "type": "chunk", "data": base64.b64encode(piece).decode(), "step_time": 1.0}
        if asked.get("add_timestamps"):
            words = text.split()
            each = len(text.strip()) * SECONDS_PER_CHARACTER / len(words)
            starts = [at + i * each for i in range(len(words))]
            timed = {"words": words, "start": starts, "end": [s + each for s in starts]}
            yield {**common, "type": "timestamps", "word_timestamps": timed}
