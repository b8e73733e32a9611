"""A Messages answer while it is made: its content blocks, and the events that report them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import Usage
from voicegw_desktop.sockets.chat.answer import Call, Finish, Piece, Reasoning, Text

Event = dict[str, Any]
STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
"""Why a chat answer ended → Anthropic's word."""
ERRORS = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
          413: "request_too_large", 429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error"}  # fmt: skip


def error_form(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """The one error shape with Anthropic's types; `code` and `param` stay for who reads them."""
    return {"type": "error", "error": {**body["error"], "type": ERRORS.get(status, "api_error")}}


def error_of(error: VoiceGatewayError) -> dict[str, Any]:
    """An error in Anthropic's shape."""
    return error_form(error.status, error.body())


class Answer:
    """Feed it the pieces of a chat answer; each call gives the events they cause, in order."""

    def __init__(self, model: str, thinks: bool) -> None:
        self._thinks = thinks
        self._open: dict[str, Any] | None = None
        self._json = ""
        self._calls: dict[int, dict[str, Any]] = {}
        self._usage = Usage()
        self._reason = "stop"
        self.message: dict[str, Any] = {
            "id": f"msg_{secrets.token_hex(12)}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _usage(Usage()),
        }

    def begin(self) -> Iterator[Event]:
        """The answer exists."""
        yield {"type": "message_start", "message": {**self.message, "content": []}}
        yield {"type": "ping"}

    def take(self, piece: Piece) -> Iterator[Event]:
        """One piece of the chat answer."""
        match piece:
            case Text():
                yield from self._grow({"type": "text", "text": ""}, "text", {"type": "text_delta", "text": piece.text})
            case Reasoning() if self._thinks:
                block = {"type": "thinking", "thinking": "", "signature": ""}
                yield from self._grow(block, "thinking", {"type": "thinking_delta", "thinking": piece.text})
            case Call():
                yield from self._call(piece)
            case Finish():
                self._reason = piece.reason
            case Usage():
                self._usage = piece

    def end(self) -> Iterator[Event]:
        """The chat answer is over."""
        yield from self._close()
        stop = STOPS.get(self._reason, "end_turn")
        if stop == "end_turn" and self._calls:
            stop = "tool_use"
        self.message["stop_reason"] = stop
        self.message["usage"] = _usage(self._usage)
        yield {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": self.message["usage"],
        }
        yield {"type": "message_stop"}

    def _grow(self, block: dict[str, Any], field: str, delta: dict[str, Any]) -> Iterator[Event]:
        if self._open is None or self._open["type"] != block["type"]:
            yield from self._close()
            yield from self._begin(block)
        assert self._open is not None
        self._open[field] += delta[field]
        yield self._delta(delta)

    def _call(self, call: Call) -> Iterator[Event]:
        block = self._calls.get(call.index)
        if block is None:
            yield from self._close()
            block = self._calls[call.index] = {
                "type": "tool_use",
                "id": call.id or f"toolu_{secrets.token_hex(12)}",
                "name": call.name or "",
                "input": {},
            }
            yield from self._begin(block)
        if call.arguments and block is self._open:
            self._json += call.arguments
            yield self._delta({"type": "input_json_delta", "partial_json": call.arguments})

    def _begin(self, block: dict[str, Any]) -> Iterator[Event]:
        self._open, self._json = block, ""
        self.message["content"].append(block)
        yield {"type": "content_block_start", "index": len(self.message["content"]) - 1, "content_block": dict(block)}

    def _delta(self, delta: dict[str, Any]) -> Event:
        return {"type": "content_block_delta", "index": len(self.message["content"]) - 1, "delta": delta}

    def _close(self) -> Iterator[Event]:
        block, self._open = self._open, None
        if block is None:
            return
        if block["type"] == "tool_use":
            try:
                given = json.loads(self._json or "{}")
            except ValueError:
                # a model's broken arguments reach the tool's author as they are
                given = {"arguments": self._json}
            block["input"] = given if isinstance(given, dict) else {"arguments": given}
        yield {"type": "content_block_stop", "index": len(self.message["content"]) - 1}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": max(0, usage.prompt_tokens - usage.cached_tokens - usage.cache_write_tokens),
        "output_tokens": usage.completion_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
    }
