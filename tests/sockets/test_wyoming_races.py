"""A reader of a Wyoming connection that waits for a task is not ended by what ends that task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from wyoming.event import Event

from tests.support.socket_gateway import FakeGateway
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.wyoming_answering import Answering, Talks
from voicegw_desktop.sockets.wyoming_hearing import Hearing
from voicegw_desktop.sockets.wyoming_speaking import Speaking

CALLER = Caller("default", "wyoming")


class Run:
    """A run that was ended and is not over."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def end(self) -> None:
        self.ended.set()

    async def cancel(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def never() -> None:
    await asyncio.get_running_loop().create_future()


async def write(event: Event) -> None:
    pass


async def send(data: bytes) -> None:
    pass


async def fail(error: VoiceGatewayError) -> None:
    pass


async def dropped(reading: Coroutine[Any, Any, None], waits: asyncio.Event, drop: Callable[[], Any]) -> None:
    """Let another task fail, so that the connection drops what the reader waits for."""
    reader = asyncio.create_task(reading)
    async with asyncio.timeout(60):
        await waits.wait()
        for _ in range(3):
            await asyncio.sleep(0)
        await drop()
        await reader


async def test_while_it_waits_for_speech(tmp_path: Path) -> None:
    speaking, run = Speaking(FakeGateway(tmp_path), CALLER, write, send, fail), Run()
    speaking.run = run  # type: ignore[assignment]
    speaking._task = asyncio.create_task(never())
    await dropped(speaking.end(), run.ended, speaking.drop)


async def test_while_it_waits_for_a_transcript(tmp_path: Path) -> None:
    hearing, run = Hearing(FakeGateway(tmp_path), CALLER, write, fail), Run()
    hearing.run = run  # type: ignore[assignment]
    hearing._task = asyncio.create_task(never())
    await dropped(hearing.end(), run.ended, hearing.drop)


async def test_while_it_waits_for_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering, begun = Answering(FakeGateway(tmp_path), CALLER, Talks(), write), asyncio.Event()
    answering.task = asyncio.create_task(never())

    async def answer(*_: object) -> None:
        pass

    monkeypatch.setattr(answering, "_answer", answer)
    begun.set()
    await dropped(answering.take(Event("transcript", {"text": "Hello?"})), begun, answering.drop)
    await answering.drop()
