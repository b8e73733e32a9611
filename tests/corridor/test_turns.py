"""Turns put together of utterances and requests: their stages, interruptions, and which conversation they belong to."""

from __future__ import annotations

import asyncio
import json
from array import array
from dataclasses import replace
from typing import Any

import pytest

from tests.support.corridors import CALLER, QUICK, World, world
from tests.support.fake_backends import FRAME, RATE, answer
from voicegw_desktop.core.events import Audio, Final, UtteranceDone
from voicegw_desktop.core.ports import Caller, ChatOptions, SttOptions, TtsOptions
from voicegw_desktop.storage.turns import TurnRecord, from_line, line

pytestmark = pytest.mark.unit

CALL = replace(CALLER, session="call-1")


class Talking:
    """A conversation over a scripted corridor, on a clock of its own."""

    def __init__(self, caller: Caller = CALL, **sections: Any) -> None:
        self.w: World = world(QUICK, **sections)
        self.kept: list[TurnRecord] = []
        self.w.corridor.turns.keep = self.kept.append
        self.caller = caller
        self.ears: Any = None
        self.events: Any = None

    @property
    def turns(self) -> list[TurnRecord]:
        """The newest record of each turn."""
        return list({turn.id: turn for turn in self.kept}.values())

    async def listen(self) -> None:
        self.ears = await self.w.corridor.open_stt(self.caller, "whisper/base", SttOptions())
        self.events = aiter(self.ears)

    async def person(self, seconds: float = 0.4, wait: float = 0.3) -> None:
        """Speak, and wait for the words: the endpoint comes 30 ms after the voice, the words after `wait`."""
        samples = array("h", [900] * 80)
        for n in range(round(seconds * 100)):
            samples.extend([-900 if n % 2 else 900] * FRAME)
        samples.extend([-samples[-1]] * 80)
        pieces = [samples[at : at + FRAME].tobytes() for at in range(0, len(samples), FRAME)]
        # half a frame of the voice lies in the last of them
        for piece in [*pieces, *[bytes(2 * FRAME)] * 3]:
            self.w.clock.advance(len(piece) / 2 / RATE)
            await self.ears.push(piece)
            await asyncio.sleep(0)
        self.w.clock.advance(wait - 0.025)
        while not isinstance(await anext(self.events), Final):
            pass

    async def think(self, first: float = 0.1, clause: float = 0.05, chunks: list[bytes] | None = None) -> None:
        """Ask the model; its first word comes after `first`, its first clause after `clause` more."""
        self.w.llm.chunks = chunks or answer(["Well", " then,", " good."])
        run = await self.w.corridor.chat(self.caller, "groq/llama", {"model": "x", "stream": True, "messages": []})
        body = aiter(run)
        seen = b""
        self.w.clock.advance(first)
        while b"Well" not in seen and b"tool_calls" not in seen:
            seen += await anext(body)
        self.w.clock.advance(clause)
        async for _ in body:
            pass

    async def say(self, text: str = "Well then,", wait: float = 0.2, *, finish: bool = True) -> Any:
        """Speak the answer; its first sample comes after `wait`."""
        run = await self.w.corridor.open_tts(self.caller, "piper/joe", TtsOptions())
        await run.push(text)
        await run.end()
        self.w.clock.advance(wait)
        async for event in run:
            if isinstance(event, UtteranceDone if finish else Audio):
                break
        return run


async def test_the_stages_of_a_turn_add_up_to_what_the_person_waited() -> None:
    talk = Talking()
    await talk.listen()
    await talk.person(0.4, wait=0.3)
    talk.w.clock.advance(0.01)
    await talk.think(0.1, 0.05)
    talk.w.clock.advance(0.02)
    await talk.say(wait=0.2)
    (turn,) = talk.turns
    assert turn.session_id == "call-1"
    assert (turn.utterances, turn.errors, turn.tool_calls, turn.interrupted_ms) == (1, 0, 0, None)
    assert turn.final_ms == pytest.approx(300, abs=6)
    assert turn.stages == pytest.approx(
        {
            # the fake sends both at once
            "endpoint": 300,
            "transcript": 0,
            "to the model": 10,
            "first token": 100,
            "first clause": 50,
            "to the voice": 20,
            "first sound": 200,
        },
        abs=6,
    )
    assert sum(turn.stages.values()) == pytest.approx(turn.first_audio_ms)
    assert turn.dead_air_ms == turn.first_audio_ms
    assert (turn.stt, turn.llm, turn.tts) == ("whisper/base", "groq/llama", "piper/joe")
    # 100 for the utterance, 5,000 for each of the others
    assert turn.cost_nanos == 10_100
    assert len(turn.requests) == 3
    # a stream of an hour does not delay the turn, and nothing is reported twice
    assert [t.revision for t in talk.kept] == [1, 2, 3]
    await talk.ears.close()


async def test_a_person_who_speaks_into_the_answer_interrupts_it() -> None:
    talk = Talking()
    await talk.listen()
    await talk.person()
    await talk.think()
    # 40 samples a character: 1.25 s of sound
    speaking = await talk.say("x" * 500, finish=False)
    talk.w.clock.advance(0.5)
    person = asyncio.ensure_future(talk.person(0.2))
    await asyncio.sleep(0)
    await person
    await speaking.cancel()
    first, second = talk.turns
    assert first.interrupted_ms == pytest.approx(500, abs=15)
    assert first.talk_over_ms == pytest.approx(200, abs=15)
    assert (second.utterances, second.interrupted_ms) == (1, None)
    await talk.ears.close()


async def test_a_person_who_goes_on_before_any_answer_is_in_the_same_turn() -> None:
    talk = Talking()
    await talk.listen()
    await talk.person()
    # a model that was asked too early and given up
    early = await talk.w.corridor.chat(talk.caller, "groq/llama", {"model": "x", "stream": True, "messages": []})
    await early.close()
    await talk.person()
    await talk.think()
    await talk.say()
    (turn,) = talk.turns
    assert turn.utterances == 2
    assert turn.asked_ms is not None
    assert turn.asked_ms >= 0
    assert len(turn.requests) == 4
    await talk.ears.close()


async def test_an_answer_that_was_begun_ahead_of_the_words_belongs_to_them() -> None:
    talk = Talking()
    await talk.listen()
    await talk.person()
    await talk.think()
    await talk.say()
    talk.w.clock.advance(3)
    # asked on interim words, while the person still speaks
    speaking = asyncio.ensure_future(talk.person(0.4))
    for _ in range(20):
        await asyncio.sleep(0)
    ahead = await talk.w.corridor.chat(talk.caller, "groq/llama", {"model": "x", "stream": True, "messages": []})
    await speaking
    await ahead.read()
    first, second = talk.turns
    assert len(first.requests) == 3
    assert ahead.id in second.requests
    assert second.asked_ms is not None
    assert second.asked_ms < 0
    assert second.stages["to the model"] == 0
    await talk.ears.close()


async def test_tools_errors_and_greetings_are_in_their_turns() -> None:
    talk = Talking()
    await talk.say("Welcome.")
    await talk.listen()
    talk.w.clock.advance(5)
    await talk.person()
    called = {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": "look", "arguments": ""}}]}}]}
    await talk.think(chunks=[b"data: " + json.dumps(called).encode() + b"\n\n", b"data: [DONE]\n\n"])
    await talk.think()
    await talk.say()
    greeting, turn = talk.turns
    assert (greeting.utterances, greeting.stt, greeting.asked_ms) == (0, None, None)
    assert greeting.first_audio_ms == pytest.approx(200, abs=5)
    assert turn.tool_calls == 1
    # the words that are spoken are those of the second answer
    assert turn.first_token_ms is not None
    assert turn.first_token_ms > 500
    assert sum(turn.stages.values()) == pytest.approx(turn.first_audio_ms)
    await talk.ears.close()


async def test_projects_that_name_a_session_alike_have_their_own_turns() -> None:
    talk = Talking(projects={"default": {}, "shop": {}})
    theirs = Talking(replace(CALL, project="shop"))
    theirs.w = talk.w
    await talk.listen()
    await talk.person()
    await theirs.think()
    await talk.think()
    found = {turn.project: turn for turn in talk.turns}
    assert {project: turn.session_id for project, turn in found.items()} == {"default": "call-1", "shop": "call-1"}
    assert [(turn.utterances, len(turn.requests)) for turn in (found["default"], found["shop"])] == [(1, 2), (0, 1)]
    # and their own order of chats at a local model
    chats = [options for options in talk.w.script.options if isinstance(options, ChatOptions)]
    assert [chat.session for chat in chats] == [("shop", "call-1"), ("default", "call-1")]
    await talk.ears.close()


async def test_requests_that_name_no_session_are_joined_by_key_and_address() -> None:
    plain = Caller("default", "openai", key_id="k1", peer="127.0.0.1")
    talk = Talking(plain)
    await talk.think()
    assert talk.turns == []
    assert talk.w.meters.reports[0].caller.session is None
    await talk.listen()
    await talk.person()
    await talk.think()
    await talk.say()
    (turn,) = talk.turns
    assert turn.session_id.startswith("auto-")
    assert {r.caller.session for r in talk.w.meters.reports[1:]} == {turn.session_id}
    # another person who calls with the same key while the first one's stream is open
    other = Talking(plain)
    other.w, other.kept = talk.w, talk.kept
    await other.listen()
    await other.person()
    await other.think()
    assert len({t.session_id for t in talk.turns}) == 2
    stranger = talk.w.corridor.turns.join(replace(plain, key_id="k2"), talk.ears.modality)
    assert stranger.session not in {t.session_id for t in talk.turns}
    await talk.ears.close()
    await other.ears.close()
    talk.w.clock.advance(121)
    await talk.listen()
    assert talk.ears.caller.session not in {t.session_id for t in talk.turns}
    await talk.ears.close()


def test_a_line_of_the_journal_gives_the_turn_back() -> None:
    turn = TurnRecord("t", "s", "default", 1.5, 3, "livekit", True, 1, 0.5, 1.0, 2.0, requests=["a"], sealed="gAAA")
    assert from_line(json.loads(json.dumps(line(turn)))) == turn
    with pytest.raises(ValueError, match="zip"):
        from_line(line(turn)[:-1])
