"""A tool call that a small model writes as text is a call at every door, and no voice reads it aloud.

The engine's own rule (`engines.offered_tools`) stands between the scripted model and the doors: each door has to pass
the tools on so that the rule finds them, and to hand on what the rule makes of the answer.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import pytest

from tests.support.realtime_client import END, USER, Client, chunk, client, corridor
from tests.support.socket_gateway import GOOD_KEY, FakeCorridor
from voicegw_desktop.core.events import Final, SpeechEnded, SpeechStarted
from voicegw_desktop.engines.offered_tools import OfferedReply, offered
from voicegw_desktop.sockets.http.server import Server

__all__ = ["client", "corridor"]

pytestmark = pytest.mark.socket

ARGUMENTS = {"city": "Paris"}
WRITTEN = json.dumps({"name": "weather", "arguments": ARGUMENTS})
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
PLAIN = {"name": "weather", "description": "Tells it.", "parameters": SCHEMA}
TOOL = {"type": "function", "function": PLAIN}
HI = [{"role": "user", "content": "Weather in Paris?"}]


@pytest.fixture
def small_model(corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch) -> FakeCorridor:
    """A model that writes its call as text, in pieces, behind the rule of the engine."""
    ask = corridor.chat

    async def chat(caller: Any, wanted: Any, body: Mapping[str, Any], **how: Any) -> Any:
        pieces = [chunk(content=WRITTEN[at : at + 7]) for at in range(0, len(WRITTEN), 7)]
        corridor.chat_pieces = [*pieces, END]
        reply = await ask(caller, wanted, body, **how)
        if names := offered(body):
            reply._pieces = [piece async for piece in OfferedReply(reply, names, stream=True)]
        return reply

    monkeypatch.setattr(corridor, "chat", chat)
    return corridor


def silent(corridor: FakeCorridor) -> bool:
    """No voice was given a word."""
    return not any(getattr(run, "text", "").strip() for run in corridor.opened)


def openai_calls(events: list[dict[str, Any]]) -> tuple[list[Any], str]:
    choices = [choice for event in events for choice in event.get("choices") or ()]
    calls = [c["function"] for choice in choices for c in choice["delta"].get("tool_calls") or ()]
    said = "".join(choice["delta"].get("content") or "" for choice in choices)
    return [(call["name"], json.loads(call["arguments"])) for call in calls], said


def responses_calls(events: list[dict[str, Any]]) -> tuple[list[Any], str]:
    done = [e["item"] for e in events if e["type"] == "response.output_item.done"]
    said = "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")
    return [(i["name"], json.loads(i["arguments"])) for i in done if i["type"] == "function_call"], said


def messages_calls(events: list[dict[str, Any]]) -> tuple[list[Any], str]:
    names = [e["content_block"]["name"] for e in events if e.get("content_block", {}).get("type") == "tool_use"]
    deltas = [e["delta"] for e in events if e["type"] == "content_block_delta"]
    given = "".join(d.get("partial_json", "") for d in deltas)
    return [(name, json.loads(given)) for name in names], "".join(d.get("text", "") for d in deltas)


def ollama_calls(events: list[dict[str, Any]]) -> tuple[list[Any], str]:
    messages = [event["message"] for event in events]
    calls = [call["function"] for message in messages for call in message.get("tool_calls") or ()]
    return [(c["name"], c["arguments"]) for c in calls], "".join(m.get("content") or "" for m in messages)


DOORS: dict[str, tuple[str, dict[str, Any], Callable[[list[dict[str, Any]]], tuple[list[Any], str]]]] = {
    "openai": ("/v1/chat/completions", {"messages": HI, "tools": [TOOL]}, openai_calls),
    "livekit": (
        "/v1/chat/completions",
        {"messages": HI, "tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": True},
        openai_calls,
    ),
    "responses": ("/v1/responses", {"input": HI, "tools": [{"type": "function", **PLAIN}]}, responses_calls),
    "messages": (
        "/v1/messages",
        {"messages": HI, "max_tokens": 50, "tools": [{"name": "weather", "input_schema": SCHEMA}]},
        messages_calls,
    ),
    "ollama": ("/api/chat", {"messages": HI, "tools": [TOOL]}, ollama_calls),
}


@pytest.mark.parametrize("door", DOORS)
async def test_a_written_call_is_a_call(door: str, small_model: FakeCorridor, http: aiohttp.ClientSession) -> None:
    path, body, calls_of = DOORS[door]
    async with http.post(path, json={"model": "fake/llm", "stream": True, **body}) as response:
        assert response.status == 200, await response.text()
        lines = (await response.text()).splitlines()
    texts = [line.removeprefix("data: ") for line in lines]
    events = [json.loads(text) for text in texts if text.startswith("{")]
    assert calls_of(events) == ([("weather", ARGUMENTS)], "")
    assert silent(small_model)


async def test_realtime_does_not_speak_it(client: Client, small_model: FakeCorridor) -> None:
    await client.send("session.update", session={"type": "realtime", "tools": [{"type": "function", **PLAIN}]})
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    seen = await client.until("response.done")
    (done,) = [e for e in seen if e["type"] == "response.function_call_arguments.done"]
    assert (done["name"], json.loads(done["arguments"])) == ("weather", ARGUMENTS)
    assert [o["type"] for o in seen[-1]["response"]["output"]] == ["function_call"]
    assert silent(small_model)


@pytest.fixture
async def live(server: Server, small_model: FakeCorridor) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with (
        aiohttp.ClientSession(server.url, headers=headers) as session,
        session.ws_connect("/v1/live/sessions?model=openai/gpt-live-1") as ws,
    ):
        yield ws


async def test_live_does_not_speak_it(live: aiohttp.ClientWebSocketResponse, small_model: FakeCorridor) -> None:
    small_model.stt_script = [SpeechStarted(0.5), SpeechEnded(0.9), Final("Weather?", start_s=0.5, end_s=0.9)]
    backend = {"model": "gpt-5.6-luna", "tools": [{"type": "function", **PLAIN}], "tool_choice": "auto"}
    start = {
        "model": "gpt-live-1",
        "audio": {"format": {"type": "audio/pcm", "rate": 24_000}, "output": {"voice": "marin"}},
        "delegation": {"type": "responses", "responses": backend},
    }
    await live.send_json({"type": "session.start", "session": start})
    pcm = base64.b64encode(bytes(48_000)).decode()
    await live.send_json({"type": "session.commentary.append", "delegation_id": None, "content": "Tell the weather."})
    await live.send_json({"type": "session.input_audio.append", "audio": pcm})
    seen: list[dict[str, Any]] = []
    async for message in live:
        seen.append(json.loads(message.data))
        if seen[-1]["type"] == "session.usage.updated":
            break
    nested = [e["event"] for e in seen if e["type"] == "response.event"]
    items = [e["item"] for e in nested if e["type"] == "response.output_item.done"]
    assert [(i["type"], i["name"], json.loads(i["arguments"])) for i in items] == [
        ("function_call", "weather", ARGUMENTS)
    ]
    assert not any(e["type"] == "session.output_transcript.delta" for e in seen)
    assert silent(small_model)
