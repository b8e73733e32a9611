"""A pool of fake engines, and how tests wait for another process."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.descriptor import EngineKind
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.engines.kinds import kinds
from voicegw_desktop.engines.memory import MIB
from voicegw_desktop.engines.pool import EnginePool

FAKE = EngineKind("fake", module="tests.support.fake_worker", needs_model=False, memory_base=50 * MIB, hang_timeout=5.0)


def fake_pool(
    tmp_path: Path,
    *,
    bus: EventBus | None = None,
    clock: Clock | None = None,
    config: dict[str, Any] | None = None,
    fake: EngineKind = FAKE,
    **more: Any,
) -> EnginePool:
    """A pool whose provider `fake` is the fake worker."""
    return EnginePool(
        EnginesConfig(**(config or {})),
        lambda provider, model: tmp_path / provider / model,
        bus or EventBus(),
        clock or SystemClock(),
        paths_below(tmp_path),
        kinds={**kinds(), "fake": fake},
        env={"PYTHONPATH": str(ROOT)},
        **more,
    )


class HurriedClock(SystemClock):
    """The machine's clock, which a test can put forward."""

    def __init__(self) -> None:
        self._ahead_ns = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self._ahead_ns

    def hurry(self, seconds: float) -> None:
        self._ahead_ns += round(seconds * 1e9)


async def eventually(condition: Callable[[], Any], what: str, within: float = 60.0) -> Any:
    """Poll until `condition()` is true; for the state of other processes, which sends no event here."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        await asyncio.sleep(0.01)
