"""Runs that begin before a client asks for them: which targets may, and how they are recorded once served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.corridors import CALLER, World, world
from tests.support.fake_backends import Fault, answer
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.errors import Forbidden, RateLimitExceeded
from voicegw_desktop.core.events import Audio, RequestFinished, RequestFirstByte, RequestStarted
from voicegw_desktop.core.ports import STREAMED, TtsOptions
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit

CALL = replace(CALLER, session="call-1")
HERE, AWAY = "llamacpp/m", "openai/gpt-4o"
PAID: dict[str, Any] = {"projects": {"default": {"answer_ahead": "paid"}}}


def with_turns(**sections: Any) -> tuple[World, list[TurnRecord]]:
    w, kept = world(**sections), list[TurnRecord]()
    w.llm.chunks = answer(["Well,", " then."])
    w.corridor.turns.keep = kept.append
    # 0 stands for a moment that has not come
    w.clock.advance(1.0)
    return w, kept


async def chat(w: World, wanted: str = HERE, *, local: bool = False) -> Any:
    options = replace(STREAMED, ahead=True, local=local)
    return await w.corridor.chat(CALL, wanted, {"messages": [], "stream": True}, options=options)


async def speech(w: World, wanted: str) -> Any:
    return await w.corridor.open_tts(CALL, wanted, TtsOptions(rate=16_000, ahead=True))


def told(w: World) -> list[type]:
    return [type(e) for e in w.events if isinstance(e, RequestStarted | RequestFirstByte | RequestFinished)]


@pytest.mark.parametrize(
    ("how", "refused"),
    [
        ("local", {AWAY, "elevenlabs/flash"}),
        ("paid", set()),
        ("off", {AWAY, HERE, "elevenlabs/flash", "piper/joe"}),
    ],
)
async def test_a_project_says_which_targets_may_work_before_they_are_asked(how: str, refused: set[str]) -> None:
    w = world(projects={"default": {"answer_ahead": how}})
    for name in (HERE, AWAY, "piper/joe", "elevenlabs/flash"):
        begin = chat if name in (HERE, AWAY) else speech
        if name in refused:
            with pytest.raises(Forbidden, match=f"answer_ahead is {how}: {name} works when it is asked"):
                await begin(w, name)
        else:
            await (await begin(w, name)).cancel()
    assert not refused & set(w.script.opened)


@pytest.mark.parametrize(("how", "asked"), [("local", [HERE]), ("paid", [HERE, AWAY])])
async def test_a_target_that_fails_ahead_of_the_question_is_followed_only_by_those_that_may(
    how: str, asked: list[str]
) -> None:
    rules = {"answer_ahead": how, "allow_local_to_cloud": True}
    w = world(fallbacks={"llm": [AWAY]}, projects={"default": rules})
    w.llm.status = {HERE: 503}
    run = await chat(w)
    assert [leg.target.name for leg in run.legs] == asked
    await run.close()
    # a failed local target and a paid one: the second is recorded although no client asked for the answer
    assert [r.target.name for r in w.meters.reports] == asked[1:]
    with pytest.raises(Forbidden):
        await chat(w, AWAY, local=True)


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize(("wanted", "sections"), [(HERE, {}), (AWAY, PAID)])
async def test_an_answer_counts_and_belongs_to_its_turn_from_when_it_is_served(
    wanted: str, sections: dict[str, Any], ended: bool
) -> None:
    w, kept = with_turns(**sections)
    run = await chat(w, wanted)
    if ended:
        await run.read()
    # the work of a paid provider is recorded at once
    recorded = int(ended and wanted == AWAY)
    assert (len(w.meters.reports), w.meters.admitted, kept) == (recorded, [], [])
    assert told(w) == [RequestFinished] * recorded
    run.serve()
    run.serve()
    if not ended:
        assert (w.meters.reports, kept) == ([], [])
        await run.read()
    await run.close()
    assert [(r.status, r.target.name) for r in w.meters.reports] == [("ok", wanted)]
    assert w.meters.admitted == [wanted]
    assert sorted(kind.__name__ for kind in told(w)) == ["RequestFinished", "RequestFirstByte", "RequestStarted"]
    (turn,) = kept
    assert (turn.session_id, turn.llm) == ("call-1", wanted)


async def test_a_limit_that_is_reached_when_the_answer_is_asked_for_refuses_it() -> None:
    w, kept = with_turns()
    run = await chat(w)
    w.meters.refuse[HERE] = RateLimitExceeded("Too many.")
    with pytest.raises(RateLimitExceeded):
        run.serve()
    await run.close()
    assert (w.meters.reports, told(w), kept) == ([], [], [])


@in_virtual_time
async def test_sound_that_was_made_ahead_is_played_from_when_it_is_asked_for() -> None:
    w, kept = with_turns()
    run = await speech(w, "piper/joe")
    await run.push("Well then.")
    await run.end()
    events = [event async for event in run]
    assert any(isinstance(event, Audio) for event in events)
    made, heard = run.part.first_ns, run.part.audible_ns
    w.clock.advance(3.0)
    run.serve()
    assert (run.part.first_ns - made, run.part.audible_ns - heard) == (3_000_000_000, 3_000_000_000)
    assert [turn.tts for turn in kept] == ["piper/joe"]


async def test_what_fails_ahead_of_the_question_is_known_by_no_record() -> None:
    w = world()
    w.script.faults["piper/joe"] = [Fault("refuse")]
    with pytest.raises(Exception, match="refuses"):
        await speech(w, "piper/joe")
    assert (w.meters.reports, told(w), w.corridor.runs) == ([], [], ())
