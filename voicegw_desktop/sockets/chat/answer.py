"""The pieces of a chat answer: text, reasoning, tool calls, why it ended, and what it used."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass

from voicegw_desktop.core.counted import usage_of
from voicegw_desktop.core.errors import (
    BadRequest,
    ModelResolutionError,
    PayloadTooLarge,
    RateLimitExceeded,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.reasoning import Thoughts
from voicegw_desktop.core.typed import is_record, record, records
from voicegw_desktop.core.typed import text as text_of


@dataclass(frozen=True, slots=True)
class Text:
    """More of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """More of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call or more of its arguments; `id` and `name` come with its first piece."""

    index: int
    id: str | None
    name: str | None
    arguments: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Why the model stopped, in OpenAI's words: stop, length, tool_calls, content_filter."""

    reason: str


Piece = Text | Reasoning | Call | Finish | Usage


async def sse_json(stream: AsyncIterable[bytes]) -> AsyncIterator[dict[str, object]]:
    """The JSON objects of a server-sent event stream."""
    rest = b""
    async for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            line = line.strip()
            if line.startswith(b"data:") and line != b"data: [DONE]":
                with contextlib.suppress(ValueError):
                    value = json.loads(line[5:])
                    if b"\\ud" in line.lower():
                        # half a character, which no wire can carry; whole characters are kept
                        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
                    if is_record(value):
                        yield value


async def pieces(run: AsyncIterable[bytes]) -> AsyncIterator[Piece]:
    """The pieces of a streamed chat answer, as they come; UpstreamError for an error in the middle of it."""
    thoughts = Thoughts()
    async for chunk in sse_json(aiter(run)):
        if "error" in chunk and "choices" not in chunk:
            raise UpstreamError(error_words(json.dumps(chunk).encode(), 502))
        told = chunk.get("usage")
        if is_record(told) and (usage := usage_of(told)) is not None:
            yield usage
        for choice in records(chunk.get("choices")):
            if not choice.get("index"):
                for piece in _of_choice(choice):
                    if isinstance(piece, Text | Finish | Call):
                        told_apart = thoughts.feed(piece.text) if isinstance(piece, Text) else thoughts.finish()
                        for part in _parted(*told_apart):
                            yield part
                    if not isinstance(piece, Text):
                        yield piece
    for part in _parted(*thoughts.finish()):
        yield part


def _parted(said: str, thought: str) -> list[Piece]:
    parts: list[Piece] = [Reasoning(thought)] if thought else []
    return [*parts, Text(said)] if said else parts


def _of_choice(choice: Mapping[str, object]) -> list[Piece]:
    delta = record(choice.get("delta"))
    found: list[Piece] = []
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(thought, str) and thought:
        found.append(Reasoning(thought))
    # "text" is what /completions answers with
    text = delta.get("content") or choice.get("text")
    if isinstance(text, str) and text:
        found.append(Text(text))
    for position, call in enumerate(records(delta.get("tool_calls"))):
        function = record(call.get("function"))
        index = call.get("index")
        found.append(
            Call(
                index if isinstance(index, int) else position,
                text_of(call.get("id")) or None,
                text_of(function.get("name")) or None,
                str(function.get("arguments") or ""),
            )
        )
    reason = choice.get("finish_reason")
    if isinstance(reason, str) and reason:
        found.append(Finish(reason))
    return found


def refusal_of(body: bytes, status: int) -> VoiceGatewayError:
    """A chat's refusal as an error to raise, with the words, the code and the parameter of its body."""
    words = error_words(body, status)
    code = param = None
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        error = json.loads(body)["error"]
        code, param = (v if isinstance(v := error.get(name), str) else None for name in ("code", "param"))
    if status == 404:
        return ModelResolutionError(words, code=code, param=param)
    if status == 413:
        return PayloadTooLarge(words, code=code, param=param)
    if status == 429:
        return RateLimitExceeded(words, code=code, param=param)
    if status in (400, 422):
        return BadRequest(words, code=code, param=param)
    return UpstreamError(words, upstream_status=status, code=code, param=param)


def error_words(body: bytes, status: int) -> str:
    """The sentence of an upstream's refusal, at most 500 characters."""
    with contextlib.suppress(ValueError, AttributeError, TypeError):
        message = json.loads(body)["error"]["message"]
        if isinstance(message, str):
            return message[:500]
    return f"The model's server answered {status}."


def call_message(item: Mapping[str, object]) -> dict[str, object]:
    """The chat message of an OpenAI item `function_call`: its `call_id`, `name` and `arguments`."""
    call = {"name": item["name"], "arguments": item["arguments"]}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": item["call_id"], "type": "function", "function": call}],
    }
