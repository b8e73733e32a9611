"""One caller's long or stuck request delays and ends no other one: with each engine, in its real process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.support.agent import speech
from tests.support.engines import FAKE, HurriedClock, eventually, fake_pool
from tests.support.faults import transcribe
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.errors import EngineTimeout
from voicegw_desktop.core.events import EndOfStream, EventBus, Final, UtteranceDone
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions
from voicegw_desktop.descriptors.ollama import OllamaConfig
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.engines.servers.ollama import Ollama
from voicegw_desktop.testing import FakeOllama

PATIENT = replace(FAKE, hang_timeout=60.0)
SMOL = Target("llamacpp", "smollm2-135m")
LINE = 8
"""Callers at once on an engine that serves one after another."""


async def heard(pool: EnginePool, target: Target, pcm: bytes) -> str:
    options = SttOptions(rate=16_000, endpointing_ms=0, interim=False)
    stream = await pool.stt_backend().open_stt(target, options)
    await stream.push(pcm)
    await stream.end()
    events = [event async for event in stream]
    assert isinstance(events[-1], EndOfStream)
    return " ".join(event.text for event in events if isinstance(event, Final))


async def spoken(pool: EnginePool, target: Target, text: str) -> int:
    stream = await pool.tts_backend().open_tts(target, TtsOptions())
    await stream.push(text)
    await stream.end()
    events = [event async for event in stream]
    assert isinstance(events[-1], UtteranceDone)
    return len(events)


@pytest.mark.fault
async def test_a_request_that_is_lost_ends_alone(tmp_path: Path) -> None:
    clock = HurriedClock()
    pool = fake_pool(tmp_path, clock=clock, fake=PATIENT)
    try:
        lost = asyncio.create_task(transcribe(pool, "loses-one"))
        engine = pool.engine("fake", "loses-one")
        await eventually(lambda: any(lease.expecting for lease in engine.leases), "an answer is owed")
        pid = engine.process.pid
        # the other stream continues meanwhile
        other = await pool.stt_backend().open_stt(Target("fake", "loses-one"), SttOptions())
        await other.push(bytes(3200))

        def ended() -> bool:
            clock.hurry(PATIENT.hang_timeout / 4)
            pool.tick()
            return lost.done()

        async def one_step() -> bool:
            before = engine.pulse._heard_ns
            await eventually(lambda: engine.pulse._heard_ns != before, "the worker reports")
            return ended()

        await eventually(one_step, "the lost request ends", within=30)
        with pytest.raises(EngineTimeout, match=r"This request got nothing from fake/loses-one for 60 s.*continues"):
            lost.result()
        await other.end()
        assert [type(event) for event in [event async for event in other]][-1] is EndOfStream
        assert engine.process.pid == pid, "it was not restarted"
        assert engine.backoff.failures == 0
    finally:
        await pool.aclose()


@pytest.mark.fault
async def test_a_request_that_waits_for_its_turn_waits_on(tmp_path: Path) -> None:
    clock = HurriedClock()
    pool = fake_pool(tmp_path, clock=clock, fake=PATIENT)
    try:
        first = asyncio.create_task(transcribe_to_end(pool))
        engine = pool.engine("fake", "in-line")
        await eventually(lambda: any(lease.expecting for lease in engine.leases), "an answer is owed")
        for _ in range(3):
            await past_a_report(pool, engine, clock, 0.8 * PATIENT.hang_timeout)
        assert not first.done()
        assert await transcribe(pool, "in-line")
        await asyncio.wait_for(first, 60)
    finally:
        await pool.aclose()


async def transcribe_to_end(pool: EnginePool) -> None:
    stream = await pool.stt_backend().open_stt(Target("fake", "in-line"), SttOptions())
    await stream.push(bytes(3200))
    await stream.end()
    assert [type(event) for event in [event async for event in stream]] == [EndOfStream]


async def past_a_report(pool: EnginePool, engine: Any, clock: HurriedClock, seconds: float) -> None:
    """Let time pass, and let the worker report that the engine works."""
    clock.hurry(seconds)
    pulse, then = engine.pulse, clock.monotonic_ns()

    def works() -> bool:
        return bool((pulse._heard_ns > then and pulse._progress_ns > then) or not engine.leases)

    await eventually(works, "the engine gets on", within=60)
    pool.tick()
    # the callers' turn, also when nothing was waited for
    await asyncio.sleep(0)


@pytest.fixture
async def clocked(tmp_path: Path, models_dir: Path) -> AsyncIterator[tuple[EnginePool, HurriedClock]]:
    clock = HurriedClock()
    pool = EnginePool(
        EnginesConfig(),
        lambda provider, model: models_dir / provider / model,
        EventBus(),
        clock,
        paths_below(tmp_path),
    )
    yield pool, clock
    await pool.aclose()


@pytest.mark.real_engine
@pytest.mark.parametrize("name", ["whisper/tiny.en", "piper/en_US-joe-medium", "kokoro/v1.0-int8"])
async def test_the_last_in_line_is_served(clocked: tuple[EnginePool, HurriedClock], name: str) -> None:
    """A request may wait without a limit while the engine serves those before it."""
    pool, clock = clocked
    provider, _, model = name.partition("/")
    await pool.start(name)
    engine, target = pool.engine(provider, model), Target(provider, model)
    pid = engine.process.pid
    if provider == "whisper":
        pcm = speech(ROOT / "tests" / "data" / "jfk.wav", 11.0)
        callers = [asyncio.create_task(heard(pool, target, pcm)) for _ in range(LINE)]
    else:
        times = 4 if provider == "piper" else 1
        texts = (f"This is number {number} of the line. " * times for number in range(LINE))
        callers = [asyncio.create_task(spoken(pool, target, text)) for text in texts]
    await eventually(lambda: sum(lease.expecting for lease in engine.leases) == LINE, "all wait")
    everyone = asyncio.gather(*callers)
    while not everyone.done():
        await past_a_report(pool, engine, clock, 0.6 * engine.spec.hang_timeout)
    assert all(await everyone)
    assert engine.pulse._done, "the worker told of its work"
    assert engine.process.pid == pid
    assert not engine.backoff.failures


@pytest.mark.real_engine
async def test_a_long_answer_that_is_not_streamed(clocked: tuple[EnginePool, HurriedClock]) -> None:
    """A long answer takes longer than `hang_timeout`: it and another caller's stream both continue."""
    pool, clock = clocked

    async def ask(tokens: int, **more: Any) -> bytes:
        body = {"messages": [{"role": "user", "content": "Tell a story."}], "ignore_eos": True, "max_tokens": tokens}
        reply = await pool.llm_backend().post(SMOL, "/chat/completions", {**body, **more})
        data = await reply.read()
        assert reply.status == 200, data
        return data

    long = asyncio.create_task(ask(400))
    engine = pool.engine(SMOL.provider, SMOL.model)
    await eventually(lambda: engine.leases, "it is loaded", within=60)
    pid = engine.process.pid
    streamed = asyncio.create_task(ask(200, stream=True))
    for _ in range(4):
        await past_a_report(pool, engine, clock, 0.7 * engine.spec.hang_timeout)
    assert (await streamed).rstrip().endswith(b"data: [DONE]")
    assert json.loads(await long)["usage"]["completion_tokens"] == 400
    assert engine.process.pid == pid
    assert not engine.backoff.failures


@pytest.mark.socket
async def test_a_stuck_request_at_ollama_is_nobody_elses(tmp_path: Path) -> None:
    http = HttpClient()
    async with FakeOllama() as fake:
        server = Ollama(OllamaConfig(base_url=fake.base_url, manage="attach"), http)
        fake.fault("stall", path="/v1/", times=1)
        target, body = (
            Target("ollama", "llama3.2"),
            {"model": "llama3.2", "messages": [{"role": "user", "content": "Hi"}]},
        )
        stuck = asyncio.create_task(server.post(target, "/chat/completions", body))
        await fake.until(lambda: fake.working, 20)
        reply = await server.post(target, "/chat/completions", body)
        assert reply.status == 200
        await reply.read()
        assert not stuck.done()
        stuck.cancel()
        await asyncio.wait({stuck})
    await http.aclose()
