"""What llama.cpp cannot take as it is: refused with a sentence, or rewritten so that it means what the client wrote."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.ports import ChatReply
from voicegw_desktop.core.typed import record
from voicegw_desktop.engines.content import check_text

_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r"}
_UNREAD = ("Failed to parse messages: ", "Failed to parse tools: ")
"""How its refusals of messages and tools of wrong types begin."""
_UNKNOWN = re.compile(r"(?<!\\)(?:\\\\)*\\([bBAZzpPkKGQE])|\(\?[^:]")
"""Parts of regular expressions that its grammar does not know and would drop."""


def prepared(body: Mapping[str, Any], target: str) -> Mapping[str, Any]:
    """The body as llama.cpp understands it; BadRequest for what a model of text cannot take."""
    check_text(body, target)
    changed: dict[str, Any] = {}
    form = body.get("response_format")
    if isinstance(form, dict) and "json_schema" in form:
        changed["response_format"] = _rewritten(form)
    if body.get("tools"):
        changed["tools"] = _rewritten(body["tools"])
    messages = body.get("messages")
    if isinstance(messages, list):
        changed["messages"] = [_message(message, f"messages[{i}]") for i, message in enumerate(messages)]
    return {**body, **changed} if changed else body


def _message(message: object, where: str) -> object:
    """A message whose parts are `text` and whose calls hold JSON objects: it reads nothing else."""
    if not isinstance(message, dict):
        return message
    changed: dict[str, object] = {}
    content = message.get("content")
    if isinstance(content, list) and any(record(part).get("type") != "text" for part in content):
        changed["content"] = [_text(part, f"{where}.content[{i}]") for i, part in enumerate(content)]
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls:
        changed["tool_calls"] = [_call(call) for call in calls]
    return {**message, **changed} if changed else message


def _text(part: object, where: str) -> object:
    """A part of text under each of its names; BadRequest for any other."""
    kind, said = record(part).get("type"), record(part).get("text", record(part).get("refusal"))
    if kind in ("text", "input_text", "output_text", "refusal") and isinstance(said, str):
        return {"type": "text", "text": said}
    raise BadRequest(
        f'`{where}` is of type "{str(kind)[:40]}"; local models read parts of type text.',
        param=where,
        code="invalid_value",
    )


def _call(call: object) -> object:
    """A call whose arguments are a JSON object.

    Models write broken ones, clients send them back with what went wrong, and the conversation has to go on.
    """
    function = record(record(call).get("function"))
    said = function.get("arguments")
    if not isinstance(said, str):
        return call
    try:
        whole = isinstance(json.loads(said or "null"), dict)
    except (ValueError, RecursionError):
        whole = False
    if whole:
        return call
    told = json.dumps({"arguments": said} if said.strip() else {}, ensure_ascii=False)
    return {**record(call), "function": {**function, "arguments": told}}


def _rewritten(value: object) -> object:
    if isinstance(value, list):
        return [_rewritten(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        key: pattern(entry) if key == "pattern" and isinstance(entry, str) else _rewritten(entry)
        for key, entry in value.items()
    }


def pattern(text: str) -> str:
    r"""`^\d{4}$` → `^[0-9]{4}$`: classes as sets, which its grammar knows. BadRequest for what it would drop."""
    if unknown := _UNKNOWN.search(text):
        raise BadRequest(
            f'The schema\'s pattern "{text[:80]}" uses "{unknown[0][:4]}", which local models cannot be held to; '
            "write it with sets, groups and repetitions.",
            param="response_format",
            code="invalid_json_schema",
        )
    out, at, inside = [], 0, False
    while at < len(text):
        letter = text[at]
        if letter == "\\" and at + 1 < len(text):
            name = text[at + 1]
            at += 2
            if name.lower() not in _CLASSES:
                out.append("\\" + name)
            elif inside and name.isupper():
                raise BadRequest(
                    f'The schema\'s pattern "{text[:80]}" uses "\\{name}" inside a set, which local models cannot be '
                    "held to; write the characters that may come.",
                    param="response_format",
                    code="invalid_json_schema",
                )
            else:
                members = _CLASSES[name.lower()]
                out.append(members if inside else f"[{'^' if name.isupper() else ''}{members}]")
            continue
        inside = letter == "[" or (inside and letter != "]")
        out.append(letter)
        at += 1
    return "".join(out)


class Told:
    """A `core.ports.ChatReply` whose refusal has the words, the code and the status that clients look for."""

    def __init__(self, reply: ChatReply, target: str, trained: int | None) -> None:
        self._reply, self._target, self._trained = reply, target, trained
        self.status = reply.status
        self.headers = reply.headers
        self._data: bytes | None = None

    @classmethod
    async def of(cls, reply: ChatReply, target: str, trained: int | None = None) -> ChatReply:
        """The reply itself while it is no refusal. `trained`: tokens of the longest text the model has learned from."""
        if reply.status < 400:
            return reply
        told = cls(reply, target, trained)
        told._data = told._words(await reply.read())
        told.headers = {k: v for k, v in reply.headers.items() if k != "content-length"}
        return told

    def _words(self, data: bytes) -> bytes:
        try:
            error: dict[str, Any] = json.loads(data)["error"]
            kind, message = error.get("type"), str(error.get("message") or "")
        except (ValueError, KeyError, TypeError, AttributeError):
            return data
        if message.startswith(_UNREAD):
            # it calls what the client wrote a failure of its own
            self.status = 400
            said = {"message": message, "type": "invalid_request_error", "param": None, "code": "invalid_value"}
            return json.dumps({"error": said}).encode()
        if kind != "exceed_context_size_error":
            return data
        self.status = 400
        tokens, most = error.get("n_prompt_tokens"), error.get("n_ctx")
        size = f"The conversation has {tokens} tokens; {self._target} reads {most}" if tokens and most else message
        said = {
            "message": f"{size}. {self._way_out(most)}",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "context_length_exceeded",
        }
        return json.dumps({"error": said}).encode()

    def _way_out(self, most: object) -> str:
        if self._trained is None:
            return "Shorten it, or set engines.llamacpp.context_size higher."
        if isinstance(most, int) and most >= self._trained:
            return "Shorten it: the model was trained for no more."
        return f"Shorten it, or set engines.llamacpp.context_size, up to the {self._trained} of the model's training."

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield await self.read()

    async def read(self) -> bytes:
        """The whole body."""
        return self._data or b""

    async def close(self) -> None:
        """Close the connection to the engine."""
        await self._reply.close()
