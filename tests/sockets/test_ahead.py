"""Answers prepared at a pause: served when asked for, thrown away without a trace when not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.corridors import CALLER, World, collect, world
from tests.support.fake_backends import FakeTtsStream, Fault, answer
from voicegw_desktop.core.errors import RateLimitExceeded
from voicegw_desktop.core.events import Audio, RequestFinished, RequestStarted, UtteranceDone
from voicegw_desktop.core.ports import STREAMED, TtsOptions
from voicegw_desktop.sockets.chat.ahead import Ahead, Prepared, PreparedChat, PreparedSpeech

pytestmark = pytest.mark.unit

LLM, TTS = "llamacpp/smollm2-135m", "piper/joe"
SPEECH = (TTS, TtsOptions(rate=24_000))


def body(words: str) -> dict[str, Any]:
    return {"stream": True, "messages": [{"role": "user", "content": words}]}


def prepared(w: World, words: str = "Hello?", llm: str = LLM) -> Ahead:
    w.llm.chunks = answer(["Well,", " then."])
    ahead = Ahead(w.corridor, CALLER)
    ahead.prepare(llm, body(words), SPEECH)
    return ahead


async def at_rest() -> None:
    for _ in range(60):
        await asyncio.sleep(0)


def spoken(w: World) -> list[str]:
    return [stream.given for stream in w.script.streams if isinstance(stream, FakeTtsStream)]


def told(w: World) -> list[str]:
    return [type(e).__name__ for e in w.events if isinstance(e, RequestStarted | RequestFinished)]


async def test_the_answer_that_was_prepared_is_served_once_and_counts_from_then_on() -> None:
    w = world()
    ahead = prepared(w)
    await at_rest()
    # model and voice have worked, and nothing was published
    assert len(w.llm.bodies) == 1
    assert spoken(w) == ["Well, then."]
    assert (w.meters.reports, w.meters.admitted, told(w)) == ([], [], [])
    run = await ahead.chat(CALLER, LLM, body("Hello?"), options=STREAMED)
    assert isinstance(run, PreparedChat)
    assert len(w.meters.reports) == 1
    voice = await ahead.open_tts(CALLER, *SPEECH)
    assert isinstance(voice, PreparedSpeech)
    text = await run.read()
    assert b"Well," in text
    assert text.endswith(b"[DONE]\n\n")
    # the answer's words once more, as they are read, and words that came later
    for piece in ("Well,", " then.", " More."):
        await voice.push(piece)
    await voice.end()
    heard = await collect(voice)
    assert isinstance(heard[0], Audio)
    assert heard[-1] == UtteranceDone(len("Well, then. More."), heard[-1].audio_s)
    assert spoken(w) == ["Well, then. More."]
    assert (len(w.llm.bodies), len(w.meters.reports)) == (1, 2)
    assert w.meters.admitted == [LLM, TTS]
    assert told(w) == ["RequestStarted", "RequestFinished"] * 2
    assert {r.status for r in w.meters.reports} == {"ok"}
    await ahead.close()


async def test_what_nobody_asks_for_ends_and_leaves_no_trace() -> None:
    w = world()
    w.script.faults[LLM] = [Fault("stall", 2)]
    ahead = prepared(w)
    await at_rest()
    assert spoken(w) == ["Well,"]
    # the words of the pause once more
    ahead.prepare(LLM, body("Hello?"), SPEECH)
    assert len(w.llm.bodies) == 1
    ahead.drop()
    await ahead.close()
    assert w.script.live == 0
    assert (w.meters.reports, w.meters.admitted, told(w), w.corridor.runs) == ([], [], [], ())


async def test_other_words_are_answered_anew() -> None:
    w = world()
    ahead = prepared(w, "Hello")
    await at_rest()
    run = await ahead.chat(CALLER, LLM, body("Hello there"), options=STREAMED)
    assert not isinstance(run, PreparedChat)
    assert b"then." in await run.read()
    voice = await ahead.open_tts(CALLER, *SPEECH)
    assert not isinstance(voice, PreparedSpeech)
    await voice.cancel()
    await ahead.close()
    assert [b["messages"][0]["content"] for b in w.llm.bodies] == ["Hello", "Hello there"]
    assert len(w.meters.reports) == 2


async def test_another_voice_than_the_one_prepared_speaks_alone() -> None:
    w = world()
    ahead = prepared(w)
    await at_rest()
    run = await ahead.chat(CALLER, LLM, body("Hello?"), options=STREAMED)
    voice = await ahead.open_tts(CALLER, TTS, TtsOptions(rate=8_000))
    assert not isinstance(voice, PreparedSpeech)
    await run.read()
    await run.close()
    await voice.cancel()
    await ahead.close()
    await at_rest()
    assert w.script.live == 0
    # the chat and the voice that spoke
    assert len(w.meters.reports) == 2


async def test_a_target_that_costs_money_works_when_it_is_asked_unless_the_project_pays() -> None:
    w = world()
    ahead = prepared(w, llm="openai/gpt-4o-mini")
    await at_rest()
    assert w.llm.bodies == []
    run = await ahead.chat(CALLER, "openai/gpt-4o-mini", body("Hello?"), options=STREAMED)
    assert b"then." in await run.read()
    await ahead.close()
    assert len(w.meters.reports) == 1

    w = world(projects={"default": {"answer_ahead": "paid"}})
    ahead = prepared(w, llm="openai/gpt-4o-mini")
    await at_rest()
    ahead.drop()
    await ahead.close()
    # it was paid for, so it is on record
    assert [r.target.provider for r in w.meters.reports] == ["openai"]

    w = world(projects={"default": {"answer_ahead": "off"}})
    ahead = prepared(w)
    await at_rest()
    assert w.llm.bodies == []
    await ahead.close()


async def test_an_answer_prepared_in_vain_is_asked_for_again() -> None:
    w = world()
    w.llm.status[LLM] = 500
    ahead = prepared(w)
    await at_rest()
    w.llm.status.clear()
    run = await ahead.chat(CALLER, LLM, body("Hello?"), options=STREAMED)
    assert run.status == 200
    assert b"then." in await run.read()
    await ahead.close()


async def test_a_local_model_reads_the_conversation_while_the_person_speaks() -> None:
    w = world(projects={"default": {"answer_ahead": "paid"}})
    w.llm.chunks = answer(["Well"])
    ahead = Ahead(w.corridor, CALLER)
    instructions = {"stream": True, "messages": [{"role": "system", "content": "Be short."}]}
    ahead.warm(LLM, instructions)
    # while it reads, nothing more is asked of it, and nothing to read is no request
    ahead.warm(LLM, instructions)
    await at_rest()
    ahead.warm(LLM, {"stream": True, "messages": []})
    # what costs money reads when it is asked, also for a project that pays for answers ahead
    ahead.warm("openai/gpt-4o-mini", instructions)
    await at_rest()
    assert [(b["messages"], b["max_tokens"]) for b in w.llm.bodies] == [(instructions["messages"], 1)]
    assert (w.meters.reports, told(w), w.corridor.runs) == ([], [], ())
    await ahead.close()


async def serve(ahead: Ahead) -> None:
    run = await ahead.chat(CALLER, LLM, body("Hello?"), options=STREAMED)
    try:
        await ahead.open_tts(CALLER, *SPEECH)
    finally:
        await run.close()


@pytest.mark.parametrize("refused", [LLM, TTS])
async def test_an_answer_that_may_not_be_had_leaves_nothing_running(refused: str) -> None:
    w = world()
    w.script.faults[LLM] = [Fault("stall", 2)]
    ahead = prepared(w)
    await at_rest()
    w.meters.refuse[refused] = RateLimitExceeded("No more requests this minute.")
    with pytest.raises(RateLimitExceeded):
        await serve(ahead)
    await at_rest()
    assert (w.script.live, w.corridor.runs) == (0, ())
    await ahead.close()


async def test_a_fault_of_whatever_kind_ends_the_answer_that_was_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_prepared: Prepared, _text: str) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(Prepared, "_say", broken)
    ahead = prepared(world())
    await at_rest()
    run = await ahead.chat(CALLER, LLM, body("Hello?"), options=STREAMED)
    with pytest.raises(LookupError):
        async with asyncio.timeout(60):
            await run.read()
    await ahead.close()
