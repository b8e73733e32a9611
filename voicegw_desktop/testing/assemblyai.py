"""A fake of AssemblyAI's streaming transcription, version 3."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from voicegw_desktop.testing.base import FakeProvider
from voicegw_desktop.testing.sound import Ear


class FakeAssemblyAI(FakeProvider):
    """`/v3/ws`, and `/v2/transcript` for asking whether a key is good; the plugin takes `ws_url`."""

    name = "assemblyai"
    base_path = ""

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/v3/ws", self._live), web.get("/v2/transcript", self._transcripts)]

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == self.key

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        return {"error": message}

    async def _transcripts(self, _request: web.Request) -> web.Response:
        return web.json_response({"page_details": {"limit": 1, "result_count": 0}, "transcripts": []})

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        messages = await self.messages(request)
        ear = Ear(int(request.query.get("sample_rate", 16000)))
        order = 0

        def turn(end: bool) -> dict[str, Any]:
            said = self.transcript.split() if end else self.transcript.split()[: ear.words]
            start, length = ear.start_s * 1000, (ear.heard_s - ear.start_s) * 1000 / len(said)
            words = [
                {"text": w, "start": round(start + i * length), "end": round(start + (i + 1) * length)}
                | {"confidence": 0.99, "word_is_final": end}
                for i, w in enumerate(said)
            ]
            text = " ".join(said) if end else ""
            return {
                "type": "Turn",
                "turn_order": order,
                "turn_is_formatted": end,
                "end_of_turn": end,
                "words": words,
            } | {
                "transcript": text,
                "utterance": text,
                "end_of_turn_confidence": 1.0 if end else 0.1,
            }

        await messages.send({"type": "Begin", "id": "fake", "expires_at": int(time.time()) + 3600})
        async for message in messages:
            heard = None
            if isinstance(message, bytes):
                heard = ear.hear(message)
            elif message["type"] in ("Terminate", "ForceEndpoint"):
                heard = ear.end()
            if heard == "start":
                onset = {"type": "SpeechStarted", "timestamp": round(ear.start_s * 1000), "confidence": 0.9}
                await messages.send(onset, turn(end=False))
            elif heard == "still":
                await messages.send(turn(end=False))
            elif heard == "end":
                await messages.send(turn(end=True))
                order += 1
            if not isinstance(message, bytes) and message["type"] == "Terminate":
                messages.complete = True
                lasted = round(ear.heard_s)
                ending = {"type": "Termination", "audio_duration_seconds": lasted, "session_duration_seconds": lasted}
                await messages.send(ending)
                break
        await messages.ws.close()
        return messages.ws
