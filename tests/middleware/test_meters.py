"""Rate limits, latency percentiles, loop lag."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.records import record
from voicegw_desktop.config.schema import RateLimit
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import RateLimitExceeded
from voicegw_desktop.core.events import EventBus, LoopLag, Notice
from voicegw_desktop.middleware.cost_tracker import CostTracker
from voicegw_desktop.middleware.latency_monitor import LatencyMonitor
from voicegw_desktop.middleware.loop_lag import LoopLagMonitor
from voicegw_desktop.middleware.rate_limiter import RateLimiter
from voicegw_desktop.pricing.catalog import PriceCatalog

pytestmark = pytest.mark.unit


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
    clock.advance(61)
    # the silence before an endpoint is chosen; it makes no target slow
    tracker.record(record(modality="stt", ttfb_ms=900.0, metadata={"endpoint_ms": 500.0}))
    assert len(notices) == 2
    tracker.record(record(modality="stt", ttfb_ms=1100.0, metadata={"endpoint_ms": 500.0}))
    assert len(notices) == 3
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
    lag = await asyncio.wait_for(seen.get(), 60)
    assert 0 <= lag.p99_ms <= lag.max_ms
    other()
    other()
    assert monitor.running
    leave()
    assert not monitor.running
