"""Answers of the sound process are given to the questions that they belong to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from voicegw_desktop.sound.devices import Sound, SoundError

pytestmark = pytest.mark.unit

GONE = {"event": "gone", "code": "microphone_gone", "message": "The microphone is gone."}


class Scripted(Sound):
    """A sound process that answers when the test says so."""

    def _send(self, data: bytes) -> None:
        pass

    def says(self, event: str, **more: Any) -> None:
        self._take({"event": event, **more})


async def test_a_lost_device_does_not_answer_the_question_that_opens_another() -> None:
    sound = Scripted()
    opening = asyncio.ensure_future(sound.open(microphone="other"))
    await asyncio.sleep(0)
    # the process says this of the former microphone, then takes the question
    sound.says(**GONE)
    sound.says("open", microphone="other", speaker=None, cleaned=False)
    assert (await opening).microphone == "other"


async def test_a_lost_device_ends_the_wait_for_what_is_played() -> None:
    sound = Scripted()
    draining = asyncio.ensure_future(sound.drain())
    await asyncio.sleep(0)
    sound.says("drain")
    sound.says(**GONE)
    sound.says("drained", played_ms=0.0)
    with pytest.raises(SoundError, match="is gone"):
        await draining
