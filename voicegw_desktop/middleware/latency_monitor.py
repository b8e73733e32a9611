"""How fast the targets answer just now, and a Notice when one is too slow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.events import EventBus, Notice, RequestFinished
from voicegw_desktop.storage.percentiles import exact, label
from voicegw_desktop.storage.records import ENDPOINT, RECORDED, RequestRecord

SAMPLES = 500  # per modality and target
WINDOW = 15 * 60 * 1_000_000_000  # ns
WARN_EVERY = 60 * 1_000_000_000  # ns; a slow target is named once in that time
MOST_TARGETS = 256

Sample = tuple[int, float | None, float | None, float | None]


class LatencyMonitor:
    """Percentiles over the last 15 minutes (at most 500 requests) of each modality and target, in memory."""

    def __init__(
        self,
        bus: EventBus | None = None,
        clock: Clock | None = None,
        ttfb_warning_ms: float = 500,
        percentiles: Iterable[float] = (50, 95, 99),
    ) -> None:
        self._bus = bus or EventBus()
        self._clock: Clock = clock or SystemClock()
        self.ttfb_warning_ms = ttfb_warning_ms
        self.percentiles = tuple(percentiles)
        self._samples: dict[tuple[str, str], deque[Sample]] = {}
        self._warned: dict[tuple[str, str], int] = {}
        self._unsubscribe = self._bus.subscribe(lambda event: self.observe(event.record), RequestFinished)

    def close(self) -> None:
        """Stop listening to the bus."""
        self._unsubscribe()

    def observe(self, record: RequestRecord) -> None:
        """Count a finished request; failed and cancelled ones say nothing about speed."""
        if record.status != "success":
            return
        key = (record.modality, record.model_id)
        samples = self._samples.get(key)
        if samples is None:
            if len(self._samples) >= MOST_TARGETS:
                del self._samples[next(iter(self._samples))]
            samples = self._samples[key] = deque(maxlen=SAMPLES)
        now = self._clock.monotonic_ns()
        recorded = bool(record.metadata.get(RECORDED))
        samples.append((now, None if recorded else record.ttfb_ms, record.total_latency_ms, record.gateway_ms))
        if record.ttfb_ms is not None:
            # the silence after which an utterance counts as over is a setting, and not the target's latency
            waited = record.ttfb_ms - float(record.metadata.get(ENDPOINT) or 0.0)
            if waited > self.ttfb_warning_ms:
                self._warn(key, waited, now)

    def stats(self) -> dict[str, dict[str, dict[str, Any]]]:
        """`{modality: {target: {count, ttfb_ms: {p50, …}, total_ms: {…}, gateway_ms: {…}}}}`"""
        oldest = self._clock.monotonic_ns() - WINDOW
        answer: dict[str, dict[str, dict[str, Any]]] = {}
        for (modality, target), samples in self._samples.items():
            recent = [sample for sample in samples if sample[0] > oldest]
            if recent:
                entry: dict[str, Any] = {"count": len(recent)}
                for place, name in enumerate(("ttfb_ms", "total_ms", "gateway_ms"), start=1):
                    values = [value for sample in recent if isinstance(value := sample[place], float | int)]
                    entry[name] = {label(p): v for p, v in exact(values, self.percentiles).items()}
                answer.setdefault(modality, {})[target] = entry
        return answer

    def percentile(self, modality: str, target: str, percentile: float = 50) -> float | None:
        """Milliseconds to the first byte of that target, None when nothing was measured lately."""
        oldest = self._clock.monotonic_ns() - WINDOW
        samples = self._samples.get((modality, target), ())
        return exact([s[1] for s in samples if s[0] > oldest and s[1] is not None], (percentile,))[percentile]

    def _warn(self, key: tuple[str, str], ttfb_ms: float, now: int) -> None:
        last = self._warned.get(key)
        if last is None or now - last >= WARN_EVERY:
            self._warned[key] = now
            self._bus.publish(
                Notice(
                    "warning",
                    f"{key[1]} took {ttfb_ms:.0f} ms to its first byte; latency.ttfb_warning_ms is "
                    f"{self.ttfb_warning_ms:g}.",
                    "slow_first_byte",
                )
            )
