"""An agent that keeps its own plugins, attached: its turns, latency and cost are in the gateway, and a fault of the
gateway does not stop it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import AgentSession
from livekit.agents.metrics import EOUMetrics, LLMMetrics, STTMetrics, TTSMetrics
from livekit.agents.metrics.base import Metadata
from livekit.agents.voice.events import (
    AgentStateChangedEvent,
    CloseEvent,
    CloseReason,
    MetricsCollectedEvent,
    UserStateChangedEvent,
)

import voicegw_desktop
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.gateway import operations
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.observed import Observed
from voicegw_desktop.inference._told import MOST, Teller, Told

pytestmark = pytest.mark.unit

NOW = 1_750_000_000.0
CALLER = Caller("default", "attached", key_id="key1")


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    async with Gateway(paths=paths_below(tmp_path), clock=ManualClock(NOW), config=GatewayConfig({})) as gateway:
        yield gateway


async def ask(gateway: Gateway, operation: str, /, **params: object) -> dict[str, Any]:
    return dict(await operations.run(gateway, operation, params))


def collected(session: AgentSession[None], metrics: Any) -> None:
    session.emit("metrics_collected", MetricsCollectedEvent(metrics=metrics))


def converse(session: AgentSession[None], start: float) -> None:
    """One exchange as LiveKit tells it: speech until `start`, the answer is heard 700 ms later for 2 s, the person
    speaks into it after 1.5 s."""
    person = lambda old, new, at: session.emit(  # noqa: E731
        "user_state_changed", UserStateChangedEvent(old_state=old, new_state=new, created_at=at)
    )
    agent = lambda old, new, at: session.emit(  # noqa: E731
        "agent_state_changed", AgentStateChangedEvent(old_state=old, new_state=new, created_at=at)
    )
    speech = "speech_1"
    person("listening", "speaking", start - 1.5)
    for second in (0, 1):
        collected(session, STTMetrics(
            label="livekit.plugins.deepgram.stt.STT", request_id="", timestamp=start - second, duration=0.0,
            audio_duration=1.0, streamed=True, metadata=Metadata(model_name="nova-3", model_provider="Deepgram"),
        ))  # fmt: skip
    person("speaking", "listening", start + 0.2)
    collected(session, EOUMetrics(
        timestamp=start + 0.3, end_of_utterance_delay=0.3, transcription_delay=0.25, on_user_turn_completed_delay=0.0,
        speech_id=speech,
    ))  # fmt: skip
    collected(session, LLMMetrics(
        label="livekit.plugins.openai.llm.LLM", request_id="r", timestamp=start + 0.9, duration=0.6, ttft=0.15,
        cancelled=False, completion_tokens=20, prompt_tokens=100, prompt_cached_tokens=50, total_tokens=120,
        tokens_per_second=30, speech_id=speech,
        metadata=Metadata(model_name="gpt-4o-mini", model_provider="api.openai.com"),
    ))  # fmt: skip
    agent("thinking", "speaking", start + 0.7)
    collected(session, TTSMetrics(
        label="livekit.plugins.cartesia.tts.TTS", request_id="r", timestamp=start + 1.0, ttfb=0.1, duration=0.5,
        audio_duration=2.0, cancelled=False, characters_count=40, streamed=True, speech_id=speech,
        metadata=Metadata(model_name="sonic-3", model_provider="Cartesia"),
    ))  # fmt: skip
    person("listening", "speaking", start + 2.2)
    person("speaking", "listening", start + 2.6)
    agent("speaking", "listening", start + 2.7)


async def test_a_livekit_session_is_seen_with_its_turn_its_latency_and_its_money(gateway: Gateway) -> None:
    observed = Observed(gateway)

    async def post(report: Told) -> int:
        observed.take(CALLER, report)
        return 200

    session: AgentSession[None] = AgentSession()
    attached = voicegw_desktop.attach(session, name="call-7", post=post)
    converse(session, NOW - 20)
    await attached.aclose()
    assert attached.dropped == 0

    told = await ask(gateway, "session", session_id="call-7")
    (turn,) = told["turns"]
    assert {name: turn[name] for name in (
        "endpoint_ms", "final_ms", "asked_ms", "first_token_ms", "speak_ms", "first_audio_ms", "audio_s",
        "talk_over_ms", "interrupted_ms", "dead_air_ms", "utterances", "stt", "llm", "tts",
    )} == {
        "endpoint_ms": pytest.approx(300), "final_ms": pytest.approx(250), "asked_ms": pytest.approx(300),
        "first_token_ms": pytest.approx(450), "speak_ms": pytest.approx(500), "first_audio_ms": pytest.approx(700),
        "audio_s": 2.0, "talk_over_ms": pytest.approx(400), "interrupted_ms": pytest.approx(1500),
        "dead_air_ms": pytest.approx(700), "utterances": 1,
        "stt": "deepgram/nova-3", "llm": "openai/gpt-4o-mini", "tts": "cartesia/sonic-3",
    }  # fmt: skip
    requests = {r["modality"]: r for r in told["requests"]}
    assert requests.keys() == {"stt", "llm", "tts"}
    assert all(r["key_id"] == "key1" and r["wire"] == "attached" for r in requests.values())
    # 2 s of nova-3 live; 50 fresh, 50 cached and 20 new tokens; 40 characters: by the list of prices
    target = {r["modality"]: r for r in (await ask(gateway, "logs"))["logs"]}
    assert requests["llm"]["cost_nanos"] == 50 * 150 + 50 * 75 + 20 * 600
    assert requests["stt"]["cost_nanos"] > 0
    assert requests["tts"]["cost_nanos"] > 0
    assert turn["cost_nanos"] == sum(r["cost_nanos"] for r in target.values())
    assert (requests["stt"]["ttfb_ms"], requests["llm"]["ttfb_ms"]) == (pytest.approx(250), pytest.approx(150))


async def test_seconds_that_the_plugin_has_not_told_are_estimated_and_taken_off_later(gateway: Gateway) -> None:
    observed = Observed(gateway)

    async def post(report: Told) -> int:
        observed.take(CALLER, report)
        return 200

    def told(seconds: float) -> None:
        collected(session, STTMetrics(
            label="livekit.plugins.deepgram.stt.STT", request_id="", timestamp=NOW, duration=0.0,
            audio_duration=seconds, streamed=True, metadata=Metadata(model_name="nova-3", model_provider="Deepgram"),
        ))  # fmt: skip

    def exchange(start: float, seconds: float) -> None:
        end = start + seconds
        person = lambda old, new, at: session.emit(  # noqa: E731
            "user_state_changed", UserStateChangedEvent(old_state=old, new_state=new, created_at=at)
        )
        agent = lambda old, new, at: session.emit(  # noqa: E731
            "agent_state_changed", AgentStateChangedEvent(old_state=old, new_state=new, created_at=at)
        )
        person("listening", "speaking", start)
        person("speaking", "listening", end)
        collected(session, EOUMetrics(
            timestamp=end + 0.3, end_of_utterance_delay=0.3, transcription_delay=0.2, on_user_turn_completed_delay=0.0,
            speech_id=f"speech{start}",
        ))  # fmt: skip
        agent("thinking", "speaking", end + 1)
        agent("speaking", "listening", end + 2)

    session: AgentSession[None] = AgentSession()
    attached = voicegw_desktop.attach(session, name="call", post=post)
    # a connection that opens is told with 0 seconds
    told(0.0)
    exchange(NOW - 60, 1.5)
    # a second short turn before the plugin tells anything
    exchange(NOW - 50, 0.5)
    told(5.0)
    exchange(NOW - 40, 1.0)
    exchange(NOW - 30, 0.75)
    session.emit("close", CloseEvent(error=None, reason=CloseReason.USER_INITIATED))
    await attached.aclose()
    heard = sorted((await ask(gateway, "logs"))["logs"], key=lambda r: r["timestamp"])
    assert [(r["input_units"] * 60, r["pricing_source"].startswith("estimate")) for r in heard] == [
        (pytest.approx(1.5), True), (pytest.approx(0.5), True), (pytest.approx(3.0), False), (pytest.approx(0.75), True)
    ]  # fmt: skip
    assert all(r["cost_nanos"] > 0 for r in heard)
    assert (await ask(gateway, "costs"))["estimated"] == 3


async def test_a_report_that_comes_twice_counts_once(gateway: Gateway) -> None:
    observed = Observed(gateway)
    told = {"id": "a" * 8, "modality": "tts", "provider": "cartesia", "model": "sonic-3", "characters": 9}
    report: Told = {"session": "s", "requests": [{**told, "started_at": NOW}]}
    assert [observed.take(CALLER, report)["requests"] for _ in range(2)] == [1, 0]
    assert (await ask(gateway, "costs"))["requests"] == 1


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"session": ""}, "session"),
        ({"requests": "x"}, "requests"),
        ({"requests": [{}] * 201}, "requests"),
        ({"requests": [{"modality": "llm", "id": "short"}]}, "id"),
        ({"requests": [{"modality": "image", "id": "a" * 8}]}, "modality"),
        ({"requests": [{"modality": "llm", "id": "a" * 8, "started_at": NOW - 90_000}]}, "started_at"),
        ({"requests": [{"modality": "llm", "id": "a" * 8, "started_at": NOW, "ttfb_ms": -1}]}, "ttfb_ms"),
        ({"requests": [{"modality": "llm", "id": "a" * 8, "started_at": NOW, "ttfb_ms": float("nan")}]}, "ttfb_ms"),
        ({"requests": [{"modality": "llm", "id": "a" * 8, "started_at": NOW, "usage": {"prompt_tokens": 1e30}}]},
         "prompt_tokens"),
        ({"turns": [{"id": "a" * 8, "started_at": True}]}, "started_at"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_and_nothing_of_it_kept(
    gateway: Gateway, wrong: dict[str, object], param: str
) -> None:
    good = {"id": "b" * 8, "modality": "tts", "started_at": NOW, "characters": 1}
    body = {"session": "s", "requests": [good], **wrong}
    if "requests" in wrong and isinstance(wrong["requests"], list):
        body["requests"] = [good, *wrong["requests"]]
    with pytest.raises(BadRequest) as refused:
        Observed(gateway).take(CALLER, body)
    assert refused.value.param == param
    assert (await ask(gateway, "costs"))["requests"] == 0


def test_an_object_that_is_no_agent_is_refused() -> None:
    with pytest.raises(TypeError, match="AgentSession or a Pipecat"):
        voicegw_desktop.attach(object())


async def test_a_fault_in_an_event_does_not_reach_the_agent(caplog: pytest.LogCaptureFixture) -> None:
    async def post(_report: Told) -> int:
        return 200

    session: AgentSession[None] = AgentSession()
    attached = voicegw_desktop.attach(session, post=post)
    session.emit("metrics_collected", object())  # type: ignore[arg-type]
    assert "could not be read" in caplog.text
    session.emit("close", CloseEvent(error=None, reason=CloseReason.USER_INITIATED))
    await attached.aclose()


@in_virtual_time
async def test_a_gateway_that_is_away_holds_nobody_up_and_hears_it_later() -> None:
    answers = itertools.chain([OSError("refused")] * 3, [503], itertools.repeat(200))
    reports: list[Told] = []
    complete = asyncio.Event()

    async def post(report: Told) -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        if answer == 200:
            reports.append(report)
            if len(reports) == 3:
                complete.set()
        return answer

    teller = Teller("s", post)
    for n in range(250):
        teller.tell("requests", {"n": n})
    await complete.wait()
    await teller.aclose()
    assert teller.dropped == 0
    sent = [entry["n"] for report in reports for entry in report["requests"]]  # type: ignore[attr-defined]
    assert sent == list(range(250))


@in_virtual_time
async def test_what_waits_is_bounded_and_a_refusal_is_not_repeated() -> None:
    async def refuse(_report: Told) -> int:
        return 400

    teller = Teller("s", refuse)
    for n in range(MOST + 5):
        teller.tell("turns", {"n": n})
    assert teller.dropped == 5
    await teller.aclose()
    assert teller.dropped == MOST + 5
