"""The error, bill and record of a run when its targets fail and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from tests.support.corridors import CALLER, World, collect, world
from tests.support.fake_backends import RATE, Fault, answer, frame
from voicegw_desktop.core.errors import (
    UNREACHED,
    BudgetExceededError,
    EngineTimeout,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Audio, RequestFinished, RequestFirstByte
from voicegw_desktop.core.ports import SttOptions, TtsOptions
from voicegw_desktop.corridor.failover import Cause, State
from voicegw_desktop.routing.breaker import Health

pytestmark = pytest.mark.unit

NOVA, FLASH, BASE = "deepgram/nova-3", "elevenlabs/flash", "whisper/base"
CLOUDS: dict[str, Any] = {"projects": {"default": {"allow_local_to_cloud": True}}}


def started(**sections: Any) -> World:
    """A corridor whose clock has begun: 0 stands for no time."""
    w = world(**sections)
    w.clock.advance(1)
    return w


async def listened(w: World, wanted: str = NOVA) -> Any:
    """A run that got two frames, after its end or its error."""
    run = await w.corridor.open_stt(CALLER, wanted, SttOptions())
    await run.push(frame(1) + frame(2))
    await run.end()
    with contextlib.suppress(VoiceGatewayError):
        await collect(run)
    return run


class Board:
    """The reported health of targets."""

    def __init__(self, w: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failed: list[tuple[str, str]] = []
        self.worked: list[str] = []
        monkeypatch.setattr(w.corridor.context.troubles, "failed", lambda name, why: self.failed.append((name, why)))
        monkeypatch.setattr(w.corridor.context.troubles, "worked", self.worked.append)


async def test_troubles_hear_who_failed_with_what_and_who_served_well(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(fallbacks={"stt": [BASE]})
    board = Board(w, monkeypatch)
    w.script.faults = {NOVA: [Fault("refuse")]}
    await listened(w)
    assert (board.failed, board.worked) == ([(NOVA, f"{NOVA} refuses.")], [BASE])


async def test_a_target_that_failed_in_a_request_did_not_serve_it_well(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    board = Board(w, monkeypatch)
    # an engine here is started again and goes on
    w.script.faults = {BASE: [Fault("crash", 1)]}
    run = await listened(w, BASE)
    assert (run.outcome, run.served.name) == ("ok", BASE)
    assert (board.failed, board.worked) == ([(BASE, f"{BASE} crashed.")], [])


async def test_a_request_that_ended_badly_says_nothing_good_of_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    board = Board(w, monkeypatch)
    await (await w.corridor.open_stt(CALLER, NOVA, SttOptions())).cancel()
    w.script.faults = {NOVA: [Fault("error", 1)]}
    await listened(w)
    assert board.worked == []


async def test_the_first_target_is_named_however_many_followed() -> None:
    w = world(fallbacks={"stt": ["openai/whisper-1", BASE]}, **CLOUDS)
    w.script.faults = {NOVA: [Fault("error", 1)] * 3, "openai/whisper-1": [Fault("error", 1)] * 3}
    run = await listened(w)
    assert (run.served.name, run.fallback_from) == (BASE, NOVA)
    assert run.part.fallback is True
    w.script.faults = {NOVA: [Fault("refuse")]}
    assert (await listened(w)).fallback_from == NOVA
    w.script.faults = {}
    plain = await listened(w)
    assert (plain.fallback_from, plain.part.fallback) == (None, False)


async def test_a_stream_that_ends_too_early_is_a_failure_of_its_target() -> None:
    w = world()
    w.script.faults = {NOVA: [Fault("close", 1)]}
    run = await listened(w)
    assert run.outcome == "error"
    assert w.meters.reports[0].error == f"{NOVA} ended the stream before everything was answered."


UNREACHED_ERROR = UpstreamError("no connection", code=UNREACHED)


@pytest.mark.parametrize(
    ("error", "paid"),
    [
        (UNREACHED_ERROR, False),
        (UpstreamError("broke"), True),
        (EngineTimeout("slow", code=UNREACHED), True),
        (BudgetExceededError("spent"), True),
        (asyncio.CancelledError(), True),
    ],
)
async def test_a_live_stream_that_broke_is_paid_for_what_was_heard_unless_it_was_never_reached(
    error: BaseException, paid: bool
) -> None:
    w = started()
    run = await w.corridor.open_stt(CALLER, NOVA, SttOptions())
    (leg,) = run.legs
    leg.audio_in_s, leg.characters = 5.0, 3
    w.clock.advance(3)
    run._failed(leg, error)
    assert leg.status == "error"
    leg.close(w.clock.monotonic_ns())
    assert (leg.audio_in_s, leg.characters, leg.open_s) == ((5.0, 3, 3.0) if paid else (0.0, 0, 0.0))
    assert leg.usage is None
    await run.cancel()


async def test_the_wait_for_the_first_sound_is_told_when_it_comes() -> None:
    w = started(routing={"breaker": {"trip_after": 2}})
    w.router.breaker.failure(FLASH)
    run = await w.corridor.open_tts(CALLER, FLASH, TtsOptions(rate=RATE))
    await run.push("Hi.")
    w.clock.advance(0.25)
    await run.end()
    sounds = aiter(run)
    assert isinstance(await anext(sounds), Audio)
    (first,) = [e for e in w.events if isinstance(e, RequestFirstByte)]
    assert (first.ttfb_ms, first.target, first.recorded) == (250, FLASH, False)
    w.router.breaker.failure(FLASH)
    assert w.router.breaker.health(FLASH) is Health.CLOSED, "two failures with an answer between them"
    await run.cancel()
    assert w.meters.reports[0].ttfb_ms == 250


async def test_the_time_of_the_whole_request_and_of_each_target_is_in_the_report() -> None:
    w = started()
    run = await w.corridor.chat(CALLER, "groq/llama", {"messages": [], "stream": True})
    w.clock.advance(2)
    await run.read()
    (report,) = w.meters.reports
    assert (report.total_ms, report.legs[0].open_s, report.legs[0].opened_ns) == (2000, 2, 0)
    assert (run.part.status, run.part.target, run.part.cost_nanos) == ("ok", "groq/llama", 5_000)


async def test_the_record_is_announced_where_the_meters_keep_one(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    await listened(w)
    monkeypatch.setattr(w.meters, "settle", lambda report, reservations: (1, "a record"))
    await listened(w)
    told = [e.record for e in w.events if isinstance(e, RequestFinished)]
    assert told == [w.meters.reports[0], "a record"]


@pytest.mark.parametrize(
    ("fault", "cause"), [([], Cause.ANSWERED), ([Fault("error", 1)], Cause.GAVE_UP), (None, Cause.STOPPED)]
)
async def test_how_a_run_ends_is_a_row_of_the_table(fault: list[Fault] | None, cause: Cause) -> None:
    w = world()
    w.script.faults = {NOVA: list(fault or ())}
    run = await w.corridor.open_stt(CALLER, NOVA, SttOptions())
    causes: list[Cause] = []
    go = run._failover.go

    def noted(cause: Cause) -> None:
        causes.append(cause)
        go(cause)

    run._failover.go = noted  # type: ignore[method-assign]
    await run.push(frame(1) + frame(2))
    if fault is not None:
        await run.end()
        with contextlib.suppress(UpstreamError):
            await collect(run)
    await run.cancel()
    assert causes[-1] is cause
    assert run._failover.state is State.ENDED


async def test_the_prompt_of_a_free_target_is_counted_at_the_end() -> None:
    w = world()
    body = {"model": "llamacpp/small", "stream": True, "messages": [{"role": "user", "content": "x" * 40}]}
    w.llm.chunks = answer(["a", "b", "c"], usage=False)
    run = await w.corridor.chat(CALLER, "llamacpp/small", body)
    # counting before the answer would delay its first token
    assert run.legs[0].usage is None
    await anext(aiter(run))
    await run.close()
    (leg,) = w.meters.reports[0].legs
    assert (leg.status, leg.estimated, leg.usage.prompt_tokens) == ("cancelled", True, 11)
