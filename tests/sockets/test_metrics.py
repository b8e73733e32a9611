"""Prometheus text from what the bus says."""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp
import pytest

from tests.support.records import record
from tests.support.unsafe import ATTACKS, steers
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
from voicegw_desktop.core.ports import Caller, Target
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.operations.metrics import MAX_SERIES, Metrics

RECORD = SimpleNamespace(
    id="1", modality="stt", provider="whisper", model_id="whisper/base", project="alpha", status="ok",
    cost_nanos=2_500_000_000, input_units=1.5, output_units=None,
)  # fmt: skip


@pytest.mark.unit
def test_every_event_is_counted() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(RequestStarted("1", "stt", "whisper/base", "alpha", "openai"))
    assert "voicegw_requests_in_flight 1" in metrics.text()
    bus.publish(RequestFirstByte("1", "stt", "whisper/base", 150.0))
    for _ in range(2):
        # told twice, counted once
        bus.publish(RequestFinished(RECORD))
    bus.publish(EngineState("whisper/base", "loading"))
    bus.publish(EngineState("whisper/base", "ready", rss_bytes=7))
    bus.publish(BudgetState("alpha", "warning", 8, 10))
    bus.publish(LoopLag(2.0, 4.0))
    lines = metrics.text().splitlines()
    for wanted in (
        'voicegw_requests_total{modality="stt",model="whisper/base",project="alpha",provider="whisper",status="ok"} 1',
        'voicegw_cost_usd_total{modality="stt",project="alpha",provider="whisper"} 2.5',
        'voicegw_input_units_total{modality="stt",project="alpha",provider="whisper"} 1.5',
        'voicegw_audio_input_seconds_total{modality="stt",project="alpha",provider="whisper"} 90',
        'voicegw_ttfb_seconds_bucket{modality="stt",target="whisper/base",le="0.1"} 0',
        'voicegw_ttfb_seconds_bucket{modality="stt",target="whisper/base",le="0.2"} 1',
        'voicegw_ttfb_seconds_bucket{modality="stt",target="whisper/base",le="+Inf"} 1',
        'voicegw_engine_up{engine="whisper/base",state="ready"} 1',
        'voicegw_engine_rss_bytes{engine="whisper/base"} 7',
        'voicegw_budget_used_ratio{project="alpha"} 0.8',
        'voicegw_loop_lag_seconds{quantile="0.99"} 0.002',
        "voicegw_requests_in_flight 0",
    ):
        assert wanted in lines
    assert not any('state="loading"' in line for line in lines)


@pytest.mark.unit
def test_streams_that_are_behind_are_counted_until_they_catch_up_or_end() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    now, ever = "voicegw_streams_behind", "voicegw_streams_fell_behind_total"
    for id in ("1", "2"):
        bus.publish(RequestStarted(id, "stt", "whisper/base", "alpha", "livekit"))
        bus.publish(StreamBehind(id, "whisper/base", 2.0))
    bus.publish(StreamBehind("1", "whisper/base", 2.5))
    assert {f'{now}{{target="whisper/base"}} 2', f'{ever}{{target="whisper/base"}} 2'} <= {*metrics.text().splitlines()}
    bus.publish(StreamBehind("2", "whisper/base", 0.0))
    bus.publish(RequestFinished(RECORD))
    assert {f'{now}{{target="whisper/base"}} 0', f'{ever}{{target="whisper/base"}} 2'} <= {*metrics.text().splitlines()}
    assert now not in metrics.text("alpha")


@pytest.mark.unit
def test_a_report_without_storage_counts_too() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(
        RequestFinished(
            SimpleNamespace(
                id="2", modality="llm", target=Target("ollama", "qwen"), caller=Caller("p", "openai"), status="error"
            )
        )
    )
    assert 'model="ollama/qwen",project="p",provider="ollama",status="error"} 1' in metrics.text()


@pytest.mark.unit
def test_unknown_prices_and_estimates_are_counted_not_added_as_nothing() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(RequestFinished(record(cost_nanos=None, pricing_source="unknown", modality="llm", input_units=7)))
    bus.publish(RequestFinished(record(pricing_source="estimate 2026-01-01", modality="tts", input_units=9)))
    lines = metrics.text().splitlines()
    of = 'project="default",provider="openai"}'
    assert f'voicegw_unpriced_requests_total{{modality="llm",{of} 1' in lines
    assert not any(line.startswith('voicegw_cost_usd_total{modality="llm"') for line in lines)
    assert f'voicegw_estimated_requests_total{{modality="tts",{of} 1' in lines
    assert f'voicegw_input_tokens_total{{modality="llm",{of} 7' in lines
    assert f'voicegw_input_characters_total{{modality="tts",{of} 9' in lines
    assert not any(line.startswith("voicegw_audio_input_seconds_total{") for line in lines)


@pytest.mark.unit
def test_long_label_values_are_cut() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(RequestFirstByte("1", "llm", "openai/" + "x" * 4000, 150.0))
    assert max(map(len, metrics.text().splitlines())) < 300


@pytest.mark.unit
def test_strange_names_are_escaped_and_series_bounded() -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    for i in range(MAX_SERIES + 10):
        bus.publish(BudgetState(f'a"\\\n{i}', "ok", 1, 2))
    text = metrics.text()
    assert 'project="a\\"\\\\\\n0"' in text
    assert 'voicegw_budget_used_ratio{project="other"}' in text


@pytest.mark.unit
@pytest.mark.parametrize("text", ATTACKS)
def test_labels_steer_no_terminal(text: str) -> None:
    bus = EventBus()
    metrics = Metrics(bus)
    before = len(metrics.text().splitlines())
    bus.publish(BudgetState(text, "ok", 1, 2))
    assert not steers(metrics.text(), lines=True)
    assert len(metrics.text().splitlines()) == before + 2


@pytest.mark.socket
async def test_over_http(server: Server, http: aiohttp.ClientSession) -> None:
    async with http.get("/v1/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "process_resident_memory_bytes" in await response.text()
