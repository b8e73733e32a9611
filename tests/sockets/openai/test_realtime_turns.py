"""Turns of a Realtime session over a scripted corridor: commits, answers beside the conversation, items, settings."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support import realtime_schema
from tests.support.realtime_client import END, USER, Client, chunk, held, kinds, opened, push, turns
from tests.support.socket_gateway import FakeCorridor
from tests.support.socket_runs import FakeStt
from voicegw_desktop.core.events import Final, SpeechEnded, SpeechStarted
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.openai.realtime.config import RealtimeConfig
from voicegw_desktop.sockets.openai.realtime.session import RealtimeSession

pytestmark = pytest.mark.socket


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


async def test_a_commit_takes_at_least_a_tenth_of_a_second_and_leaves_less_in_the_buffer(client: Client) -> None:
    await push(client, 2399)
    await client.send("input_audio_buffer.commit", event_id="early")
    (told,) = await client.until("error")
    assert (told["error"]["code"], told["error"]["event_id"]) == ("input_audio_buffer_commit_empty", "early")
    await push(client, 1)
    await client.send("input_audio_buffer.commit")
    assert kinds(await client.until("input_audio_buffer.committed")) == ["input_audio_buffer.committed"]


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
    update = {"type": "realtime", "model": "gpt-5", "audio": {"input": listen}}
    await client.send("session.update", session=update)
    session = (await client.until("session.updated"))[-1]["session"]
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
    assert (options.endpointing_ms, options.endpointing, dict(options.extra)) == (1200, "adaptive", {})
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
        async with asyncio.timeout(60):
            while (event := await sent.get())["type"] != kind:
                pass
        return event

    config = RealtimeConfig("realtime", "fake/llm", "sess_1")
    session = RealtimeSession(corridor, Caller(project="alpha", wire="realtime"), config, send, later)
    monkey = turns(idle_timeout_ms=6_000)["session"] | {"output_modalities": ["text"]}
    await session.receive({"type": "session.update", "session": monkey})
    for _ in range(2):
        if waiting:
            # there was no speech
            waiting.pop()[1]()
            assert (await until("input_audio_buffer.timeout_triggered"))["audio_end_ms"] == 0
            await until("input_audio_buffer.committed")
        else:
            await session.receive({"type": "response.create"})
        await until("response.done")
        await asyncio.wait_for(counted.wait(), 60)
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


async def alone(
    corridor: FakeCorridor, later: Any = None, taken: asyncio.Event | None = None
) -> tuple[RealtimeSession, list[str]]:
    """A session of texts, and the events of its responses; the client takes the ends of responses once `taken`."""
    seen: list[str] = []

    async def send(event: dict[str, Any]) -> None:
        if taken is not None and event["type"] == "response.done":
            await taken.wait()
        if event["type"] in ("response.created", "response.done"):
            seen.append(event["type"][9:])
        await asyncio.sleep(0)

    config = RealtimeConfig("realtime", "fake/llm", "sess_1")
    session = RealtimeSession(corridor, Caller(project="alpha", wire="realtime"), config, send, later)
    settings = turns(idle_timeout_ms=6_000)["session"] | {"output_modalities": ["text"]}
    await session.receive({"type": "session.update", "session": settings})
    return session, seen


async def steps(count: int = 40) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_two_turns_that_end_at_once_get_one_answer() -> None:
    session, seen = await alone(FakeCorridor(delay=asyncio.Event()))
    await session.turn_ended("One.")
    await steps()
    await asyncio.gather(session.turn_ended("Two."), session.turn_ended("Three."))
    await steps()
    await session.close()
    await steps()
    assert seen == ["created", "done"] * (len(seen) // 2)


async def test_the_idle_timeout_leaves_an_answer_alone_that_began_meanwhile() -> None:
    waiting: list[Any] = []

    def later(_seconds: float, then: Any) -> Any:
        waiting.append(then)
        return asyncio.get_running_loop().call_later(3600, lambda: None)

    corridor = FakeCorridor(chat_pieces=[chunk(content="Hm."), END], chat_type="text/event-stream")
    session, seen = await alone(corridor, later)
    await session.receive({"type": "response.create"})
    await session.quiet()
    corridor.delay = asyncio.Event()
    waiting.pop()()
    await asyncio.sleep(0)
    await session.receive({"type": "response.create"})
    await steps()
    await session.close()
    await steps()
    assert seen == ["created", "done"] * 2


async def test_an_answer_that_is_stopped_twice_is_told_to_its_end_before_the_next() -> None:
    taken = asyncio.Event()
    session, seen = await alone(FakeCorridor(delay=asyncio.Event()), taken=taken)
    await session.turn_ended("One.")
    await steps()
    stops = [asyncio.ensure_future(session.voice_began())]
    await steps()
    stops.append(asyncio.ensure_future(session.receive({"type": "response.cancel"})))
    await steps()
    assert not any(stop.done() for stop in stops)
    taken.set()
    await asyncio.gather(*stops)
    assert seen == ["created", "done"]
    await session.close()
