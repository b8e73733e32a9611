"""The record of a transcription whose client leaves: a success, unless an answer was owed."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.corridors import CALLER, world
from tests.support.fake_backends import Fault, frame
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.core.events import Final
from voicegw_desktop.core.ports import SttOptions

pytestmark = pytest.mark.unit

SAID = b"".join(frame(n) for n in (0, 0, 1, 2, 3, 0, 0, 0, 0))
SPEAKING = b"".join(frame(n) for n in (0, 0, 1, 2, 3))


@pytest.mark.parametrize(
    ("pcm", "endpointing_ms", "outcome"),
    [
        (b"", None, "ok"),
        (frame(0) * 20, None, "ok"),
        (SAID, None, "ok"),
        (SPEAKING, None, "cancelled"),
        (SAID + SPEAKING, None, "cancelled"),
        (SAID, 0, "cancelled"),
    ],
)
@in_virtual_time
async def test_a_client_that_is_owed_nothing_leaves_with_success(
    pcm: bytes, endpointing_ms: int | None, outcome: str
) -> None:
    w = world()
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions(endpointing_ms=endpointing_ms))
    await run.push(pcm)
    await asyncio.sleep(0.01)
    await run.close()
    await run.close()
    assert run.outcome == outcome
    assert [r.status for r in w.meters.reports] == [outcome]
    assert run.legs[0].status == outcome
    assert w.meters.held == 0
    await w.corridor.aclose()
    assert w.script.live == 0


@in_virtual_time
async def test_the_words_came_before_the_client_left() -> None:
    w = world()
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    await run.push(SAID)
    async for event in run:
        if isinstance(event, Final):
            break
    await run.commit()
    await asyncio.sleep(0.01)
    await run.close()
    assert run.outcome == "ok"
    await w.corridor.aclose()


@in_virtual_time
async def test_words_are_owed_from_the_end_of_the_audio_on() -> None:
    w = world()
    w.script.faults["whisper/base"] = [Fault("deaf")]
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    await run.push(frame(0))
    await run.end()
    await asyncio.sleep(0.01)
    await run.close()
    assert run.outcome == "cancelled"
    await w.corridor.aclose()


@in_virtual_time
async def test_the_gateway_that_stops_cancels() -> None:
    w = world()
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    await w.corridor.aclose()
    assert run.outcome == "cancelled"
