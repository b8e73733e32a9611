"""Figures of conversations: waits, interruptions, silence and speed, of a session and of a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.records import NOON, record
from voicegw_desktop.cli.waterfall import figures_lines
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway import operations
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.quality import real_time_factor, tokens_per_s
from voicegw_desktop.storage.records import RECORDED
from voicegw_desktop.storage.turns import TurnRecord

pytestmark = pytest.mark.unit


def test_speed_of_answers_and_voices() -> None:
    chat = record(output_units=51.0, ttfb_ms=200.0, total_latency_ms=1200.0).to_dict()
    assert tokens_per_s(chat) == 50.0
    assert tokens_per_s({**chat, "status": "error"}) is None
    assert tokens_per_s({**chat, "output_units": 1.0}) is None
    # a tool call is sent when it is whole
    assert tokens_per_s({**chat, "ttfb_ms": chat["total_latency_ms"] - 1.0}) is None
    assert real_time_factor(chat) is None
    voice = record(modality="tts", input_units=100.0, output_units=0.1, total_latency_ms=1500.0).to_dict()
    assert real_time_factor(voice) == 0.25
    live = record(modality="stt", input_units=0.5, total_latency_ms=3000.0).to_dict()
    assert real_time_factor(live) is None
    assert real_time_factor({**live, "metadata": {RECORDED: True}}) == 0.1


async def test_a_session_and_turns_tell_their_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    clock = ManualClock(NOON + 100)
    async with Gateway(paths=paths_below(tmp_path), clock=clock, config=GatewayConfig({})) as gateway:
        assert gateway.storage is not None
        await gateway.storage.log(
            [
                *(
                    TurnRecord(f"t{n}", "call", "default", NOON + n, first_audio_ms=500.0 + n, dead_air_ms=500.0 + n,
                               audio_s=1.0, interrupted_ms=50.0 if n < 2 else None, talk_over_ms=100.0,
                               false_starts=n == 3)
                    for n in range(10)
                ),
                TurnRecord("file", "call", "default", NOON, recorded=True, first_audio_ms=90_000.0),
                *(
                    record(id=f"r{n}", timestamp=NOON + n / 2, session_id="call", output_units=11.0)
                    for n in range(5)
                ),
            ]
        )  # fmt: skip
        session: dict[str, Any] = dict(await operations.run(gateway, "session", {"session_id": "call"}))
        turns: dict[str, Any] = dict(await operations.run(gateway, "turns", {"limit": 2}))
        further: dict[str, Any] = dict(await operations.run(gateway, "turns", {"limit": 2, "before": turns["next"]}))
    assert session["figures"] == turns["figures"]
    assert "figures" not in further
    figures = turns["figures"]
    # for a recording no one waited since the end of speech
    assert figures["first_audio_ms"] == {"p50": 504.0, "p95": 509.0, "p99": 509.0}
    assert {name: figures[name] for name in ("turns", "interrupted", "false_starts", "talk_over_ms", "requests")} == {
        "turns": 11, "interrupted": 2, "false_starts": 1, "talk_over_ms": 1000.0, "requests": 5,
    }  # fmt: skip
    assert figures["requests_per_s"] == 2.0
    assert figures["tokens_per_s"]["p50"] == pytest.approx(33.3333)
    assert figures_lines(figures) == [
        "11 turns, p50 / p95: first sound 504 / 509 ms; dead air 504 / 509 ms",
        "  2 interrupted, 1 false start, 1.0 s talk-over",
        "  2 requests/s, tokens/s 33.3 / 33.3",
    ]
    assert figures_lines({"turns": 0}) == []
