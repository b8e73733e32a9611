"""Every fault an engine can have, done to a real worker process: what the client received, when the engine served
again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.engines import FAKE, eventually, fake_pool
from voicegw_desktop.core.descriptor import EngineKind
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import Final
from voicegw_desktop.core.ports import SttOptions, Target
from voicegw_desktop.engines.pool import EnginePool


@dataclass
class Outcome:
    """The result of one fault."""

    fault: str
    error: VoiceGatewayError | None
    seen_after_s: float
    back_after_s: float | None
    """Seconds from the error to the next good answer; None: not meant to come back by itself."""
    history: str


async def transcribe(pool: EnginePool, model: str, seconds: float = 0.1) -> str:
    """One short stream through the engine; returns its text."""
    stream = await pool.stt_backend().open_stt(Target("fake", model), SttOptions())
    try:
        await stream.push(bytes(int(seconds * 32_000)))
        await stream.end()
        return next(event.text for event in [event async for event in stream] if isinstance(event, Final))
    finally:
        await stream.cancel()


async def suffer(tmp_path: Path, fault: str, *, returns: bool = True, kind: EngineKind = FAKE) -> Outcome:
    """Send a request that causes `fault`, in the first process only; then ask again until the engine answers."""
    pool = fake_pool(tmp_path, fake=kind)
    options = {"marker": str(tmp_path / f"{fault}.struck")} if returns else {}
    try:
        pool.engine("fake", fault, options=options)
        began = time.monotonic()
        error: VoiceGatewayError | None = None
        try:
            await transcribe(pool, fault)
        except VoiceGatewayError as caught:
            error = caught
        seen = time.monotonic()
        back = await _back(pool, fault) if returns else None
        history = "; ".join(entry.message for entry in pool.status()[0].history)
        return Outcome(fault, error, seen - began, back, history)
    finally:
        await pool.aclose()


async def _back(pool: EnginePool, fault: str) -> float:
    began = time.monotonic()

    async def answers() -> bool:
        try:
            return bool(await transcribe(pool, fault))
        except VoiceGatewayError:
            return False

    await eventually(answers, f"service after {fault}")
    return time.monotonic() - began


async def killed(tmp_path: Path, act: Callable[[EnginePool, int], Awaitable[None]]) -> Outcome:
    """Cause a fault in a healthy engine in the middle of a stream."""
    pool = fake_pool(tmp_path)
    try:
        stream = await pool.stt_backend().open_stt(Target("fake", "ok"), SttOptions())
        await stream.push(bytes(3200))
        pid = pool.status()[0].pid
        assert pid
        began = time.monotonic()
        reading = asyncio.create_task(anext(aiter(stream)))
        await act(pool, pid)
        error: VoiceGatewayError | None = None
        try:
            await reading
        except VoiceGatewayError as caught:
            error = caught
        seen = time.monotonic()
        back = await _back(pool, "ok")
        history = "; ".join(entry.message for entry in pool.status()[0].history)
        return Outcome("kill -9 from outside", error, seen - began, back, history)
    finally:
        await pool.aclose()


async def kill_it(pool: EnginePool, pid: int) -> None:
    """SIGKILL, as the kernel does when memory runs out."""
    os.kill(pid, signal.SIGKILL)
