"""OpenTelemetry: what a collector receives of a turn, and what does not leave."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.records import record
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.events import Notice, RequestFinished, TurnChanged
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.measurements import HISTOGRAMS, MOST_SERIES, SUMS, Measurements
from voicegw_desktop.gateway.traces import SETTLED
from voicegw_desktop.storage.turns import TurnRecord

NOON = 1_750_000_000.0


class Collector:
    """A collector that decodes what it receives."""

    def __init__(self) -> None:
        self.exports: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.status = 200

    async def take(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        self.exports.append(ExportTraceServiceRequest.FromString(await request.read()))
        return web.Response(status=self.status)

    async def measure(self, request: web.Request) -> web.Response:
        self.metrics.append(ExportMetricsServiceRequest.FromString(await request.read()))
        return web.Response(status=self.status)

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for export in self.exports
            for resource in export.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    app.router.add_post("/v1/metrics", collector.measure)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock, **config: Any) -> Gateway:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    return Gateway(paths=paths_below(tmp_path), clock=clock, config=GatewayConfig(config))


def attributes(span: Any) -> dict[str, object]:
    return {a.key: getattr(a.value, str(a.value.WhichOneof("value"))) for a in span.attributes}


def a_turn(gateway: Gateway, project: str = "default") -> None:
    stt = record(id="stt", modality="stt", provider="whisper", model_id="whisper/base", project=project, cost_nanos=0,
                 input_units=0.05, ttfb_ms=120.0, timestamp=NOON - 2, total_latency_ms=2500.0)  # fmt: skip
    llm = record(id="llm", session_id="call", project=project, input_units=30.0, output_units=8.0, status="error")
    loose = record(
        id="loose", modality="tts", provider="piper", model_id="piper/joe", project=project, input_units=20.0
    )
    for each in (stt, llm, loose):
        gateway.bus.publish(RequestFinished(each))
    for revision, audio in ((1, 0.0), (2, 1.5)):
        turn = TurnRecord("t1", "call", project, NOON, revision=revision, endpoint_ms=300.0, final_ms=400.0,
                          first_audio_ms=900.0, audio_s=audio, requests=["stt", "llm"], errors=1)  # fmt: skip
        gateway.bus.publish(TurnChanged(project, "call", turn))


@pytest.mark.socket
async def test_a_collector_sees_a_trace_for_a_turn_and_a_span_for_each_request(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(NOON)
    otel = {"otel_endpoint": collector.url, "otel_headers": {"X-Team": "seven"}}
    async with made(tmp_path, monkeypatch, clock, observability=otel) as gateway:
        a_turn(gateway)
        traces = gateway.parts.traces
        # more of the turn may happen yet
        assert await traces.send() == 0
        clock.advance(SETTLED)
        assert await traces.send() == 3
        clock.advance(SETTLED)
        assert await traces.send() == 1
        assert await traces.send() == 0
    assert collector.headers[0]["X-Team"] == "seven"
    assert collector.headers[0]["Content-Type"] == "application/x-protobuf"
    resource = collector.exports[0].resource_spans[0].resource
    assert attributes(resource)["service.name"] == "voicegw-desktop"
    turn, stt, llm, loose = collector.spans
    assert {span.trace_id for span in (turn, stt, llm)} == {turn.trace_id}
    assert len(turn.trace_id) == 16
    assert len(turn.span_id) == 8
    assert stt.parent_span_id == llm.parent_span_id == turn.span_id
    assert loose.trace_id != turn.trace_id
    assert not loose.parent_span_id
    assert [turn.name, stt.name, llm.name, loose.name] == [
        "turn", "speech_to_text base", "chat gpt-4o-mini", "text_to_speech joe",
    ]  # fmt: skip
    # the newest account of the turn: until the end of what was heard
    assert turn.end_time_unix_nano - turn.start_time_unix_nano == 2_400_000_000
    assert [(event.name, event.time_unix_nano - turn.start_time_unix_nano) for event in turn.events] == [
        ("endpoint", 300_000_000), ("transcript", 400_000_000), ("first sound", 900_000_000),
    ]  # fmt: skip
    told = attributes(llm)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "openai"
    assert told["gen_ai.request.model"] == "gpt-4o-mini"
    assert told["gen_ai.conversation.id"] == "call"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (30, 8)
    assert told["voicegw.cost_usd"] == 1e-6
    assert llm.status.code == 2
    assert attributes(stt)["voicegw.audio.input_minutes"] == 0.05


@pytest.mark.socket
async def test_a_collector_sees_metrics_of_one_unit_each_that_only_grow(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    otel = {"otel_endpoint": collector.url}
    async with made(tmp_path, monkeypatch, ManualClock(NOON), observability=otel) as gateway:
        for _ in range(2):
            a_turn(gateway)
            unpriced = record(id="x", model_id="openai/gpt-99", cost_nanos=None, pricing_source="unknown")
            gateway.bus.publish(RequestFinished(unpriced))
            await gateway.parts.traces.send(all=True)
    (resource,) = collector.metrics[-1].resource_metrics
    assert attributes(resource.resource)["voicegw.project"] == "default"
    found = {metric.name: metric for scope in resource.scope_metrics for metric in scope.metrics}
    assert {name: metric.unit for name, metric in found.items()} == {
        name: kind.unit for name, kind in {**SUMS, **HISTOGRAMS}.items()
    }

    def points(name: str) -> dict[object, float]:
        assert found[name].sum.is_monotonic
        assert found[name].sum.aggregation_temporality == 2
        return {attributes(p).get("gen_ai.request.model"): p.as_double for p in found[name].sum.data_points}

    assert points("voicegw.requests") == {"base": 2, "gpt-4o-mini": 2, "joe": 2, "gpt-99": 2}
    assert points("voicegw.requests.unpriced")["gpt-99"] == 2
    assert "gpt-99" not in points("voicegw.cost")
    assert points("voicegw.cost")["gpt-4o-mini"] == pytest.approx(2e-6)
    assert points("voicegw.audio.input") == {"base": pytest.approx(6.0)}
    assert points("voicegw.characters") == {"joe": 40}
    assert points("voicegw.tokens.input")["gpt-4o-mini"] == 60
    assert points("voicegw.turns") == {None: 2}
    (heard,) = found["voicegw.turn.first_audio"].histogram.data_points
    assert (heard.count, heard.sum) == (2, pytest.approx(1.8))
    assert sum(heard.bucket_counts) == 2
    assert len(heard.bucket_counts) == len(heard.explicit_bounds) + 1
    # models come from clients: their number is bounded
    many = Measurements("p", NOON)
    many.take([], [record(id=f"{n}", model_id=f"openai/m{n}") for n in range(3000)])
    names = {p.value.string_value for p in _all_attributes(many) if p.key == "gen_ai.request.model"}
    assert len(names) <= MOST_SERIES
    assert "other" in names


def _all_attributes(measured: Measurements) -> list[Any]:
    told = ExportMetricsServiceRequest.FromString(measured.encoded(NOON))
    metrics = told.resource_metrics[0].scope_metrics[0].metrics
    return [a for m in metrics for p in (*m.sum.data_points, *m.histogram.data_points) for a in p.attributes]


@pytest.mark.socket
async def test_what_is_left_is_sent_at_the_end_and_a_failing_collector_is_told_once(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.status = 503
    notices: list[str] = []
    gateway = made(tmp_path, monkeypatch, ManualClock(NOON), observability={"otel_endpoint": collector.url})
    gateway.bus.subscribe(lambda notice: notices.append(notice.message), Notice)
    async with gateway:
        for _ in range(2):
            a_turn(gateway)
            await gateway.parts.traces.send(all=True)
        collector.status = 200
        corridor, gateway_closes = gateway.corridor, gateway.corridor.aclose

        async def closes() -> None:
            # what still runs at the end ends here
            a_turn(gateway)
            await gateway_closes()

        monkeypatch.setattr(corridor, "aclose", closes)
    assert len(collector.spans) == 12
    # traces and metrics
    assert sum("answered 503" in message for message in notices) == 2


@pytest.mark.unit
@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"routing": {"offline": True}}, "offline mode is on"),
        ({"projects": {"default": {"egress": "lan"}}}, "no farther than lan"),
    ],
)
async def test_nothing_leaves_where_it_may_not(
    config: dict[str, Any], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices: list[str] = []
    observability = {"otel_endpoint": "https://collector.example.com"}
    gateway = made(tmp_path, monkeypatch, ManualClock(NOON), observability=observability, **config)
    gateway.bus.subscribe(lambda notice: notices.append(notice.message), Notice)
    async with gateway:
        a_turn(gateway)
        assert await gateway.parts.traces.send(all=True) == 0
    assert any(why in message for message in notices)
    assert not gateway.corridor.egress.entries


@pytest.mark.unit
async def test_without_an_endpoint_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with made(tmp_path, monkeypatch, ManualClock(NOON)) as gateway:
        a_turn(gateway)
        assert await gateway.parts.traces.send(all=True) == 0
        assert gateway.parts.traces.waiting == 0


@pytest.mark.unit
@pytest.mark.parametrize("address", ["collector:4318", "ftp://x/", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="otel_endpoint"):
        GatewayConfig({"observability": {"otel_endpoint": address}})


@pytest.mark.process
def test_the_program_imports_nothing_of_it_before_it_is_asked_for() -> None:
    code = (
        "import sys, voicegw_desktop.gateway.gateway, voicegw_desktop.gateway.traces; "
        "print([m for m in sys.modules if m.startswith(('opentelemetry', 'google.protobuf'))])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.unit
async def test_spans_that_cannot_be_sent_do_not_end_the_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = asyncio.Event()
    monkeypatch.setattr("voicegw_desktop.gateway.traces.EVERY", 0.0)

    async def fails() -> int:
        if caplog.records:
            tried.set()
        raise ValueError("no header")

    async with made(tmp_path, monkeypatch, ManualClock(NOON)) as gateway:
        traces = gateway.parts.traces
        with monkeypatch.context() as patch:
            patch.setattr(traces, "send", fails)
            task = asyncio.create_task(traces.follow())
            async with asyncio.timeout(60):
                await tried.wait()
            task.cancel()
    assert "Spans could not be sent" in caplog.text
