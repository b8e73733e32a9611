"""A fake of Anthropic: messages with SSE and tools, models, and its endpoint in OpenAI's form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from aiohttp import web

from voicegw_desktop.testing.openai import PROMPT_TOKENS, FakeOpenAI

_KINDS = {401: "authentication_error", 429: "rate_limit_error"}


class FakeAnthropic(FakeOpenAI):
    """`/v1/messages`, `/v1/models`, `/v1/chat/completions`; the plugin's `base_url` has no `/v1`."""

    name = "anthropic"
    models: ClassVar[tuple[str, ...]] = ("claude-haiku-4-5", "claude-sonnet-4-5")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/messages", self._messages),
            web.post("/v1/chat/completions", self._chat),
            web.get("/v1/models", self._list),
        ]

    def allowed(self, request: web.Request) -> bool:
        # the compatible endpoint takes a bearer too
        return request.headers.get("x-api-key") == self.key or super().allowed(request)

    def refusal(self, status: int, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": _KINDS.get(status, "api_error"), "message": message}}

    async def _list(self, request: web.Request) -> web.Response:
        if "anthropic-version" not in request.headers:
            return web.json_response(self.refusal(400, "anthropic-version: header is required"), status=400)
        data = [
            {"type": "model", "id": m, "display_name": m, "created_at": "2025-01-01T00:00:00Z"} for m in self.models
        ]
        return web.json_response({"data": data, "has_more": False, "first_id": None, "last_id": None})

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = self.asked(request)
        call = self.tool_calls.pop(0) if self.tool_calls and body.get("tools") else None
        usage = {"input_tokens": PROMPT_TOKENS, "output_tokens": 1}
        message = {"id": "msg_fake", "type": "message", "role": "assistant", "model": body["model"], "content": []}
        message |= {"stop_reason": None, "stop_sequence": None, "usage": usage}
        if body.get("stream"):
            return await self.stream(request, self._events(message, call), "text/event-stream")
        message["content"] = [self._block(call) | ({"input": call[1]} if call else {"text": self.reply})]
        message["stop_reason"] = "tool_use" if call else "end_turn"
        message["usage"] = {"input_tokens": PROMPT_TOKENS, "output_tokens": len(self.reply.split())}
        return await self.json(request, message)

    def _block(self, call: tuple[str, dict[str, Any]] | None) -> dict[str, Any]:
        if call is None:
            return {"type": "text", "text": ""}
        return {"type": "tool_use", "id": "toolu_fake", "name": call[0], "input": {}}

    def _events(self, message: dict[str, Any], call: tuple[str, dict[str, Any]] | None) -> Iterator[bytes]:
        def event(kind: str, **data: Any) -> bytes:
            return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()

        yield event("message_start", message=message)
        yield event("content_block_start", index=0, content_block=self._block(call))
        yield event("ping")
        if call:
            arguments = json.dumps(call[1])
            for at in range(0, len(arguments), 8):
                part = {"type": "input_json_delta", "partial_json": arguments[at : at + 8]}
                yield event("content_block_delta", index=0, delta=part)
        else:
            for i, word in enumerate(self.reply.split()):
                part = {"type": "text_delta", "text": f" {word}" if i else word}
                yield event("content_block_delta", index=0, delta=part)
        yield event("content_block_stop", index=0)
        stop = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
        yield event("message_delta", delta=stop, usage={"output_tokens": len(self.reply.split())})
        yield event("message_stop")
