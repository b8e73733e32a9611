"""Ten thousand malformed messages on each door of 2026: `python -m tests.bench.fuzz_doors [count] [wire ...]`.

Responses, Anthropic's Messages, Ollama, MCP 2026-07-28, OpenAI Live, LiveKit's ends of turns, Wyoming's conversation
agent.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from tests.bench.fuzz import AS_JSON, COUNT, GOOD, JSON, MCP_CALLS, TOOLS, Request, batches, send_requests
from tests.bench.fuzz_wires import (
    ITEM,
    VALUES,
    Frames,
    _event,
    _frames,
    conversation,
    send_wyoming_tcp,
    send_wyoming_unix,
)
from tests.bench.fuzzing import Fuzzer, Wire, table
from voicegw_desktop.core import protobuf
from voicegw_desktop.engines.turn import Judgement, TurnStream

# -- HTTP -------------------------------------------------------------------------------------------------------------

BLOCKS = ["text", "input_text", "output_text", "image", "tool_use", "tool_result", "document", "x"]
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(BLOCKS)},
    optional={
        "text": VALUES, "id": VALUES, "name": VALUES, "input": JSON, "tool_use_id": VALUES, "content": JSON,
        "source": JSON, "cache_control": JSON, "image_url": JSON,
    },
)  # fmt: skip
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", "developer"]) | JSON},
    optional={"content": st.lists(BLOCK, max_size=3) | VALUES, "type": st.just("message") | JSON, "images": JSON},
)
CALL = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["function_call", "function_call_output", "item_reference", "reasoning", "web_search_call"]
        )
    },
    optional={"id": VALUES, "call_id": VALUES, "name": VALUES, "arguments": VALUES, "output": VALUES | JSON},
)
TOOL = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["function", "web_search", "mcp", "custom"]) | JSON,
        "name": VALUES,
        "parameters": JSON,
        "input_schema": JSON,
        "function": st.fixed_dictionaries({"name": VALUES}, optional={"parameters": JSON}) | JSON,
    },
)


def _posts(
    paths: list[str], good: dict[str, Any], optional: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Request]:
    """Bodies that are often right but for a field or two, which are nearly right or of any kind."""
    shared = {
        "model": st.just("fake/llm") | VALUES,
        "stream": st.booleans() | JSON,
        "tools": st.lists(TOOL, max_size=2) | JSON,
        "tool_choice": GOOD | JSON,
        "temperature": VALUES,
        "top_p": VALUES,
    }
    fields = st.fixed_dictionaries({}, optional={**shared, **optional})
    few = st.dictionaries(st.sampled_from([*shared, *optional]), VALUES, max_size=2)
    streamed = st.booleans().map(lambda stream: {"model": "fake/llm", "stream": stream, **good})
    body = fields | st.builds(lambda whole, odd: {**whole, **odd}, streamed, few)
    raw = (body | JSON).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=80)
    return st.builds(lambda path, data: ("POST", path, AS_JSON, data), st.sampled_from(paths), raw)


HELLO = [{"role": "user", "content": "Hello."}]
RESPONSES = _posts(
    ["/v1/responses"],
    {"input": HELLO},
    {
        "input": st.lists(MESSAGE | CALL, max_size=4) | VALUES,
        "instructions": VALUES,
        "previous_response_id": VALUES,
        "text": st.fixed_dictionaries({"format": GOOD | JSON}) | JSON,
        "store": JSON,
        "max_output_tokens": VALUES,
        "reasoning": JSON,
        "include": JSON,
        "conversation": JSON,
        "background": JSON,
        "metadata": JSON,
    },
) | st.builds(
    lambda method, tail: (method, f"/v1/responses/{tail}", {}, b""),
    st.sampled_from(["GET", "DELETE"]),
    st.sampled_from(["resp_1", "a/b", "%00", "x" * 200, "resp_1/input_items", "%ff"]),
)
MESSAGES = _posts(
    ["/v1/messages", "/v1/messages/count_tokens"],
    {"messages": HELLO, "max_tokens": 5},
    {
        "messages": st.lists(MESSAGE, max_size=4) | JSON,
        "system": st.lists(BLOCK, max_size=2) | VALUES,
        "max_tokens": VALUES,
        "stop_sequences": JSON,
        "thinking": JSON,
        "metadata": JSON,
        "output_config": JSON,
    },
)
OLLAMA = _posts(
    ["/api/chat", "/api/generate", "/api/show", "/api/embed", "/api/embeddings"],
    {"messages": HELLO, "prompt": "Hello.", "input": "Hello."},
    {
        "messages": st.lists(MESSAGE, max_size=4) | JSON,
        "prompt": VALUES,
        "input": JSON,
        "options": st.dictionaries(st.sampled_from(["num_predict", "temperature", "seed", "stop"]), VALUES) | JSON,
        "format": GOOD | JSON,
        "keep_alive": VALUES,
        "think": JSON,
        "images": JSON,
        "suffix": VALUES,
        "raw": JSON,
        "system": VALUES,
    },
)
META = st.fixed_dictionaries(
    {},
    optional={
        "io.modelcontextprotocol/protocolVersion": st.sampled_from(["2026-07-28"] * 3 + ["2027-01-01"]) | JSON,
        "io.modelcontextprotocol/clientCapabilities": st.just({}) | JSON,
    },
)
NAMES = TOOLS | st.sampled_from(["=?base64?Z2V0X2Nvc3Rz?=", "=?base64?***?=", "=?base64??="])
MCP_2026 = st.builds(
    lambda call, method, meta, headers: ("POST", "/mcp", {**AS_JSON, **headers}, _enveloped(call, method, meta)),
    MCP_CALLS | JSON,
    st.sampled_from(["server/discover", "tools/list", "tools/call", "ping", "subscriptions/listen"]) | st.none(),
    META | JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "MCP-Protocol-Version": st.sampled_from(["2026-07-28"] * 4 + ["2025-11-25", "2027-01-01", ""]),
            "Mcp-Method": st.sampled_from(["server/discover", "tools/list", "tools/call", "", "x"]),
            "Mcp-Name": NAMES,
        },
    ),
)


def _enveloped(call: Any, method: str | None, meta: Any) -> bytes:
    if isinstance(call, dict):
        call = {**call, **({"method": method} if method else {})}
        if isinstance(call.get("params", {}), dict):
            call["params"] = {**call.get("params", {}), "_meta": meta}
    return json.dumps(call).encode()


# -- sockets ----------------------------------------------------------------------------------------------------------

LIVE_START = {"type": "session.start", "session": {"model": "fake/llm"}}
LIVE_TOOLS = {"type": "responses", "responses": {"model": "fake/llm", "tools": [{"type": "function", "name": "f"}]}}
LIVE_WITH_TOOLS = {"type": "session.start", "session": {"model": "fake/llm", "delegation": LIVE_TOOLS}}
LIVE_TYPES = [
    "session.start", "session.update", "session.input_audio.append", "session.input_audio.mute",
    "session.input_audio.unmute", "session.instructions.append", "session.thinking.append",
    "session.commentary.append", "response.item.create", "response.create", "session.close", "decision.create",
]  # fmt: skip
LIVE_FIELDS = [
    "session", "model", "instructions", "input", "audio", "format", "type", "rate", "output", "voice", "delegation",
    "responses", "tools", "item", "role", "content", "text", "delegation_id", "event_id", "call_id", "store",
]  # fmt: skip
LIVE_CLOSE = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("session.start")},
            optional={
                "session": st.fixed_dictionaries(
                    {"model": st.just("fake/llm") | VALUES},
                    optional={
                        "input": st.lists(MESSAGE, max_size=3) | JSON,
                        "audio": st.fixed_dictionaries({}, optional={"format": JSON, "output": JSON}) | JSON,
                        "delegation": st.just(LIVE_TOOLS) | JSON,
                        "instructions": VALUES,
                    },
                )
            },
        ),
        st.fixed_dictionaries({"type": st.just("session.input_audio.append"), "audio": VALUES}),
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    ["session.commentary.append", "session.thinking.append", "session.instructions.append"]
                ),
                "content": VALUES,
                "delegation_id": st.none() | VALUES,
            }
        ),
        st.fixed_dictionaries({"type": st.just("response.item.create"), "item": ITEM | CALL | JSON}),
        st.fixed_dictionaries({"type": st.sampled_from(["response.create", "session.close"])}),
    ).map(json.dumps),
    min_size=4,
    max_size=12,
)
LIVE: st.SearchStrategy[Frames] = (
    _frames([LIVE_START], "type", LIVE_TYPES, LIVE_FIELDS)
    | _frames([LIVE_WITH_TOOLS], "type", LIVE_TYPES, LIVE_FIELDS)
    | LIVE_CLOSE.map(lambda frames: [json.dumps(LIVE_START), *frames])
)


def _field(number: int, kind: int, value: bytes, lie: int) -> bytes:
    """A field of a protobuf message whose length may not be true."""
    return protobuf.varint(number << 3 | kind) + protobuf.varint(max(0, len(value) + lie)) + value


KINDS = st.sampled_from([2, 2, 2, 0, 1, 5, 3])
_INNER = st.lists(
    st.builds(_field, st.integers(1, 9), KINDS, st.binary(max_size=40), st.sampled_from([0, 0, 0, 1])), max_size=4
).map(b"".join)
EOT: st.SearchStrategy[Frames] = st.lists(
    st.builds(_field, st.integers(1, 12), st.just(2), _INNER, st.sampled_from([0, 0, 0, 0, 1, 7]))
    | st.binary(max_size=60)
    | st.text(max_size=20),
    min_size=4,
    max_size=16,
)


class _Turn:
    """A model of ends of turns that needs no process."""

    async def judge(self, pcm: bytes, rate: int) -> Judgement:
        return Judgement(0.5, 0.0)

    def finish(self) -> None:
        return


async def send_eot(fuzzer: Fuzzer, frames: Frames) -> int:
    async def opened(_pool: object) -> _Turn:
        return _Turn()

    with mock.patch.object(TurnStream, "open", opened):
        return await conversation("/v1/eot")(fuzzer, frames)


HANDLE: st.SearchStrategy[list[bytes]] = st.lists(
    st.binary(max_size=80)
    | st.builds(
        _event,
        st.sampled_from(["transcript"] * 4 + ["select-program", "describe", "recognize", "handled", "audio-stop"]),
        st.fixed_dictionaries(
            {},
            optional={
                "text": VALUES,
                "language": VALUES,
                "name": st.sampled_from(["voicegateway", "fake/llm"]) | VALUES,
                "context": st.fixed_dictionaries({"conversation_id": VALUES}) | JSON,
            },
        )
        | JSON,
        st.binary(max_size=16),
        st.sampled_from([0, 0, 0, 0, 0, 1, -1, 2**40]),
    ),
    min_size=2,
    max_size=8,
)

WIRES = (
    Wire("responses", batches(RESPONSES), send_requests),
    Wire("messages", batches(MESSAGES), send_requests),
    Wire("ollama", batches(OLLAMA), send_requests),
    Wire("mcp 2026", batches(MCP_2026), send_requests, real=True),
    Wire("live", LIVE, conversation("/v1/live/sessions")),
    Wire("eot", EOT, send_eot),
    Wire("wyoming handle tcp", HANDLE, send_wyoming_tcp),
    Wire("wyoming handle unix", HANDLE, send_wyoming_unix),
)


def main(arguments: list[str]) -> int:
    return table(WIRES, int(arguments[0]) if arguments else COUNT, arguments[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
