"""Keeps the database in order while requests run: adds up the sums of days, removes old rows, and frees their space."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from voicegw_desktop.config.retention import RetentionConfig
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.storage import copies
from voicegw_desktop.storage.retention import DAY, Limits
from voicegw_desktop.storage.sqlite import SQLiteStorage

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST = 600.0  # s after the start, when a clock that was wrong has been put right
BETWEEN = 3600.0  # s from the end of a round to the next
PAUSE = 0.25  # s between two steps: what is stored meanwhile has priority
BUSY_PAUSE = 5.0  # s to look again whether requests run
BUSY_LOOKS = 12  # after which a step is made beside them: a stream may stay open all day


def limits_of(config: RetentionConfig) -> Limits:
    """The settings as seconds and bytes."""

    def seconds(days: int) -> float | None:
        return days * DAY if days else None

    return Limits(
        requests=seconds(config.requests_days),
        turns=seconds(config.turns_days),
        latency=seconds(config.latency_days),
        transcripts=seconds(config.transcripts_days),
        egress=seconds(config.egress_days),
        size=config.max_size,
    )


class Upkeep:
    """A round an hour, while no request runs; where one always does, a step a minute. `busy` says whether one does."""

    def __init__(
        self,
        storage: SQLiteStorage,
        clock: Clock,
        config: Callable[[], RetentionConfig],
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._storage, self._clock, self._config, self._busy = storage, clock, config, busy

    async def follow(self) -> None:
        """Run rounds until cancelled."""
        await asyncio.to_thread(copies.sweep, self._storage.path)
        pause = FIRST
        while True:
            await asyncio.sleep(pause)
            pause = BETWEEN
            try:
                await self.round(PAUSE)
            except VoiceGatewayError as error:
                log.warning("The database could not be put in order: %s", error)
            except Exception:
                log.exception("The database could not be put in order")

    async def round(self, pause: float = 0.0) -> dict[str, int]:
        """Add up days that are over, remove what is to go by now, give its space back; returns removed rows by kind.

        `pause`: seconds between two steps, which also wait for requests to end; 0: at once, whatever runs. Each step is
        a transaction, so one round may run beside another.
        """
        removed: dict[str, int] = {}
        while await self._when_idle(pause, self._roll):
            pass
        while step := await self._when_idle(pause, self._step):
            for kind, rows in step.items():
                removed[kind] = removed.get(kind, 0) + rows
        while await self._when_idle(pause, self._storage.shrink):
            pass
        if removed:
            log.info("Removed by age or size: %s", ", ".join(f"{rows} {kind}" for kind, rows in removed.items()))
        return removed

    async def due(self) -> dict[str, int]:
        """How many rows of each kind are beyond their age now."""
        return await self._storage.to_forget(limits_of(self._config()), self._clock.time())

    async def _roll(self) -> bool:
        return await self._storage.roll(self._clock.time())

    async def _step(self) -> dict[str, int]:
        return await self._storage.forget(limits_of(self._config()), self._clock.time())

    async def _when_idle(self, pause: float, work: Callable[[], Awaitable[T]]) -> T:
        if pause:
            await asyncio.sleep(pause)
            for _ in range(BUSY_LOOKS):
                if not self._busy():
                    break
                await asyncio.sleep(BUSY_PAUSE)
        return await work()
