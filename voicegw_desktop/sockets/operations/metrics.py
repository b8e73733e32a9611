"""Prometheus text from what the bus said since the start: requests, cost, latency, engines, the loop, the process.

By hand: importing `prometheus_client` costs 14 MB of memory and 70 ms of every start.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from voicegw_desktop.core.events import (
    BudgetState,
    EngineState,
    EventBus,
    LoopLag,
    RequestFinished,
    RequestFirstByte,
    RequestStarted,
)
from voicegw_desktop.core.late import StreamBehind
from voicegw_desktop.core.text import printable
from voicegw_desktop.engines.memory import resident_bytes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MAX_SERIES = 2000  # label sets of one metric; what comes after is counted under "other"
REMEMBERED = 1000  # ids of ended requests, so that one told twice is counted once
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0, 10.0)  # s to the first byte
NANOS = 1_000_000_000
SECONDS = 60  # of a minute, the unit in which audio is recorded

LONGEST_LABEL = 128  # characters of a label's value; names come from clients, and each stands in every bucket's line
TAKEN = {
    "stt": ("voicegw_audio_input_seconds_total", "Seconds of audio that were transcribed."),
    "llm": ("voicegw_input_tokens_total", "Tokens of prompts."),
    "tts": ("voicegw_input_characters_total", "Characters that were to be spoken."),
}
GIVEN = {
    "llm": ("voicegw_output_tokens_total", "Tokens of answers."),
    "tts": ("voicegw_audio_output_seconds_total", "Seconds of audio that were spoken."),
}

Labels = tuple[tuple[str, str], ...]


@dataclass
class _Metric:
    name: str
    kind: str
    """`counter`, `gauge`, `summary`"""
    help: str
    values: dict[Labels, float] = field(default_factory=dict)

    def add(self, amount: float, **labels: str) -> None:
        key = self._key(labels)
        self.values[key] = self.values.get(key, 0.0) + amount

    def set(self, value: float, **labels: str) -> None:
        self.values[self._key(labels)] = value

    def _key(self, labels: Mapping[str, str]) -> Labels:
        key = _labels(labels)
        if key not in self.values and len(self.values) >= MAX_SERIES:
            return tuple((name, "other") for name, _ in key)
        return key

    def of(self, project: str) -> _Metric:
        """The series of one project."""
        mine = {key: value for key, value in self.values.items() if ("project", project) in key}
        return _Metric(self.name, self.kind, self.help, mine)

    def lines(self) -> list[str]:
        head = [f"# HELP {self.name} {self.help}", f"# TYPE {self.name} {self.kind}"]
        return head + [f"{self.name}{_braces(k)} {_number(v)}" for k, v in sorted(self.values.items())]


@dataclass
class _Histogram:
    name: str
    help: str
    counts: dict[Labels, list[int]] = field(default_factory=dict)
    sums: dict[Labels, float] = field(default_factory=dict)

    def observe(self, value: float, **labels: str) -> None:
        key = _labels(labels)
        if key not in self.counts and len(self.counts) >= MAX_SERIES:
            key = tuple((name, "other") for name, _ in key)
        counts = self.counts.setdefault(key, [0] * (len(BUCKETS) + 1))
        counts[bisect_left(BUCKETS, value)] += 1
        self.sums[key] = self.sums.get(key, 0.0) + value

    def lines(self) -> list[str]:
        found = [f"# HELP {self.name} {self.help}", f"# TYPE {self.name} histogram"]
        for key, counts in sorted(self.counts.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                found.append(f"{self.name}_bucket{_braces((*key, ('le', bound)))} {total}")
            found.append(f"{self.name}_sum{_braces(key)} {_number(self.sums[key])}")
            found.append(f"{self.name}_count{_braces(key)} {total}")
        return found


class Metrics:
    """Listens to the bus; `text()` is what a scraper gets."""

    def __init__(self, bus: EventBus) -> None:
        self._began = time.time()
        self._open: set[str] = set()
        self._counted: dict[str, None] = {}
        self.requests = _Metric("voicegw_requests_total", "counter", "Requests that ended.")
        self.cost = _Metric("voicegw_cost_usd_total", "counter", "US dollars, as recorded.")
        self.unpriced = _Metric(
            "voicegw_unpriced_requests_total", "counter", "Requests whose price is not known; they are in no cost."
        )
        self.estimated = _Metric(
            "voicegw_estimated_requests_total", "counter", "Requests whose amount the provider did not say."
        )
        self.taken = {m: _Metric(name, "counter", help) for m, (name, help) in TAKEN.items()}
        self.given = {m: _Metric(name, "counter", help) for m, (name, help) in GIVEN.items()}
        # one name for several units: to be left out in the release after this one
        self.input = _Metric("voicegw_input_units_total", "counter", f"Deprecated: use {_names(TAKEN)}.")
        self.output = _Metric("voicegw_output_units_total", "counter", f"Deprecated: use {_names(GIVEN)}.")
        self.first_byte = _Histogram(
            "voicegw_ttfb_seconds",
            "End of speech to final transcript of each live utterance; admission to first token; text to first sample.",
        )
        self.recorded = _Histogram("voicegw_recording_ttfb_seconds", "A recording is here until its transcript is.")
        self.engine_up = _Metric("voicegw_engine_up", "gauge", "1 in the state the engine is in.")
        self.engine_rss = _Metric("voicegw_engine_rss_bytes", "gauge", "Resident memory of an engine.")
        self.budget = _Metric("voicegw_budget_used_ratio", "gauge", "Spent today over the daily budget.")
        self.budgets = _Metric(
            "voicegw_period_budget_used_ratio",
            "gauge",
            "Spent in the day, week or month over its budget; without a project and a key: of the machine.",
        )
        self.lag = _Metric("voicegw_loop_lag_seconds", "summary", "How late the event loop ran in the last second.")
        self._behind: dict[str, str] = {}
        """Streams that are behind, and what transcribes them."""
        self.behind = _Metric(
            "voicegw_streams_behind", "gauge", "Live streams that are transcribed later than they come."
        )
        self.fell_behind = _Metric(
            "voicegw_streams_fell_behind_total", "counter", "How often a live stream fell behind."
        )
        self._unsubscribe = bus.subscribe(
            self._on, StreamBehind, RequestStarted, RequestFirstByte, RequestFinished, EngineState, BudgetState, LoopLag
        )

    def stop(self) -> None:
        self._unsubscribe()

    def _on(self, event: Any) -> None:
        match event:
            case RequestStarted():
                self._open.add(event.id)
            case RequestFirstByte():
                kind = self.recorded if event.recorded else self.first_byte
                kind.observe(event.ttfb_ms / 1000, modality=event.modality, target=event.target)
            case RequestFinished():
                self._finished(event.record)
            case EngineState():
                for key in [k for k in self.engine_up.values if dict(k).get("engine") == event.name]:
                    del self.engine_up.values[key]
                self.engine_up.set(1, engine=event.name, state=event.state)
                self.engine_rss.set(event.rss_bytes, engine=event.name)
            case BudgetState():
                if event.budget_nanos:
                    part = event.spent_nanos / event.budget_nanos
                    if event.project and event.period == "day":
                        self.budget.set(part, project=event.project)
                    self.budgets.set(part, project=event.project, key=event.key, period=event.period)
            case StreamBehind():
                self._late(event)
            case LoopLag():
                self.lag.set(event.p99_ms / 1000, quantile="0.99")
                self.lag.set(event.max_ms / 1000, quantile="1")

    def _late(self, event: StreamBehind) -> None:
        if event.seconds and event.id in self._open and event.id not in self._behind:
            self._behind[event.id] = event.target
            self.fell_behind.add(1, target=event.target)
        elif not event.seconds:
            self._behind.pop(event.id, None)

    def _finished(self, record: Any) -> None:
        identity = str(record.id)
        self._open.discard(identity)
        self._behind.pop(identity, None)
        if identity in self._counted:
            return
        self._counted[identity] = None
        while len(self._counted) > REMEMBERED:
            del self._counted[next(iter(self._counted))]
        if hasattr(record, "target"):
            # nothing is stored while cost tracking is off: the corridor's own report comes instead
            self.requests.add(
                1,
                modality=str(record.modality),
                provider=record.target.provider,
                model=record.target.name,
                project=record.caller.project,
                status=record.status,
            )
            return
        modality = str(record.modality)
        self.requests.add(
            1,
            modality=modality,
            provider=str(record.provider),
            model=str(record.model_id),
            project=str(record.project),
            status=str(record.status),
        )
        where = {"modality": modality, "provider": str(record.provider), "project": str(record.project)}
        nanos = getattr(record, "cost_nanos", None)
        cost = nanos / NANOS if nanos is not None else getattr(record, "cost_usd", None)
        if cost is None:
            self.unpriced.add(1, **where)
        else:
            self.cost.add(float(cost), **where)
        if getattr(record, "estimated", False):
            self.estimated.add(1, **where)
        for units, sums, old in (
            (record.input_units, self.taken, self.input),
            (record.output_units, self.given, self.output),
        ):
            old.add(float(units or 0), **where)
            if modality in sums:
                sums[modality].add(float(units or 0) * (SECONDS if "seconds" in sums[modality].name else 1), **where)

    def _of_projects(self) -> list[_Metric]:
        units = [*self.taken.values(), *self.given.values(), self.input, self.output]
        return [self.requests, self.cost, self.unpriced, self.estimated, *units, self.budget, self.budgets]

    def text(self, only: str | None = None) -> str:
        """The exposition, one metric after another; with `only` that project's and the engines'."""
        open_now = _Metric("voicegw_requests_in_flight", "gauge", "Requests admitted and not ended.")
        open_now.set(len(self._open))
        self.behind.values.clear()
        for target in {*self._behind.values(), *(dict(key)["target"] for key in self.fell_behind.values)}:
            self.behind.set(list(self._behind.values()).count(target), target=target)
        start = _Metric("process_start_time_seconds", "gauge", "Unix time of the start.")
        start.set(self._began)
        memory = _Metric("process_resident_memory_bytes", "gauge", "Resident memory of the gateway.")
        if rss := resident_bytes(os.getpid()):
            memory.set(rss)
        if only is not None:
            # what counts every project together is left out
            own = [m.of(only) for m in self._of_projects()]
            shown = [*own, self.engine_up, self.engine_rss, self.lag, start, memory]
            return "\n".join(line for metric in shown for line in metric.lines()) + "\n"
        metrics: list[_Metric | _Histogram] = [
            *self._of_projects(), open_now, self.first_byte, self.recorded, self.engine_up, self.engine_rss,
            self.behind, self.fell_behind, self.lag,
            start, memory,
        ]  # fmt: skip
        return "\n".join(line for metric in metrics for line in metric.lines()) + "\n"


def _labels(values: Mapping[str, str]) -> Labels:
    return _sorted(tuple(values.items()))


@lru_cache(maxsize=MAX_SERIES)
def _sorted(values: Labels) -> Labels:
    # each request counts under eleven sets of labels, most of them the ones of the request before
    return tuple(sorted((name, _cut(value)) for name, value in values))


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST_LABEL else value[: LONGEST_LABEL - 1] + "…"


def _names(metrics: Mapping[str, tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in metrics.values())


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return printable(value, lines=True).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(round(value, 9))
