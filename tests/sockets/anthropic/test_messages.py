"""The door in Anthropic's form over a scripted chat target; the anthropic SDK reads every answer and event."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import anthropic
import pytest

from tests.sockets.openai.test_responses import chunks
from tests.support.socket_gateway import GOOD_KEY
from voicegw_desktop.core.errors import BudgetExceededError, EngineUnavailable
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

HI: list[Any] = [{"role": "user", "content": "Hi."}]
TOOL: Any = {"name": "weather", "description": "Tells it.", "input_schema": {"type": "object", "properties": {}}}
USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}


@pytest.fixture
def corridor(server: Server) -> Any:
    found: Any = server.gateway.corridor
    found.chat_type = "text/event-stream"
    found.chat_pieces = chunks({"content": "Hello"}, {"content": " there."}, usage=USAGE)
    return found


@pytest.fixture
async def sdk(server: Server) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=server.url, api_key=GOOD_KEY, max_retries=0) as client:
        yield client


async def test_a_text(corridor: Any, sdk: anthropic.AsyncAnthropic) -> None:
    answer = await sdk.messages.create(
        model="fake/llm",
        max_tokens=20,
        system="Be kind.",
        messages=HI,
        stop_sequences=["END"],
        extra_body={"temperature": 0.5},
    )
    assert [block.text for block in answer.content if block.type == "text"] == ["Hello there."]
    assert (answer.stop_reason, answer.role, answer.type) == ("end_turn", "assistant", "message")
    assert (answer.usage.input_tokens, answer.usage.cache_read_input_tokens, answer.usage.output_tokens) == (2, 3, 2)
    asked = corridor.calls[-1][3]
    assert asked["messages"] == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi."}]
    assert (asked["max_tokens"], asked["temperature"], asked["stop"]) == (20, 0.5, ["END"])


async def test_a_stream(corridor: Any, sdk: anthropic.AsyncAnthropic) -> None:
    async with sdk.messages.stream(model="fake/llm", max_tokens=20, messages=HI) as stream:
        kinds = [event.type async for event in stream]
        answer = await stream.get_final_message()
    assert [kind for kind in kinds if "_" in kind] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "Hello there."
    assert answer.usage.output_tokens == 2


async def test_tools_are_called_and_their_results_go_back(corridor: Any, sdk: anthropic.AsyncAnthropic) -> None:
    corridor.chat_pieces = chunks(
        {"content": "Let me see."},
        {"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": "weather", "arguments": '{"city":'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"Paris"}'}}]},
        finish="tool_calls",
    )
    async with sdk.messages.stream(
        model="fake/llm", max_tokens=20, messages=HI, tools=[TOOL], tool_choice={"type": "any"}
    ) as stream:
        answer = await stream.get_final_message()
    assert answer.stop_reason == "tool_use"
    text, call = answer.content
    assert text.type == "text"
    assert call.type == "tool_use"
    assert (call.id, call.name, call.input) == ("call_1", "weather", {"city": "Paris"})
    assert corridor.calls[-1][3]["tool_choice"] == "required"
    result: Any = {"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "Sunny."}]}
    again: Any = {"role": "assistant", "content": [block.model_dump() for block in answer.content]}
    after: Any = {"role": "user", "content": [result, {"type": "text", "text": "Well?"}]}
    await sdk.messages.create(model="fake/llm", max_tokens=20, messages=[*HI, again, after], tools=[TOOL])
    _, assistant, tool, user = corridor.calls[-1][3]["messages"]
    assert assistant["content"] == "Let me see."
    assert json.loads(assistant["tool_calls"][0]["function"]["arguments"]) == {"city": "Paris"}
    assert tool == {"role": "tool", "tool_call_id": "call_1", "content": "Sunny."}
    assert user == {"role": "user", "content": "Well?"}


@pytest.mark.parametrize("asked", [True, False])
async def test_what_the_model_thinks_is_shown_when_asked_for(
    corridor: Any, sdk: anthropic.AsyncAnthropic, asked: bool
) -> None:
    corridor.chat_pieces = chunks({"reasoning_content": "Hm."}, {"content": "Yes."}, finish="length")
    more: Any = {"thinking": {"type": "enabled", "budget_tokens": 1024}} if asked else {}
    answer = await sdk.messages.create(model="fake/llm", max_tokens=2000, messages=HI, **more)
    assert [block.type for block in answer.content] == (["thinking", "text"] if asked else ["text"])
    assert answer.stop_reason == "max_tokens"
    assert corridor.calls[-1][3].get("reasoning_effort") == ("low" if asked else None)


@pytest.mark.parametrize(
    ("model", "target"),
    [("claude-haiku-4-5", "anthropic/claude-haiku-4-5"), ("fake/llm", "fake/llm"), ("auto", "auto")],
)
async def test_names(corridor: Any, http: aiohttp.ClientSession, model: str, target: str) -> None:
    async with http.post("/v1/messages", json={"model": model, "max_tokens": 5, "messages": HI}) as response:
        await response.read()
    assert corridor.calls[-1][2] == target


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "messages"),
        ({"messages": HI}, "max_tokens"),
        ({"messages": [{"role": "system", "content": "x"}], "max_tokens": 5}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}], "max_tokens": 5}, "messages.0.content.0"),
        ({"messages": HI, "max_tokens": 5, "tools": [{"type": "web_search_20250305", "name": "w"}]}, "tools.0"),
        ({"messages": HI, "max_tokens": 5, "mcp_servers": []}, "mcp_servers"),
        ({"messages": HI, "max_tokens": 5.5}, "max_tokens"),
        ({"messages": HI, "max_tokens": 5, "tool_choice": {"type": "any"}}, "tool_choice"),
        ({"messages": HI, "max_tokens": 5, "temperature": 2}, "temperature"),
        (
            {"messages": HI, "max_tokens": 5, "tools": [TOOL], "tool_choice": {"type": "tool", "name": "no"}},
            "tool_choice",
        ),
        (
            {"messages": HI, "max_tokens": 5, "tools": [TOOL], "tool_choice": {"type": "tool", "name": []}},
            "tool_choice",
        ),
    ],
)
async def test_refusals_have_its_shape(
    corridor: Any, http: aiohttp.ClientSession, body: dict[str, Any], words: str
) -> None:
    async with http.post("/v1/messages", json={"model": "fake/llm", **body}) as response:
        told = await response.json()
    assert response.status == 400
    assert (told["type"], told["error"]["type"]) == ("error", "invalid_request_error")
    assert told["error"]["message"].startswith(words)
    assert corridor.calls == []


async def test_errors_are_the_sdks(corridor: Any, sdk: anthropic.AsyncAnthropic, server: Server) -> None:
    corridor.error = BudgetExceededError("It is spent.")
    with pytest.raises(anthropic.RateLimitError):
        await sdk.messages.create(model="fake/llm", max_tokens=5, messages=HI)
    corridor.error = EngineUnavailable("It is not here.")
    with pytest.raises(anthropic.InternalServerError):
        await sdk.messages.create(model="fake/llm", max_tokens=5, messages=HI)
    corridor.error = None
    corridor.chat_pieces = [*corridor.chat_pieces[:1], b'data: {"error": {"message": "It broke."}}\n\n']
    with pytest.raises(anthropic.APIStatusError, match="It broke"):
        async with sdk.messages.stream(model="fake/llm", max_tokens=5, messages=HI) as stream:
            await stream.get_final_message()
    async with anthropic.AsyncAnthropic(base_url=server.url, api_key="wrong", max_retries=0) as stranger:
        with pytest.raises(anthropic.AuthenticationError):
            await stranger.messages.create(model="fake/llm", max_tokens=5, messages=HI)


async def test_tokens_are_counted_by_estimate_and_say_so(corridor: Any, http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/messages/count_tokens", json={"model": "fake/llm", "messages": HI}) as response:
        assert (await response.json())["input_tokens"] >= 1
        assert "estimated" in response.headers["X-VoiceGW-Note"]
    assert corridor.calls == []


@pytest.mark.parametrize("written", [[], [""], [" "], ["", "END"]])
async def test_an_empty_stop_sequence_ends_no_answer(
    corridor: Any, sdk: anthropic.AsyncAnthropic, written: list[str]
) -> None:
    await sdk.messages.create(model="fake/llm", max_tokens=5, messages=HI, stop_sequences=written)
    assert corridor.calls[-1][3].get("stop") == (["END"] if "END" in written else None)
