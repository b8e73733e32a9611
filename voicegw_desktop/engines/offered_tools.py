"""Tool calls that a small model writes as plain text: an answer that is one call of an offered tool becomes that call.

llama.cpp reads calls in the wrapping of the model's own template only. A voice agent would read the JSON aloud.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

from voicegw_desktop.core.ports import ChatReply
from voicegw_desktop.engines.held_reply import HeldReply

LONGEST = 8000  # characters of text held back; a longer beginning is no call
_FENCE = re.compile(r"```(?:json|tool_call|tool|xml|python)?\s*")
_BETWEEN = re.compile(
    r"(?:[\s;,]|</?(?:tool_call|function_call|tools|function)>|<\|(?:python_tag|tool_call)\|>|\[TOOL_CALLS\])*"
)
_READER = json.JSONDecoder()
_NAMED = re.compile(r"<function=([\w.-]+)>\s*")
_FIRST_KEY = re.compile(r'\[?\s*\{\s*"(\w*)("?)')
NAMES = ("name", "tool", "tool_name", "action", "function")
ARGUMENTS = ("arguments", "parameters", "input", "args", "tool_input", "action_input")
LISTS = ("tool_calls", "tool_call", "function_call")
KEYS = (*NAMES, *ARGUMENTS, *LISTS, "type", "id")
"""First keys of an object that may be a call."""
MARKS = ("<tool_call>", "<function_call>", "<tools>", "<function=", "<|python_tag|>", "<|tool_call|>", "[TOOL_CALLS]")
"""What models write before a call."""
OPENINGS = ("{", "[", "```", *MARKS)


def offered(body: Mapping[str, Any]) -> frozenset[str]:
    """The names of the tools that a model may call by itself; none where the client forces or forbids a call."""
    tools = body.get("tools")
    if not tools or body.get("tool_choice") not in (None, "auto") or body.get("n") not in (None, 1):
        return frozenset()
    functions = (t.get("function") for t in tools if isinstance(t, dict))
    return frozenset(str(f["name"]) for f in functions if isinstance(f, dict) and f.get("name"))


def calls_in(text: str, names: frozenset[str]) -> list[dict[str, Any]]:
    """The calls that `text` consists of; empty when it is anything else."""
    text = text.strip()
    if text.startswith("```"):
        text = _FENCE.sub("", text, count=1).removesuffix("```").strip()
    try:
        return _all_calls(text, names)
    except (ValueError, RecursionError):
        # no JSON, or too deep to be a call
        return []


def _all_calls(text: str, names: frozenset[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at = _between(text, 0) if text.startswith(MARKS) else 0
    while at < len(text):
        named = _NAMED.match(text, at)
        value, at = _READER.raw_decode(text, named.end() if named else at)
        if named:
            value = {"name": named[1], "arguments": value}
        for entry in value if isinstance(value, list) else [value]:
            calls = _calls(entry, names)
            if not calls:
                return []
            found += calls
        at = _between(text, at)
    return found


def _between(text: str, at: int) -> int:
    """Where the next call begins."""
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _calls(entry: object, names: frozenset[str]) -> list[dict[str, Any]]:
    """The call in one object, or those in its list."""
    if not isinstance(entry, dict):
        return []
    listed = next((entry[key] for key in LISTS if key in entry), None)
    if listed is not None:
        calls = [_calls(inner, names) for inner in (listed if isinstance(listed, list) else [listed])]
        return [call for inner in calls for call in inner] if all(calls) else []
    inner = entry.get("function")
    entry = inner if isinstance(inner, dict) else entry
    name = next((entry[key] for key in NAMES if isinstance(entry.get(key), str)), "").removeprefix("functions.")
    given = next((key for key in ARGUMENTS if key in entry), "")
    if not given and entry.keys() - {*NAMES, "type", "id"}:
        return []
    # a tool without parameters is often called by its name alone
    arguments: object = entry.get(given)
    if isinstance(arguments, str) and arguments.strip():
        arguments = json.loads(arguments)
    if name not in names or not isinstance(arguments or {}, dict):
        return []
    function = {"name": name, "arguments": json.dumps(arguments or {}, ensure_ascii=False)}
    return [{"id": f"call_{secrets.token_hex(8)}", "type": "function", "function": function}]


def may_be_call(text: str) -> bool:
    """Whether a text that has only begun may still turn out to be a call."""
    text = text.lstrip()
    if len(text) > LONGEST:
        return False
    if len(text) < max(map(len, OPENINGS)) and any(opening.startswith(text) for opening in OPENINGS):
        return True
    if text.startswith("```"):
        rest = _FENCE.sub("", text, count=1)
        return not rest or "\n" not in text or may_be_call(rest)
    if text.startswith(MARKS):
        return True
    key = _FIRST_KEY.match(text)
    if key is None:
        return bool(re.fullmatch(r"\[?\s*\{?\s*", text))
    word, closed = key.groups()
    return word in KEYS if closed else any(known.startswith(word) for known in KEYS)


class OfferedReply(HeldReply):
    """A reply whose text is held back while it may be a call, and handed on as one when it is."""

    def __init__(self, reply: ChatReply, names: frozenset[str], stream: bool) -> None:
        super().__init__(reply, stream)
        self._names = names

    def _whole(self, data: bytes) -> bytes:
        answer: dict[str, Any] = json.loads(data)
        choice: dict[str, Any] = answer["choices"][0]
        message: dict[str, Any] = choice["message"]
        if message.get("tool_calls") or not (calls := calls_in(str(message.get("content") or ""), self._names)):
            return data
        choice["message"] = {**message, "content": None, "tool_calls": calls}
        choice["finish_reason"] = "tool_calls"
        return json.dumps(answer).encode()

    async def _streamed(self) -> AsyncIterator[bytes]:
        rest, text = b"", ""
        held: list[bytes] = []
        decided = False
        async for chunk in self._reply:
            if decided:
                yield chunk
                continue
            *lines, rest = (rest + chunk).split(b"\n")
            for position, line in enumerate(lines):
                choice = _choice(line)
                delta = choice.get("delta") or {} if choice else {}
                text += delta.get("content") or ""
                over = bool(choice and choice.get("finish_reason"))
                calls = calls_in(text, self._names) if over else []
                held.append(line + b"\n")
                if over or delta.get("tool_calls") or (text and not may_be_call(text)):
                    decided = True
                    yield _as_calls(line, calls) if calls else b"".join(held)
                    yield b"".join(further + b"\n" for further in lines[position + 1 :]) + rest
                    held = []
                    break
                if not text:
                    # the role, or the model's reasoning
                    yield b"".join(held)
                    held = []
        if held or (rest and not decided):
            yield b"".join(held) + rest


def _choice(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"data: {"):
        return None
    found: dict[str, Any] | None = next(iter(json.loads(line[6:]).get("choices") or ()), None)
    return found


def _as_calls(last: bytes, calls: list[dict[str, Any]]) -> bytes:
    """Events for the calls, and the last event of the answer with its reason."""
    step: dict[str, Any] = json.loads(last[6:])
    choice: dict[str, Any] = step["choices"][0]
    deltas = {"tool_calls": [{"index": i, **call} for i, call in enumerate(calls)]}
    first = {**step, "choices": [{**choice, "delta": deltas, "finish_reason": None}]}
    first.pop("usage", None)
    end = {**step, "choices": [{**choice, "delta": {}, "finish_reason": "tool_calls"}]}
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in (first, end))
