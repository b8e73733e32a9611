"""A target without words during clear speech is left in mid-speech; silence and unclear sound never count."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from tests.support.corridors import CALLER, World, collect, world
from tests.support.fake_backends import FRAME, RATE, Fault, frame
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.events import (
    EndOfStream,
    Final,
    Interim,
    Notice,
    Progress,
    RequestFinished,
)
from voicegw_desktop.core.late import Behind, StreamBehind
from voicegw_desktop.core.ports import SttOptions
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.corridor.stt_runs import SttRun

pytestmark = pytest.mark.unit

PATIENCE = Patience(stall_s=1.0, whole_recording_stall_s=1.0)
DEEPGRAM, OPENAI, WHISPER = "deepgram/nova-3", "openai/whisper-1", "whisper/base"
CHAIN = {"stt": [OPENAI, WHISPER]}


def sky(*chain: str, **sections: Any) -> World:
    return world(PATIENCE, fallbacks={"stt": list(chain)}, **sections)


async def speak(run: SttRun, *numbers: int) -> None:
    """Frames as a microphone gives them."""
    for number in numbers:
        await run.push(frame(number))
        await asyncio.sleep(FRAME / RATE)


async def words(run: SttRun) -> list[int]:
    await run.end()
    return [int(n) for e in await collect(run) if isinstance(e, Final) for n in e.text.split()]


@in_virtual_time
async def test_the_next_target_takes_over_in_the_middle_of_speech() -> None:
    w = sky(WHISPER)
    w.script.faults = {DEEPGRAM: [Fault("stall", 20)]}
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, *range(1, 100))
    # 20 frames heard, three more are plainly talk, and then a second
    assert run.served.name == DEEPGRAM
    await speak(run, *range(100, 140))
    assert run.served.name == WHISPER, "the client still talks"
    stalled, fresh = w.script.streams
    assert stalled.cancelled
    assert w.script.live == 1
    assert fresh.words[:30] == list(range(1, 31)), "all that was not final, from its first frame"
    assert run.gateway_headers()["X-VoiceGW-Fallback-From"] == DEEPGRAM
    assert run.gateway_headers()["X-VoiceGW-Served-By"] == WHISPER
    (notice,) = [e for e in w.events if isinstance(e, Notice)]
    assert notice.message == f"{WHISPER} took over from {DEEPGRAM}: {DEEPGRAM} sent no response to speech for 1 s."
    assert w.router.breaker.states() == {DEEPGRAM: "closed"}, "one failure of three"
    assert await words(run) == list(range(1, 140))
    (report,) = w.meters.reports
    assert [(leg.target.name, leg.status) for leg in report.legs] == [(DEEPGRAM, "error"), (WHISPER, "ok")]
    # paid for what it took, and that is in the log of what left
    taken = report.legs[0].audio_in_s
    assert 1.2 < taken < 1.3
    (entry,) = w.corridor.egress.entries
    assert (entry.target, entry.sent_s, entry.finished) == (DEEPGRAM, pytest.approx(taken), True)
    assert [e.record.fallback_from for e in w.events if isinstance(e, RequestFinished)] == [DEEPGRAM]


@in_virtual_time
async def test_nor_does_it_wait_when_the_speaker_waits_for_an_answer() -> None:
    w = sky(WHISPER)
    w.script.faults = {DEEPGRAM: [Fault("stall", 0)]}
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, *range(1, 31), *[0] * 100)
    assert run.served.name == WHISPER
    assert await words(run) == list(range(1, 31))


@in_virtual_time
async def test_silence_of_the_user_never_counts() -> None:
    w = sky(WHISPER)
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, *[0] * 3000)
    # too little for certain speech, and transcribed by no target
    w.script.streams[0].fault = Fault("silent")
    await speak(run, 1, 2, *[0] * 3000)
    assert run.served.name == DEEPGRAM
    assert w.script.opened == [DEEPGRAM]
    await run.cancel()


@in_virtual_time
async def test_who_answers_now_and_then_is_not_left_however_long_somebody_talks() -> None:
    w = sky(WHISPER)
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    stream = w.script.streams[0]
    stream.fault = Fault("silent")
    signs = [Interim("1"), Progress(1.0, None), Progress(2.0, None), Progress(3.0, None), Final("1", "en", 0.0, 0.1)]
    for sign in signs:
        await speak(run, *range(1, 91))
        stream.queue.put_nowait(sign)
    assert w.script.opened == [DEEPGRAM]
    await run.cancel()
    # the client is not told that the target listens
    heard = []
    async for event in run:
        heard.append(type(event))
    assert heard == [Interim, Final]


@in_virtual_time
async def test_a_sign_of_listening_does_not_pay_a_transcript_that_is_owed() -> None:
    w = sky(WHISPER)
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, 1, 2, 3)
    stream = w.script.streams[0]
    stream.fault = Fault("silent")
    await run.commit()
    for _ in range(15):
        await speak(run, *[0] * 10)
        stream.queue.put_nowait(Progress(1.0, None))
    assert run.served.name == WHISPER
    assert await words(run) == [1, 2, 3]


@in_virtual_time
async def test_who_speaks_only_at_the_end_is_not_judged_before() -> None:
    w = sky(WHISPER)
    w.stt.interims = False
    run = await w.corridor.open_stt(CALLER, OPENAI, SttOptions())
    await speak(run, *range(1, 600), *[0] * 5)
    assert w.script.opened == [OPENAI]
    # once the utterance is over it owes its words like any other
    w.script.streams[0].queue.put_nowait(Progress(6.0, None))
    assert await words(run) == list(range(1, 600))


@in_virtual_time
async def test_an_engine_here_is_left_to_its_supervisor_and_a_recording_to_its_end() -> None:
    for options, model in ((SttOptions(), WHISPER), (SttOptions(endpointing_ms=0), DEEPGRAM)):
        w = sky("whisper/tiny.en")
        run = await w.corridor.open_stt(CALLER, model, options)
        w.script.streams[0].fault = Fault("silent")
        await speak(run, *range(1, 600))
        assert w.script.opened == [model]
        await run.cancel()


@in_virtual_time
async def test_with_nobody_to_take_over_the_stream_stays() -> None:
    w = sky(projects={"default": {"egress": "cloud"}})
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    w.script.streams[0].fault = Fault("silent")
    await speak(run, *range(1, 600))
    assert w.script.opened == [DEEPGRAM]
    # the target was only slow
    w.script.streams[0].queue.put_nowait(Final("all of it", "en", 0.0, 5.0))
    async for event in run:
        if isinstance(event, Final):
            break
    await run.cancel()


@in_virtual_time
async def test_from_the_local_network_nothing_goes_to_a_cloud_for_it() -> None:
    w = sky(OPENAI, providers={"deepgram": {"zone": "lan"}})
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    w.script.streams[0].fault = Fault("silent")
    await speak(run, *range(1, 600))
    assert w.script.opened == [DEEPGRAM]
    await run.cancel()


@in_virtual_time
async def test_each_further_guess_waits_twice_as_long() -> None:
    w = sky(*CHAIN["stt"])
    w.script.faults = {DEEPGRAM: [Fault("stall", 0)], OPENAI: [Fault("stall", 0)]}
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    served = []
    for second in range(4):
        await speak(run, *range(second * 100 + 1, second * 100 + 101))
        served.append(run.served.name)
    assert served == [DEEPGRAM, OPENAI, OPENAI, WHISPER]
    assert [leg.status for leg in run.legs] == ["error", "error", "ok"]
    assert await words(run) == list(range(1, 401))


@in_virtual_time
async def test_when_the_others_refuse_the_same_target_is_asked_anew() -> None:
    w = sky(WHISPER)
    w.script.faults = {DEEPGRAM: [Fault("stall", 0)], WHISPER: [Fault("refuse")]}
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, *range(1, 201))
    assert w.script.opened == [DEEPGRAM, WHISPER, DEEPGRAM]
    assert await words(run) == list(range(1, 201))


@in_virtual_time
async def test_speech_after_a_long_silence_is_kept_while_it_goes_unheard() -> None:
    w = world(Patience(stall_s=5.0, idle_replay_s=2.0), fallbacks={"stt": [WHISPER]})
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, 1, 2, 3, *[0] * 300)
    w.script.streams[0].fault = Fault("silent")
    await speak(run, *range(4, 604))
    assert run.served.name == WHISPER
    assert await words(run) == list(range(1, 604))


@in_virtual_time
async def test_the_limit_for_words_that_are_owed_is_not_for_the_last_in_the_chain() -> None:
    limit_s = 0.1
    w = sky(WHISPER, routing={"stt": {"ttfb_limit_ms": limit_s * 1000}})
    w.script.faults[WHISPER] = [Fault("silent")]
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, 1, 2, 3)
    w.script.streams[0].fault = Fault("silent")
    await run.commit()
    await speak(run, *[0] * 20)
    assert run.served.name == WHISPER
    # the answer takes five times the limit, and there is no other target
    await speak(run, *[0] * 50)
    w.script.streams[-1].queue.put_nowait(Final("1 2 3", "en", 0.0, 0.03))
    async for event in run:
        if isinstance(event, Final):
            break
    assert run.served.name == WHISPER
    await run.cancel()
    assert [leg.status for leg in run.legs] == ["error", "cancelled"]


HEDGE = {"stt": {"ttfb_limit_ms": 100, "hedge": True}, "breaker": {"trip_after": 1000}}


@in_virtual_time
async def test_hedged_the_next_one_joins_and_who_has_the_words_first_serves() -> None:
    w = sky(WHISPER, routing=HEDGE)
    w.script.faults[DEEPGRAM] = [Fault("late", 900)]
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, 1, 2, 3, *[0] * 20)
    assert run.served.name == WHISPER
    await speak(run, 4, 5, *[0] * 200)
    assert await words(run) == [1, 2, 3, 4, 5]
    (report,) = w.meters.reports
    assert [(leg.target.name, leg.status) for leg in report.legs] == [(DEEPGRAM, "lost"), (WHISPER, "ok")]
    assert report.legs[0].audio_in_s > 0.1
    assert (report.fallback_from, w.script.live) == (DEEPGRAM, 0)
    assert w.router.breaker.states() == {}, "slow is not broken"


@in_virtual_time
async def test_hedged_the_first_one_may_still_be_first() -> None:
    w = sky(WHISPER, routing=HEDGE)
    w.script.faults = {DEEPGRAM: [Fault("late", 200)], WHISPER: [Fault("late", 900)]}
    run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
    await speak(run, 1, 2, 3, *[0] * 17)
    assert w.script.opened == [DEEPGRAM, WHISPER]
    assert run.served.name == DEEPGRAM, "who joins has not served yet"
    await speak(run, *[0] * 30)
    assert w.script.live == 1
    assert await words(run) == [1, 2, 3]
    (report,) = w.meters.reports
    assert [(leg.target.name, leg.status) for leg in report.legs] == [(DEEPGRAM, "ok"), (WHISPER, "lost")]
    assert report.fallback_from is None


@in_virtual_time
async def test_who_joins_is_closed_when_it_fails_and_when_the_client_leaves() -> None:
    for fault in (Fault("refuse"), Fault("crash", 1), Fault("late", 5000)):
        w = sky(WHISPER, routing=HEDGE)
        w.script.faults = {DEEPGRAM: [Fault("late", 5000)], WHISPER: [fault]}
        run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
        await speak(run, 1, 2, 3, *[0] * 30)
        assert run.served.name == DEEPGRAM
        await run.cancel()
        await w.corridor.aclose()
        assert w.script.live == 0, fault


@pytest.mark.unmeasured
@pytest.mark.parametrize("block", range(3))
@in_virtual_time
async def test_hedged_nothing_is_lost_or_said_twice(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        chance = random.Random(40_000 + seed)
        w = sky(*CHAIN["stt"], routing=HEDGE)
        for name, kinds in ((DEEPGRAM, ["late"] * 3 + ["stall", "error"]), (OPENAI, ["late", "crash", "refuse", ""])):
            kind = chance.choice(kinds)
            w.script.faults[name] = [Fault(kind, chance.randrange(400 if kind == "late" else 150))]
        w.script.faults[WHISPER] = [Fault("late", chance.randrange(300))]
        run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
        said, spoken = await _converse(run, chance)
        heard = [int(n) for e in said if isinstance(e, Final) for n in e.text.split()]
        assert heard == spoken, f"seed {seed}: {w.script.opened}"
        assert len(w.meters.reports) == 1
        await w.corridor.aclose()
        assert w.script.live == 0, f"seed {seed}: a target was left open"


@pytest.mark.unmeasured
@in_virtual_time
async def test_hedged_a_client_may_leave_and_offline_mode_may_come_at_any_moment() -> None:
    routing = {**HEDGE, "stt": {**HEDGE["stt"], "offline": {"*": WHISPER}}}
    for seed in range(80):
        chance = random.Random(50_000 + seed)
        w = sky(*CHAIN["stt"], routing=routing)
        for name in (DEEPGRAM, OPENAI, WHISPER):
            kinds = ["late"] if name == WHISPER else ["late", "late", "stall", "crash"]
            w.script.faults[name] = [Fault(chance.choice(kinds), chance.randrange(300))]
        run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
        talking = asyncio.ensure_future(_converse(run, chance))
        await asyncio.sleep(chance.random() * 2)
        if seed % 2:
            await run.cancel()
            talking.cancel()
            await asyncio.wait({talking})
        else:
            w.router.set_offline(True)
            said, spoken = await talking
            assert [int(n) for e in said if isinstance(e, Final) for n in e.text.split()] == spoken, f"seed {seed}"
        await w.corridor.aclose()
        assert w.script.live == 0, f"seed {seed}: a target was left open"
        assert len(w.meters.reports) == 1


@pytest.mark.unmeasured
@pytest.mark.parametrize("block", range(4))
@in_virtual_time
async def test_wherever_in_speech_it_happens_nothing_is_lost_or_said_twice(block: int) -> None:
    for seed in range(block * 25, block * 25 + 25):
        chance = random.Random(30_000 + seed)
        w = sky(*CHAIN["stt"], routing={"breaker": {"trip_after": 1000}})
        kinds = ["stall", "stall", "stall", "crash", "refuse", "deaf"]
        for name in (DEEPGRAM, OPENAI)[: chance.randint(1, 2)]:
            w.script.faults[name] = [Fault(chance.choice(kinds), chance.randrange(200))]
        run = await w.corridor.open_stt(CALLER, DEEPGRAM, SttOptions())
        said, spoken = await _converse(run, chance)
        heard = [int(n) for e in said if isinstance(e, Final) for n in e.text.split()]
        assert heard == spoken, f"seed {seed}: {w.script.opened}"
        assert isinstance(said[-1], EndOfStream)
        committed = ""
        for event in said:
            if isinstance(event, Interim):
                assert event.committed.startswith(committed), f"seed {seed}"
                committed = event.committed
            elif isinstance(event, Final):
                assert event.text.startswith(committed), f"seed {seed}"
                committed = ""
        assert len(w.meters.reports) == 1
        sent = sum(e.sent_s for e in w.corridor.egress.entries)
        paid = sum(leg.audio_in_s for leg in run.legs if leg.target.name != WHISPER)
        # a frame that a deaf target did not take may have left all the same
        assert paid <= sent + 1e-6, f"seed {seed}"
        assert all(e.finished for e in w.corridor.egress.entries)
        await w.corridor.aclose()
        assert w.script.live == 0, f"seed {seed}: a target was left open"


async def _converse(run: SttRun, chance: random.Random) -> tuple[list[Any], list[int]]:
    """Long utterances at the pace of speech, with pauses."""
    hearing = asyncio.ensure_future(collect(run, 60.0))
    spoken: list[int] = []
    for _ in range(chance.randint(1, 3)):
        count = chance.randint(5, 250)
        numbers = range(len(spoken) + 1, len(spoken) + count + 1)
        spoken += numbers
        await speak(run, *numbers, *[0] * chance.randint(4, 80))
    await run.end()
    return await hearing, spoken


@in_virtual_time
async def test_a_stream_that_falls_behind_is_told_to_the_machine_and_to_the_client() -> None:
    w = sky()
    run = await w.corridor.open_stt(CALLER, WHISPER, SttOptions())
    await speak(run, 1, 2)
    for seconds in (1.6, 0.0, 2.5):
        w.script.streams[0].queue.put_nowait(Behind(seconds))
    await run.end()
    seen = await collect(run)
    assert [event.seconds for event in seen if isinstance(event, Behind)] == [1.6, 0.0, 2.5]
    late = [(e.id, e.target, e.seconds) for e in w.events if isinstance(e, StreamBehind)]
    assert late == [(run.id, WHISPER, seconds) for seconds in (1.6, 0.0, 2.5)]
    (notice,) = [e for e in w.events if isinstance(e, Notice)]
    assert (notice.code, "1.6 s" in notice.message) == ("stream_behind", True)
