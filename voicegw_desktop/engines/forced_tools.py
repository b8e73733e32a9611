"""Tool calls that a model has to make: `tool_choice` as a JSON schema, and the answer turned back into a call.

llama.cpp lets a model write any amount of text before a required call; a small model never comes to the call.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

from voicegw_desktop.core.typed import record
from voicegw_desktop.engines.held_reply import HeldReply

INSTRUCTION = (
    "Answer only with one JSON object of the form "
    '{"name": "<function>", "arguments": {...}} that calls the function that helps most. The functions are:\n'
)


def forced(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The body that makes the model call a tool as its `tool_choice` demands; None when it demands nothing."""
    choice = body.get("tool_choice")
    if choice != "required" and not isinstance(choice, dict):
        return None
    tools: list[dict[str, Any]] = [
        t["function"]
        for t in body.get("tools") or ()
        if isinstance(t, dict) and isinstance(t.get("function"), dict) and isinstance(t["function"].get("name"), str)
    ]
    if isinstance(choice, dict):
        wanted = record(choice.get("function")).get("name")
        tools = [tool for tool in tools if tool.get("name") == wanted]
    if not tools:
        return None
    out = {k: v for k, v in body.items() if k not in ("tools", "tool_choice", "parallel_tool_calls")}
    out["messages"] = _with_instruction(body.get("messages") or [], tools)
    schema = {"anyOf": [_schema(tool) for tool in tools]} if len(tools) > 1 else _schema(tools[0])
    out["response_format"] = {"type": "json_schema", "json_schema": {"name": "call", "schema": schema}}
    return out


def _schema(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": tool["name"]}, "arguments": _parameters(tool)},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _parameters(tool: Mapping[str, Any]) -> Any:
    """The schema of a tool's arguments; an object without properties where it has none, which else nests for ever."""
    given = tool.get("parameters")
    if not isinstance(given, dict) or (set(given) <= {"type", "properties"} and not given.get("properties")):
        return {"type": "object", "properties": {}, "additionalProperties": False}
    return given


def _with_instruction(messages: list[Any], tools: list[dict[str, Any]]) -> list[Any]:
    text = INSTRUCTION + "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
    first: dict[str, Any] = messages[0] if messages else {}
    if first.get("role") in ("system", "developer") and isinstance(first.get("content"), str):
        return [{**first, "content": f"{first['content']}\n\n{text}"}, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


class ForcedReply(HeldReply):
    """A reply whose text, once complete, is handed on as one tool call."""

    def _whole(self, data: bytes) -> bytes:
        answer: dict[str, Any] = json.loads(data)
        whole: dict[str, Any] = answer["choices"][0]
        message: dict[str, Any] = whole["message"]
        call = _call(str(message.get("content") or ""))
        if call:
            whole["message"] = {**message, "content": None, "tool_calls": [call]}
            whole["finish_reason"] = "tool_calls"
        return json.dumps(answer).encode()

    async def _streamed(self) -> AsyncIterator[bytes]:
        held, text, ended = b"", "", False
        async for chunk in self._reply:
            *lines, held = (held + chunk).split(b"\n")
            for line in lines:
                if not line.startswith(b"data: {"):
                    # the blank line after an event goes with the event
                    if line.strip():
                        yield line + b"\n\n"
                    continue
                step: dict[str, Any] = json.loads(line[6:])
                choice: dict[str, Any] | None = next(iter(step.get("choices") or ()), None)
                if choice is None:
                    yield line + b"\n\n"
                    continue
                text += choice.get("delta", {}).pop("content", None) or ""
                if choice.get("finish_reason") and not ended:
                    ended = True
                    call = _call(text)
                    delta = {"tool_calls": [{"index": 0, **call}]} if call else {"content": text}
                    first = {**step, "choices": [{**choice, "delta": delta, "finish_reason": None}]}
                    first.pop("usage", None)
                    yield _event(first)
                    choice["finish_reason"] = "tool_calls" if call else choice["finish_reason"]
                    yield _event(step)
                elif choice.get("delta"):
                    yield _event(step)


def _event(step: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(step).encode() + b"\n\n"


def _call(text: str) -> dict[str, Any] | None:
    try:
        raw = json.loads(text)
        function = {"name": str(raw["name"]), "arguments": json.dumps(raw["arguments"], ensure_ascii=False)}
    except (ValueError, KeyError, TypeError):
        # cut off by max_tokens: the text is all there is
        return None
    return {"id": f"call_{secrets.token_hex(8)}", "type": "function", "function": function}
