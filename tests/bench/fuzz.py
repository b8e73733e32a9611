"""Ten thousand malformed HTTP messages per kind against a served socket: `python -m tests.bench.fuzz [count]`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.socket_gateway import GOOD_KEY, FakeGateway
from voicegw_desktop.sockets.limits import Limits
from voicegw_desktop.sockets.server import Server

HEAD = f"Host: 127.0.0.1\r\nAuthorization: Bearer {GOOD_KEY}\r\n"
LIMITS = replace(Limits(), header_timeout=0.05, body_timeout=0.05, keepalive_timeout=0.05, linger=0.02)
ANSWER_WAIT = 5.0  # s after which the server counts as hanging

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
PATHS = st.sampled_from(
    ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings", "/v1/audio/speech", "/mcp"]
)
FIELDS = st.sampled_from(
    ["model", "messages", "stream", "input", "voice", "speed", "temperature", "tools", "response_format", "prompt"]
)
GOOD_VALUES = st.sampled_from(["fake/llm", "fake/tts", [{"role": "user", "content": "x"}], True, "pcm", 1.0])
FORM_NAMES = st.sampled_from(["model", "file", "language", "temperature", "stream", "timestamp_granularities[]"])
FORM_VALUES = st.binary(max_size=60) | st.sampled_from([b"fake/stt", b"en", b"0.5", b"true", b"RIFF\0\0\0\0WAVE"])


def _http(method: str, path: str, body: bytes, kind: str = "application/json") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\n{HEAD}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return (head + "Connection: close\r\n\r\n").encode("latin-1") + body


def _form(parts: list[tuple[str, bytes]], end: bytes) -> bytes:
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"
        for name, value in parts
    )
    return _http("POST", "/v1/audio/transcriptions", body + end, "multipart/form-data; boundary=b")


MESSAGES: dict[str, st.SearchStrategy[bytes]] = {
    "raw bytes": st.binary(min_size=1, max_size=300).map(lambda b: b + b"\r\n\r\n"),
    "head": st.tuples(
        st.sampled_from(["GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "TRACE", "FOO", "get"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
        st.lists(st.tuples(st.text(max_size=12), st.text(max_size=20)), max_size=4),
    ).map(
        lambda t: (
            f"{t[0]} /{t[1]} HTTP/1.1\r\n{HEAD}"
            + "".join(f"{k}: {v}\r\n" for k, v in t[2])
            + "Connection: close\r\n\r\n"
        ).encode("utf-8", "surrogatepass")
    ),
    "json body": st.tuples(PATHS, st.binary(max_size=200)).map(lambda t: _http("POST", *t)),
    "json types": st.tuples(PATHS, st.dictionaries(FIELDS, GOOD_VALUES | JSON, max_size=6)).map(
        lambda t: _http("POST", t[0], json.dumps(t[1]).encode())
    ),
    "form": st.tuples(
        st.lists(st.tuples(FORM_NAMES, FORM_VALUES), max_size=5),
        st.sampled_from([b"--b--\r\n", b"", b"--b", b"--b--", b"--x--\r\n"]),
    ).map(lambda t: _form(*t)),
    "chunked": st.tuples(PATHS, st.binary(max_size=100)).map(
        lambda t: (
            f"POST {t[0]} HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode() + t[1]
        )
    ),
}


class Fuzzer:
    """A served socket that is sent messages and watched."""

    def __init__(self, home: Path) -> None:
        self.server = Server(FakeGateway(home), limits=LIMITS)
        self.sent = 0
        self.statuses: dict[int, int] = {}
        self._baseline = 0

    async def start(self) -> None:
        await self.server.start()
        await self.send("warm", _http("GET", "/health", b""))
        self._baseline = len(asyncio.all_tasks())
        self._descriptors = _descriptors()

    async def stop(self) -> None:
        await self.server.stop()

    async def send(self, kind: str, message: bytes) -> None:
        """Send, read until the server hangs up; the answer may be anything but a 500, and must come."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.server.url.rpartition(":")[2]))
        try:
            writer.write(message)
            answer = await asyncio.wait_for(reader.read(), ANSWER_WAIT)
        except ConnectionError:
            answer = b""
        finally:
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass
        self.sent += 1
        if answer:
            status = int(answer.split(b" ", 2)[1])
            self.statuses[status] = self.statuses.get(status, 0) + 1
            assert status != 500, (kind, message, answer)

    async def check(self) -> None:
        """Nothing leaked, and the server still answers."""
        await self.send("after", _http("GET", "/health", b""))
        for _ in range(200):
            if len(asyncio.all_tasks()) <= self._baseline and _descriptors() <= self._descriptors:
                break
            await asyncio.sleep(0.01)
        tasks = len(asyncio.all_tasks())
        assert tasks <= self._baseline, f"{tasks} tasks, {self._baseline} before: {asyncio.all_tasks()}"
        assert _descriptors() <= self._descriptors, "a descriptor leaked"


def _descriptors() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def main(count: int) -> None:
    for kind, messages in MESSAGES.items():
        with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as home:
            fuzzer = Fuzzer(Path(home))
            runner.run(fuzzer.start())
            began = time.monotonic()

            def one(message: bytes) -> None:
                runner.run(fuzzer.send(kind, message))  # noqa: B023

            limits = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            limits(given(messages)(one))()
            runner.run(fuzzer.check())
            runner.run(fuzzer.stop())
            print(f"{kind:12} {fuzzer.sent:6} sent in {time.monotonic() - began:5.1f} s  {fuzzer.statuses}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
