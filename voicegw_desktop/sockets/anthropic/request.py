"""A Messages request as chat. Source: https://docs.anthropic.com/en/api/messages"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import is_list, is_record, record
from voicegw_desktop.sockets.chat.checks import token_limit

WITHOUT_EFFECT = ("metadata", "service_tier", "cache_control", "inference_geo")
"""Fields that are read and have no effect here."""
KNOWN = frozenset(
    ("model", "messages", "system", "max_tokens", "stop_sequences", "stream", "temperature", "top_p", "top_k", "tools",
     "tool_choice", "thinking", "output_config", "output_format", "keep_alive", *WITHOUT_EFFECT)
)  # fmt: skip
LOW_THINKING, MEDIUM_THINKING = 2048, 8192
"""`thinking.budget_tokens` up to which a model is asked for low or medium effort."""

Message = dict[str, object]


def _refuse(message: str, param: str) -> BadRequest:
    return BadRequest(message, param=param, code="invalid_request_error")


def chat_of(body: Mapping[str, object], *, counted: bool = False) -> dict[str, object]:
    """The chat request for a Messages request; BadRequest names what cannot be served.

    `counted`: only the size of the prompt matters, so that `max_tokens` may be left out.
    """
    for name in body:
        if name not in KNOWN:
            raise _refuse(f"{name[:60]}: Extra inputs are not permitted.", name[:60])
    model = body.get("model")
    if not isinstance(model, str) or not model.strip():
        raise _refuse('model: give a name from GET /v1/models, as in "llamacpp/smollm2-135m".', "model")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _refuse("messages: at least one message is required.", "messages")
    said = _system(body.get("system"))
    for i, message in enumerate(messages):
        said += _messages(message, f"messages.{i}")
    chat: dict[str, object] = {"model": model, "messages": said, "stream": True}
    chat["stream_options"] = {"include_usage": True}
    if not counted:
        try:
            limit = token_limit(body.get("max_tokens"))
        except ValueError:
            limit = 0
        if limit == 0 or body.get("max_tokens") is None:
            raise _refuse("max_tokens: a whole number above 0 is required.", "max_tokens")
        if limit is not None:
            chat["max_tokens"] = limit
    _numbers(body, chat)
    stops = body.get("stop_sequences")
    if stops is not None:
        if not isinstance(stops, list) or any(not isinstance(stop, str) for stop in stops):
            raise _refuse("stop_sequences: must be a list of texts.", "stop_sequences")
        if stops := [stop for stop in stops if stop.strip()]:
            chat["stop"] = stops
    _tools(body, chat)
    _form(body, chat)
    if (effort := _effort(body.get("thinking"))) is not None:
        chat["reasoning_effort"] = effort
    if body.get("stream") not in (None, True, False):
        raise _refuse("stream: must be true or false.", "stream")
    return chat


def thinks(body: Mapping[str, object]) -> bool:
    """Whether the client wants to see what the model thinks."""
    return record(body.get("thinking")).get("type") in ("enabled", "adaptive")


def _numbers(body: Mapping[str, object], chat: dict[str, object]) -> None:
    for name, high in (("temperature", 1.0), ("top_p", 1.0), ("top_k", 1_000_000)):
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
            raise _refuse(f"{name}: must be a number from 0 to {high:g}.", name)
        chat[name] = value


def _effort(thinking: Any) -> str | None:
    if thinking is None:
        return None
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind not in ("enabled", "disabled", "adaptive"):
        raise _refuse("thinking.type: must be enabled, adaptive or disabled.", "thinking")
    if kind != "enabled":
        return None
    budget = thinking.get("budget_tokens")
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        raise _refuse("thinking.budget_tokens: a whole number above 0 is required.", "thinking")
    return "low" if budget <= LOW_THINKING else "medium" if budget <= MEDIUM_THINKING else "high"


def _form(body: Mapping[str, object], chat: dict[str, object]) -> None:
    config = body.get("output_config") or {}
    form = body.get("output_format") or (config.get("format") if isinstance(config, dict) else None)
    if form is None:
        return
    schema = form.get("schema") if isinstance(form, dict) and form.get("type") == "json_schema" else None
    if not isinstance(schema, dict):
        raise _refuse("output_config.format: must be of type json_schema with a schema.", "output_config")
    chat["response_format"] = {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": True},
    }


# -- messages ---------------------------------------------------------------------------------------------------------


def _system(system: Any) -> list[Message]:
    if system is None:
        return []
    if isinstance(system, list):
        texts = [block.get("text") for block in system if isinstance(block, dict) and block.get("type") == "text"]
        if len(texts) != len(system) or any(not isinstance(text, str) for text in texts):
            raise _refuse("system: must be text or a list of text blocks.", "system")
        system = "\n\n".join(str(text) for text in texts)
    if not isinstance(system, str):
        raise _refuse("system: must be text or a list of text blocks.", "system")
    return [{"role": "system", "content": system}] if system else []


def _messages(message: Any, where: str) -> list[Message]:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in ("user", "assistant"):
        raise _refuse(f"{where}.role: must be user or assistant.", f"{where}.role")
    content = message.get("content")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    if not isinstance(content, list):
        raise _refuse(f"{where}.content: must be text or a list of blocks.", f"{where}.content")
    results: list[Message] = []
    parts: list[dict[str, object]] = []
    calls: list[dict[str, object]] = []
    for i, block in enumerate(content):
        at = f"{where}.content.{i}"
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "tool_result" and role == "user":
            results.append(
                {"role": "tool", "tool_call_id": _text(block, "tool_use_id", at), "content": _result(block, at)}
            )
        elif kind == "tool_use" and role == "assistant":
            call = {"name": _text(block, "name", at), "arguments": json.dumps(block.get("input") or {})}
            calls.append({"id": _text(block, "id", at), "type": "function", "function": call})
        elif kind in ("thinking", "redacted_thinking") and role == "assistant":
            continue
        else:
            parts.append(_part(block, kind, at))
    found = list(results)
    said = _content(parts)
    if calls:
        found.append({"role": role, "content": said or None, "tool_calls": calls})
    elif parts:
        found.append({"role": role, "content": said})
    return found


def _content(parts: list[dict[str, object]]) -> object:
    if all(part["type"] == "text" for part in parts):
        return "\n".join(str(part["text"]) for part in parts)
    return parts


def _text(block: Mapping[str, object], name: str, at: str) -> str:
    value = block.get(name)
    if not isinstance(value, str):
        raise _refuse(f"{at}.{name}: must be text.", f"{at}.{name}")
    return value


def _part(block: Any, kind: Any, at: str) -> dict[str, object]:
    if kind == "text":
        return {"type": "text", "text": _text(block, "text", at)}
    source = block.get("source") if isinstance(block, dict) else None
    if kind == "image" and isinstance(source, dict):
        if source.get("type") == "url":
            return {"type": "image_url", "image_url": {"url": _text(source, "url", f"{at}.source")}}
        data = _text(source, "data", f"{at}.source")
        return {
            "type": "image_url",
            "image_url": {"url": f"data:{source.get('media_type', 'image/png')};base64,{data}"},
        }
    if kind == "document" and isinstance(source, dict) and source.get("type") == "text":
        return {"type": "text", "text": _text(source, "data", f"{at}.source")}
    raise _refuse(
        f'{at}: a block of type "{str(kind)[:40]}" is not served here; send text, image, document as text, tool_use, '
        "tool_result or thinking.",
        at,
    )


def _result(block: Mapping[str, object], at: str) -> str:
    content = block.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not is_list(content):
        raise _refuse(f"{at}.content: must be text or a list of blocks.", f"{at}.content")
    parts = [_part(part, record(part).get("type"), f"{at}.content") for part in content]
    if any(part["type"] != "text" for part in parts):
        raise _refuse(f"{at}.content: only text is served in a tool's result.", f"{at}.content")
    return "\n".join(str(part["text"]) for part in parts)


# -- tools ------------------------------------------------------------------------------------------------------------


def _tools(body: Mapping[str, object], chat: dict[str, object]) -> None:
    tools = body.get("tools")
    if tools is not None and not is_list(tools):
        raise _refuse("tools: must be a list.", "tools")
    if not tools:
        if record(body.get("tool_choice")).get("type") in ("any", "tool"):
            raise _refuse("tool_choice: asks for a tool, and no tools are given.", "tool_choice")
        return
    made: list[dict[str, object]] = []
    names: set[str] = set()
    for i, entry in enumerate(tools):
        tool = record(entry)
        kind, name, schema = tool.get("type"), tool.get("name"), tool.get("input_schema")
        if kind not in (None, "custom") or not isinstance(name, str) or not is_record(schema):
            raise _refuse(
                f"tools.{i}: a tool with name and input_schema is served; tools that run at Anthropic are not.",
                f"tools.{i}",
            )
        names.add(name)
        function: dict[str, object] = {"name": name, "parameters": schema}
        if isinstance(tool.get("description"), str):
            function["description"] = tool["description"]
        made.append({"type": "function", "function": function})
    chat["tools"] = made
    if body.get("tool_choice") is None:
        return
    choice = record(body["tool_choice"])
    kind = choice.get("type")
    if kind == "tool" and isinstance(choice.get("name"), str) and choice["name"] in names:
        chat["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
    elif kind in ("auto", "any", "none"):
        chat["tool_choice"] = "required" if kind == "any" else kind
    else:
        raise _refuse("tool_choice: must be auto, any, none, or tool with the name of one of tools.", "tool_choice")
    if choice.get("disable_parallel_tool_use") is True:
        chat["parallel_tool_calls"] = False
