"""Decodes of several streams on one model: who goes first, how many at once, and which are of no use any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from voicegw_desktop.workers.whisper.endpoint import Evidence
from voicegw_desktop.workers.whisper.queue import DecodeQueue, Unwanted, Urgency, Wish
from voicegw_desktop.workers.whisper.utterance import Utterance

pytestmark = pytest.mark.unit


class Calls:
    """Calls on a queue that run until they are let go, by name."""

    def __init__(self, queue: DecodeQueue) -> None:
        self._queue = queue
        self.begun: list[str] = []
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._gates: dict[str, threading.Event] = {}
        self.tasks: dict[str, asyncio.Task[str]] = {}

    async def ask(self, name: str, urgency: Wish) -> None:
        gate = self._gates[name] = threading.Event()

        def call() -> str:
            self._loop.call_soon_threadsafe(self._note, name)
            gate.wait(10)
            return name

        self.tasks[name] = asyncio.create_task(self._queue.run(urgency, call))
        await asyncio.sleep(0)

    def _note(self, name: str) -> None:
        self.begun.append(name)
        self._changed.set()

    async def until(self, *names: str) -> None:
        """Wait until these, and no others, have begun in this order."""
        while len(self.begun) < len(names):
            self._changed.clear()
            await self._changed.wait()
        assert self.begun == list(names)

    async def end(self, name: str) -> None:
        self._gates[name].set()
        await self.tasks[name]


Asked = Callable[[int], Awaitable[Calls]]


@pytest.fixture
async def asked() -> Any:
    made: list[Calls] = []

    async def make(at_once: int) -> Calls:
        made.append(Calls(DecodeQueue(at_once)))
        return made[-1]

    yield make
    for calls in made:
        for gate in calls._gates.values():
            gate.set()
        await asyncio.gather(*calls.tasks.values(), return_exceptions=True)


async def test_beside_another_decode_only_what_a_person_waits_for_runs(asked: Asked) -> None:
    calls = await asked(2)
    await calls.ask("recording", Urgency.RECORDING)
    await calls.ask("second recording", Urgency.RECORDING)
    await calls.ask("final", Urgency.FINAL)
    await calls.until("recording", "final")
    await calls.ask("pause", Urgency.SPECULATIVE)
    await calls.end("final")
    await calls.until("recording", "final", "pause")
    await calls.end("recording")
    await calls.end("pause")
    await calls.until("recording", "final", "pause", "second recording")


async def test_a_pause_that_became_an_end_is_as_urgent_as_other_ends(asked: Asked) -> None:
    calls = await asked(1)
    pause, end = Utterance(0, 100, Evidence()), Utterance(0, 100, Evidence(), closed=True)
    await calls.ask("running", Urgency.FINAL)
    await calls.ask("pause", lambda: pause.urgency(100))
    await calls.ask("end", lambda: end.urgency(100))
    pause.closed = True
    await calls.end("running")
    await calls.until("running", "pause")


async def test_a_decode_of_a_pause_after_which_the_person_went_on_does_not_run(asked: Asked) -> None:
    calls = await asked(1)
    pause = Utterance(0, 100, Evidence())
    await calls.ask("running", Urgency.FINAL)
    await calls.ask("pause", lambda: pause.urgency(100))
    await calls.ask("interim", Urgency.INTERIM)
    pause.voiced_until = 200
    await calls.end("running")
    with pytest.raises(Unwanted):
        await calls.tasks["pause"]
    await calls.until("running", "interim")


async def test_a_turn_that_came_to_one_who_left_goes_to_the_next(asked: Asked) -> None:
    calls = await asked(1)
    await calls.ask("running", Urgency.FINAL)

    def leave() -> Urgency:
        # between the moment in which its turn comes and the one in which it would begin
        asyncio.get_running_loop().call_soon(calls.tasks["gone"].cancel)
        return Urgency.FINAL

    await calls.ask("gone", leave)
    await calls.ask("next", Urgency.FINAL)
    await calls.end("running")
    await calls.until("running", "next")
    assert calls.tasks["gone"].cancelled()
    await calls.end("next")
    assert calls._queue.held == 0


async def test_one_who_leaves_while_turns_are_given_gets_none(asked: Asked) -> None:
    calls = await asked(2)
    wish = [Urgency.RECORDING]
    await calls.ask("running", Urgency.RECORDING)
    await calls.ask("gone", lambda: wish[0])
    await calls.ask("next", lambda: wish[0])
    calls.tasks["gone"].cancel()
    # before the one who left knows of it
    wish[0] = Urgency.FINAL
    calls._queue._choose()
    await calls.until("running", "next")
    assert calls._queue.held == 2


async def test_where_an_utterance_had_to_wait_the_queue_is_not_idle_at_once() -> None:
    """Else interims of many streams would come between their finals."""
    now = [0.0]
    queue = DecodeQueue(1, lambda: now[0])
    assert queue.idle
    await queue.run(Urgency.FINAL, int)
    assert queue.idle
    await asyncio.gather(*(queue.run(Urgency.RECORDING, int) for _ in range(2)))
    assert queue.idle
    await asyncio.gather(*(queue.run(Urgency.FINAL, int) for _ in range(2)))
    now[0] = 1.0
    assert not queue.idle
    now[0] = 1.1
    assert queue.idle
