"""The pool with a real child process that runs a fake engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import fake_pool
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.errors import EngineCrashed, EngineUnavailable
from voicegw_desktop.core.events import Audio, EndOfStream, EngineState, EventBus, Final, SpeechEnded, UtteranceDone
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions
from voicegw_desktop.descriptors.ollama import OllamaConfig
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.engines.status import EngineStatus, State

pytestmark = pytest.mark.process

OK = Target("fake", "ok")


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[EnginePool]:
    pool = fake_pool(tmp_path)
    yield pool
    await pool.aclose()


async def test_transcribes(pool: EnginePool) -> None:
    stream = await pool.stt_backend().open_stt(OK, SttOptions())
    await stream.push(bytes(32_000))
    await stream.push(bytes(200_000))
    await stream.end()
    events = [event async for event in stream]
    assert [type(e) for e in events] == [SpeechEnded, Final, EndOfStream]
    assert events[1].text == "116000 samples"
    assert events[1].words[0].confidence == 0.5
    assert pool.status()[0].state is State.IDLE


async def test_speaks(pool: EnginePool) -> None:
    stream = await pool.tts_backend().open_tts(OK, TtsOptions())
    await stream.push("abc")
    await stream.end()
    events = [event async for event in stream]
    assert [type(e) for e in events] == [Audio, Audio, Audio, UtteranceDone]
    assert events[0].rate == 16_000


async def test_states_are_published(tmp_path: Path) -> None:
    bus, states = EventBus(), []
    bus.subscribe(lambda e: states.append(e.state), EngineState)
    pool = fake_pool(tmp_path, bus=bus)
    async with pool.lease("fake", "ok") as lease:
        assert lease.info["compute_type"] == "fake"
    await pool.aclose()
    assert states == ["starting", "loading", "ready", "busy", "idle", "unloading", "stopped"]


async def test_many_requests_share_one_load(pool: EnginePool) -> None:
    leases = await asyncio.gather(*(pool.acquire("fake", "slow") for _ in range(5)))
    assert len({lease.engine.process.pid for lease in leases}) == 1
    assert pool.status()[0].streams == 5
    for lease in leases:
        lease.release()


async def test_a_model_is_held_and_let_go(pool: EnginePool) -> None:
    await pool.hold("fake", "ok", "0")
    assert pool.status() == []
    await pool.hold("fake", "ok", "7m")
    (held,) = pool.status()
    assert held.state is State.IDLE
    await pool.hold("fake", "ok", "0")
    for _ in range(400):
        if pool.status()[0].state is State.STOPPED:
            break
        await asyncio.sleep(0.01)
    assert pool.status()[0].state is State.STOPPED


async def test_remote_engines_show_the_same_status(pool: EnginePool) -> None:
    async def far() -> EngineStatus:
        return EngineStatus("rack", "rack", "", State.ANSWERS)

    async def gone() -> EngineStatus:
        raise EngineUnavailable("cannot be reached")

    pool.config = EnginesConfig(ollama=OllamaConfig(base_url="http://127.0.0.1:9", manage="attach"))
    elsewhere = {"rack": far, "shed": gone}
    pool.elsewhere = lambda: elsewhere
    async with pool.lease("fake", "ok"):
        states = {s.name: s.state for s in await pool.survey()}
        assert all(json.dumps(s.to_dict(), default=str) for s in await pool.survey())
    assert states == {
        "fake/ok": State.BUSY, "ollama/server": State.STOPPED, "rack": State.ANSWERS, "shed": State.DOES_NOT_ANSWER,
    }  # fmt: skip
    assert pool.is_remote("rack")
    assert not pool.is_remote("fake/ok")
    with pytest.raises(EngineUnavailable, match="ollama serve"):
        await pool.start("ollama/server")
    del elsewhere["rack"]
    assert "rack" not in {s.name for s in await pool.survey()}


async def test_a_request_whose_engine_is_unloaded_is_told_so(pool: EnginePool) -> None:
    stream = await pool.stt_backend().open_stt(OK, SttOptions())
    await stream.push(bytes(3200))
    await pool.stop("fake/ok")

    async def rest() -> None:
        await stream.end()
        async for _ in stream:
            pass

    with pytest.raises(EngineCrashed, match=r"was unloaded in the middle of the request \(was stopped\)"):
        await rest()
    assert [s.state for s in pool.status()] == [State.STOPPED]
