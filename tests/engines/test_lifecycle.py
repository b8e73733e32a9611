"""Loading, keeping and unloading engines: keep_alive, the memory ceiling, the cores, cancelling."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engines import FAKE, eventually, fake_pool
from tests.support.faults import transcribe
from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.descriptor import NICE, NICE_SPEAKING, NICE_WRITING
from voicegw_desktop.core.errors import BadRequest, EngineUnavailable, ModelResolutionError, ModelTooLarge
from voicegw_desktop.core.events import Audio
from voicegw_desktop.core.ports import Modality, SttOptions, Target, TtsOptions
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.engines.client import ping
from voicegw_desktop.engines.memory import MIB, resident_bytes
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.engines.status import State
from voicegw_desktop.engines.threads import Arbiter

pytestmark = pytest.mark.process


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def pool(tmp_path: Path, clock: ManualClock) -> AsyncIterator[EnginePool]:
    pool = fake_pool(tmp_path, clock=clock)
    yield pool
    await pool.aclose()


def state(pool: EnginePool, model: str) -> State:
    return next((s.state for s in pool.status() if s.model == model), State.STOPPED)


async def test_keep_alive_from_the_configuration(pool: EnginePool, clock: ManualClock) -> None:
    await transcribe(pool, "ok")
    assert pool.status()[0].expires_at == pytest.approx(clock.time() + 300)
    clock.advance(299)
    pool.tick()
    assert state(pool, "ok") is State.IDLE
    clock.advance(1)
    pool.tick()
    await eventually(lambda: state(pool, "ok") is State.STOPPED, "it is unloaded")
    assert "idle for 300 s" in pool.status()[0].reason


async def test_keep_alive_from_the_request(pool: EnginePool, clock: ManualClock) -> None:
    async with pool.lease("fake", "ok", "-1"):
        assert pool.status()[0].expires_at is None
    clock.advance(1_000_000)
    pool.tick()
    assert state(pool, "ok") is State.IDLE
    async with pool.lease("fake", "ok", "0"):
        pass
    await eventually(lambda: state(pool, "ok") is State.STOPPED, "it is unloaded at once")
    with pytest.raises(BadRequest, match="soon"):
        await pool.acquire("fake", "ok", "soon")


async def test_what_is_loaded_ahead_meets_its_first_request_though_nothing_stays(
    tmp_path: Path, clock: ManualClock
) -> None:
    pool = fake_pool(tmp_path, clock=clock, config={"keep_alive": "0"})
    try:
        await pool.start("fake/ok")
        clock.advance(299)
        pool.tick()
        assert state(pool, "ok") is State.READY
        assert pool.status()[0].expires_at == pytest.approx(clock.time() + 1)
        await transcribe(pool, "ok")
        await eventually(lambda: state(pool, "ok") is State.STOPPED, "it is unloaded after the request")
        await pool.start("fake/ok")
        clock.advance(300)
        pool.tick()
        await eventually(lambda: state(pool, "ok") is State.STOPPED, "it is unloaded when no request comes")
    finally:
        await pool.aclose()


async def test_a_request_that_meets_an_unloading_engine_waits(pool: EnginePool) -> None:
    async with pool.lease("fake", "ok") as lease:
        first = lease.engine.process.pid
    stopping = asyncio.create_task(pool.stop("fake/ok"))
    await asyncio.sleep(0)
    assert await transcribe(pool, "ok")
    await stopping
    assert pool.status()[0].pid != first


async def test_a_stop_while_it_loads(pool: EnginePool) -> None:
    waiting = asyncio.create_task(transcribe(pool, "slow"))
    await eventually(lambda: state(pool, "slow") is State.LOADING, "it loads")
    await pool.stop("fake/slow")
    assert state(pool, "slow") is State.STOPPED
    with pytest.raises(EngineUnavailable, match="was stopped while it loaded"):
        await waiting
    assert pool.status()[0].failures == 0
    assert await transcribe(pool, "slow")


async def test_one_waiter_that_gives_up_does_not_stop_the_load(pool: EnginePool) -> None:
    patient = asyncio.create_task(pool.acquire("fake", "slow"))
    hasty = asyncio.create_task(pool.acquire("fake", "slow"))
    await eventually(lambda: state(pool, "slow") is State.LOADING, "it loads")
    hasty.cancel()
    (await patient).release()
    assert state(pool, "slow") is State.IDLE


async def test_cancel_stops_the_worker_within_milliseconds(pool: EnginePool) -> None:
    stream = await pool.tts_backend().open_tts(Target("fake", "ok"), TtsOptions())
    await stream.push("x" * 100_000)
    await stream.end()
    assert isinstance(await anext(aiter(stream)), Audio)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await stream.cancel()
    await stream.cancel()
    assert loop.time() - began < 0.05
    assert [event async for event in stream] == []
    assert state(pool, "ok") is State.IDLE
    assert await transcribe(pool, "ok")


async def test_the_least_recently_used_makes_room(tmp_path: Path, clock: ManualClock) -> None:
    pool = fake_pool(tmp_path, clock=clock, config={"memory_limit": "160MiB"})
    for model in ("one", "two", "three"):
        await transcribe(pool, model)
        clock.advance(1)
    await transcribe(pool, "one")
    clock.advance(1)
    await transcribe(pool, "four")
    assert state(pool, "two") is State.STOPPED
    assert [state(pool, m) for m in ("one", "three", "four")] == [State.IDLE] * 3
    reason = next(s.reason for s in pool.status() if s.model == "two")
    assert reason == "made room for fake/four"
    await pool.aclose()


async def test_what_was_told_to_stay_for_ever_makes_room_last(tmp_path: Path, clock: ManualClock) -> None:
    pool = fake_pool(tmp_path, clock=clock, config={"memory_limit": "160MiB"})
    async with pool.lease("fake", "kept", "-1"):
        pass
    for model in ("one", "two"):
        clock.advance(1)
        await transcribe(pool, model)
    clock.advance(1)
    # "kept" was used longest ago
    await transcribe(pool, "three")
    assert [state(pool, m) for m in ("kept", "one", "two")] == [State.IDLE, State.STOPPED, State.IDLE]
    await pool.aclose()


async def test_what_cannot_fit_is_refused_with_its_size(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path, config={"memory_limit": "160MiB"}, fake=replace(FAKE, memory_base=200 * MIB))
    with pytest.raises(ModelTooLarge, match=r"needs about 200 MiB.*memory_limit allows 160 MiB"):
        await transcribe(pool, "big")
    assert state(pool, "big") is State.STOPPED
    await pool.aclose()
    pool = fake_pool(tmp_path, config={"memory_limit": "100MiB"}, fake=replace(FAKE, memory_base=60 * MIB))
    async with pool.lease("fake", "busy"):
        with pytest.raises(ModelTooLarge, match=r"fake/busy 60 MiB"):
            await transcribe(pool, "other")
    assert await transcribe(pool, "other")
    await pool.aclose()


async def test_threads_are_assigned_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # which processors they may use is for the user to say
    monkeypatch.setenv("KMP_AFFINITY", "disabled")
    pool = fake_pool(tmp_path, arbiter=Arbiter(total=9))
    async with pool.lease("fake", "first") as lease:
        assert lease.info["threads"] == 4
        assert lease.info["env"]["OMP_NUM_THREADS"] == "4"
        assert lease.info["env"]["OMP_WAIT_POLICY"] == "passive"
        assert lease.info["env"]["KMP_AFFINITY"] == "disabled"
        assert lease.info["env"]["OPENBLAS_NUM_THREADS"] == "1"
        async with pool.lease("fake", "second"), pool.lease("fake", "third"):
            assert pool.assignment() == {"app": 1, "fake/first": 4, "fake/second": 4, "fake/third": 2}
            assert pool.status()[0].threads_next < 4
    await pool.aclose()


async def test_a_worker_is_nice_and_knows_no_secret(pool: EnginePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    async with pool.lease("fake", "ok") as lease:
        assert lease.info["nice"] == 10
        assert "OPENAI_API_KEY" not in lease.info["env"]
        assert await ping(lease.address, 1.0)
        assert os.stat(lease.address.removeprefix("unix:")).st_mode & 0o777 == 0o600


async def test_engines_that_speak_get_the_cores_before_those_that_think(pool: EnginePool) -> None:
    workers = [one for one in PROVIDERS.values() if one.worker is not None and one.modalities]
    speaking = {one.name for one in workers if Modality.TTS in one.modalities}
    assert speaking >= {"kokoro", "piper", "sherpa"}
    assert {one.name for one in workers if one.worker and one.worker.nice < NICE} == speaking
    assert NICE_WRITING > NICE
    assert [one.name for one in workers if one.worker and one.worker.nice == NICE_WRITING] == ["llamacpp"]
    pool.register(replace(FAKE, name="speaks", nice=NICE_SPEAKING))
    async with pool.lease("speaks", "ok") as speaks, pool.lease("fake", "ok") as other:
        assert (speaks.info["nice"], other.info["nice"]) == (NICE_SPEAKING, NICE)


async def test_wrong_names(pool: EnginePool) -> None:
    with pytest.raises(ModelResolutionError, match='Did you mean "whisper"'):
        await pool.acquire("whispr", "base")
    pool.config = EnginesConfig(piper=EngineConfig(enabled=False))
    with pytest.raises(EngineUnavailable, match=r"engines\.piper\.enabled"):
        await pool.acquire("piper", "x")
    results = await pool.prewarm(["fake/ok", "fake/corrupt"])
    assert results["fake/ok"] is None
    assert "bad magic" in str(results["fake/corrupt"])


async def test_an_hour_in_one_push_is_held_back(pool: EnginePool) -> None:
    stream = await pool.stt_backend().open_stt(Target("fake", "ok"), SttOptions())
    for _ in range(40):
        await stream.push(bytes(3 * 1024 * 1024))
    await stream.end()
    assert "samples" in [event async for event in stream][1].text
    assert pool.engine("fake", "ok").rss < 200 * MIB


@pytest.mark.timeout(120)
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
async def test_a_hundred_cycles_leave_nothing_behind(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)

    async def cycle(times: int) -> tuple[int, int]:
        for _ in range(times):
            await transcribe(pool, "ok")
            await pool.stop("fake/ok")
        gc.collect()
        return len(os.listdir("/proc/self/fd")), resident_bytes(os.getpid())

    fds, memory = await cycle(10)
    fds_after, memory_after = await cycle(100)
    assert fds_after <= fds
    assert memory_after - memory < 2 * MIB
    await pool.aclose()
    assert not list((tmp_path / "run").rglob("*.sock"))
