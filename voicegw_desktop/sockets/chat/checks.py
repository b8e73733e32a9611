"""What every chat server would refuse too, refused here before a budget is reserved; and odd spellings, read."""

from __future__ import annotations

from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.text import shown

ROLES = frozenset(("system", "developer", "user", "assistant", "tool", "function"))
MOST_TOKENS = 2**31 - 1
"""Servers count tokens in 32 bits."""
NUMBERS = (
    ("temperature", 0.0, 2.0),
    ("top_p", 0.0, 1.0),
    ("presence_penalty", -2.0, 2.0),
    ("frequency_penalty", -2.0, 2.0),
)
WHOLE = (("n", 1, 128), ("top_logprobs", 0, 20), ("seed", -(2**63), 2**64))


def token_limit(value: object) -> int | None:
    """The most tokens of an answer, also from `5.0`; None for none: null, -1, or more than servers can count.

    Raises ValueError for anything else.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or value == -1:
        # LM Studio's clients write "no limit" as -1
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number above 0")
    return value if value <= MOST_TOKENS else None


def check_any(body: dict[str, Any]) -> None:
    """BadRequest where `stream` is no boolean, or its options are no object."""
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise BadRequest("`stream` must be true or false.", param="stream", code="invalid_type")
    if not isinstance(body.get("stream_options") or {}, dict):
        raise BadRequest("`stream_options` must be an object.", param="stream_options", code="invalid_type")


def check_chat(body: dict[str, Any]) -> None:
    """Check the body of /v1/chat/completions, and rewrite what clients spell in several ways. Raises BadRequest."""
    check_any(body)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("`messages` must be a list with at least one message.", param="messages", code="invalid_type")
    for i, message in enumerate(messages):
        _message(message, f"messages[{i}]")
    _numbers(body)
    _tools(body)
    _form(body)
    _stop(body)


def check_prompt(body: dict[str, Any]) -> None:
    """Check the body of /v1/completions. Raises BadRequest."""
    check_any(body)
    if not isinstance(body.get("prompt", ""), str | list):
        raise BadRequest("`prompt` must be text or a list.", param="prompt", code="invalid_type")
    _stop(body)


def _stop(body: dict[str, Any]) -> None:
    stop = body.get("stop")
    if isinstance(stop, list):
        # an empty text would end every answer before it begins
        stop = body["stop"] = [each for each in stop if each != ""]
    if stop in ("", []):
        del body["stop"]
    elif stop is not None and not all(isinstance(each, str) for each in (stop if isinstance(stop, list) else [stop])):
        raise BadRequest("`stop` must be text or a list of texts.", param="stop", code="invalid_type")


def check_input(body: dict[str, Any]) -> None:
    """Check the body of /v1/embeddings. Raises BadRequest."""
    if not isinstance(body.get("input"), str | list) or body["input"] in ("", []):
        raise BadRequest("`input` must be text or a list of texts.", param="input", code="invalid_type")


def _message(message: Any, where: str) -> None:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise BadRequest(f"`{where}` must be an object with a `role`.", param=where, code="invalid_type")
    if (role := message["role"].strip().lower()) in ROLES:
        message["role"] = role
    content = message.get("content")
    if content is not None and not isinstance(content, str | list):
        raise BadRequest(
            f"`{where}.content` must be text or a list of parts.", param=f"{where}.content", code="invalid_type"
        )
    for i, part in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise BadRequest(
                f"`{where}.content[{i}]` must be an object with a `type`.",
                param=f"{where}.content",
                code="invalid_type",
            )
        _part(part, f"{where}.content[{i}]")
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise BadRequest(f"`{where}.tool_calls` must be a list.", param=f"{where}.tool_calls", code="invalid_type")
    for call in calls if isinstance(calls, list) else ():
        if not isinstance(call, dict) or not isinstance(call.get("function"), dict):
            raise BadRequest(
                f"`{where}.tool_calls` must be objects with a `function`.",
                param=f"{where}.tool_calls",
                code="invalid_type",
            )


def _part(part: dict[str, Any], where: str) -> None:
    """A local model's server answers 500 to a part without its text or its address."""
    kind = part["type"]
    if kind in ("text", "refusal") and not isinstance(part.get(kind), str):
        raise BadRequest(f"`{where}.{kind}` must be text.", param=f"{where}.{kind}", code="invalid_type")
    if kind == "image_url":
        image = part.get(kind)
        if not isinstance(image.get("url") if isinstance(image, dict) else image, str):
            raise BadRequest(
                f'`{where}.image_url` must be an object with a `url`, as in {{"url": "data:image/png;base64,..."}}.',
                param=f"{where}.image_url",
                code="invalid_type",
            )


def _numbers(body: dict[str, Any]) -> None:
    for name, low, high in NUMBERS:
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BadRequest(f"`{name}` must be a number from {low:g} to {high:g}.", param=name, code="invalid_value")
    for name, least, most in WHOLE:
        value = body.get(name)
        if isinstance(value, float) and value.is_integer():
            value = body[name] = int(value)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            between = f" from {least} to {most}" if least >= 0 else ""
            raise BadRequest(f"`{name}` must be a whole number{between}.", param=name, code="invalid_value")
    for name in ("max_tokens", "max_completion_tokens"):
        if name not in body:
            continue
        try:
            limit = token_limit(body.pop(name))
        except ValueError as e:
            raise BadRequest(f"`{name}` {e}.", param=name, code="invalid_value") from None
        if limit is not None:
            body[name] = limit
    for name, kinds, what in (
        ("logprobs", bool, "true or false"),
        ("logit_bias", (dict, list), "an object of numbers by token"),
    ):
        if body.get(name) is not None and not isinstance(body[name], kinds):
            raise BadRequest(f"`{name}` must be {what}.", param=name, code="invalid_type")


def _tools(body: dict[str, Any]) -> None:
    tools = body.get("tools")
    if tools is not None and not isinstance(tools, list):
        raise BadRequest("`tools` must be a list.", param="tools", code="invalid_type")
    named = []
    for i, tool in enumerate(tools or ()):
        kind = tool.get("type") if isinstance(tool, dict) else None
        function = tool.get("function") if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(kind, str) or (kind == "function" and not (isinstance(name, str) and name)):
            raise BadRequest(
                f"`tools[{i}]` must be an object of type function, with the `name` of a `function`.",
                param=f"tools[{i}]",
                code="invalid_type",
            )
        named.append(name)
    choice = body.get("tool_choice")
    function = choice.get("function") if isinstance(choice, dict) else None
    if function is not None and not (isinstance(function, dict) and isinstance(function.get("name"), str)):
        raise BadRequest(
            "`tool_choice.function` must be an object with the `name` of one of `tools`.",
            param="tool_choice",
            code="invalid_type",
        )
    wanted = function.get("name") if isinstance(function, dict) else None
    if wanted is not None and wanted not in named:
        raise BadRequest(
            f'`tool_choice` names "{shown(str(wanted))}", which is not in `tools`.',
            param="tool_choice",
            code="invalid_value",
        )
    if choice == "required" and not named:
        raise BadRequest(
            '`tool_choice` is "required", and no `tools` are given.', param="tool_choice", code="invalid_value"
        )
    if choice is not None and not isinstance(choice, dict) and choice not in ("none", "auto", "required"):
        raise BadRequest(
            "`tool_choice` must be none, auto, required, or a function by name.",
            param="tool_choice",
            code="invalid_value",
        )


def _form(body: dict[str, Any]) -> None:
    form = body.get("response_format")
    if form is None:
        return
    kind = form.get("type") if isinstance(form, dict) else None
    if not isinstance(kind, str):
        raise BadRequest(
            '`response_format` must be an object with a `type`, as in {"type": "json_object"}.',
            param="response_format",
            code="invalid_type",
        )
    body["response_format"] = form = {**form, "type": kind.strip().lower()}
    if form["type"] == "json_schema" and not isinstance(form.get("json_schema", form.get("schema")), dict):
        raise BadRequest(
            "`response_format` of type json_schema needs `json_schema`, an object with `name` and `schema`.",
            param="response_format",
            code="invalid_value",
        )
