"""Trip, probe, recovery and dwell, on a clock turned by hand."""

from __future__ import annotations

import pytest

from voicegw_desktop.config.schema_routing import BreakerConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.routing.breaker import Breaker, Health

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(BreakerConfig(trip_after=3, probe_after="15s", min_dwell="30s"), clock)


def _trip(breaker: Breaker) -> None:
    for _ in range(3):
        breaker.failure("a/b")


def test_only_failures_in_a_row_trip(breaker: Breaker) -> None:
    for _ in range(5):
        breaker.failure("a/b")
        breaker.failure("a/b")
        breaker.success("a/b")
    assert breaker.health("a/b") is Health.CLOSED
    _trip(breaker)
    assert breaker.health("a/b") is Health.TRIPPED


def test_one_probe_at_a_time(breaker: Breaker, clock: ManualClock) -> None:
    _trip(breaker)
    assert not breaker.begin_probe("a/b")
    clock.advance(15)
    assert breaker.begin_probe("a/b")
    assert not breaker.begin_probe("a/b")
    assert breaker.health("a/b") is Health.PROBING
    breaker.failure("a/b")
    assert breaker.health("a/b") is Health.TRIPPED
    clock.advance(15)
    assert breaker.health("a/b") is Health.PROBE_DUE


def test_a_recovered_target_waits_out_the_dwell(breaker: Breaker, clock: ManualClock) -> None:
    changes: list[tuple[str, Health]] = []
    breaker.changed = lambda name, health: changes.append((name, health))
    _trip(breaker)
    clock.advance(16)
    assert breaker.begin_probe("a/b")
    breaker.success("a/b")
    assert breaker.health("a/b") is Health.DWELLING
    clock.advance(13.9)
    assert breaker.health("a/b") is Health.DWELLING
    clock.advance(0.2)
    assert breaker.health("a/b") is Health.CLOSED
    assert changes == [("a/b", Health.TRIPPED), ("a/b", Health.CLOSED)]


def test_a_probe_nobody_finished_does_not_block_the_next(breaker: Breaker, clock: ManualClock) -> None:
    _trip(breaker)
    clock.advance(15)
    assert breaker.begin_probe("a/b")
    clock.advance(15)
    assert breaker.begin_probe("a/b")
