"""What the record of a run says, what it leaves out where a person wants no details, and what else settling tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from tests.support.records import NOON, ListSink
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.config.schema_money import BudgetsConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import RateLimitExceeded
from voicegw_desktop.core.events import EventBus, Notice, Usage
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.corridor.metering import Leg, Measured, NoMeters, RunReport
from voicegw_desktop.gateway.meters import GatewayMeters
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.catalog import PriceCatalog

pytestmark = pytest.mark.unit

MINI = Target("openai", "gpt-4o-mini", zone=Zone.CLOUD)
"""150 nano-dollars for a token of the prompt, 600 for one of the answer."""
FLASH = Target("elevenlabs", "eleven_flash_v2_5", zone=Zone.CLOUD)
NOVA = Target("deepgram", "nova-3", zone=Zone.CLOUD)
BASE = Target("whisper", "base", "en")
UNPRICED = Target("openai", "model-of-next-year", zone=Zone.CLOUD)
CALLER = Caller("p", "openai", key_id="k1", session="s1")


class Limiter:
    """Writes down what is asked, and refuses one provider."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def acquire(self, provider: str, project: str) -> None:
        self.asked.append((provider, project))
        if provider == "deepgram":
            raise RateLimitExceeded("full", retry_after=1)


class Desk:
    """Meters over one project with a budget of a dollar."""

    def __init__(self, *, detailed: bool | None = None, alert: float | None = None) -> None:
        self.clock, self.bus, self.limiter = ManualClock(NOON), EventBus(), Limiter()
        self.notices: list[Notice] = []
        self.bus.subscribe(self.notices.append, Notice)
        tracker = CostTracker(ListSink(), PriceCatalog(), self.bus, self.clock)
        project = ProjectConfig.model_validate({"daily_budget": 1, "budget_action": "block"})
        self.budget = BudgetEnforcer({"p": project}, tracker, self.clock, self.bus, alert)
        more = {} if detailed is None else {"detailed": lambda: detailed}
        self.meters = GatewayMeters(tracker, cast(RateLimiter, self.limiter), self.budget, **more)

    def settle(self, run: RunReport) -> Any:
        return self.meters.settle(run, [])[1]


def ended(*legs: Leg, modality: Modality = Modality.LLM, **more: Any) -> RunReport:
    plain = RunReport("r1", modality, CALLER, "gpt-*", legs[-1].target, NOON, "ok", list(legs))
    return replace(plain, **more)


CHAT = Leg(MINI, usage=Usage(10, 10))


def test_a_request_counts_against_the_limit_of_its_provider() -> None:
    desk = Desk()
    desk.meters.admit(MINI, "p")
    with pytest.raises(RateLimitExceeded):
        desk.meters.admit(NOVA, "p")
    assert desk.limiter.asked == [("openai", "p"), ("deepgram", "p")]


def test_only_the_price_of_text_to_be_spoken_is_known_before_the_answer() -> None:
    meters = Desk().meters
    spoken = meters.settle(ended(Leg(FLASH, characters=100), modality=Modality.TTS), [])[0]
    assert spoken
    assert meters.quote(Modality.TTS, FLASH, 100) == spoken
    assert meters.quote(Modality.TTS, FLASH, 0) is None
    assert meters.quote(Modality.LLM, MINI, 100) is None
    assert meters.quote(Modality.TTS, UNPRICED, 100) is None
    assert meters.quote(Modality.TTS, BASE, 100) == 0


def test_a_record_says_who_asked_for_what_and_how_long_it_took() -> None:
    measured = Measured(first_ms=12.5, endpoint_ms=3.14159)
    told = Desk().settle(
        ended(CHAT, measured=measured, total_ms=99.0, overhead_ms=0.25, fallback_from="groq/llama", reason="route")
    )
    assert (told.id, told.timestamp, told.modality, told.model_id, told.provider, told.project) == (
        "r1", NOON, "llm", "openai/gpt-4o-mini", "openai", "p",
    )  # fmt: skip
    assert (told.ttfb_ms, told.total_latency_ms, told.gateway_ms) == (12.5, 99.0, 0.25)
    assert (told.status, told.fallback_from, told.error_message) == ("success", "groq/llama", None)
    assert (told.wire, told.wanted, told.key_id, told.session_id) == ("openai", "gpt-*", "k1", "s1")
    assert told.metadata == {"reason": "route", "endpoint_ms": 3.142}


def test_an_error_is_kept_in_its_first_500_characters() -> None:
    told = Desk().settle(ended(CHAT, status="error", error="x" * 501))
    assert (told.status, told.error_message) == ("error", "x" * 500)


def test_without_details_a_record_says_only_what_sums_and_percentiles_need() -> None:
    measured = Measured(first_ms=1.0, waits={7: 1, 3: 2}, recorded=True, endpoint_ms=2.0)
    run = ended(CHAT, status="error", error="no", measured=measured, reason="route")
    told = Desk(detailed=False).settle(run)
    assert (told.wire, told.wanted, told.key_id, told.session_id, told.error_message) == (None,) * 5
    assert told.metadata == {"recorded": True, "waits": {"3": 2, "7": 1}}
    assert list(told.metadata["waits"]) == ["3", "7"]
    assert Desk().settle(run).wire == "openai"


def test_without_details_a_record_keeps_a_key_that_has_a_budget() -> None:
    desk = Desk(detailed=False)
    desk.budget.configure({}, None, BudgetsConfig.model_validate({"keys": {"k1": {"daily": 1}}}))
    assert desk.settle(ended(CHAT)).key_id == "k1"
    assert desk.settle(ended(CHAT, caller=replace(CALLER, key_id="k2"))).key_id is None


def test_one_wait_is_told_by_the_record_itself() -> None:
    told = Desk().settle(ended(CHAT, measured=Measured(first_ms=1.0, waits={7: 1})))
    assert told.metadata == {}


@pytest.mark.parametrize(
    ("leg", "paid"),
    [
        (Leg(MINI, status="lost"), False),
        (Leg(MINI, status="refused", characters=3, usage=Usage(5)), False),
        (Leg(MINI, status="lost", usage=Usage(5)), True),
        (Leg(FLASH, status="lost", characters=5), True),
        (Leg(NOVA, status="lost", audio_in_s=5), True),
        (Leg(NOVA, status="lost", audio_out_s=5), True),
    ],
)
def test_a_leg_is_priced_when_it_did_something(leg: Leg, paid: bool) -> None:
    modality = {"gpt-4o-mini": Modality.LLM, "nova-3": Modality.STT}.get(leg.target.model, Modality.TTS)
    told = Desk().settle(ended(leg, modality=modality, status="cancelled"))
    assert (told.pricing_source != "unused") is paid
    assert told.metadata.get("legs") is None


def test_a_price_list_of_ones_own_is_named_beside_the_word_estimate() -> None:
    guessed = replace(CHAT, estimated=True)
    told = Desk().settle(ended(guessed))
    assert told.pricing_source.startswith("estimate 20")
    assert told.pricing_source.count("estimate") == 1
    idle = replace(CHAT, estimated=True, status="refused")
    assert not Desk().settle(ended(idle, CHAT)).pricing_source.startswith("estimate")
    # a guess of the amount and one of the price are one word
    speaker = Leg(Target("openai", "gpt-4o-mini-tts", zone=Zone.CLOUD), characters=40, audio_out_s=60, estimated=True)
    source = Desk().settle(ended(speaker, modality=Modality.TTS)).pricing_source
    assert (source.startswith("estimate "), source.count("estimate"), "  " in source) == (True, 1, False)


def test_what_a_run_costs_so_far_is_the_sum_of_its_legs() -> None:
    meters = Desk().meters
    assert meters.spent(Modality.LLM, [CHAT, CHAT, Leg(BASE, usage=Usage(9, 9))]) == 2 * (10 * 150 + 10 * 600)
    assert meters.spent(Modality.LLM, [CHAT, Leg(UNPRICED, usage=Usage(1))]) is None
    assert meters.spent(Modality.LLM, [Leg(BASE)]) == 0
    assert meters.spent(Modality.LLM, []) == 0


def test_what_was_cached_and_written_to_the_cache_has_its_own_price() -> None:
    def cost(usage: Usage, target: Target = MINI) -> int | None:
        return Desk().meters.settle(ended(Leg(target, usage=usage)), [])[0]

    assert cost(Usage(100, 0, cached_tokens=40)) == 60 * 150 + 40 * 75
    # more of a part than of the whole is never less than nothing
    assert cost(Usage(0, 5, audio_completion_tokens=9)) == cost(Usage(0, 9, audio_completion_tokens=9))
    sonnet = Target("anthropic", "claude-sonnet-4-5", zone=Zone.CLOUD)
    plain, written = cost(Usage(100, 0), sonnet), cost(Usage(100, 0, cache_write_tokens=100), sonnet)
    assert plain is not None
    assert written is not None
    assert written == plain * 5 // 4


def test_a_run_of_another_day_frees_its_money_and_costs_today_nothing() -> None:
    desk = Desk()
    held = desk.meters.reserve(Modality.LLM, "p", CHAT)
    desk.meters.settle(ended(CHAT, started_at=NOON - 2 * 86_400), [held])
    status = desk.budget.get_budget_status("p")
    assert (status.spent_nanos, status.reserved_nanos) == (0, 0)


def test_settling_compares_the_day_with_the_alert() -> None:
    desk = Desk(alert=(10 * 150 + 10 * 600) / 1e9)
    desk.settle(ended(CHAT))
    assert [n.code for n in desk.notices] == ["daily_budget_alert"]


def test_between_least_and_most_as_much_is_set_aside_as_there_is() -> None:
    desk = Desk()
    held = desk.meters.reserve(Modality.LLM, "p", Leg(MINI, usage=Usage(10)), Leg(MINI, usage=Usage(10, 100)))
    assert held is not None
    assert held.nanos == 10 * 150 + 100 * 600
    desk.meters.release(held)
    desk.meters.release(None)
    assert desk.budget.get_budget_status("p").reserved_nanos == 0


def test_one_guessed_part_makes_the_sum_an_estimate() -> None:
    assert (
        Desk().settle(ended(replace(CHAT, estimated=True, status="lost"), CHAT)).pricing_source.startswith("estimate")
    )


def test_the_units_are_those_of_the_one_that_served() -> None:
    lost = Leg(MINI, usage=Usage(5, 6), status="lost")
    told = Desk().settle(ended(lost, CHAT, replace(lost)))
    assert (told.input_units, told.output_units) == (10, 10)


def test_two_waits_are_told_and_lengths_are_rounded_to_milliseconds() -> None:
    heard = Leg(NOVA, audio_in_s=1.23456, streamed=True)
    told = Desk().settle(ended(heard, modality=Modality.STT, measured=Measured(first_ms=1.0, waits={7: 2})))
    assert told.metadata == {"waits": {"7": 2}, "audio_s": 1.235}


def test_an_unknown_cost_spends_nothing_of_a_budget() -> None:
    desk = Desk()
    desk.settle(ended(Leg(UNPRICED, usage=Usage(5, 5))))
    assert desk.budget.get_budget_status("p").spent_nanos == 0


def test_without_cost_tracking_a_run_has_cost_nothing() -> None:
    assert NoMeters().spent(Modality.LLM, [CHAT]) == 0
