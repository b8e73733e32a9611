"""Random walks through the failover machine: nothing is lost, nothing is sent twice, each run ends with one record."""

from __future__ import annotations

import asyncio
import runpy
from array import array
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.support.corridors import CALLER, World, world
from tests.support.fake_backends import LETTER, RATE, Fault, answer, frame
from tests.support.virtual_time import VirtualLoop
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import Audio, Final, RequestFinished
from voicegw_desktop.core.ports import Modality, SttOptions, TtsOptions
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.corridor.failover import TRANSITIONS, Cause, Failover, State

pytestmark = [pytest.mark.unit, pytest.mark.unmeasured]

PATIENCE = Patience(stall_s=0.2, whole_recording_stall_s=0.2, chat_stall_s=0.2, local_chat_stall_s=0.2)
LIMIT_MS = 50
TARGETS = {
    "stt": ["deepgram/nova-3", "openai/whisper-1", "whisper/base"],
    "tts": ["elevenlabs/flash", "openai/tts-1", "piper/joe"],
    "llm": ["openai/gpt", "groq/llama", "ollama/qwen"],
}
IN_MS = ("late", "slow")
"""Faults whose `after` is a time."""
WALKS = 150
SEEN: set[tuple[State, Cause]] = set()
"""Transitions of all walks so far."""
WALKED: set[str] = set()
"""Tests that have walked."""


def faults(*kinds: str) -> st.SearchStrategy[list[list[Fault]]]:
    """For each of the three targets, what goes wrong at its first openings."""
    one = st.builds(Fault, st.sampled_from(kinds), st.sampled_from([0, 0, 1, 8, 20, 60, 80, 120]))
    return st.tuples(*(st.lists(one, max_size=2) for _ in range(3))).map(list)


@contextmanager
def watched() -> Iterator[list[Failover[Any]]]:
    """The machines that the block makes; notes each transition, and that each machine ends."""
    machines: list[Failover[Any]] = []
    go, make = Failover.go, Failover.__init__

    def noted(self: Failover[Any], cause: Cause) -> None:
        if self.state is not State.ENDED:
            SEEN.add((self.state, cause))
        go(self, cause)

    def made(self: Failover[Any], legs: Any) -> None:
        make(self, legs)
        machines.append(self)

    with patch.object(Failover, "go", noted), patch.object(Failover, "__init__", made):
        yield machines


def walk(modality: str, script: list[list[Fault]], hedge: bool | None, body: Any, kind: str = "to its end") -> None:
    """Run `body(world)` in virtual time, then look at what must hold for every run."""
    WALKED.add(f"{modality} {kind}")

    async def whole() -> None:
        limits = {} if hedge is None else {modality: {"ttfb_limit_ms": LIMIT_MS, "hedge": hedge}}
        w = world(
            PATIENCE,
            fallbacks={modality: TARGETS[modality][1:]},
            projects={"default": {"allow_local_to_cloud": True}},
            routing={"breaker": {"trip_after": 1000}, **limits},
        )
        w.script.faults = {name: list(f) for name, f in zip(TARGETS[modality], script, strict=True)}
        with watched() as machines:
            async with asyncio.timeout(60):
                await body(w)
            await w.corridor.aclose()
        assert [m.state for m in machines] == [State.ENDED]
        assert len(w.meters.reports) == 1, "one record"
        assert sum(isinstance(e, RequestFinished) for e in w.events) == 1
        assert w.meters.held == 0, "no money is left aside"
        assert w.script.live == 0, "no target is left open"

    _run(whole())


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(work)


async def read(run: Any, leave_after: int | None) -> tuple[list[Any], bool]:
    """(events, whether the run came to its end); the client leaves after so many events."""
    events: list[Any] = []
    try:
        async for event in run:
            events.append(event)
            if leave_after is not None and len(events) > leave_after:
                return events, False
    except VoiceGatewayError:
        return events, False
    return events, True


@given(
    script=faults("crash", "error", "close", "stall", "refuse", "missing", "deaf", "late", "slow"),
    hedge=st.sampled_from([None, False, True]),
    utterances=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    reroute=st.none() | st.integers(0, 3),
    leave_after=st.none() | st.integers(0, 30),
)
@settings(max_examples=WALKS, deadline=None)
def test_transcription_loses_no_frame(
    script: list[list[Fault]],
    hedge: bool | None,
    utterances: list[int],
    reroute: int | None,
    leave_after: int | None,
) -> None:
    async def body(w: World) -> None:
        try:
            run = await w.corridor.open_stt(CALLER, TARGETS["stt"][0], SttOptions())
        except VoiceGatewayError:
            return
        number = 0

        async def talk() -> None:
            nonlocal number
            for turn, count in enumerate(utterances):
                for _ in range(count):
                    number += 1
                    await run.push(frame(number))
                    await asyncio.sleep(0.01)
                await run.push(frame(0) * 5)
                if turn == reroute:
                    w.router.set_route(Modality.STT, TARGETS["stt"][2])
            await run.end()

        talking = asyncio.create_task(talk())
        try:
            events, ended = await read(run, leave_after)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            await run.close()
        heard = [int(n) for e in events if isinstance(e, Final) for n in e.text.split()]
        if ended:
            assert heard == list(range(1, number + 1)), w.script.opened
        assert heard == list(range(1, len(heard) + 1)), "in order and once"

    walk("stt", script, hedge, body)


@given(
    script=faults("crash", "error", "close", "stall", "refuse", "late", "slow"),
    hedge=st.sampled_from([None, False, True]),
    pieces=st.lists(st.text("abcdefgh ,.", min_size=1, max_size=12), min_size=1, max_size=5),
    leave_after=st.none() | st.integers(0, 30),
)
@settings(max_examples=WALKS, deadline=None)
def test_speech_says_nothing_twice(
    script: list[list[Fault]], hedge: bool | None, pieces: list[str], leave_after: int | None
) -> None:
    async def body(w: World) -> None:
        # so slow that two targets speak at a time
        w.tts.pace_s = 0.01
        # faults count samples
        for waiting in w.script.faults.values():
            waiting[:] = [
                Fault(f.kind, f.after if f.kind in ("late", "slow") else f.after * LETTER // 4) for f in waiting
            ]
        try:
            run = await w.corridor.open_tts(CALLER, TARGETS["tts"][0], TtsOptions(rate=RATE))
        except VoiceGatewayError:
            return

        async def write() -> None:
            for piece in pieces:
                await run.push(piece)
                await asyncio.sleep(0.01)
            await run.end()

        writing = asyncio.create_task(write())
        try:
            events, ended = await read(run, leave_after)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await run.cancel()
        heard = b"".join(e.pcm for e in events if isinstance(e, Audio))
        whole = array("h", [ord(c) for c in "".join(pieces) for _ in range(LETTER)]).tobytes()
        assert whole.startswith(heard), "no sample twice, none left out"
        if ended:
            assert heard == whole

    walk("tts", script, hedge, body)


@given(
    script=faults("crash", "error", "close", "stall", "refuse", "missing", "mute", "late", "slow"),
    hedge=st.sampled_from([None, False, True]),
    refusing=st.sets(st.sampled_from(TARGETS["llm"])),
    leave_after=st.none() | st.integers(0, 3),
)
@settings(max_examples=WALKS, deadline=None)
def test_a_chat_is_answered_by_one_target(
    script: list[list[Fault]], hedge: bool | None, refusing: set[str], leave_after: int | None
) -> None:
    async def body(w: World) -> None:
        w.llm.status = dict.fromkeys(refusing, 503)
        # a fault comes before the first chunk, or after it
        for waiting in w.script.faults.values():
            waiting[:] = [Fault(f.kind, f.after if f.kind in IN_MS else f.after % 4) for f in waiting]
        w.llm.words = ["one", " two", " three"]
        asked = {"stream": True, "stream_options": {"include_usage": True}, "messages": []}
        opening = asyncio.ensure_future(w.corridor.chat(CALLER, TARGETS["llm"][0], asked))
        try:
            run = await opening
        except VoiceGatewayError:
            return
        try:
            events, ended = await read(run, leave_after)
        finally:
            await run.close()
        if run.status != 200:
            assert run.status >= 400
            return
        got, whole = b"".join(events), b"".join(answer(w.llm.words))
        assert whole.startswith(got), "the words of one target only"
        if ended and w.meters.reports[0].status == "ok" and not any(f.kind == "close" for fs in script for f in fs):
            assert got == whole

    walk("llm", script, hedge, body)


@pytest.mark.parametrize("modality", ["stt", "tts", "llm"])
@given(
    script=faults("crash", "slow", "slow", "stall", "refuse", "late"),
    hedge=st.booleans(),
    ticks=st.integers(0, 40),
    wait_ms=st.integers(0, 150),
)
@example(script=[[Fault("crash")], [Fault("slow", 120)], []], hedge=False, ticks=0, wait_ms=60)
@settings(max_examples=100, deadline=None)
def test_a_client_that_hangs_up_at_any_moment_leaves_nothing_behind(
    modality: str, script: list[list[Fault]], hedge: bool, ticks: int, wait_ms: int
) -> None:
    async def use(w: World) -> None:
        name = TARGETS[modality][0]
        if modality == "stt":
            run: Any = await w.corridor.open_stt(CALLER, name, SttOptions())
        elif modality == "tts":
            run = await w.corridor.open_tts(CALLER, name, TtsOptions(rate=RATE))
        else:
            run = await w.corridor.chat(CALLER, name, {"stream": True, "messages": []})
        try:
            if modality == "stt":
                await run.push(b"".join(map(frame, range(1, 20))) + frame(0) * 5)
            elif modality == "tts":
                await run.push("Hello there.")
            if modality != "llm":
                await run.end()
            await read(run, None)
        finally:
            await run.cancel()

    async def body(w: World) -> None:
        task = asyncio.create_task(use(w))
        await asyncio.sleep(wait_ms / 1000)
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    walk(modality, script, hedge, body, "left")


def test_the_walks_took_every_transition() -> None:
    """Every row of the table was taken, and no other transition."""
    rows = {(row.state, row.cause) for row in TRANSITIONS}
    assert rows >= SEEN
    if len(WALKED) == 6:
        assert rows == SEEN, f"never taken: {sorted(rows - SEEN)}"


def test_the_page_has_the_table_as_it_is() -> None:
    made = runpy.run_path(str(ROOT / "packaging" / "dev" / "failover.py"))
    assert made["main"](check=True) == 0, "docs/routing.md is stale: python packaging/dev/failover.py"


def test_the_table_is_whole() -> None:
    states = {row.state for row in TRANSITIONS}
    assert states == set(State) - {State.ENDED}, "each state can be left, and the end cannot"
    assert {row.to for row in TRANSITIONS} == set(State) - {State.OPENING}
    assert len({(row.state, row.cause) for row in TRANSITIONS}) == len(TRANSITIONS)
    assert {row.cause for row in TRANSITIONS} == set(Cause)
