"""Rules of every run: what may be asked for, which target may take over, whose health is judged, how runs end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.corridors import CALLER, collect, world
from tests.support.fake_backends import Fault, frame
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.errors import (
    BadRequest,
    BudgetExceededError,
    BudgetThrottleSignal,
    EgressDenied,
    EngineCrashed,
    Forbidden,
    ModelResolutionError,
    RateLimitExceeded,
    UpstreamError,
)
from voicegw_desktop.core.events import RequestStarted
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions
from voicegw_desktop.corridor.runs import can_fall_back
from voicegw_desktop.routing.breaker import Health

pytestmark = pytest.mark.unit

BAD = "x" * 5000
CHAIN = {"fallbacks": {"stt": ["whisper/base"]}}


async def test_names_of_languages_and_voices_are_bounded() -> None:
    w = world()
    with pytest.raises(BadRequest):
        await w.corridor.open_stt(CALLER, "whisper/base", SttOptions(language=BAD))
    for options in (TtsOptions(language=BAD), TtsOptions(voice=BAD)):
        with pytest.raises(BadRequest):
            await w.corridor.open_tts(CALLER, "piper/joe", options)
    assert w.script.opened == []


async def test_a_chat_is_checked_for_the_target_that_would_serve_it(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(fallbacks={"llm": ["ollama/qwen"]})
    asked: list[str] = []

    async def check(permit: Any, body: Any) -> None:
        asked.append(permit.target.name)
        raise BadRequest("It takes no pictures.")

    monkeypatch.setattr(w.backends, "check_chat", check)
    with pytest.raises(BadRequest, match="no pictures"):
        await w.corridor.check_chat(CALLER, "groq/llama", {})
    assert asked == ["groq/llama"]


@pytest.mark.parametrize(
    ("error", "may"),
    [
        (UpstreamError("gone"), True),
        (ValueError("unexpected"), True),
        (ModelResolutionError("no such model"), True),
        (BadRequest("wrong"), False),
        (Forbidden("no"), False),
        (EgressDenied("offline"), False),
        (BudgetExceededError("spent"), False),
        (BudgetThrottleSignal("spent"), False),
        (asyncio.CancelledError(), False),
    ],
)
def test_when_another_target_may_try(error: BaseException, may: bool) -> None:
    assert can_fall_back(error) is may


@in_virtual_time
async def test_a_stream_that_does_not_hang_up_holds_up_the_end_for_two_seconds_only() -> None:
    w = world()
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    ended: list[float] = []
    loop = asyncio.get_running_loop()

    async def never() -> None:
        try:
            await loop.create_future()
        finally:
            ended.append(loop.time())

    w.script.streams[0].cancel = never
    began = loop.time()
    await w.corridor.aclose()
    # the run was stopped and has ended
    assert [at - began for at in ended] == [pytest.approx(2.0)]
    assert loop.time() - began == pytest.approx(2.0)
    assert run.outcome == "cancelled"


async def test_after_the_end_a_changed_route_moves_nothing() -> None:
    w = world()
    await w.corridor.aclose()
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    moved: list[str] = []
    run.rerouted = lambda: moved.append("run")  # type: ignore[method-assign]
    w.router.set_route(run.modality, "whisper/base")
    assert moved == []
    await run.cancel()


def with_status(status: int) -> UpstreamError:
    error = UpstreamError(f"answered {status}")
    error.status = status
    return error


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (UpstreamError("broken"), True),
        (EngineCrashed("crashed"), True),
        (RateLimitExceeded("our own limit", retry_after=1), False),
        (ModelResolutionError("no such model"), False),
        *((with_status(status), False) for status in (400, 404, 413)),
        *((with_status(status), True) for status in (401, 402, 403, 405, 412, 414, 500)),
    ],
)
async def test_a_failure_at_the_opening_counts_against_the_target_unless_it_is_not_its_fault(
    error: Exception, blamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = world(**CHAIN, routing={"breaker": {"trip_after": 1}})
    before = w.script.next

    def opened(target: Target, options: Any) -> Fault:
        if target.name == "deepgram/nova-3":
            raise error
        return before(target, options)

    monkeypatch.setattr(w.script, "next", opened)
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    assert run.served.name == "whisper/base"
    assert w.router.breaker.states() == ({"deepgram/nova-3": Health.TRIPPED} if blamed else {})
    refused = run.legs[0]
    assert (refused.target.name, refused.status, refused.held) == ("deepgram/nova-3", "refused", None)
    assert w.meters.held == 1
    await run.cancel()
    assert w.meters.held == 0


async def test_the_first_error_is_told_where_no_target_answers() -> None:
    w = world(**CHAIN)
    w.script.faults = {"deepgram/nova-3": [Fault("refuse")], "whisper/base": [Fault("missing")]}
    with pytest.raises(Exception, match=r"deepgram/nova-3 refuses") as caught:
        await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    (report,) = w.meters.reports
    assert (report.error, report.status) == (str(caught.value), "error")


async def test_a_run_is_announced_once_with_who_asked() -> None:
    w = world(**CHAIN)
    w.script.faults = {"deepgram/nova-3": [Fault("error", 1)]}
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    await run.push(frame(1) + frame(2))
    await run.end()
    await collect(run)
    (started,) = [e for e in w.events if isinstance(e, RequestStarted)]
    assert (started.target, started.project, started.wire) == ("deepgram/nova-3", "default", "python")
    assert run.served.name == "whisper/base"


@in_virtual_time
async def test_a_tripped_target_of_the_chain_is_asked_whether_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(**CHAIN, routing={"breaker": {"trip_after": 1, "probe_after": "10s", "min_dwell": "0s"}})
    asked: list[str] = []
    well: bool | None = False

    async def probe(modality: Any, permit: Any) -> bool:
        asked.append(permit.target.name)
        if well is None:
            await asyncio.get_running_loop().create_future()
        return bool(well)

    monkeypatch.setattr(w.backends, "can_probe", lambda modality, target: True)
    monkeypatch.setattr(w.backends, "probe", probe)
    w.router.breaker.failure("whisper/base")

    async def one() -> None:
        run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
        await asyncio.sleep(1.0 / 32)
        await run.cancel()

    await one()
    assert asked == [], "not yet"
    w.clock.advance(10)
    await one()
    assert asked == ["whisper/base"]
    assert w.router.breaker.health("whisper/base") is Health.TRIPPED
    w.clock.advance(10)
    # an answer that does not come is none
    well = None
    await one()
    await asyncio.sleep(1.0 / 32)
    assert w.router.breaker.health("whisper/base") is Health.TRIPPED
    w.clock.advance(10)
    well = True
    await one()
    assert asked == ["whisper/base"] * 3
    assert w.router.breaker.states() == {}
    await w.corridor.aclose()
