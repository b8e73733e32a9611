"""Messages that do not say what they are, at every door that takes messages: the answer names the field."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.support.socket_gateway import FakeGateway
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.wyoming import WyomingServer

pytestmark = pytest.mark.socket

KIND = {
    "/v1/stt?model=fake/stt": "type",
    "/v1/tts?model=fake/tts": "type",
    "/v1/listen?model=fake/stt": "type",
    "/v2/listen?model=fake/stt": "type",
    "/v1/speak?model=fake/tts": "type",
    "/v2/speak?model=fake/tts": "type",
    "/v1/realtime?model=fake/llm": "type",
    "/v1/realtime?intent=transcription": "type",
    "/v1/live/sessions": "type",
    "/v1/speech-to-text/realtime?model_id=fake/stt": "message_type",
    # a message of this door is known by its fields
    "/v1/text-to-speech/anna/stream-input": "text",
    "/v1/text-to-speech/anna/multi-stream-input": "text",
}
"""Door → the field that says what a message is."""
GREETINGS = {"Connected", "Metadata", "session.created", "session_started"}
NO_KINDS: list[Any] = [{}, {"other": 1}, *({"KIND": value} for value in (3, True, 1.5, ["a"], {}))]
NO_OBJECTS: list[Any] = [[], ["a"], "a", 3, True, None]


async def answer(http: aiohttp.ClientSession, path: str, message: Any) -> dict[str, Any]:
    """What a door answers to a message, behind its greeting."""
    ws = await http.ws_connect(path)
    await ws.send_str(json.dumps(message))
    while True:
        told: dict[str, Any] = await ws.receive_json(timeout=60)
        if GREETINGS.isdisjoint((told.get("type"), told.get("message_type"))):
            await ws.close()
            return told


def sentence(told: dict[str, Any]) -> str:
    """The error's sentence in any door's form."""
    error = told.get("error")
    if isinstance(error, dict):
        return str(error["message"])
    return str(told.get("description") or told.get("message") or error)


@pytest.mark.parametrize("path", KIND)
async def test_a_message_without_its_kind(server: Server, http: aiohttp.ClientSession, path: str) -> None:
    field = KIND[path]
    for given in NO_KINDS:
        message = {field: given["KIND"]} if "KIND" in given else given
        said = sentence(await answer(http, path, message))
        told_first = path == "/v1/live/sessions" and said.startswith("The first event must be session.start")
        assert told_first or f'"{field}"' in said, (message, said)
        assert "None" not in said
        assert "['" not in said


@pytest.mark.parametrize("path", KIND)
async def test_a_message_that_is_no_object(server: Server, http: aiohttp.ClientSession, path: str) -> None:
    for message in NO_OBJECTS:
        said = sentence(await answer(http, path, message))
        assert "JSON object" in said, (message, said)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{}", "it needs a `type`, which is a text"),
        (b'{"type": null}', "it needs a `type`, which is a text"),
        (b'{"type": 3}', "it needs a `type`, which is a text"),
        (b'{"type": ["a"]}', "it needs a `type`, which is a text"),
        (b"[]", "it must be an object"),
        (b'"a"', "it must be an object"),
        (b"null", "it must be an object"),
        (b'{"type": "describe", "data": [1]}', "its `data` must be an object"),
        (b'{"type": "describe", "data": "a"}', "its `data` must be an object"),
    ],
)
async def test_a_wyoming_event_without_its_kind(tmp_path: Any, line: bytes, why: str) -> None:
    server = WyomingServer(FakeGateway(tmp_path), port=0)
    await server.start()
    try:
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(line + b"\n")
            header = json.loads(await reader.readline())
            told = header.get("data") or json.loads(await reader.readexactly(header["data_length"]))
            writer.close()
    finally:
        await server.stop()
    assert header["type"] == "error"
    assert f"not a Wyoming header ({why})" in told["text"]
