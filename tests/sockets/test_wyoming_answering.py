"""The Wyoming server as a conversation agent, in Home Assistant's order: a transcript in, `handled` out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from wyoming.asr import Transcript
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.info import Describe, Info, SelectProgram
from wyoming.tts import Synthesize

from tests.support.socket_gateway import FakeGateway
from voicegw_desktop.core.errors import BudgetExceededError
from voicegw_desktop.sockets import wyoming_connection
from voicegw_desktop.sockets.wyoming import WyomingServer
from voicegw_desktop.sockets.wyoming_answering import MOST_MESSAGES, MOST_TALKS, Talks

pytestmark = pytest.mark.socket

MODEL = SimpleNamespace(id="fake/llm", installed=True, modality="llm", languages=(), title="Fake")


def chunk(text: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    it = FakeGateway(tmp_path)
    it.router.decided = False
    it.corridor.chat_pieces = [chunk("Good "), chunk("day."), b"data: [DONE]\n\n"]
    it.corridor.chat_type = "text/event-stream"
    monkeypatch.setattr(FakeGateway, "models", SimpleNamespace(list=lambda: [MODEL]))
    return it


@pytest.fixture
async def server(gateway: FakeGateway) -> AsyncIterator[WyomingServer]:
    it = WyomingServer(gateway, port=0)
    await it.start()
    async with asyncio.timeout(60):
        yield it
    await it.stop()


def client_of(server: WyomingServer) -> AsyncClient:
    client: AsyncClient = AsyncClient.from_uri(f"tcp://127.0.0.1:{server.port}")
    return client


async def said(client: AsyncClient, until: str) -> list[Event]:
    seen: list[Event] = []
    while (event := await client.read_event()) is not None:
        seen.append(event)
        if event.type == until:
            return seen
    raise AssertionError(f"no {until} in {[e.type for e in seen]}")


async def test_a_conversation_over_several_connections(server: WyomingServer, gateway: FakeGateway) -> None:
    """Home Assistant opens one connection a sentence, names the conversation and sends no history."""
    for sentence in ("Hello.", "And tomorrow?"):
        async with client_of(server) as client:
            asked = Transcript(sentence, context={"conversation_id": "01H", "device_id": "x"}, language="de-AT")
            await client.write_event(asked.event())
            seen = await said(client, "handled-stop")
        assert [e.type for e in seen] == ["handled-start", "handled-chunk", "handled-chunk", "handled", "handled-stop"]
        assert [e.data["text"] for e in seen[1:4]] == ["Good ", "day.", "Good day."]
        assert seen[3].data["context"] == {"conversation_id": "01H"}
    _, caller, wanted, body = gateway.corridor.calls[-1]
    assert (caller.wire, caller.session, wanted) == ("wyoming", "01H", "fake/llm")
    assert "German" in body["messages"][0]["content"]
    assert [m["content"] for m in body["messages"][1:]] == ["Hello.", "Good day.", "And tomorrow?"]
    async with client_of(server) as client:
        await client.write_event(Transcript("Who are you?").event())
        await said(client, "handled-stop")
    assert len(gateway.corridor.calls[-1][3]["messages"]) == 2


async def test_info_and_select_program(server: WyomingServer, gateway: FakeGateway) -> None:
    gateway.router.decided = True
    async with client_of(server) as client:
        await client.write_event(Describe().event())
        told = Info.from_event((await said(client, "info"))[0])
        assert [program.name for program in told.handle] == ["voicegateway", "fake/llm"]
        assert all(program.supports_handled_streaming and program.models for program in told.handle)
        await client.write_event(SelectProgram("fake/llm").event())
        await client.write_event(Transcript("Hello.").event())
        await said(client, "handled-stop")
        await client.write_event(SelectProgram("voicegateway").event())
        await client.write_event(Transcript("Hello.").event())
        await said(client, "not-handled")  # the fake has no "auto"
        await client.write_event(SelectProgram("fake/lm").event())
        error = (await said(client, "error"))[-1]
        assert "fake/llm" in error.data["text"]
        assert await client.read_event() is None
    assert [call[2] for call in gateway.corridor.calls] == ["fake/llm", "auto"]


async def test_a_refusal_is_not_handled_and_says_why(server: WyomingServer, gateway: FakeGateway) -> None:
    gateway.corridor.error = BudgetExceededError("The budget is spent.")
    async with client_of(server) as client:
        await client.write_event(Transcript("Hello.", context={"conversation_id": "a"}).event())
        (event,) = await said(client, "not-handled")
        assert event.data["text"] == "The budget is spent."
        gateway.corridor.error = None
        gateway.corridor.chat_status, gateway.corridor.chat_pieces = 400, [b'{"error": {"message": "Too long."}}']
        await client.write_event(Transcript("Hello.", context={"conversation_id": "a"}).event())
        (event,) = await said(client, "not-handled")
        assert event.data["text"] == "Too long."
        gateway.corridor.chat_status = 200
        gateway.corridor.chat_pieces = [chunk("Good"), b'data: {"error": {"message": "It broke."}}\n\n']
        await client.write_event(Transcript("Hello.", context={"conversation_id": "a"}).event())
        seen = await said(client, "handled-stop")
        assert [e.type for e in seen] == ["handled-start", "handled-chunk", "not-handled", "handled-stop"]
        # what failed is not part of the conversation
        gateway.corridor.chat_pieces = [chunk("Yes.")]
        await client.write_event(Transcript("Hello?", context={"conversation_id": "a"}).event())
        await said(client, "handled-stop")
        assert [m["content"] for m in gateway.corridor.calls[-1][3]["messages"][1:]] == ["Hello?"]
        # other requests go on beside it
        await client.write_event(Synthesize("Hello.").event())


async def test_a_client_that_leaves_ends_the_answer(server: WyomingServer, gateway: FakeGateway) -> None:
    gateway.corridor.chat_pieces = [chunk("Good "), chunk("day.")]
    async with client_of(server) as client:
        held = asyncio.Event()
        opening = gateway.corridor.chat

        async def chat(*args: object, **named: object) -> object:
            reply = await opening(*args, **named)  # type: ignore[arg-type]
            reply.hold = held
            return reply

        gateway.corridor.chat = chat  # type: ignore[method-assign,assignment]
        await client.write_event(Transcript("Hello.").event())
        await said(client, "handled-chunk")
    async with asyncio.timeout(60):
        await gateway.corridor.opened[-1].closed.wait()


async def test_a_transcript_that_cannot_be_used_is_refused(server: WyomingServer) -> None:
    for event in (
        Event("transcript", {"text": 5}),
        Event("transcript", {}),
        Event("transcript", {"text": "x" * 20_001}),
        Event("transcript", {"text": "x", "language": 7}),
        Event("select-program", {"name": ["a"]}),
        Event("select-program", {}),
    ):
        async with client_of(server) as client:
            await client.write_event(event)
            assert (await said(client, "error"))[0].data["text"]


def test_memory_is_bounded() -> None:
    talks = Talks()
    messages = [{"role": "user", "content": str(n)} for n in range(100)]
    talks.keep("a", messages)
    assert talks.before("a") == messages[-MOST_MESSAGES:]
    talks.keep("long", [{"role": "user", "content": "x" * 20_000}] * 3)
    assert len(talks.before("long")) == 1
    for n in range(MOST_TALKS):
        talks.keep(f"n{n}", messages)
    assert talks.before("a") == []
    talks.keep("", messages)
    assert talks.before("") == []


async def test_a_connection_that_is_ending_is_ended_by_the_stop(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ending = asyncio.Event()

    async def close(_connection: wyoming_connection.Connection) -> None:
        ending.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(wyoming_connection.Connection, "close", close)
    server = WyomingServer(gateway, port=0)
    await server.start()
    async with asyncio.timeout(60):
        async with client_of(server) as client:
            await client.write_event(Describe().event())
            await client.read_event()
        await ending.wait()
        await server.stop()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not caplog.records
