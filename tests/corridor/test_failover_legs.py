"""The failover machine with scripted legs: which leg serves, which are closed, and what each is billed for."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

import pytest

from tests.support.scripted_legs import One, Scripted, racing, turns
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.errors import UpstreamError
from voicegw_desktop.corridor.failover import Cause, Failover, LostHedgeRace, State
from voicegw_desktop.corridor.metering import Leg

pytestmark = pytest.mark.unit


async def test_one_that_answers_serves_to_the_end_and_stays_open() -> None:
    legs, leg = Scripted(), One("only")
    run = legs.start(leg)
    leg.count(60, leg.fail, TimeoutError())
    leg.answer.set_result(None)
    await run
    assert (legs.machine.now, legs.machine.state, legs.told) == (leg, State.SERVING, [])
    assert leg.bill is not None
    assert leg.bill.status == "ok"
    assert leg.timer is None
    assert all(task.done() for task in leg.work)


async def test_one_that_fails_is_replaced_and_its_tasks_end() -> None:
    legs, first, second = Scripted(), One("first"), One("second")
    legs.next = [second]
    run = legs.start(first)
    await turns()
    first.fail(UpstreamError("gone"))
    first.fail(UpstreamError("again"))
    await turns()
    assert all(task.cancelled() for task in first.work)
    second.answer.set_result(None)
    await run
    assert (legs.machine.now, legs.told) == (second, [("replace", "first")])


async def test_without_a_next_one_the_error_is_the_clients() -> None:
    legs, first = Scripted(), One("first")
    run = legs.start(first)
    await turns()
    first.answer.set_exception(UpstreamError("gone"))
    with pytest.raises(UpstreamError, match="gone"):
        await run
    assert legs.machine.state is State.MOVING


async def test_what_the_target_said_goes_before_how_its_connection_ended() -> None:
    legs, first = Scripted(), One("first")
    run = legs.start(first)
    await turns()
    first.fail(UpstreamError("connection"))
    first.answer.set_exception(UpstreamError("words"))
    await turns()
    with pytest.raises(UpstreamError, match="words"):
        await run


async def test_the_one_that_joined_and_answers_first_serves() -> None:
    legs, run, first, second = await racing()
    second.answer.set_result(None)
    await run
    assert legs.machine.now is second
    assert legs.machine.beside is None
    assert legs.machine.state is State.SERVING
    assert legs.told == [("took over", "second", "first"), ("let go", "first")]
    assert (cast(Leg, first.bill).status, cast(Leg, second.bill).status) == ("lost", "ok")
    assert first.lost
    assert not second.lost


async def test_the_slow_one_that_answers_first_serves_on() -> None:
    legs, run, first, second = await racing()
    first.answer.set_result(None)
    await run
    assert (legs.machine.now, legs.machine.beside, legs.machine.state) == (first, None, State.SERVING)
    assert legs.told == [("let go", "second")]
    assert (cast(Leg, first.bill).status, cast(Leg, second.bill).status) == ("ok", "lost")
    assert (first.lost, second.lost) == (False, True)


async def test_who_wins_serves_from_that_moment_and_the_other_one_is_closed_while_it_goes_on() -> None:
    legs, run, first, second = await racing()
    legs.machine.won(second)
    # before the next event of either is looked at
    assert (legs.machine.now, legs.machine.beside, first.lost) == (second, None, True)
    assert legs.told == [("took over", "second", "first")]
    await turns()
    assert legs.told[1:] == [("let go", "first")]
    assert not run.done()
    second.answer.set_result(None)
    await run


async def test_one_that_is_dropped_has_lost_from_that_moment() -> None:
    legs, run, first, second = await racing()
    legs.machine.drop_beside()
    assert second.lost
    await turns()
    assert legs.told == [("let go", "second")]
    first.answer.set_result(None)
    await run


async def test_input_that_a_target_does_not_take_ends_it() -> None:
    legs, first, second = Scripted(), One("first"), One("second")
    legs.next = [second]
    run = legs.start(first)
    await turns()
    first.input.set_exception(UpstreamError("it takes no more"))
    await turns()
    assert legs.machine.now is second
    second.input.set_result(None)
    await turns()
    assert not run.done()
    second.answer.set_result(None)
    await run


async def test_an_error_of_a_leg_that_was_left_is_not_reported_as_lost() -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["message"]))
    for retires in (True, False):
        leg = One("leg")
        leg.fail(UpstreamError("gone"))
        if retires:
            leg.retire()
        del leg
        gc.collect()
        assert bool(told) is not retires
    One("another").retire()


async def test_the_one_that_joined_takes_the_place_of_one_that_fails() -> None:
    legs, run, first, second = await racing()
    first.fail(UpstreamError("gone"))
    await turns()
    assert legs.machine.now is second
    assert legs.told == [("took over", "second", "first"), ("failed", "first"), ("let go", "first")]
    second.answer.set_result(None)
    await run
    assert len(legs.told) == 3


async def test_an_error_that_concerns_both_ends_the_race() -> None:
    legs, run, first, second = await racing()
    first.fail(cast(Any, PermissionError("offline")))
    with pytest.raises(PermissionError):
        await run
    assert legs.told == [("let go", "second"), ("replace", "first")]
    assert all(task.cancelled() for task in (*first.work, *second.work))


async def test_one_that_joined_and_fails_leaves_the_slow_one_alone() -> None:
    legs, run, first, second = await racing()
    second.fail(UpstreamError("gone"))
    await turns()
    assert (legs.machine.now, legs.machine.beside, legs.machine.state) == (first, None, State.SERVING)
    assert legs.told == [("failed", "second"), ("let go", "second")]
    first.answer.set_result(None)
    await run
    assert len(legs.told) == 2


async def test_one_that_joined_and_ends_without_an_answer_has_lost() -> None:
    legs, run, first, second = await racing()
    second.silent = True
    second.answer.set_result(None)
    await turns()
    # losing a race is no failure of the target
    assert legs.told == [("let go", "second")]
    first.answer.set_result(None)
    await run


async def test_after_a_race_another_one_may_join_again() -> None:
    legs, run, first, _ = await racing()
    legs.machine.drop_beside()
    await turns()
    third = One("third")
    legs.joins = asyncio.get_running_loop().create_future()
    first.is_slow()
    await turns()
    legs.joins.set_result(third)
    await turns()
    assert legs.machine.beside is third
    third.answer.set_result(None)
    await run
    assert legs.machine.now is third


async def test_only_one_joins_at_a_time_and_only_the_one_that_serves() -> None:
    legs, first = Scripted(), One("first")
    run = legs.start(first)
    for _ in range(3):
        first.is_slow()
        await turns()
    assert legs.told == [("join", "first")]
    second = One("second")
    legs.joins.set_result(second)
    await turns()
    first.is_slow()
    await turns()
    assert legs.told == [("join", "first")]
    # it owes its answer still, and is left in the same moment
    first.is_slow()
    second.answer.set_result(None)
    await run
    assert ("join", "first") not in legs.told[1:]


async def test_nobody_to_join_changes_nothing() -> None:
    legs, first = Scripted(), One("first")
    run = legs.start(first)
    first.is_slow()
    await turns()
    legs.joins.set_result(None)
    await turns()
    assert (legs.machine.beside, legs.machine.state) == (None, State.SERVING)
    first.answer.set_result(None)
    await run
    assert legs.told == [("join", "first")]


async def test_one_that_joins_when_nothing_is_owed_any_more_is_closed() -> None:
    legs, first, second = Scripted(), One("first"), One("second")
    run = legs.start(first)
    first.is_slow()
    await turns()
    first.hedged = False
    legs.joins.set_result(second)
    await turns()
    assert (legs.machine.now, legs.machine.beside, legs.machine.state) == (first, None, State.SERVING)
    assert legs.told == [("join", "first"), ("let go", "second")]
    assert cast(Leg, second.bill).status == "lost"
    first.answer.set_result(None)
    await run


@in_virtual_time
async def test_an_answer_ends_the_opening_of_another_target() -> None:
    legs, first = Scripted(), One("first")
    run = legs.start(first)
    first.is_slow()
    await turns()
    first.answer.set_result(None)
    await run
    # it was waited for: what it had opened is closed before the run goes on
    assert legs.join_ended == "closed"


async def test_one_that_joins_in_the_last_moment_is_closed() -> None:
    legs, first, second = Scripted(), One("first"), One("second")
    run = legs.start(first)
    first.is_slow()
    await turns()
    legs.joins.set_result(second)
    first.answer.set_result(None)
    await run
    assert legs.machine.now is first
    assert ("let go", "second") in legs.told
    assert cast(Leg, second.bill).status == "lost"


async def test_a_client_that_leaves_in_a_race_leaves_no_one_open_but_the_one_that_serves() -> None:
    legs, run, first, second = await racing()
    run.cancel()
    await asyncio.wait({run})
    assert run.cancelled()
    # the run closes the one that serves, with its own outcome
    assert legs.told == [("let go", "second")]
    assert all(task.cancelled() for task in (*first.work, *second.work))


async def test_a_client_that_leaves_in_the_moment_another_one_joins_leaves_that_one_closed() -> None:
    legs, first, second = Scripted(), One("first"), One("second")
    run = legs.start(first)
    first.is_slow()
    await turns()
    legs.joins.set_result(second)
    for _ in range(20):
        if legs.machine.beside is None:
            await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait({run})
    assert second.work == [], "it was not given anything yet"
    assert legs.told == [("join", "first"), ("let go", "second")]
    assert cast(Leg, second.bill).status == "lost"


async def test_work_that_needs_no_race_is_awaited_in_place() -> None:
    legs, leg = Scripted(), One("only")
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    cast(Any, legs).at_once = lambda leg: work()
    await legs.start(leg)
    assert (done, leg.work) == (["work"], [])


def test_nothing_changes_after_the_end() -> None:
    machine: Failover[One] = Failover(cast(Any, None))
    machine.go(Cause.STOPPED)
    machine.go(Cause.OPENED)
    assert machine.state is State.ENDED


async def test_a_leg_counts_one_silence_at_a_time() -> None:
    leg = One("leg")
    leg.count(60, leg.is_slow)
    first = leg.timer
    leg.count(60, leg.is_slow)
    assert first is not None
    assert first.cancelled()
    assert leg.timer is not None
    leg.stop_counting()
    leg.stop_counting()
    assert leg.timer is None
    for _ in range(2):
        leg.is_slow()
    assert (leg.hedged, leg.slow.done()) == (True, True)
    leg.fail(LostHedgeRace())
    leg.count(60, leg.is_slow)
    leg.retire()
    assert leg.timer is None
    # its error was read: asyncio reports nothing
    assert isinstance(leg.broken.exception(), LostHedgeRace)
