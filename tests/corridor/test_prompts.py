"""What local models read while a person speaks, and when they read nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.corridor.test_turns import Talking
from tests.support.corridors import CALLER, World, world
from tests.support.fake_backends import Fault, answer
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EngineState, Final, Interim, RequestStarted, SpeechStarted, SttEvent
from voicegw_desktop.core.ports import STREAMED, Caller

pytestmark = pytest.mark.unit

LLM = "llamacpp/smollm2-135m"
SYSTEM = {"role": "system", "content": "Be short."}
TOOLS = [{"type": "function", "function": {"name": "look"}}]


def at(session: str, **more: Any) -> Caller:
    return replace(CALLER, session=session, **more)


def here() -> World:
    w = world()
    w.corridor.turns.keep = lambda turn: None
    w.llm.chunks = answer(["Well"])
    w.bus.publish(EngineState(LLM, "ready"))
    return w


async def chat(w: World, caller: Caller, *words: str, wanted: str = LLM, **more: Any) -> None:
    said = [SYSTEM, *({"role": "user", "content": text} for text in words)]
    run = await w.corridor.chat(caller, wanted, {"stream": True, "messages": said, **more}, options=STREAMED)
    await run.read()


async def read(w: World, caller: Caller, event: SttEvent | None = None) -> list[Mapping[str, Any]]:
    """The chats that the model is given because this caller's person begins to speak, or of what else is heard."""
    before = len(w.llm.bodies)
    w.corridor.prompts.heard(caller, event or SpeechStarted(0.0))
    for _ in range(60):
        await asyncio.sleep(0)
    return w.llm.bodies[before:]


async def test_a_prompt_that_left_the_cache_is_read_again_when_the_person_speaks() -> None:
    w = here()
    await chat(w, at("one"), "Hello?", tools=TOOLS, temperature=0.3)
    # the model has it
    assert await read(w, at("one")) == []
    # what is not streamed, goes elsewhere or says nothing is not what the conversation goes on from
    streamed, w.llm.chunks = w.llm.chunks, [b'{"choices": [{"message": {"role": "assistant", "content": "Well"}}]}']
    await chat(w, at("one"), "A title?", stream=False)
    w.llm.chunks = streamed
    await chat(w, at("one"), "Dear cloud?", wanted="openai/gpt-4o-mini")
    run = await w.corridor.chat(at("one"), LLM, {"stream": True, "messages": []}, options=STREAMED)
    await run.read()
    await chat(w, at("two"), "And you?")
    started = len([e for e in w.events if isinstance(e, RequestStarted)])
    (body,) = await read(w, at("one"))
    assert (body["messages"][1]["content"], body["tools"], body["max_tokens"]) == ("Hello?", TOOLS, 1)
    assert "temperature" not in body
    # now it has that one again; nothing is on record, in a turn or announced
    assert await read(w, at("one")) == []
    assert len(w.meters.reports) == 5
    assert len([e for e in w.events if isinstance(e, RequestStarted)]) == started
    assert w.corridor.runs == ()
    # the other conversation began the same way but for its tools
    (body,) = await read(w, at("two"))
    assert body["messages"][1]["content"] == "And you?"
    # an engine that was unloaded has forgotten
    w.bus.publish(EngineState(LLM, "stopped"))
    assert len(await read(w, at("two"))) == 1


async def test_a_new_conversation_begins_with_what_the_last_one_began_with() -> None:
    w = here()
    await chat(w, at("one"), "Hello?", "Still there?")
    # it has that, with more behind it
    assert await read(w, at("two")) == []
    await chat(w, at("side"), "A title?", tools=TOOLS, tool_choice="required")
    (body,) = await read(w, at("two"))
    assert body["messages"] == [SYSTEM]
    await chat(w, at("side"), "A title?", tools=TOOLS, tool_choice="required")
    # speech that belongs to no conversation
    assert await read(w, replace(CALLER, session=None)) == []
    # what another key began with is its own, and for one that only dictates no model is loaded
    assert await read(w, at("three", key_id="other")) == []
    w.bus.publish(EngineState(LLM, "stopped"))
    assert await read(w, at("four")) == []


async def test_what_says_itself_what_to_read_and_what_costs_money_is_not_asked() -> None:
    w = here()
    await chat(w, at("one"), "Hello?", wanted="openai/gpt-4o-mini")
    await chat(w, at("one", key_id="other"), "Hello?")
    await chat(w, at("two", key_id="other"), "And you?")
    assert await read(w, at("one")) == []
    assert await read(w, at("one", key_id="other", wire="realtime")) == []
    w = world(projects={"default": {"answer_ahead": "off"}})
    w.corridor.turns.keep = lambda turn: None
    w.llm.chunks = answer(["Well"])
    await chat(w, at("one"), "Hello?")
    await chat(w, at("two"), "Hello!")
    assert await read(w, at("one")) == []


async def test_the_question_waits_for_the_beginning_that_is_being_read() -> None:
    w = here()
    await chat(w, at("one"), "Hello?")
    await chat(w, at("two"), "And you?")
    w.script.faults[LLM] = [Fault("stall", 0)]
    assert len(await read(w, at("one"))) == 1
    # another question begins otherwise and does not wait
    await chat(w, at("one"), "No.")
    longer = asyncio.ensure_future(chat(w, at("one"), "Hello?", "Tea?"))
    count = len(w.llm.bodies)
    for _ in range(60):
        await asyncio.sleep(0)
    assert len(w.llm.bodies) == count
    for run in w.corridor.runs:
        if run.ahead:
            await run.cancel()
    await longer
    assert len(w.llm.bodies) == count + 1


async def test_a_session_says_itself_what_is_read() -> None:
    w, body = here(), {"messages": [SYSTEM, {"role": "user", "content": "Hello?"}]}
    reading = w.corridor.read_ahead(at("one"), LLM, body)
    assert reading is not None
    # once at a time, and not nothing
    assert w.corridor.read_ahead(at("one"), LLM, body) is None
    assert w.corridor.read_ahead(at("two"), LLM, {"messages": []}) is None
    await reading
    assert [b["messages"] for b in w.llm.bodies] == [body["messages"]]
    w.script.faults[LLM] = [Fault("stall", 0)]
    reading = w.corridor.read_ahead(at("one"), LLM, body)
    assert reading is not None
    for _ in range(60):
        await asyncio.sleep(0)
    assert len(w.corridor.runs) == 1
    reading.cancel()
    await asyncio.wait({reading})
    assert w.corridor.runs == ()


@pytest.mark.parametrize(
    ("asked", "waits"), [("Hello there?", True), ("Hello", True), ("Hallo there?", False), ("Hell", False)]
)
async def test_a_question_waits_for_its_first_words_that_are_being_read(asked: str, waits: bool) -> None:
    w = here()
    w.script.faults[LLM] = [Fault("stall", 0)]
    reading = w.corridor.read_ahead(at("one"), LLM, {"messages": [SYSTEM, {"role": "user", "content": "Hello"}]})
    assert reading is not None
    for _ in range(60):
        await asyncio.sleep(0)
    question = asyncio.ensure_future(chat(w, at("one"), asked))
    for _ in range(60):
        await asyncio.sleep(0)
    assert len(w.llm.bodies) == (1 if waits else 2)
    reading.cancel()
    await asyncio.wait({reading, question})


async def heard(w: World, caller: Caller, words: str, **more: Any) -> list[tuple[str, str]]:
    """Role and text of each message that the model reads after the system prompt, now that these words are heard."""
    chats = await read(w, caller, Interim(words, **more))
    return [(m["role"], m["content"]) for body in chats for m in body["messages"][1:]]


async def test_words_are_read_behind_the_last_answer_while_the_person_speaks() -> None:
    w = here()
    w.llm.chunks = answer(["Tea", ' or \n"milk"?'])
    # nothing is known of the conversation yet
    assert await heard(w, at("one"), "I would like some tea") == []
    await chat(w, at("one"), "Hello.", tools=TOOLS)
    # the words that were asked are no new ones
    assert await read(w, at("one"), Final("Hello.")) == []
    begun = [("user", "Hello."), ("assistant", 'Tea or \n"milk"?')]
    assert await heard(w, at("one"), "A cup") == []
    assert await heard(w, at("one"), "A cup of") == [*begun, ("user", "A cup of")]
    assert w.llm.bodies[-1]["tools"] == TOOLS
    assert await heard(w, at("one"), "A cup of tea with") == []
    # at a pause the client asks, and what a Realtime session says it says itself
    assert await heard(w, at("one"), "A cup of tea with some milk", pause=True) == []
    assert await heard(w, at("one", wire="realtime"), "A cup of tea with some milk") == []
    assert await heard(w, at("two"), "A cup of tea with some milk") == []
    assert await heard(w, at("one"), "A cup of tea with milk") == [*begun, ("user", "A cup of tea with milk")]
    # an utterance that was not answered belongs to the turn
    assert await read(w, at("one"), Final("A cup of tea with milk.")) == []
    assert (await heard(w, at("one"), "And two biscuits"))[-1] == ("user", "A cup of tea with milk. And two biscuits")
    # nor is a book dictated to the model
    assert await heard(w, at("one"), "word " * 200) == []
    started = len([e for e in w.events if isinstance(e, RequestStarted)])
    assert started == len(w.meters.reports) == 1


async def test_words_of_an_answer_that_was_given_up_are_asked_again() -> None:
    w = here()
    w.script.faults[LLM] = [Fault("stall", 1)]
    said = [SYSTEM, {"role": "user", "content": "He was."}]
    run = await w.corridor.chat(at("one"), LLM, {"stream": True, "messages": said}, options=STREAMED)
    # while it answers nothing is read
    assert await heard(w, at("one"), "He was not an ill") == []
    # nor beside it
    w.script.faults.clear()
    await chat(w, at("two"), "And you?")
    assert await heard(w, at("two"), "I would like tea") == []
    await run.cancel()
    assert len(await heard(w, at("two"), "I would like tea")) == 3
    assert await heard(w, at("one"), "He was not an ill") == [("user", "He was not an ill")]
    assert await heard(w, at("one"), "But then he did not know") == [("user", "He was. But then he did not know")]


async def test_a_chat_that_was_refused_delays_no_reading() -> None:
    w = here()
    await chat(w, at("one"), "Hello.")
    w.script.faults[LLM] = [Fault("refuse", 0)]
    with pytest.raises(VoiceGatewayError):
        await chat(w, at("two"), "And you?")
    w.script.faults.clear()
    assert len(await heard(w, at("one"), "I would like tea")) == 3


@pytest.mark.parametrize(
    "chunks",
    [
        [b'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}\n\n', b"data: [DONE]\n\n"],
        [b'data: {"choices": [{"delta": {"tool_calls": [{"function": {"name": "look"}}]}}]}\n\n', b"data: [DONE]\n\n"],
        [*answer(["x" * 1000] * 40)],
    ],
)
async def test_no_words_are_read_behind_an_answer_that_is_not_known_as_text(chunks: list[bytes]) -> None:
    w = here()
    w.llm.chunks = chunks
    await chat(w, at("one"), "Hello.")
    w.llm.chunks = answer(["Well"])
    assert await heard(w, at("one"), "I would like some tea") == []


async def test_what_is_loaded_is_not_watched_after_the_end() -> None:
    w = here()
    watched = len(w.bus._listeners)
    await w.corridor.aclose()
    # routes, stops and engines
    assert len(w.bus._listeners) == watched - 3


async def test_so_many_conversations_are_kept_and_no_more() -> None:
    w = here()
    for number in (*range(32), 0, 32):
        await chat(w, at(f"s{number}"), f"Number {number}?")
    for number in (0, 2):
        assert [b["messages"][1]["content"] for b in await read(w, at(f"s{number}"))] == [f"Number {number}?"]
    # of the one that rested longest, only what all have in common is known, and the model has that
    assert await read(w, at("s1")) == []


async def test_speech_in_a_stream_of_the_conversation_begins_it() -> None:
    talking = Talking(at("one"))
    talking.w.llm.chunks = answer(["Well"])
    await talking.listen()
    await chat(talking.w, at("one"), "Hello?")
    await chat(talking.w, at("two"), "And you?")
    await talking.person()
    asked = [(b["messages"][1:], b.get("max_tokens")) for b in talking.w.llm.bodies]
    hello, well = {"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Well"}
    assert asked[:3] == [([hello], None), ([{"role": "user", "content": "And you?"}], None), ([hello], 1)]
    # and its words are read as they come
    assert asked[3:]
    assert all(messages[:2] == [hello, well] and limit == 1 for messages, limit in asked[3:])
    await talking.ears.cancel()
