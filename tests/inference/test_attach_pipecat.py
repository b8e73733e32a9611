"""A Pipecat task, attached: by its observer and its metrics, here with frames of the same names and fields.

`tests/inference/pipecat_script.py` uses the package itself, in an environment that has it.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import voicegw_desktop
from voicegw_desktop.inference._told import Told

pytestmark = pytest.mark.unit

_ids = itertools.count()


def made(name: str, **values: object) -> Any:
    """An object whose class has this name."""
    frame = type(name, (), {})()
    frame.id = next(_ids)
    frame.__dict__.update(values)
    return frame


@dataclass
class Task:
    """Tells its observers each frame twice, as a pipeline of two processors does."""

    observers: list[Any] = field(default_factory=list)

    def add_observer(self, observer: object) -> None:
        self.observers.append(observer)

    async def push(self, *frames: object) -> None:
        for frame in frames:
            for observer in self.observers * 2:
                await observer.on_push_frame(SimpleNamespace(frame=frame))


@pytest.fixture(autouse=True)
def _pipecat(monkeypatch: pytest.MonkeyPatch) -> None:
    modules(monkeypatch)


def modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put in place what `attach` imports of Pipecat."""
    for name in ("pipecat", "pipecat.observers", "pipecat.observers.base_observer"):
        module = ModuleType(name)
        module.BaseObserver = object  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)


def metrics(*data: object) -> Any:
    return made("MetricsFrame", data=list(data))


async def test_a_task_is_seen_with_its_turn_and_requests() -> None:
    reports: list[Told] = []

    async def post(report: Told) -> int:
        reports.append(report)
        return 200

    task = Task()
    attached = voicegw_desktop.attach(task, name="call", post=post)
    clock = [1000.0]
    attached.watched.now = lambda: clock[0]
    deepgram, openai, cartesia = "DeepgramSTTService#0", "OpenAILLMService#0", "CartesiaTTSService#0"
    SimpleNamespace(audio_seconds=2.0)
    await task.push(
        made("VADUserStartedSpeakingFrame", timestamp=998.2, start_secs=0.2),
        metrics(
            made("STTUsageMetricsData", processor=deepgram, model="nova-3", value=SimpleNamespace(audio_seconds=2.0))
        ),
        made("VADUserStoppedSpeakingFrame", timestamp=1000.2, stop_secs=0.2),
    )
    clock[0] = 1000.25
    await task.push(made("TranscriptionFrame"))
    clock[0] = 1000.3
    await task.push(made("UserStoppedSpeakingFrame"))
    clock[0] = 1000.5
    usage = SimpleNamespace(
        prompt_tokens=40, completion_tokens=10, total_tokens=110, cache_read_input_tokens=60, reasoning_tokens=None
    )
    await task.push(
        metrics(made("TTFBMetricsData", processor=openai, model="gpt-4o-mini", value=0.2)),
        metrics(made("LLMUsageMetricsData", processor=openai, model="gpt-4o-mini", value=usage)),
    )
    clock[0] = 1000.7
    await task.push(
        metrics(made("TTFBMetricsData", processor=cartesia, model="sonic-3", value=0.15)),
        metrics(made("TTSUsageMetricsData", processor=cartesia, model="sonic-3", value=40)),
        made("BotStartedSpeakingFrame"),
    )
    clock[0] = 1002.7
    await task.push(made("BotStoppedSpeakingFrame"), made("UnknownFrame"), made("EndFrame"))

    requests: list[Any] = [one for report in reports for one in report["requests"]]  # type: ignore[attr-defined]
    by = {one["modality"]: one for one in requests}
    assert len(requests) == 3
    assert (by["stt"]["provider"], by["stt"]["audio_s"]) == ("deepgram", 2.0)
    assert by["stt"]["ttfb_ms"] == pytest.approx(250)
    assert (by["llm"]["provider"], by["llm"]["usage"]["prompt_tokens"]) == ("openai", 100)
    assert by["llm"]["ttfb_ms"] == pytest.approx(200)
    assert (by["tts"]["provider"], by["tts"]["characters"]) == ("cartesia", 40)
    turn: Any = [one for report in reports for one in report["turns"]][-1]  # type: ignore[attr-defined]
    marks = ("endpoint_ms", "final_ms", "asked_ms", "first_token_ms", "first_audio_ms")
    assert {name: turn[name] for name in marks} == {
        "endpoint_ms": pytest.approx(300), "final_ms": pytest.approx(250), "asked_ms": pytest.approx(300),
        "first_token_ms": pytest.approx(500), "first_audio_ms": pytest.approx(700),
    }  # fmt: skip
    assert (turn["audio_s"], turn["speech_s"]) == (pytest.approx(2.0), pytest.approx(2.0))
    assert len(turn["requests"]) == 3


async def test_a_frame_that_cannot_be_read_does_not_reach_the_pipeline(caplog: pytest.LogCaptureFixture) -> None:
    async def post(_report: Told) -> int:
        return 200

    task = Task()
    voicegw_desktop.attach(task, post=post)
    await task.push(made("MetricsFrame"))
    assert "could not be read" in caplog.text
