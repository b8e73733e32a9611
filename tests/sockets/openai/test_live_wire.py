"""Live sessions over a scripted corridor: the start, sound in its own time, interruption, tools, what is refused."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support import realtime_schema
from tests.support.realtime_client import END, chunk, kinds, opened
from tests.support.socket_gateway import GOOD_KEY, FakeCorridor
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import Final, SpeechEnded, SpeechStarted
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.openai.live.playing import Playing
from voicegw_desktop.sockets.openai.live.session import MOST_APPENDED, MOST_ASKS
from voicegw_desktop.sockets.openai.realtime.session import RealtimeSession

pytestmark = pytest.mark.socket

TOOL = {"type": "function", "name": "weather", "description": "Weather.", "parameters": {"type": "object"}}
START: dict[str, Any] = {
    "model": "gpt-live-1",
    "instructions": "Be kind.",
    "audio": {"format": {"type": "audio/pcm", "rate": 24_000}, "output": {"voice": "marin"}},
    "delegation": {
        "type": "responses",
        "responses": {"model": "gpt-5.6-luna", "instructions": "Use tools.", "tools": [TOOL], "tool_choice": "auto"},
    },
}


class Live:
    """The events of one session, in and out."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, kind: str, **fields: Any) -> None:
        await self.ws.send_json({"type": kind, **fields})

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Events up to one of this kind, each held to the published schema."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            async for message in self.ws:
                found.append(realtime_schema.check(json.loads(message.data), realtime_schema.LIVE))
                if found[-1]["type"] == kind:
                    return found
        raise AssertionError(f"no {kind} in {[e['type'] for e in found]}")

    async def add(self, kind: str, content: str) -> None:
        await self.send(f"session.{kind}.append", delegation_id=None, content=content, event_id="mine")


@pytest.fixture
async def unopened(server: Server, corridor: FakeCorridor) -> AsyncIterator[Live]:
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with (
        aiohttp.ClientSession(server.url, headers=headers) as http,
        http.ws_connect("/v1/live/sessions?model=openai/gpt-live-1") as ws,
    ):
        yield Live(ws)


@pytest.fixture
async def client(unopened: Live) -> Live:
    await unopened.send("session.start", session=START, event_id="first")
    (started,) = await unopened.until("session.started")
    assert started["client_event_id"] == "first"
    return unopened


async def test_a_session_that_is_asked_to_say_something(client: Live, corridor: FakeCorridor) -> None:
    await client.add("commentary", "Greet the caller.")
    (acknowledged,) = await client.until("session.commentary.appended")
    assert acknowledged["client_event_id"] == "mine"
    seen = await client.until("session.usage.updated")
    seen += await _tail(client)
    words = "".join(e["delta"] for e in seen if e["type"] == "session.output_transcript.delta")
    assert words == "One two three four."
    sound = b"".join(base64.b64decode(e["delta"]) for e in seen if e["type"] == "session.output_audio.delta")
    assert len(sound.rstrip(b"\0")) > 10_000
    _, caller, wanted, body = next(call for call in corridor.calls if call[0] == "llm")
    assert (caller.wire, wanted) == ("live", "openai/gpt-5.6-luna")
    assert body["messages"][0]["content"] == "Be kind.\n\nUse tools.\n\nGreet the caller."
    assert body["tools"][0]["function"]["name"] == "weather"
    assert next(call for call in corridor.calls if call[0] == "tts")[3].voice == "marin"
    assert caller.session


async def _tail(client: Live) -> list[dict[str, Any]]:
    """What comes until the silence after speech."""
    found: list[dict[str, Any]] = []
    while not found or base64.b64decode(found[-1]["delta"]).strip(b"\0"):
        found += await client.until("session.output_audio.delta")
    return found


async def test_a_turn_is_heard_and_answered(client: Live, corridor: FakeCorridor) -> None:
    corridor.stt_script = [SpeechStarted(0.5), SpeechEnded(0.9), Final("Hello?", start_s=0.5, end_s=0.9)]
    await client.send("session.input_audio.append", audio=base64.b64encode(bytes(48_000)).decode())
    await (await opened(corridor, "FakeStt"))[0].end()
    seen = await client.until("session.usage.updated")
    (heard,) = [e for e in seen if e["type"] == "session.input_transcript.delta"]
    assert (heard["delta"], heard["start_ms"]) == ("Hello?", 200)
    assert heard["end_ms"] >= heard["start_ms"]
    body = next(call for call in corridor.calls if call[0] == "llm")[3]
    assert body["messages"][-1] == {"role": "user", "content": "Hello?"}


async def test_a_tool_of_the_backend(client: Live, corridor: FakeCorridor) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": "{}"}}
    corridor.chat_pieces = [chunk(tool_calls=[call]), END]
    await client.add("commentary", "Tell the weather.")
    seen = await client.until("session.usage.updated")
    nested = [(e["delegation_id"], e["event"]["type"]) for e in seen if e["type"] == "response.event"]
    (work,) = [e["delegation"] for e in seen if e["type"] == "session.delegation.created"]
    assert nested == [
        (work["id"], "response.created"),
        (work["id"], "response.output_item.done"),
        (work["id"], "response.completed"),
    ]
    usage = [e for e in seen if e["type"] == "response.event"][-1]["event"]["response"]["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (7, 3, 10)
    # the answer may go on when each call has its output
    await client.send("response.create")
    assert (await client.until("error"))[-1]["error"]["code"] == "missing_tool_output"
    wrong = {"type": "function_call_output", "call_id": "c2", "output": "x"}
    await client.send("response.item.create", item=wrong)
    assert (await client.until("error"))[-1]["error"]["code"] == "call_not_found"
    corridor.chat_pieces = [chunk(content="Sun."), END]
    await client.send("response.item.create", item={**wrong, "call_id": "c1", "output": "sun"})
    await client.send("response.create")
    seen = await client.until("session.usage.updated")
    nested = [(e["delegation_id"], e["event"]["type"]) for e in seen if e["type"] == "response.event"]
    assert nested == [(work["id"], "response.created"), (work["id"], "response.completed")]
    body = [c for c in corridor.calls if c[0] == "llm"][-1][3]
    assert [m["role"] for m in body["messages"]] == ["system", "assistant", "tool"]


async def test_mute_sends_silence(client: Live, corridor: FakeCorridor) -> None:
    loud = base64.b64encode(b"\x10\x20" * 100).decode()
    await client.send("session.input_audio.mute", event_id="m")
    assert (await client.until("session.input_audio.muted"))[-1]["client_event_id"] == "m"
    await client.send("session.input_audio.append", audio=loud)
    await client.send("session.input_audio.unmute")
    await client.until("session.input_audio.unmuted")
    await client.send("session.input_audio.append", audio=loud)
    stream = (await opened(corridor, "FakeStt"))[0]
    await client.send("session.close")
    await client.until("session.closed")
    assert bytes(stream.pushed) == bytes(200) + b"\x10\x20" * 100


async def test_context_updates_and_the_end(client: Live, corridor: FakeCorridor) -> None:
    await client.add("instructions", "Speak slowly.")
    await client.until("session.instructions.appended")
    await client.add("thinking", "user: I am Ann.")
    await client.until("session.thinking.appended")
    await client.send("session.update", session={"delegation": {"type": "responses", "responses": {"tools": []}}})
    (updated,) = await client.until("session.updated")
    assert updated["session"]["delegation"]["responses"]["tools"] == []
    await client.send("response.create")
    await client.until("session.usage.updated")
    body = next(call for call in corridor.calls if call[0] == "llm")[3]
    assert [m["content"] for m in body["messages"]] == ["Be kind.\n\nUse tools.\n\nSpeak slowly.", "user: I am Ann."]
    assert "tools" not in body
    await client.send("session.close", event_id="bye")
    closed = (await client.until("session.closed"))[-1]
    assert (closed["reason"], closed["client_event_id"]) == ("close_requested", "bye")
    assert closed["usage"]["seconds"] >= 0
    message = await client.ws.receive()
    assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


@pytest.mark.parametrize(
    ("session", "param"),
    [
        (None, "session"),
        ({}, "session.model"),
        ({**START, "voice": "marin"}, "session.voice"),
        ({**START, "store": True}, "session.store"),
        ({**START, "triggers": [{}]}, "session.triggers"),
        ({**START, "client": {"x": 1}}, "session.client"),
        ({**START, "audio": {"format": {"type": "audio/pcm", "rate": 16_000}}}, "session.audio.format.rate"),
        ({**START, "audio": {"input": {}}}, "session.audio.input"),
        ({**START, "delegation": {"type": "decisions", "decisions": {}}}, "session.delegation.decisions"),
        ({**START, "delegation": {"type": "responses", "responses": {}}}, "session.delegation.responses.model"),
        (
            {**START, "delegation": {"type": "responses", "responses": {"model": "a", "tools": [{"type": "mcp"}]}}},
            "session.delegation.responses.tools[0]",
        ),
        ({**START, "input": [{"role": "system", "content": []}]}, "session.input[0]"),
        (
            {**START, "input": [{"role": "user", "content": [{"type": "output_text", "text": "x"}]}]},
            "session.input[0].content",
        ),
    ],
)
async def test_a_start_that_is_refused_by_name(unopened: Live, session: Any, param: str) -> None:
    await unopened.send("session.start", session=session, event_id="e1")
    error = (await unopened.until("error"))[-1]["error"]
    assert (error.get("param"), error["client_event_id"]) == (param, "e1"), error
    # the session may still begin
    await unopened.send("session.start", session=START)
    await unopened.until("session.started")


async def test_order_and_fields_are_strict(unopened: Live) -> None:
    await unopened.send("session.input_audio.append", audio="")
    assert (await unopened.until("error"))[-1]["error"]["code"] == "session_not_started"
    history = [
        {"role": "developer", "content": [{"type": "input_text", "text": "Know this."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]},
    ]
    await unopened.send("session.start", session={"model": "gpt-live-1", "input": history})
    await unopened.until("session.started")
    for event, code in (
        ({"type": "session.start", "session": START}, "unknown_event"),
        ({"type": "session.commentary.append", "content": "x"}, "missing_required_parameter"),
        ({"type": "session.commentary.append", "content": "x", "delegation_id": "d"}, "delegation_not_found"),
        ({"type": "session.input_audio.mute", "why": 1}, "unknown_parameter"),
        ({"type": "response.create"}, "invalid_delegation_type"),
        ({"type": "decision.create"}, "unknown_event"),
        ({"type": "session.update", "session": {"instructions": "x"}}, "unknown_parameter"),
    ):
        await unopened.ws.send_json(event)
        assert (await unopened.until("error"))[-1]["error"]["code"] == code, event


async def _never(_seconds: float) -> None:
    await asyncio.Event().wait()


async def test_what_was_not_sent_is_not_heard() -> None:
    """Words go with their sound, and a stop tells how much of it was sent."""
    sent: list[dict[str, Any]] = []

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    clock = ManualClock()
    playing = Playing(send, clock, 48_000, b"\0", _never)
    playing.text("a", "one two three four five six seven eight nine ten")
    await playing.sound("a", b"\x01\x02" * 48_000)
    playing.done("a")
    for _ in range(20):
        await asyncio.sleep(0)
    # the sound that a client holds ahead, and no more until time has passed
    assert kinds(sent).count("session.output_audio.delta") == 3
    words = "".join(e["delta"] for e in sent if e["type"] == "session.output_transcript.delta")
    assert "one two three four five six seven eight nine ten".startswith(words)
    assert 0 < len(words) < 20
    assert playing.stop() == ("a", 300)
    assert playing.stop() is None
    await playing.close()


async def test_the_first_sound_waits_for_no_task() -> None:
    sent: list[str] = []

    async def send(event: dict[str, Any]) -> None:
        sent.append(event["type"])

    playing = Playing(send, ManualClock(), 48_000, b"\0", _never)
    for message in ("a", "b"):
        sent.clear()
        await playing.sound(message, b"\x01\x02" * 2_400)
        assert sent == ["session.output_audio.delta"]
        playing.done(message)
        # the silence after it
        for _ in range(20):
            await asyncio.sleep(0)
    await playing.close()


async def test_sound_that_comes_in_the_silence_does_not_wait_for_its_end() -> None:
    sent: list[bytes] = []

    async def send(event: dict[str, Any]) -> None:
        if event["type"] == "session.output_audio.delta":
            sent.append(base64.b64decode(event["delta"]).strip(b"\0"))

    playing = Playing(send, ManualClock(), 48_000, b"\0", _never)
    for message in ("a", "b"):
        await playing.sound(message, b"\x01\x02" * 2_400)
        playing.done(message)
        for _ in range(20):
            await asyncio.sleep(0)
    await playing.close()
    assert [bool(frame) for frame in sent[:1] + sent[-3:]] == [True, True, False, False]


async def test_an_interruption_cuts_the_conversation(client: Live, corridor: FakeCorridor) -> None:
    corridor.tts_twentieths = 200
    corridor.stt_script = [SpeechStarted(0.5), SpeechEnded(0.9), Final("Stop.", start_s=0.5, end_s=0.9)]
    await client.add("commentary", "Tell a story.")
    await client.until("session.output_audio.delta")
    await client.send("session.input_audio.append", audio=base64.b64encode(bytes(48_000)).decode())
    await (await opened(corridor, "FakeStt"))[0].end()
    await client.until("session.input_transcript.delta")
    await client.until("session.usage.updated")
    body = [c for c in corridor.calls if c[0] == "llm"][-1][3]
    said = [m["content"] for m in body["messages"] if m["role"] == "assistant"]
    assert body["messages"][-1]["content"] == "Stop."
    assert "four" not in " ".join(said)


async def test_answers_that_wait_for_the_one_before_are_bounded(client: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    done = asyncio.Event()
    monkeypatch.setattr(RealtimeSession, "answers", True)
    monkeypatch.setattr(RealtimeSession, "quiet", lambda _session: done.wait())
    for _ in range(MOST_ASKS):
        await client.add("commentary", "Greet the caller.")
        await client.until("session.commentary.appended")
    await client.add("commentary", "Greet the caller.")
    (refused,) = await client.until("error")
    assert (refused["error"]["code"], refused["error"]["client_event_id"]) == ("too_many_responses", "mine")
    done.set()
    await client.until("session.usage.updated")
    await client.add("commentary", "Greet the caller.")
    await client.until("session.commentary.appended")


async def test_instructions_that_are_added_are_bounded(client: Live) -> None:
    for _ in range(2):
        await client.add("instructions", "a" * (MOST_APPENDED // 2))
        await client.until("session.instructions.appended")
    await client.add("instructions", "b")
    (refused,) = await client.until("error")
    assert refused["error"]["code"] == "instructions_too_long"
    await client.add("thinking", "The caller is Anna.")
    await client.until("session.thinking.appended")
