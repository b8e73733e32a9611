"""What requests and turns add up to since the start, as OpenTelemetry's metrics: one name and one unit for each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from voicegw_desktop import __version__
from voicegw_desktop.gateway.spans import OPERATIONS, attributes, nanos
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.turns import TurnRecord

if TYPE_CHECKING:
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

MOST_SERIES = 2_000  # sets of attributes of one project; what comes after is counted under the model "other"
LONGEST = 128  # characters of a model's name, which comes from clients
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0, 10.0, 30.0, 60.0)  # s

Attributes = tuple[tuple[str, str], ...]


class _Kind(NamedTuple):
    unit: str
    description: str


SUMS = {
    "voicegw.requests": _Kind("{request}", "Requests that ended."),
    "voicegw.cost": _Kind("USD", "What they cost, as recorded."),
    "voicegw.requests.unpriced": _Kind("{request}", "Requests whose price is not known; they are in no cost."),
    "voicegw.requests.estimated": _Kind("{request}", "Requests whose amount the provider did not say."),
    "voicegw.tokens.input": _Kind("{token}", "Tokens of prompts."),
    "voicegw.tokens.output": _Kind("{token}", "Tokens of answers."),
    "voicegw.characters": _Kind("{character}", "Characters that were to be spoken."),
    "voicegw.audio.input": _Kind("s", "Audio that was transcribed."),
    "voicegw.audio.output": _Kind("s", "Audio that was spoken."),
    "voicegw.turns": _Kind("{turn}", "Turns of conversations."),
    "voicegw.turns.interrupted": _Kind("{turn}", "Turns whose answer the person interrupted."),
}
HISTOGRAMS = {
    "gen_ai.client.operation.duration": _Kind("s", "A request, from its admission to its end."),
    "voicegw.ttfb": _Kind("s", "Time to the first byte; transcription: since the end of speech."),
    "voicegw.turn.first_audio": _Kind("s", "End of a person's speech to the first sound of the answer."),
}
_UNITS = {
    "llm": (("voicegw.tokens.input", 1.0), ("voicegw.tokens.output", 1.0)),
    "stt": (("voicegw.audio.input", 60.0), None),
    "tts": (("voicegw.characters", 1.0), ("voicegw.audio.output", 60.0)),
}
"""By modality: the metrics of what was taken and given, and how much one recorded unit is of the metric's."""


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(BOUNDS, value)] += 1
        self.total += value


class Measurements:
    """The sums and histograms of one project, cumulative since the first of them."""

    def __init__(self, project: str, began: float) -> None:
        """`began`: Unix seconds."""
        self._project, self._began = project, began
        self._sums: dict[tuple[str, Attributes], float] = {}
        self._histograms: dict[tuple[str, Attributes], _Histogram] = {}

    def take(self, turns: Iterable[TurnRecord], requests: Iterable[RequestRecord]) -> None:
        """Count each of them once."""
        for turn in turns:
            self._add("voicegw.turns", 1, ())
            self._add("voicegw.turns.interrupted", turn.interrupted_ms is not None, ())
            if turn.first_audio_ms is not None:
                self._observe("voicegw.turn.first_audio", turn.first_audio_ms / 1000, ())
        for request in requests:
            self._request(request)

    def _request(self, record: RequestRecord) -> None:
        model = record.model_id.partition("/")[2] or record.model_id
        where = self._where(
            (
                ("gen_ai.operation.name", OPERATIONS.get(record.modality, record.modality)),
                ("gen_ai.provider.name", record.provider[:LONGEST]),
                ("gen_ai.request.model", model[:LONGEST]),
            )
        )
        self._add("voicegw.requests", 1, (*where, ("voicegw.status", record.status)))
        self._add("voicegw.requests.unpriced", record.cost_nanos is None, where)
        self._add("voicegw.requests.estimated", record.estimated, where)
        if record.cost_nanos is not None:
            self._add("voicegw.cost", record.cost_nanos / 1e9, where)
        amounts = (record.input_units, record.output_units)
        for unit, amount in zip(_UNITS.get(record.modality, ()), amounts, strict=False):
            if unit is not None:
                self._add(unit[0], amount * unit[1], where)
        if record.total_latency_ms is not None:
            self._observe("gen_ai.client.operation.duration", record.total_latency_ms / 1000, where)
        if record.ttfb_ms is not None:
            self._observe("voicegw.ttfb", record.ttfb_ms / 1000, where)

    def _where(self, given: Attributes) -> Attributes:
        if ("voicegw.requests.unpriced", given) in self._sums or len(self._sums) < MOST_SERIES:
            return given
        return (*given[:1], ("gen_ai.provider.name", "other"), ("gen_ai.request.model", "other"))

    def _add(self, name: str, amount: float, where: Attributes) -> None:
        self._sums[name, where] = self._sums.get((name, where), 0.0) + amount

    def _observe(self, name: str, seconds: float, where: Attributes) -> None:
        self._histograms.setdefault((name, where), _Histogram()).add(seconds)

    def encoded(self, now: float) -> bytes:
        """An ExportMetricsServiceRequest of all of it at `now` (Unix seconds)."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
        from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
        from opentelemetry.proto.metrics.v1 import metrics_pb2
        from opentelemetry.proto.resource.v1.resource_pb2 import Resource

        cumulative = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
        found: dict[str, Metric] = {}
        for (name, where), amount in self._sums.items():
            metric = found.get(name) or found.setdefault(name, _metric(name, SUMS[name]))
            metric.sum.aggregation_temporality, metric.sum.is_monotonic = cumulative, True
            point = metric.sum.data_points.add(**self._when(now), as_double=amount)
            point.attributes.extend(attributes(dict(where)))
        for (name, where), kept in self._histograms.items():
            metric = found.get(name) or found.setdefault(name, _metric(name, HISTOGRAMS[name]))
            metric.histogram.aggregation_temporality = cumulative
            counts = metric.histogram.data_points.add(
                **self._when(now), count=sum(kept.counts), sum=kept.total, bucket_counts=kept.counts,
                explicit_bounds=BOUNDS,
            )  # fmt: skip
            counts.attributes.extend(attributes(dict(where)))
        scope = metrics_pb2.ScopeMetrics(
            scope=InstrumentationScope(name="voicegw_desktop", version=__version__), metrics=found.values()
        )
        about = {"service.name": "voicegw-desktop", "service.version": __version__, "voicegw.project": self._project}
        resource = metrics_pb2.ResourceMetrics(resource=Resource(attributes=attributes(about)), scope_metrics=[scope])
        return ExportMetricsServiceRequest(resource_metrics=[resource]).SerializeToString()

    def _when(self, now: float) -> dict[str, int]:
        return {"start_time_unix_nano": nanos(self._began), "time_unix_nano": nanos(now)}


def _metric(name: str, kind: _Kind) -> Metric:
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

    return Metric(name=name, unit=kind.unit, description=kind.description)
