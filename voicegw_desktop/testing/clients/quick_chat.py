"""A chat server that answers at once and calls the tools it is offered, for tests of agents in which the model does not
matter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

ANSWER = "Certainly, that is all settled now. Is there anything else?"
NEVER = re.compile("end_call|hang_?up|transfer|voicemail")
"""Tools that would end the conversation."""


def chosen(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """(name, arguments as JSON) of the tool to call; None: answer in words.

    After a person's words the first tool is called that is not tried yet; after a tool's result there is an answer.
    """
    tools = [tool["function"] for tool in body.get("tools") or () if tool.get("type") == "function"]
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        tools = [tool for tool in tools if tool["name"] == choice.get("function", {}).get("name")]
    elif choice == "none":
        return None
    last = body["messages"][-1]["role"]
    must = choice == "required" or isinstance(choice, dict)
    if not must and last != "user":
        return None
    called = {call["function"]["name"] for message in body["messages"] for call in message.get("tool_calls") or ()}
    for tool in tools:
        if must or (tool["name"] not in called and not NEVER.search(tool["name"])):
            return tool["name"], json.dumps(filled(tool.get("parameters") or {}, tool.get("parameters") or {}))
    return None


def filled(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """The least value that a JSON schema allows: required fields only."""
    if "$ref" in schema:
        found: Any = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            found = found[part]
        return filled(found, root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for kind in ("anyOf", "oneOf", "allOf"):
        if schema.get(kind):
            return filled(schema[kind][0], root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: filled(schema["properties"][name], root) for name in schema.get("required", ())}
    if kind == "array":
        return [filled(schema.get("items", {}), root)] * int(schema.get("minItems", 0))
    formats = {"date": "2026-12-01", "time": "10:00", "date-time": "2026-12-01T10:00:00Z", "email": "a@example.com"}
    text = formats.get(schema.get("format", ""), "Paris")
    least = schema.get("minimum", 1)
    return {"string": text, "integer": least, "number": least, "boolean": True, "null": None}.get(kind)


def _words(body: Mapping[str, Any]) -> str:
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        schema = wanted["json_schema"]["schema"]
        return json.dumps(filled(schema, schema))
    return ANSWER


def _pieces(body: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    call = chosen(body)
    if call is None:
        return [{"content": word + " "} for word in _words(body).split()]
    name, arguments = call
    at = {"index": 0, "id": f"call_{len(body['messages'])}", "type": "function"}
    return [
        {"tool_calls": [{**at, "function": {"name": name, "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]},
    ]


async def completions(request: web.Request) -> web.StreamResponse:
    """`POST /v1/chat/completions`, whole and streamed."""
    body = await request.json()
    pieces = _pieces(body)
    called = "tool_calls" in pieces[0]
    end = "tool_calls" if called else "stop"
    usage = {"prompt_tokens": 20, "completion_tokens": len(pieces), "total_tokens": 20 + len(pieces)}
    name = {"id": "chatcmpl-quick", "created": 1_760_000_000, "model": body["model"]}
    if not body.get("stream"):
        message: dict[str, Any] = {"role": "assistant", "content": None}
        if called:
            first, second = (piece["tool_calls"][0] for piece in pieces)
            message["tool_calls"] = [{**first, "function": {**first["function"], **second["function"]}}]
        else:
            message["content"] = "".join(piece["content"] for piece in pieces).strip()
        choice = {"index": 0, "message": message, "finish_reason": end}
        return web.json_response({**name, "object": "chat.completion", "choices": [choice], "usage": usage})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for delta, reason in [*((piece, None) for piece in pieces), ({}, end)]:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": reason}
        event = {**name, "object": "chat.completion.chunk", "choices": [choice]}
        await response.write(f"data: {json.dumps(event)}\n\n".encode())
    last = {**name, "object": "chat.completion.chunk", "choices": [], "usage": usage}
    await response.write(f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n".encode())
    return response


async def serve() -> tuple[web.AppRunner, str]:
    """(what stops it by `cleanup()`, the address with `/v1`)."""
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.add_routes([web.post("/v1/chat/completions", completions)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
