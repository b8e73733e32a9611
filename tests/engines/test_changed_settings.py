"""The effect of a changed configuration on loaded engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import FAKE, eventually, fake_pool
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.engines.pool import EnginePool
from voicegw_desktop.engines.status import State

pytestmark = pytest.mark.process


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[EnginePool]:
    pool = fake_pool(tmp_path)
    pool.register(replace(FAKE, name="piper"))
    yield pool
    await pool.aclose()


def change(pool: EnginePool, **section: object) -> None:
    pool.config = EnginesConfig.model_validate({"piper": section})


async def test_an_idle_engine_is_loaded_with_its_new_settings(pool: EnginePool) -> None:
    async with pool.lease("piper", "ok"):
        before = pool.status()[0].pid
    change(pool, colour="red")
    assert pool.waiting() == []
    async with pool.lease("piper", "ok") as lease:
        assert pool.status()[0].pid != before
        assert lease.engine.spec.options["colour"] == "red"


async def test_a_busy_engine_waits_and_says_so(pool: EnginePool) -> None:
    async with pool.lease("piper", "ok"):
        before = pool.status()[0].pid
        change(pool, colour="red")
        assert pool.waiting() == ["piper/ok"]
        assert pool.status()[0].outdated
        async with pool.lease("piper", "ok"):
            assert pool.status()[0].pid == before
    await eventually(lambda: pool.status()[0].state is State.STOPPED, "it has ended")
    assert pool.waiting() == []
    async with pool.lease("piper", "ok") as lease:
        assert (lease.engine.spec.options["colour"], pool.status()[0].outdated) == ("red", False)


async def test_what_needs_no_load_holds_at_once(pool: EnginePool) -> None:
    async with pool.lease("piper", "ok"):
        before = pool.status()[0].pid
        change(pool, keep_alive="7m", hang_timeout=9)
        assert pool.waiting() == []
    status = pool.status()[0]
    assert (status.pid, status.keep_alive_s) == (before, 420)
    assert pool.engine("piper", "ok").spec.hang_timeout == 9


async def test_an_engine_that_stays_for_ever_is_loaded_again_by_itself(pool: EnginePool) -> None:
    change(pool, keep_alive="-1")
    async with pool.lease("piper", "ok"):
        before = pool.status()[0].pid
    change(pool, keep_alive="-1", colour="red")
    await eventually(lambda: pool.status()[0].state is State.READY, "it is back")
    assert pool.status()[0].pid != before


async def test_an_engine_that_was_disabled_ends(pool: EnginePool) -> None:
    async with pool.lease("piper", "ok"):
        pass
    change(pool, enabled=False)
    await eventually(lambda: pool.status()[0].state is State.STOPPED, "it has ended")


async def test_an_engine_whose_folder_became_one_of_another_kind_is_loaded_again(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "tokens.txt").write_text("a 0")
    engines: dict[str, Any] = {"sherpa": {"models": {"mine": str(folder)}}}
    pool = fake_pool(tmp_path, config=engines)
    pool.register(replace(FAKE, name="sherpa", needs_model=True))
    try:
        async with pool.lease("sherpa", "mine"):
            before = pool.status()[0].pid
        (folder / "tokens.txt").unlink()
        # while it is neither, as when files are copied, nothing is done
        async with pool.lease("sherpa", "mine"):
            assert pool.status()[0].pid == before
        (folder / "a.onnx").write_bytes(b"network")
        (folder / "a.onnx.json").write_text('{"language": {"code": "de_DE"}}')
        async with pool.lease("sherpa", "mine"):
            after = pool.status()[0].pid
            assert after != before
        async with pool.lease("sherpa", "mine"):
            assert pool.status()[0].pid == after
    finally:
        await pool.aclose()
