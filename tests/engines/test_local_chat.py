"""Calls written as text, schemas with classes, refusals with codes: the work between a client and llama.cpp."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from voicegw_desktop.core.errors import BadRequest, ModelNotInstalled
from voicegw_desktop.core.ports import Target
from voicegw_desktop.engines.forced_tools import forced
from voicegw_desktop.engines.lease import Lease
from voicegw_desktop.engines.llama_requests import Told, pattern, prepared
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.local import LocalLlm
from voicegw_desktop.engines.offered_tools import OfferedReply, calls_in, may_be_call, offered

NAMES = frozenset({"weather"})
CALL = '{"name": "weather", "arguments": {"city": "Paris"}}'


class Reply:
    """A scripted upstream answer."""

    def __init__(self, pieces: list[bytes], status: int = 200) -> None:
        self.pieces, self.status = pieces, status
        self.headers: Mapping[str, str] = {"content-length": "1"}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    async def read(self) -> bytes:
        return b"".join(self.pieces)

    async def close(self) -> None:
        """No connection is open: nothing to close."""


def event(delta: dict[str, Any], reason: str | None = None) -> bytes:
    return (
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}).encode() + b"\n\n"
    )


def stream(*texts: str) -> list[bytes]:
    return [
        event({"role": "assistant", "content": None}),
        *(event({"content": t}) for t in texts),
        event({}, "stop"),
        b"data: [DONE]\n\n",
    ]


async def said(pieces: list[bytes]) -> tuple[str, list[dict[str, Any]], str]:
    reply = OfferedReply(Reply(pieces), NAMES, stream=True)
    data = await reply.read()
    assert data.endswith(b"data: [DONE]\n\n")
    choices = [json.loads(line[6:])["choices"][0] for line in data.split(b"\n") if line.startswith(b"data: {")]
    text = "".join(c["delta"].get("content") or "" for c in choices)
    calls = [call for c in choices for call in c["delta"].get("tool_calls") or ()]
    (reason,) = [c["finish_reason"] for c in choices if c["finish_reason"]]
    return text, calls, reason


@pytest.mark.parametrize(
    "written",
    [
        CALL,
        f"```json\n{CALL}\n```",
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"  {CALL}\n",
        '{"function": "weather", "parameters": {"city": "Paris"}}',
        '{"type": "function", "function": {"name": "weather", "arguments": "{\\"city\\": \\"Paris\\"}"}}',
        f"[{CALL}]",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_call_written_as_text_becomes_a_call(written: str, size: int) -> None:
    texts = [written[i : i + size] for i in range(0, len(written), size)]
    text, calls, reason = await said(stream(*texts))
    assert (text, reason) == ("", "tool_calls")
    assert [json.loads(c["function"]["arguments"]) for c in calls] == [{"city": "Paris"}]
    whole = json.dumps({"choices": [{"message": {"role": "assistant", "content": written}, "finish_reason": "stop"}]})
    answer = json.loads(await OfferedReply(Reply([whole.encode()]), NAMES, stream=False).read())
    assert answer["choices"][0]["finish_reason"] == "tool_calls"
    assert answer["choices"][0]["message"]["content"] is None


@pytest.mark.parametrize(
    "written",
    [
        "It is sunny in Paris.",
        '{"name": "dance", "arguments": {}}',
        '{"temperature": 20}',
        f"{CALL} I will look it up.",
        "```python\nprint()\n```",
        "[1, 2]",
        '{"name": "weather"',
        "",
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
async def test_any_other_text_is_passed_on_whole(written: str, size: int) -> None:
    texts = [written[i : i + size] for i in range(0, len(written), size)]
    assert await said(stream(*texts)) == (written, [], "stop")


async def test_ordinary_text_is_not_held_back() -> None:
    reply = OfferedReply(Reply(stream("It", " is", " sunny.")), NAMES, stream=True)
    chunks = [chunk async for chunk in reply]
    # the role, then each piece as it comes
    assert sum(b"content" in chunk for chunk in chunks) >= 4
    assert not may_be_call("It")
    assert not may_be_call('{"temperature"')
    assert may_be_call('{"na')


async def test_calls_that_the_engine_found_are_passed_on() -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    text, calls, reason = await said([event({"tool_calls": [call]}), event({}, "tool_calls"), b"data: [DONE]\n\n"])
    assert (text, calls, reason) == ("", [call], "tool_calls")


def test_only_tools_that_may_be_called_freely_are_looked_for() -> None:
    tools = [{"type": "function", "function": {"name": "weather"}}]
    assert offered({"tools": tools}) == NAMES
    assert offered({"tools": tools, "tool_choice": "auto"}) == NAMES
    for body in ({}, {"tools": tools, "tool_choice": "none"}, {"tools": tools, "n": 2}):
        assert offered(body) == frozenset()
    assert calls_in(CALL, frozenset()) == []


@pytest.mark.parametrize("parameters", [None, {}, {"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_parameters_takes_none(parameters: dict[str, Any] | None) -> None:
    function = {"name": "stop"} | ({} if parameters is None else {"parameters": parameters})
    body = forced({"messages": [], "tools": [{"type": "function", "function": function}], "tool_choice": "required"})
    assert body is not None
    arguments = body["response_format"]["json_schema"]["schema"]["properties"]["arguments"]
    assert arguments == {"type": "object", "properties": {}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("written", "known"),
    [
        (r"^\d{4}-\d{2}$", "^[0-9]{4}-[0-9]{2}$"),
        (r"^[\d.]+$", "^[0-9.]+$"),
        (r"\w+\s\S", r"[A-Za-z0-9_]+[ \t\n\r][^ \t\n\r]"),
        (r"a\.b\\d", r"a\.b\\d"),
        ("^[a-z]+$", "^[a-z]+$"),
    ],
)
def test_classes_of_a_pattern_become_sets(written: str, known: str) -> None:
    assert pattern(written) == known
    schema = {"type": "object", "properties": {"d": {"type": "string", "pattern": written}}}
    body = {"messages": [], "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}}
    sent = prepared(body, "llamacpp/x")
    assert sent["response_format"]["json_schema"]["schema"]["properties"]["d"]["pattern"] == known


@pytest.mark.parametrize("written", [r"\bword\b", r"(?=x)", r"[\D]"])
def test_what_a_grammar_would_drop_is_refused(written: str) -> None:
    with pytest.raises(BadRequest, match="cannot be held"):
        pattern(written)


@pytest.mark.parametrize(
    ("part", "word"), [({"type": "image_url", "image_url": {"url": "x"}}, "images"), ({"type": "input_audio"}, "audio")]
)
def test_what_a_model_of_text_cannot_take_is_the_callers_mistake(part: dict[str, Any], word: str) -> None:
    body = {"messages": [{"role": "user", "content": [{"type": "text", "text": "See?"}, part]}]}
    with pytest.raises(BadRequest, match=word) as refused:
        prepared(body, "llamacpp/x")
    assert (refused.value.status, refused.value.param) == (400, "messages[0].content")


def test_other_names_of_a_part_of_text_are_read_and_unknown_parts_refused() -> None:
    parts = [{"type": "input_text", "text": "Hi."}, {"type": "refusal", "refusal": "No."}]
    sent = prepared({"messages": [{"role": "user", "content": parts}]}, "llamacpp/x")
    assert sent["messages"][0]["content"] == [{"type": "text", "text": "Hi."}, {"type": "text", "text": "No."}]
    with pytest.raises(BadRequest, match='"IMAGE_URL"') as refused:
        prepared({"messages": [{"role": "user", "content": [{"type": "IMAGE_URL"}]}]}, "llamacpp/x")
    assert refused.value.param == "messages[0].content[0]"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('{"a": ', '{"arguments": "{\\"a\\": "}'),
        ("[1]", '{"arguments": "[1]"}'),
        ("", "{}"),
    ],
)
def test_a_call_with_broken_arguments_stays_in_the_conversation(written: str, sent: str) -> None:
    """llama.cpp answers 500 for them, for this turn and for every one that follows."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": written}}
    body = {"messages": [{"role": "assistant", "content": None, "tool_calls": [call]}]}
    told = prepared(body, "llamacpp/x")["messages"][0]["tool_calls"][0]
    assert told == {**call, "function": {"name": "f", "arguments": sent}}


async def test_a_conversation_that_is_too_long_has_the_code_that_clients_know() -> None:
    error = {"type": "exceed_context_size_error", "message": "m", "n_prompt_tokens": 9000, "n_ctx": 4096, "code": 400}
    told = await Told.of(Reply([json.dumps({"error": error}).encode()], status=400), "llamacpp/x")
    said = json.loads(await told.read())["error"]
    assert (told.status, said["code"], said["param"]) == (400, "context_length_exceeded", "messages")
    assert "9000 tokens; llamacpp/x reads 4096" in said["message"]
    assert "engines.llamacpp.context_size" in said["message"]
    for trained, word in ((8192, "up to the 8192 of the model's training"), (4096, "trained for no more")):
        told = await Told.of(Reply([json.dumps({"error": error}).encode()], status=400), "llamacpp/x", trained)
        assert word in json.loads(await told.read())["error"]["message"]
    other = Reply([b'{"error": {"message": "no"}}'], status=500)
    assert await (await Told.of(other, "llamacpp/x")).read() == b'{"error": {"message": "no"}}'
    fine = Reply([b"x"])
    assert await Told.of(fine, "llamacpp/x") is fine


@pytest.mark.parametrize("messages", [True, 5, 1e308, "hi", {"role": "user"}])
def test_messages_beside_a_prompt_are_not_looked_into(messages: object) -> None:
    """Completions and embeddings do not check a field that is not theirs."""
    body = {"prompt": "Hi.", "messages": messages}
    assert prepared(body, "llamacpp/x") == body


@pytest.mark.parametrize("choice", [{"function": True}, {"function": [{}]}, {"function": {"name": []}}, {}, "required"])
def test_a_choice_that_names_no_function_forces_none(choice: object) -> None:
    nameless = {"type": "custom", "function": {}}
    assert forced({"messages": [], "tools": [nameless], "tool_choice": choice}) is None


@pytest.mark.parametrize("what", ["messages", "tools"])
async def test_fields_of_wrong_types_are_the_callers_mistake(what: str) -> None:
    """llama.cpp answers 500 for them, which counts as its failure and moves the chat to the next target."""
    message = f"Failed to parse {what}: [json.exception.type_error.302] type must be string, but is number"
    error = {"type": "server_error", "message": message, "code": 500}
    told = await Told.of(Reply([json.dumps({"error": error}).encode()], status=500), "llamacpp/x")
    said = json.loads(await told.read())["error"]
    assert (told.status, said["type"], said["message"]) == (400, "invalid_request_error", message)


async def test_models_that_are_named_in_vain_leave_nothing_behind() -> None:
    class Nothing:
        http = HttpClient()

        async def acquire(self, provider: str, model: str, keep_alive: str | None = None) -> Lease:
            raise ModelNotInstalled(f"{model} is not installed.")

    llm = LocalLlm(Nothing())

    async def ask(target: Target, *, stream: bool) -> None:
        with pytest.raises(ModelNotInstalled):
            await llm.post(target, "/chat/completions", {"messages": [], "stream": stream})

    await ask(Target("llamacpp", "none"), stream=True)
    await ask(Target("llamacpp", "neither"), stream=False)
    # the loop holds a task that is over for one step
    await asyncio.sleep(0)
    gc.collect()
    assert not llm._orders
