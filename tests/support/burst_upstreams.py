"""Providers for bursts: one that answers at length and tells what that costs, one that listens and hears nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from aiohttp import web

from voicegw_desktop.testing import FakeOpenAI

TOKENS = 5000

_asked: ContextVar[int] = ContextVar("_asked")


class WordyOpenAI(FakeOpenAI):
    """Answers with as many tokens as it may, at most TOKENS, and tells so many."""

    def routes(self) -> list[web.RouteDef]:
        """The routes of FakeOpenAI, `/responses`, `/embeddings` and `/completions`."""
        base = self.base_path
        return [
            *super().routes(),
            web.post(f"{base}/responses", self._respond),
            web.post(f"{base}/embeddings", self._embed),
            web.post(f"{base}/completions", self._complete),
        ]

    async def _embed(self, request: Any) -> Any:
        given = self.asked(request)["input"]
        used = sum(map(len, [given] if isinstance(given, str) else given)) // 4
        data = [{"object": "embedding", "index": 0, "embedding": [0.0]}]
        usage = {"prompt_tokens": used, "total_tokens": used}
        return await self.json(request, {"object": "list", "data": data, "usage": usage})

    async def _complete(self, request: Any) -> Any:
        self._limit(self.asked(request))
        choices = [{"index": 0, "text": self.reply, "finish_reason": "stop"}]
        return await self.json(request, {"object": "text_completion", "choices": choices, "usage": self.usage()})

    async def _chat(self, request: Any) -> Any:
        self._limit(self.asked(request))
        return await super()._chat(request)

    async def _respond(self, request: Any) -> Any:
        body = self.asked(request)
        self._limit(body)
        used = {"input_tokens": 12, "output_tokens": _asked.get(), "total_tokens": 12 + _asked.get()}
        whole = {"id": "resp_1", "object": "response", "status": "completed", "model": body["model"], "usage": used}
        events = (
            {"type": "response.output_text.delta", "delta": self.reply, "item_id": "m", "output_index": 0},
            {"type": "response.completed", "response": {**whole, "output": []}},
        )
        lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)
        return await self.stream(request, lines, "text/event-stream")

    def _limit(self, body: Mapping[str, Any]) -> None:
        names = ("max_completion_tokens", "max_output_tokens", "max_tokens")
        limit = next((body[name] for name in names if body.get(name)), TOKENS)
        _asked.set(min(limit, TOKENS) * body.get("n", 1))

    def usage(self) -> dict[str, Any]:
        """The wire of the answer that the current task makes."""
        return {"prompt_tokens": 12, "completion_tokens": _asked.get(), "total_tokens": 12 + _asked.get()}
