"""What is set aside before a run, in nano-dollars, and what its record says afterwards."""

from __future__ import annotations

import pytest

from tests.support.records import NOON, ListSink
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BudgetExceededError
from voicegw_desktop.core.events import EventBus, Usage
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.corridor.metering import Leg, RunReport
from voicegw_desktop.gateway.meters import GatewayMeters
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.catalog import PriceCatalog

pytestmark = pytest.mark.unit

MINI = Target("openai", "gpt-4o-mini", zone=Zone.CLOUD)
"""150 nano-dollars for a token of the prompt, 600 for one of the answer."""
VOICE = Target("openai", "gpt-realtime-2.1", zone=Zone.CLOUD)
"""4,000 for a token of the prompt, 24,000 for one of the answer, 64,000 for one of spoken answers."""
BASE = Target("whisper", "base", "en")
UNPRICED = Target("openai", "model-of-next-year", zone=Zone.CLOUD)
PROMPT = Leg(MINI, usage=Usage(10))
LLM = Modality.LLM


class Desk:
    """Meters over one project, `p`, with a budget."""

    def __init__(self, usd: float, action: str = "block") -> None:
        clock, bus = ManualClock(NOON), EventBus()
        tracker = CostTracker(ListSink(), PriceCatalog(), bus, clock)
        project = ProjectConfig.model_validate({"daily_budget": usd, "budget_action": action})
        self.budget = BudgetEnforcer({"p": project}, tracker, clock, bus, None)
        self.meters = GatewayMeters(tracker, RateLimiter({}, clock), self.budget)

    def sums(self) -> tuple[int, int]:
        status = self.budget.get_budget_status("p")
        return status.spent_nanos, status.reserved_nanos

    def answer(self, leg: Leg = PROMPT, limit: int | None = None, answers: int = 1) -> tuple[int, int | None]:
        held, sent = self.meters.reserve_answer("p", leg, limit, answers)
        return held.nanos if held is not None else 0, sent


def ended(*legs: Leg, status: str = "ok", modality: Modality = LLM) -> RunReport:
    return RunReport("r1", modality, Caller("p", "openai"), "asked", legs[-1].target, NOON, status, list(legs))


def test_an_answer_whose_limit_is_named_is_set_aside_for_to_that_limit() -> None:
    assert Desk(1).answer(limit=100, answers=2) == (10 * 150 + 200 * 600, None)
    assert Desk(1).answer(answers=0) == (10 * 150, None)
    assert Desk(1).answer(Leg(BASE, usage=Usage(10))) == (0, None)
    assert Desk(1).answer(Leg(UNPRICED, usage=Usage(10))) == (0, None)


def test_spoken_answers_are_set_aside_for_as_audio() -> None:
    assert Desk(99).answer(Leg(VOICE, usage=Usage(10)), 100) == (10 * 4_000 + 100 * 24_000, None)
    spoken = Leg(VOICE, usage=Usage(10, audio_completion_tokens=1))
    assert Desk(99).answer(spoken, 100) == (10 * 4_000 + 100 * 64_000, None)


def test_a_budget_with_twice_the_longest_answer_limits_none() -> None:
    longest = 10 * 150 + 32_768 * 600
    assert Desk(2 * longest / 1e9).answer() == (longest, None)
    assert Desk((2 * longest - 1) / 1e9).answer() == (10 * 150 + 4096 * 600, 4096)
    assert Desk(0.001, "warn").answer() == (10 * 150 + 4096 * 600, None)


def test_an_answer_is_limited_to_what_the_budget_can_pay() -> None:
    desk = Desk(0.002)
    desk.budget.reserve("p", 500_000)
    # half of the rest is left for the next request
    assert desk.answer() == (750_000, (750_000 - 10 * 150) // 600)
    assert Desk(0.002).answer() == (2_000_000, (2_000_000 - 10 * 150) // 600)
    shortest = 10 * 150 + 16 * 600
    assert Desk(shortest / 1e9).answer() == (shortest, 16)
    with pytest.raises(BudgetExceededError):
        Desk((shortest - 1) / 1e9).answer()


def test_what_is_set_aside_grows_and_is_given_back() -> None:
    desk = Desk(1)
    held = desk.meters.reserve(LLM, "p", Leg(MINI, usage=Usage(10)))
    assert held is not None
    assert desk.meters.reserve(LLM, "p", Leg(MINI, usage=Usage(20)), Leg(MINI, usage=Usage(30)), held) is held
    assert desk.sums() == (0, 30 * 150)
    for project, target in (("other", MINI), ("p", UNPRICED), ("p", BASE)):
        assert desk.meters.reserve(LLM, project, Leg(target, usage=Usage(99)), None, held) is held
    assert desk.sums() == (0, 30 * 150)
    desk.meters.release(held)
    assert desk.sums() == (0, 0)


def test_a_run_that_ended_frees_what_was_set_aside_and_counts_its_cost() -> None:
    desk = Desk(1)
    held = desk.meters.reserve(LLM, "p", Leg(MINI, usage=Usage(100)))
    desk.meters.settle(ended(Leg(MINI, usage=Usage(10))), [held])
    assert desk.sums() == (10 * 150, 0)


@pytest.mark.parametrize(("nanos", "reach"), [(1_000, 0), (1_500, 0), (31_500, 0.5), (61_500, 1), (99_999, 1)])
def test_how_far_it_reaches(nanos: int, reach: float) -> None:
    desk, least, most = Desk(1), Leg(MINI, usage=Usage(10)), Leg(MINI, usage=Usage(10, 100))
    held = desk.budget.reserve("p", nanos)
    assert desk.meters.covers(LLM, held, least, most) == reach
    assert desk.meters.covers(LLM, None, least, most) == 1
    assert desk.meters.covers(LLM, held, least, least) == 1
    assert desk.meters.covers(LLM, held, least, Leg(UNPRICED, usage=Usage(10))) == 1


def test_only_what_runs_here_is_free() -> None:
    assert Desk(1).meters.free(BASE) is True
    assert Desk(1).meters.free(MINI) is False


def test_what_took_no_work_costs_nothing() -> None:
    refused = Leg(MINI, usage=Usage(10, 10), status="refused")
    cost, record = Desk(1).meters.settle(ended(refused, status="error"), [])
    assert (cost, record.pricing_source, record.input_units, record.output_units) == (0, "unused", 0, 0)
    assert Desk(1).meters.settle(ended(refused), [])[1].pricing_source != "unused"


def test_units_are_minutes_of_audio_characters_and_tokens() -> None:
    def units(modality: Modality, leg: Leg) -> tuple[float, float]:
        _, record = Desk(1).meters.settle(ended(leg, modality=modality), [])
        return record.input_units, record.output_units

    assert units(Modality.STT, Leg(BASE, audio_in_s=90, audio_out_s=60)) == (1.5, 0)
    assert units(Modality.TTS, Leg(BASE, characters=7, audio_out_s=90)) == (7, 1.5)
    assert units(LLM, Leg(BASE, usage=Usage(5, 3))) == (5, 3)
    assert units(LLM, Leg(BASE)) == (0, 0)


def test_a_record_keeps_what_was_out_of_the_ordinary() -> None:
    meters = Desk(1).meters
    _, plain = meters.settle(ended(Leg(MINI, usage=Usage(10, 10))), [])
    assert (plain.metadata, plain.wire) == ({}, "openai")
    lost = Leg(MINI, usage=Usage(9, 9, cached_tokens=4, reasoning_tokens=2), status="lost", estimated=True)
    won = Leg(BASE, audio_in_s=1.5, audio_out_s=0.25, usage=Usage(9, 9, cached_tokens=1))
    _, rich = meters.settle(ended(lost, won), [])
    assert rich.metadata == {
        "variant": "en",
        "legs": [{"target": str(MINI), "status": "lost"}, {"target": str(BASE), "status": "ok"}],
        "estimated": True,
        "audio_s": 1.75,
        "cached_tokens": 5,
        "reasoning_tokens": 2,
    }
