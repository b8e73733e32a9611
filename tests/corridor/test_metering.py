"""What a leg says of itself before it did anything, and the meters of a gateway that counts nothing."""

from __future__ import annotations

import pytest

from voicegw_desktop.core.ports import Caller, Modality, Target
from voicegw_desktop.corridor.metering import Leg, NoMeters, RunReport

pytestmark = pytest.mark.unit

BASE = Target("whisper", "base")


def test_a_leg_begins_with_nothing_to_be_paid() -> None:
    leg = Leg(BASE)
    assert (leg.audio_in_s, leg.audio_out_s, leg.characters, leg.utterances) == (0, 0, 0, 0)
    assert leg.open_for(10**9) == 0
    leg.close(10**9)
    assert (leg.opened_ns, leg.open_s, leg.streamed, leg.estimated) == (0, 0, False, False)


def test_a_leg_is_open_until_it_is_closed() -> None:
    leg = Leg(BASE, opened_ns=10**9)
    assert leg.open_for(3 * 10**9) == 2
    leg.close(4 * 10**9)
    assert (leg.open_for(9 * 10**9), leg.opened_ns) == (3, 0)


def test_without_cost_tracking_everything_is_free_and_nothing_is_set_aside() -> None:
    meters, leg = NoMeters(), Leg(BASE)
    assert meters.free(BASE)
    assert meters.reserve(Modality.LLM, "p", leg) is None
    assert meters.reserve_answer("p", leg, None, 1) == (None, None)
    assert meters.covers(Modality.LLM, None, leg, leg) == 1
    assert meters.quote(Modality.STT, BASE, 0) is None
    run = RunReport("r", Modality.STT, Caller("p", "openai"), "asked", BASE, 0.0, "ok", [leg])
    assert meters.settle(run, []) == (0, None)
    assert (run.total_ms, run.overhead_ms, run.ttfb_ms, run.measured.recorded) == (0, 0, None, False)
