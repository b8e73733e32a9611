"""The Responses route over a scripted chat target; openai-python's own types read every answer and event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.support.socket_gateway import GOOD_KEY, OTHER_KEY
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.openai.responses import route, store

pytestmark = pytest.mark.socket

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
TOOL = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def chunks(*deltas: dict[str, Any], finish: str = "stop", usage: dict[str, int] | None = None) -> list[bytes]:
    events: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        events.append({"choices": [], "usage": usage})
    return [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events] + [b"data: [DONE]\n\n"]


@pytest.fixture
def corridor(server: Server) -> Any:
    found: Any = server.gateway.corridor
    found.chat_type = "text/event-stream"
    found.chat_pieces = chunks(
        {"content": "Hello"}, {"content": " there."}, usage={"prompt_tokens": 5, "completion_tokens": 2}
    )
    return found


@pytest.fixture
async def sdk(server: Server) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=GOOD_KEY, max_retries=0) as client:
        yield client


async def streamed(http: aiohttp.ClientSession, **body: Any) -> list[dict[str, Any]]:
    """The events, each held to openai-python's types, whose names must be their `event:` lines."""
    found = []
    async with http.post("/v1/responses", json={"model": "fake/llm", "stream": True, **body}) as response:
        assert response.status == 200, await response.text()
        for block in (await response.text()).split("\n\n"):
            lines = [line for line in block.splitlines() if line and not line.startswith(":")]
            if lines:
                name, data = lines
                event = json.loads(data.removeprefix("data: "))
                assert name == f"event: {event['type']}"
                EVENT.validate_python(event)
                found.append(event)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    return found


async def test_a_text(corridor: Any, sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.responses.create(
        model="fake/llm",
        input="Hi.",
        instructions="Be kind.",
        max_output_tokens=20,
        metadata={"a": "b"},
        temperature=0.5,
    )
    assert answer.output_text == "Hello there."
    assert (answer.status, answer.incomplete_details, answer.error) == ("completed", None, None)
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens) == (5, 2, 7)
    assert (answer.metadata, answer.instructions, answer.temperature) == ({"a": "b"}, "Be kind.", 0.5)
    asked = corridor.calls[-1][3]
    assert asked["messages"] == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi."}]
    assert (asked["max_tokens"], asked["stream"]) == (20, True)


async def test_the_events_of_a_text(corridor: Any, http: aiohttp.ClientSession) -> None:
    events = await streamed(http, input="Hi.")
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    Response.model_validate(events[-1]["response"])
    assert events[0]["response"]["output"] == []
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "Hello there."


@pytest.mark.parametrize(
    ("path", "first", "token"),
    [
        ("/v1/responses", ["response.created", "response.in_progress"], "response.output_text.delta"),
        ("/v1/messages", ["message_start"], "content_block_delta"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_first_events_go_with_the_first_token_or_before_it(
    corridor: Any,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    first: list[str],
    token: str,
    at_once: bool,
) -> None:
    """A model that takes its time keeps back no event; each write is one chunk of HTTP, which the client wakes for."""
    go_on = asyncio.Event()
    opening = corridor.chat

    async def chat(*args: Any, **options: Any) -> Any:
        reply = await opening(*args, **options)
        reply.hold = go_on
        return reply

    monkeypatch.setattr(corridor, "chat", chat)
    if not at_once:
        corridor.chat_pieces = [b": wait\n\n", *corridor.chat_pieces]
    body = {"model": "fake/llm", "stream": True, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi."}]}
    if path == "/v1/responses":
        body = {"model": "fake/llm", "stream": True, "input": "Hi."}
    written = [b""]
    async with asyncio.timeout(60), http.post(path, json=body) as response:
        async for data, ends in response.content.iter_chunks():
            written[-1] += data
            if ends:
                written.append(b"")
            go_on.set()
    named = [[line[7:].decode() for line in data.splitlines() if line.startswith(b"event: ")] for data in written]
    assert named[0][: len(first)] == first
    assert (token in named[0]) is at_once


async def test_a_length_is_an_incomplete_answer(corridor: Any, http: aiohttp.ClientSession) -> None:
    corridor.chat_pieces = chunks({"content": "Hel"}, finish="length")
    events = await streamed(http, input="Hi.")
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_tools_are_called_and_their_results_go_back(corridor: Any, http: aiohttp.ClientSession) -> None:
    corridor.chat_pieces = chunks(
        {"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": "weather", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"Paris"}'}}]},
        {"tool_calls": [{"index": 1, "id": "call_2", "function": {"name": "weather", "arguments": "{}"}}]},
        finish="tool_calls",
    )
    events = await streamed(http, input="Weather?", tools=[TOOL], tool_choice="required")
    asked = corridor.calls[-1][3]
    assert asked["tool_choice"] == "required"
    assert asked["tools"][0]["function"]["name"] == "weather"
    output = events[-1]["response"]["output"]
    assert [(o["call_id"], o["name"], o["arguments"]) for o in output] == [
        ("call_1", "weather", '{"city":"Paris"}'),
        ("call_2", "weather", "{}"),
    ]
    first = events[-1]["response"]["id"]
    await streamed(
        http,
        previous_response_id=first,
        input=[{"type": "function_call_output", "call_id": "call_1", "output": "Sunny."}],
        tools=[TOOL],
    )
    user, calls, result = corridor.calls[-1][3]["messages"]
    assert user == {"role": "user", "content": "Weather?"}
    assert [call["id"] for call in calls["tool_calls"]] == ["call_1", "call_2"]
    assert result == {"role": "tool", "tool_call_id": "call_1", "content": "Sunny."}


async def test_what_the_model_thinks_is_an_item_of_its_own(corridor: Any, http: aiohttp.ClientSession) -> None:
    corridor.chat_pieces = chunks({"reasoning_content": "Hm."}, {"content": "Yes."})
    events = await streamed(http, input="Sure?", reasoning={"effort": "low"})
    assert corridor.calls[-1][3]["reasoning_effort"] == "low"
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["reasoning", "message"]


@pytest.mark.parametrize(
    ("form", "passed"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "json_object"}),
        (
            {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True},
            {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True}},
        ),
    ],
)
async def test_the_form_of_the_text(
    corridor: Any, http: aiohttp.ClientSession, form: dict[str, Any], passed: dict[str, Any] | None
) -> None:
    await streamed(http, input="Hi.", text={"format": form})
    assert corridor.calls[-1][3].get("response_format") == passed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"role": "assistant", "content": "hello"}, {"role": "assistant", "content": "hello"}),
        ({"type": "message", "role": "developer", "content": "Do."}, {"role": "system", "content": "Do."}),
        (
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}],
            },
            {"role": "assistant", "content": "ab"},
        ),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA"}]},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]},
        ),
    ],
)
async def test_items_of_every_text_form(
    corridor: Any, http: aiohttp.ClientSession, given: dict[str, Any], message: dict[str, Any]
) -> None:
    await streamed(http, input=[given])
    assert corridor.calls[-1][3]["messages"] == [message]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": [{"type": "computer_call"}]}, "input[0].type"),
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input[0].content[0]"),
        ({"input": "x", "tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"input": "x", "tool_choice": "required"}, "tool_choice"),
        ({"input": "x", "tool_choice": {"type": "function", "name": "no"}}, "tool_choice"),
        ({"input": "x", "tool_choice": {"type": "function", "name": []}}, "tool_choice"),
        ({"input": "x", "text": {"format": {"type": "xml"}}}, "text.format"),
        ({"input": "x", "background": True}, "background"),
        ({"input": "x", "conversation": "c"}, "conversation"),
        ({"input": "x", "previous_response_id": "resp_none"}, "previous_response_id"),
        ({"input": [{"type": "item_reference", "id": "msg_none"}]}, "input[0].id"),
        ({"input": "x", "max_output_tokens": 0}, "max_output_tokens"),
        ({"input": "x", "brand_new": 1}, "brand_new"),
    ],
)
async def test_what_is_not_served_is_refused_by_name(
    corridor: Any, http: aiohttp.ClientSession, body: dict[str, Any], param: str
) -> None:
    async with http.post("/v1/responses", json={"model": "fake/llm", **body}) as response:
        assert response.status == 400
        assert (await response.json())["error"]["param"] == param
    assert corridor.calls == []


async def test_kept_answers_are_read_and_forgotten(corridor: Any, sdk: openai.AsyncOpenAI) -> None:
    first = await sdk.responses.create(model="fake/llm", input="Hi.")
    assert (await sdk.responses.retrieve(first.id)).output_text == "Hello there."
    items = await sdk.responses.input_items.list(first.id)
    assert [item.role for item in items.data if item.type == "message"] == ["user"]
    second = await sdk.responses.create(model="fake/llm", input="And?", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    assert [m["content"] for m in corridor.calls[-1][3]["messages"]] == ["Hi.", "Hello there.", "And?"]
    message = first.output[0].id
    await sdk.responses.create(model="fake/llm", input=[{"type": "item_reference", "id": message}])  # type: ignore[list-item,typeddict-item]
    assert corridor.calls[-1][3]["messages"] == [{"role": "assistant", "content": "Hello there."}]
    await sdk.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.retrieve(first.id)
    unkept = await sdk.responses.create(model="fake/llm", input="Hi.", store=False)
    with pytest.raises(openai.BadRequestError, match="not found"):
        await sdk.responses.create(model="fake/llm", input="And?", previous_response_id=unkept.id)


async def test_memory_is_bounded(corridor: Any, sdk: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST", 2)
    ids = [(await sdk.responses.create(model="fake/llm", input="Hi.")).id for _ in range(3)]
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.retrieve(ids[0])
    assert (await sdk.responses.retrieve(ids[2])).id == ids[2]


async def test_a_refusal_keeps_its_status_and_a_break_is_an_event(corridor: Any, http: aiohttp.ClientSession) -> None:
    whole = corridor.chat_pieces
    corridor.chat_status, corridor.chat_type = 429, "application/json"
    corridor.chat_pieces = [b'{"error": {"message": "Slow down."}}']
    for stream in (False, True):
        async with http.post("/v1/responses", json={"model": "fake/llm", "input": "x", "stream": stream}) as response:
            assert (response.status, (await response.json())["error"]["message"]) == (429, "Slow down.")
    corridor.chat_status, corridor.chat_type = 200, "text/event-stream"
    corridor.chat_pieces = [*whole[:1], b'data: {"error": {"message": "It broke."}}\n\n']
    events = await streamed(http, input="Hi.")
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"] == {"code": "server_error", "message": "It broke."}


async def test_an_answer_belongs_to_the_key_that_asked_for_it(
    corridor: Any, sdk: openai.AsyncOpenAI, server: Server
) -> None:
    first = await sdk.responses.create(model="fake/llm", input="Hi.")
    item = (await sdk.responses.input_items.list(first.id)).data[0].id
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=OTHER_KEY, max_retries=0) as other:
        with pytest.raises(openai.NotFoundError):
            await other.responses.retrieve(first.id)
        with pytest.raises(openai.NotFoundError):
            await other.responses.delete(first.id)
        with pytest.raises(openai.NotFoundError):
            await other.responses.input_items.list(first.id)
        with pytest.raises(openai.BadRequestError):
            await other.responses.create(model="fake/llm", input="And?", previous_response_id=first.id)
        reference: Any = [{"type": "item_reference", "id": item}]
        with pytest.raises(openai.BadRequestError):
            await other.responses.create(model="fake/llm", input=reference)
    assert (await sdk.responses.retrieve(first.id)).id == first.id


@pytest.mark.parametrize("stream", [False, True])
async def test_a_fallback_without_this_route_answers_as_a_chat(
    corridor: Any, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    chat, asked = corridor.chat, []

    async def as_a_fallback(
        caller: Any, wanted: Any, body: Any, *, path: str = "/chat/completions", **more: Any
    ) -> Any:
        asked.append(path)
        corridor.chat_status = 404 if path == "/responses" else 200
        return await chat(caller, wanted, body, path=path, **more)

    monkeypatch.setattr(corridor, "chat", as_a_fallback)
    monkeypatch.setattr(route._Responses, "_answers_itself", lambda *_: True)
    body = {"model": "fake/llm", "input": "Hi.", "stream": stream}
    async with http.post("/v1/responses", json=body) as response:
        told = await response.text()
        assert response.status == 200, told
    assert "Hello there." in told
    assert asked == ["/responses", "/chat/completions"]
