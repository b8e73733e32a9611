"""A Responses request read whole: what it asks of the model, as chat, and what it leaves open.

Source: https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import is_list, is_record, record, records, text
from voicegw_desktop.sockets.chat.answer import call_message
from voicegw_desktop.sockets.chat.checks import token_limit

ROLES = ("user", "assistant", "system", "developer")
INPUT_TEXT = ("input_text", "output_text", "text", "summary_text")
WITHOUT_EFFECT = (
    "include", "max_tool_calls", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
    "safety_identifier", "service_tier", "stream_options", "truncation", "user", "context_management",
)  # fmt: skip
"""Fields that are read and repeated in the answer, and have no other effect here."""
PASSED = ("temperature", "top_p", "parallel_tool_calls", "seed", "keep_alive")
KNOWN = frozenset(
    ("model", "input", "instructions", "tools", "tool_choice", "text", "max_output_tokens", "stream", "store",
     "previous_response_id", "metadata", "reasoning", "top_logprobs", "background", "conversation", "prompt",
     *WITHOUT_EFFECT, *PASSED)
)  # fmt: skip
MOST_METADATA = 16

Message = dict[str, object]


def _refuse(message: str, param: str, code: str = "invalid_value") -> BadRequest:
    return BadRequest(message, param=param, code=code)


@dataclass(frozen=True)
class Request:
    """What a client asks, checked."""

    body: Mapping[str, object]
    items: list[dict[str, object]]
    """The request's own input as items."""
    messages: list[Message]
    """The request's own input as chat messages, without instructions."""
    tools: list[dict[str, object]]
    """Functions in the form of a Responses request, as they are answered back."""
    chat_tools: list[dict[str, object]]
    """Functions that may be called, in the form of a chat request."""
    tool_choice: Any
    """In the form of a chat request; None: not given."""

    @property
    def stores(self) -> bool:
        """Whether the answer may be referred to later."""
        return self.body.get("store") is not False

    @property
    def previous(self) -> str | None:
        """The response this one goes on from."""
        return text(self.body.get("previous_response_id")) or None

    def chat(self, before: list[Message]) -> dict[str, object]:
        """The chat request: instructions, the conversation `before`, this input."""
        given = self.body
        instructions = given.get("instructions")
        system: list[Message] = [{"role": "system", "content": instructions}] if instructions else []
        chat: dict[str, object] = {
            "model": given["model"],
            "messages": [*system, *before, *self.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self.chat_tools:
            chat["tools"] = self.chat_tools
            if self.tool_choice is not None:
                chat["tool_choice"] = self.tool_choice
        chat |= {name: given[name] for name in PASSED if given.get(name) is not None}
        if (limit := token_limit(given.get("max_output_tokens"))) is not None:
            chat["max_tokens"] = limit
        if (form := _response_format(given.get("text"))) is not None:
            chat["response_format"] = form
        effort = record(given.get("reasoning")).get("effort")
        if effort is not None:
            chat["reasoning_effort"] = effort
        return chat


def read(body: dict[str, object]) -> Request:
    """Check a request; BadRequest names the field that cannot be served and says what to do."""
    for name in body:
        if name not in KNOWN:
            raise _refuse(f'Unknown parameter: "{name[:60]}".', name[:60], "unknown_parameter")
    _check_simple(body)
    given = body.get("input")
    if given is None or given in ("", []):
        raise _refuse("`input` must be text or a list of items.", "input", "missing_required_parameter")
    if isinstance(given, str):
        given = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": given}]}]
    if not isinstance(given, list):
        raise _refuse("`input` must be text or a list of items.", "input", "invalid_type")
    items = [_item(item, f"input[{i}]") for i, item in enumerate(given)]
    tools = _tools(body.get("tools"))
    choice, allowed = _choice(body.get("tool_choice"), tools)
    chat_tools = [_chat_tool(tool) for tool in tools if allowed is None or tool["name"] in allowed]
    return Request(body, items, messages_of(items), tools, chat_tools, choice)


def _check_simple(body: Mapping[str, object]) -> None:
    for name, kind, word in (
        ("stream", bool, "true or false"),
        ("store", bool, "true or false"),
        ("parallel_tool_calls", bool, "true or false"),
        ("instructions", str, "text"),
        ("previous_response_id", str, "the id of a response"),
        ("text", dict, "an object"),
        ("reasoning", dict, "an object"),
    ):
        if body.get(name) is not None and not isinstance(body[name], kind):
            raise _refuse(f"`{name}` must be {word}.", name, "invalid_type")
    for name, low, high in (("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)):
        value = body.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high
        ):
            raise _refuse(f"`{name}` must be a number from {low:g} to {high:g}.", name)
    try:
        token_limit(body.get("max_output_tokens"))
    except ValueError as e:
        raise _refuse(f"`max_output_tokens` {e}.", "max_output_tokens") from None
    if body.get("background"):
        raise _refuse("`background` is not served here; read the answer of this request.", "background")
    if body.get("conversation") is not None:
        raise _refuse("`conversation` is not served here; use previous_response_id.", "conversation")
    if body.get("prompt") is not None:
        raise _refuse("`prompt` names a template that lies at OpenAI; send its words as instructions.", "prompt")
    if body.get("top_logprobs"):
        raise _refuse("`top_logprobs` is not served here; ask /v1/chat/completions for logprobs.", "top_logprobs")
    metadata = body.get("metadata")
    if metadata is not None and not (
        isinstance(metadata, dict)
        and len(metadata) <= MOST_METADATA
        and all(isinstance(value, str) for value in metadata.values())
    ):
        raise _refuse(f"`metadata` must be at most {MOST_METADATA} texts by name.", "metadata", "invalid_type")
    effort = record(body.get("reasoning")).get("effort")
    if effort is not None and not isinstance(effort, str):
        raise _refuse("`reasoning.effort` must be a word.", "reasoning.effort", "invalid_type")


# -- input items ------------------------------------------------------------------------------------------------------


def _item(item: object, where: str) -> dict[str, object]:
    if not is_record(item):
        raise _refuse(f"`{where}` must be an object.", where, "invalid_type")
    kind = item.get("type") or ("message" if "role" in item else None)
    if kind == "message":
        if item.get("role") not in ROLES:
            raise _refuse(f"`{where}.role` must be one of {', '.join(ROLES)}.", f"{where}.role")
        parts = _parts(item.get("content"), str(item["role"]), f"{where}.content")
        return {**item, "type": "message", "content": parts}
    if kind == "function_call":
        _texts(item, where, "call_id", "name", "arguments")
        return dict(item)
    if kind == "function_call_output":
        _texts(item, where, "call_id")
        output = item.get("output")
        if not isinstance(output, str | list):
            raise _refuse(f"`{where}.output` must be text or a list of parts.", f"{where}.output", "invalid_type")
        return dict(item)
    if kind in ("reasoning", "item_reference"):
        return dict(item)
    raise _refuse(
        f'`{where}` is of type "{str(kind)[:40]}", which is not served here; send message, function_call, '
        "function_call_output, reasoning or item_reference.",
        f"{where}.type",
    )


def _texts(item: Mapping[str, object], where: str, *names: str) -> None:
    for name in names:
        if not isinstance(item.get(name), str):
            raise _refuse(f"`{where}.{name}` must be text.", f"{where}.{name}", "invalid_type")


def _parts(content: object, role: str, where: str) -> list[dict[str, object]]:
    if isinstance(content, str):
        return [{"type": "output_text" if role == "assistant" else "input_text", "text": content}]
    if not is_list(content):
        raise _refuse(f"`{where}` must be text or a list of parts.", where, "invalid_type")
    for i, entry in enumerate(content):
        part = record(entry)
        kind = part.get("type")
        if kind in INPUT_TEXT and isinstance(part.get("text"), str):
            continue
        if kind == "refusal" and isinstance(part.get("refusal"), str):
            continue
        if kind == "input_image" and isinstance(part.get("image_url"), str):
            continue
        raise _refuse(
            f'`{where}[{i}]` is of type "{str(kind)[:40]}"; text parts and input_image with image_url are served.',
            f"{where}[{i}]",
        )
    return records(content)


def messages_of(items: list[dict[str, object]]) -> list[Message]:
    """Chat messages of input or output items; the calls of one turn become one assistant message."""
    found: list[Message] = []
    for item in items:
        message = _message(item)
        if message is None:
            continue
        last = found[-1] if found else {}
        if "tool_calls" in message and last.get("role") == "assistant":
            last["tool_calls"] = [*records(last.get("tool_calls")), *records(message["tool_calls"])]
        else:
            found.append(message)
    return found


def _message(item: Mapping[str, object]) -> Message | None:
    if item["type"] == "function_call":
        return call_message(item)
    if item["type"] == "function_call_output":
        return {"role": "tool", "tool_call_id": item["call_id"], "content": _output_text(item["output"])}
    if item["type"] != "message":
        # what a model thought is not shown to it again, and a reference is looked up before
        return None
    role = "system" if item["role"] == "developer" else item["role"]
    parts = records(item["content"])
    if any(part["type"] == "input_image" for part in parts):
        return {"role": role, "content": [_chat_part(part) for part in parts]}
    return {"role": role, "content": "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)}


def _chat_part(part: Mapping[str, object]) -> dict[str, object]:
    if part["type"] == "input_image":
        image = {"url": part["image_url"]}
        return {"type": "image_url", "image_url": image | ({"detail": part["detail"]} if part.get("detail") else {})}
    return {"type": "text", "text": str(part.get("text") or "")}


def _output_text(output: object) -> str:
    if isinstance(output, str):
        return output
    return "".join(text(part.get("text")) for part in records(output)) or json.dumps(output)


# -- tools and form ---------------------------------------------------------------------------------------------------


def _tools(tools: object) -> list[dict[str, object]]:
    if tools is None:
        return []
    if not is_list(tools):
        raise _refuse("`tools` must be a list.", "tools", "invalid_type")
    found = []
    for i, entry in enumerate(tools):
        tool = record(entry)
        kind = tool.get("type")
        if kind != "function" or not isinstance(tool.get("name"), str) or not tool["name"]:
            raise _refuse(
                f'`tools[{i}]` is of type "{str(kind)[:40]}"; functions with a name are served here, tools that run at '
                "OpenAI are not.",
                f"tools[{i}]",
            )
        parameters = tool.get("parameters")
        if parameters is not None and not isinstance(parameters, dict):
            raise _refuse(f"`tools[{i}].parameters` must be a JSON schema.", f"tools[{i}].parameters", "invalid_type")
        found.append({**tool, "parameters": parameters, "strict": tool.get("strict")})
    return found


def _chat_tool(tool: Mapping[str, object]) -> dict[str, object]:
    function = {"name": tool["name"], "parameters": tool["parameters"] or {"type": "object", "properties": {}}}
    function |= {name: tool[name] for name in ("description", "strict") if tool.get(name) is not None}
    return {"type": "function", "function": function}


def _choice(choice: object, tools: list[dict[str, object]]) -> tuple[object, set[object] | None]:
    """The choice in a chat request's form, and the names that may be called where not all may."""
    names = {tool["name"] for tool in tools}
    if choice is None or choice in ("none", "auto"):
        return choice, None
    if choice == "required":
        if not names:
            raise _refuse('`tool_choice` is "required", and no `tools` are given.', "tool_choice")
        return choice, None
    told = record(choice)
    kind = told.get("type")
    if kind == "function":
        if not isinstance(told.get("name"), str) or told["name"] not in names:
            name = str(told.get("name"))[:60]
            raise _refuse(f'`tool_choice` names "{name}", which is not in `tools`.', "tool_choice")
        return {"type": "function", "function": {"name": told["name"]}}, None
    if kind == "allowed_tools" and told.get("mode") in ("auto", "required") and is_list(told.get("tools")):
        allowed = [tool.get("name") for tool in records(told["tools"])]
        return told["mode"], {name for name in names if name in allowed}
    raise _refuse("`tool_choice` must be none, auto, required, a function by name, or allowed_tools.", "tool_choice")


def _response_format(given: object) -> dict[str, object] | None:
    form = record(record(given).get("format"))
    kind = form.get("type")
    if record(given).get("format") is None or kind == "text":
        return None
    if kind == "json_object":
        return {"type": "json_object"}
    if kind == "json_schema" and isinstance(form.get("schema"), dict) and isinstance(form.get("name"), str):
        wanted = {
            name: form[name] for name in ("name", "schema", "strict", "description") if form.get(name) is not None
        }
        return {"type": "json_schema", "json_schema": wanted}
    raise _refuse(
        "`text.format` must be of type text, json_object, or json_schema with name and schema.", "text.format"
    )
