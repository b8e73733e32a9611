"""A fake of OpenAI's HTTP API: chat with SSE and tools, transcriptions, speech, models."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, ClassVar

from aiohttp import web

from voicegw_desktop.testing.base import FakeProvider
from voicegw_desktop.testing.sound import mp3, pieces, spoken, wav

RATE = 24_000
PROMPT_TOKENS = 12
_ERRORS = {401: ("invalid_request_error", "invalid_api_key"), 429: ("requests", "rate_limit_exceeded")}


class FakeOpenAI(FakeProvider):
    """`/v1/chat/completions`, `/v1/audio/transcriptions`, `/v1/audio/speech`, `/v1/models`."""

    name = "openai"
    models: ClassVar[tuple[str, ...]] = ("gpt-4o-mini", "gpt-4o-mini-tts", "gpt-4o-mini-transcribe")

    def routes(self) -> list[web.RouteDef]:
        base = self.base_path
        return [
            web.post(f"{base}/chat/completions", self._chat),
            web.post(f"{base}/audio/transcriptions", self._transcribe),
            web.post(f"{base}/audio/speech", self._speech),
            web.get(f"{base}/models", self._models),
        ]

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        kind, code = _ERRORS.get(status, ("server_error", None))
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    async def _models(self, _request: web.Request) -> web.Response:
        data = [{"id": m, "object": "model", "created": 0, "owned_by": self.name} for m in self.models]
        return web.json_response({"object": "list", "data": data})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = self.asked(request)
        if body.get("stream"):
            usage = (body.get("stream_options") or {}).get("include_usage")
            return await self.stream(request, self._chunks(body["model"], bool(usage)), "text/event-stream")
        call = self.tool_calls.pop(0) if self.tool_calls and body.get("tools") else None
        message: dict[str, Any] = {"role": "assistant", "content": None if call else self.reply}
        if call:
            message["tool_calls"] = [self._call(call)]
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
        return await self.json(
            request,
            {"id": "chatcmpl-fake", "object": "chat.completion", "created": 0, "model": body["model"]}
            | {"choices": [choice], "usage": self.usage()},
        )

    def usage(self) -> dict[str, Any]:
        """What one chat answer costs, in tokens: a word is one."""
        written = len(self.reply.split())
        return {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": written,
            "total_tokens": PROMPT_TOKENS + written,
            "prompt_tokens_details": {"cached_tokens": 0},
        }

    def _call(self, call: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        name, arguments = call
        return {"id": "call_fake", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}

    def _chunks(self, model: str, usage: bool) -> Iterator[bytes]:
        def chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
            data = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 0, "model": model}
            return f"data: {json.dumps({**data, 'choices': choices, **more})}\n\n".encode()

        def delta(finish: str | None = None, **fields: Any) -> bytes:
            return chunk([{"index": 0, "delta": fields, "finish_reason": finish}])

        yield delta(role="assistant", content="")
        if self.tool_calls:
            call = {"index": 0, **self._call(self.tool_calls.pop(0))}
            arguments = call["function"]["arguments"]
            yield delta(tool_calls=[{**call, "function": {**call["function"], "arguments": ""}}])
            for at in range(0, len(arguments), 8):
                yield delta(tool_calls=[{"index": 0, "function": {"arguments": arguments[at : at + 8]}}])
            yield delta("tool_calls")
        else:
            for i, word in enumerate(self.reply.split()):
                yield delta(content=f" {word}" if i else word)
            yield delta("stop")
        if usage:
            yield chunk([], usage=self.usage())
        yield b"data: [DONE]\n\n"

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        form = self.asked(request)
        if form.get("response_format") == "verbose_json":
            words = [{"word": w, "start": i * 0.2, "end": (i + 1) * 0.2} for i, w in enumerate(self.transcript.split())]
            full = {"task": "transcribe", "language": "english", "duration": 1.0, "text": self.transcript}
            return await self.json(request, {**full, "words": words, "segments": []})
        return await self.json(request, {"text": self.transcript})

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        body = self.asked(request)
        rate = self.rate(request, RATE)
        pcm, form = spoken(body["input"], rate), body.get("response_format", "mp3")
        sound = {"pcm": lambda: pcm, "wav": lambda: wav(pcm, rate)}.get(form, lambda: mp3(pcm, rate))()
        if body.get("stream_format") == "sse":
            return await self.stream(request, self._speech_events(sound, rate), "text/event-stream")
        return await self.stream(request, pieces(sound, rate), "audio/mpeg" if form == "mp3" else f"audio/{form}")

    def _speech_events(self, sound: bytes, rate: int) -> Iterator[bytes]:
        for piece in pieces(sound, rate):
            data = {"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()}
            yield f"data: {json.dumps(data)}\n\n".encode()
        usage = {"input_tokens": 5, "output_tokens": len(sound) // 2400, "total_tokens": 5 + len(sound) // 2400}
        yield f"data: {json.dumps({'type': 'speech.audio.done', 'usage': usage})}\n\n".encode()
