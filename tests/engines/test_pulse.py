"""An engine hangs when its work makes no progress; a request that waits for its turn does not end it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.engines.pulse import MISSED_REPORTS, Pulse

pytestmark = pytest.mark.unit

PATIENCE = 60.0


@dataclass
class Waiting:
    progress_ns: int
    expecting: bool = True


class World:
    def __init__(self, requests: int) -> None:
        self.clock = ManualClock()
        self.pulse = Pulse(self.clock.monotonic_ns)
        self.requests = [Waiting(self.clock.monotonic_ns()) for _ in range(requests)]

    def judge(self) -> tuple[bool, list[Any]]:
        return self.pulse.judge(self.requests, PATIENCE)  # type: ignore[arg-type]

    def pass_time(self, done: list[int], busy: int) -> tuple[bool, list[Any]]:
        """One report and one look each ten seconds."""
        verdict: tuple[bool, list[Any]] = (False, [])
        for count in done:
            self.clock.advance(10)
            self.pulse.report(count, busy, len(self.requests))
            verdict = self.judge()
            if verdict != (False, []):
                return verdict
        return verdict


def test_as_long_as_it_works_nobody_is_ended() -> None:
    """A long answer that is not streamed, and one that waits behind it."""
    world = World(2)
    assert world.pass_time(list(range(1, 1000)), busy=2) == (False, [])


def test_work_that_does_not_move_is_a_hang() -> None:
    world = World(2)
    assert world.pass_time([1] * 6, busy=2) == (False, [])
    assert world.pass_time([1] * 3, busy=2) == (True, [])


def test_new_requests_do_not_keep_a_hung_engine_alive() -> None:
    world = World(1)
    for _ in range(8):
        world.pulse.owed(world.clock.monotonic_ns(), already=True)
        if world.pass_time([1], busy=1)[0]:
            return
    raise AssertionError("the hang was not found")


def test_a_worker_that_reports_no_more_hangs() -> None:
    world = World(1)
    world.pass_time([1], busy=0)
    world.clock.advance(PATIENCE + 11)
    looks = [world.judge()[0] for _ in range(MISSED_REPORTS)]
    assert looks == [False] * (MISSED_REPORTS - 1) + [True]


def test_a_request_that_nothing_is_done_for_is_ended_alone() -> None:
    world = World(2)
    lost, served = world.requests
    for count in range(1, 20):
        served.progress_ns = world.clock.monotonic_ns()
        hangs, ended = world.pass_time([count], busy=1)
        assert not hangs
        if ended:
            assert ended == [lost]
            return
    raise AssertionError("the lost request was not found")


def test_a_short_lack_of_work_ends_nothing() -> None:
    """Between two windows of a recording nothing waits in the engine's line."""
    world = World(1)
    for count in range(1, 100):
        assert world.pass_time([count], busy=count % 2) == (False, [])
