"""Clients that ask for the Realtime beta get its events, held to the openai package's types of the beta."""

from __future__ import annotations

import base64
import json
import typing
from typing import Any

import aiohttp
import pydantic
import pytest
from openai.types.beta.realtime import RealtimeServerEvent

from tests.support.realtime_client import END, chunk
from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.core.events import Final, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

BETA = {"OpenAI-Beta": "realtime=v1"}
NO_TYPE_YET = {"transcription_session.created"}


def _types() -> dict[str, Any]:
    (union,) = typing.get_args(RealtimeServerEvent)[:1]
    found = {}
    for kind in typing.get_args(union):
        (name,) = typing.get_args(kind.model_fields["type"].annotation)
        found[name] = pydantic.TypeAdapter(kind)
    return found


TYPES = _types()


@pytest.fixture
def corridor(server: Server, monkeypatch: pytest.MonkeyPatch) -> FakeCorridor:
    it: FakeCorridor = server.gateway.corridor

    async def note(kind: str, caller: Caller, wanted: str, options: Any) -> None:
        it.calls.append((kind, caller, wanted, options))

    monkeypatch.setattr(it, "_gate", note)
    it.chat_pieces = [chunk(content="One two "), chunk(content="three four."), END]
    it.chat_type = "text/event-stream"
    return it


class Client:
    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self.seen: list[dict[str, Any]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self._ws.send_json({"type": kind, **fields})

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            event = await self._ws.receive_json(timeout=60)
            if event["type"] not in NO_TYPE_YET:
                assert event["type"] in TYPES, f"{event['type']} is no event of the beta"
                TYPES[event["type"]].validate_json(json.dumps(event), strict=True)
            self.seen.append(event)
            if event["type"] == kind:
                return event

    def kinds(self) -> list[str]:
        found: list[str] = []
        for event in self.seen:
            if not found or found[-1] != event["type"]:
                found.append(event["type"])
        return found


USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}


async def test_a_spoken_answer(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v1/realtime?model=gpt-realtime", headers=BETA) as ws:
        client = Client(ws)
        created = await client.until("session.created")
        session = created["session"]
        assert (session["modalities"], session["input_audio_format"]) == (["audio", "text"], "pcm16")
        assert session["turn_detection"]["type"] == "server_vad"
        await client.until("conversation.created")
        settings = {"voice": "verse", "output_audio_format": "g711_ulaw", "max_response_output_tokens": 50}
        await client.send("session.update", session=settings)
        assert (await client.until("session.updated"))["session"].items() >= settings.items()
        await client.send("conversation.item.create", item=USER)
        assert (await client.until("conversation.item.created"))["item"]["content"] == USER["content"]
        client.seen.clear()
        await client.send("response.create")
        done = (await client.until("response.done"))["response"]
    # words and sound run side by side, so their order among each other is open
    assert [k for k in client.kinds() if not k.startswith("response.audio")] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert {k for k in client.kinds() if k.startswith("response.audio")} == {
        "response.audio.delta",
        "response.audio.done",
        "response.audio_transcript.delta",
        "response.audio_transcript.done",
    }
    assert (done["modalities"], done["voice"], done["output_audio_format"]) == (
        ["audio", "text"],
        "verse",
        "g711_ulaw",
    )
    assert done["output"][0]["content"] == [{"type": "audio", "transcript": "One two three four."}]
    assert "output_modalities" not in done


async def test_a_written_answer_by_the_responses_own_flat_settings(
    http: aiohttp.ClientSession, corridor: FakeCorridor
) -> None:
    async with http.ws_connect("/v1/realtime?model=gpt-realtime", headers=BETA) as ws:
        client = Client(ws)
        await client.send("conversation.item.create", item=USER)
        await client.send("response.create", response={"modalities": ["text"], "voice": "verse"})
        done = (await client.until("response.done"))["response"]
        assert (done["modalities"], done["voice"]) == (["text"], "verse")
        assert done["output"][0]["content"] == [{"type": "text", "text": "One two three four."}]
        assert {"response.text.delta", "response.text.done"} <= set(client.kinds())
        await client.send("conversation.item.retrieve", item_id=done["output"][0]["id"])
        told = await client.until("conversation.item.retrieved")
        assert told["item"]["content"][0]["type"] == "text"
    assert not any(name == "tts" for name, *_ in corridor.calls)


async def test_a_tool_call(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}
    corridor.chat_pieces = [chunk(tool_calls=[call]), END]
    async with http.ws_connect("/v1/realtime?model=gpt-realtime", headers=BETA) as ws:
        client = Client(ws)
        await client.send("response.create")
        done = (await client.until("response.done"))["response"]
    assert done["output"][0]["name"] == "f"
    assert "response.function_call_arguments.done" in client.kinds()


async def test_a_transcription_session(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    corridor.stt_script = [SpeechStarted(0.0), SpeechEnded(0.5), Final("hello", "en", 0.0, 0.5)]
    async with http.ws_connect("/v1/realtime?intent=transcription", headers=BETA) as ws:
        client = Client(ws)
        await client.until("transcription_session.created")
        await client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(4800)).decode())
        await client.send("input_audio_buffer.commit")
        told = await client.until("conversation.item.input_audio_transcription.completed")
        assert told["transcript"] == "hello"
        assert "conversation.item.created" in client.kinds()


async def test_without_the_header_the_names_are_todays(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v1/realtime?model=gpt-realtime") as ws:
        await ws.send_json({"type": "response.create"})
        kinds = []
        while not kinds or kinds[-1] != "response.done":
            kinds.append((await ws.receive_json(timeout=60))["type"])
    assert "response.output_audio.delta" in kinds
    assert "conversation.created" not in kinds
