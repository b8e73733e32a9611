"""The checks before a target is opened: rate limits, egress, budgets, and which target may serve instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.corridors import CALLER, World, world
from tests.support.fake_backends import Fault
from voicegw_desktop.core.errors import (
    BudgetExceededError,
    BudgetThrottleSignal,
    NotFound,
    RateLimitExceeded,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import RequestFinished
from voicegw_desktop.core.ports import SttOptions, TtsOptions
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit


async def _chat(w: World, wanted: str = "groq/llama", **body: Any) -> Any:
    return await w.corridor.chat(CALLER, wanted, {"model": wanted, "stream": True, "messages": [], **body})


OPENINGS: dict[str, Any] = {
    "stt": lambda w: w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions()),
    "tts": lambda w: w.corridor.open_tts(CALLER, "elevenlabs/flash", TtsOptions()),
    "llm": _chat,
}


CLOUD = {"projects": {"default": {"allow_local_to_cloud": True}}}


async def test_the_order_of_admission() -> None:
    w = world()
    w.meters.refuse["deepgram/nova-3"] = RateLimitExceeded("full", retry_after=3)
    w.meters.budget["deepgram/nova-3"] = BudgetExceededError("spent")
    with pytest.raises(RateLimitExceeded):
        await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    w.meters.refuse.clear()
    with pytest.raises(BudgetExceededError):
        await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    assert w.script.opened == []
    assert [r.status for r in w.meters.reports] == ["error", "error"]


@pytest.mark.parametrize("modality", OPENINGS)
async def test_offline_mode_that_comes_while_the_chain_is_under_way_holds_for_its_rest(
    modality: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = world(fallbacks={modality: ["openai/next"]})
    asked: list[str] = []

    def opened(target: Any, options: Any) -> Fault:
        asked.append(target.name)
        w.router.set_offline(True)
        raise UpstreamError(f"{target.name} failed.")

    monkeypatch.setattr(w.script, "next", opened)
    with pytest.raises(VoiceGatewayError):
        await OPENINGS[modality](w)
    assert len(asked) == 1
    assert "openai/next" not in asked


@pytest.mark.parametrize("modality", OPENINGS)
async def test_a_spent_budget_is_told_though_another_target_could_serve(modality: str) -> None:
    here = {"stt": "whisper/base", "tts": "piper/joe", "llm": "ollama/qwen"}[modality]
    w = world(fallbacks={modality: [here]})
    for name in ("deepgram/nova-3", "elevenlabs/flash", "groq/llama"):
        w.meters.budget[name] = BudgetExceededError("spent")
    with pytest.raises(BudgetExceededError):
        await OPENINGS[modality](w)
    assert w.script.opened == []
    assert w.router.breaker.states() == {}, "a budget says nothing about the target's health"


async def test_a_throttled_project_is_served_by_what_costs_nothing_or_waits() -> None:
    w = world(fallbacks={"stt": ["whisper/base"], "llm": ["ollama/qwen"]})
    w.meters.budget["deepgram/nova-3"] = w.meters.budget["groq/llama"] = BudgetThrottleSignal("spent", retry_after=9)
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    assert run.served.name == "whisper/base"
    await run.cancel()
    chat = await _chat(w)
    assert chat.served.name == "ollama/qwen"
    await chat.close()
    w = world()
    w.meters.budget["deepgram/nova-3"] = BudgetThrottleSignal("spent", retry_after=9)
    with pytest.raises(BudgetThrottleSignal) as caught:
        await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    assert (caught.value.status, caught.value.retry_after) == (429, 9)


async def test_a_project_s_vocabulary_goes_to_every_recogniser_behind_the_request_s_own_terms() -> None:
    w = world(projects={"default": {"vocabulary": ["Ansel", "Wyoming"]}})
    for given, told in (((), ("Ansel", "Wyoming")), (("Wyoming", "Kokoro"), ("Wyoming", "Kokoro", "Ansel"))):
        run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions(keyterms=given))
        assert w.script.options[-1].keyterms == told
        await run.cancel()
    other = replace(CALLER, project="other")
    run = await w.corridor.open_stt(other, "whisper/base", SttOptions())
    assert w.script.options[-1].keyterms == ()
    await run.cancel()


async def test_speech_that_a_door_refuses_is_recorded_with_its_reason() -> None:
    w, turns = world(), list[TurnRecord]()
    w.corridor.turns.keep = turns.append
    w.clock.advance(1)
    caller = replace(CALLER, session="call")
    w.corridor.refuse_tts(caller, "piper/joe", TtsOptions(voice="nobody"), NotFound('There is no voice "nobody".'))
    assert [(turn.session_id, turn.errors) for turn in turns] == [("call", 1)]
    (report,) = w.meters.reports
    assert (report.status, report.error) == ("error", 'There is no voice "nobody".')
    assert [type(e) for e in w.events].count(RequestFinished) == 1
    assert not w.corridor.runs
