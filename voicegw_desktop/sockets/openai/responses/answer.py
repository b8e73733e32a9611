"""A Responses answer while it is made: its output items, and the events that report them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.typed import record, records
from voicegw_desktop.sockets.chat.answer import Call, Finish, Piece, Reasoning, Text
from voicegw_desktop.sockets.http.sse import as_json
from voicegw_desktop.sockets.openai.responses.request import Request

Event = dict[str, object]

INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why a chat answer ended early → OpenAI's word here."""


def new_id(prefix: str) -> str:
    """An id in the provider's style."""
    return f"{prefix}_{secrets.token_hex(24)}"


class Answer:
    """Feed it the pieces of a chat answer; each call gives the events they cause, in order."""

    def __init__(self, request: Request, served: str) -> None:
        self._request = request
        self._number = -1
        self._open: dict[str, object] | None = None
        """The item that grows now."""
        self._calls: dict[int, dict[str, object]] = {}
        self._usage: Usage | None = None
        self._reason = "stop"
        self.output: list[dict[str, object]] = []
        given = request.body
        text, reasoning = record(given.get("text")), record(given.get("reasoning"))
        self.response: dict[str, object] = {
            "id": new_id("resp"),
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "background": False,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "instructions": given.get("instructions"),
            "max_output_tokens": given.get("max_output_tokens"),
            "max_tool_calls": given.get("max_tool_calls"),
            "model": served,
            "output": self.output,
            "parallel_tool_calls": given.get("parallel_tool_calls") is not False,
            "previous_response_id": request.previous,
            "prompt_cache_key": given.get("prompt_cache_key"),
            "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
            "safety_identifier": given.get("safety_identifier"),
            "service_tier": "default",
            "store": request.stores,
            "temperature": 1.0 if given.get("temperature") is None else given["temperature"],
            "text": {"format": text.get("format") or {"type": "text"}, "verbosity": text.get("verbosity") or "medium"},
            "tool_choice": "auto" if given.get("tool_choice") is None else given["tool_choice"],
            "tools": request.tools,
            "top_logprobs": 0,
            "top_p": 1.0 if given.get("top_p") is None else given["top_p"],
            "truncation": given.get("truncation") or "disabled",
            "usage": None,
            "user": given.get("user"),
            "metadata": given.get("metadata") or {},
        }

    def _event(self, kind: str, **fields: object) -> Event:
        self._number += 1
        return {"type": kind, "sequence_number": self._number, **fields}

    def _whole(self, kind: str) -> Event:
        return self._event(kind, response={**self.response, "output": [dict(item) for item in self.output]})

    def begin(self) -> Iterator[bytes]:
        """The answer exists: two events, encoded, for the answer in both is the same and the first token waits."""
        response = as_json(self.response)
        for kind in ("response.created", "response.in_progress"):
            self._number += 1
            event = f'{{"type":"{kind}","sequence_number":{self._number},"response":{response}}}'
            yield f"event: {kind}\ndata: {event}\n\n".encode()

    def take(self, piece: Piece) -> Iterator[Event]:
        """One piece of the chat answer."""
        match piece:
            case Text():
                yield from self._text("message", piece.text)
            case Reasoning():
                yield from self._text("reasoning", piece.text)
            case Call():
                yield from self._call(piece)
            case Finish():
                self._reason = piece.reason
            case Usage():
                self._usage = piece

    def end(self) -> Iterator[Event]:
        """The chat answer is over."""
        yield from self._close()
        why = INCOMPLETE.get(self._reason)
        self.response["usage"] = _usage(self._usage)
        self.response["completed_at"] = int(time.time())
        if why is not None:
            self.response["incomplete_details"] = {"reason": why}
            if self.output:
                self.output[-1]["status"] = "incomplete"
        self.response["status"] = "incomplete" if why else "completed"
        yield self._whole(f"response.{self.response['status']}")

    def fail(self, error: VoiceGatewayError) -> Iterator[Event]:
        """The answer broke off."""
        self.response["status"] = "failed"
        code = error.code if error.code in ("rate_limit_exceeded", "invalid_prompt") else "server_error"
        self.response["error"] = {"code": code, "message": error.message}
        yield self._whole("response.failed")

    # -- items --------------------------------------------------------------------------------------------------------

    def _text(self, kind: str, more: str) -> Iterator[Event]:
        if self._open is None or self._open["type"] != kind:
            yield from self._close()
            part = _part(kind)
            item: dict[str, object] = {"type": kind, "status": "in_progress", "content": []}
            if kind == "message":
                item |= {"id": new_id("msg"), "role": "assistant"}
            else:
                item |= {"id": new_id("rs"), "summary": []}
            yield from self._begin(item)
            item["content"] = [part]
            place = {"item_id": item["id"], "output_index": len(self.output) - 1, "content_index": 0}
            yield self._event("response.content_part.added", **place, part=dict(part))
        assert self._open is not None
        grown = records(self._open["content"])[0]
        grown["text"] = f"{grown['text']}{more}"
        name = "output_text" if kind == "message" else "reasoning_text"
        fields: dict[str, object] = {"delta": more} | ({"logprobs": []} if kind == "message" else {})
        yield self._event(f"response.{name}.delta", **self._place(self._open), content_index=0, **fields)

    def _call(self, call: Call) -> Iterator[Event]:
        item = self._calls.get(call.index)
        if item is None:
            yield from self._close()
            item = self._calls[call.index] = {
                "id": new_id("fc"),
                "type": "function_call",
                "status": "in_progress",
                "call_id": call.id or new_id("call"),
                "name": call.name or "",
                "arguments": "",
            }
            yield from self._begin(item)
        if call.arguments:
            item["arguments"] = f"{item['arguments']}{call.arguments}"
            yield self._event("response.function_call_arguments.delta", **self._place(item), delta=call.arguments)

    def _place(self, item: Mapping[str, object]) -> dict[str, object]:
        index = next(i for i, known in enumerate(self.output) if known is item)
        return {"item_id": item["id"], "output_index": index}

    def _begin(self, item: dict[str, object]) -> Iterator[Event]:
        self._open = item
        self.output.append(item)
        shown = {**item, "content": []} if "content" in item else dict(item)
        yield self._event("response.output_item.added", output_index=len(self.output) - 1, item=shown)

    def _close(self) -> Iterator[Event]:
        """The item that grew is whole."""
        item, self._open = self._open, None
        if item is None:
            return
        item["status"] = "completed"
        place = self._place(item)
        if item["type"] == "function_call":
            item["arguments"] = item["arguments"] or "{}"
            yield self._event(
                "response.function_call_arguments.done", **place, name=item["name"], arguments=item["arguments"]
            )
        else:
            part = records(item["content"])[0]
            name = "output_text" if item["type"] == "message" else "reasoning_text"
            fields = {"text": part["text"]} | ({"logprobs": []} if item["type"] == "message" else {})
            yield self._event(f"response.{name}.done", **place, content_index=0, **fields)
            yield self._event("response.content_part.done", **place, content_index=0, part=dict(part))
        yield self._event("response.output_item.done", output_index=place["output_index"], item=dict(item))


def _part(kind: str) -> dict[str, object]:
    if kind == "message":
        return {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    return {"type": "reasoning_text", "text": ""}


def _usage(usage: Usage | None) -> dict[str, object] | None:
    if usage is None:
        return None
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
