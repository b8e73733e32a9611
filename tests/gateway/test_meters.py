"""What a run costs: each leg priced, live audio apart from recordings, an unknown cost never counted as zero."""

from __future__ import annotations

import pytest

from tests.support.records import NOON, ListSink
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import EventBus, Usage
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.corridor.metering import Leg, RunReport
from voicegw_desktop.gateway.meters import GatewayMeters
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.again import amounts_of
from voicegw_desktop.pricing.catalog import PriceCatalog

pytestmark = pytest.mark.unit

MINI = Target("openai", "gpt-4o-mini", zone=Zone.CLOUD)
NOVA = Target("deepgram", "nova-3", zone=Zone.CLOUD)
BASE = Target("whisper", "base", "en")
NOBODY = Target("openai", "model-of-next-year", zone=Zone.CLOUD)


@pytest.fixture
def sink() -> ListSink:
    return ListSink()


@pytest.fixture
def meters(sink: ListSink) -> GatewayMeters:
    clock, bus = ManualClock(NOON), EventBus()
    tracker = CostTracker(sink, PriceCatalog(), bus, clock)
    return GatewayMeters(tracker, RateLimiter({}, clock), BudgetEnforcer({}, tracker, clock, bus, None))


def report(modality: Modality, *legs: Leg) -> RunReport:
    return RunReport("r1", modality, Caller("sales", "openai"), "asked", legs[-1].target, NOON, "ok", list(legs))


def test_a_chat_is_priced_by_its_tokens(meters: GatewayMeters, sink: ListSink) -> None:
    usage = Usage(prompt_tokens=110, completion_tokens=50, cached_tokens=10)
    cost, record = meters.settle(report(Modality.LLM, Leg(MINI, usage=usage)), [])
    assert cost == 100 * 150 + 10 * 75 + 50 * 600
    assert (record.input_units, record.output_units) == (110, 50)
    assert sink.records == [record]


@pytest.mark.parametrize(
    ("tier", "nanos", "estimated"),
    [
        ("", 100 * 150 + 50 * 600, False),
        ("priority", 100 * 250 + 50 * 1000, False),
        ("flex", 100 * 150 + 50 * 600, True),
    ],
)
def test_a_chat_is_priced_by_the_tier_that_served_it(
    meters: GatewayMeters, tier: str, nanos: int, estimated: bool
) -> None:
    usage = Usage(prompt_tokens=100, completion_tokens=50, tier=tier)
    cost, record = meters.settle(report(Modality.LLM, Leg(MINI, usage=usage)), [])
    assert cost == nanos
    assert record.metadata.get("service_tier", "") == tier
    assert record.pricing_source.startswith("estimate") is estimated
    # priced again, it costs the same
    price = PriceCatalog().find("openai", "gpt-4o-mini")
    assert price is not None
    assert price.of(amounts_of("llm", record.input_units, record.output_units, record.metadata)) == nanos


def test_an_amount_that_was_counted_here_is_called_an_estimate(meters: GatewayMeters) -> None:
    usage = Usage(prompt_tokens=110, completion_tokens=50)
    _, record = meters.settle(report(Modality.LLM, Leg(MINI, usage=usage, estimated=True)), [])
    assert record.pricing_source.startswith("estimate 20")
    assert record.estimated
    _, told = meters.settle(report(Modality.LLM, Leg(MINI, usage=usage)), [])
    assert not told.estimated
    local = Leg(Target("llamacpp", "x"), usage=usage, estimated=True)
    assert meters.settle(report(Modality.LLM, local), [])[1].pricing_source == "local"


def test_live_audio_has_its_own_price(meters: GatewayMeters) -> None:
    recording, _ = meters.settle(report(Modality.STT, Leg(NOVA, audio_in_s=60)), [])
    live, record = meters.settle(report(Modality.STT, Leg(NOVA, audio_in_s=60, streamed=True)), [])
    assert (recording, live) == (4_300_000, 4_800_000)
    assert record.input_units == 1
    multi = Leg(NOVA, audio_in_s=60, streamed=True, language="multi")
    assert meters.settle(report(Modality.STT, multi), [])[0] == 5_800_000


def test_what_is_billed_by_the_connection_costs_its_silence_too(meters: GatewayMeters) -> None:
    leg = Leg(Target("assemblyai", "u3-rt-pro", zone=Zone.CLOUD), audio_in_s=60, streamed=True, opened_ns=5)
    leg.close(5 + 120 * 10**9)
    leg.close(5 + 999 * 10**9)
    assert meters.settle(report(Modality.STT, leg), [])[0] == 15_000_000


def test_speech_in_tokens_is_priced_on_its_own_side(meters: GatewayMeters) -> None:
    heard = Leg(Target("openai", "gpt-4o-transcribe", zone=Zone.CLOUD), audio_in_s=60, usage=Usage(600, 20))
    assert meters.settle(report(Modality.STT, heard), [])[0] == 600 * 6_000 + 20 * 10_000
    # a written prompt beside the recording
    parts = Leg(heard.target, audio_in_s=60, usage=Usage(600, 20, audio_prompt_tokens=500))
    assert meters.settle(report(Modality.STT, parts), [])[0] == 500 * 6_000 + 100 * 2_500 + 20 * 10_000
    speaker = Target("openai", "gpt-4o-mini-tts", zone=Zone.CLOUD)
    spoken = Leg(speaker, characters=40, audio_out_s=5, usage=Usage(10, 100))
    assert meters.settle(report(Modality.TTS, spoken), [])[0] == 10 * 600 + 100 * 12_000
    cost, record = meters.settle(report(Modality.TTS, Leg(speaker, characters=40, audio_out_s=60)), [])
    assert (cost, record.pricing_source[:8]) == (15_000_000, "estimate")
    voice = Target("openai", "gpt-realtime-2.1", zone=Zone.CLOUD)
    both = Usage(110, 60, cached_tokens=10, audio_prompt_tokens=50, audio_completion_tokens=40)
    chat = Leg(voice, usage=both)
    assert (
        meters.settle(report(Modality.LLM, chat), [])[0]
        == 50 * 4_000 + 10 * 400 + 50 * 32_000 + 20 * 24_000 + 40 * 64_000
    )


@pytest.mark.parametrize(
    ("audio_cached", "nanos"),
    [
        # 200 words of which 100 were cached, 800 of audio of which 600 were
        (600, 100 * 4_000 + 100 * 400 + 200 * 32_000 + 600 * 400),
        # not told: 200 words were cached, and 500 of audio
        (0, 200 * 400 + 300 * 32_000 + 500 * 400),
    ],
)
def test_cached_audio_is_charged_once(meters: GatewayMeters, audio_cached: int, nanos: int) -> None:
    usage = Usage(1000, 0, cached_tokens=700, audio_prompt_tokens=800, audio_cached_tokens=audio_cached)
    leg = Leg(Target("openai", "gpt-realtime-2.1", zone=Zone.CLOUD), usage=usage)
    assert meters.settle(report(Modality.LLM, leg), [])[0] == nanos


def test_a_local_run_is_free_and_says_so_before_it_ends(meters: GatewayMeters) -> None:
    cost, record = meters.settle(report(Modality.STT, Leg(BASE, audio_in_s=5)), [])
    assert (cost, record.pricing_source) == (0, "local")
    assert meters.quote(Modality.STT, BASE, 0) == 0
    assert meters.quote(Modality.STT, NOVA, 0) is None


@pytest.mark.parametrize("leg", [Leg(MINI), Leg(NOBODY, usage=Usage(10, 10))])
def test_what_nobody_knows_is_not_free(meters: GatewayMeters, leg: Leg) -> None:
    cost, record = meters.settle(report(Modality.LLM, leg), [])
    assert cost is None
    assert record.cost_usd is None


def test_a_loser_is_paid_for_too(meters: GatewayMeters) -> None:
    one, _ = meters.settle(report(Modality.LLM, Leg(MINI, usage=Usage(10, 10))), [])
    lost = Leg(MINI, usage=Usage(10, 10), status="lost")
    both, record = meters.settle(report(Modality.LLM, lost, Leg(BASE, usage=Usage(5, 5))), [])
    assert both == one
    assert record.model_id == "whisper/base"


def test_a_sum_with_an_unknown_part_is_unknown(meters: GatewayMeters) -> None:
    known, unknown = Leg(MINI, usage=Usage(10, 10)), Leg(NOBODY, usage=Usage(10, 10), status="lost")
    for legs in ((unknown, known), (known, unknown)):
        cost, record = meters.settle(report(Modality.LLM, *legs), [])
        assert (cost, record.pricing_source) == (None, "unknown")
