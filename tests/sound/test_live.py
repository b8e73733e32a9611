"""Samples on their way from the microphone to the gateway."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from voicegw_desktop.sound import speech, wire
from voicegw_desktop.sound.speech import Live

pytestmark = pytest.mark.unit


class Gateway:
    """The conversation's side that takes samples; it takes none until `ready` is set."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.heard: list[bytes | None] = []

    async def hear(self, pcm: bytes) -> None:
        await self.ready.wait()
        self.heard.append(pcm)

    async def commit(self) -> None:
        self.heard.append(None)


def live(gateway: Gateway) -> Live:
    line: Any = SimpleNamespace(talk=gateway)
    return Live(line, SimpleNamespace())  # type: ignore[arg-type]


def block(number: int) -> bytes:
    return number.to_bytes(2, "little") * (wire.BLOCK // 2)


async def test_words_wait_for_a_gateway_that_loads_its_models() -> None:
    gateway = Gateway()
    it = live(gateway)
    hearing = asyncio.ensure_future(it.hear())
    minute = 60_000 // wire.BLOCK_MS
    for number in range(minute):
        it.captured(block(number))
        if number == minute // 2:
            # the gateway is asked, and does not answer yet
            await asyncio.sleep(0)
    it.commit()
    gateway.ready.set()
    await hearing
    assert gateway.heard == [*(block(number) for number in range(minute)), None]


async def test_the_newest_samples_and_the_end_are_kept_when_nothing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "QUEUED", 10)
    gateway = Gateway()
    it = live(gateway)
    for number in range(100):
        it.captured(block(number))
    it.commit()
    gateway.ready.set()
    await it.hear()
    assert gateway.heard == [*(block(number) for number in range(91, 100)), None]
