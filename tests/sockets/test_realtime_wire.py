"""Realtime sessions over a scripted corridor: interruption, truncation, cancellation, function calls, G.711."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support import realtime_schema
from tests.support.socket_gateway import GOOD_KEY, FakeCorridor, FakeStt
from voicegw_desktop.core.events import Final, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.openai.realtime.config import RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.session import RealtimeSession

pytestmark = pytest.mark.socket


def chunk(**delta: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}).encode() + b"\n\n"


END = (
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}\n\ndata: [DONE]\n\n'
)


def turns(**settings: Any) -> dict[str, Any]:
    """A session.update of the turn detection alone."""
    detection = {"type": "server_vad", **settings}
    return {"type": "session.update", "session": {"audio": {"input": {"turn_detection": detection}}}}


USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}


class Client:
    """The events of one session, in and out."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.seen: list[dict[str, Any]] = []
        self._ws = ws

    async def send(self, kind: str, **fields: Any) -> None:
        await self._ws.send_json({"type": kind, **fields})

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Events up to one of this kind, each held to the published schema."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(5):
            async for message in self._ws:
                found.append(realtime_schema.check(json.loads(message.data)))

                self.seen.append(found[-1])
                if found[-1]["type"] == kind:
                    return found
        raise AssertionError(f"no {kind} in {[e['type'] for e in found]}")


@pytest.fixture
def corridor(server: Server, monkeypatch: pytest.MonkeyPatch) -> FakeCorridor:
    it: FakeCorridor = server.gateway.corridor

    async def note(kind: str, caller: Any, wanted: str, options: Any) -> None:
        it.calls.append((kind, caller, wanted, options))

    monkeypatch.setattr(it, "_gate", note)
    it.chat_pieces = [chunk(content="One two "), chunk(content="three four."), END]
    it.chat_type = "text/event-stream"
    return it


@pytest.fixture
async def client(server: Server, corridor: FakeCorridor) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with (
        aiohttp.ClientSession(server.url, headers=headers) as http,
        http.ws_connect("/v1/realtime?model=gpt-realtime") as ws,
    ):
        it = Client(ws)
        await it.until("session.created")
        yield it


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [e["type"] for e in events]


def sound(events: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(e["delta"]) for e in events if e["type"] == "response.output_audio.delta")


async def test_an_answer_in_speech_with_usage(client: Client, corridor: FakeCorridor) -> None:
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    seen = await client.until("response.done")
    done = seen[-1]["response"]
    assert done["status"] == "completed"
    assert done["usage"]["total_tokens"] == 10
    assert done["output"][0]["content"] == [{"type": "output_audio", "transcript": "One two three four."}]
    assert len(sound(seen)) == 12_000
    llm = next(call for call in corridor.calls if call[0] == "llm")
    assert llm[3]["messages"] == [{"role": "user", "content": "Hello?"}]
    order = [k for k in kinds(seen) if k.startswith("response.")]
    assert order[:3] == ["response.created", "response.output_item.added", "response.content_part.added"]
    assert order[-3:] == ["response.content_part.done", "response.output_item.done", "response.done"]
    assert len({e["event_id"] for e in seen}) == len(seen)


async def test_what_was_not_heard_leaves_the_conversation(client: Client, corridor: FakeCorridor) -> None:
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    seen = await client.until("response.done")
    item = seen[-1]["response"]["output"][0]["id"]
    # a quarter of a second was spoken; the person heard half of it
    await client.send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=125)
    (told,) = await client.until("conversation.item.truncated")
    assert (told["item_id"], told["audio_end_ms"]) == (item, 125)
    await client.send("conversation.item.retrieve", item_id=item)
    (got,) = await client.until("conversation.item.retrieved")
    assert got["item"]["content"][0]["transcript"] == "One two"
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    await client.until("response.done")
    messages = [call for call in corridor.calls if call[0] == "llm"][-1][3]["messages"]
    assert [m["content"] for m in messages] == ["Hello?", "One two", "Hello?"]


@pytest.mark.parametrize(
    "event",
    [
        {"item_id": "nothing", "audio_end_ms": 1},
        {"item_id": "u1", "audio_end_ms": 1},
        {"item_id": "u1", "audio_end_ms": -1},
        {"item_id": "u1", "audio_end_ms": "x"},
    ],
)
async def test_only_spoken_answers_are_truncated(client: Client, event: dict[str, Any]) -> None:
    await client.send("conversation.item.create", item={**USER, "id": "u1"})
    await client.until("conversation.item.done")
    await client.send("conversation.item.truncate", content_index=0, **event)
    (told,) = await client.until("error")
    assert told["error"]["param"] in ("item_id", "audio_end_ms")


async def held(client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Begin an answer whose second half waits."""
    gate = asyncio.Event()
    chat = corridor.chat

    async def hold(*args: Any, **kwargs: Any) -> Any:
        reply = await chat(*args, **kwargs)
        reply.hold = gate
        return reply

    monkeypatch.setattr(corridor, "chat", hold)
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    await client.until("response.output_audio_transcript.delta")
    return gate


async def test_a_cancelled_answer_stops_and_stands_as_far_as_it_came(
    client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(client, corridor, monkeypatch)
    await client.send("response.create")
    refused = (await client.until("error"))[-1]["error"]
    assert refused["code"] == "conversation_already_has_active_response"
    await client.send("response.cancel")
    done = (await client.until("response.done"))[-1]["response"]
    assert done["status"] == "cancelled"
    assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert done["output"][0]["status"] == "incomplete"
    assert done["output"][0]["content"][0]["transcript"] == "One two "
    reply, speech = (next(o for o in corridor.opened if type(o).__name__ == name) for name in ("FakeReply", "FakeTts"))
    assert reply.closed.is_set()
    assert speech.cancelled.is_set()
    await client.send("response.cancel")
    error = (await client.until("error"))[-1]["error"]
    assert error["code"] == "response_cancel_not_active"
    assert error["message"].startswith("Cancellation failed")


async def test_an_answer_is_truncated_while_it_is_being_made(
    client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held(client, corridor, monkeypatch)
    item = next(e for e in client.seen if e["type"] == "response.output_item.added")["item"]["id"]
    await client.send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=0)
    events = await client.until("conversation.item.truncated")
    assert events[-1]["audio_end_ms"] == 0
    done = next(e["response"] for e in events if e["type"] == "response.done")
    assert done["status"] == "cancelled"
    await client.send("conversation.item.retrieve", item_id=item)
    kept = (await client.until("conversation.item.retrieved"))[-1]["item"]
    assert kept["content"][0]["transcript"] == ""


async def test_an_item_that_exists_has_the_code_that_clients_know(client: Client) -> None:
    item = {"id": "msg_1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}
    await client.send("conversation.item.create", item=item)
    await client.until("conversation.item.done")
    await client.send("conversation.item.create", item=item)
    assert (await client.until("error"))[-1]["error"]["code"] == "item_create_duplicate_item_id"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "conversation.item.retrieve", "item_id": "x"}, "item_retrieve_invalid_item_id"),
        ({"type": "conversation.item.delete", "item_id": "x"}, "item_delete_invalid_item_id"),
        (
            {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0, "audio_end_ms": 0},
            "item_truncate_invalid_item_id",
        ),
        (
            {"type": "conversation.item.create", "item": USER, "previous_item_id": "x"},
            "item_create_invalid_previous_item_id",
        ),
    ],
)
async def test_an_item_that_is_not_there_has_the_code_that_clients_know(
    client: Client, event: dict[str, Any], code: str
) -> None:
    kind = event.pop("type")
    await client.send(kind, event_id="mine", **event)
    error = (await client.until("error"))[-1]["error"]
    assert (error["code"], error["event_id"], error["type"]) == (code, "mine", "invalid_request_error")


async def test_speech_interrupts_the_answer_and_is_answered(
    client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = await held(client, corridor, monkeypatch)
    corridor.stt_script = [SpeechStarted(0.2), SpeechEnded(1.0), Final("Stop it.", start_s=0.2, end_s=1.0)]
    await client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(4800)).decode())
    # the scripted run speaks when its audio ends, which nobody but the session decides: end it as an engine would
    async with asyncio.timeout(5):
        while not (runs := [o for o in corridor.opened if type(o).__name__ == "FakeStt"]):  # noqa: ASYNC110
            await asyncio.sleep(0)
    await runs[0].end()
    seen = await client.until("response.done")
    assert "input_audio_buffer.speech_started" in kinds(seen)
    assert seen[-1]["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    gate.set()
    seen = await client.until("response.done")
    assert seen[-1]["response"]["status"] == "completed"
    assert kinds(seen).index("input_audio_buffer.committed") < kinds(seen).index("response.created")
    messages = [call for call in corridor.calls if call[0] == "llm"][-1][3]["messages"]
    assert [m["content"] for m in messages] == ["Hello?", "One two", "Stop it."]


async def test_a_function_call_and_its_answer(client: Client, corridor: FakeCorridor) -> None:
    corridor.chat_pieces = [
        chunk(
            tool_calls=[{"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": ""}}]
        ),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"city"'}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": ': "Wien"}'}}]),
        chunk(tool_calls=[{"index": 1, "id": "c2", "function": {"name": "wait", "arguments": "{}"}}]),
        END,
    ]
    tool = {"type": "function", "name": "look_up", "description": "…", "parameters": {"type": "object"}}
    await client.send(
        "session.update",
        session={"type": "realtime", "tools": [tool], "tool_choice": {"type": "function", "name": "look_up"}},
    )
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    seen = await client.until("response.done")
    calls = [e for e in seen if e["type"] == "response.function_call_arguments.done"]
    assert [(c["call_id"], c["name"], c["arguments"]) for c in calls] == [
        ("c1", "look_up", '{"city": "Wien"}'),
        ("c2", "wait", "{}"),
    ]
    assert [o["type"] for o in seen[-1]["response"]["output"]] == ["function_call", "function_call"]
    body = next(call for call in corridor.calls if call[0] == "llm")[3]
    assert body["tools"][0]["function"]["name"] == "look_up"
    assert body["tool_choice"] == {"type": "function", "function": {"name": "look_up"}}

    corridor.chat_pieces = [chunk(content="Sunny."), END]
    for call in ("c1", "c2"):
        await client.send(
            "conversation.item.create", item={"type": "function_call_output", "call_id": call, "output": "22"}
        )
    await client.send("response.create")
    await client.until("response.done")
    messages = [call for call in corridor.calls if call[0] == "llm"][-1][3]["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "tool", "tool"]
    assert [c["id"] for c in messages[1]["tool_calls"]] == ["c1", "c2"]


@pytest.mark.parametrize("kind", ["pcmu", "pcma"])
async def test_telephone_audio_both_ways(client: Client, corridor: FakeCorridor, kind: g711.Law) -> None:
    form = {"type": f"audio/{kind}"}
    listen = {"format": form, "turn_detection": None, "transcription": {"model": "whisper-1"}}
    await client.send(
        "session.update", session={"type": "realtime", "audio": {"input": listen, "output": {"format": form}}}
    )
    samples = bytes(range(256)) * 4
    await client.send("input_audio_buffer.append", audio=base64.b64encode(samples).decode())
    await client.send("input_audio_buffer.commit")
    await client.until("conversation.item.input_audio_transcription.completed")
    run = next(o for o in corridor.opened if type(o).__name__ == "FakeStt")
    assert run.options.rate == 8_000
    assert bytes(run.pushed) == g711.decode(samples, kind)
    await client.send("response.create")
    seen = await client.until("response.done")
    spoken = g711.encode(b"\x00\x10\x00\xf0" * 200, kind) * 5
    assert sound(seen) == spoken


@pytest.mark.parametrize("kind", ["pcmu", "pcma"])
def test_every_companded_sample_survives_the_way_there_and_back(kind: g711.Law) -> None:
    there = g711.decode(bytes(range(256)), kind)
    back = g711.encode(there, kind)
    # µ-law has two zeros
    assert {a ^ b for a, b in zip(range(256), back, strict=True)} <= ({0, 0x80} if kind == "pcmu" else {0})
    assert g711.decode(back, kind) == there


async def test_a_failing_model_ends_the_answer_not_the_session(client: Client, corridor: FakeCorridor) -> None:
    corridor.chat_status, corridor.chat_pieces = 500, [b'{"error": {"message": "The model is gone."}}']
    await client.send("response.create")
    done = (await client.until("response.done"))[-1]["response"]
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["message"] == "The model is gone."
    corridor.chat_status, corridor.chat_pieces = 200, [chunk(content="Back."), END]
    await client.send("response.create", response={"output_modalities": ["text"]})
    seen = await client.until("response.done")
    assert "".join(e["delta"] for e in seen if e["type"] == "response.output_text.delta") == "Back."


@pytest.mark.parametrize(
    ("event", "param"),
    [
        ({"type": "response.create", "response": {"output_modalities": 5}}, "response.output_modalities"),
        ({"type": "response.create", "response": {"tools": 5}}, "response.tools"),
        ({"type": "response.create", "response": {"max_output_tokens": "many"}}, "response.max_output_tokens"),
        ({"type": "session.update", "session": {"audio": 5, "voice": "x"}}, "session.audio"),
        (
            {"type": "session.update", "session": {"audio": {"input": {"format": {"type": []}}}}},
            "session.audio.input.format",
        ),
        ({"type": "conversation.item.create", "item": {"type": "message", "role": {}}}, "item.role"),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "user", "content": [{"type": "input_text"}]},
            },
            "item.content",
        ),
        ({"type": "conversation.item.create", "item": USER, "previous_item_id": "nothing"}, "previous_item_id"),
        ({"type": "response.create", "response": {"conversation": "other"}}, "response.conversation"),
        ({"type": "response.create", "response": {"metadata": {"a": 1}}}, "response.metadata"),
        ({"type": "response.create", "response": {"input": {}}}, "response.input"),
        ({"type": "response.create", "response": {"input": [{"type": "item_reference", "id": "no"}]}}, "item_id"),
        (
            {"type": "response.create", "response": {"audio": {"output": {"format": {"type": "mp3"}}}}},
            "response.audio.output.format",
        ),
        ({"type": "session.update", "session": {"tools": [{"type": "mcp"}]}}, "session.tools[0]"),
        ({"type": "session.update", "session": {"prompt": {"id": "pmpt_1"}}}, "session.prompt"),
        (turns(threshold=2), "session.audio.input.turn_detection.threshold"),
        (turns(idle_timeout_ms=1), "session.audio.input.turn_detection.idle_timeout_ms"),
        (turns(silence_duration_ms=1.5), "session.audio.input.turn_detection.silence_duration_ms"),
        (turns(create_response=1), "session.audio.input.turn_detection.create_response"),
        (turns(type="semantic_vad", eagerness="very"), "session.audio.input.turn_detection.eagerness"),
    ],
)
async def test_misshapen_events_name_the_field(client: Client, event: dict[str, Any], param: str) -> None:
    await client.send(**{"kind": event["type"], **{k: v for k, v in event.items() if k != "type"}})
    (told,) = await client.until("error")
    assert told["error"]["param"] == param


async def opened(corridor: FakeCorridor, name: str, count: int = 1) -> list[Any]:
    """The runs of a kind, once there are so many."""
    async with asyncio.timeout(5):
        while len(runs := [o for o in corridor.opened if type(o).__name__ == name]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0)
    return runs


async def push(client: Client, samples: int = 2400) -> None:
    await client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(samples * 2)).decode())


async def test_noise_becomes_a_turn_without_words_and_without_an_answer(client: Client, corridor: FakeCorridor) -> None:
    corridor.stt_script = [
        SpeechStarted(0.5), SpeechEnded(0.9), Final("", start_s=0.5, end_s=0.9),
        SpeechStarted(1.5), SpeechEnded(1.9), Final("Hello?", start_s=1.5, end_s=1.9),
    ]  # fmt: skip
    await push(client)
    await (await opened(corridor, "FakeStt"))[0].end()
    seen = await client.until("response.done")
    heard = [e for e in seen if e["type"].startswith("input_audio_buffer.speech")]
    assert [(e["type"][26:], e.get("audio_start_ms", e.get("audio_end_ms"))) for e in heard] == [
        ("started", 200),
        ("stopped", 900),
        ("started", 1200),
        ("stopped", 1900),
    ]
    committed = [e["item_id"] for e in seen if e["type"] == "input_audio_buffer.committed"]
    assert committed == [e["item_id"] for e in heard if "started" in e["type"]]
    assert kinds(seen).count("response.created") == 1


async def test_the_clock_of_the_audio_goes_on_after_a_commit(client: Client, corridor: FakeCorridor) -> None:
    await push(client, 24_000)
    await client.send("input_audio_buffer.commit")
    await client.until("conversation.item.done")
    corridor.stt_script = [SpeechStarted(0.5), SpeechEnded(0.9), Final("Hello?", start_s=0.5, end_s=0.9)]
    await push(client)
    await (await opened(corridor, "FakeStt", 2))[1].end()
    seen = await client.until("input_audio_buffer.speech_stopped")
    assert [e["audio_start_ms"] for e in seen if e["type"].endswith("speech_started")] == [1200]
    assert seen[-1]["audio_end_ms"] == 1900


async def test_other_events_are_served_while_a_commit_waits_for_its_words(
    client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.send(**turns() | {"kind": "session.update", "session": {"audio": {"input": {"turn_detection": None}}}})
    gate = asyncio.Event()
    collected = FakeStt.__aiter__

    async def slowly(self: FakeStt) -> AsyncIterator[Any]:
        await gate.wait()
        async for event in collected(self):
            yield event

    monkeypatch.setattr(FakeStt, "__aiter__", slowly)
    await push(client)
    await client.send("input_audio_buffer.commit")
    await client.send("response.create")
    seen = await client.until("response.created")
    item_id = next(e["item_id"] for e in seen if e["type"] == "input_audio_buffer.committed")
    await client.send("conversation.item.retrieve", item_id=item_id)
    (told,) = await client.until("conversation.item.retrieved")
    assert told["item"]["content"][0]["transcript"] is None
    gate.set()
    await client.until("response.done")
    body = next(call for call in corridor.calls if call[0] == "llm")[3]
    assert body["messages"] == [{"role": "user", "content": "hello there world"}]


async def test_an_answer_beside_the_conversation(
    client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.send("conversation.item.create", item={**USER, "id": "u1"})
    await client.until("conversation.item.done")
    told = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Name the topic."}]}
    await client.send(
        "response.create",
        response={
            "conversation": "none",
            "output_modalities": ["text"],
            "instructions": "Be short.",
            "input": [{"type": "item_reference", "id": "u1"}, told],
            "metadata": {"for": "topic"},
            "max_output_tokens": 8,
        },
    )
    seen = await client.until("response.done")
    done = seen[-1]["response"]
    assert (done["status"], done["metadata"], done["conversation_id"], done["max_output_tokens"]) == (
        "completed", {"for": "topic"}, None, 8,
    )  # fmt: skip
    assert done["output"][0]["content"] == [{"type": "output_text", "text": "One two three four."}]
    assert not [k for k in kinds(seen) if k.startswith("conversation.")]
    assert next(call for call in corridor.calls if call[0] == "llm")[3]["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hello?"},
        {"role": "system", "content": "Name the topic."},
    ]
    # it neither waits for the conversation's own answer nor stops it, and is cancelled by its id
    gate = await held(client, corridor, monkeypatch)
    await client.send("response.create", response={"conversation": "none", "output_modalities": ["text"]})
    aside = (await client.until("response.created"))[-1]["response"]["id"]
    await client.send("response.cancel", response_id=aside)
    done = (await client.until("response.done"))[-1]["response"]
    assert (done["id"], done["status"]) == (aside, "cancelled")
    gate.set()
    done = (await client.until("response.done"))[-1]["response"]
    assert (done["status"], done["conversation_id"][:5]) == ("completed", "conv_")


async def test_one_answer_may_sound_otherwise_than_the_session(client: Client, corridor: FakeCorridor) -> None:
    await client.send("conversation.item.create", item=USER)
    speak = {"format": {"type": "audio/pcma"}, "voice": {"id": "coral"}}
    await client.send("response.create", response={"audio": {"output": speak}})
    done = (await client.until("response.done"))[-1]["response"]
    assert done["audio"]["output"] == {"format": {"type": "audio/pcma"}, "voice": "coral"}
    spoken = next(call for call in corridor.calls if call[0] == "tts")[3]
    assert (spoken.voice, spoken.rate) == ("coral", 8_000)


async def test_audio_in_an_item_is_heard(client: Client, corridor: FakeCorridor) -> None:
    sound = {"type": "input_audio", "audio": base64.b64encode(bytes(9600)).decode()}
    await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": [sound]})
    added = (await client.until("conversation.item.done"))[-1]["item"]
    assert added["content"] == [{"type": "input_audio"}]
    await client.send("response.create")
    await client.until("response.done")
    assert len(next(o for o in corridor.opened if type(o).__name__ == "FakeStt").pushed) == 9600
    body = next(call for call in corridor.calls if call[0] == "llm")[3]
    assert body["messages"] == [{"role": "user", "content": "hello there world"}]


async def test_an_item_is_put_in_its_place_and_deleted(client: Client, corridor: FakeCorridor) -> None:
    for name, after in (("a", None), ("c", None), ("b", "a"), ("z", "root")):
        text = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": name}]}
        place = {"previous_item_id": after} if after else {}
        await client.send("conversation.item.create", item={**text, "id": name}, **place)
        await client.until("conversation.item.done")
    await client.send("conversation.item.delete", item_id="z")
    assert (await client.until("conversation.item.deleted"))[-1]["item_id"] == "z"
    await client.send("response.create", response={"output_modalities": ["text"]})
    await client.until("response.done")
    body = next(call for call in corridor.calls if call[0] == "llm")[3]
    assert [m["content"] for m in body["messages"]] == ["a", "b", "c"]


async def test_the_session_object_shows_what_holds(client: Client, corridor: FakeCorridor) -> None:
    listen = {
        "format": {"type": "audio/pcmu", "rate": 8000},
        "noise_reduction": {"type": "near_field"},
        "transcription": {"model": "whisper-1", "language": "en", "prompt": "Wien", "keywords": ["Melk"]},
        "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
    }
    update = {"type": "realtime", "model": "gpt-5", "no_such_setting": 1, "audio": {"input": listen}}
    await client.send("session.update", session=update)
    session = (await client.until("session.updated"))[-1]["session"]
    assert "no_such_setting" not in session
    assert session["audio"]["input"] == {
        "format": {"type": "audio/pcmu"},
        "noise_reduction": None,
        "transcription": {"model": "whisper-1", "language": "en", "prompt": "Wien", "keywords": ["Melk"]},
        "turn_detection": {
            "type": "semantic_vad", "eagerness": "low", "create_response": True, "interrupt_response": True,
        },
    }  # fmt: skip
    await push(client, 400)
    options = (await opened(corridor, "FakeStt"))[0].options
    assert (options.language, options.prompt, options.keyterms) == ("en", "Wien", ("Melk",))
    assert (options.endpointing_ms, dict(options.extra)) == (1200, {"smart_turn": True})
    await client.send("response.create", response={"output_modalities": ["text"]})
    await client.until("response.done")
    assert next(call for call in corridor.calls if call[0] == "llm")[2] == "openai/gpt-5"


async def test_server_vad_reaches_the_ears(client: Client, corridor: FakeCorridor) -> None:
    await client.send(
        **{"kind": "session.update"} | {"session": turns(threshold=0.8, silence_duration_ms=900)["session"]}
    )
    session = (await client.until("session.updated"))[-1]["session"]
    assert session["audio"]["input"]["turn_detection"] == {
        "type": "server_vad", "threshold": 0.8, "prefix_padding_ms": 300, "silence_duration_ms": 900,
        "create_response": True, "interrupt_response": True,
    }  # fmt: skip
    await push(client)
    options = (await opened(corridor, "FakeStt"))[0].options
    assert (options.endpointing_ms, dict(options.extra)) == (900, {"vad_threshold": 0.8})


async def test_neither_answered_nor_interrupted_when_the_client_says_so(
    client: Client, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = turns(create_response=False, interrupt_response=False)["session"]
    quiet["audio"]["input"]["transcription"] = {"model": "whisper-1"}
    await client.send("session.update", session=quiet)
    gate = await held(client, corridor, monkeypatch)
    corridor.stt_script = [SpeechStarted(0.2), SpeechEnded(1.0), Final("Hm.", start_s=0.2, end_s=1.0)]
    await push(client)
    await (await opened(corridor, "FakeStt"))[0].end()
    seen = await client.until("conversation.item.input_audio_transcription.completed")
    assert "response.done" not in kinds(seen)
    gate.set()
    seen = await client.until("response.done")
    assert seen[-1]["response"]["status"] == "completed"
    await client.send("input_audio_buffer.clear")
    assert "response.created" not in kinds(await client.until("input_audio_buffer.cleared"))


async def test_silence_after_an_answer_makes_the_model_speak() -> None:
    corridor = FakeCorridor(chat_pieces=[chunk(content="Still there?"), END], chat_type="text/event-stream")
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    waiting: list[tuple[float, Any]] = []
    counted = asyncio.Event()

    class Timer:
        def cancel(self) -> None:
            waiting.clear()

    def later(seconds: float, then: Any) -> Any:
        waiting.append((seconds, then))
        counted.set()
        return Timer()

    async def send(event: dict[str, Any]) -> None:
        await sent.put(realtime_schema.check(event))

    async def until(kind: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while (event := await sent.get())["type"] != kind:
                pass
        return event

    config = RealtimeConfig("realtime", "fake/llm", "sess_1")
    session = RealtimeSession(corridor, Caller(project="alpha", wire="realtime"), config, send, later)
    monkey = turns(idle_timeout_ms=6_000)["session"] | {"output_modalities": ["text"]}
    await session.receive({"type": "session.update", "session": monkey})
    for _ in range(2):
        if waiting:
            # nobody spoke
            waiting.pop()[1]()
            assert (await until("input_audio_buffer.timeout_triggered"))["audio_end_ms"] == 0
            await until("input_audio_buffer.committed")
        else:
            await session.receive({"type": "response.create"})
        await until("response.done")
        await asyncio.wait_for(counted.wait(), 5)
        counted.clear()
        assert waiting[0][0] == pytest.approx(6.0)
    await session.voice_began()
    assert not waiting
    await session.close()


async def test_one_connection_is_one_session(client: Client, corridor: FakeCorridor) -> None:
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    await client.until("response.done")
    sessions = {call[1].session for call in corridor.calls}
    assert len(corridor.calls) > 1
    assert len(sessions) == 1
    assert str(sessions.pop()).startswith("sess_")
