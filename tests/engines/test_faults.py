"""Each fault ends in a clear error to the client, and the engine comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.engines import FAKE, eventually, fake_pool
from tests.support.faults import kill_it, killed, suffer, transcribe
from tests.support.unsafe import ATTACKS, steers
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import EngineCrashed, EngineError, EngineTimeout, EngineUnavailable
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions
from voicegw_desktop.engines.backoff import AUTO_RESTARTS
from voicegw_desktop.engines.memory import resident_bytes
from voicegw_desktop.engines.process import WorkerProcess
from voicegw_desktop.engines.status import State
from voicegw_desktop.engines.supervisor import Engine

pytestmark = pytest.mark.fault

QUICK = replace(FAKE, hang_timeout=0.3)


async def test_a_crash_is_told_and_healed(tmp_path: Path) -> None:
    outcome = await suffer(tmp_path, "crash")
    assert type(outcome.error) is EngineCrashed
    assert "status 11" in str(outcome.error)
    assert "segmentation fault, core not dumped" in str(outcome.error)
    assert outcome.back_after_s is not None
    assert "failed" in outcome.history


@pytest.mark.parametrize("fault", ["hang", "stuck"])
async def test_a_hang_is_found_and_ended(tmp_path: Path, fault: str) -> None:
    outcome = await suffer(tmp_path, fault, kind=QUICK)
    assert type(outcome.error) is EngineTimeout
    assert "made no progress for 0.3 s" in str(outcome.error)
    assert outcome.back_after_s is not None


async def test_the_system_takes_it_for_its_memory(tmp_path: Path) -> None:
    for outcome in (await suffer(tmp_path, "hog"), await killed(tmp_path, kill_it)):
        assert type(outcome.error) is EngineCrashed
        assert "SIGKILL" in str(outcome.error)
        # a lack of memory is told only where the system counted one
        assert "memory" not in str(outcome.error)
        assert outcome.back_after_s is not None


async def test_garbage_on_the_wire(tmp_path: Path) -> None:
    outcome = await suffer(tmp_path, "garbage-on-wire")
    assert type(outcome.error) is EngineCrashed
    assert "sent a malformed frame" in str(outcome.error)
    assert outcome.back_after_s is not None


async def test_garbage_on_stdout(tmp_path: Path) -> None:
    outcome = await suffer(tmp_path, "garbage-on-stdout")
    assert type(outcome.error) is EngineCrashed
    assert "not a status" in str(outcome.error)
    assert outcome.back_after_s is not None


async def test_an_engine_that_dies_while_it_loads(tmp_path: Path) -> None:
    outcome = await suffer(tmp_path, "crash-on-load")
    assert type(outcome.error) is EngineCrashed
    assert "was lost while it loaded" in str(outcome.error)
    assert "no such instruction" in str(outcome.error)
    assert outcome.back_after_s is not None


async def test_a_corrupt_model_says_so_each_time(tmp_path: Path) -> None:
    outcome = await suffer(tmp_path, "corrupt", returns=False)
    assert outcome.error is not None
    assert outcome.error.code == "model_corrupt"
    assert "bad magic" in str(outcome.error)


async def test_an_engines_own_error_spares_the_engine(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    with pytest.raises(EngineError, match="ValueError: the engine's own mistake") as caught:
        await transcribe(pool, "error")
    assert caught.value.code == "engine_failed"
    assert pool.status()[0].state is State.IDLE
    await pool.aclose()


async def test_a_worker_that_hangs_up_and_lives_is_still_watched(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    with pytest.raises(EngineCrashed, match="closed the connection in the middle"):
        await transcribe(pool, "hang-up")
    (status,) = pool.status()
    assert status.state is State.IDLE
    assert status.pid
    os.kill(status.pid, signal.SIGKILL)
    await eventually(lambda: pool.status()[0].state is State.FAILED, "its end is noticed")
    await pool.aclose()


async def test_a_request_in_the_moment_of_death(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    await transcribe(pool, "ok")
    process = pool.engine("fake", "ok").process
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    await process.gone.wait()
    assert await transcribe(pool, "ok")
    await pool.aclose()


async def test_what_an_engine_writes_steers_nothing() -> None:
    ended = asyncio.Event()
    process = WorkerProcess(lambda _: None, lambda _: ended.set())
    code = f"import sys; sys.stderr.buffer.write({''.join(ATTACKS)!r}.encode())"
    await process.start([sys.executable, "-c", code], {}, dict(os.environ))
    await asyncio.wait_for(ended.wait(), 60)
    assert any("FAKE LINE" in line for line in process.log)
    assert not steers("".join(process.log))


async def test_a_flood_on_stderr_is_kept_short(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    assert await transcribe(pool, "stderr-flood")
    log = await eventually(
        lambda: [x for x in pool.status()[0].log if "last words" in x] and pool.status()[0].log, "log"
    )
    assert sum(map(len, log)) < 10_000
    await pool.aclose()


async def test_backoff_grows_and_a_person_may_end_it(tmp_path: Path) -> None:
    clock, bus, notices = ManualClock(), EventBus(), list[str]()
    bus.subscribe(lambda notice: notices.append(notice.message), Notice)
    pool = fake_pool(tmp_path, clock=clock, bus=bus)
    waits = []
    for _ in range(4):
        with pytest.raises(EngineCrashed):
            await transcribe(pool, "crash-on-load")
        waits.append(pool.status()[0].retry_in_s)
        if waits[-1]:
            with pytest.raises(EngineUnavailable, match="times in a row") as caught:
                await transcribe(pool, "crash-on-load")
            assert caught.value.retry_after == pytest.approx(waits[-1])
        clock.advance(waits[-1])
    assert waits == [0, 1, 2, 4]
    assert len(notices) == 4
    with pytest.raises(EngineCrashed):
        await pool.start("fake/crash-on-load")
    assert pool.status()[0].retry_in_s == 0
    await pool.aclose()


async def test_an_engine_that_goes_on_dying_is_restarted_a_few_times_only(tmp_path: Path) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(seconds)

    clock = ManualClock()
    pool = fake_pool(tmp_path, clock=clock, config={"keep_alive": "-1"}, sleep=wait)
    try:
        await pool.start("fake/ok")
        engine = pool.engine("fake", "ok")
        for _ in range(AUTO_RESTARTS):
            await killed_while_idle(engine)
            await eventually(lambda: engine.state is State.READY, "it is restarted")
        await killed_while_idle(engine)
        assert engine._restarting
        assert engine._restarting.done()
        assert len(waits) >= AUTO_RESTARTS
        # a request gets the engine once the backoff is over, and the count starts from zero
        clock.advance(60)
        await transcribe(pool, "ok")
        await killed_while_idle(engine)
        await eventually(lambda: engine.state is State.READY, "it is restarted again")
    finally:
        await pool.aclose()


async def killed_while_idle(engine: Engine) -> None:
    pid = engine.process.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: engine.state is State.FAILED or engine.process.pid not in (pid, None), "its end is seen")


async def test_a_load_that_never_ends(tmp_path: Path) -> None:
    clock = ManualClock()
    pool = fake_pool(tmp_path, clock=clock)
    pool.engine("fake", "slow", options={"load_s": 60})
    loading = asyncio.create_task(pool.start("fake/slow"))
    await eventually(lambda: pool.status()[0].state is State.LOADING, "it loads")
    clock.advance(181)
    pool.tick()
    with pytest.raises(EngineTimeout, match="did not finish loading within 180 s"):
        await loading
    await pool.aclose()


async def test_an_engines_own_words_outlive_what_is_still_sent_to_it(tmp_path: Path) -> None:
    """A client that sends audio while the engine fails gets the error, not a broken connection."""
    pool = fake_pool(tmp_path)
    try:
        stream = await pool.stt_backend().open_stt(Target("fake", "error"), SttOptions())
        await stream.push(bytes(3200))
        await stream.commit()
        await eventually(lambda: any("own mistake" in line for line in pool.status()[0].log), "it failed")
        for _ in range(50):
            await stream.push(bytes(3200))
            await asyncio.sleep(0.002)  # the system's time to tell of a closed connection
        with pytest.raises(EngineError, match="the engine's own mistake"):
            await anext(aiter(stream))
    finally:
        await pool.aclose()


async def test_a_hang_is_found_by_whoever_waited_before_all_was_given(tmp_path: Path) -> None:
    """Send and read at once, as every session does."""
    clock = ManualClock()
    pool = fake_pool(tmp_path, clock=clock)
    try:
        stt = await pool.stt_backend().open_stt(Target("fake", "hang"), SttOptions())
        tts = await pool.tts_backend().open_tts(Target("fake", "hang"), TtsOptions())
        waiting = [asyncio.ensure_future(anext(aiter(stream))) for stream in (stt, tts)]
        await asyncio.sleep(0)  # now they wait
        await stt.push(bytes(3200))
        await tts.push("Hello")
        clock.advance(FAKE.hang_timeout + 1)
        pool.tick()
        assert pool.status()[0].state is State.BUSY, "nothing is owed yet"
        await stt.end()
        await tts.end()
        clock.advance(FAKE.hang_timeout + 1)
        pool.tick()
        answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 60)
        assert [type(answer) for answer in answers] == [EngineTimeout, EngineTimeout]
        await stt.cancel()
        await tts.cancel()
    finally:
        await pool.aclose()


async def test_a_slow_consumer_is_no_hang(tmp_path: Path) -> None:
    clock = ManualClock()
    pool = fake_pool(tmp_path, clock=clock)
    stream = await pool.tts_backend().open_tts(Target("fake", "ok"), TtsOptions())
    await stream.push("x" * 500)
    await stream.end()
    await anext(aiter(stream))
    clock.advance(3600)
    pool.tick()
    assert len([event async for event in stream]) == 500
    await pool.aclose()


async def test_silence_while_someone_may_still_speak_is_no_hang(tmp_path: Path) -> None:
    clock = ManualClock()
    pool = fake_pool(tmp_path, clock=clock)
    stream = await pool.stt_backend().open_stt(Target("fake", "ok"), SttOptions())
    reading = asyncio.create_task(anext(aiter(stream)))
    await stream.push(bytes(3200))
    clock.advance(3600)
    pool.tick()
    await stream.end()
    await reading
    await stream.cancel()
    await pool.aclose()


@pytest.fixture
async def orphans(tmp_path: Path) -> AsyncIterator[tuple[subprocess.Popen[bytes], list[int]]]:
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from tests.support.engines import fake_pool\n"
        "async def main():\n"
        "    pool = fake_pool(Path(sys.argv[1]))\n"
        "    await pool.prewarm(['fake/ok', 'fake/two', 'codec/av'])\n"
        "    lease = await pool.acquire('fake', 'stuck')\n"
        "    print(*[s.pid for s in pool.status()], flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen(  # noqa: ASYNC220 - it is killed, not waited for
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ}
    )
    assert parent.stdout
    line = await asyncio.to_thread(parent.stdout.readline)
    pids = [int(pid) for pid in line.split()]
    yield parent, pids
    if parent.poll() is None:
        parent.kill()
    parent.wait()
    parent.stdout.close()


async def test_workers_die_with_the_app(orphans: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    parent, pids = orphans
    assert len(pids) == 4
    assert all(resident_bytes(pid) for pid in pids)
    parent.send_signal(signal.SIGKILL)
    await eventually(lambda: not any(resident_bytes(pid) for pid in pids), "all workers are gone")


async def test_a_card_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    bus, notices = EventBus(), list[Notice]()
    bus.subscribe(notices.append, Notice)
    pool = fake_pool(tmp_path, bus=bus)
    why = "libcublas.so.12 is missing"
    pool.engine("fake", "ok", options={"info": {"fell_back": True, "why": why}})
    await pool.start("fake/ok")
    (notice,) = notices
    assert (notice.level, notice.code) == ("warning", "device_fallback")
    assert notice.message == f"fake/ok does not use the graphics card: {why}"
    await pool.aclose()


async def test_the_memory_of_a_card_is_shown_while_the_engine_is_loaded(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    pool.engine("fake", "ok", options={"info": {"device": "cuda", "gpu_bytes": 900_000_000}})
    await pool.start("fake/ok")
    assert pool.status()[0].to_dict()["gpu_bytes"] == 900_000_000
    await pool.stop("fake/ok")
    assert pool.status()[0].gpu_bytes == 0
    await pool.aclose()


async def test_a_stop_ends_each_restart_that_waits(tmp_path: Path) -> None:
    waits: list[asyncio.Event] = []

    async def sleep(_seconds: float) -> None:
        waits.append(asyncio.Event())
        await waits[-1].wait()

    pool = fake_pool(tmp_path, sleep=sleep)
    engine = pool.engine("fake", "m")
    engine.keep_alive = None
    started: list[str] = []

    async def start() -> None:
        started.append("again")

    async def steps() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    engine.start = start  # type: ignore[method-assign]
    for count in (1, 2):
        # between the two a person started it, though the first restart was still waiting
        engine.state = State.READY
        engine._on_exit(engine.process, "ended with status 1")
        await steps()
        assert len(waits) == count
    waits[0].set()
    await steps()
    assert started == []
    await engine.stop()
    waits[1].set()
    await steps()
    assert started == []
    await pool.aclose()
