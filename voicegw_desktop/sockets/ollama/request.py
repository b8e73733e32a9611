"""Requests in Ollama's form as chat. Source: https://github.com/ollama/ollama/blob/main/docs/api.md"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from voicegw_desktop.core.errors import BadRequest

Json = Mapping[str, object]
Message = dict[str, object]

REFUSED = {
    "suffix": "Write the whole prompt in the model's own form and send it with raw: true.",
    "template": "The model's own template is used; send raw: true to write the prompt yourself.",
    "context": "Send the earlier turns as messages to /api/chat.",
    "logprobs": "Ask /v1/chat/completions for them.",
    "top_logprobs": "Ask /v1/chat/completions for them.",
    "width": "No model here makes images.",
    "height": "No model here makes images.",
    "steps": "No model here makes images.",
}
"""Field → what to do instead."""
OPTIONS = {
    "num_predict": "max_tokens", "temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "min_p": "min_p",
    "seed": "seed", "repeat_penalty": "repeat_penalty", "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
}  # fmt: skip
"""Ollama's option → the name in a chat; every other one but `stop` has no effect, docs/doors.md lists them."""
WHOLE = frozenset({"num_predict", "top_k", "seed"})


def refuse(message: str, param: str) -> BadRequest:
    """The error for a field that cannot be served."""
    return BadRequest(message, param=param, code="invalid_request_error")


def model_of(body: Json) -> str:
    """The name of the model that is asked for, in `model` or, as older clients write, in `name`; BadRequest."""
    model = body.get("model") or body.get("name")
    if not isinstance(model, str) or not model.strip():
        raise refuse("model is required; GET /api/tags lists the names.", "model")
    return model


def streams(body: Json) -> bool:
    """Whether the answer comes line by line, as it does unless the client says otherwise."""
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise refuse("stream must be true or false.", "stream")
    return stream is not False


def chat_of(body: Json) -> dict[str, Any]:
    """The chat for a request to /api/chat, without `messages` when it has none; BadRequest."""
    chat = _common(body)
    messages = body.get("messages")
    if messages is not None and not _is_list(messages):
        raise refuse("messages must be a list.", "messages")
    made: list[Message] = []
    waiting: list[tuple[str, str]] = []
    for i, message in enumerate(messages or []):
        made += _message(message, f"messages[{i}]", waiting)
    if made:
        chat["messages"] = made
    if tools := _tools(body.get("tools")):
        chat["tools"] = tools
    return chat


def generate_of(body: Json) -> tuple[str, dict[str, Any]]:
    """(path, request) for a request to /api/generate, without a prompt when it has none; BadRequest."""
    chat = _common(body)
    prompt, system = (_text(body.get(name), name) for name in ("prompt", "system"))
    if body.get("raw") is True:
        if prompt:
            chat["prompt"] = prompt
        return "/completions", chat
    if prompt:
        user: Message = {"role": "user", "content": prompt, "images": body.get("images")}
        chat["messages"] = [
            *([{"role": "system", "content": system}] if system else []),
            *_message(user, "prompt", []),
        ]
    return "/chat/completions", chat


def embed_of(body: Json, field: str) -> dict[str, Any]:
    """The request for embeddings of `field`, a text or a list of texts; BadRequest."""
    given = body.get(field)
    texts: list[object] = [given] if isinstance(given, str) else given if _is_list(given) else []
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise refuse(f"{field} must be text, or a list of texts, and not empty.", field)
    asked: dict[str, Any] = {"model": model_of(body), "input": texts}
    size = body.get("dimensions")
    if size is not None:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise refuse("dimensions must be a whole number above 0.", "dimensions")
        asked["dimensions"] = size
    return asked


def shows_thoughts(body: Json) -> bool:
    """Whether the client wants to see what the model thinks; Ollama shows it unless it is told not to."""
    return body.get("think") is not False


def _common(body: Json) -> dict[str, Any]:
    for name, instead in REFUSED.items():
        if body.get(name) not in (None, "", [], False, 0):
            raise refuse(f"{name} is not served. {instead}", name)
    chat: dict[str, Any] = {"model": model_of(body), "stream": True, "stream_options": {"include_usage": True}}
    _options(body.get("options"), chat)
    form = body.get("format")
    if form == "json":
        chat["response_format"] = {"type": "json_object"}
    elif isinstance(form, Mapping):
        chat["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": form}}
    elif form not in (None, ""):
        raise refuse('format must be "json" or a JSON schema.', "format")
    think = body.get("think")
    if think in ("low", "medium", "high"):
        chat["reasoning_effort"] = think
    elif think is not None and not isinstance(think, bool):
        raise refuse("think must be true, false, low, medium or high.", "think")
    return chat


def _options(options: object, chat: dict[str, Any]) -> None:
    if options is None:
        return
    if not isinstance(options, Mapping):
        raise refuse("options must be an object.", "options")
    for name, wire in OPTIONS.items():
        value = options.get(name)
        if value is None:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (name in WHOLE and value != int(value)):
            raise refuse(f"options.{name} must be a {'whole ' if name in WHOLE else ''}number.", f"options.{name}")
        if name == "num_predict" and value <= 0:
            if value == 0:
                raise refuse("options.num_predict must be above 0, or -1 for no limit.", "options.num_predict")
            # no limit but the model's own
            continue
        chat[wire] = int(value) if name in WHOLE else value
    stop = options.get("stop")
    stops: list[object] = [stop] if isinstance(stop, str) else stop if _is_list(stop) else []
    if (stop is not None and not isinstance(stop, str | list)) or not all(isinstance(one, str) for one in stops):
        raise refuse("options.stop must be text or a list of texts.", "options.stop")
    if stops := [one for one in stops if one]:
        chat["stop"] = stops


def _message(message: object, where: str, waiting: list[tuple[str, str]]) -> list[Message]:
    """The message as chat has it. `waiting`: (name, id) of the calls that no result has come for, kept up to date."""
    role = message.get("role") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or role not in ("system", "user", "assistant", "tool"):
        raise refuse(f"{where} must be an object whose role is system, user, assistant or tool.", f"{where}.role")
    content = _text(message.get("content"), f"{where}.content")
    if role == "tool":
        return [{"role": role, "content": content, "tool_call_id": _answered(message, waiting)}]
    made: Message = {"role": role, "content": content}
    if calls := message.get("tool_calls"):
        made["tool_calls"] = _calls(calls, where, waiting)
    if images := message.get("images"):
        if not _is_list(images) or not all(isinstance(image, str) for image in images):
            raise refuse(f"{where}.images must be a list of texts in base64.", f"{where}.images")
        parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}} for image in images]
        made["content"] = [*([{"type": "text", "text": content}] if content else []), *parts]
    return [made]


def _calls(calls: object, where: str, waiting: list[tuple[str, str]]) -> list[Message]:
    made: list[Message] = []
    for call in calls if _is_list(calls) else [None]:
        function = call.get("function") if isinstance(call, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        if not isinstance(call, Mapping) or not isinstance(function, Mapping) or not isinstance(name, str):
            raise refuse(f"{where}.tool_calls must be a list of calls with function.name.", f"{where}.tool_calls")
        arguments = function.get("arguments") or {}
        given = call.get("id")
        # Ollama's form needs no ids; chat's does, to bring results to their calls
        id = given if isinstance(given, str) and given else f"call_{len(waiting) + len(made)}_{name[:40]}"
        written = arguments if isinstance(arguments, str) else json.dumps(arguments)
        made.append({"id": id, "type": "function", "function": {"name": name, "arguments": written}})
        waiting.append((name, id))
    return made


def _answered(message: Mapping[str, object], waiting: list[tuple[str, str]]) -> str:
    """The id of the call that a result belongs to: by its id, else by the tool's name, else the oldest."""
    id, name = message.get("tool_call_id"), message.get("tool_name") or message.get("name")
    found = next((i for i, call in enumerate(waiting) if call[1] == id), None)
    if found is None:
        found = next((i for i, call in enumerate(waiting) if call[0] == name), 0)
    if waiting:
        return waiting.pop(found)[1]
    return id if isinstance(id, str) else "call_0"


def _tools(tools: object) -> list[object]:
    if tools is None:
        return []
    if not _is_list(tools):
        raise refuse("tools must be a list.", "tools")
    for i, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise refuse(f"tools[{i}] must be an object with function.name.", f"tools[{i}]")
    return tools


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refuse(f"{name} must be text.", name)
    return value


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
