"""Many requests at once at a cap, in one program and in two on one database: what is recorded never passes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.support.budget_programs import (
    CHAT,
    MICRO,
    NOVA_SECOND,
    SPEECH,
    TURN_S,
    chat,
    hearing,
    speech,
)
from tests.support.corridors import CALLER, collect
from tests.support.fake_backends import Fault
from tests.support.listening import Listening
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.errors import UNREACHED, BudgetError, BudgetExceededError, UpstreamError
from voicegw_desktop.core.events import Notice, UtteranceDone
from voicegw_desktop.core.ports import Modality, SttOptions
from voicegw_desktop.corridor.stt_money import LEASE_S

pytestmark = pytest.mark.unit


two = pytest.mark.parametrize("programs", [1, 2])


def limited(scope: str, period: str, usd: float) -> dict[str, Any]:
    """The sections of a configuration with one budget, that of the callers' project, of their key or of the machine."""
    budget = {period: usd, "action": "block"}
    if scope == "project":
        return {"project": {"daily_budget": None, f"{period}_budget": usd}}
    return {
        "project": {"daily_budget": None},
        "budgets": {"keys": {"K": budget}} if scope == "key" else {scope: budget},
    }


@two
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("body", [{"max_tokens": 5000}, {}, {"max_completion_tokens": 1700, "n": 3}])
@in_virtual_time
async def test_chats_at_once(desk: Any, programs: int, stream: bool, body: dict[str, Any]) -> None:
    # 3 m$ each, at a cap that pays for three
    at = desk(10_000, programs)
    served = await at.burst(chat(**body, stream=stream))
    assert 0.6 * 10_000 * MICRO <= at.spent <= 10_000 * MICRO
    assert served >= 3
    # one after another, what is left is used up
    for _ in range(20):
        await at.burst(chat(**body, stream=stream), 1)
    assert at.spent <= 10_000 * MICRO


@in_virtual_time
async def test_chats_at_a_dearer_tier_stay_within_the_cap(desk: Any) -> None:
    at = desk(10_000, 1)
    await at.burst(chat(max_tokens=5000, service_tier="priority"))
    assert 0 < at.spent <= 10_000 * MICRO


@pytest.mark.parametrize("scope", ["project", "key", "machine"])
@pytest.mark.parametrize("period", ["daily", "weekly", "monthly"])
@in_virtual_time
async def test_many_at_once_at_every_kind_of_budget(desk: Any, scope: str, period: str) -> None:
    # one caller's own key; chats of 3 m$, speech of 11.25 m$ and streams of 0.4 m$, at a cap of 50 m$
    at = desk(0, 2, **limited(scope, period, 50_000 / 1e6))
    await at.burst(chat(max_tokens=5000, stream=True), 70)
    assert 40_000 * MICRO <= at.spent <= 50_000 * MICRO
    for one in (speech("x" * 750), hearing(5, live=True), chat(max_tokens=16)):
        await at.burst(one, 70)
        assert at.spent <= 50_000 * MICRO
    status = at.programs[0].budget.statuses()[0]
    assert (status.kind, status.period, status.reserved_nanos) == (
        scope,
        {"daily": "day", "weekly": "week"}.get(period, "month"),
        0,
    )
    assert status.spent_nanos == at.spent


@in_virtual_time
async def test_every_budget_holds_beside_the_others(desk: Any) -> None:
    # the key's month is the smallest
    budgets = {"keys": {"K": {"monthly": 0.01, "action": "block"}}, "machine": {"weekly": 0.02, "action": "block"}}
    at = desk(30_000, 2, budgets=budgets)
    await at.burst(chat(max_tokens=5000))
    assert at.spent <= 10_000 * MICRO
    # of another key, the machine's week is
    await at.burst(chat(max_tokens=5000, caller=replace(CALLER, key_id="other")))
    assert 10_000 * MICRO < at.spent <= 20_000 * MICRO
    with pytest.raises(BudgetExceededError, match=r"This machine has spent .* weekly budget of \$0\.02"):
        await chat(max_tokens=5000, caller=replace(CALLER, key_id="other"))(at.programs[0].corridor)


@in_virtual_time
async def test_a_chat_without_a_limit_gets_one_that_the_budget_can_pay_and_says_so(desk: Any) -> None:
    at = desk(1500)
    (program,) = at
    run = await chat()(program.corridor)
    limit = int(run.gateway_headers()["X-VoiceGW-Max-Tokens"])
    assert program.world.llm.bodies[0]["max_completion_tokens"] == limit
    assert 1500 * MICRO * 0.95 <= at.spent <= 1500 * MICRO
    # where the budget can pay for the longest answer, nothing is changed
    rich = desk(1_000_000)
    run = await chat()(rich.programs[0].corridor)
    assert "X-VoiceGW-Max-Tokens" not in run.gateway_headers()
    assert rich.programs[0].world.llm.bodies[0].keys() == {"messages", "model"}


@in_virtual_time
async def test_a_target_that_takes_no_limit_is_paid_for_as_it_answers_until_the_cap(desk: Any) -> None:
    at = desk(1500)
    (program,) = at
    program.world.llm.obeys = False
    with pytest.raises(BudgetExceededError):
        await chat(stream=True)(program.corridor)
    assert program.sink.records[0].status == "error"
    # what came with the event that was one too many is counted
    assert at.spent <= 1500 * MICRO + 50 * 600
    assert program.world.router.breaker.states() == {}


@two
@pytest.mark.parametrize("pieces", [1, 25])
@in_virtual_time
async def test_speech_at_once(desk: Any, programs: int, pieces: int) -> None:
    # 11.25 m$ each, at a cap that pays for four
    at = desk(50_000, programs)
    served = await at.burst(speech("x" * 750, pieces=pieces))
    assert at.spent <= 50_000 * MICRO
    assert served == 4 if pieces == 1 else at.spent >= 25_000 * MICRO
    told = [r for p in at for r in p.sink.records if r.status == "error"]
    assert pieces > 1 or {r.cost_nanos for r in told} == {0}


@in_virtual_time
async def test_speech_that_is_billed_by_its_length_is_paid_for_as_it_is_spoken(desk: Any) -> None:
    # 0.25 m$ a second; the target speaks 40 samples a character
    at = desk(500)
    at.programs[0].world.tts.rate, at.programs[0].world.tts.piece = 10, 2
    with pytest.raises(BudgetExceededError):
        await speech("x" * 20, "openai/gpt-4o-mini-tts")(at.programs[0].corridor)
    assert 500 * MICRO <= at.spent <= 500 * MICRO + 250 * MICRO // 5


@two
@pytest.mark.parametrize("known", [True, False], ids=["of known length", "of unknown length"])
@in_virtual_time
async def test_recordings_at_once(desk: Any, programs: int, known: bool) -> None:
    # a minute each, 4.3 m$
    at = desk(40_000, programs)
    served = await at.burst(hearing(60, live=False, known=known), 50)
    assert at.spent <= 40_000 * MICRO
    assert served == 9 if known else at.spent > 0


@two
@in_virtual_time
async def test_sixty_streams_of_five_seconds_at_a_cap_for_fifteen(desk: Any, programs: int) -> None:
    at = desk(15 * 5 * NOVA_SECOND / MICRO, programs)
    served = await at.burst(hearing(5, live=True), 60)
    assert served >= 14
    assert at.spent <= 15 * 5 * NOVA_SECOND


@in_virtual_time
async def test_a_long_stream_ends_when_the_cap_is_reached(desk: Any) -> None:
    at = desk(100 * NOVA_SECOND / MICRO)
    with pytest.raises(BudgetExceededError, match="daily_budget"):
        await hearing(200, live=True)(at.programs[0].corridor)
    assert 100 * NOVA_SECOND - LEASE_S * NOVA_SECOND <= at.spent <= 100 * NOVA_SECOND
    assert at.programs[0].world.router.breaker.states() == {}


@in_virtual_time
async def test_a_connection_that_is_billed_by_its_time_is_ended_in_silence_too(desk: Any) -> None:
    # 7.5 m$ a minute
    at = desk(1000)
    (program,) = at
    program.world.clock.advance(1)
    run = await program.corridor.open_stt(CALLER, "assemblyai/u3-rt-pro", SttOptions())
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()

    async def turn() -> None:
        while run.outcome is None:
            # of the loop's own time, which nothing waits for
            await asyncio.sleep(TURN_S)
            program.world.clock.advance(TURN_S)

    turning = loop.create_task(turn())
    with pytest.raises(BudgetExceededError):
        await collect(run, 600)
    await turning
    assert 5 <= loop.time() - began <= 11
    # the last look was half a lease ago at the most
    assert at.spent <= 1000 * MICRO + LEASE_S * 7500 * MICRO / 60
    await run.cancel()


@pytest.mark.parametrize("modality", ["chat", "speech", "hearing"])
@pytest.mark.parametrize("action", ["block", "throttle"])
@in_virtual_time
async def test_a_spent_budget_refuses_every_modality(desk: Any, modality: str, action: str) -> None:
    at = desk(1000, project={"budget_action": action})
    (program,) = at
    program.budget.settle("default", [], 1000 * MICRO)
    one = {"chat": chat(), "speech": speech("Hello."), "hearing": hearing(1, live=True)}[modality]
    with pytest.raises(BudgetError):
        await one(program.corridor)
    assert program.world.script.opened == []
    assert at.spent == 0


@in_virtual_time
async def test_a_throttled_stream_goes_on_with_what_costs_nothing(desk: Any) -> None:
    throttled = {"budget_action": "throttle"}
    at = desk(20 * NOVA_SECOND / MICRO, project=throttled, fallbacks={"stt": ["whisper/base"], "tts": ["piper/joe"]})
    (program,) = at
    await hearing(60, live=True)(program.corridor)
    record = program.sink.records[-1]
    assert (record.status, record.model_id, record.cost_nanos <= 20 * NOVA_SECOND) == ("success", "whisper/base", True)
    await speech("x" * 750)(program.corridor)
    record = program.sink.records[-1]
    assert (record.status, record.model_id) == ("success", "piper/joe")
    assert program.world.router.breaker.states() == {}


@pytest.mark.parametrize("modality", [Modality.LLM, Modality.STT, Modality.TTS])
@in_virtual_time
async def test_a_refused_budget_never_falls_through_to_another_paid_target(desk: Any, modality: Modality) -> None:
    # the next target would cost a tenth, and the budget could pay for it
    chain = {"llm": ["groq/llama-3.1-8b-instant"], "tts": ["openai/gpt-4o-mini-tts"], "stt": ["groq/whisper-large-v3"]}
    at = desk(1000, fallbacks=chain)
    (program,) = at
    one = {
        Modality.LLM: chat(max_tokens=5000),
        Modality.TTS: speech("x" * 750),
        Modality.STT: hearing(60, live=False, known=True),
    }[modality]
    with pytest.raises(BudgetExceededError):
        await one(program.corridor)
    assert all(name in (CHAT, SPEECH, "deepgram/nova-3") for name in program.world.script.opened)
    assert at.spent == 0
    assert program.world.router.breaker.states() == {}
    assert not [e for e in program.world.events if isinstance(e, Notice) and e.code == "fallback"]


@in_virtual_time
async def test_what_costs_nothing_is_served_when_all_is_spent(desk: Any) -> None:
    at = desk(1000)
    (program,) = at
    program.budget.settle("default", [], 1000 * MICRO)
    events = await speech("Hello.", "piper/joe")(program.corridor)
    assert isinstance(events[-1], UtteranceDone)


@pytest.mark.parametrize("unpriced", ["allow", "block"])
@in_virtual_time
async def test_a_model_of_unknown_price(desk: Any, unpriced: str) -> None:
    at = desk(1000, project={"unpriced": unpriced})
    (program,) = at

    async def ask(corridor: Any) -> None:
        run = await corridor.chat(CALLER, "openai/gpt-99", {"messages": []})
        await run.read()
        await run.close()

    served = await at.burst(ask, 10)
    notices = [e for e in program.world.events if isinstance(e, Notice) and e.code == "budget_unpriced"]
    assert (served, len(notices)) == ((10, 1) if unpriced == "allow" else (0, 0))


@pytest.mark.parametrize("model", [SPEECH, "elevenlabs/eleven_flash_v2_5"])
@in_virtual_time
async def test_speech_that_never_reached_its_provider_costs_nothing(desk: Any, model: str) -> None:
    at = desk(50_000)
    (program,) = at
    program.world.script.faults[model] = [Fault("error")]
    with pytest.raises(UpstreamError):
        await speech("x" * 100, model)(program.corridor)
    assert program.sink.records[0].cost_nanos == 0


@in_virtual_time
async def test_speech_that_broke_is_paid_for_as_far_as_it_was_spoken(desk: Any) -> None:
    at = desk(50_000)
    (program,) = at
    program.world.tts.rate = 600  # 15 characters a second
    program.world.script.faults[SPEECH] = [Fault("error", after=1200)]
    with pytest.raises(UpstreamError):
        await speech("x" * 100)(program.corridor)
    assert program.sink.records[0].cost_nanos == 30 * 15 * MICRO


@pytest.mark.parametrize(("code", "paid"), [(UNREACHED, False), (None, True)])
@in_virtual_time
async def test_a_live_stream_is_paid_for_until_it_broke_if_it_was_reached(
    desk: Any, monkeypatch: pytest.MonkeyPatch, code: str | None, paid: bool
) -> None:
    at = desk(50_000)
    (program,) = at

    async def broken(self: Any) -> None:
        raise UpstreamError("It is gone.", code=code)

    monkeypatch.setattr(Listening, "end", broken)
    with pytest.raises(UpstreamError):
        await hearing(10, live=True)(program.corridor)
    assert program.sink.records[0].cost_nanos == (10 * NOVA_SECOND if paid else 0)


@in_virtual_time
async def test_a_recording_that_was_refused_costs_nothing(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at = desk(50_000)
    (program,) = at

    async def refused(self: Any) -> None:
        raise UpstreamError("deepgram/nova-3 answered 500.", upstream_status=500)

    monkeypatch.setattr(Listening, "end", refused)
    with pytest.raises(UpstreamError):
        await hearing(10, live=False)(program.corridor)
    assert program.sink.records[0].cost_nanos == 0
