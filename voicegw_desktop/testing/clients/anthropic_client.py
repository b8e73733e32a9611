"""The anthropic package: messages whole and streamed, a forced tool, counting, a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types import MessageParam, ToolParam

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("anthropic",)
IMPORTS = ("anthropic",)
MODEL = "claude-sonnet-4-5"
HI: list[MessageParam] = [{"role": "user", "content": "Say hello."}]
TOOL: ToolParam = {
    "name": "weather",
    "description": "Tells the weather of a city.",
    "input_schema": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
}


def _client(where: Where) -> AsyncAnthropic:
    from anthropic import AsyncAnthropic

    return AsyncAnthropic(api_key=where.key, base_url=where.url, max_retries=0)


async def create(where: Where) -> str:
    answer = await _client(where).messages.create(model=MODEL, max_tokens=12, system="Be short.", messages=HI)
    said = "".join(part.text for part in answer.content if part.type == "text")
    assert said.strip(), answer
    assert answer.stop_reason in ("end_turn", "max_tokens"), answer
    return f"{answer.usage.output_tokens} tokens"


async def stream(where: Where) -> str:
    async with _client(where).messages.stream(model=MODEL, max_tokens=12, messages=HI) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        last = await stream.get_final_message()
    assert text.strip(), "no text"
    assert last.usage.output_tokens > 0, last
    return f"{len(text)} characters"


async def tool(where: Where) -> str:
    answer = await _client(where).messages.create(
        model=MODEL,
        max_tokens=60,
        tools=[TOOL],
        tool_choice={"type": "tool", "name": "weather"},
        messages=[{"role": "user", "content": "What is the weather in Paris?"}],
    )
    calls = [part for part in answer.content if part.type == "tool_use"]
    assert calls, answer
    assert answer.stop_reason == "tool_use", answer
    return f"{calls[0].name}({calls[0].input})"


async def count(where: Where) -> str:
    counted = await _client(where).messages.count_tokens(model=MODEL, messages=HI)
    assert counted.input_tokens > 0
    return f"{counted.input_tokens} tokens"


async def wrong_key(where: Where) -> str:
    from anthropic import AsyncAnthropic, AuthenticationError

    api = AsyncAnthropic(api_key="nobody", base_url=where.url, max_retries=0)
    try:
        await api.messages.create(model=MODEL, max_tokens=5, messages=HI)
    except AuthenticationError as e:
        return str(e.status_code)
    raise AssertionError("it was let in")


CHECKS = (
    ("messages", create),
    ("messages stream", stream),
    ("a named tool", tool),
    ("count_tokens", count),
    ("wrong key refused", wrong_key),
)
