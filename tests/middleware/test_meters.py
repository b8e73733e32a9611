"""The meter of one request, rate limits, latency percentiles, loop lag."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.records import NOON, ListSink, record
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import RateLimitExceeded
from voicegw_desktop.core.events import EventBus, LoopLag, Notice, RequestFirstByte, RequestStarted, Usage
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.core.schema import ProjectConfig, RateLimit
from voicegw_desktop.middleware.budget_enforcer import BudgetEnforcer
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.latency_monitor import LatencyMonitor
from voicegw_desktop.middleware.loop_lag import LoopLagMonitor
from voicegw_desktop.middleware.meter import Meter
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.catalog import PriceCatalog

pytestmark = pytest.mark.unit

MINI = Target("openai", "gpt-4o-mini", zone=Zone.CLOUD)
BASE = Target("whisper", "base", "en")
CALLER = Caller("sales", "openai", key_id="k1", session="room")


class Bench:
    """What a meter needs."""

    def __init__(self) -> None:
        self.clock, self.bus, self.sink = ManualClock(NOON), EventBus(), ListSink()
        self.events: list[object] = []
        self.bus.subscribe(self.events.append, RequestStarted, RequestFirstByte)
        self.tracker = CostTracker(self.sink, PriceCatalog(), self.bus, self.clock)

    def meter(self, target: Target, modality: Modality) -> Meter:
        return Meter(target, CALLER, modality, self.tracker, wanted="gpt", bus=self.bus, clock=self.clock)


def test_a_chat_is_measured_priced_and_recorded() -> None:
    bench = Bench()
    meter = bench.meter(MINI, Modality.LLM)
    meter.announce()
    bench.clock.advance(0.001)
    with meter.waiting():
        bench.clock.advance(0.2)
        meter.first_byte()
        with meter.waiting():
            bench.clock.advance(0.3)
    bench.clock.advance(0.002)
    meter.first_byte()
    meter.usage(Usage(prompt_tokens=110, completion_tokens=50, cached_tokens=10, reasoning_tokens=7))
    done = meter.finish()
    assert meter.finish("error") is done
    assert bench.sink.records == [done]
    assert (done.input_units, done.output_units) == (110, 50)
    assert done.cost_nanos == 100 * 150 + 10 * 75 + 50 * 600
    assert done.ttfb_ms == pytest.approx(201)
    assert done.total_latency_ms == pytest.approx(503)
    assert done.gateway_ms == pytest.approx(3)
    assert done.metadata == {"reasoning_tokens": 7, "cached_tokens": 10}
    assert (done.project, done.wire, done.key_id, done.session_id) == ("sales", "openai", "k1", "room")
    assert (done.wanted, done.model_id, done.status) == ("gpt", "openai/gpt-4o-mini", "success")
    assert [type(e) for e in bench.events] == [RequestStarted, RequestFirstByte]


def test_a_fallback_and_its_variant_are_remembered() -> None:
    bench = Bench()
    meter = bench.meter(Target("deepgram", "nova-3", "en", Zone.CLOUD), Modality.STT)
    bench.clock.advance(5)
    meter.retarget(BASE)
    meter.ttfb_counts_from_now()
    bench.clock.advance(0.25)
    meter.first_byte()
    meter.amounts.audio_s = 30
    done = meter.finish()
    assert (done.model_id, done.fallback_from) == ("whisper/base", "deepgram/nova-3:en")
    assert (done.cost_nanos, done.pricing_source) == (0, "local")
    assert done.ttfb_ms == pytest.approx(250)
    assert done.input_units == 0.5
    assert done.metadata == {"audio_s": 30, "variant": "en"}


@pytest.mark.parametrize(
    ("status", "answered", "nanos", "source"),
    [("error", False, 0, "unused"), ("success", True, None, "unknown"), ("cancelled", True, None, "unknown")],
)
def test_no_token_count_is_not_the_same_as_none(status: str, answered: bool, nanos: int | None, source: str) -> None:
    bench = Bench()
    meter = bench.meter(MINI, Modality.LLM)
    if answered:
        meter.first_byte()
    done = meter.finish(status, ValueError("x" * 9_000) if status == "error" else None)
    assert (done.cost_nanos, done.pricing_source) == (nanos, source)
    assert len(done.error_message or "") <= 500


def test_the_end_settles_the_reservation() -> None:
    bench = Bench()
    projects = {"sales": ProjectConfig(daily_budget=1e-6, budget_action="block")}
    budget = BudgetEnforcer(projects, bench.tracker, bench.clock, bench.bus)
    meter = Meter(MINI, CALLER, "llm", bench.tracker, clock=bench.clock, budget=budget)
    meter.reservation = budget.reserve("sales", 900)
    meter.amounts.input_tokens = 10
    assert meter.cost().nanos == 1500
    meter.finish()
    status = budget.get_budget_status("sales")
    assert (status.status, status.spent_nanos, status.reserved_nanos) == ("exceeded", 1500, 0)


def test_limits_slide_and_are_shared_by_a_provider() -> None:
    clock = ManualClock()
    limiter = RateLimiter({"openai": RateLimit(requests_per_minute=2), "sales/*": 3}, clock)
    limiter.acquire("openai", "sales")
    clock.advance(20)
    limiter.acquire("openai", "support")
    with pytest.raises(RateLimitExceeded, match=r'rate_limits."openai" allows 2 .* in 40\.0 s') as refused:
        limiter.acquire("openai", "sales")
    assert refused.value.retry_after == pytest.approx(40)
    limiter.acquire("whisper", "sales")
    limiter.acquire("whisper", "sales")
    with pytest.raises(RateLimitExceeded, match="sales/"):
        limiter.acquire("whisper", "sales")
    assert limiter.status() == {"openai": {"limit": 2, "used": 2}, "sales/*": {"limit": 3, "used": 3}}
    clock.advance(40)
    limiter.acquire("openai", "sales")
    with pytest.raises(RateLimitExceeded) as refused:
        limiter.acquire("openai")
    assert refused.value.retry_after == pytest.approx(20)


def test_a_lowered_limit_waits_until_enough_have_left() -> None:
    clock = ManualClock()
    limiter = RateLimiter({"openai": 3}, clock)
    for _ in range(3):
        limiter.acquire("openai")
        clock.advance(10)
    limiter.configure({"openai": 1})
    with pytest.raises(RateLimitExceeded) as refused:
        limiter.acquire("openai")
    assert refused.value.retry_after == pytest.approx(50)
    limiter.configure({})
    limiter.acquire("openai")
    assert limiter.status() == {}


def test_latency_slides_and_warns_once_a_minute() -> None:
    clock, bus, notices = ManualClock(), EventBus(), list[Notice]()
    bus.subscribe(notices.append, Notice)
    monitor = LatencyMonitor(bus, clock, ttfb_warning_ms=500, percentiles=(50, 99))
    tracker = CostTracker(None, PriceCatalog(), bus)
    for n in range(1, 101):
        tracker.record(record(ttfb_ms=float(n), gateway_ms=None))
    tracker.record(record(ttfb_ms=9e9, status="error"))
    stats = monitor.stats()["llm"]["openai/gpt-4o-mini"]
    assert stats["count"] == 100
    assert stats["ttfb_ms"] == {"p50": 50, "p99": 99}
    assert stats["gateway_ms"] == {"p50": None, "p99": None}
    assert monitor.percentile("llm", "openai/gpt-4o-mini", 95) == 95
    for _ in range(3):
        tracker.record(record(ttfb_ms=501.0))
    assert [n.code for n in notices] == ["slow_first_byte"]
    clock.advance(61)
    tracker.record(record(ttfb_ms=501.0))
    assert len(notices) == 2
    clock.advance(901)
    assert monitor.stats() == {}
    assert monitor.percentile("llm", "openai/gpt-4o-mini") is None
    monitor.close()
    tracker.record(record())
    assert monitor.stats() == {}


async def test_lag_is_measured_only_while_somebody_looks() -> None:
    bus = EventBus()
    monitor = LoopLagMonitor(bus)
    assert not monitor.running
    seen: asyncio.Queue[LoopLag] = asyncio.Queue()
    leave, other = monitor.subscribe(seen.put_nowait), monitor.watch()
    lag = await asyncio.wait_for(seen.get(), 30)
    assert 0 <= lag.p99_ms <= lag.max_ms
    other()
    other()
    assert monitor.running
    leave()
    assert not monitor.running
