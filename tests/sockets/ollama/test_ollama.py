"""The door in Ollama's form over a scripted chat target."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sockets.openai.test_responses import chunks
from tests.support.socket_gateway import Serve
from voicegw_desktop.core.errors import BudgetExceededError
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

HI = [{"role": "user", "content": "Hi."}]
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
USAGE = {"prompt_tokens": 5, "completion_tokens": 2}


@pytest.fixture
def corridor(server: Server) -> Any:
    found: Any = server.gateway.corridor
    found.chat_type = "text/event-stream"
    found.chat_pieces = chunks({"content": "Hello"}, {"content": " there."}, usage=USAGE)
    return found


async def lines(http: aiohttp.ClientSession, path: str, **body: Any) -> list[dict[str, Any]]:
    async with http.post(path, json={"model": "fake/llm", **body}) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "application/x-ndjson"
        return [json.loads(line) for line in (await response.text()).splitlines()]


async def whole(http: aiohttp.ClientSession, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    async with http.post(path, json={"model": "fake/llm", "stream": False, **body}) as response:
        assert response.status == status, await response.text()
        found: dict[str, Any] = await response.json()
        return found


async def test_chat_streams_line_by_line_unless_it_is_told_not_to(corridor: Any, http: aiohttp.ClientSession) -> None:
    *said, last = await lines(http, "/api/chat", messages=HI)
    assert [line["message"] for line in said] == [
        {"role": "assistant", "content": "Hello"},
        {"role": "assistant", "content": " there."},
    ]
    assert not any(line["done"] for line in said)
    assert (last["done"], last["done_reason"], last["message"]["content"]) == (True, "stop", "")
    assert (last["prompt_eval_count"], last["eval_count"]) == (5, 2)
    parts = ("load_duration", "prompt_eval_duration", "eval_duration")
    assert last["total_duration"] == sum(last[name] for name in parts)
    answer = await whole(http, "/api/chat", messages=HI)
    assert (answer["message"]["content"], answer["model"], answer["done"]) == ("Hello there.", "fake/llm", True)
    _, caller, _, asked = corridor.calls[-1]
    assert (caller.wire, asked["messages"], asked["stream_options"]) == ("ollama", HI, {"include_usage": True})


async def test_half_a_character_does_not_break_the_answer_off(corridor: Any, http: aiohttp.ClientSession) -> None:
    corridor.chat_type, corridor.chat_pieces = "text/event-stream", chunks({"content": "a\ud800b"})
    *said, last = await lines(http, "/api/chat", messages=HI)
    assert "".join(line["message"]["content"] for line in said) == "a?b"
    assert last["done"]


async def test_options_and_forms_reach_the_model(corridor: Any, http: aiohttp.ClientSession) -> None:
    options = {"num_predict": 9, "stop": ["END", ""], "seed": 3.0, "temperature": 0.5, "num_ctx": 8192}
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    await whole(http, "/api/chat", messages=HI, options=options, format=schema, think="high", keep_alive="7m")
    asked = corridor.calls[-1][3]
    assert (asked["max_tokens"], asked["stop"], asked["seed"], asked["temperature"]) == (9, ["END"], 3, 0.5)
    assert "num_ctx" not in asked
    assert asked["response_format"]["json_schema"]["schema"] == schema
    assert asked["reasoning_effort"] == "high"
    assert corridor.chat_options[-1].keep_alive == "7m"
    await whole(http, "/api/chat", messages=HI, format="json", options={"num_predict": -1})
    asked = corridor.calls[-1][3]
    assert asked["response_format"] == {"type": "json_object"}
    assert "max_tokens" not in asked


async def test_tools_are_called_and_results_without_ids_find_their_calls(
    corridor: Any, http: aiohttp.ClientSession
) -> None:
    call = {"id": "call_1", "function": {"name": "weather", "arguments": '{"city":'}}
    corridor.chat_pieces = chunks(
        {"tool_calls": [{"index": 0, **call}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"Paris"}'}}]},
        finish="tool_calls",
    )
    called, last = await lines(http, "/api/chat", messages=HI, tools=[TOOL])
    (made,) = called["message"]["tool_calls"]
    assert made["function"] == {"index": 0, "name": "weather", "arguments": {"city": "Paris"}}
    assert last["done_reason"] == "stop"
    assert corridor.calls[-1][3]["tools"] == [TOOL]
    calls = [{"function": {"name": name, "arguments": {}}} for name in ("weather", "time")]
    results = [{"role": "tool", "tool_name": "time", "content": "9"}, {"role": "tool", "content": "Sunny."}]
    await whole(http, "/api/chat", messages=[*HI, {"role": "assistant", "tool_calls": calls}, *results])
    _, assistant, time, weather = corridor.calls[-1][3]["messages"]
    ids = [call["id"] for call in assistant["tool_calls"]]
    assert [time["tool_call_id"], weather["tool_call_id"]] == ids[::-1]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("think", [None, True, False])
async def test_thoughts_are_shown_unless_they_are_not_wanted(
    corridor: Any, http: aiohttp.ClientSession, think: bool | None
) -> None:
    corridor.chat_pieces = chunks({"reasoning_content": "Hm."}, {"content": "Yes."}, finish="length")
    answer = await whole(http, "/api/chat", messages=HI, think=think)
    assert answer["message"].get("thinking") == (None if think is False else "Hm.")
    assert (answer["message"]["content"], answer["done_reason"]) == ("Yes.", "length")


async def test_images_travel_to_models_that_see(corridor: Any, http: aiohttp.ClientSession) -> None:
    image = base64.b64encode(b"png").decode()
    await whole(http, "/api/chat", messages=[{"role": "user", "content": "What?", "images": [image]}])
    text, picture = corridor.calls[-1][3]["messages"][0]["content"]
    assert text == {"type": "text", "text": "What?"}
    assert picture["image_url"]["url"] == f"data:image/png;base64,{image}"


async def test_generate(corridor: Any, http: aiohttp.ClientSession) -> None:
    *said, last = await lines(http, "/api/generate", prompt="Hi.", system="Be kind.")
    assert ["".join(line["response"] for line in said), last["response"]] == ["Hello there.", ""]
    assert corridor.calls[-1][3]["messages"] == [{"role": "system", "content": "Be kind."}, *HI]
    corridor.chat_pieces = [b'data: {"choices": [{"index": 0, "text": "raw", "finish_reason": "stop"}]}\n\n']
    answer = await whole(http, "/api/generate", prompt="<s>Hi", raw=True)
    assert (answer["response"], corridor.calls[-1][3]["prompt"]) == ("raw", "<s>Hi")


async def test_embeddings(corridor: Any, http: aiohttp.ClientSession) -> None:
    corridor.chat_pieces = [json.dumps({"data": [{"embedding": [0.5, 1]}], "usage": {"prompt_tokens": 2}}).encode()]
    answer = await whole(http, "/api/embed", input="Hi.", dimensions=2)
    assert (answer["embeddings"], answer["prompt_eval_count"]) == ([[0.5, 1]], 2)
    assert corridor.calls[-1][3] == {"model": "fake/llm", "input": ["Hi."], "dimensions": 2}
    assert await whole(http, "/api/embeddings", prompt="Hi.") == {"embedding": [0.5, 1]}
    corridor.chat_status, corridor.chat_pieces = 501, [b"{}"]
    told = await whole(http, "/api/embed", 501, input="Hi.")
    assert told["error"].startswith("fake/llm makes no embeddings")


async def test_lists(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/tags") as response:
        (model,) = (await response.json())["models"]
    assert (model["name"], model["model"]) == ("fake/llm", "fake/llm")
    async with http.get("/api/ps") as response:
        assert await response.json() == {"models": []}
    async with http.get("/api/version") as response:
        assert set(await response.json()) == {"version"}
    for name in ("fake/llm", "fake/llm:latest"):
        shown = await whole(http, "/api/show", model=name)
        assert shown["capabilities"] == ["completion", "tools"]
    told = await whole(http, "/api/show", 404, model="fake/lm")
    assert "Did you mean" in told["error"]


async def test_an_empty_request_loads_the_model_and_unloads_it(
    server: Server, corridor: Any, http: aiohttp.ClientSession
) -> None:
    assert (await whole(http, "/api/chat"))["done_reason"] == "load"
    assert (await whole(http, "/api/generate", keep_alive=0))["done_reason"] == "unload"
    pool: Any = server.gateway.engines
    assert pool.held == [("fake/llm", None), ("fake/llm", "0")]
    assert corridor.calls == []


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("chat", {"model": ""}, "model is required"),
        ("chat", {"messages": "Hi"}, "messages must be a list"),
        ("chat", {"messages": [{"role": "nobody"}]}, "messages[0]"),
        ("chat", {"messages": [7]}, "messages[0]"),
        ("chat", {"messages": HI, "stream": "no"}, "stream"),
        ("chat", {"messages": HI, "tools": [{}]}, "tools[0]"),
        ("chat", {"messages": HI, "format": "xml"}, "format"),
        ("chat", {"messages": HI, "options": {"temperature": "hot"}}, "options.temperature"),
        ("chat", {"messages": HI, "options": {"num_predict": 0.5}}, "options.num_predict"),
        ("chat", {"messages": HI, "think": "much"}, "think"),
        ("chat", {"messages": HI, "logprobs": True}, "logprobs"),
        ("generate", {"prompt": "x", "suffix": "y"}, "suffix"),
        ("generate", {"prompt": 7}, "prompt"),
        ("embed", {"input": []}, "input"),
        ("embed", {"input": "x", "dimensions": True}, "dimensions"),
    ],
)
async def test_refusals(
    corridor: Any, http: aiohttp.ClientSession, path: str, body: dict[str, Any], words: str
) -> None:
    told = await whole(http, f"/api/{path}", 400, **body)
    assert told["error"].startswith(words)
    assert corridor.calls == []


async def test_every_error_is_a_sentence(corridor: Any, http: aiohttp.ClientSession, server: Server) -> None:
    corridor.error = BudgetExceededError("It is spent.")
    assert (await whole(http, "/api/chat", 429, messages=HI))["error"] == "It is spent."
    corridor.error = None
    corridor.chat_pieces = [*corridor.chat_pieces[:1], b'data: {"error": {"message": "It broke."}}\n\n']
    first, last = await lines(http, "/api/chat", messages=HI)
    assert (first["message"]["content"], last["error"]) == ("Hello", "It broke.")
    async with aiohttp.ClientSession(server.url) as stranger, stranger.get("/api/tags") as response:
        assert response.status == 401
        assert isinstance((await response.json())["error"], str)
    async with http.delete("/api/tags") as response:
        assert (response.status, type((await response.json())["error"])) == (405, str)


async def test_a_client_that_leaves_stops_the_model(corridor: Any, http: aiohttp.ClientSession) -> None:
    import asyncio

    async with http.post("/api/chat", json={"model": "fake/llm", "messages": HI}) as response:
        await response.content.readline()
    await asyncio.wait_for(corridor.opened[-1].closed.wait(), 60)


# -- the port without keys ---------------------------------------------------------------------------------------------


@pytest.fixture
async def keyless(serve: Serve) -> AsyncIterator[tuple[Server, aiohttp.ClientSession]]:
    server = await serve(serve={"ollama_port": 0})
    (_, port) = server.ports()["ollama"]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        yield server, http


async def test_the_port_lets_this_machine_in_without_a_key(keyless: Any) -> None:
    server, http = keyless
    server.gateway.corridor.chat_pieces = chunks({"content": "Yes."})
    server.gateway.corridor.chat_type = "text/event-stream"
    assert (await whole(http, "/api/chat", messages=HI))["message"]["content"] == "Yes."
    caller = server.gateway.corridor.calls[-1][1]
    assert (caller.project, caller.key_id) == (server.gateway.config.default_project, None)
    # a caller without a key does not choose who pays
    body = {"model": "fake/llm", "stream": False, "messages": HI}
    async with http.post("/api/chat", json=body, headers={"X-VoiceGW-Project": "other"}) as response:
        assert response.status == 200
    assert server.gateway.corridor.calls[-1][1].project == server.gateway.config.default_project
    async with http.get("/") as response:
        assert await response.text() == "Ollama is running"


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_the_port_keeps_web_pages_out(keyless: Any, headers: dict[str, str]) -> None:
    _, http = keyless
    async with http.get("/api/tags", headers=headers) as response:
        assert response.status == 403
        assert isinstance((await response.json())["error"], str)


@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions", "/v1/status", "/metrics"])
async def test_the_port_serves_ollamas_routes_only(keyless: Any, path: str) -> None:
    _, http = keyless
    async with http.get(path) as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
@pytest.mark.parametrize("written", ["", [""], [], ["", "END"]])
async def test_an_empty_stop_ends_no_answer(
    corridor: Any, http: aiohttp.ClientSession, path: str, written: str | list[str]
) -> None:
    asked = {"messages": HI} if path == "/api/chat" else {"prompt": "Hi."}
    await whole(http, path, options={"stop": written}, **asked)
    assert corridor.calls[-1][3].get("stop") == (["END"] if "END" in written else None)
