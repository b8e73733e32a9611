"""A person stops a run: the client gets a sentence, the record says cancelled, and the target is closed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.corridors import CALLER, QUICK, World, world
from tests.support.fake_backends import Fault, frame
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.errors import RequestStopped
from voicegw_desktop.core.events import StopRequested
from voicegw_desktop.core.ports import SttOptions, TtsOptions

pytestmark = pytest.mark.unit


async def open_run(w: World, modality: str) -> Any:
    if modality == "llm":
        return await w.corridor.chat(CALLER, "openai/gpt-4o", {"messages": [], "stream": True})
    if modality == "stt":
        run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
        await run.push(b"".join(frame(n) for n in (0, 0, 1, 2)))
        return run
    spoken = await w.corridor.open_tts(CALLER, "kokoro/v1", TtsOptions(voice="a"))
    await spoken.push("One two three.")
    return spoken


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("modality", ["stt", "llm", "tts"])
@in_virtual_time
async def test_the_client_is_told_and_the_target_is_left(modality: str, at_once: bool) -> None:
    w = world(patience=QUICK)
    target = {"stt": "whisper/base", "llm": "openai/gpt-4o", "tts": "kokoro/v1"}[modality]
    w.script.faults[target] = [Fault("stall", 1)]
    run = await open_run(w, modality)
    answer = asyncio.ensure_future(collected(run))
    if not at_once:
        await asyncio.sleep(0.001)
    asked = asyncio.get_running_loop().time()
    w.bus.publish(StopRequested(("r1", "unknown")))
    with pytest.raises(RequestStopped, match="stopped this request"):
        await answer
    # virtual time: it did not wait for the target's patience to end
    assert asyncio.get_running_loop().time() - asked < 0.001
    await run.cancel()
    assert [r.status for r in w.meters.reports] == ["cancelled"]
    assert w.meters.held == 0
    await w.corridor.aclose()
    assert w.script.live == 0


@in_virtual_time
async def test_a_run_that_is_being_opened_is_stopped() -> None:
    w = world()
    w.script.faults["openai/gpt-4o"] = [Fault("mute")]
    opening = asyncio.ensure_future(open_run(w, "llm"))
    await asyncio.sleep(0.001)
    w.bus.publish(StopRequested(("r1",)))
    with pytest.raises(RequestStopped):
        await opening
    # a stop by a person is no error of the target
    assert [(r.status, r.error) for r in w.meters.reports] == [("cancelled", None)]
    await w.corridor.aclose()
    assert w.script.live == 0


@pytest.mark.parametrize(("stopped", "left", "ends"), [
    (True, False, RequestStopped), (False, True, asyncio.CancelledError), (True, True, asyncio.CancelledError),
])  # fmt: skip
@in_virtual_time
async def test_a_client_that_leaves_is_not_taken_for_a_stop(
    stopped: bool, left: bool, ends: type[BaseException]
) -> None:
    w = world()
    w.script.faults["openai/gpt-4o"] = [Fault("mute")]
    asked: list[int] = []

    async def open_it() -> None:
        try:
            await open_run(w, "llm")
        finally:
            # the stop's cancellation of the task is taken back; its owner's cancellation stays
            asked.append(opening.cancelling())

    opening = asyncio.ensure_future(open_it())
    await asyncio.sleep(0.001)
    if stopped:
        w.bus.publish(StopRequested(("r1",)))
    if left:
        opening.cancel()
    with pytest.raises(ends):
        await opening
    assert asked == [1 if left else 0]
    await w.corridor.aclose()


@in_virtual_time
async def test_a_run_that_waits_for_nothing_ends_at_its_next_step() -> None:
    w = world()
    run = await open_run(w, "llm")
    body = aiter(run)
    await anext(body)
    run.stop()
    with pytest.raises(RequestStopped):
        async for _ in body:
            pass
    await w.corridor.aclose()


@in_virtual_time
async def test_a_run_is_stopped_once_and_not_after_its_end() -> None:
    w = world()
    run, over = await open_run(w, "llm"), await open_run(w, "llm")
    run.stop()
    first = run.stopped
    run.stop()
    assert run.stopped is first
    await over.read()
    over.stop()
    assert (over.outcome, over.stopped) == ("ok", None)
    await run.cancel()
    await w.corridor.aclose()
    # events of a run that comes later are ignored
    late = await open_run(w, "llm")
    w.bus.publish(StopRequested((late.id,)))
    assert late.stopped is None
    await late.cancel()


async def collected(run: Any) -> list[Any]:
    return [event async for event in run]


@in_virtual_time
async def test_an_answer_of_a_supervised_engine_is_stopped_without_a_timer() -> None:
    w = world(patience=QUICK)
    w.script.faults["openai/gpt-4o"] = [Fault("stall", 1)]
    w.llm.supervised = True  # type: ignore[attr-defined]
    run = await open_run(w, "llm")
    answer = asyncio.ensure_future(collected(run))
    await asyncio.sleep(0.001)
    w.bus.publish(StopRequested(("r1",)))
    with pytest.raises(RequestStopped):
        await answer
    assert not answer.cancelling()
    # a client that leaves at that moment cancels all the same
    w.script.faults["openai/gpt-4o"] = [Fault("stall", 1)]
    left = await open_run(w, "llm")
    reading = asyncio.ensure_future(collected(left))
    await asyncio.sleep(0.001)
    left.stop()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert [r.status for r in w.meters.reports] == ["cancelled", "cancelled"]
    await w.corridor.aclose()
    assert w.script.live == 0


@in_virtual_time
async def test_a_stop_after_the_last_piece_leaves_the_reading_task_alone() -> None:
    w = world(patience=QUICK)
    w.llm.supervised = True  # type: ignore[attr-defined]
    # its last event is incomplete, so it is held back until the body ends
    w.llm.chunks = [b'data: {"choices":[{"delta":{"content":"One"}}]}\n\n', b'data: {"choices":[]}']
    run = await open_run(w, "llm")
    pieces = []
    async for piece in run:
        pieces.append(piece)
        if len(pieces) == 2:
            run.stop()
            await asyncio.sleep(0)
    assert b"".join(pieces) == b"".join(w.llm.chunks)
    assert [r.status for r in w.meters.reports] == ["ok"]
    await w.corridor.aclose()
