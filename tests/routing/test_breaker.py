"""Trip, probe, recovery and dwell, on a clock turned by hand."""

from __future__ import annotations

import pytest

from voicegw_desktop.config.schema_routing import BreakerConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.routing.breaker import Breaker, Health

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> ManualClock:
    # a clock that begins at zero hides a plus where a minus belongs
    clock = ManualClock()
    clock.advance(1_000)
    return clock


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


def test_a_fresh_trip_waits_for_its_probe(breaker: Breaker, clock: ManualClock) -> None:
    _trip(breaker)
    assert breaker.health("a/b") is Health.TRIPPED
    assert breaker.begin_probe("a/b") is False


def test_the_shortest_stay_ends_at_its_second(breaker: Breaker, clock: ManualClock) -> None:
    assert breaker.dwelt("a/b") is True
    breaker.failure("a/b")
    assert breaker.dwelt("a/b") is True
    breaker.failure("a/b")
    breaker.failure("a/b")
    assert breaker.dwelt("a/b") is False
    clock.advance(15)
    assert breaker.begin_probe("a/b")
    breaker.success("a/b")
    clock.advance(14.5)
    assert breaker.dwelt("a/b") is False
    assert breaker.health("a/b") is Health.DWELLING
    clock.advance(0.5)
    assert breaker.dwelt("a/b") is True
    assert breaker.health("a/b") is Health.CLOSED


def test_an_answer_after_the_dwell_closes_and_is_told_at_once(breaker: Breaker, clock: ManualClock) -> None:
    _trip(breaker)
    clock.advance(31)
    assert breaker.begin_probe("a/b")
    changes: list[tuple[str, Health]] = []
    breaker.changed = lambda name, health: changes.append((name, health))
    breaker.success("a/b")
    assert changes == [("a/b", Health.CLOSED)]


def test_a_failed_probe_keeps_the_dwell_and_a_relapse_starts_it_anew(breaker: Breaker, clock: ManualClock) -> None:
    _trip(breaker)
    clock.advance(15)
    assert breaker.begin_probe("a/b")
    breaker.failure("a/b")
    clock.advance(15)
    assert breaker.dwelt("a/b")
    breaker.reset("a/b")
    _trip(breaker)
    clock.advance(15)
    assert breaker.begin_probe("a/b")
    breaker.success("a/b")
    # it answered, has served nothing yet, and fails again
    breaker.failure("a/b")
    assert breaker.health("a/b") is Health.TRIPPED
    clock.advance(15)
    assert not breaker.dwelt("a/b")
    clock.advance(15)
    assert breaker.dwelt("a/b")


def test_states_name_what_failed_and_a_reset_forgets_one_or_all(breaker: Breaker, clock: ManualClock) -> None:
    _trip(breaker)
    breaker.failure("c/d")
    breaker.failure("e/f")
    assert breaker.states() == {"a/b": Health.TRIPPED, "c/d": Health.CLOSED, "e/f": Health.CLOSED}
    breaker.reset("a/b")
    assert breaker.states() == {"c/d": Health.CLOSED, "e/f": Health.CLOSED}
    breaker.reset()
    assert breaker.states() == {}
