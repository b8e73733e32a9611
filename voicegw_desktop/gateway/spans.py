"""Turns and requests as OpenTelemetry's spans. The messages are those of the package `opentelemetry-proto`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from voicegw_desktop import __version__
from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.turns import STAGES, TurnRecord

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

OPERATIONS = {"llm": "chat", "stt": "speech_to_text", "tts": "text_to_speech"}
"""`gen_ai.operation.name`; the convention has no names for speech yet, so those two are this program's."""


def encoded(
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
    resource = Resource(attributes=attributes({"service.name": "voicegw-desktop", "service.version": __version__}))
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
        start_time_unix_nano=nanos(turn.started_at),
        end_time_unix_nano=nanos(turn.started_at + end / 1000),
        events=[
            Span.Event(name=STAGES[mark], time_unix_nano=nanos(turn.started_at + at / 1000))
            for mark, at in marks.items()
        ],
        status=Status(code=Status.STATUS_CODE_ERROR if turn.errors else Status.STATUS_CODE_UNSET),
        attributes=attributes(
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
        events.append(Span.Event(name="first byte", time_unix_nano=nanos(record.timestamp + record.ttfb_ms / 1000)))
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
        start_time_unix_nano=nanos(record.timestamp),
        end_time_unix_nano=nanos(record.timestamp + (record.total_latency_ms or 0.0) / 1000),
        events=events,
        status=Status(code=Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET),
        attributes=attributes(
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


def attributes(values: Mapping[str, object]) -> list[KeyValue]:
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


def nanos(seconds: float) -> int:
    """Unix seconds as the nanoseconds of a message."""
    return max(0, int(seconds * 1e9))
