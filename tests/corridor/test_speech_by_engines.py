"""Speech by engines that have a supervisor: their own progress counts, and what they leave out is reported."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.corridors import CALLER, collect, world
from tests.support.fake_backends import FakeTtsStream, Fault, frame
from voicegw_desktop.core.events import Final, SpeechNote
from voicegw_desktop.core.ports import SttOptions, TtsOptions

pytestmark = pytest.mark.unit


async def test_an_engine_that_is_slow_is_not_given_up_while_its_supervisor_watches_it() -> None:
    place = world()
    place.tts.supervised = True  # type: ignore[attr-defined]
    # four times as long as a target without a supervisor may be silent
    place.script.faults["piper/joe"] = [Fault("late", after=200)]
    run = await place.corridor.open_tts(CALLER, "piper/joe", TtsOptions())
    await run.push("Hello.")
    await run.end()
    assert (await collect(run))[-1].characters == 6


async def test_nor_is_one_that_hears_slowly() -> None:
    place = world()
    place.stt.supervised = True  # type: ignore[attr-defined]
    place.script.faults["whisper/base"] = [Fault("late", after=200)]
    run = await place.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    await run.push(frame(1))
    await run.end()
    assert [event.text for event in await collect(run) if isinstance(event, Final)] == ["1"]


async def test_where_another_target_can_take_over_a_slow_engine_is_left() -> None:
    place = world(fallbacks={"stt": ["whisper/tiny"]})
    place.stt.supervised = True  # type: ignore[attr-defined]
    place.script.faults["whisper/base"] = [Fault("late", after=2000)]
    run = await place.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    await run.push(frame(1))
    await run.end()
    assert [event.text for event in await collect(run) if isinstance(event, Final)] == ["1"]
    assert str(run.served) == "whisper/tiny"


async def test_what_is_left_out_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    place = world()
    spoken = FakeTtsStream.__aiter__

    async def with_note(self: FakeTtsStream):  # type: ignore[no-untyped-def]
        yield SpeechNote("words are left out")
        yield SpeechNote("words are left out")
        async for event in spoken(self):
            yield event

    monkeypatch.setattr(FakeTtsStream, "__aiter__", with_note)
    run = await place.corridor.open_tts(CALLER, "piper/joe", TtsOptions())
    await run.push("Hello.")
    await run.end()
    events = await collect(run)
    assert not any(isinstance(event, SpeechNote) for event in events)
    assert run.gateway_headers()["X-VoiceGW-Note"] == "words are left out"
    await asyncio.sleep(0)
