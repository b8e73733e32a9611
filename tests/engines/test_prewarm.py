"""Engines loaded ahead of their first request: at the start, and when a conversation opens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.engines import FAKE, fake_pool
from voicegw_desktop.core.errors import ModelResolutionError
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.engines.status import State
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.prewarm import prewarm_session

pytestmark = pytest.mark.process

CALLER = Caller("default", "livekit", session="room")


def planned(pool: Any, **targets: Target) -> Gateway:
    """A gateway that plans these targets, by modality."""

    def plan(modality: Modality, wanted: str, caller: Caller) -> Any:
        assert (wanted, caller) == ("auto", CALLER)
        if modality.value not in targets:
            raise ModelResolutionError("nothing is set")
        return SimpleNamespace(first=targets[modality.value])

    return cast("Gateway", SimpleNamespace(router=SimpleNamespace(plan=plan), engines=pool))


async def test_what_is_named_loads_in_the_background_and_failures_are_told(tmp_path: Path) -> None:
    bus, notices = EventBus(), []
    bus.subscribe(notices.append, Notice)
    pool = fake_pool(tmp_path, bus=bus)
    try:
        warming = pool.prewarm_soon(["fake/ok", "fake/corrupt", "fake/ok"])
        assert warming is not None
        assert pool.status() == []
        await warming
        states = {s.name: s.state for s in pool.status()}
        assert states == {"fake/ok": State.READY, "fake/corrupt": State.FAILED}
        told = [n for n in notices if n.code == "prewarm_failed"]
        assert len(told) == 1
        assert "fake/corrupt could not be preloaded: corrupt cannot be read" in told[0].message
    finally:
        await pool.aclose()
    assert pool.prewarm_soon(["fake/ok"]) is None


async def test_closing_ends_what_is_still_loading(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    warming = pool.prewarm_soon(["fake/slow"])
    assert warming is not None
    await asyncio.sleep(0)
    await pool.aclose()
    assert warming.done()
    assert [s.state for s in pool.status()] in ([], [State.STOPPED])


async def test_a_session_loads_the_model_and_the_voice_it_will_need(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    try:
        warming = prewarm_session(
            planned(pool, llm=Target("fake", "ok"), tts=Target("elevenlabs", "flash", zone=Zone.CLOUD)), CALLER
        )
        assert warming is not None
        await warming
        assert [(s.name, s.state) for s in pool.status()] == [("fake/ok", State.READY)]
        # what runs already is not touched, and what cannot be planned is no error
        assert prewarm_session(planned(pool, llm=Target("fake", "ok")), CALLER) is None
        assert prewarm_session(planned(pool), CALLER) is None
    finally:
        await pool.aclose()


async def test_a_session_does_not_wake_an_engine_that_rests_or_would_leave_at_once(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path)
    try:
        failed = pool.prewarm_soon(["fake/corrupt"], gently=True)
        assert failed is not None
        await failed
        assert prewarm_session(planned(pool, tts=Target("fake", "corrupt")), CALLER) is None
    finally:
        await pool.aclose()
    pool = fake_pool(tmp_path, config={"keep_alive": "0"})
    try:
        assert prewarm_session(planned(pool, tts=Target("fake", "ok")), CALLER) is None
    finally:
        await pool.aclose()


async def test_the_gateway_serves_while_it_preloads(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    paths.config.mkdir(parents=True)
    (paths.config / "voicegw.yaml").write_text("engines: {piper: {preload: [no-such-voice]}}")
    made = Gateway(paths=paths)
    notices: asyncio.Queue[Notice] = asyncio.Queue()
    made.bus.subscribe(notices.put_nowait, Notice)
    async with made:
        assert made.started
        async with asyncio.timeout(60):
            while (told := await notices.get()).code != "prewarm_failed":
                pass
        assert "piper/no-such-voice could not be preloaded" in told.message


async def test_engines_that_cache_are_told_where(tmp_path: Path) -> None:
    pool = fake_pool(tmp_path, fake=replace(FAKE, caches=True))
    try:
        assert pool.engine("fake", "ok").spec.options["cache_dir"] == str(paths_below(tmp_path).cache)
    finally:
        await pool.aclose()
