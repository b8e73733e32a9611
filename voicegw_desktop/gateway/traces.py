"""OpenTelemetry: a trace for each turn, a span for each request, sent over OTLP/HTTP where the configuration asks.

The messages are those of the package `opentelemetry-proto`, imported when there is something to send. They are sent by
this program's own rules for connections (`core.outgoing`) instead of the SDK's exporter, which knows no zones and no
offline mode and blocks a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from voicegw_desktop import __version__
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EventBus, Notice, RequestFinished, TurnChanged
from voicegw_desktop.gateway.posting import post
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.turns import STAGES, TurnRecord

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from voicegw_desktop.routing.egress import EgressLog, EgressPolicy

log = logging.getLogger(__name__)

EVERY = 5.0  # s between two exports
SETTLED = 5.0  # s without a change after which a turn is complete
MOST = 2_000  # requests, and turns, that wait; the oldest go first
PATIENCE = 10.0  # s that a collector may take
OPERATIONS = {"llm": "chat", "stt": "speech_to_text", "tts": "text_to_speech"}
"""`gen_ai.operation.name`; the convention has no names for speech yet, so those two are this program's."""
FAILED = "otel"
"""Code of the Notice about spans that could not be sent."""


class Traces:
    """Collects requests and turns that end, from the bus. `follow` sends them, until cancelled."""

    def __init__(
        self,
        config: Callable[[], GatewayConfig],
        bus: EventBus,
        clock: Clock,
        policy: EgressPolicy,
        egress: EgressLog,
    ) -> None:
        self._config, self._bus, self._clock, self._policy, self._egress = config, bus, clock, policy, egress
        self._requests: dict[str, tuple[RequestRecord, float]] = {}
        self._turns: dict[str, tuple[TurnRecord, float]] = {}
        """With the moment (monotonic seconds) at which each was heard."""
        self._told = False
        self._unsubscribe = bus.subscribe(self._hear, RequestFinished, TurnChanged)

    @property
    def waiting(self) -> int:
        """Turns and requests that were heard and not sent."""
        return len(self._turns) + len(self._requests)

    async def aclose(self) -> None:
        """Stop collecting, and send what is left."""
        self._unsubscribe()
        await self.send(all=True)

    async def follow(self) -> None:
        """Send what is complete every few seconds."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.send()
            except Exception:
                # the spans that come next may be sent all the same
                log.exception("Spans could not be sent")

    async def send(self, *, all: bool = False) -> int:
        """Send what is complete, with `all` also what may still change; returns how many spans were taken."""
        endpoint = self._config().observability.otel_endpoint
        if endpoint is None or not (self._turns or self._requests):
            return 0
        turns, loose = self._complete(all)
        by_project: dict[str, tuple[list[tuple[TurnRecord, list[RequestRecord]]], list[RequestRecord]]] = {}
        for turn, requests in turns:
            by_project.setdefault(turn.project, ([], []))[0].append((turn, requests))
        for request in loose:
            by_project.setdefault(request.project, ([], []))[1].append(request)
        sent = 0
        for project, (of_turns, alone) in by_project.items():
            try:
                # the import, once, and the encoding
                body, count = await asyncio.to_thread(_encoded, of_turns, alone)
                await self._post(endpoint, project, body)
                sent += count
                self._told = False
            except ImportError:
                self._say("The package opentelemetry-proto is not installed: pip install voicegw-desktop[otel].")
            except (VoiceGatewayError, OSError) as error:
                self._say(str(error) or type(error).__name__)
        return sent

    def _hear(self, event: RequestFinished | TurnChanged) -> None:
        if self._config().observability.otel_endpoint is None:
            return
        now = self._clock.monotonic_ns() / 1e9
        if isinstance(event, TurnChanged):
            if isinstance(event.turn, TurnRecord):
                self._turns.pop(event.turn.id, None)
                self._turns[event.turn.id] = (event.turn, now)
        elif isinstance(event.record, RequestRecord):
            self._requests[event.record.id] = (event.record, now)
        for kept in (self._turns, self._requests):
            while len(kept) > MOST:
                del kept[next(iter(kept))]

    def _complete(self, all: bool) -> tuple[list[tuple[TurnRecord, list[RequestRecord]]], list[RequestRecord]]:
        """Turns that have not changed lately with their requests, and old requests that are in no turn."""
        before = self._clock.monotonic_ns() / 1e9 - SETTLED
        turns = []
        awaited: set[str] = set()
        for id, (turn, heard) in list(self._turns.items()):
            if all or heard <= before:
                del self._turns[id]
                turns.append((turn, [self._requests.pop(r)[0] for r in turn.requests if r in self._requests]))
            else:
                awaited.update(turn.requests)
        loose = []
        for id, (request, heard) in list(self._requests.items()):
            # a turn is told a moment after its requests
            if all or (heard <= before - SETTLED and id not in awaited):
                del self._requests[id]
                loose.append(request)
        return turns, loose

    async def _post(self, endpoint: str, project: str, body: bytes) -> None:
        cleared = self._policy.clear_address("otel", endpoint, project)
        entry = self._egress.entry(cleared, "", "traces")
        url = endpoint.rstrip("/")
        url = url if url.endswith("/v1/traces") else f"{url}/v1/traces"
        headers = {"Content-Type": "application/x-protobuf", **self._config().observability.otel_headers}
        await post(cleared, entry, url, body, headers, PATIENCE)

    def _say(self, why: str) -> None:
        if not self._told:
            self._told = True
            self._bus.publish(Notice("warning", f"observability.otel_endpoint did not get spans. {why}", FAILED))


def _encoded(
    turns: Iterable[tuple[TurnRecord, list[RequestRecord]]], loose: Iterable[RequestRecord]
) -> tuple[bytes, int]:
    """An ExportTraceServiceRequest as bytes, and how many spans are in it."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

    spans: list[Span] = []
    for turn, requests in turns:
        trace, root = _number(f"turn {turn.id}", 16), _number(f"span {turn.id}", 8)
        spans.append(_turn_span(turn, trace, root))
        spans += [_request_span(request, trace, root) for request in requests]
    spans += [_request_span(request, _number(f"request {request.id}", 16), b"") for request in loose]
    scope = ScopeSpans(scope=InstrumentationScope(name="voicegw_desktop", version=__version__), spans=spans)
    resource = Resource(attributes=_attributes({"service.name": "voicegw-desktop", "service.version": __version__}))
    told = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scope])])
    return told.SerializeToString(), len(spans)


def _turn_span(turn: TurnRecord, trace: bytes, id: bytes) -> Span:
    """From the end of the person's speech to the end of what was heard of the answer; each mark is an event."""
    from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

    marks = {mark: at for mark in STAGES if isinstance(at := getattr(turn, mark), float)}
    heard = (turn.first_audio_ms or 0.0) + turn.audio_s * 1000
    end = max([heard, *marks.values()])
    return Span(
        trace_id=trace,
        span_id=id,
        name="turn",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=_nanos(turn.started_at),
        end_time_unix_nano=_nanos(turn.started_at + end / 1000),
        events=[
            Span.Event(name=STAGES[mark], time_unix_nano=_nanos(turn.started_at + at / 1000))
            for mark, at in marks.items()
        ],
        status=Status(code=Status.STATUS_CODE_ERROR if turn.errors else Status.STATUS_CODE_UNSET),
        attributes=_attributes(
            {
                "gen_ai.conversation.id": turn.session_id,
                "voicegw.project": turn.project,
                "voicegw.wire": turn.wire,
                "voicegw.turn.speech_seconds": turn.speech_s,
                "voicegw.turn.first_audio_ms": turn.first_audio_ms,
                "voicegw.turn.interrupted_ms": turn.interrupted_ms,
                "voicegw.turn.talk_over_ms": turn.talk_over_ms,
                "voicegw.turn.dead_air_ms": turn.dead_air_ms,
                "voicegw.turn.false_starts": turn.false_starts,
                "voicegw.turn.tool_calls": turn.tool_calls,
                "voicegw.turn.fallbacks": turn.fallbacks,
                "voicegw.cost_usd": None if turn.unpriced else turn.cost_nanos / 1e9,
            }
        ),
    )


def _request_span(record: RequestRecord, trace: bytes, parent: bytes) -> Span:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

    operation = OPERATIONS.get(record.modality, record.modality)
    model = record.model_id.partition("/")[2] or record.model_id
    failed = record.status == "error"
    events = []
    if record.ttfb_ms is not None and record.modality != "stt":
        events.append(Span.Event(name="first byte", time_unix_nano=_nanos(record.timestamp + record.ttfb_ms / 1000)))
    names: dict[str, tuple[str, str]] = {
        "llm": ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
        "stt": ("voicegw.audio.input_minutes", ""),
        "tts": ("voicegw.characters", "voicegw.audio.output_minutes"),
    }
    units: dict[str, object] = {}
    for name, amount in zip(names.get(record.modality, ()), (record.input_units, record.output_units), strict=False):
        if name:
            units[name] = amount if name.endswith("minutes") else int(amount)
    return Span(
        trace_id=trace,
        span_id=_number(f"span {record.id}", 8),
        parent_span_id=parent,
        name=f"{operation} {model}",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=_nanos(record.timestamp),
        end_time_unix_nano=_nanos(record.timestamp + (record.total_latency_ms or 0.0) / 1000),
        events=events,
        status=Status(code=Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET),
        attributes=_attributes(
            {
                "gen_ai.operation.name": operation,
                "gen_ai.provider.name": record.provider,
                "gen_ai.request.model": model,
                "gen_ai.conversation.id": record.session_id,
                "error.type": "request_failed" if failed else None,
                **units,
                "voicegw.project": record.project,
                "voicegw.wire": record.wire,
                "voicegw.key": record.key_id,
                "voicegw.status": record.status,
                "voicegw.ttfb_ms": record.ttfb_ms,
                "voicegw.gateway_ms": record.gateway_ms,
                "voicegw.fallback_from": record.fallback_from,
                "voicegw.cost_usd": record.cost_usd,
                "voicegw.cost_estimated": record.estimated,
            }
        ),
    )


def _attributes(values: dict[str, object]) -> list[KeyValue]:
    """The values that are known, as attributes: texts, numbers and truth values."""
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

    found = []
    for key, value in values.items():
        if isinstance(value, bool):
            found.append(KeyValue(key=key, value=AnyValue(bool_value=value)))
        elif isinstance(value, int):
            found.append(KeyValue(key=key, value=AnyValue(int_value=value)))
        elif isinstance(value, float):
            found.append(KeyValue(key=key, value=AnyValue(double_value=value)))
        elif isinstance(value, str) and value:
            found.append(KeyValue(key=key, value=AnyValue(string_value=value)))
    return found


def _number(text: str, size: int) -> bytes:
    """Bytes made from the id, equal each time that the turn or request is sent: a collector then keeps one of them."""
    return hashlib.sha256(text.encode()).digest()[:size]


def _nanos(seconds: float) -> int:
    return max(0, int(seconds * 1e9))
