"""Realtime sessions over a scripted corridor: interruption, truncation, cancellation, function calls, G.711."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from tests.support.realtime_client import END, USER, Client, chunk, held, kinds, sound, turns
from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.core.events import Final, SpeechEnded, SpeechStarted
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.openai.realtime.session import RealtimeSession

pytestmark = pytest.mark.socket


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


async def test_an_answer_is_truncated_while_its_last_events_are_on_their_way(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, gate = RealtimeSession._send, asyncio.Event()

    async def slow(self: RealtimeSession, event: dict[str, Any]) -> None:
        await send(self, event)
        if event["type"] == "response.output_audio.done":
            await gate.wait()

    monkeypatch.setattr(RealtimeSession, "_send", slow)
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    item = (await client.until("response.output_audio.done"))[-1]["item_id"]
    await client.send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=125)
    await client.until("conversation.item.truncated")
    gate.set()
    done = (await client.until("response.done"))[-1]["response"]
    assert done["status"] == "completed"
    await client.send("conversation.item.retrieve", item_id=item)
    (got,) = await client.until("conversation.item.retrieved")
    assert got["item"]["content"][0]["transcript"] == "One two"


async def test_an_answer_that_is_cancelled_before_it_began_ends_all_the_same(client: Client) -> None:
    """The two events come in one packet, and the answer's task has not run yet."""
    await client.send("conversation.item.create", item=USER)
    await client.send("response.create")
    await client.send("response.cancel")
    seen = await client.until("response.done")
    assert seen[-1]["response"]["status"] == "cancelled"
    assert "response.created" in kinds(seen)


async def test_limits_and_modalities_as_clients_write_them(client: Client) -> None:
    session = {"type": "realtime", "output_modalities": ["TEXT"], "max_output_tokens": 6.0}
    await client.send("session.update", session=session)
    told = (await client.until("session.updated"))[-1]["session"]
    assert (told["output_modalities"], told["max_output_tokens"]) == (["text"], 6)
    await client.send("session.update", session={"type": "realtime", "max_output_tokens": -1})
    assert (await client.until("session.updated"))[-1]["session"]["max_output_tokens"] == "inf"


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
    # the scripted run answers when its audio ends, which only the session decides: end it as an engine would
    async with asyncio.timeout(60):
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
