"""How a run is opened: the wait for a target, what is measured and reported, and which runs a change reaches."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.corridors import CALLER, QUICK, World, collect, world
from tests.support.fake_backends import RATE, Fault
from tests.support.fake_meters import FakeMeters
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.errors import Diverted, ModelNotInstalled
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, Target, TtsOptions
from voicegw_desktop.corridor.corridor import new_id
from voicegw_desktop.routing.breaker import Health

pytestmark = pytest.mark.unit

NOVA, FLASH = "deepgram/nova-3", "elevenlabs/flash"
SECOND = Fault("slow", 1000)
CLOUDS = {"projects": {"default": {"allow_local_to_cloud": True}}}


def test_requests_have_ids_of_their_own() -> None:
    assert len({new_id() for _ in range(9)}) == 9


async def listen(w: World, wanted: str = NOVA, caller: Caller = CALLER) -> Any:
    return await w.corridor.open_stt(caller, wanted, SttOptions())


@pytest.mark.parametrize(
    ("chain", "slow", "serves", "after_s"),
    [
        # another target may be quicker
        ([NOVA, "openai/whisper-1"], [NOVA], "openai/whisper-1", QUICK.stall_s),
        # there is no other target
        ([NOVA], [NOVA], NOVA, 1),
        ([NOVA, "openai/whisper-1"], [NOVA, "openai/whisper-1"], "openai/whisper-1", 1 + QUICK.stall_s),
        # an engine here may have to load its model
        (["whisper/base", NOVA], ["whisper/base"], "whisper/base", 1),
    ],
)
@in_virtual_time
async def test_how_long_a_target_is_waited_for(chain: list[str], slow: list[str], serves: str, after_s: float) -> None:
    w = world(fallbacks={"stt": chain[1:]}, **CLOUDS)
    w.script.faults = {name: [SECOND] for name in slow}
    loop = asyncio.get_running_loop()
    began = loop.time()
    run = await listen(w, chain[0])
    assert run.served.name == run.target.name == serves
    assert loop.time() - began == pytest.approx(after_s)
    await run.cancel()
    await w.corridor.aclose()
    assert w.script.live == 0


async def test_what_the_gateway_takes_is_measured_until_the_first_target_is_asked() -> None:
    class Slow(FakeMeters):
        def admit(self, target: Target, project: str) -> None:
            w.clock.advance(0.002)

    w = world(fallbacks={"stt": ["whisper/base"]})
    w.corridor.context.meters = Slow()
    w.clock.advance(1)
    w.script.faults = {NOVA: [Fault("refuse")]}
    run = await listen(w)
    assert run.overhead_ms == 2
    assert run.gateway_headers()["X-VoiceGW-Overhead-Ms"] == "2.000"
    await run.cancel()


async def test_a_live_request_is_the_probe_of_a_target_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(routing={"breaker": {"trip_after": 1, "probe_after": "10s"}})
    w.router.breaker.failure(NOVA)
    w.clock.advance(10)
    seen: list[Health] = []
    opened = w.script.next

    def look(target: Target, options: Any) -> Fault:
        seen.append(w.router.breaker.health(target.name))
        return opened(target, options)

    monkeypatch.setattr(w.script, "next", look)
    await (await listen(w)).cancel()
    assert seen == [Health.PROBING]


async def test_an_error_without_a_status_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    w.router.set_route(Modality.STT, "whisper/base")

    def broken(target: Target, options: Any) -> Fault:
        raise ValueError("unexpected")

    monkeypatch.setattr(w.script, "next", broken)
    with pytest.raises(ValueError, match=r"^unexpected$"):
        await listen(w)


async def test_a_route_is_not_blamed_for_the_model_of_another_target() -> None:
    w = world(fallbacks={"stt": ["whisper/base"]})
    w.script.faults = {NOVA: [Fault("missing")], "whisper/base": [Fault("missing")]}
    with pytest.raises(ModelNotInstalled, match=r"^deepgram/nova-3 is not installed.$"):
        await listen(w)


async def test_headers_tell_notes_and_costs_only_where_there_are_any() -> None:
    w = world()
    heard = await listen(w)
    assert heard.gateway_headers().keys() == {
        "X-VoiceGW-Request-Id",
        "X-VoiceGW-Served-By",
        "X-VoiceGW-Overhead-Ms",
    }
    heard.notes += ["one", "two"]
    heard.cost_nanos = 2_500_000_000
    assert heard.gateway_headers()["X-VoiceGW-Note"] == "one; two"
    assert heard.gateway_headers()["X-VoiceGW-Cost-USD"] == "2.500000000"
    await heard.cancel()


async def test_a_cost_that_is_unknown_at_the_end_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    monkeypatch.setattr(w.meters, "settle", lambda report, reservations: (None, None))
    run = await w.corridor.open_tts(CALLER, FLASH, TtsOptions(rate=RATE))
    await run.push("Hi.")
    await run.end()
    assert "X-VoiceGW-Cost-USD" in run.gateway_headers()
    await collect(run)
    assert "X-VoiceGW-Cost-USD" not in run.gateway_headers()


async def test_only_listening_is_billed_as_live_audio() -> None:
    w = world()
    await (await listen(w)).cancel()
    await (await w.corridor.open_tts(CALLER, FLASH, TtsOptions(rate=RATE))).cancel()
    await (await w.corridor.chat(CALLER, "groq/llama", {"messages": [], "stream": True})).close()
    assert [report.legs[0].streamed for report in w.meters.reports] == [True, False, False]


async def moved(w: World) -> tuple[list[str], list[Any]]:
    """(names of the runs that are told to move, the runs): two that listen, for two projects, and one that speaks."""
    told: list[str] = []
    runs = {
        "default": await listen(w),
        "sales": await listen(w, caller=Caller("sales", "python")),
        "speech": await w.corridor.open_tts(CALLER, FLASH, TtsOptions(rate=RATE)),
    }
    for name, run in runs.items():
        run.rerouted = lambda name=name: told.append(name)
    return told, list(runs.values())


async def test_a_changed_route_concerns_its_modality_and_its_project() -> None:
    w = world(projects={"default": {}, "sales": {}})
    told, runs = await moved(w)
    w.router.set_route(Modality.STT, "whisper/base", project="sales")
    assert told == ["sales"]
    told.clear()
    w.router.set_route(Modality.STT, "whisper/base")
    assert sorted(told) == ["default", "sales"]
    for run in runs:
        await run.cancel()


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        (SttOptions(), "adaptive"),
        (SttOptions(endpointing="fixed"), "fixed"),
        # silence of a given length is a fixed end
        (SttOptions(endpointing_ms=300), None),
    ],
)
async def test_a_project_says_how_utterances_end_where_a_request_does_not(asked: SttOptions, used: str | None) -> None:
    w = world(projects={"default": {"endpointing": "adaptive"}})
    run = await w.corridor.open_stt(CALLER, NOVA, asked)
    assert [options.endpointing for options in w.script.options] == [used]
    await run.cancel()


async def test_a_way_to_a_target_that_leads_elsewhere_is_in_the_log_of_what_left() -> None:
    w = world(fallbacks={"stt": ["openai/whisper-1"]})

    class Elsewhere:
        async def open_stt(self, *_: object) -> Any:
            raise Diverted("It leads elsewhere.", to="https://other.example:8443")

    w.backends.register("deepgram", stt=Elsewhere())  # type: ignore[arg-type]
    run = await listen(w)
    assert run.served.name == "openai/whisper-1"
    (entry,) = w.corridor.egress.entries
    assert (entry.target, entry.project, entry.request, entry.modality) == (NOVA, "default", run.id, "stt")
    assert (entry.host, entry.zone, entry.refused) == ("other.example:8443", "cloud", True)
    await run.cancel()


async def test_a_target_that_is_well_again_may_take_every_run_and_one_that_fails_moves_none() -> None:
    w = world(routing={"breaker": {"trip_after": 1, "min_dwell": "0s"}})
    told, runs = await moved(w)
    w.router.breaker.failure("openai/whisper-1")
    assert told == []
    w.router.breaker.success("openai/whisper-1")
    assert sorted(told) == ["default", "sales", "speech"]
    for run in runs:
        await run.cancel()


async def test_a_target_that_cannot_be_asked_waits_for_a_live_request(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(fallbacks={"stt": ["whisper/base"]}, routing={"breaker": {"trip_after": 1, "probe_after": "10s"}})
    monkeypatch.setattr(w.backends, "can_probe", lambda modality, target: False)
    w.router.breaker.failure("whisper/base")
    w.clock.advance(10)
    await (await listen(w)).cancel()
    assert w.router.breaker.health("whisper/base") is Health.PROBE_DUE
    # ended runs are not kept
    await w.corridor.aclose()
    await asyncio.sleep(0)
    assert not w.corridor._tasks
