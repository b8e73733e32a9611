"""Odd text in every text field of every door: refused or cleaned by one rule, never a 500, never a bad record."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.corridors import World, world
from tests.support.socket_gateway import GOOD_KEY, FakeGateway, Serve
from voicegw_desktop.core.text import LABEL_LIMIT
from voicegw_desktop.engines.wire import read_event
from voicegw_desktop.sockets.chat.answer import Text, pieces
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing.sound import wav

pytestmark = pytest.mark.socket

ALIASES = {
    "stt": {"aliases": {"*": "whisper/base"}},
    "llm": {"aliases": {"*": "llamacpp/small"}},
    "tts": {"aliases": {"*": "piper/joe"}},
}
SOUND = wav(bytes(3200), 16_000)
NAMED = [
    "\ud800", "x\udfffy", "a\0b", "\x1b[2J\x1b]0;t\x07", "a\u202eb", "a\nb", "\x9b", "x" * 4000, "a" * 256, "é",
    "日本/モデル", "../..", " ", "%s%n", "{}", "\ufeff", "\u2028", "😀", "\U000e0001",
]  # fmt: skip
ODD = st.sampled_from(NAMED) | st.text(st.characters(), max_size=30)


def put(body: dict[str, Any], field: str, text: str) -> dict[str, Any]:
    """The body with the text in a field, or in the last field of a path."""
    at, *rest = field.split(".", 1)
    return {**body, at: put(body.get(at) or {}, rest[0], text) if rest else text}


CHAT = {"model": "any", "messages": [{"role": "user", "content": "hi"}]}
JSON_DOORS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("/v1/chat/completions", CHAT, ["model", "user", "metadata.k"]),
    ("/v1/responses", {"model": "any", "input": "hi"}, ["model", "input", "instructions"]),
    ("/v1/embeddings", {"model": "any", "input": "hi"}, ["model", "input"]),
    ("/v1/completions", {"model": "any", "prompt": "hi"}, ["model", "prompt"]),
    (
        "/v1/audio/speech",
        {"model": "any", "input": "hi", "voice": "joe", "response_format": "pcm"},
        ["model", "input", "voice", "response_format", "instructions", "stream_format"],
    ),
    ("/v1/messages", {**CHAT, "max_tokens": 9}, ["model", "system", "metadata.user_id", "tool_choice.name"]),
    ("/v1/messages/count_tokens", CHAT, ["model", "system"]),
    ("/api/chat", CHAT, ["model", "format", "keep_alive", "options.stop", "think"]),
    ("/api/generate", {"model": "any", "prompt": "hi"}, ["model", "prompt", "system", "suffix", "template"]),
    ("/api/embed", {"model": "any", "input": "hi"}, ["model", "input"]),
    ("/api/embeddings", {"model": "any", "prompt": "hi"}, ["model", "prompt"]),
    ("/api/show", {"model": "any"}, ["model", "name"]),
    ("/v1/realtime/client_secrets", {"session": {"type": "realtime"}}, ["session.model", "session.instructions"]),
    ("/v1/realtime/sessions", {"model": "any"}, ["model", "instructions", "voice"]),
    ("/v1/realtime/transcription_sessions", {}, ["input_audio_format", "input_audio_transcription.model"]),
    ("/v1/speak?encoding=linear16", {"text": "hi"}, ["text"]),
    ("/v1/text-to-speech/joe?output_format=pcm_16000", {"text": "hi", "model_id": "any"}, ["text", "model_id"]),
]  # fmt: skip
ADDRESSES: list[tuple[str, str, Callable[[], dict[str, Any]]]] = [
    ("POST", "/v1/listen?model={}", lambda: {"data": SOUND, "headers": {"Content-Type": "audio/wav"}}),
    ("POST", "/v1/listen?language={}", lambda: {"data": SOUND, "headers": {"Content-Type": "audio/wav"}}),
    ("POST", "/v1/speak?encoding=linear16&model={}", lambda: {"json": {"text": "hi"}}),
    ("POST", "/v1/text-to-speech/{}?output_format=pcm_16000", lambda: {"json": {"text": "hi"}}),
    ("GET", "/v1/models/{}", dict),
    ("GET", "/v1/{}", dict),
]
FORM = ["model", "language", "prompt", "response_format", "temperature"]
SOCKETS: list[tuple[str, list[dict[str, Any]], list[str]]] = [
    ("/v1/stt", [{"type": "session.create", "settings": {}}], ["model", "settings.language", "settings.encoding"]),
    (
        "/v1/tts",
        [{"type": "session.create", "sample_rate": "24000"}, {"type": "input_transcript", "transcript": "hi"}],
        ["model", "voice", "language", "transcript"],
    ),
    (
        "/v1/realtime?model=any",
        [
            {"type": "session.update", "session": {"type": "realtime"}},
            {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": []}},
            {"type": "response.create", "response": {}},
        ],
        ["session.model", "session.instructions", "item.id", "event_id", "response.instructions"],
    ),
    ("/v1/speak?encoding=linear16", [{"type": "Speak", "text": "hi"}], ["text"]),
    ("/v1/text-to-speech/joe/stream-input", [{"text": " "}, {"text": "hi", "flush": True}], ["text", "voice_settings"]),
]  # fmt: skip
HEADERS = ["X-VoiceGW-Session", "X-VoiceGW-Project", "X-LiveKit-Room-ID", "X-LiveKit-Job-ID", "User-Agent"]


def form(fields: dict[str, bytes]) -> dict[str, Any]:
    """A form with a recording, of raw bytes: a client library would not send them all."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n'.encode() + v for n, v in fields.items()]
    parts.append(b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + SOUND)
    return {
        "data": b"\r\n".join([*parts, b"--b--\r\n"]),
        "headers": {"Content-Type": "multipart/form-data; boundary=b"},
    }


class Doors:
    """A served gateway whose router and corridor are the real ones, with engines that answer at once."""

    def __init__(self, gateway: FakeGateway, there: World, server: Server) -> None:
        self.there, self.server = there, server
        self.gateway = gateway
        self.statuses: list[tuple[int, str]] = []

    async def ask(self, http: aiohttp.ClientSession, method: str, path: str, **body: Any) -> None:
        async with http.request(method, path, **body) as answer:
            await answer.read()
            self.statuses.append((answer.status, f"{method} {path[:80]!r}"))

    async def raw(self, head: bytes) -> None:
        """A request of raw bytes, for headers that a client library would not send."""
        address = self.server.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(address[0], int(address[2]))
        try:
            writer.write(head)
            line = await reader.readline()
            self.statuses.append((int(line.split()[1]), repr(head[:120])))
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def check(self) -> None:
        assert [told for told in self.statuses if told[0] == 500 or told[0] == 0] == []
        for report in self.there.meters.reports:
            for text in (report.requested, report.caller.session, report.caller.project, report.error):
                if text:
                    text.encode()
                    assert "\0" not in text
            for label in (report.requested, report.caller.session or "", report.caller.project):
                assert len(label) <= LABEL_LIMIT
                assert label.isprintable()


@contextlib.asynccontextmanager
async def doors() -> AsyncIterator[tuple[Doors, aiohttp.ClientSession]]:
    there = world(routing=ALIASES)
    with tempfile.TemporaryDirectory(prefix="vgw") as folder:
        gateway = FakeGateway(Path(folder), serve={"port": 0, "wyoming_port": 0})
        gateway.corridor, gateway.router, gateway.bus = there.corridor, there.router, there.bus  # type: ignore[assignment]
        server = Server(gateway)
        await server.start()
        try:
            headers = {"Authorization": f"Bearer {GOOD_KEY}"}
            async with aiohttp.ClientSession(server.url, headers=headers) as http:
                yield Doors(gateway, there, server), http
        finally:
            await there.corridor.aclose()
            await server.stop()


async def _http(texts: list[str]) -> None:
    async with doors() as (it, http):
        for text in texts:
            for path, body, fields in JSON_DOORS:
                for field in fields:
                    raw = json.dumps(put(body, field, text)).encode()
                    await it.ask(http, "POST", path, data=raw, headers={"Content-Type": "application/json"})
            told = {**CHAT, "messages": [{"role": "user", "content": text}]}
            await it.ask(http, "POST", "/v1/chat/completions", data=json.dumps(told).encode(),
                         headers={"Content-Type": "application/json"})  # fmt: skip
            address = quote(text.encode("utf-8", "surrogatepass"), safe="")
            for method, path, more in ADDRESSES:
                await it.ask(http, method, path.format(address), **more())
            for field in FORM:
                fields = {"model": b"any", field: text.encode("utf-8", "surrogatepass")}
                await it.ask(http, "POST", "/v1/audio/transcriptions", **form(fields))
            value = text.encode("utf-8", "surrogatepass")
            body = json.dumps(CHAT).encode()
            for header in HEADERS:
                if not any(byte in value for byte in b"\r\n\0"):
                    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GOOD_KEY}"
                    rest = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                    await it.raw(f"{head}\r\n{header}: ".encode() + value + b"\r\n" + rest.encode() + body)
        it.check()


async def _sockets(texts: list[str]) -> None:
    async with doors() as (it, http):
        for text in texts:
            for path, frames, fields in SOCKETS:
                for field in fields:
                    async with http.ws_connect(path) as ws:
                        for frame in frames:
                            with contextlib.suppress(ConnectionError):
                                at = field.split(".", 1)[0]
                                spoiled = put(frame, field, text) if at in frame or at not in "session item" else frame
                                await ws.send_str(json.dumps(spoiled))
                    assert ws.close_code not in (1011,), (path, field, text)
        it.check()


async def _wyoming(texts: list[str]) -> None:
    async with doors() as (it, _):
        port = it.server.ports()["wyoming"][1]
        for text in texts:
            for kind, data in (
                ("transcribe", {"name": text}),
                ("transcribe", {"language": text}),
                ("synthesize", {"text": text}),
                ("synthesize", {"text": "hi", "voice": {"name": f"piper/{text}"}}),
                ("ping", {"text": text}),
            ):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    events = [{"type": kind, "data": data}, {"type": "describe"}]
                    if kind == "transcribe":
                        sound = {"rate": 16_000, "width": 2, "channels": 1}
                        events.insert(1, {"type": "audio-start", "data": sound})
                        events.insert(2, {"type": "audio-stop"})
                    for event in events:
                        inner = json.dumps(event.pop("data", {})).encode()
                        event["data_length"] = len(inner)
                        writer.write(json.dumps(event).encode() + b"\n" + inner)
                    # the request is served, or refused with an error before the connection ends
                    seen = []
                    async with asyncio.timeout(60):
                        while (answer := await read_event(reader)) is not None and answer.type != "info":
                            seen.append(answer.type)
                    assert answer is not None or seen[-1] == "error", (kind, data)
                finally:
                    writer.close()
        it.check()


EVERY = settings(
    max_examples=4, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@EVERY
@given(st.lists(ODD, min_size=2, max_size=4))
def test_over_http(texts: list[str]) -> None:
    asyncio.run(_http([*texts, "\ud800"]))


@EVERY
@given(st.lists(ODD, min_size=2, max_size=3))
def test_over_websockets(texts: list[str]) -> None:
    asyncio.run(_sockets([*texts, "\ud800"]))


@EVERY
@given(st.lists(ODD, min_size=2, max_size=4))
def test_over_wyoming(texts: list[str]) -> None:
    asyncio.run(_wyoming([*texts, "\ud800"]))


@pytest.mark.parametrize("text", NAMED)
def test_each_text_that_is_known_to_be_odd(text: str) -> None:
    asyncio.run(_http([text]))


async def test_what_no_label_check_sees_is_refused_as_well(serve: Serve) -> None:
    server = await serve()
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as http:
        for asked, said in (
            (http.get("/v1/models?x=%00"), "invalid_text"),
            (http.get("/v1/models/%00"), "invalid_text"),
            # before the upgrade: a refusal after it would be tried again for ever
            (http.get("/v1/stt", headers={"X-LiveKit-Room-ID": "x" * 300}), "invalid_name"),
            (http.post("/v1/audio/transcriptions", **form({"model": b"fake/stt", "prompt": b"\xff"})), None),
            (http.post("/v1/audio/transcriptions", **form({"model": b"fake/stt", "prompt": b"\0"})), "invalid_text"),
        ):
            async with asked as answer:
                told = await answer.json()
                assert (answer.status, told.get("error", {}).get("code")) == (400, said), answer.url


async def test_wyoming_says_what_is_wrong_with_a_text() -> None:
    async with doors() as (it, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", it.server.ports()["wyoming"][1])
        writer.write(json.dumps({"type": "synthesize", "data": {"text": "\ud800"}}).encode() + b"\n")
        answer = await read_event(reader)
        writer.close()
        assert answer is not None
        assert (answer.type, answer.data["code"]) == ("error", "invalid_text")
        assert it.there.meters.reports == []


async def test_a_header_that_is_passed_on_must_be_text() -> None:
    async with doors() as (it, _):
        head = (
            f"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GOOD_KEY}\r\nConnection: close\r\n"
        )
        await it.raw(head.encode() + b"Connection: close\r\nOpenAI-Beta: \xff\r\n\r\n")
        assert [status for status, _ in it.statuses] == [400]


async def test_half_a_character_of_an_upstream_ends_no_answer() -> None:
    """Every door that forms answers of its own reads them here: a lone half is replaced, a pair is a character."""

    async def stream() -> AsyncIterator[bytes]:
        for text in ("a\\ud800b", "\\ud83d\\ude00", "\\\\ud800"):
            yield f'data: {{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}\n\n'.encode()

    said = [piece.text async for piece in pieces(stream()) if isinstance(piece, Text)]
    assert said == ["a?b", "\U0001f600", "\\ud800"]
