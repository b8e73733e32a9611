"""Ten thousand malformed messages on every HTTP wire: `python -m tests.bench.fuzz [count] [wire ...]`.

The WebSockets and Wyoming have their own: `python -m tests.bench.fuzz_wires`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.bench.fuzzing import Fuzzer, Wire, table
from voicegw_desktop.gateway.operations import OPERATIONS
from voicegw_desktop.sockets.http.limits import Limits

COUNT = 10_000
AT_ONCE = 8  # messages in one batch
QUICK = replace(Limits(), header_timeout=0.05, body_timeout=0.05, keepalive_timeout=0.05, linger=0.02)
"""Limits so short that an unfinished message costs its sender no seconds."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


def batches(message: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Several of them, as one draw."""
    return st.lists(message, min_size=AT_ONCE, max_size=AT_ONCE)


# -- bytes ----------------------------------------------------------------------------------------------------------

PATHS = st.sampled_from(
    [
        "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings", "/v1/audio/speech", "/mcp",
        "/v1/speak?model=fake/tts", "/v1/text-to-speech/any?model_id=fake/tts", "/v1/listen?model=fake/stt",
        "/v1/text-to-speech/any/stream",
    ]
)  # fmt: skip


async def send_raw(fuzzer: Fuzzer, messages: list[bytes]) -> int:
    """Send each message on its own connection, and read until the server closes it."""
    await asyncio.gather(*(_one_raw(fuzzer, message) for message in messages))
    return len(messages)


async def _one_raw(fuzzer: Fuzzer, message: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(fuzzer.unix)
    answer = b""
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(message)
            answer = await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    if answer:
        fuzzer.answered(int(answer.split(b" ", 2)[1]), message)


RAW = st.binary(min_size=1, max_size=300).map(lambda b: b + b"\r\n\r\n")
HEADS = st.builds(
    lambda method, path, headers: (
        f"{method} /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        + "".join(f"{k}: {v}\r\n" for k, v in headers)
        + "Connection: close\r\n\r\n"
    ).encode("utf-8", "surrogatepass"),
    st.sampled_from(["GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "TRACE", "FOO", "get"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
    | st.sampled_from(["v1/stt", "v1/listen", "v1/realtime", "v1/models/%00", "mcp", "v1//tts"]),
    st.lists(
        st.tuples(
            st.text(max_size=12)
            | st.sampled_from(["Upgrade", "Sec-WebSocket-Key", "Origin", "Range", "Expect", "Content-Length", "TE"]),
            st.text(max_size=20) | st.sampled_from(["websocket", "100-continue", "bytes=0-", "-1", "99999999999"]),
        ),
        max_size=4,
    ),
)
CHUNKED = st.builds(
    lambda path, body: (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
        + body
    ),
    PATHS,
    st.binary(max_size=100)
    | st.lists(st.binary(max_size=30), max_size=4).map(
        lambda pieces: b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    ),
)

LISTENERS = st.builds(
    lambda query, headers: (
        f"GET /v1/events{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n"
    ).encode("utf-8", "surrogatepass"),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map(lambda q: "?" + q if q else ""),
    st.lists(
        st.tuples(
            st.sampled_from(["Accept", "Last-Event-ID", "Upgrade", "Connection", "Sec-WebSocket-Version", "X-Odd"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
            | st.sampled_from(["websocket", "Upgrade", "13", "text/event-stream"]),
        ),
        max_size=4,
    ),
)


Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def send_listeners(fuzzer: Fuzzer, messages: list[bytes]) -> int:
    """Ask for the endless stream, and close the connection at the first answer."""
    return await first_answers(fuzzer, messages, lambda: asyncio.open_unix_connection(fuzzer.unix))


async def first_answers(fuzzer: Fuzzer, messages: list[bytes], connect: Connect) -> int:
    """Send each message on a connection of its own, which is closed at the first line of the answer."""

    async def one(message: bytes) -> None:
        reader, writer = await connect()
        try:
            with contextlib.suppress(ConnectionError):
                writer.write(message)
                if answer := await reader.readline():
                    fuzzer.answered(int(answer.split()[1]), message)
        finally:
            writer.transport.abort()

    await asyncio.gather(*(one(message) for message in messages))
    return len(messages)


# -- bodies ---------------------------------------------------------------------------------------------------------

Request = tuple[str, str, dict[str, str], bytes]
"""Method, path with its query, headers, body."""


async def send_requests(fuzzer: Fuzzer, requests: list[Request]) -> int:
    """Send all messages at once, on connections that are reused."""

    async def one(request: Request) -> None:
        method, path, headers, body = request
        async with fuzzer.http.request(method, path, headers=headers, data=body) as answer:
            fuzzer.answered(answer.status, request)
            with contextlib.suppress(OSError):
                await answer.read()

    await asyncio.gather(*(one(request) for request in requests))
    return len(requests)


AS_JSON = {"Content-Type": "application/json"}
FIELDS = st.sampled_from(
    [
        "model", "messages", "stream", "input", "voice", "speed", "temperature", "tools", "response_format", "prompt",
        "stream_format", "text", "model_id", "voice_settings", "output_format", "language_code", "stream_options",
        "tool_choice", "keep_alive", "logprobs", "n", "max_tokens", "instructions",
    ]
)  # fmt: skip
GOOD = st.sampled_from(
    [
        "fake/llm", "fake/tts", [{"role": "user", "content": "x"}], True, "pcm", "wav", "sse", 1.0, "Hello.",
        [{"type": "function", "function": {"name": "f", "parameters": {}}}], {"type": "json_object"}, "\ud800",
    ]
)  # fmt: skip
JSON_BODIES = st.builds(lambda path, body: ("POST", path, AS_JSON, body), PATHS, st.binary(max_size=200))
JSON_TYPES = st.builds(
    lambda path, fields: ("POST", path, AS_JSON, json.dumps(fields).encode()),
    PATHS,
    st.dictionaries(FIELDS, GOOD | JSON, max_size=6),
)
FORM_PATHS = st.sampled_from(["/v1/audio/transcriptions", "/v1/audio/translations", "/v1/speech-to-text"])
FORM_NAMES = st.sampled_from(
    [
        "model", "model_id", "file", "language", "language_code", "temperature", "stream", "response_format", "prompt",
        "timestamp_granularities[]", "timestamps_granularity", "keep_alive",
    ]
)  # fmt: skip
WAV = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data"
FORM_VALUES = st.binary(max_size=60) | st.sampled_from(
    [b"fake/stt", b"en", b"0.5", b"true", b"RIFF\0\0\0\0WAVE", WAV + b"\4\0\0\0\0\0\0\0", WAV + b"\xff\xff\xff\x7f",
     b"srt", b"vtt", b"verbose_json", b"word", b"ID3\4", b"OggS", b"fLaC", b"\x1a\x45\xdf\xa3"]
)  # fmt: skip


def _form(path: str, parts: list[tuple[str, bytes]], end: bytes, boundary: str) -> Request:
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"
        for name, value in parts
    )
    return "POST", path, {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body + end


FORMS = st.builds(
    _form,
    FORM_PATHS,
    st.lists(st.tuples(FORM_NAMES, FORM_VALUES), max_size=5),
    st.sampled_from([b"--b--\r\n"] * 4 + [b"", b"--b", b"--b--", b"--x--\r\n"]),
    st.sampled_from(["b"] * 6 + ["", "x", '"b"', "b" * 71]),
)
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            "model", "language", "encoding", "sample_rate", "channels", "punctuate", "utterances", "container",
            "bit_rate", "keyterm", "endpointing", "output_format", "model_id", "detect_language",
        ]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&#%+"), max_size=12)
    | st.sampled_from(["fake/stt", "fake/tts", "linear16", "16000", "0", "-1", "1e99", "nan", "mulaw", "true"]),
    max_size=5,
).map(lambda given: "&".join(f"{k}={v}" for k, v in given.items()))  # fmt: skip
DOORS = st.builds(
    lambda path, query, body, kind: ("POST", f"{path}?{query}", {"Content-Type": kind}, body),
    st.sampled_from(["/v1/listen", "/v1/listen", "/v1/speak", "/v1/text-to-speech/any", "/v1/text-to-speech/a/stream"]),
    QUERIES,
    FORM_VALUES | st.just(b'{"text": "Hello."}') | st.just(b'{"url": "http://127.0.0.1/x"}'),
    st.sampled_from(["audio/wav", "application/json", "application/octet-stream", "", "text/plain; charset=?"]),
)

# -- operations and MCP: a gateway with a profile of its own -----------------------------------------------------------

LEFT_OUT = frozenset({"pull_model", "import_models", "doctor", "test_provider", "rotate_secret", "audit_books"})
"""Operations that use the network or the disk, or take long, with any parameters."""
ARGUMENTS = (
    st.text(max_size=12)
    | st.sampled_from(["p1", "default", "today", "stt", "llm", "whisper/tiny.en", "-1", "true", "*", "", "openai"])
    | JSON
)


def _operation(name: str, given: dict[str, Any], as_query: bool) -> Request:
    operation = OPERATIONS[name]
    path = operation.path.replace(":.+}", "}")
    for key in [key for key in given if "{" + key + "}" in path]:
        path = path.replace("{" + key + "}", _quoted(given.pop(key)) or "x")
    path = path.partition("{")[0] + ("x" if "{" in path else "")
    if as_query:
        return operation.method, path + "?" + "&".join(f"{k}={_quoted(v)}" for k, v in given.items()), {}, b""
    return operation.method, path, AS_JSON, json.dumps(given).encode()


def _quoted(value: Any) -> str:
    return "".join(f"%{byte:02x}" for byte in str(value).encode("utf-8", "replace"))[:300]


def _operations() -> st.SearchStrategy[Request]:
    names = [name for name in OPERATIONS if name not in LEFT_OUT]
    return st.sampled_from(names).flatmap(
        lambda name: st.builds(
            _operation,
            st.just(name),
            st.dictionaries(
                st.sampled_from([p.name for p in OPERATIONS[name].params] or ["nothing"]) | st.text(max_size=8),
                ARGUMENTS,
                max_size=5,
            ),
            st.booleans(),
        )
    )


MCP_METHODS = st.sampled_from(
    ["initialize", "notifications/initialized", "tools/list", "tools/call", "ping", "resources/list", "prompts/list"]
)
TOOLS = st.sampled_from(["get_costs", "get_logs", "list_models", "create_project", "set_route", "status", "nothing"])
MCP_CALLS = st.fixed_dictionaries(
    {"jsonrpc": st.sampled_from(["2.0"] * 4 + ["1.0", None])},
    optional={
        "id": st.integers() | st.text(max_size=4) | JSON,
        "method": MCP_METHODS | JSON,
        "params": st.fixed_dictionaries(
            {},
            optional={
                "name": TOOLS | JSON,
                "arguments": st.dictionaries(st.text(max_size=8), ARGUMENTS, max_size=3) | JSON,
                "protocolVersion": st.sampled_from(["2025-06-18", "1", ""]) | JSON,
                "capabilities": JSON,
            },
        )
        | JSON,
    },
)
MCP = st.builds(
    lambda body, headers: ("POST", "/mcp", {**AS_JSON, **headers}, body),
    (MCP_CALLS | st.lists(MCP_CALLS, max_size=3) | JSON).map(lambda m: json.dumps(m).encode()) | st.binary(max_size=80),
    st.sampled_from([{}] * 5 + [{"MCP-Protocol-Version": "0"}, {"Accept": "text/event-stream"}]),
)

WIRES = (
    Wire("http: raw bytes", batches(RAW), send_raw, QUICK),
    Wire("http: heads", batches(HEADS), send_raw, QUICK, real=True),
    Wire("http: chunks", batches(CHUNKED), send_raw, QUICK),
    Wire("openai: JSON", batches(JSON_BODIES), send_requests),
    Wire("openai: types", batches(JSON_TYPES), send_requests),
    Wire("openai: forms", batches(FORMS), send_requests),
    Wire("doors: uploads", batches(DOORS), send_requests),
    Wire("events: streams", batches(LISTENERS), send_listeners, QUICK, real=True),
    Wire("mcp", batches(MCP), send_requests, real=True),
    Wire("operations", batches(_operations()), send_requests, real=True),
)


def main(arguments: list[str]) -> int:
    return table(WIRES, int(arguments[0]) if arguments else COUNT, arguments[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
